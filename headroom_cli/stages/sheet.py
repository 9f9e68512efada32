"""A document whose units are its own lines, with what a format says of each in columns: the shared half of all line formats but logs.

    line    risk     weight  needs
    def f   CONTENT  6.0     -
      x=1   DETAIL   0.5     line of `def f`

A format fills the columns and hands the sheet on; stages, selection, markers, limits and verify are the same for all.
"""

from __future__ import annotations

from array import array
from collections.abc import Callable, Mapping, Sequence
from heapq import nsmallest
from itertools import chain, compress
from typing import TYPE_CHECKING

from headroom_cli.draft import Draft, is_marker
from headroom_cli.model import Risk
from headroom_cli.stages.lines import BATCH, Lines, counted
from headroom_cli.stages.proposal import Stage
from headroom_cli.stages.quality import above_median
from headroom_cli.stages.select import Item
from headroom_cli.stages.views import Candidates

if TYPE_CHECKING:
    from headroom_cli.model import Document
    from headroom_cli.settings import Settings
    from headroom_cli.stages.blocks import Block
    from headroom_cli.tokens import TokenCounter

__all__ = ["Sheet", "cap", "spread"]

MOST_CANDIDATES = 20_000

class Sheet:
    """The reading of a line format. Columns start as: kept unless content must go, weight 1, a family of its own, needing nothing."""

    __slots__ = ("blocks", "document", "draft", "families_of", "first", "lines", "needs", "risks", "shorter", "slow", "tokens", "weights")

    def __init__(self, document: Document, counter: TokenCounter, lines: Lines | None = None) -> None:
        self.document = document
        self.lines = lines or Lines(document)
        size = len(self.lines)
        self.weights = array("f", [1.0]) * size
        self.risks = bytearray([Risk.CONTENT]) * size  # what cutting the line costs: NOISE and DETAIL lines go first and whole
        self.families_of = array("I", range(size))  # lines of one family tell the same: each further one is worth half
        self.needs = array("i", [-1]) * size  # the line without which this one misleads (its function's head, its hunk's header)
        self.slow = bytearray(size)  # 1: further lines of the family lose worth slowly
        self.shorter: dict[int, tuple[Risk, bytes]] = {}  # line -> (risk, text that may stand for it), recognisable as not the source's
        self.first: Sequence[int] = []  # lines that selection takes before all others
        self.blocks: Sequence[Block] = []  # evidence; set before `finish`
        self.tokens = counted(self.lines, counter)
        self.draft = Draft(self.lines, (), document.newline, lambda _block: "")
        self.draft.end = document.newline if document.data[-1:] == b"\n" else b""

    def finish(self, settings: Settings, name: Callable[[Block], str] | None = None, wrap: Callable[[bytes, int, int], bytes] | None = None) -> Sheet:
        """Hand blocks, marker style and comment syntax (`wrap(marker, first, stop)`) to the draft."""
        self.draft.blocks = sorted(self.blocks, key=lambda block: block.head) if isinstance(self.blocks, list) else self.blocks
        self.draft.terms = settings.markers
        self._hold_forged()
        if name is not None:
            self.draft.name = name
        if wrap is not None:
            self.draft.wrap = wrap
        return self

    def _hold_forged(self) -> None:
        """Lines of the source that look like our markers are held: kept, counted, never honoured."""
        data = self.document.data
        signs = (b"[L", b"[+", b"[step ", b"[file ")
        if not any(bytes(data[:6]).startswith(sign) or data.find(b"\n" + sign) >= 0 for sign in signs):
            return
        for line in range(len(self.lines)):
            if is_marker(self.lines.body(line).removesuffix(b"\r")):
                self.draft.held[line] = 1
                self.draft.forged += 1

    @property
    def verbatim(self) -> Lines:
        return self.lines

    @property
    def families(self) -> int:
        return len(self.lines) + max(self.families_of, default=0) + 1

    @property
    def stages(self) -> tuple[Stage, ...]:
        return (
            Stage("noise", Risk.NOISE, lambda sheet, _settings: sheet.cut(Risk.NOISE)),
            Stage("detail", Risk.DETAIL, lambda sheet, _settings: sheet.cut(Risk.DETAIL)),
        )

    def cut(self, risk: Risk) -> None:
        """Cut the lines whose risk is `risk`, and let shorter texts of that risk stand."""
        draft = self.draft
        for line, own in enumerate(self.risks):
            if own == risk and not draft.held[line]:
                draft.keep[line] = 0
        for line, (least, text) in self.shorter.items():
            if least <= risk and not draft.held[line]:
                draft.swaps[line] = text

    def cost(self, first: int, stop: int) -> int:
        return sum(self.tokens[first:stop])

    def estimate(self) -> int:
        keep = self.draft.keep
        return sum(compress(self.tokens, keep)) + 8 * (keep.count(b"\x01\x00") + (1 if keep[:1] == b"\x00" else 0))

    def trivial(self, unit: int) -> bool:
        """Nothing but signs, outside of code, where a bracket alone is structure."""
        return self.draft.wrap is None and not any(map(str.isalnum, self.lines.text(unit)[:400]))

    def describe(self, unit: int) -> list[tuple[str, str]]:
        """Risk, weight and need of one line."""
        told = [("line", self.lines.text(unit)[:200]), ("risk", Risk(self.risks[unit]).name), ("weight", f"{self.weights[unit]:.1f}")]
        return [*told, ("needs", f"L{self.needs[unit] + 1}")] if self.needs[unit] >= 0 else told

    def quality(self) -> float:
        """Retained share of weight above the median line's."""
        return above_median(self.weights, self.draft.keep)

    def items(self, counter: TokenCounter) -> tuple[Mapping[int, Item], Sequence[int]]:
        draft, size = self.draft, len(self.lines)
        alive = draft.keep
        if alive.count(1) > MOST_CANDIDATES:
            alive = bytearray(size)
            for line in nsmallest(MOST_CANDIDATES, compress(range(size), draft.keep), key=lambda line: (-self.weights[line], line)):
                alive[line] = 1
            for line in self.first:
                alive[line] = draft.keep[line]
        places = array("I", compress(range(size), alive))

        def text(line: int) -> bytes:
            return draft.swaps.get(line) or draft.units.body(line)

        counts = array("I")
        for first in range(0, len(places), BATCH):
            counts += counter.count_many([text(line).decode("utf-8", "surrogateescape") + "\n" for line in places[first : first + BATCH]])

        def item(at: int) -> Item:
            line = places[at]
            family, said = self.families_of[line], text(line).strip() or b"%d" % line
            return Item(self.weights[line], counts[at], family, size + family, bool(self.slow[line]), said, self.needs[line])

        many = len(places) > MOST_CANDIDATES
        items: Mapping[int, Item] = Candidates(places, item) if many else {line: item(at) for at, line in enumerate(places)}
        kinds: dict[str, Block] = {}
        for block in self.draft.blocks:
            if block.kind not in kinds or block.weight > kinds[block.kind].weight:
                kinds[block.kind] = block
        wanted = chain(compress(range(size), draft.held), self.first, (block.head for block in kinds.values()))
        return items, array("I", (line for line in wanted if line in items))


