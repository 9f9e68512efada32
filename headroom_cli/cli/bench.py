"""`headroom bench`: savings, quality and retention of every strategy over labelled cases.

balanced     cases  saved  in total  all kept  items  hit60   hitT    p90
-----------  -----  -----  --------  --------  -----  -----  -----  -----
build-log       12  78.1%     85.0%    100.0%  100.0%  91.7%  ...
"""

from __future__ import annotations

import argparse
import os
import sys
from typing import TYPE_CHECKING

from headroom_cli.cli.options import jobs, percent
from headroom_cli.cli.session import Session, note, put, warn
from headroom_cli.errors import InputError, Refused, UsageError
from headroom_cli.settings import STRATEGIES

if TYPE_CHECKING:
    from collections.abc import Sequence

    from headroom_cli.bench import Case, Decile, Score, Summary, Way

__all__ = ["build", "run"]

_HEAD = ("cases", "saved", "in total", "all kept", "items", "should", "hit60", "hitT", "p90", "failed")
_DECILES = ("quality", "outputs", "items", "all kept")
_ALL = "all"
_LONGEST = 40  # columns of a command as a title


def build(parser: argparse.ArgumentParser) -> None:
    """Add the command's arguments."""
    parser.description = (
        "Compress labelled cases with every strategy, and show what is saved, whether what an answer needs is still there, and "
        "whether the quality that headroom reports predicts it. No configuration is read; the same cases give the same figures."
        "\n\nA case is a folder with input.EXT and case.json: kind, question, must_keep and should_keep (lists of texts or of "
        '{"regex": "..."}).'
        "\n\nsaved is the median over cases and in total the share of all tokens; all kept: cases with every must_keep item; items: "
        "must_keep items kept; hit60: all kept and at least 60 % saved; hitT: all kept and an output of at most min(6000, max(0.22 n, "
        "min(800, 0.4 n))) tokens; p90: tokens of the largest output but a tenth."
    )
    parser.epilog = "\n".join(
        (
            "headroom bench --builtin",
            "headroom bench cases/ --strategies balanced --fail-under 95",
            "headroom bench --builtin --against 'tail -n 100'",
        )
    )
    group = parser.add_argument_group("input")
    group.add_argument("folder", metavar="DIR", nargs="?", help="a folder of cases")
    group.add_argument("--builtin", action="store_true", help="the cases that come with headroom")
    group.add_argument("--kinds", metavar="NAMES", type=_names, help="only cases of these kinds: a,b")
    group = parser.add_argument_group("how hard")
    group.add_argument(
        "--strategies", metavar="NAMES", type=_strategies, help="lossless,conservative,balanced,aggressive (the default), or some of them"
    )
    group.add_argument("--ask", action="store_true", help="give each case's question to the strategies, as --query would")
    group.add_argument(
        "--against",
        metavar="COMMAND",
        action="append",
        help="another filter, as a shell command: stdin to stdout, or {input} and {output} as files; may be repeated",
    )
    group.add_argument("--timeout", metavar="S", type=_seconds, default=120.0, help="seconds that COMMAND may take for a case (120)")
    group.add_argument("--tokenizer", metavar="NAME", default="o200k_base", help="o200k_base (the default), cl100k_base or estimate")
    group.add_argument("-j", "--jobs", metavar="N", type=jobs, help="processes; as many as processors. The output is the same")
    group = parser.add_argument_group("report")
    group.add_argument("--json", action="store_true", help="as one JSON object, with every score")
    group.add_argument("--markdown", action="store_true", help="as Markdown tables")
    group.add_argument("--fail-under", metavar="PCT", type=percent, help="exit 1 if a strategy keeps everything in less than PCT %% of the cases")


def _names(text: str) -> tuple[str, ...]:
    return tuple(filter(None, (name.strip() for name in text.split(","))))


def _strategies(text: str) -> tuple[str, ...]:
    names = _names(text)
    wrong = next((name for name in names if name not in STRATEGIES), None)
    if wrong is not None or not names:
        raise argparse.ArgumentTypeError(f"{wrong or text!r} must be one of {', '.join(STRATEGIES)}")
    return tuple(dict.fromkeys(names))


def _seconds(text: str) -> float:
    try:
        seconds = float(text)
    except ValueError:
        seconds = 0.0
    if not 0 < seconds <= 86_400:
        raise argparse.ArgumentTypeError(f"{text!r} must be a number of seconds above 0")
    return seconds


def run(args: argparse.Namespace, session: Session) -> int:
    """Print the tables; 0, 1 for --fail-under, 3 where a COMMAND failed on a case."""
    from headroom_cli.bench import Way, summary
    from headroom_cli.tokens import get_counter

    if bool(args.folder) == args.builtin:
        raise UsageError("name a folder of cases, or --builtin", hint="headroom bench --builtin")
    if args.json and args.markdown:
        raise UsageError("--json and --markdown do not go together")
    if not get_counter(args.tokenizer).exact:
        warn(session, f"tokens are estimated with {args.tokenizer}")
    strategies = args.strategies or tuple(name for name in STRATEGIES if name != "off")
    ways = [Way(name, tokenizer=args.tokenizer, ask=args.ask) for name in strategies]
    ways += [Way(command, command, args.timeout, args.tokenizer) for command in dict.fromkeys(args.against or ())]
    scores = _scores(_cases(args), ways, args.jobs or _processors(), session)
    put(_as_json(scores, ways, args.tokenizer) if args.json else _as_text(scores, ways, args.markdown))
    _tell(scores, session)
    for name in strategies:
        share = summary([score for score in scores if score.way == name]).all_must
        if args.fail_under is not None and 100 * share < args.fail_under:
            raise Refused(f"{name} keeps everything in {100 * share:.1f} % of the cases, under {args.fail_under:g} %")
    return InputError.exit_code if any(score.error for score in scores) else 0


