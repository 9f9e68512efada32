"""`headroom stats`: what was saved so far, or what files cost and what each strategy would save.

    headroom stats                    the ledger: totals, by day, by format, by rule, and what that is in money
    headroom stats ci-logs/ a.json    format, tokens, and the tokens left under each strategy; nothing is changed

The answer is data, so it goes to stdout, without colour.
"""

from __future__ import annotations

import argparse
import sys
from typing import TYPE_CHECKING, NamedTuple

from headroom_cli.cli.options import tokens
from headroom_cli.cli.session import Session, put, warn
from headroom_cli.errors import InputError, UsageError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from headroom_cli.ledger import Entry, History
    from headroom_cli.prices import Price

__all__ = ["build", "run"]


def build(parser: argparse.ArgumentParser) -> None:
    """Add the command's arguments."""
    parser.description = (
        "Without a FILE: what headroom has saved here so far, from a local history that holds counts only. With FILEs: "
        "their formats, their tokens, and how many each strategy would leave; nothing is changed."
    )
    parser.epilog = "\n".join(
        (
            "headroom stats --model claude-sonnet-5",
            "headroom stats ci-logs/",
            "make test 2>&1 | headroom stats - --fail-over 50000",
        )
    )
    group = parser.add_argument_group("input")
    group.add_argument("files", metavar="FILE", nargs="*", help="a file, a folder (all files below it, but .git), or - for stdin")
    group.add_argument("--tokenizer", metavar="NAME", help="o200k_base (the default), cl100k_base or estimate")
    group.add_argument("--format", metavar="NAME", help="treat the FILEs as this format; see `headroom formats`")
    group = parser.add_argument_group("report")
    group.add_argument("--model", metavar="NAME", help="show money at this model's price of input tokens")
    group.add_argument("--price", metavar="USD", type=_usd, help="show money at USD per million tokens")
    group.add_argument("--json", action="store_true", help="as one JSON object")
    group.add_argument("--fail-over", metavar="N", type=tokens, help="exit 1 if the FILEs have more than N tokens in total")
    group.add_argument("--reset", action="store_true", help="remove the history and say what it held")


def _usd(text: str) -> float:
    try:
        price = float(text.removeprefix("$"))
    except ValueError:
        price = -1.0
    if not 0 <= price < float("inf"):
        raise argparse.ArgumentTypeError(f"{text!r} must be a price in USD per million tokens, such as 2.50")
    return price


def run(args: argparse.Namespace, session: Session) -> int:
    """Print the answer; 0, 1 for --fail-over, 3 where a file could not be read."""
    from headroom_cli.prices import asked_price

    price = asked_price(args.model, args.price)
    if args.files:
        if args.reset:
            raise UsageError("--reset is for the history, without a FILE", hint="headroom stats --reset")
        from headroom_cli.cli.measure import measure

        return measure(args, session, price)
    for given, flag in ((args.fail_over, "--fail-over"), (args.tokenizer, "--tokenizer"), (args.format, "--format")):
        if given is not None:
            raise UsageError(f"{flag} needs a FILE", hint=f"headroom stats FILE {flag} ...; - is stdin")
    return _reset(args, session, price) if args.reset else _history(args, session, price)


def _history(args: argparse.Namespace, session: Session, price: Price) -> int:
    from headroom_cli import ledger

    try:
        history = ledger.read(session.env)
    except OSError as error:
        raise InputError(f"cannot be read: {error.strerror}", place=ledger.path(session.env)) from error
    if history.broken:
        left = "1 line that cannot be read is" if history.broken == 1 else f"{history.broken} lines that cannot be read are"
        warn(session, f"{history.path}: {left} left out")
    if args.json:
        put(_history_json(history, price))
    elif not history.path:
        put("The history is switched off (HEADROOM_LEDGER, or CI without it).\n")
    elif not history.entries:
        put(f"Nothing yet in {history.path}\n")
    else:
        put(_history_text(history, price))
    return 0