def spread(sheet: Sheet, scores: Sequence[float], most: float, reach: int = 2) -> None:
    """Raise weights by a query's scores: the best line by `most`, its neighbours within `reach` by half of it a step."""
    top = max(scores, default=0.0)
    for line, score in enumerate(scores):
        if score > 0.15 * top:
            for distance in range(-reach, reach + 1):
                near = line + distance
                if 0 <= near < len(scores):
                    sheet.weights[near] += most * score / top * 0.5 ** abs(distance)


def cap(sheet: Sheet, groups: Sequence[range], share: float) -> None:
    """Of groups of lines (paragraphs) the weightiest stay, as long as they are `share` (0-1) of the tokens of all; the others are DETAIL."""

    def cost(line: int) -> float:
        _, text = sheet.shorter.get(line, (0, None))
        return sheet.tokens[line] if text is None else sheet.tokens[line] * len(text) / max(1, len(sheet.lines.body(line)))

    weights = [sum(sheet.weights[line] for line in group) / len(group) for group in groups]
    room = share * sum(sheet.tokens[line] for group in groups for line in group)
    for place in sorted(range(len(groups)), key=lambda place: (-weights[place], place)):
        size = sum(map(cost, groups[place]))
        if size <= room:
            room -= size
            continue
        for line in groups[place]:
            sheet.risks[line] = min(sheet.risks[line], Risk.DETAIL)
