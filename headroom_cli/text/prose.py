"""Sentences and what they weigh: which tell a reader what to do, which only go on.

    "Run it twice. The second run is faster since ... . Never run it as root."  ->  weights 1.0, 0.2, 1.7
"""

from __future__ import annotations

from collections import Counter
from itertools import groupby
from math import log, sqrt
from typing import TYPE_CHECKING

from headroom_cli.text.regex import compiled

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["central", "sentences", "shortened", "summary", "telling"]

_TELLING = (
    r"\b(must|never|always|only|required?s?|requires|warning|caution|important|note|not|cannot|can't|don't|do not|should|deprecated|breaking|"
    r"default|before|after|security|danger|fails?|error|limit|at least|at most|instead|unless)\b"
)
_SENTENCE_END = r"(?<=[.!?])[\"')*_`]*\s+(?=[\"'(*_`\[]*[A-Z0-9])"
_ABBREVIATION = r"(?:\b(?:e\.g|i\.e|etc|vs|cf|Fig|No|Dr|Mr|Ms|St|approx|ca)|\b[A-Z])\.[\"')*_`]*\s+$"
LEAST_GONE = 60
"""Characters from which a mark for the left-out is worth its place."""
ABBREVIATED = 40
"""Characters before the end of a sentence in which an abbreviation is looked for."""
MARK = 8.0
"""Tokens that a mark for the left-out costs."""


def sentences(text: str) -> list[str]:
    """The sentences of a text, blanks after them included: joined they are the text."""
    out: list[str] = []
    first = 0
    for found in compiled(_SENTENCE_END).finditer(text):
        if not compiled(_ABBREVIATION).search(text, max(first, found.end() - ABBREVIATED), found.end()):
            out.append(text[first : found.end()])
            first = found.end()
    return [*out, text[first:]]


def telling(text: str) -> float:
    """What the words of a text add to its weight: obligations, code, numbers."""
    told = len(compiled(_TELLING).findall(text.lower()[:2000]))
    return min(1.5, 0.7 * told) + (0.4 if "`" in text else 0.0) + (0.3 if any(letter.isdigit() for letter in text) else 0.0)


def central(texts: Sequence[str]) -> list[float]:
    """How much each text is of what all are about, 0-1: words that several texts have, but not most, once each."""
    words = [set(compiled(r"[a-z][a-z_-]{3,}").findall(text.lower())) for text in texts]
    counts = Counter(word for own in words for word in own)
    most = max(3, 0.3 * len(texts))
    scores = [sum(log(counts[word]) for word in own if 1 < counts[word] <= most) / sqrt(len(own) + 4) for own in words]
    top = max(scores, default=0.0)
    return [score / top for score in scores] if top else scores


def summary(weights: Sequence[float], parts: Sequence[str], share: float) -> str | None:
    """A text of `parts` of which the weightiest stay, the first among them, as long as they are `share` (0-1) of its characters.

    What goes is `[... N characters ...]`; None where nothing worth a mark does.
    """
    room = share * sum(map(len, parts)) - len(parts[0])
    keep = bytearray([1] + [0] * (len(parts) - 1))
    for place in sorted(range(1, len(parts)), key=lambda place: (-weights[place], place)):
        if len(parts[place]) <= room:
            keep[place], room = 1, room - len(parts[place])
    out: list[str] = []
    for kept, run in groupby(range(len(parts)), keep.__getitem__):
        places = list(run)
        text = "".join(parts[place] for place in places)
        gone = len(text) if places[-1] == len(parts) - 1 else len(text.rstrip())
        out.append(text if kept or gone < LEAST_GONE else f"[... {gone} characters ...]{text[gone:]}")
    shorter = "".join(out)
    return shorter if "[... " in shorter else None


def shortened(weights: Sequence[float], parts: Sequence[str]) -> str | None:
    """A text of `parts` with its least telling run of sentences replaced by `[... N characters ...]`; None where that saves too little.

    The first sentence stays. What a run gains is its length, what it loses the weights of its sentences.
    """
    best, span = 0.0, (0, 0)
    gain, first = 0.0, 1
    for stop in range(2, len(parts) + 1):  # the run with the largest sum, in one pass
        if gain < 0:
            gain, first = 0.0, stop - 1
        gain += len(parts[stop - 1]) - 90 * weights[stop - 1]
        if gain - MARK * 4 > best:
            best, span = gain - MARK * 4, (first, stop)
    if not best:
        return None
    head, gone, tail = ("".join(piece) for piece in (parts[: span[0]], parts[span[0] : span[1]], parts[span[1] :]))
    kept = len(gone.rstrip()) if tail else len(gone)
    return f"{head}[... {kept} characters ...]{gone[kept:]}{tail}"
