"""`headroom stats FILES`: what files cost now and under each strategy. Nothing is written.

file       format   tokens  lossless  conservative  balanced  aggressive
---------  ------  -------  --------  ------------  --------  ----------
build.log  ci_log   41,210    38,905        12,112     5,977       2,488
"""

from __future__ import annotations

import argparse
import os
import sys
from typing import TYPE_CHECKING, NamedTuple

from headroom_cli.cli.options import overrides
from headroom_cli.cli.session import Session, complain, config_of, note, packs_of, put
from headroom_cli.errors import InputError, Refused
from headroom_cli.settings import STRATEGIES

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from headroom_cli.model import Document
    from headroom_cli.prices import Price
    from headroom_cli.rules import Plan

__all__ = ["measure"]

_SHOWN = tuple(name for name in STRATEGIES if name != "off")


class _Measure(NamedTuple):
    name: str
    format: str
    tokens: int
    left: Mapping[str, int]  # strategy -> tokens of its output
    exact: bool


def measure(args: argparse.Namespace, session: Session, price: Price) -> int:
    """Print what the files cost; 3 where one cannot be read. Raises Refused over --fail-over."""
    from headroom_cli.report import clean, number
    from headroom_cli.rules import resolve

    given = overrides(args, session)
    config, packs = config_of(session, os.getcwd()), packs_of(session, os.getcwd())
    measures: list[_Measure] = []
    failed = skipped = 0
    for name, document in _documents(args.files):
        if isinstance(document, str):
            complain(session, "error", f"{clean(name)}: {clean(document)}")
            failed += 1
        elif document.binary:
            note(session, f"{clean(name)}: skipped: binary")
            skipped += 1
        else:
            measures.append(_measured(document, resolve(config, document.path, given), packs))
    put(_as_json(measures, price, failed, skipped) if args.json else _as_text(measures, price, skipped))
    total, exact = sum(each.tokens for each in measures), all(each.exact for each in measures)
    over = args.fail_over is not None and total > args.fail_over
    told = f"{number(total, exact)} tokens are more than --fail-over {args.fail_over or 0:,}"
    if failed:
        if over:
            complain(session, "error", told)
        return InputError.exit_code
    if over:
        raise Refused(told)
    return 0


def _documents(names: Sequence[str]) -> Iterator[tuple[str, Document | str]]:
    """Each file's document, or why there is none. `-` is stdin, a folder all files below it."""
    from headroom_cli.batch import files_below
    from headroom_cli.source import open_document, read_stdin

    for name in names:
        for path in files_below(name) if os.path.isdir(name) else (name,):
            try:
                yield path, read_stdin() if path == "-" else open_document(path)
            except InputError as error:
                yield path, str(error).removeprefix(f"{path}: ")


def _as_text(measures: Sequence[_Measure], price: Price, skipped: int) -> str:
    from headroom_cli.grid import columns, fitting
    from headroom_cli.prices import money
    from headroom_cli.report import clean, number

    def cells(each: _Measure) -> tuple[str, ...]:
        counts = (each.tokens, *(each.left[name] for name in _SHOWN))
        return (clean(each.name), each.format, *(number(count, each.exact) for count in counts))

    if not measures:
        return "no text files\n"
    total = _total(measures)
    head = ("file", "format", "tokens", *_SHOWN)
    text = fitting(head, [cells(each) for each in measures], cells(total), left=2, width=columns(sys.stdout))
    if skipped:
        text += f"{skipped} binary {'file' if skipped == 1 else 'files'} left out\n"
    costs = ((count, name) for name, count in (("as it is", total.tokens), *total.left.items()))
    exact = total.exact and price.exact
    return text + ", ".join(f"{money(count, price.usd, exact)} {name}" for count, name in costs) + f": {price.about}\n"


def _total(measures: Sequence[_Measure]) -> _Measure:
    left = {name: sum(each.left[name] for each in measures) for name in _SHOWN}
    files = f"total ({len(measures):,} {'file' if len(measures) == 1 else 'files'})"
    return _Measure(files, "", sum(each.tokens for each in measures), left, all(each.exact for each in measures))


def _as_json(measures: Sequence[_Measure], price: Price, failed: int, skipped: int) -> str:
    from headroom_cli.report import dump

    total = _total(measures)
    return dump(
        {
            "version": 1,
            "files": [{"name": each.name, "format": each.format, **_counts(each)} for each in measures],
            "totals": {"files": len(measures), "failed": failed, "skipped": skipped, **_counts(total)},
            "price": {"usd_per_million": price.usd, "about": price.about},
        }
    )


def _counts(each: _Measure) -> dict[str, object]:
    strategies = {
        name: {"tokens": count, "savings_pct": round(100 * (1 - count / each.tokens), 2) if each.tokens else 0.0}
        for name, count in each.left.items()
    }
    return {"tokens": each.tokens, "exact": each.exact, "strategies": strategies}


def _measured(document: Document, plan: Plan, pack_dirs: Sequence[str]) -> _Measure:
    from headroom_cli.api import preview
    from headroom_cli.formats import choose
    from headroom_cli.tokens import get_counter

    counter = get_counter(plan.settings.tokenizer)
    left = preview(document, plan.settings, counter, pack_dirs=pack_dirs)
    name = choose(document, plan.settings.format).name
    return _Measure(document.name, name, left["off"], {strategy: left[strategy] for strategy in _SHOWN}, counter.exact)