def _reset(args: argparse.Namespace, session: Session, price: Price) -> int:
    from headroom_cli import ledger
    from headroom_cli.report import number

    try:
        history = ledger.reset(session.env)
    except OSError as error:
        raise InputError(f"cannot be removed: {error.strerror}", place=ledger.path(session.env)) from error
    if args.json:
        put(_history_json(history, price, removed=True))
        return 0
    total = _sums(history.entries)
    saved = number(total.before - total.after, total.exact)
    entries, files = len(history.entries), total.files
    held = f"{history.path}: {entries:,} entr{'y' if entries == 1 else 'ies'}, {files:,} file{'' if files == 1 else 's'}, {saved} tokens saved"
    put(f"removed {held}\n" if history.entries or history.broken else "there was no history to remove\n")
    return 0


class Sums(NamedTuple):
    """Totals over entries of the ledger."""

    files: int
    before: int
    after: int
    exact: bool


def _sums(entries: Sequence[Entry]) -> Sums:
    return Sums(
        sum(e.files for e in entries),
        sum(e.before for e in entries),
        sum(e.after for e in entries),
        all(e.exact for e in entries),
    )


_VIEWS = ("day", "format", "strategy", "rule")


def _grouped(entries: Sequence[Entry], view: str) -> dict[str, Sums]:
    """Totals per day (latest last), format, strategy or rule (most saved first)."""
    groups: dict[str, list[Entry]] = {}
    for entry in entries:
        key = str(getattr(entry, view)) or "none"
        groups.setdefault(key, []).append(entry)
    sums = {key: _sums(group) for key, group in groups.items()}
    if view == "day":
        return dict(sorted(sums.items()))
    return dict(sorted(sums.items(), key=lambda item: (item[1].after - item[1].before, item[0])))


def _share(before: int, after: int) -> float:
    return round(100 * (1 - after / before), 2) if before else 0.0


def _history_json(history: History, price: Price, removed: bool = False) -> str:
    from headroom_cli.report import dump

    answer: dict[str, object] = {"version": 1, "ledger": history.path or None, "broken_lines": history.broken}
    if removed:
        answer["removed"] = True
    answer["price"] = {"usd_per_million": price.usd, "about": price.about}
    answer["totals"] = _sums_json(_sums(history.entries), price)
    for view in _VIEWS:
        answer[f"by_{view}"] = {key: _sums_json(sums, price) for key, sums in _grouped(history.entries, view).items()}
    return dump(answer)


def _sums_json(sums: Sums, price: Price) -> dict[str, object]:
    return {
        "files": sums.files,
        "original_tokens": sums.before,
        "compressed_tokens": sums.after,
        "savings_pct": _share(sums.before, sums.after),
        "saved_usd": round((sums.before - sums.after) * price.usd / 1e6, 6),
        "exact": sums.exact,
    }


def _history_text(history: History, price: Price) -> str:
    from headroom_cli.grid import columns, fitting
    from headroom_cli.prices import money
    from headroom_cli.report import number, percent

    def cells(name: str, sums: Sums) -> tuple[str, ...]:
        saved, exact = sums.before - sums.after, sums.exact
        share = percent(_share(sums.before, sums.after), exact)
        amounts = (number(sums.before, exact), number(sums.after, exact), number(saved, exact), share)
        return (name, f"{sums.files:,}", *amounts, money(saved, price.usd, exact and price.exact))

    parts = []
    total = cells("total", _sums(history.entries))
    views = [view for view in _VIEWS if view != "rule" or any(entry.rule for entry in history.entries)]
    for view in views:
        rows = [cells(key, sums) for key, sums in _grouped(history.entries, view).items()]
        head = (f"by {view}", "files", "before", "after", "saved", "share", "money")
        parts.append(fitting(head, rows, total, left=1, width=columns(sys.stdout)))
    return "\n".join(parts) + f"\nmoney: {price.about}\n"
