"""The draft: a document with its cut units and substituted texts. The only thing that cuts and renders.

    keep = 1 1 0 0 0 1      ->   [headroom: build.log, 6 lines; ...]
                                 line 1
                                 line 2
                                 [L3-5]
                                 line 6

Stages and formats propose; they change `keep` and `swaps` and say why. Line numbers, markers and counts follow from them, so
retrieve and verify work for every format at once.
"""

from __future__ import annotations

import re
from array import array
from bisect import bisect_left
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import lru_cache
from typing import TYPE_CHECKING, Protocol

from headroom_cli.model import BlockCount
from headroom_cli.stages.blocks import Block

if TYPE_CHECKING:
    from mmap import mmap

__all__ = ["HEADER", "MARKER", "Draft", "Units", "is_header", "is_marker", "is_output", "plural", "unwrapped"]

HEADER = b"[headroom: "
MARKER = rb"^\[L\d+(?:-\d+)?(?:: [^\]\n]*|:? \d+ more like L\d+)?\]$|^\[\+\d+ s\]$|^\[(?:step|file) [^\]\n]*\]$"
_HEADER_LINE = (
    rb"\[headroom: (?:[^\n]*?, )?\d+ (?:lines|records|rows|parts|pieces of \d+ chunks)(?:; [^\n]*)?; "
    rb"[^\n;]*(?:headroom retrieve FILE:[^\n;]+|not stored)\]\r?(?:\n|$)"
)
LONG_GAP = 200
"""Units from which a marker says what the gap holds."""


SAME = "same as L"
"""How a marker names a block that says what a shown one says."""
LOOKED_AT = 12
"""Blocks of one kind in one gap that are asked for their name."""


class Units(Protocol):
    """What is kept or cut as one: lines, records, bodies, sentences."""

    def __len__(self) -> int: ...

    def body(self, line: int) -> bytes:
        """The text of one unit in the output."""

    def bodies(self, first: int, stop: int) -> list[bytes]:
        """The texts of units `first` to `stop` (exclusive)."""


@lru_cache(maxsize=1)
def _marker() -> re.Pattern[bytes]:
    return re.compile(MARKER)


def is_marker(line: bytes) -> bool:
    """Whether `line` looks like a marker of ours (a source may hold such a line too: see Draft.forged)."""
    return (line.startswith((b"[L", b"[+", b"[step ", b"[file "))) and _marker().match(line) is not None


def is_header(data: bytes) -> bool:
    """Whether `data` begins with a header as the engine writes it."""
    return data.startswith(HEADER) and re.match(_HEADER_LINE, data) is not None


_NAMED = rb"(?m)^==> [^\n]* <==\r?\n(?=\[headroom: )"


def is_output(data: bytes | mmap) -> bool:
    """Whether `data` is an output already: it begins with a header, or with a file's name and has a header under one."""
    if data[:4] == b"==> ":
        return any(is_header(data[found.end() : found.end() + 4_000]) for found in re.finditer(_NAMED, data))
    return is_header(data[:4_000])


_WRAPPED = rb"^[ \t]*(?:\.\.\.[ \t]+)?(?:#|//|--|/\*|<!--|;|%)[ \t]*(\[.*\])(?:[ \t]*(?:\*/|-->))?$"


def unwrapped(line: bytes) -> bytes:
    """A marker without the host's comment syntax; any other line as it is."""
    if b"[L" not in line:
        return line
    found = re.match(_WRAPPED, line)
    return found[1] if found else line


_SAME = {"out of memory", "not found", "permission", "network", "noise"}


def plural(kind: str, count: int) -> str:
    """`3 errors`, `1 crash`, `2 crashes`: how a marker counts."""
    if count == 1 or kind in _SAME or (kind.endswith("s") and not kind.endswith("ss")):
        return f"{count} {kind}"
    if kind.endswith(("s", "sh", "ch", "x")):
        return f"{count} {kind}es"
    return f"{count} {kind[:-1]}ies" if kind.endswith("y") and kind[-2:-1] not in "aeiou" else f"{count} {kind}s"


