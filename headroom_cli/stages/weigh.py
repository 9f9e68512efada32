"""How much a line tells: rare, severe, near a failure, near the end of the failing step.

    "Downloading # (# kB)", 900 of 1,000 lines      ->  about -4.9
    "ValueError: bad port", once, in its block       ->  about 12

Formula and constants: measured on annotated CI logs before the build (docs/decisions/0004-weights.md).
"""

from __future__ import annotations

from array import array
from bisect import bisect_left
from itertools import compress
from math import log2
from typing import TYPE_CHECKING, NamedTuple

from headroom_cli.text.severity import NOTHING

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from headroom_cli.stages.blocks import Block
    from headroom_cli.stages.labels import Labels
    from headroom_cli.stages.survey import Survey

__all__ = ["MUTE", "Focus", "candidates", "line_weights", "template_weights"]

SPREAD = 12
"""Lines on either side of strong evidence that gain from it."""
DECAY = 0.8
MUTE = -4.0
STRONG_FROM = 5.0
OFTEN_TELLING = 0.2
"""How much a warning or failure loses each time its number doubles; other lines lose 0.5."""
GREEN = 1.5
"""What a line of a step before the failing one loses, unless it is strong evidence: green steps shrink to what stands out."""
FIRST = 1.0
"""What the first line of a template gains: the cause comes before its echoes."""
SILENCE = 2.0
"""What a line gains by standing beside a silence."""
MOST_LINES = 20_000
"""Lines of a log that are all candidates."""
MOST_CANDIDATES = 10_000
"""Candidates of a longer one."""


class Focus(NamedTuple):
    """Where the reader looks first: lines `first` to `end` (exclusive) are the failing step; what follows counts half."""

    first: int
    end: int
    towards_end: float = 1.8  # what the last line of it gains over the first; 0 where a log has no end that matters


def template_weights(survey: Survey, labels: Labels) -> array[float]:
    """Weight of a line of each template, before its place is known."""
    total = max(1, len(survey))
    out = array("f")
    for tid, count in enumerate(survey.counts):
        often = 0.5 if survey.levels[tid] == NOTHING else OFTEN_TELLING
        weight = 0.15 * log2(total / count) + 0.2 * log2(total / survey.group_counts[survey.groups[tid]]) - often * log2(count)
        out.append(-9.0 if labels.noise[tid] else weight + labels.weights[tid] if _says(survey.exemplars[tid]) else MUTE)
    return out


def _says(text: str) -> bool:
    """Whether a line holds a letter or a digit: rulers, carets and blank lines tell nothing without their neighbours."""
    return any(map(str.isalnum, text[:400]))


def candidates(survey: Survey, weights: Sequence[float], blocks: Sequence[Block], focus: Focus, alive: bytearray) -> list[int]:
    """Lines that selection looks at, in order: all of a small document; else blocks and what is near them, first and last of each
    template by weight, the failing step's end, both ends of the document."""
    total = len(survey)
    if total <= MOST_LINES:
        return list(compress(range(total), alive))
    chosen: set[int] = set(range(0, 5)) | set(range(max(0, total - 40), total))
    chosen.update(range(focus.first, min(focus.first + 6, total)))
    chosen.update(range(max(focus.first, focus.end - 120), min(total, focus.end + 10)))
    for block in blocks:
        chosen.update(range(max(0, block.first - 4), min(total, block.stop + 4, block.first + 120)))
        if len(chosen) > MOST_CANDIDATES:
            break
    best = sorted(range(len(weights)), key=lambda tid: (-weights[tid], tid))[: MOST_CANDIDATES // 4]
    chosen.update(survey.firsts[tid] for tid in best)
    wanted = set(best)
    lasts = dict(zip(survey.tids, range(total), strict=False))
    chosen.update(line for tid, line in lasts.items() if tid in wanted)
    return [line for line in sorted(chosen) if alive[line]]


def line_weights(
    survey: Survey,
    weights: Sequence[float],
    blocks: Sequence[Block],
    focus: Focus,
    lines: Sequence[int],
    silences: Iterable[int] = (),
    own: Mapping[int, float] | None = None,
) -> dict[int, float]:
    """Weight of each of `lines`: its own or its template's, what its block gives it, what near evidence lends it, its place."""
    out = {line: float(weights[survey.tids[line]]) for line in lines}
    sources: dict[int, float] = {line: weight for line, weight in out.items() if weight > STRONG_FROM}
    for block in blocks:
        _weigh_block(block, out, sources)
    if own:
        out.update((line, own[line]) for line in lines if line in own)
    anchors = {line: block.head for block in blocks for line in range(block.first, min(block.stop, block.first + 400))}
    for line, weight in sources.items():
        lent, head = weight, anchors.get(line)
        for distance in range(1, SPREAD + 1):
            lent *= DECAY
            for near in (line - distance, line + distance):
                if near in out and out[near] > MUTE and anchors.get(near, head) == head:
                    out[near] = max(out[near], lent - 1.0)
    for line in silences:
        for near in (line - 1, line):
            if near in out:
                out[near] = max(out[near], 0.0) + SILENCE
    firsts = survey.firsts
    for line in out:
        out[line] = _placed(out[line], anchors.get(line, line), focus) + (FIRST if firsts[survey.tids[line]] == line else 0.0)
    return out


def _placed(weight: float, line: int, focus: Focus) -> float:
    """A weight by the place of its line (of its block's head): more towards the end of the failing step, half after it."""
    if line >= focus.end:
        return weight * 0.5 if weight > 0 else weight
    if line < focus.first:
        return weight - GREEN if weight < STRONG_FROM else weight
    return weight + 0.6 + focus.towards_end * max(0.0, 1 - (focus.end - line) / min(max(1, focus.end - focus.first), 400))


def _weigh_block(block: Block, out: dict[int, float], sources: dict[int, float]) -> None:
    """The head and the core say what happened; of the other lines those next to them tell most (frames near the exception)."""
    bonus = 1.0 if block.rank == "cause" else 0.0
    fold = set(block.fold)
    telling = sorted({block.head, *block.core})
    for line in telling:
        if line in out:
            out[line] = max(out[line], block.weight) + bonus
            sources[line] = out[line]
    for line in range(block.first, block.stop):
        if line in out and line not in telling:
            place = bisect_left(telling, line)
            distance = min(abs(line - near) for near in telling[max(0, place - 1) : place + 1])
            lent = block.weight * 0.75 * 0.88**distance
            if out[line] <= MUTE:
                out[line] = 0.15 * lent
                continue
            out[line] = max(0.2, 0.7 * lent if line in fold else max(lent, min(out[line], 2.0)))
