"""A unified diff of two texts of any size, in linear time.

    --- build.log
    +++ build.log (compressed)
    @@ -1,5 +1,3 @@

`difflib` needs minutes for the diff of a large log. Here lines that occur once on each side anchor the rest (as in
patience diff), and what lies between two anchors is shown as taken out and put in: always right, not always shortest.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator
from typing import NamedTuple

__all__ = ["unified"]

_CONTEXT = 3


class Change(NamedTuple):
    """Lines old[a:b] became new[c:d]."""

    a: int
    b: int
    c: int
    d: int


def unified(old: bytes, new: bytes, name_old: str, name_new: str) -> Iterator[bytes]:
    """The diff's lines, each with its newline; nothing where both texts are equal."""
    if old == new:
        return
    left, right = _lines(old), _lines(new)
    yield b"--- " + name_old.encode("utf-8", "surrogateescape") + b"\n"
    yield b"+++ " + name_new.encode("utf-8", "surrogateescape") + b"\n"
    for hunk in _hunks(_changes(left, right)):
        yield from _hunk_lines(hunk, left, right)


def _lines(data: bytes) -> list[bytes]:
    lines = [line + b"\n" for line in data.split(b"\n")]
    lines[-1] = lines[-1][:-1]
    return lines if lines[-1] else lines[:-1]


def _changes(left: list[bytes], right: list[bytes]) -> list[Change]:
    """The differing stretches in order; equal ends of each stretch are taken off."""
    found: list[Change] = []
    a = c = 0
    for b, d in [*_anchors(left, right), (len(left), len(right))]:
        stop_a, stop_c = b, d
        while a < stop_a and c < stop_c and left[a] == right[c]:
            a, c = a + 1, c + 1
        while a < stop_a and c < stop_c and left[stop_a - 1] == right[stop_c - 1]:
            stop_a, stop_c = stop_a - 1, stop_c - 1
        if a < stop_a or c < stop_c:
            found.append(Change(a, stop_a, c, stop_c))
        a, c = b, d
    return found


def _anchors(left: list[bytes], right: list[bytes]) -> list[tuple[int, int]]:
    """Pairs of positions of lines that occur once on both sides, the longest run in the same order."""
    once_left, once_right = _once(left), _once(right)
    pairs = [(at, once_right[line]) for line, at in once_left.items() if line in once_right]
    tails: list[int] = []  # smallest last position of an increasing run of each length
    last: list[int] = []  # index of the pair that ends it
    before: list[int] = []
    for index, (_, position) in enumerate(pairs):
        length = bisect_left(tails, position)
        before.append(last[length - 1] if length else -1)
        if length == len(tails):
            tails.append(position)
            last.append(index)
        else:
            tails[length], last[length] = position, index
    run: list[tuple[int, int]] = []
    index = last[-1] if last else -1
    while index >= 0:
        run.append(pairs[index])
        index = before[index]
    return run[::-1]


def _once(lines: list[bytes]) -> dict[bytes, int]:
    """Lines that occur once, in order, with their position."""
    seen: dict[bytes, int] = {}
    for at, line in enumerate(lines):
        seen[line] = -1 if line in seen else at
    return {line: at for line, at in seen.items() if at >= 0}


def _hunks(changes: list[Change]) -> Iterator[list[Change]]:
    hunk: list[Change] = []
    for change in changes:
        if hunk and change.a - hunk[-1].b > 2 * _CONTEXT:
            yield hunk
            hunk = []
        hunk.append(change)
    if hunk:
        yield hunk


def _hunk_lines(hunk: list[Change], left: list[bytes], right: list[bytes]) -> Iterator[bytes]:
    lead = min(_CONTEXT, hunk[0].a)
    tail = min(_CONTEXT, len(left) - hunk[-1].b)
    start, end = hunk[0].a - lead, hunk[-1].b + tail
    yield b"@@ -%b +%b @@\n" % (_span(start, end), _span(hunk[0].c - lead, hunk[-1].d + tail))
    for change in hunk:
        yield from (_shown(b" ", line) for line in left[start : change.a])
        yield from (_shown(b"-", line) for line in left[change.a : change.b])
        yield from (_shown(b"+", line) for line in right[change.c : change.d])
        start = change.b
    yield from (_shown(b" ", line) for line in left[start:end])


def _span(start: int, end: int) -> bytes:
    length = end - start
    if length == 1:
        return b"%d" % (start + 1)
    return b"%d,%d" % (start + (length > 0), length)


def _shown(sign: bytes, line: bytes) -> bytes:
    return sign + line if line.endswith(b"\n") else sign + line + b"\n\\ No newline at end of file\n"
