"""The proposal for a test report: noise and detail go first, then lines of failing tests by weight; markers count the tests they hide.

    [L4-97: 42 passed, 3 skipped]
    [L120-188: 2 failed tests: TestTotal, TestTax; 9 passed]
"""

from __future__ import annotations

from array import array
from bisect import bisect_left
from heapq import nsmallest
from itertools import compress
from typing import TYPE_CHECKING

from headroom_cli.draft import Draft, is_marker
from headroom_cli.model import Risk
from headroom_cli.settings import STRATEGIES
from headroom_cli.stages.blocks import Block
from headroom_cli.stages.lines import Lines, Texts, counted
from headroom_cli.stages.proposal import Stage
from headroom_cli.stages.quality import above_median
from headroom_cli.stages.select import Item
from headroom_cli.text.query import Query

if TYPE_CHECKING:
    from headroom_cli.formats.testreport.parts import Report
    from headroom_cli.model import Document
    from headroom_cli.settings import Settings
    from headroom_cli.tokens import TokenCounter

__all__ = ["Parts", "ReportReading", "Source"]

MOST_CANDIDATES = 20_000
ANSWER = 6.0
"""What the part that answers a question best gains."""


MANY = 60
"""Failures from which markers count those that they hide, but do not name them."""
COUNTS = 16
"""Tokens of these counts."""


class Parts:
    """The parts as they stand in the output."""

    __slots__ = ("_report",)

    def __init__(self, report: Report) -> None:
        self._report = report

    def __len__(self) -> int:
        return len(self._report.texts)

    def body(self, line: int) -> bytes:
        return self._report.texts[line]

    def bodies(self, first: int, stop: int) -> list[bytes]:
        return self._report.texts[first:stop]

    def place(self, first: int, stop: int) -> str:
        return self._report.place(first, stop)


class Source:
    """The parts as they stand in the source."""

    __slots__ = ("_lines", "_report")

    def __init__(self, report: Report, document: Document) -> None:
        self._report = report
        self._lines = Lines(document) if report.source is None else None

    def __len__(self) -> int:
        return len(self._report.texts)

    def body(self, line: int) -> bytes:
        report = self._report
        if self._lines is not None:
            return self._lines.body(line)
        assert report.source is not None
        first = report.offsets[line] if line else 0
        stop = report.offsets[line + 1] if line + 1 < len(self) else report.size
        return report.source[first:stop].removesuffix("\n").encode("utf-8", "surrogateescape")

    def bodies(self, first: int, stop: int) -> list[bytes]:
        return [self.body(part) for part in range(first, stop)]

    def place(self, first: int, stop: int) -> str:
        return self._report.place(first, stop)


