"""The lines of a document as they are: as units, as text, and what they cost. However large it is, few of them are objects at a time.

    b"one\\ntwo\\n"   ->   starts 0, 4, 8; body(1) b"two"; texts()[1] "two"
"""

from __future__ import annotations

from array import array
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, overload

if TYPE_CHECKING:
    from headroom_cli.draft import Units
    from headroom_cli.model import Document
    from headroom_cli.tokens import TokenCounter

__all__ = ["BATCH", "Lines", "Texts", "counted", "joined", "texts_of"]

BATCH = 2_048
"""Lines that are decoded and counted at once: an encoder holds the tokens of all that it is given."""
LISTED = 2 << 20
"""Bytes up to which the lines of a document are held as text: a list is quicker."""


class Lines:
    """The lines of a document, without their newlines."""

    __slots__ = ("_crlf", "data", "starts")

    def __init__(self, document: Document) -> None:
        self.data = document.data
        self._crlf = document.newline == b"\r\n"
        self.starts = array("Q" if len(self.data) >> 32 else "I", [0])
        at = self.data.find(b"\n")
        while at >= 0:
            self.starts.append(at + 1)
            at = self.data.find(b"\n", at + 1)
        if self.starts[-1] < len(self.data):
            self.starts.append(len(self.data))

    def __len__(self) -> int:
        return len(self.starts) - 1

    def body(self, line: int) -> bytes:
        """The bytes of `line`, without newline."""
        raw = self.data[self.starts[line] : self.starts[line + 1]].removesuffix(b"\n")
        return raw.removesuffix(b"\r") if self._crlf else raw

    def bodies(self, first: int, stop: int) -> list[bytes]:
        """Lines `first` to `stop` (exclusive)."""
        if first >= stop:
            return []
        run = self.data[self.starts[first] : self.starts[stop]].removesuffix(b"\n").split(b"\n")
        return [raw.removesuffix(b"\r") for raw in run] if self._crlf else run

    def text(self, line: int) -> str:
        """`line` as text; undecodable bytes as surrogates."""
        return self.body(line).decode("utf-8", "surrogateescape")

    def texts(self) -> Sequence[str]:
        """All lines as text."""
        return texts_of(self, len(self.data))


class Texts(Sequence[str]):
    """Units as text, decoded a run at a time."""

    __slots__ = ("_first", "_last", "_run", "_stop", "units")

    def __init__(self, units: Units) -> None:
        self.units = units
        self._first = self._stop = 0  # of the run
        self._run: list[str] = []
        self._last = -1  # the unit that was read by itself

    def __len__(self) -> int:
        return len(self.units)

    @overload
    def __getitem__(self, place: int) -> str: ...

    @overload
    def __getitem__(self, place: slice) -> list[str]: ...

    def __getitem__(self, place: int | slice) -> str | list[str]:
        if type(place) is int and self._first <= place < self._stop:
            return self._run[place - self._first]
        if isinstance(place, slice):
            first, stop, step = place.indices(len(self))
            return _decoded(self.units, first, stop) if step == 1 else [self[at] for at in range(first, stop, step)]
        size = len(self)
        place = place + size if place < 0 else place
        if not 0 <= place < size:
            raise IndexError(place)
        if place in (self._stop, self._last + 1):  # read in order
            self._first, self._stop = place, min(size, place + BATCH)
            self._run = _decoded(self.units, self._first, self._stop)
            return self._run[0]
        self._last = place
        return self.units.body(place).decode("utf-8", "surrogateescape")

    def __iter__(self) -> Iterator[str]:
        for first in range(0, len(self), BATCH):
            yield from _decoded(self.units, first, min(len(self), first + BATCH))


def texts_of(units: Units, size: int) -> Sequence[str]:
    """All units as text: a list where they have few bytes (`size`)."""
    return _decoded(units, 0, len(units)) if size <= LISTED else Texts(units)


def joined(texts: Sequence[str]) -> str:
    """All of `texts` as one, with line ends between; `join` would first hold each by itself."""
    return "\n".join("\n".join(texts[first : first + BATCH]) for first in range(0, len(texts), BATCH))


def _decoded(units: Units, first: int, stop: int) -> list[str]:
    """Units `first` to `stop` (exclusive) as text; those that are no lines each by itself: together they may stand otherwise."""
    bodies = units.bodies(first, stop) if isinstance(units, Lines) else map(units.body, range(first, stop))
    return [body.decode("utf-8", "surrogateescape") for body in bodies]


def counted(units: Units, counter: TokenCounter) -> array[int]:
    """The tokens of each unit with its newline."""
    out = array("I")
    for first in range(0, len(units), BATCH):
        out += counter.count_many([text + "\n" for text in _decoded(units, first, min(len(units), first + BATCH))])
    return out
