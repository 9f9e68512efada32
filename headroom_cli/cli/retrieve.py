r"""`headroom retrieve FILE:RANGE`: the lines that an output's marker stands for, byte for byte from the source.

    [L37-1240: 3 WARN]    ->    headroom retrieve build.log:L37-1240 --grep WARN -C 2

A file is its own store: the lines are read from it as it is now. What a batch wrote is followed to its source by the manifest in the
output folder, as long as neither has changed. A header inside a file is never followed: a log may hold a forged one.
"""

from __future__ import annotations

import argparse
import os
import re
from array import array
from collections.abc import Iterator
from mmap import mmap
from typing import TYPE_CHECKING

from headroom_cli.cli.options import regex
from headroom_cli.cli.session import Session, put, say, warn
from headroom_cli.draft import HEADER, is_marker, unwrapped
from headroom_cli.errors import InputError, Refused, UsageError

if TYPE_CHECKING:
    from headroom_cli.model import Document

__all__ = ["build", "run"]


def build(parser: argparse.ArgumentParser) -> None:
    """Add the command's arguments."""
    parser.description = (
        "Print lines of a source file byte for byte: what a marker such as [L37-1240] in a compressed output stands for."
        "\n\nRANGE is L37-1240 or L37, as markers write it, or for JSON a path such as $.items[3:97]. Without RANGE the whole "
        "file is meant, which --grep or --list then narrows. Where FILE is what compress-batch wrote, "
        "the lines are those of its source. Exit 1 where the file, the range or a match is not there."
    )
    parser.epilog = "\n".join(
        (
            "headroom retrieve build.log:L37-1240",
            "headroom retrieve build.log:L37-1240 --grep 'warn|error' -C 2",
            "headroom retrieve report.json:'$.items[3:97]'",
            "headroom retrieve small.txt --list",
        )
    )
    group = parser.add_argument_group("input")
    group.add_argument("target", metavar="FILE[:RANGE]", help="the source file and the lines wanted")
    group = parser.add_argument_group("output")
    group.add_argument("-C", "--context", metavar="N", type=_count, default=0, help="N more lines on each side")
    group.add_argument("--grep", metavar="REGEX", type=_pattern, help="only lines that match, each with its number")
    group.add_argument("--list", action="store_true", help="FILE is a compressed output: list the ranges that it cut")
    group.add_argument("--json", action="store_true", help="with --list: as one JSON object")


def run(args: argparse.Namespace, session: Session) -> int:
    """Print the lines on stdout."""
    if args.json and not args.list:
        raise UsageError("--json goes with --list", hint="lines come as they are")
    named = re.fullmatch(r"(.+):(\$.*)", args.target, re.DOTALL)
    if named:
        return _json_part(named[1], named[2], args, session)
    name, first, last = _target(args.target)
    if args.list:
        if args.grep is not None or args.context or first:
            raise UsageError("--list takes a compressed output and nothing else", hint="headroom retrieve OUTPUT --list")
        return _list(name, args.json)
    name = _source_of(name, session)
    document = _open(name)
    starts = _line_starts(document.data)
    if document.data[: len(HEADER)] == HEADER:
        warn(session, f"{name} is a compressed output: these are its own lines, not its source's")
    total = len(starts) - 1
    first, last = first or 1, last or total
    if first > total or last > total:
        lines = f"{total:,} line{'' if total == 1 else 's'}"
        raise Refused(f"L{first}-{last} is outside: the file has {lines}", place=name, hint="has it changed since?")
    if args.grep is not None:
        return _grep(document, starts, first, last, args)
    low, high = max(1, first - args.context), min(total, last + args.context)
    _put(document.data[starts[low - 1] : starts[high]], document if low == 1 else document._replace(bom=b""))
    return 0


def _source_of(name: str, session: Session) -> str:
    """The file to read for `name`: the source of what a batch wrote, else itself. Refused where one of the two has changed."""
    from headroom_cli.manifest import original_of

    original = original_of(name) if name != "-" and os.path.isfile(name) else None
    if original is None:
        return name
    source = os.path.relpath(original.path)
    changed = original.changed(name)
    if changed:
        raise Refused(f"its lines cannot be had: {changed}", place=name, hint=f"its source by itself: headroom retrieve {source}:RANGE")
    say(session, f"headroom: from {source}, which {name} was made from")
    return source


def _json_part(name: str, path: str, args: argparse.Namespace, session: Session) -> int:
    """Print what a path such as `$.items[3:97]` names in a JSON file, as it stands there."""
    from headroom_cli.text.jsonpath import locate

    if args.grep is not None or args.context or args.list:
        raise UsageError("--grep, -C and --list go with lines", hint="headroom retrieve FILE:'$.items[3:97]'")
    name = _source_of(name, session)
    document = _open(name)
    text = bytes(document.data).decode("utf-8", "surrogateescape")
    try:
        start, stop = locate(text, path.partition(" columns")[0].partition(" after")[0])
    except KeyError as error:
        raise Refused(f"{path} is not there: {error.args[0]}", place=name, hint="has it changed since?") from None
    _put((text[start:stop] + "\n").encode("utf-8", "surrogateescape"), document)
    return 0