class Draft:
    """Mutable: stages cut in it. `keep[i]` is 1 while unit i is in the output."""

    __slots__ = (
        "_blocks", "_heads", "_silent", "_swapped", "bare", "counted", "cut_kinds", "end", "facts", "forged", "heading", "held", "keep", "locator",
        "name", "newline", "notes", "noun", "silences", "swaps", "terms", "title", "twins", "units", "wrap",
    )  # fmt: skip

    def __init__(self, units: Units, blocks: Sequence[Block], newline: bytes, name: Callable[[Block], str]) -> None:
        self.units = units
        self.blocks = blocks
        self.name = name  # what a marker calls one block: the variable part of its head
        self.twins: dict[int, list[int]] = {}  # head of a block -> heads of all blocks that say the same, where there are several
        self.keep = bytearray(b"\x01" * len(units))
        self.held = bytearray(len(units))  # 1: may not be cut (keep rules, forged markers)
        self.swaps: dict[int, bytes] = {}  # unit -> text that stands for it, recognisable as not the source's
        self.notes: dict[tuple[int, int], str] = {}  # gap (first, stop) -> what its marker says instead of counts
        self.cut_kinds: dict[int, str] = {}  # unit -> what a long gap counts it as ("warning", "download")
        self.silences: dict[int, int] = {}  # unit -> seconds of silence before it
        self._silent: list[int] = []
        self._swapped: list[int] = []
        self.facts: list[str] = []  # what the header says: what was cut from every line, the failing step
        self.newline = newline
        self.end = newline  # what ends the last unit: b"" where the source has no final newline
        self.terms = "full"  # full | short (counts without names) | bare (under a max_tokens that leaves room for nothing else)
        self.bare = False  # a header would spoil the output (minified JSON): none while nothing is cut
        self.forged = 0  # units of the source that look like our markers: held, counted, never honoured
        self.title = b"step"  # what a heading calls its column
        self.heading: Callable[[int], bytes] | None = None  # the column that a unit stands under, where columns differ
        self.locator = "L1-9"  # what a range looks like in the header's hint
        self.noun = "lines"  # what the header counts
        self.counted = len(units)  # how many of them there are: where units are parts of what the noun says, not their number
        self.wrap: Callable[[bytes, int, int], bytes] | None = None  # marker, first, stop -> marker in the host's comment syntax

    @property
    def blocks(self) -> Sequence[Block]:
        """Evidence, by head."""
        return self._blocks

    @blocks.setter
    def blocks(self, blocks: Sequence[Block]) -> None:
        self._blocks = blocks
        heads = getattr(blocks, "heads", None)  # of views over columns
        self._heads = heads if heads is not None else array("Q", (block.head for block in blocks))

    def gaps(self) -> Iterator[tuple[int, int]]:
        """Cut runs as (first, stop), in order."""
        keep, size, at = self.keep, len(self.keep), 0
        while (first := keep.find(0, at)) >= 0:
            at = keep.find(1, first)
            at = size if at < 0 else at
            yield first, at
            if at == size:
                return

    def hidden(self, first: int, stop: int) -> Sequence[Block]:
        """Blocks whose head lies in the gap: what its marker must count."""
        return self._blocks[bisect_left(self._heads, first) : bisect_left(self._heads, stop)]

    def headless(self, first: int, stop: int) -> bool:
        """Whether one of the units belongs to a block whose head is cut: shown alone it would mislead."""
        low = max(0, bisect_left(self._heads, first) - 1)
        for block in self._blocks[low : bisect_left(self._heads, stop) + 1]:
            if block.first < stop and block.stop > first and not self.keep[block.head] and not first <= block.head < stop:
                return True
        return False

    def marker(self, first: int, stop: int) -> bytes:
        """The one marker of a gap."""
        own = getattr(self.units, "place", None)  # units that are no lines say where they are: `$.items[3:97]`
        place = own(first, stop) if own is not None else f"L{first + 1}" if stop == first + 1 else f"L{first + 1}-{stop}"
        note = self.notes.get((first, stop), "")
        if note:
            return f"[{place}: {note}]".encode("utf-8", "surrogateescape")
        if self.terms == "bare":
            return f"[{place}]".encode()
        parts = _counted(self.hidden(first, stop), self._named if self.terms == "full" else None)
        if stop - first > LONG_GAP and self.terms == "full":
            parts += self._others(first, stop)
        if longest := max(map(self.silences.__getitem__, _within(self._silent, first, stop)), default=0):
            parts.append(f"+{longest} s")
        text = f"[{place}: {'; '.join(parts)}]" if parts else f"[{place}]"
        return text.replace("\n", " ").encode("utf-8", "surrogateescape")

    def _named(self, block: Block) -> str:
        """What tells `block` from the next of its kind; where it says what is shown, that place."""
        shown = next((head for head in self.twins.get(block.head, ()) if self.keep[head]), None)
        return self.name(block) if shown is None else f"{SAME}{shown + 1}"

    def _others(self, first: int, stop: int) -> list[str]:
        kinds: Iterable[str] = filter(None, map(self.cut_kinds.get, range(first, stop)))
        if len(self.cut_kinds) < (stop - first) // 4:
            kinds = (kind for unit, kind in self.cut_kinds.items() if first <= unit < stop)
        counts = Counter(kinds)
        return [plural(kind, count) for kind, count in sorted(counts.items(), key=lambda pair: (-pair[1], pair[0]))[:2]]

    def render(self) -> Iterator[bytes]:
        """Lines of the output without the header."""
        if not self.end and self.keep[-1:] == b"\x01" and not self.units.body(len(self.keep) - 1):
            self.keep[-1] = 0  # an empty last line without a newline would not be seen
        self._silent, self._swapped = sorted(self.silences), sorted(self.swaps)
        out: list[bytes] = []
        at, under = 0, b""
        for first, stop in [*self.gaps(), (len(self.keep), len(self.keep))]:
            if at < first and self.heading is None:
                self._render_kept(at, first, out)
            elif at < first:
                under = self._render_headed(at, first, out, under)
            yield from out
            out.clear()
            if first < stop:
                marker = self.marker(first, stop)
                yield marker if self.wrap is None else self.wrap(marker, first, stop)
            at = stop

    def _render_headed(self, first: int, stop: int, out: list[bytes], under: bytes) -> bytes:
        """Kept units under a line `[step NAME]` wherever the column changes; the last column."""
        assert self.heading is not None
        at = first
        for unit in range(first, stop):
            heading = self.heading(unit)
            if heading != under:
                self._render_kept(at, unit, out)
                out.append(b"[" + self.title + b" " + heading + b"]")
                at, under = unit, heading
        self._render_kept(at, stop, out)
        return under

    def _render_kept(self, first: int, stop: int, out: list[bytes]) -> None:
        """Kept units, with what stands for them and the silences before them; runs without either are read at once."""
        swapped = _within(self._swapped, first, stop)
        quiet = _within(self._silent, first, stop)
        at = first
        for unit in sorted({*swapped, *quiet}) if swapped and quiet else swapped or quiet:
            out += self.units.bodies(at, unit)
            if unit in self.silences:
                out.append(b"[+%d s]" % self.silences[unit])
            swap = self.swaps.get(unit)
            out += [swap] if swap is not None else self.units.bodies(unit, unit + 1)
            at = unit + 1
        out += self.units.bodies(at, stop)

    def count(self) -> BlockCount:
        """Blocks found, shown (their head is kept) and counted in markers: all others, but for markers that are bare."""
        kinds: dict[str, int] = {}
        shown = 0
        for block in self.blocks:
            kinds[block.kind] = kinds.get(block.kind, 0) + 1
            shown += self.keep[block.head]
        order = tuple(sorted(kinds.items(), key=lambda pair: (-pair[1], pair[0])))
        return BlockCount(len(self.blocks), shown, 0 if self.terms == "bare" else len(self.blocks) - shown, order)