def _processors() -> int:
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _cases(args: argparse.Namespace) -> list[Case]:
    from headroom_cli.bench import builtin_cases, folder_cases

    cases = builtin_cases() if args.builtin else folder_cases(args.folder)
    kinds = sorted({case.kind for case in cases})
    unknown = next((kind for kind in args.kinds or () if kind not in kinds), None)
    if unknown is not None:
        raise UsageError(f"no case is of the kind {unknown!r}", hint=f"there are {', '.join(kinds)}")
    return [case for case in cases if not args.kinds or case.kind in args.kinds]


def _scores(cases: Sequence[Case], ways: Sequence[Way], workers: int, session: Session) -> list[Score]:
    """Every way on every case, in the order of the cases, in as many processes as asked for."""
    from functools import partial

    from headroom_cli.bench import run as scored
    from headroom_cli.cli.progress import Progress
    from headroom_cli.pool import in_order

    found: list[Score] = []
    with Progress(len(cases), session) as progress:
        for some in in_order(partial(scored, ways=ways), cases, workers):
            found += some
            progress.tick()
    return found


def _tell(scores: Sequence[Score], session: Session) -> None:
    """What failed, and under -v what was lost."""
    for score in scores:
        if score.error:
            warn(session, f"{score.way}: {score.case}: {score.error}")
        elif score.missing:
            note(session, f"{score.way}: {score.case}: {score.kept}/{score.must} kept, lost {score.missing[0]!r}")


def _by_kind(scores: Sequence[Score], way: str) -> dict[str, Summary]:
    """Kind -> summary of one way, in the order of names, and of all under `all`."""
    from headroom_cli.bench import summary

    own = [score for score in scores if score.way == way]
    kinds = sorted({score.kind for score in own})
    return {kind: summary([score for score in own if score.kind == kind]) for kind in kinds} | {_ALL: summary(own)}


def _cells(name: str, each: Summary) -> tuple[str, ...]:
    from headroom_cli.report import clean, number

    shares = (each.saved_median, each.saved_tokens, each.all_must, each.must_items, each.should_items, each.hit60, each.hit_target)
    return (clean(name), str(each.cases), *map(_percent, shares), number(each.p90), str(each.failed))


def _percent(share: float | None) -> str:
    return "-" if share is None else f"{100 * share:.1f} %"


def _decile_cells(each: Decile) -> tuple[str, ...]:
    return f"{each.low:.2f}-{each.high:.2f}", str(each.outputs), _percent(each.retained), _percent(each.all_must)


def _as_text(scores: Sequence[Score], ways: Sequence[Way], markdown: bool) -> str:
    """A table for each way, then quality beside retention."""
    from headroom_cli.bench import deciles, predicts
    from headroom_cli.grid import shorten
    from headroom_cli.report import clean

    tables = []
    for way in ways:
        rows = [_cells(kind, each) for kind, each in _by_kind(scores, way.name).items()]
        tables.append(_table((shorten(clean(way.name), _LONGEST), *_HEAD), rows, markdown))
    tenths = deciles(scores)
    if tenths:
        outputs = sum(each.outputs for each in tenths)
        kept = [sum(getattr(each, name) * each.outputs for each in tenths) / outputs for name in ("retained", "all_must")]
        rows = [*map(_decile_cells, tenths), (_ALL, str(outputs), *map(_percent, kept))]
        ranks = {_ALL: predicts(scores), **{way.name: predicts([s for s in scores if s.way == way.name]) for way in ways if not way.command}}
        said = ", ".join(f"{name} {'-' if rank is None else f'{rank:.2f}'}" for name, rank in ranks.items())
        tables.append(_table(_DECILES, rows, markdown) + f"{chr(10) if markdown else ''}Rank correlation of quality and items kept: {said}\n")
    return "\n".join(tables)


def _table(head: tuple[str, ...], rows: Sequence[tuple[str, ...]], markdown: bool) -> str:
    """Rows with numbers to the right; the last is the total."""
    from headroom_cli.grid import columns, fitting

    if not markdown:
        return fitting(head, rows[:-1], rows[-1], left=1, width=columns(sys.stdout))
    lines = [head, (":---", *("---:" for _ in head[1:])), *rows[:-1], tuple(f"**{cell}**" for cell in rows[-1])]
    return "".join(f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in line)} |\n" for line in lines)


def _as_json(scores: Sequence[Score], ways: Sequence[Way], tokenizer: str) -> str:
    from headroom_cli.bench import deciles, predicts
    from headroom_cli.report import dump

    def rounded(value: object) -> object:
        return round(value, 4) if isinstance(value, float) else value

    def entry(each: Summary | Decile) -> dict[str, object]:
        return {key: rounded(value) for key, value in each._asdict().items()}

    summaries = {way.name: {kind: entry(each) for kind, each in _by_kind(scores, way.name).items()} for way in ways}
    by_way = {way.name: rounded(predicts([score for score in scores if score.way == way.name])) for way in ways}
    quality = {"deciles": [entry(each) for each in deciles(scores)], "rank_correlation": {_ALL: rounded(predicts(scores)), **by_way}}
    details = [{**score._asdict(), "missing": list(score.missing), "quality": rounded(score.quality)} for score in scores]
    cases = len({score.case for score in scores})
    return dump({"version": 1, "tokenizer": tokenizer, "cases": cases, "ways": summaries, "quality": quality, "scores": details})
