"""What the sentences of retrieved chunks weigh: by the question where there is one, else the first of each chunk and what tells.

    question  ->  6.5 for the best chunk, 2.5 for the best sentence; chunks that repeat better ones less
    none      ->  each chunk's first sentence, then sentences with obligations, code, numbers; a retriever's scores
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from headroom_cli.formats.rag.chunks import BLANK, HEAD, SENTENCE
from headroom_cli.formats.rag.relevance import of_chunks, of_sentences, shares, spread_order, weight
from headroom_cli.model import Risk
from headroom_cli.text.prose import telling
from headroom_cli.text.similar import near_duplicates, normal

if TYPE_CHECKING:
    from headroom_cli.formats.rag.chunks import Corpus
    from headroom_cli.settings import Settings
    from headroom_cli.stages.sheet import Sheet

__all__ = ["fill"]

REPEATED = 6
"""Words from which a sentence that another chunk has too is told once."""


def fill(sheet: Sheet, corpus: Corpus, like: dict[int, int], settings: Settings) -> None:
    """Set risks and weights; `like` gets the chunks that repeat an earlier one."""
    if settings.dedup:
        for chunk, first in enumerate(near_duplicates([own.text for own in corpus.chunks])):
            if first >= 0 and own_title(corpus, chunk) in ("", own_title(corpus, first)):
                like[chunk] = first
    weights = _asked(corpus, settings.query) if settings.query else _unasked(corpus)
    size, said = len(corpus.pieces), set()
    for place, piece in enumerate(corpus.pieces):
        sheet.weights[place] = weights[place]
        if piece.chunk >= 0 and piece.role == SENTENCE:
            sheet.families_of[place], sheet.slow[place] = size + piece.chunk, 1 if settings.query else 0
        if piece.role == BLANK:
            sheet.risks[place], sheet.weights[place] = Risk.NOISE, -6.0
        elif piece.chunk in like:
            sheet.risks[place] = Risk.DETAIL
        elif piece.role == SENTENCE and len(text := normal(piece.text)) > 6 * REPEATED:
            sheet.weights[place] -= 4.0 if text in said else 0.0
            said.add(text)


def own_title(corpus: Corpus, chunk: int) -> str:
    """A chunk's title in plain words; repeats under another title are not taken for repeats."""
    return normal(corpus.chunks[chunk].title).lstrip("0123456789 ")


def _asked(corpus: Corpus, question: str) -> list[float]:
    """Weights by a question."""
    chunks = corpus.chunks
    found = of_chunks(question, [own.title for own in chunks], [own.text for own in chunks], [own.score for own in chunks])
    spread = dict(spread_order(found.shares, [own.text for own in chunks]))
    places = [place for place, piece in enumerate(corpus.pieces) if piece.role == SENTENCE]
    told = dict(zip(places, of_sentences(question, [corpus.pieces[place].text for place in places]), strict=True))
    weights: list[float] = []
    lead = -1
    for place, piece in enumerate(corpus.pieces):
        share = spread[piece.chunk] if piece.chunk >= 0 else 0.0
        if piece.role == SENTENCE:
            weights.append(weight(share, told[place], piece.chunk != lead, found.sure))
            lead = piece.chunk
        else:
            weights.append(1.0 if piece.role == HEAD and piece.chunk < 0 else -1.0 + 4.0 * share)
    return weights


def _unasked(corpus: Corpus) -> list[float]:
    """Weights where nothing was asked: leads, and what tells."""
    given = shares([own.score or 0.0 for own in corpus.chunks])
    weights: list[float] = []
    lead, far = -1, 0
    for piece in corpus.pieces:
        own = 2.0 * given[piece.chunk] if piece.chunk >= 0 else 0.0
        if piece.role == SENTENCE:
            far = far + 1 if piece.chunk == lead else 0
            weights.append(own + (3.0 if not far else 1.5) + telling(piece.text) - 0.1 * min(far, 8))
            lead = piece.chunk
        else:
            weights.append(own + 1.5)
    return weights