def _within(units: Sequence[int], first: int, stop: int) -> Sequence[int]:
    """Those of ascending `units` from `first` to `stop` (exclusive)."""
    return units[bisect_left(units, first) : bisect_left(units, stop)] if units else ()


def _counted(blocks: Sequence[Block], name: Callable[[Block], str] | None) -> list[str]:
    """`3 errors: a, b, ...` for each kind."""
    kinds: dict[str, list[Block]] = {}  # the first ones of each kind
    counts: dict[str, int] = {}
    for block in blocks:
        counts[block.kind] = counts.get(block.kind, 0) + 1
        if counts[block.kind] <= LOOKED_AT:
            kinds.setdefault(block.kind, []).append(block)
    parts = []
    for kind, members in kinds.items():
        text, names = plural(kind, counts[kind]), ""
        if name is not None:
            names = _names([_name(name(block)) for block in members], more=counts[kind] > LOOKED_AT)
        parts.append(f"{text}: {names}" if names else text)
    return parts


def _names(names: Sequence[str], more: bool) -> str:
    """At most three different names, those first that are said nowhere else: `a, same as L4, L9, ...`."""
    new = [text for text in dict.fromkeys(names) if text and not text.startswith(SAME)]
    cited = [text.removeprefix(SAME[:-1]) for text in dict.fromkeys(names) if text.startswith(SAME)]
    shown = new[:3]
    if cited and len(new) < 3:
        shown.append(SAME[:-1] + ", ".join(cited[: 3 - len(new)]))
    return ", ".join(shown) + (", ..." if shown and (more or len(new) + len(cited) > 3) else "")


def _name(var: str) -> str:
    clean = " ".join(var.replace("]", ")").replace("[", "(").split())
    return clean if len(clean) <= 40 else clean[:37] + "..."
