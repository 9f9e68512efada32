"""Quality: the retained share of excess weight. A template counts once; one that is only named in a marker counts half.

excess = max(0, weight - the document's median line weight): text of which every line tells as little as the next has none,
so that cutting most of a large log does not look like a loss (docs/strategies.md).
"""

from __future__ import annotations

from collections import Counter
from itertools import compress
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from headroom_cli.draft import Draft
    from headroom_cli.stages.reading import LogReading

__all__ = ["above_median", "quality"]

NAMED = 3
"""Blocks of one kind that a marker names."""


def above_median(weights: Sequence[float], keep: Sequence[int]) -> float:
    """The same where every unit has a weight of its own; `keep` has a truth value for each."""
    if not len(weights):
        return 1.0
    median = _middle(weights)
    total = sum(max(0.0, weight - median) for weight in weights)
    kept = sum(max(0.0, weight - median) for weight in compress(weights, keep))
    return round(kept / total, 4) if total else 1.0


def _middle(weights: Sequence[float]) -> float:
    """The median, the higher one of two: weights are many and different ones few, so they are counted and not sorted."""
    left = len(weights) // 2
    for weight, times in sorted(Counter(weights).items()):
        left -= times
        if left < 0:
            return weight
    raise ValueError("no weights")


def quality(log: LogReading) -> float:
    """Share 0-1; 1.0 for a document in which nothing stands out."""
    survey, draft = log.survey, log.draft
    median = _median(log)
    kept = set(compress(survey.tids, draft.keep))
    named = {survey.tids[head] for first, stop in draft.gaps() for head in _named(draft, first, stop)}
    total = retained = 0.0
    for tid, weight in enumerate(log.weights):
        excess = weight - median
        if excess <= 0 or not survey.counts[tid]:
            continue
        total += excess
        retained += excess if tid in kept else excess / 2 if tid in named else 0.0
    return round(retained / total, 4) if total else 1.0


def _named(draft: Draft, first: int, stop: int) -> Iterator[int]:
    """Heads in a gap that its marker names: of each kind the first few."""
    seen: dict[str, int] = {}
    for block in draft.hidden(first, stop):
        seen[block.kind] = seen.get(block.kind, 0) + 1
        if seen[block.kind] <= NAMED:
            yield block.head


def _median(log: LogReading) -> float:
    counts = log.survey.counts
    order = sorted(range(len(counts)), key=lambda tid: log.weights[tid])
    half, seen = sum(counts) / 2, 0
    for tid in order:
        seen += counts[tid]
        if seen >= half:
            return float(log.weights[tid])
    return 0.0