def _target(text: str) -> tuple[str, int, int]:
    """`FILE:L3-9` -> (FILE, 3, 9); FILE alone -> (FILE, 0, 0)."""
    found = re.fullmatch(r"(.+):L?(\d{1,18})(?:-L?(\d{1,18}))?", text, re.DOTALL)
    if not found:
        return text, 0, 0
    first = int(found[2])
    last = int(found[3] or first)
    if not 1 <= first <= last:
        raise UsageError(f"{text!r}: a range counts from 1 upwards", hint="FILE:L37-1240 or FILE:L5")
    return found[1], first, last


def _pattern(text: str) -> str:
    return text and regex(text)  # as for grep, nothing is in every line


def _count(text: str) -> int:
    if not text.isascii() or not text.isdigit():
        raise argparse.ArgumentTypeError(f"{text!r} must be a whole number of lines")
    return int(text)


def _open(name: str) -> Document:
    from headroom_cli.source import open_document, read_stdin

    try:
        return read_stdin() if name == "-" else open_document(name)
    except InputError as error:
        raise Refused(error.message, place=error.place, hint=error.hint) from None


def _line_starts(data: bytes | mmap) -> array[int]:
    """Byte offsets of the lines, and the data's end: one more than there are lines."""
    starts = array("Q", [0])
    starts.extend(found.end() for found in re.finditer(rb"\n", data))
    if starts[-1] != len(data):
        starts.append(len(data))
    return starts


def _list(name: str, as_json: bool) -> int:
    """Print the ranges of a compressed output."""
    document = _open(name)
    if document.data[: len(HEADER)] != HEADER:
        raise Refused("is no compressed output: its first line is not a headroom header", place=name)
    ranges = list(_ranges(bytes(document.data).split(b"\n")))
    if as_json:
        from headroom_cli.report import dump

        told = [{"first": first, "last": last, "holds": note.decode("utf-8", "surrogateescape")} for first, last, note in ranges]
        put(dump({"version": 1, "file": name, "ranges": told}))
        return 0
    put(b"L%d%b%b\n" % (first, b"-%d" % last if last > first else b"", b"\t" + note if note else b"") for first, last, note in ranges)
    return 0


def _ranges(lines: list[bytes]) -> Iterator[tuple[int, int, bytes]]:
    """The markers that follow on from the lines above them, as (first, last, note); others are lines of the source.

    Where the header counts something else than lines, a line does not stand for one: then ranges must only go upwards.
    """
    said = re.search(rb"(\d+) (\S+?);", lines[0])
    exact = said is not None and said[2] == b"lines"
    end = int(said[1]) if said is not None and exact else 1 << 60
    at = doubt = 0  # the last line of the source that is accounted for; lines since, of which it cannot be told whether they are its own
    for line in lines[1:]:
        text = unwrapped(line.rstrip(b"\r"))
        found = re.match(rb"\[L(\d{1,18})(?:-(\d{1,18}))?(?::? (.*))?\]$", text)
        if found:
            first, last = int(found[1]), int(found[2] or found[1])
            if (at < first <= at + 1 + doubt if exact else first >= max(at, 1)) and first <= last <= end:
                yield first, last, found[3] or b""
                at, doubt = last, 0
                continue
        if is_marker(text) and not found:  # `[+187 s]`, `[step test]`: ours, or a line of the source
            doubt += 1
        else:
            at += exact


def _grep(document: Document, starts: array[int], first: int, last: int, args: argparse.Namespace) -> int:
    """As `grep -n -C N`: `12:` before a match, `11-` before a line beside one, `--` between groups."""
    wanted = re.compile(args.grep.encode("utf-8", "surrogateescape"))
    lines = range(first, last + 1)
    hits = [n for n in lines if wanted.search(document.data[starts[n - 1] : starts[n]].rstrip(b"\r\n"))]
    _put(b"".join(_grep_lines(document, starts, hits, (first, last), args.context)), document._replace(bom=b""))
    return 0 if hits else Refused.exit_code


def _grep_lines(
    document: Document, starts: array[int], hits: list[int], within: tuple[int, int], context: int
) -> Iterator[bytes]:
    printed = 0
    for at, hit in enumerate(hits):
        low, high = max(within[0], hit - context, printed + 1), min(within[1], hit + context)
        if at + 1 < len(hits):
            high = min(high, hits[at + 1] - 1)
        if context and printed and low > printed + 1:
            yield b"--\n"
        for number in range(low, high + 1):
            line = document.data[starts[number - 1] : starts[number]]
            yield b"%d%b%b" % (number, b":" if number == hit else b"-", line if line.endswith(b"\n") else line + b"\n")
        printed = max(printed, high)


def _put(data: bytes, document: Document) -> None:
    from headroom_cli.source import encode_output

    put(encode_output(data, document))
