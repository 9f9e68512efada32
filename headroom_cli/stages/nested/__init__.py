"""What stands inside a log and is no log: pretty-printed JSON, diffs, tables, search results, long JSON in one line. Each region is
weighed by what is known of its kind, and its middle may go.

    Stmts   Miss  Cover           Stmts   Miss  Cover
    a.py      10      0  100%     a.py      10      0  100%
    ... 87 more                   [L4-90: 87 table rows]
    z.py      40     31    22%    z.py      40     31    22%

Only found here, never cut here: the stage `regions` cuts the spans, selection sees the weights. Lines of blocks and what sounds like a
failure are left as they are. Work is linear in the input: a line is read again only inside a region.
"""

from __future__ import annotations

from itertools import compress
from typing import TYPE_CHECKING

from headroom_cli.text.excerpt import LONG_LINE

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from headroom_cli.draft import Draft
    from headroom_cli.stages.blocks import Block
    from headroom_cli.stages.labels import Labels
    from headroom_cli.stages.survey import Survey

__all__ = ["Bodies", "Regions", "find_regions"]

MOST_LINES = 40_000
"""Lines that are read as regions; what comes after is a log like any other."""
MOST_BYTES = 1 << 20
"""Bytes of long lines that are read as JSON, all together."""
CHUNK = 256
LONG_JSON = 255
LEAST_NOTED = 6
"""Lines from which a span's marker says what it holds."""


class Bodies:
    """Bodies as text, read in chunks: regions are read forward."""

    __slots__ = ("first", "survey", "texts")

    def __init__(self, survey: Survey) -> None:
        self.survey = survey
        self.first = 0
        self.texts: list[str] = []

    def __len__(self) -> int:
        return len(self.survey)

    def __getitem__(self, line: int) -> str:
        if not self.first <= line < self.first + len(self.texts):
            starts, stop = self.survey.starts, min(line + CHUNK, len(self.survey))
            if starts[stop] - starts[line] > CHUNK * LONG_LINE:
                return self.survey.glance(line)
            self.texts = [body.decode("utf-8", "surrogateescape") for body in self.survey.bodies(line, stop)]
            self.first = line
        return self.texts[line - self.first]


class Regions:
    """What was found: weights in the place of templates' weights, what a line misleads without, spans that may go, long lines of JSON."""

    __slots__ = ("bodies", "kinds", "long", "names", "needs", "own", "safe", "spans")

    def __init__(self, survey: Survey, safe: bytearray, names: frozenset[str]) -> None:
        self.bodies = Bodies(survey)
        self.safe = safe  # 1: evidence, of a block or held: neither weighed nor cut here
        self.names = names  # words of the evidence: what it speaks of stays
        self.own: dict[int, float] = {}
        self.needs: dict[int, int] = {}
        self.spans: list[tuple[int, int, str]] = []
        self.kinds: list[tuple[int, int, str]] = []
        self.long: list[int] = []

    def weigh(self, line: int, weight: float, needs: int = -1) -> None:
        """Give `line` its weight unless it is evidence."""
        if not self.safe[line]:
            self.own[line] = weight
            if needs >= 0 and needs != line:
                self.needs[line] = needs

    def named(self, text: str) -> bool:
        """Whether the evidence speaks of `text`."""
        return len(text) > 2 and text.lower() in self.names

    def spare(self, first: int, stop: int, kind: str) -> None:
        """Lines `first` to `stop` (exclusive) may go, but for the evidence in them."""
        at = first
        while at < stop:
            end = self.safe.find(1, at, stop)
            end = stop if end < 0 else end
            if at < end:
                self.spans.append((at, end, kind))
            at = end + 1

    def cut(self, draft: Draft) -> None:
        """Cut what may go and say what it was; what is held stays."""
        for first, stop, kind in self.kinds:
            draft.cut_kinds.update((line, kind) for line in range(first, stop) if line in self.own)
        for first, stop, kind in _merged(self.spans):
            if 1 in draft.held[first:stop]:
                for line in range(first, stop):
                    draft.keep[line] &= draft.held[line]
                continue
            draft.keep[first:stop] = bytes(stop - first)
            if stop - first >= LEAST_NOTED and not any(first <= line < stop for line in draft.silences):
                draft.notes[first, stop] = f"{stop - first} {kind}s"

    def shorten(self, draft: Draft) -> None:
        """Long lines of JSON lose what tells least."""
        from headroom_cli.stages.nested.oneline import shortened

        left = MOST_BYTES
        for line in self.long:
            size = self.bodies.survey.starts[line + 1] - self.bodies.survey.starts[line]
            if draft.keep[line] and not draft.held[line] and size <= left:
                left -= size
                shorter = shortened(draft.units.body(line).decode("utf-8", "surrogateescape"), self.safe[line] == 1)
                if shorter:
                    draft.swaps[line] = shorter.encode("utf-8", "surrogateescape")


