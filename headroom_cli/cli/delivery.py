"""Where results go: stdout, one file, each file itself, a diff, JSON, or nowhere; and what is said about them on stderr.

a.log b.log             ->  ==> a.log <==, a's text, ==> b.log <==, b's text
a.log b.log -i          ->  a.log and b.log rewritten, atomically, and only where they change
a.log --fail-under 50   ->  the text, and exit 1 where less than half was saved
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from headroom_cli.cli.inputs import Outcome, heading
from headroom_cli.cli.outcome import conclude
from headroom_cli.cli.session import Session, put, say
from headroom_cli.errors import InputError, Refused
from headroom_cli.report import clean

if TYPE_CHECKING:
    from headroom_cli.model import Result
    from headroom_cli.report import Row

__all__ = ["deliver", "report"]


def deliver(done: Sequence[Outcome], args: argparse.Namespace) -> list[Outcome]:
    """Write the results where they belong. A FILE that cannot be written back is a failed outcome; InputError for -o, stdout."""
    done = list(done)
    if args.in_place and not (args.check or args.dry_run):
        done = [_written_back(outcome, args.backup or "") for outcome in done]
    elif args.output not in (None, "-"):
        done = _to_file(done, args.output)
    if args.json:
        put(_as_json(done))
    elif args.diff:
        put(_diffs(done))
    elif not (args.check or args.dry_run or args.in_place or args.output not in (None, "-")):
        put(_joined(done))
    return done


def _joined(done: Sequence[Outcome]) -> Iterator[bytes]:
    """The texts in order. Several are headed, and then all are UTF-8, because one stream has one encoding."""
    several = len(done) > 1
    begun = False
    for outcome in done:
        result = outcome.row.result
        if result is None:
            continue
        if not several:
            yield result.data
            continue
        data = _as_utf8(result)
        yield os.fsencode(heading(outcome.row.name, begun))
        yield data
        if data and not data.endswith(b"\n"):
            yield b"\n"
        begun = True


def _as_utf8(result: Result) -> bytes:
    if not result.encoding.startswith("utf-16"):
        return result.data
    codec = "utf-16" if result.data[:2] in (b"\xff\xfe", b"\xfe\xff") else result.encoding
    return result.data.decode(codec, "surrogatepass").encode("utf-8", "surrogatepass")


def _to_file(done: list[Outcome], path: str) -> list[Outcome]:
    from headroom_cli.files import write_atomic

    if all(outcome.row.result is None for outcome in done):
        return done  # nothing was read: the old file stays
    write_atomic(path, b"".join(_joined(done)))
    return [outcome._replace(row=outcome.row._replace(output=path)) for outcome in done]


def _written_back(outcome: Outcome, backup: str) -> Outcome:
    from headroom_cli.files import write_atomic

    row = outcome.row
    if row.result is None or not row.result.changed:
        return outcome
    try:
        write_atomic(row.name, row.result.data, backup=backup)
    except InputError as error:
        return _failure(row.name, error)
    return outcome._replace(row=row._replace(output=row.name))


def _failure(name: str, error: InputError) -> Outcome:
    from headroom_cli.report import Row

    return Outcome(Row(name, error=str(error).removeprefix(f"{name}: ")))


def _diffs(done: Sequence[Outcome]) -> Iterator[bytes]:
    from headroom_cli.cli.difference import unified

    for outcome in done:
        result = outcome.row.result
        if result is not None and outcome.document is not None and result.changed:
            name = outcome.row.name
            new = _as_utf8(result).removeprefix(outcome.document.bom)
            yield from unified(bytes(outcome.document.data), new, name, f"{name} (compressed)")


def _as_json(done: Sequence[Outcome]) -> str:
    """The report's object with the text in it; for several inputs one list of them and the totals."""
    from headroom_cli.report import as_json, dump

    whole = as_json([outcome.row for outcome in done])
    files = whole["files"]
    assert isinstance(files, list)
    for entry, outcome in zip(files, done, strict=True):
        if outcome.row.result is not None:
            entry["compressed_text"] = outcome.row.result.text
    return dump({"version": whole["version"], **files[0]} if len(done) == 1 else whole)


def report(done: Sequence[Outcome], args: argparse.Namespace, session: Session) -> int:
    """Warnings, the report, and the exit code that they make."""
    talk = args.dry_run or (sys.stderr is not None and sys.stderr.isatty() and not args.check)
    unasked = "line" if talk and not session.quiet else "none"
    counted = args.report or args.report_file or args.fail_under is not None or unasked != "none"
    rows = _with_headings(done, args) if counted else [outcome.row for outcome in done]
    changed = [row.name for row in rows if row.result is not None and row.result.changed] if args.check else []
    for name in changed:
        say(session, f"would change {clean(name)}")
    code = conclude(rows, args, session, unasked=unasked, failure="error")
    return code or (Refused.exit_code if changed else 0)


def _with_headings(done: Sequence[Outcome], args: argparse.Namespace) -> list[Row]:
    """The rows; of several in one stream one takes the tokens of the lines between them, so that the total is what is read."""
    rows = [outcome.row for outcome in done]
    results = [row.result for row in rows if row.result is not None]
    if len(done) < 2 or not results or args.in_place or args.json:
        return rows
    first = next(at for at, row in enumerate(rows) if row.result is not None)
    from headroom_cli.tokens import count_buffer, get_counter

    counter = get_counter(results[0].tokenizer)
    if all(result.exact for result in results):
        extra = count_buffer(counter, b"".join(_joined(done))) - sum(result.compressed_tokens for result in results)
    else:  # an estimate: of binary data, which takes long to count
        extra = sum(counter.count(heading(row.name, at > first)) for at, row in enumerate(rows) if row.result is not None)
    rows[first] = rows[first]._replace(headings=extra)
    return rows
