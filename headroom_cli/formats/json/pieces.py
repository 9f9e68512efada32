r"""JSON that stays JSON: minified, cut into pieces at the elements of its tables so that `drop` and limits can still take some.

    {"items": [ {"id": 1}, {"id": 2} ], "n": 2}   ->   {"items":[{"id":1},
                                                       {"id":2}],"n":2}
"""

from __future__ import annotations

from array import array
from bisect import bisect_right
from typing import TYPE_CHECKING

from headroom_cli.draft import HEADER, Draft
from headroom_cli.formats.json.outline import Fields, Table, records_in
from headroom_cli.stages.select import Item
from headroom_cli.text.jsontext import key_path, minify

if TYPE_CHECKING:
    from headroom_cli.formats.json.outline import Region
    from headroom_cli.model import Document
    from headroom_cli.settings import Settings
    from headroom_cli.stages.proposal import Stage
    from headroom_cli.text.jsontext import JsonText
    from headroom_cli.tokens import TokenCounter

__all__ = ["Pieces"]

BATCH = 1024
"""Pieces that are counted at a time."""


class Pieces:
    """Pieces of the minified text: both the units and the proposal."""

    __slots__ = ("cuts", "draft", "own", "regions", "size", "text", "tokens")

    def __init__(self, text: JsonText, regions: list[Region], document: Document, settings: Settings, counter: TokenCounter) -> None:
        self.text = text
        self.regions = regions
        self.own: list[tuple[int, Region]] = []  # where the pieces of a region begin
        self.cuts = array("Q")
        for region in regions:
            if isinstance(region, Fields) or len(region.starts) < 2:
                continue
            self.own.append((len(self.cuts), region))
            self.cuts.extend(region.starts)
            if region.path != "$":
                self.cuts.append(region.end - 1)
        if not self.cuts or (self.own and self.own[0][1].path != "$"):
            self.cuts.insert(0, 0)
            self.own = [(first + 1, region) for first, region in self.own]
        elif self.cuts[0]:
            self.cuts[0] = 0
        self.cuts.append(text.size)
        self.tokens = array("I")
        for first in range(0, len(self), BATCH):
            stop = min(len(self), first + BATCH)
            self.tokens.extend(counter.count_many([self.body(piece).decode() + "\n" for piece in range(first, stop)]))
        self.size = sum(self.tokens)
        self.draft = Draft(self, (), b"\n", lambda _block: "")
        self.draft.end = b"\n" if document.data[-1:] == b"\n" else b""
        self.draft.noun, self.draft.counted = "records", records_in(regions)
        self.draft.locator = "'$.a[1:9]'"
        self.draft.bare = True
        self.draft.terms = settings.markers

    def __len__(self) -> int:
        return len(self.cuts) - 1

    def body(self, line: int) -> bytes:
        """One piece, minified."""
        own = bytes(self.text.data[self.cuts[line] : self.cuts[line + 1]])
        return minify(own) if b"\n" in own or b" " in own else own

    def bodies(self, first: int, stop: int) -> list[bytes]:
        """Pieces `first` to `stop` (exclusive)."""
        return [self.body(piece) for piece in range(first, stop)]

    def place(self, first: int, stop: int) -> str:
        """Where the pieces are: `$.items[3:97]`."""
        start, last = self._locator(first), self._locator(stop - 1)
        if start == last:
            return start
        same = start.rpartition("[")[0] == last.rpartition("[")[0] and last.endswith("]")
        return f"{start[:-1]}:{int(last.rpartition('[')[2][:-1]) + 1}]" if same and start.endswith("]") else f"{start} .. {last}"

    def _locator(self, piece: int) -> str:
        at = bisect_right([first for first, _ in self.own], piece) - 1
        if at < 0:
            return "$"
        first, region = self.own[at]
        if isinstance(region, Fields) or piece - first >= len(region.starts):
            return f"{region.path} after"
        if isinstance(region, Table) and region.keys is not None:
            return f"{region.path}.{key_path(region.keys[piece - first])}"
        return f"{region.path}[{piece - first}]"

    @property
    def verbatim(self) -> Pieces:
        return self

    @property
    def stages(self) -> tuple[Stage, ...]:
        return ()

    @property
    def families(self) -> int:
        return 2 * len(self) + 1

    def cost(self, first: int, stop: int) -> int:
        return sum(self.tokens[first:stop])

    def estimate(self) -> int:
        return sum(tokens for tokens, kept in zip(self.tokens, self.draft.keep, strict=True) if kept) + 10 * self.draft.keep.count(b"\x01\x00")

    def quality(self) -> float:
        return round(sum(self.draft.keep) / max(1, len(self)), 4)

    def trivial(self, unit: int) -> bool:
        """No piece is."""
        del unit
        return False

    def describe(self, unit: int) -> list[tuple[str, str]]:
        """What is known of one piece: (what, how)."""
        return [("record", self._locator(unit)), ("tokens", str(self.tokens[unit]))]

    def items(self, counter: TokenCounter) -> tuple[dict[int, Item], list[int]]:
        del counter  # counted when read
        size = len(self)
        alive = [piece for piece in range(size) if self.draft.keep[piece]]
        items = {piece: Item(3.0 + (piece in (0, size - 1)), self.tokens[piece], piece, size, False, b"%d" % piece) for piece in alive}
        return items, [piece for piece in alive if self.draft.held[piece] or piece in (0, size - 1)]

    def check(self, output: bytes) -> list[str]:
        """Whether an output without a header has the source's tokens, one with a header its pieces and markers."""
        if not output.startswith(HEADER):
            whole = b"\n".join(self.bodies(0, len(self)))
            return [] if output.split() == whole.split() else ["the output is not the source without whitespace"]
        lines = output.removesuffix(b"\n").split(b"\n")
        problems: list[str] = []
        at = 0
        for number, line in enumerate(lines[1:], 2):
            if len(problems) > 20:
                return [*problems, "..."]
            if at < len(self) and line == self.body(at):
                at += 1
            elif line.startswith(b"[$"):
                stop = next((stop for stop in range(at + 1, len(self) + 1) if line == f"[{self.place(at, stop)}]".encode()), 0)
                if not stop:
                    problems.append(f"{number}: the marker does not begin at piece {at + 1} of the source")
                at = max(at, stop)
            else:
                problems.append(f"{number}: not piece {at + 1} of the source")
                at += 1
        return problems if at >= len(self) else [*problems, f"pieces {at + 1}-{len(self)} are missing without a marker"]
