"""A log as its format reads it: survey, labels, blocks and weights in one value that answers as a `Proposal`."""

from __future__ import annotations

import re
from array import array
from bisect import bisect_right
from functools import lru_cache
from itertools import compress
from operator import sub
from typing import TYPE_CHECKING

from headroom_cli.stages.cuts import LIST, STAGES
from headroom_cli.stages.quality import quality
from headroom_cli.stages.select import Item
from headroom_cli.stages.survey import SHAPE
from headroom_cli.stages.weigh import MUTE, candidates, line_weights
from headroom_cli.text.excerpt import LONG_LINE

if TYPE_CHECKING:
    from collections.abc import Sequence

    from headroom_cli.draft import Draft, Units
    from headroom_cli.stages.blocks import Block
    from headroom_cli.stages.labels import Labels
    from headroom_cli.stages.nested import Regions
    from headroom_cli.stages.proposal import Stage
    from headroom_cli.stages.survey import Survey
    from headroom_cli.stages.weigh import Focus
    from headroom_cli.tokens import TokenCounter

__all__ = ["LogReading", "heads", "twins"]


MOST_TWINS = 2_000
MOST_SAID = 200
"""Lines of a block that are held against another's."""
LONELY = 1.5
"""Weight of a template under which a line of it does not stand alone between two gaps."""


