"""Quality: the retained share of excess weight. A template counts once; one that is only named in a marker counts half.

excess = max(0, weight - the document's median line weight): text of which every line tells as little as the next has none,
so that cutting most of a large log does not look like a loss (DESIGN section 3).
"""

from __future__ import annotations

from itertools import compress
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from headroom_cli.stages.reading import LogReading

__all__ = ["above_median", "quality"]


def above_median(weights: Sequence[float], keep: Sequence[int]) -> float:
    """The same where every unit has a weight of its own; `keep` has a truth value for each."""
    if not len(weights):
        return 1.0
    median = sorted(weights)[len(weights) // 2]
    total = sum(max(0.0, weight - median) for weight in weights)
    kept = sum(max(0.0, weight - median) for weight in compress(weights, keep))
    return round(kept / total, 4) if total else 1.0


def quality(log: LogReading) -> float:
    """Share 0-1; 1.0 for a document in which nothing stands out."""
    survey, draft = log.survey, log.draft
    median = _median(log)
    kept = set(compress(survey.tids, draft.keep))
    named = {survey.tids[block.head] for first, stop in draft.gaps() for block in draft.hidden(first, stop)}
    total = retained = 0.0
    for tid, weight in enumerate(log.weights):
        excess = weight - median
        if excess <= 0 or not survey.counts[tid]:
            continue
        total += excess
        retained += excess if tid in kept else excess / 2 if tid in named else 0.0
    return round(retained / total, 4) if total else 1.0


def _median(log: LogReading) -> float:
    counts = log.survey.counts
    order = sorted(range(len(counts)), key=lambda tid: log.weights[tid])
    half, seen = sum(counts) / 2, 0
    for tid in order:
        seen += counts[tid]
        if seen >= half:
            return float(log.weights[tid])
    return 0.0
