"""What a run says of its results, and the exit code that they make: warnings, failures, the report, the ledger, the answer.

    3 files, one missing, --report line --fail-under 50
    ->  headroom: error: gone.log: no such file              exit 3: it failed
        a.log: ci_log, 41,210 -> 4,012 tokens, 90.3 % saved, ...

`compress` and `compress-batch` end the same way; they differ in what is shown unasked and in how bad a failure is.
"""

from __future__ import annotations

import argparse
import os
import sys
from typing import TYPE_CHECKING

from headroom_cli.cli.options import percent
from headroom_cli.cli.session import Session, colour, complain, note, say, warn
from headroom_cli.errors import InputError, Refused
from headroom_cli.report import KINDS, clean

if TYPE_CHECKING:
    from collections.abc import Sequence

    from headroom_cli.report import Row

__all__ = ["add_report", "conclude", "remember"]

_NAMING = ("table", "markdown", "github")  # kinds of report that name what failed


def add_report(parser: argparse.ArgumentParser, unasked: str, as_json: str) -> None:
    """Add the options of the group "report". `unasked`: what --report is by default; `as_json`: what --json does."""
    group = parser.add_argument_group("report")
    group.add_argument(
        "--report", metavar="KIND", choices=KINDS, help=f"none, line, table, json, markdown or github, on stderr; {unasked}"
    )
    group.add_argument(
        "--report-file", metavar="FILE", help="write the report to FILE; KIND by .json or .md, else table; github is appended"
    )
    group.add_argument("--json", action="store_true", help=as_json)
    group.add_argument("--fail-under", metavar="PCT", type=percent, help="exit 1 if less than PCT %% was saved in total")


def conclude(rows: Sequence[Row], args: argparse.Namespace, session: Session, *, unasked: str, failure: str) -> int:
    """Tell warnings and failures, write the report; 0, 1 or 3. `unasked`: the report without --report; `failure`: error or warning."""
    warnings = _warned(rows, session)
    kind = args.report
    if args.report_file is not None:
        _to_file(rows, args.report_file, kind)
        kind = None
    kind = kind or unasked
    if kind not in _NAMING:
        _tell_failures(rows, session, failure)
    _show(kind, rows, session)
    code = _answer(rows, args, session, warnings)
    return InputError.exit_code if any(row.error for row in rows) else code


def _warned(rows: Sequence[Row], session: Session) -> int:
    count = 0
    for row in rows:
        for text in row.result.warnings if row.result else ():
            warn(session, f"{row.name}: {text}")
            count += 1
    return count


def _tell_failures(rows: Sequence[Row], session: Session, failure: str) -> None:
    for row in rows:
        if row.error and (failure == "error" or session.quiet < 2):
            complain(session, failure, f"{row.name}: {row.error}")
        elif row.skipped and row.result is None:
            say(session, f"headroom: {clean(row.name)}: skipped: {clean(row.skipped)}")


def _show(kind: str, rows: Sequence[Row], session: Session) -> None:
    if kind == "line":  # what failed was told
        rows = [row for row in rows if row.result is not None and not row.error]
    if kind == "none" or not rows:
        return
    from headroom_cli.grid import columns
    from headroom_cli.report import render

    text = render(kind, rows, columns(sys.stderr), colour(session, sys.stderr))
    say(session._replace(quiet=0), text.rstrip("\n"))


def _to_file(rows: Sequence[Row], path: str, kind: str | None) -> None:
    from headroom_cli.files import write_atomic
    from headroom_cli.report import render

    by_name = {".json": "json", ".md": "markdown"}.get(os.path.splitext(path)[1].lower(), "table")
    data = render(kind or by_name, rows).encode("utf-8", "surrogateescape")
    if kind != "github":
        write_atomic(path, data)
        return
    try:  # a step summary is shared: every command adds to it
        with open(path, "ab") as stream:
            stream.write(data)
    except OSError as error:
        raise InputError(f"cannot be written: {error.strerror or error}", place=path) from error


def _answer(rows: Sequence[Row], args: argparse.Namespace, session: Session, warnings: int) -> int:
    """1 where --strict or --fail-under says no."""
    code = 0
    if args.strict and warnings:
        complain(session, "error", f"--strict: {warnings} warning{'s' if warnings > 1 else ''}")
        code = Refused.exit_code
    if args.fail_under is not None:
        from headroom_cli.report import percent as shown
        from headroom_cli.report import totals

        total = totals(rows)
        if total.files and total.savings_pct < args.fail_under:
            complain(session, "error", f"{shown(total.savings_pct, total.exact)} saved, under --fail-under {args.fail_under:g}")
            code = Refused.exit_code
    return code


def remember(rows: Sequence[Row], session: Session) -> None:
    """Count what was saved in the local ledger. It holds counts only and never fails the command."""
    from time import gmtime, strftime

    from headroom_cli.ledger import record

    problem = record(session.env, rows, strftime("%Y-%m-%d", gmtime()))
    if problem:
        note(session, problem)
