"""How much each chunk, and each sentence of it, tells of a question: shares of the best one, 0-1.

    "who wrote the Ramayana?"   [1] Monday Night Football  0.00
                                [9] Ramayana               1.00   "... ascribed to the Hindu sage Valmiki."  1.00

BM25 over chunks with their titles; a title that the question holds whole counts half as much again; a retriever's own scores count a quarter.
Then chunks that repeat what a better one says lose up to half (maximal marginal relevance, Carbonell and Goldstein 1998).
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from headroom_cli.text.query import Query
from headroom_cli.text.sentences import answers
from headroom_cli.text.similar import jaccard, words

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["Relevance", "of_chunks", "of_sentences", "shares", "spread_order", "weight"]

TITLE = 0.5
"""What a title adds that stands whole in the question."""
GIVEN = 0.25
"""What a retriever's own score counts beside BM25."""
SURE = 0.75
"""Share of the question's distinct words from which the best chunk is taken to be what was asked for."""
LOST = 0.5
MOST_SPREAD = 60
"""Chunks that are held against each other."""


class Relevance(NamedTuple):
    """One share for each chunk, and whether the best one holds what was asked for."""

    shares: list[float]
    sure: bool


def shares(values: Sequence[float]) -> list[float]:
    """Values as shares of the highest, 0-1: negative ones are 0; all 0 where none is above it."""
    top = max(values, default=0.0)
    return [max(0.0, value) / top if top > 0 else 0.0 for value in values]


def of_chunks(question: str, titles: Sequence[str], texts: Sequence[str], given: Sequence[float | None] = ()) -> Relevance:
    """How well each chunk answers `question`. `given`: the retriever's scores, the higher the better."""
    whole = [f"{title}\n{text}" for title, text in zip(titles, texts, strict=True)]
    query = Query(question)
    found = shares(query.scores(whole))
    asked = f" {' '.join(words(question))} "
    for place, title in enumerate(titles):
        name = " ".join(words(re.sub(r"\([^)]*\)|^\W*\d+\W+", " ", title)))
        if name and f" {name} " in asked:
            found[place] += TITLE
    known = [score for score in given if score is not None]
    if known and max(known) > min(known):
        low, high = min(known), max(known)
        scaled = [0.0 if score is None else (score - low) / (high - low) for score in given]
        found = [(1 - GIVEN) * own + GIVEN * other for own, other in zip(found, scaled, strict=True)]
    out = shares(found)
    best = max(range(len(out)), key=lambda place: (out[place], -place), default=-1)
    return Relevance(out, best >= 0 and _covers(query, whole[best]))


def _covers(query: Query, text: str) -> bool:
    alone = [term for term in query.terms if Query(term).scores([text])[0] > 0] if query.terms else []
    return bool(query.terms) and len(alone) >= SURE * len(query.terms)


def of_sentences(question: str, sentences: Sequence[str]) -> list[float]:
    """How well each sentence answers `question`: BM25 as a share of the best, and 0.3 for what can be an answer of its kind."""
    fits = answers(question)
    return [share + (0.3 if fits(text) else 0.0) for share, text in zip(shares(Query(question).scores(sentences)), sentences, strict=True)]


def spread_order(relevance: Sequence[float], texts: Sequence[str]) -> list[tuple[int, float]]:
    """Chunks from the one to take first, with their shares less what a chunk taken before them says already."""
    bags = {place: frozenset(words(text)) for place, text in enumerate(texts)}
    order = sorted(range(len(texts)), key=lambda place: (-relevance[place], place))
    near = dict.fromkeys(order[:MOST_SPREAD], 0.0)
    out: list[tuple[int, float]] = []
    while near:
        place = max(near, key=lambda each: (relevance[each] * (1 - LOST * near[each]), -each))
        out.append((place, relevance[place] * (1 - LOST * near.pop(place))))
        for other in near:
            near[other] = max(near[other], jaccard(bags[place], bags[other]))
    return [*out, *((place, relevance[place] * (1 - LOST)) for place in order[MOST_SPREAD:])]


def weight(chunk: float, sentence: float, lead: bool, sure: bool) -> float:
    """The weight of a sentence by the shares of its chunk and its own. Where the answer is at hand, other chunks are not used to fill up."""
    return (-1.5 if sure else 0.3) + 6.5 * chunk + 2.5 * sentence + (0.4 if lead else 0.0)
