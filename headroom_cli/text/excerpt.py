"""What of a very long line is read: its beginning, its end, and what stands around the failure words between them.

    500 KB "g++ ... -lfoo ... FATAL ERROR: disk quota exceeded ... -lbar"  ->  [(0, 2000), (250_000, 250_360), (499_500, 500_000)]

The same spans are what is shown of the line where its middle goes.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from headroom_cli.text.regex import Bulk
from headroom_cli.text.severity import FAILURE, STRONG, severity

if TYPE_CHECKING:
    from mmap import mmap

__all__ = ["LONG_LINE", "excerpt", "telling_spans"]

LONG_LINE = 4_000
"""Bytes from which a line is a very long one."""
HEAD, TAIL = 2_000, 500
BEFORE, AFTER = 120, 240
"""Bytes around a failure word."""
MOST_SPANS = 3
FEW_HITS = 24
BYTES_A_HIT = 4_000
"""Failure words that are judged: FEW_HITS, and one more for so many bytes."""
LEAST_GAP = 80
"""Bytes between two spans that are not worth leaving out."""
PIECE = 1 << 20
OVERLAP = 32
"""Bytes in which failure words are sought at a time, and how many of them twice."""
_WORDS = Bulk(
    rb"[Ee]rror[:\[ ]|ERROR|FATAL|[Ff]atal|Exception\b|Traceback|FAILED|[Ff]ailed\b|panic|Segmentation|[Uu]ndefined [rs]|[Aa]borted|[Dd]enied|"
    rb"[Rr]efused|timed out|No space|[Cc]annot |core dumped|[Aa]ssertion|[Kk]illed\b|violat|\"errors?\": ?[\[{\"]|exceeded"
)


def excerpt(line: bytes) -> bytes:
    """`line`; of a very long one what its telling spans hold, a blank between them."""
    return line if len(line) <= LONG_LINE else b" ".join(line[first:stop] for first, stop in telling_spans(line, 0, len(line)))


def telling_spans(data: bytes | mmap, start: int, stop: int, head: int = HEAD, tail: int = TAIL) -> list[tuple[int, int]]:
    """Spans of the line `data[start:stop]` that tell, in order and apart, cut between characters: its first `head` bytes, up to
    MOST_SPANS failures, its last `tail` bytes."""
    if stop - start <= head + tail + LEAST_GAP:
        return [(start, stop)]
    first, last = _between_characters(data, start + head, stop), _between_characters(data, stop - tail, stop)
    spans = [(start, first), *_failures(data, first, last), (last, stop)]
    out = spans[:1]
    for low, high in spans[1:]:
        if low - out[-1][1] < LEAST_GAP:
            out[-1] = out[-1][0], max(high, out[-1][1])
        else:
            out.append((low, high))
    return out


def _failures(data: bytes | mmap, start: int, stop: int) -> list[tuple[int, int]]:
    """The worst failures between `start` and `stop`, the first of equals, in order."""
    found: list[tuple[int, int, int]] = []
    left = FEW_HITS + (stop - start) // BYTES_A_HIT
    for place in _hits(data, start, stop):
        low = _between_characters(data, max(start, place - BEFORE), stop)
        high = _between_characters(data, min(stop, place + AFTER), stop)
        if found and place < found[-1][2]:
            continue
        level = severity(bytes(data[low:high]).decode("utf-8", "replace")).level
        if level >= FAILURE:
            found.append((level, low, high))
        left -= 1
        if not left or sum(1 for one in found if one[0] >= STRONG) >= MOST_SPANS:
            break
    worst = sorted(found, key=lambda one: (-one[0], one[1]))[:MOST_SPANS]
    return sorted((low, high) for _, low, high in worst)


def _hits(data: bytes | mmap, start: int, stop: int) -> Iterator[int]:
    """Where failure words begin."""
    for at in range(start, stop, PIECE):
        end = min(stop, at + PIECE)
        for low, _ in _WORDS.spans(bytes(data[at : min(stop, end + OVERLAP)])):
            if at + low < end:
                yield at + low


def _between_characters(data: bytes | mmap, place: int, stop: int) -> int:
    """`place`, moved on to where a character of UTF-8 begins."""
    most = min(stop, place + 3)
    while place < most and 0x80 <= data[place] < 0xC0:
        place += 1
    return place