class LogReading:
    """`weights` and `tokens` are of one line of each template; `first` are lines that selection takes before all others."""

    __slots__ = ("_lines", "blocks", "draft", "first", "focus", "labels", "long", "regions", "survey", "tokens", "verbatim", "weights")

    def __init__(
        self,
        draft: Draft,
        verbatim: Units,
        survey: Survey,
        labels: Labels,
        weights: array[float],
        tokens: array[int],
        focus: Focus,
        first: tuple[int, ...],
        regions: Regions | None = None,
    ) -> None:
        self.draft = draft
        self.verbatim = verbatim
        self.survey = survey
        self.labels = labels
        self.blocks = draft.blocks
        self.weights = weights
        self.tokens = tokens
        self.focus = focus
        self.first = first
        self.regions = regions
        self.long = long_lines(survey)
        self._lines = b"", 0  # which lines were kept when they were last added up, and their tokens

    @property
    def stages(self) -> tuple[Stage, ...]:
        return STAGES

    @property
    def _own(self) -> dict[int, float] | None:
        return self.regions.own if self.regions is not None else None

    @property
    def families(self) -> int:
        return len(self.survey.templates) + 1

    def cost(self, first: int, stop: int) -> int:
        """Tokens by one line of each template."""
        return sum(self.tokens[tid] for tid in self.survey.tids[first:stop])

    def estimate(self) -> int:
        """Tokens by one line of each template, and markers."""
        keep = self.draft.keep
        if self._lines[0] != keep:
            self._lines = bytes(keep), sum(compress(map(self.tokens.__getitem__, self.survey.tids), keep))
        kept = self._lines[1]
        kept += sum(size // 4 for line, size in self.long.items() if keep[line] and line not in self.draft.swaps)
        return kept + 8 * (keep.count(b"\x01\x00") + (1 if keep[:1] == b"\x00" else 0))

    def trivial(self, unit: int) -> bool:
        """A ruler, a blank line, and what is common or in a green step: neither evidence nor part of a block, nor said first."""
        if self.regions is not None and unit in self.regions.own:
            return self.regions.own[unit] < LONELY
        tid = self.survey.tids[unit]
        if self.weights[tid] <= MUTE:
            return True
        if self.labels.evidence[tid] or self.survey.levels[tid] or unit in self.first:
            return False
        block = bisect_right(self.blocks, unit, key=lambda block: block.first) - 1
        return self.weights[tid] < LONELY and not (block >= 0 and unit < self.blocks[block].stop)

    def _labelled(self, tid: int) -> str:
        why, kind = self.labels.why.get(tid, f"severity {self.survey.levels[tid]}"), self.labels.kinds[tid]
        return f"{why}: {kind}" if kind else why

    def describe(self, unit: int) -> list[tuple[str, str]]:
        """Template, pack or severity, block, weight and place of one line."""
        tid = self.survey.tids[unit]
        told = [
            ("line", self.survey.glance(unit)[:200]),
            ("template", f"{self.survey.templates[tid].replace(SHAPE, b' ~').decode('utf-8', 'replace')[:200]} ({self.survey.counts[tid]} lines)"),
            ("label", self._labelled(tid)),
        ]
        for block in self.blocks:
            if block.first <= unit < block.stop:
                part = "head" if unit == block.head else "core" if unit in block.core else "fold" if unit in block.fold else "body"
                told.append(("block", f"{part} of {block.kind} L{block.first + 1}-{block.stop}, {block.rank}, weight {block.weight:g}"))
        if unit < self.focus.first or unit >= self.focus.end:
            told.append(("place", f"outside the failing step L{self.focus.first + 1}-{self.focus.end}"))
        near = range(max(0, unit - 15), min(len(self.survey), unit + 16))
        weights = line_weights(self.survey, self.weights, self.blocks, self.focus, near, self.draft.silences, self._own)
        return [*told, ("weight", f"{self.weights[tid]:.1f} of its template, {weights[unit]:.1f} in its place")]

    def quality(self) -> float:
        """Retained share of excess weight, once a template."""
        return quality(self)

    def items(self, counter: TokenCounter) -> tuple[dict[int, Item], list[int]]:
        """What selection may take, with exact tokens, and the lines that it takes first: its ends where nothing weighs."""
        draft, survey, focus = self.draft, self.survey, self.focus
        alive = bytes(draft.keep)
        lines = candidates(survey, self.weights, self.blocks, focus, draft.keep)
        weights = line_weights(survey, self.weights, self.blocks, focus, lines, draft.silences, self._own)
        again = set(draft.twins)  # a failure printed again is shown once: the last time in the failing step, else the last time
        again -= {max(copies, key=lambda head: (alive[head], focus.first <= head < focus.end, head)) for copies in draft.twins.values()}
        blocks = [block for block in self.blocks if block.head not in again]
        hidden = {line for block in self.blocks if block.head in again for line in range(block.first, block.stop)}
        items = _items(self, weights, [line for line in lines if line not in hidden] if hidden else lines, counter)
        held = [line for line in compress(range(len(survey)), draft.held) if alive[line]]
        for line in held:
            if line not in items:
                items[line] = Item(9.0, self.tokens[survey.tids[line]], survey.tids[line], 0, True, b"%d" % line)
        dull = not self.blocks and all(weight < LONELY for weight in weights.values())
        ends = (lines[0], lines[-1]) if lines and dull else ()
        return items, held + [line for line in (*self.first, *heads(blocks, weights), *ends) if line in items]


def long_lines(survey: Survey) -> dict[int, int]:
    """Line -> bytes of those so long that their template says little of their size."""
    if survey.longest <= LONG_LINE:
        return {}
    starts = survey.starts
    return {line: size for line, size in enumerate(map(sub, starts[1:], starts)) if size > LONG_LINE}


def heads(blocks: Sequence[Block], weights: dict[int, float]) -> list[int]:
    """One head of each kind: the weightiest, the earliest of equals; causes before symptoms."""
    best: dict[str, tuple[float, int]] = {}
    for block in blocks:
        weight = weights.get(block.head, 0.0)
        if block.kind not in best or weight > best[block.kind][0] + 1e-9:
            best[block.kind] = weight, block.head
    return [head for _, head in sorted(best.values(), key=lambda pair: (-pair[0], pair[1]))]


def _items(log: LogReading, weights: dict[int, float], lines: Sequence[int], counter: TokenCounter) -> dict[int, Item]:
    survey, labels = log.survey, log.labels
    texts = _texts(log, lines)
    counts = counter.count_many([text.decode("utf-8", "surrogateescape") + "\n" for text in texts])
    slow = {line for block in log.blocks if " warning" not in block.kind for line in (block.head, *block.core)}
    focus = log.focus  # a failure may be nothing but a list at the end of its step
    tail = range(max(focus.first, focus.end - LIST), focus.end) if focus.towards_end else range(0)
    heads = {line: block.head for block in log.blocks for line in range(block.first, block.stop)}
    brings = {block.head: _message(log, block) for block in log.blocks if block.core}
    warnings = {line for block in log.blocks if " warning" in block.kind for line in (block.head, *block.core)}
    out: dict[int, Item] = {}
    for line, text, tokens in zip(lines, texts, counts, strict=True):
        tid = survey.tids[line]
        head = heads.get(line, -1)
        mute = log.weights[tid] <= MUTE and line > head >= 0
        needs = line - 1 if mute else head if head != line else -1
        if log.regions is not None and line in log.regions.needs:
            needs = log.regions.needs[line]
        evidence = line in slow or (bool(labels.evidence[tid]) and line not in warnings)
        family, group = (len(survey.templates),) * 2 if line in warnings else (tid, survey.groups[tid])
        slowly, said = evidence or (line in tail and head in (-1, line)), _said(text) or b"%d" % line
        out[line] = Item(weights[line], tokens, family, group, slowly, said, needs, brings.get(line, -1), evidence)
    return out


def _message(log: LogReading, block: Block) -> int:
    """The line of a block's core that says most: what its head brings along."""
    tids = log.survey.tids
    return max(block.core, key=lambda line: (line != block.head, log.labels.weights[tids[line]], -line))


@lru_cache(maxsize=1)
def _tag() -> re.Pattern[bytes]:
    return re.compile(rb"^(?:(?:##)?\[[A-Za-z]{3,9}\]|E|npm (?:ERR!|error)|[A-Z]{4,8}:)\s+")


def _said(text: bytes) -> bytes:
    """What a line says without its level: the same failure printed again in a summary is the same."""
    return _tag().sub(b"", text.strip())


def twins(survey: Survey, blocks: Sequence[Block]) -> dict[int, list[int]]:
    """Head -> heads of the blocks that say the same from first to last line, for the first MOST_TWINS blocks."""
    same: dict[tuple[bytes, ...], list[int]] = {}
    for block in blocks[:MOST_TWINS]:
        said = tuple(_said(body[:LONG_LINE]) for body in survey.bodies(block.first, min(block.stop, block.first + MOST_SAID)))
        same.setdefault(said, []).append(block.head)
    return {head: heads for heads in same.values() if len(heads) > 1 for head in heads}


def _texts(log: LogReading, lines: Sequence[int]) -> list[bytes]:
    """What ascending `lines` look like in the output, read run by run."""
    units, swaps, out, at = log.draft.units, log.draft.swaps, [], 0
    while at < len(lines):
        stop = at + 1
        while stop < len(lines) and lines[stop] == lines[stop - 1] + 1 and lines[stop] not in swaps:
            stop += 1
        swap = swaps.get(lines[at])
        out += [swap] if swap is not None else []
        out += units.bodies(lines[at] + (swap is not None), lines[stop - 1] + 1)
        at = stop
    return out