class ReportReading:
    """One test report: parts, their weights and the draft."""

    __slots__ = ("_lossy", "_names", "draft", "report", "tokens", "units", "verbatim")

    def __init__(self, report: Report, document: Document, settings: Settings, counter: TokenCounter) -> None:
        if not report.texts:
            raise ValueError("nothing in it")
        self.report = report
        self._lossy = (STRATEGIES[settings.strategy].ceiling or Risk.LOSSLESS) > Risk.LOSSLESS
        self.units = Parts(report)
        self.verbatim = Source(report, document)
        self.tokens = counted(self.units, counter)
        self._names = {each.part: each.name for each in report.evidence}
        blocks = [Block(each.part, each.part + 1, each.part, each.kind, "cause", report.weights[each.part]) for each in report.evidence]
        self.draft = Draft(self.units, sorted(blocks, key=lambda block: block.head), document.newline, self._name)
        self.draft.end = document.newline if document.data[-1:] == b"\n" else b""
        self.draft.terms = settings.markers
        self.draft.noun = report.noun
        self.draft.facts = report.facts
        self.draft.wrap = self._marker
        if report.headings is not None:
            headings, titles = report.headings, report.titles
            self.draft.heading = lambda part: titles[headings[part]]
        for part, text in enumerate(report.texts):
            if text[:1] == b"[" and is_marker(text):
                self.draft.held[part] = 1
                self.draft.forged += 1
        if settings.query:
            self._ask(settings.query)

    def _name(self, block: Block) -> str:
        return self._names[block.head] if len(self._names) <= MANY else ""

    def _ask(self, query: str) -> None:
        scores = Query(query).scores(Texts(self.units))
        top = max(scores, default=0.0)
        for part, score in enumerate(scores):
            if top > 0 and score > 0.3 * top:
                self.report.weights[part] += ANSWER * (score / top) ** 2
                while part >= 0 and self.report.risks[part] != Risk.CONTENT:  # with what it stands under
                    self.report.risks[part], part = Risk.CONTENT, self.report.needs[part]

    def _marker(self, marker: bytes, first: int, stop: int) -> bytes:
        """The marker with the outcomes in its gap."""
        if self.draft.terms == "bare":
            return marker
        counts = ((outcome, bisect_left(parts, stop) - bisect_left(parts, first)) for outcome, parts in self.report.outcomes.items())
        said = ", ".join(f"{count} {outcome}" for outcome, count in counts if count)
        if not said and stop - first > 1 and b"-" not in marker and b":" not in marker:
            said = f"{stop - first} lines"  # all of one line of the source
        if not said:
            return marker
        return marker[:-1] + (b"; " if b": " in marker else b": ") + said.encode() + b"]"

    @property
    def families(self) -> int:
        return 2 * len(self.units) + max(self.report.tests, default=0) + 2

    @property
    def stages(self) -> tuple[Stage, ...]:
        passing = Stage("noise", Risk.LOSSLESS if self._lossy else Risk.NOISE, lambda reading, _settings: reading.cut(Risk.NOISE))
        return (
            passing,  # runs even where the target is met: text without its JSON or XML alone may meet it
            Stage("detail", Risk.DETAIL, lambda reading, _settings: reading.cut(Risk.DETAIL)),
        )

    def cut(self, risk: Risk) -> None:
        """Cut the parts whose risk is `risk`."""
        for part, own in enumerate(self.report.risks):
            if own == risk and not self.draft.held[part]:
                self.draft.keep[part] = 0

    def cost(self, first: int, stop: int) -> int:
        """Tokens of parts, and of the titles that they would open."""
        titles, headings = 0, self.report.headings
        if headings is not None:
            changes = (part for part in range(max(first, 1), min(stop + 1, len(headings))) if headings[part] != headings[part - 1])
            titles = sum(4 + len(self.report.titles[headings[part]]) // 4 for part in changes)
            if stop < len(headings) and first and headings[stop] != headings[first - 1]:
                titles -= 4 + len(self.report.titles[headings[stop]]) // 4  # it opens anyway
        return sum(self.tokens[first:stop]) + max(0, titles)

    def estimate(self) -> int:
        keep = self.draft.keep
        return sum(compress(self.tokens, keep)) + 10 * (keep.count(b"\x01\x00") + (1 if keep[:1] == b"\x00" else 0))

    def trivial(self, unit: int) -> bool:
        """A blank, a ruler, a frame of a library, output of a passing test."""
        return self.report.weights[unit] < 1.0 and self.report.risks[unit] < Risk.CONTENT

    def describe(self, unit: int) -> list[tuple[str, str]]:
        """Test, risk and weight of one part."""
        report = self.report
        told = [("line", report.texts[unit][:200].decode("utf-8", "replace")), ("risk", Risk(report.risks[unit]).name), ("weight", f"{report.weights[unit]:.1f}")]
        return [*told, ("under", report.titles[report.headings[unit]].decode("utf-8", "replace"))] if report.headings is not None else told

    def quality(self) -> float:
        """Retained share of weight above the median part's."""
        return above_median(self.report.weights, self.draft.keep)

    def items(self, counter: TokenCounter) -> tuple[dict[int, Item], list[int]]:
        del counter  # counted when the report was read
        report, draft, size = self.report, self.draft, len(self.units)
        alive = list(compress(range(size), draft.keep))
        if len(alive) > MOST_CANDIDATES:
            alive = sorted(nsmallest(MOST_CANDIDATES, alive, key=lambda part: (-report.weights[part], part)))
        heads = {block.head for block in draft.blocks}
        titles = self._title_costs(alive)
        if len(heads) > MANY:  # most will go: between those that stay, markers count the others
            titles = {part: cost + COUNTS for part, cost in titles.items()}
        items = {}
        for part in alive:
            own = part in heads or report.tests[part] < 0
            family = part if own else size + report.tests[part]
            items[part] = Item(report.weights[part], self.tokens[part] + titles.get(part, 0), family, family, not own, b"%d %b" % (report.tests[part], report.texts[part].strip()), report.needs[part])
        best: dict[str, Block] = {}
        for block in draft.blocks:
            if block.kind not in best or block.weight > best[block.kind].weight:
                best[block.kind] = block
        wanted = [*compress(range(size), draft.held), *(block.head for block in best.values())]
        return items, [part for part in wanted if part in items]

    def _title_costs(self, alive: list[int]) -> dict[int, int]:
        """What a title costs with the part that opens it."""
        headings = self.report.headings
        if headings is None:
            return {}
        out: dict[int, int] = {}
        heads = array("b", bytes(len(self.report.titles)))
        for part in alive:
            if not heads[headings[part]]:
                heads[headings[part]] = 1
                out[part] = 4 + len(self.report.titles[headings[part]]) // 4
        return out