def _merged(spans: Sequence[tuple[int, int, str]]) -> list[tuple[int, int, str]]:
    out: list[tuple[int, int, str]] = []
    for first, stop, kind in sorted(spans):
        if out and first <= out[-1][1] and kind == out[-1][2]:
            out[-1] = out[-1][0], max(stop, out[-1][1]), kind
        else:
            out.append((first, stop, kind))
    return out


def find_regions(survey: Survey, labels: Labels, blocks: Sequence[Block], draft: Draft) -> Regions | None:
    """The regions of a log; None where there is none."""
    from headroom_cli.stages.nested import matches, patches, pretty, tables
    from headroom_cli.stages.nested.oneline import is_long_json

    found = Regions(survey, _safe(survey, labels, blocks, draft), _names(survey, blocks))
    ways: tuple[tuple[Callable[[str], bool], Callable[[Regions, int], int]], ...] = (
        (pretty.opens, pretty.read), (patches.opens, patches.read), (tables.opens, tables.read), (matches.opens, matches.read),
    )  # fmt: skip
    flags = bytearray(len(survey.templates))
    for tid, text in enumerate(survey.exemplars):
        flags[tid] = next((number for number, (opens, _) in enumerate(ways, 1) if opens(text)), LONG_JSON if is_long_json(text) else 0)
    at = spent = 0
    for line in compress(range(len(survey)), map(flags.__getitem__, survey.tids)):
        if flags[survey.tids[line]] == LONG_JSON:
            found.long.append(line)
        elif line >= at and spent < MOST_LINES:
            at = ways[flags[survey.tids[line]] - 1][1](found, line)
            spent += at - line
    return found if found.own or found.long else None


def _safe(survey: Survey, labels: Labels, blocks: Sequence[Block], draft: Draft) -> bytearray:
    from headroom_cli.stages.nested import tables

    flags = bytearray(1 if evidence or level else 0 for evidence, level in zip(labels.evidence, survey.levels, strict=True))
    for tid in labels.starts:
        flags[tid] = 1
    safe = bytearray(map(flags.__getitem__, survey.tids))
    for block in blocks:
        if tables.opens(survey.glance(block.head)[:400]):  # a block that is a table: what it says is in its head and core
            for line in (block.head, *block.core):
                safe[line] = 1
        else:
            safe[block.first : block.stop] = b"\x01" * (block.stop - block.first)
    if 1 in draft.held:
        safe[:] = bytes(map(max, safe, draft.held))
    return safe


def _names(survey: Survey, blocks: Sequence[Block]) -> frozenset[str]:
    """What the evidence speaks of: the words of blocks' heads and cores that could be names."""
    out: set[str] = set()
    for block in blocks[:60]:
        for line in (block.head, *block.core[:8]):
            text = survey.glance(line)[:600]
            out.update(word.strip("'\"`,;:()[]{}<>.").lower() for word in text.replace("=", " ").replace("'", " ").split())
    return frozenset(word for word in out if len(word) > 2 and any(map(str.isalpha, word)))
