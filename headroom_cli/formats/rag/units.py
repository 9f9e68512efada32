"""The units of retrieved chunks: heads and sentences, printed by rows, and what their markers say.

    [10] Ramayana
    The epic, traditionally ascribed to the Hindu sage Valmiki, ...
    [L47: 2 sentences]
    [L48-90: 6 chunks, 2 repeated]
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from headroom_cli.formats.rag.chunks import BLANK, SENTENCE

if TYPE_CHECKING:
    from headroom_cli.draft import Draft
    from headroom_cli.formats.rag.chunks import Corpus
    from headroom_cli.model import Document

__all__ = ["Pieces", "check_pieces"]


class Pieces:
    """The units: heads and sentences, those of one row on one line again where they stay together."""

    __slots__ = ("corpus", "draft", "like")

    def __init__(self, corpus: Corpus) -> None:
        self.corpus = corpus
        self.draft: Draft | None = None  # says how much a marker may tell
        self.like: dict[int, int] = {}  # chunk -> the one it repeats

    def __len__(self) -> int:
        return len(self.corpus.pieces)

    def text(self, line: int) -> str:
        """The text of one piece."""
        return self.corpus.pieces[line].text

    def texts(self) -> list[str]:
        """All pieces."""
        return [piece.text for piece in self.corpus.pieces]

    def body(self, line: int) -> bytes:
        """One piece, without blanks around it where its row goes on."""
        return self.bodies(line, line + 1)[0]

    def bodies(self, first: int, stop: int) -> list[bytes]:
        """Pieces `first` to `stop` (exclusive), by rows."""
        pieces, out, at = self.corpus.pieces, [], first
        while at < stop:
            row, end = pieces[at].row, at + 1
            while end < stop and pieces[end].row == row:
                end += 1
            text = "".join(piece.text for piece in pieces[at:end])
            text = text.lstrip() if at and pieces[at - 1].row == row else text
            out.append((text.rstrip() if end < len(pieces) and pieces[end].row == row else text).encode("utf-8", "surrogateescape"))
            at = end
        return out

    def place(self, first: int, stop: int) -> str:
        """`L47: 2 sentences`, `L12-40: 6 chunks`, `$[3:9]: 6 chunks`."""
        where = self.span(first, stop)
        return where if self.draft is not None and self.draft.terms != "full" else f"{where}: {self.holds(first, stop)}"

    def span(self, first: int, stop: int) -> str:
        """The lines or elements that the pieces stand in."""
        pieces = self.corpus.pieces
        low, high = pieces[first], pieces[stop - 1]
        if not self.corpus.on_lines:
            return f"$[{max(0, low.chunk)}]" if low.chunk >= high.chunk else f"$[{max(0, low.chunk)}:{high.chunk + 1}]"
        return f"L{low.first + 1}" if low.first == high.last else f"L{low.first + 1}-{high.last + 1}"

    def holds(self, first: int, stop: int) -> str:
        """What the pieces are: `2 sentences`, `6 chunks, 2 repeated`, `repeats L13`."""
        pieces, chunks = self.corpus.pieces, self.corpus.chunks
        touched = sorted({piece.chunk for piece in pieces[first:stop] if piece.chunk >= 0 and piece.role != BLANK})
        whole = [number for number in touched if chunks[number].start >= first and all(each.role == BLANK for each in pieces[stop : chunks[number].stop])]
        inside = set(whole)
        parts = sum(1 for piece in pieces[first:stop] if piece.role == SENTENCE and piece.chunk not in inside)
        if whole == touched and len(whole) == 1 and whole[0] in self.like:
            return f"repeats {self._name(self.like[whole[0]])}"
        said = [f"{parts} sentence{'s' * (parts != 1)}"] if parts else []
        repeated = sum(1 for number in whole if number in self.like)
        said += [f"{len(whole)} chunk{'s' * (len(whole) != 1)}" + (f", {repeated} repeated" if repeated else "")] if whole else []
        return ", ".join(said) or f"{stop - first} line{'s' * (stop - first != 1)}"

    def _name(self, chunk: int) -> str:
        return f"L{self.corpus.pieces[self.corpus.chunks[chunk].start].first + 1}" if self.corpus.on_lines else f"$[{chunk}]"


def check_pieces(output: bytes, document: Document, units: Pieces) -> list[str]:
    """What in `output` is neither the pieces of `units` in order nor a marker for what is missing."""
    lines = output.split(document.newline)[1:]
    if lines and not lines[-1] and document.data[-1:] == b"\n":
        lines.pop()
    problems: list[str] = []
    at, size = 0, len(units)
    for number, line in enumerate(lines):
        stop = _row(units, at, line)
        if stop < 0:
            stops = _marked(units, at, line)
            follows = lines[number + 1] if number + 1 < len(lines) else None
            stop = next((own for own in stops if (own == size if follows is None else _row(units, own, follows) > 0)), stops[-1] if stops else -1)
        if stop < 0:
            problems.append(f"{number + 2}: neither piece {at + 1} of the source nor a marker of it: {line[:60].decode('utf-8', 'replace')!r}")
            stop = at + 1
        at = stop
        if len(problems) > 20:
            return [*problems, "..."]
    return problems if at >= size else [*problems, f"pieces {at + 1}-{size} are missing without a marker"]


def _marked(units: Pieces, at: int, line: bytes) -> list[int]:
    """Where the gap may end that `line` marks."""
    if not line.startswith((b"[L", b"[$")):
        return []
    out: list[int] = []
    for stop in range(at + 1, len(units) + 1):
        span = units.span(at, stop)
        if line == f"[{span}]".encode() or (line.startswith(f"[{span}: ".encode()) and line == f"[{span}: {units.holds(at, stop)}]".encode()):
            out.append(stop)
    return out


def _row(units: Pieces, at: int, line: bytes) -> int:
    """Where the run of pieces ends that `line` is; -1 where it is none."""
    pieces = units.corpus.pieces
    for stop in range(at + 1, len(pieces) + 1):
        if units.bodies(at, stop) == [line]:
            return stop
        if stop < len(pieces) and pieces[stop].row != pieces[at].row:
            break
    return -1
