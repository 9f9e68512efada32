r"""Retrieved chunks: repeated ones go, then sentences by what they tell of the question.

    [1] Monday Night Football         [L1-44: 9 chunks]
    ESPN Monday Night Football ...    [10] Ramayana
    ...                               The epic, traditionally ascribed to the Hindu sage Valmiki, ...
    [10] Ramayana                     [L47: 2 sentences]
    The epic, traditionally ...

Chunks are text with heads (`[3] Title`, `Document [3](Title: ...)`, `--- chunk 3 ---`, `<document>`), with separators or blank lines between
them, or JSON: an array or lines of texts or of records with a text. A record's other fields stay with it, so chunks keep their identity.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, cast

from headroom_cli.formats.rag import chunks as _chunks
from headroom_cli.formats.rag.chunks import SENTENCE, TEXT_KEYS
from headroom_cli.model import Risk
from headroom_cli.settings import STRATEGIES
from headroom_cli.text.query import bigrams
from headroom_cli.text.regex import compiled

if TYPE_CHECKING:
    from collections.abc import Sequence

    from headroom_cli.formats import Format
    from headroom_cli.formats.rag.chunks import Corpus
    from headroom_cli.model import Document
    from headroom_cli.settings import Settings
    from headroom_cli.stages.lines import Lines
    from headroom_cli.stages.proposal import Proposal
    from headroom_cli.stages.sheet import Sheet
    from headroom_cli.text.envelope import Envelope
    from headroom_cli.tokens import TokenCounter

__all__ = ["NAME", "about", "check", "is_prose", "read", "score"]

NAME = "rag"
about = "retrieved chunks: repeated ones go, then sentences by what they tell of the question"

LEAST_TEXT = 80
"""Characters from which a JSON string is prose."""
LEAST_HEADS = 3
"""Heads or records from which a document is recognised; `--format rag` needs none."""
_NUMBER_LINE = rb"^\s*-?\d[\d.eE+-]*,?\s*$"
_NOT_CHUNKS = rb"\"(?:role|level|levelname|severity|lvl|messages)\" ?:"


def score(lines: Sequence[bytes], envelope: Envelope) -> tuple[float, str]:
    """How sure (0-1) that these sampled lines are retrieved chunks, and what says so."""
    if len(lines) < 1 or envelope.layers:
        return 0.0, ""
    if lines[0].lstrip()[:1] in (b"{", b"["):
        sure = _score_json(lines)
        if sure[0] or not lines[0].startswith(b"["):
            return sure
    return _score_text([line.decode("utf-8", "replace") for line in lines])


def _score_json(lines: Sequence[bytes]) -> tuple[float, str]:
    """Records most of whose characters are prose under a key that means text; numbers in lists and indents count for nothing."""
    whole = b"\n".join(line.strip() for line in lines if not compiled(_NUMBER_LINE).match(line))
    if compiled(_NOT_CHUNKS).search(whole):
        return 0.0, ""
    keys = "|".join(TEXT_KEYS).encode()
    strings = compiled(rb"\"(?:" + keys + rb")\" ?: ?\"((?:[^\"\\]|\\.)*)").findall(whole)
    prose = [text for text in strings if len(text) >= LEAST_TEXT and _reads(text.decode("utf-8", "replace"))]
    numbers = whole.count(b"\n") + 1 < len(lines) / 2  # the sample holds little else than embeddings
    least = LEAST_HEADS if len(lines) > 2 and not numbers else 1  # one long line: the sample has its beginning
    if len(prose) < least or len(prose) < 0.6 * len(strings) or sum(map(len, prose)) < 0.55 * (len(whole) - _numbers(whole)):
        return 0.0, ""
    return 0.98, "records that are mostly text"


def _numbers(whole: bytes) -> int:
    """Characters of lists of numbers: embeddings are no sign against chunks."""
    return sum(len(found) for found in compiled(rb"\[\s*(?:-?\d[\d.eE+-]*\s*,\s*){3,}-?[\d.eE+-]*").findall(whole))


def _score_text(lines: Sequence[str]) -> tuple[float, str]:
    """Numbered heads over prose."""
    pattern, heads = _chunks.scheme(lines)
    if not pattern or heads < LEAST_HEADS or _chunks.head_of(pattern, lines[0]) is None:
        return 0.0, ""
    below = [line if (found := _chunks.head_of(pattern, line)) is None else found.groupdict().get("rest") or "" for line in lines]
    prose = [line for line in below if _reads(line)]
    if len(prose) < 0.7 * heads or sum(map(len, prose)) < 0.7 * sum(map(len, below)):
        return 0.0, ""
    return (0.96 if "<number>" in pattern else 0.9 if "<title>" in pattern else 0.0), "heads of chunks over prose"


def is_prose(lines: Sequence[bytes]) -> bool:
    """Whether most of what the lines hold is prose, or JSON with texts."""
    if lines[:1] and lines[0].lstrip()[:1] in (b"{", b"["):
        keys = "|".join(TEXT_KEYS).encode()
        return compiled(rb"^\s*\[\s*\"|\"(?:" + keys + rb")\" ?: ?\"").search(b"\n".join(lines[:40])) is not None
    texts = [line.decode("utf-8", "replace") for line in lines]
    return sum(len(text) for text in texts if _reads(text)) > 0.6 * sum(map(len, texts))


def _reads(text: str) -> bool:
    """Whether a text is prose: words with blanks between them, or as many letters of a writing that has none."""
    own = text[:600].split()
    if not text.isascii() and len(bigrams("".join(own))) >= 0.6 * len("".join(own)) >= 12:
        return True
    return len(own) >= 8 and sum(1 for word in own if word.strip(".,:;()[]*_\"'`!?“”’").replace("-", "").replace("'", "").isalpha()) >= 0.6 * len(own)


def read(document: Document, envelope: Envelope, settings: Settings, counter: TokenCounter, pack_dirs: Sequence[str]) -> Proposal:
    """Sentences of chunks; JSON that may only be minified, and texts of which nothing may be cut, as their own formats."""
    from headroom_cli.formats import json as jsondoc
    from headroom_cli.formats import plain
    from headroom_cli.stages.lines import Lines

    data = bytes(document.data)
    json = data.lstrip()[:1] in (b"{", b"[") and re.match(rb"\s*\[\d{1,6}\](?:\s|$)", data) is None
    verbatim = STRATEGIES[settings.strategy].ceiling == Risk.LOSSLESS and settings.max_tokens is None
    otherwise: Format = jsondoc if json else plain
    if verbatim:
        return otherwise.read(document, envelope, settings, counter, pack_dirs)
    try:
        from headroom_cli.formats.rag.records import read_records

        corpus = read_records(data.decode("utf-8")) if json else _chunks.read_text(Lines(document).texts())
    except (ValueError, RecursionError):
        corpus, otherwise = None, plain
    if corpus is None or not corpus.chunks:
        return otherwise.read(document, envelope, settings, counter, pack_dirs)
    sheet = _sheet(corpus, document, settings, counter)
    literal = json and settings.max_savings is not None and settings.max_tokens is None
    if literal and sheet.estimate() < counter.count(data.decode("utf-8")) * (1 - (settings.max_savings or 0.0) / 100):
        return otherwise.read(document, envelope, settings, counter, pack_dirs)
    return sheet


def _sheet(corpus: Corpus, document: Document, settings: Settings, counter: TokenCounter) -> Sheet:
    """The columns: weights, what is noise, what needs its head."""
    from headroom_cli.draft import HEADER, is_marker
    from headroom_cli.formats.rag.units import Pieces
    from headroom_cli.formats.rag.weights import fill
    from headroom_cli.stages.sheet import Sheet

    pieces = Pieces(corpus)
    sheet = Sheet(document, counter, cast("Lines", pieces))
    for place, piece in enumerate(corpus.pieces):
        sheet.needs[place] = corpus.chunks[piece.chunk].start if piece.role == SENTENCE and piece.chunk >= 0 else -1
        if piece.text[:1] == "[" and (is_marker(body := pieces.body(place)) or body.startswith(HEADER)):
            sheet.draft.held[place] = 1
            sheet.draft.forged += 1
    pieces.draft = sheet.draft
    fill(sheet, corpus, pieces.like, settings)
    for place in range(len(corpus.pieces)):
        if sheet.needs[place] == place:
            sheet.needs[place] = -1
    sheet.draft.facts = list(corpus.facts)
    sheet.draft.noun = f"pieces of {len(corpus.chunks)} chunks"
    return sheet.finish(settings)


def check(output: bytes, document: Document, proposal: Proposal) -> list[str] | None:
    """What in `output` is not what the source holds, and what is missing without a marker; None where it was read as another format."""
    from headroom_cli.draft import HEADER
    from headroom_cli.formats import json as jsondoc
    from headroom_cli.formats.rag.units import Pieces, check_pieces
    from headroom_cli.stages.sheet import Sheet
    from headroom_cli.text.jsontext import minify

    if not isinstance(proposal, Sheet) or not isinstance(units := cast("object", proposal.lines), Pieces):
        return jsondoc.check(output, document, proposal)
    if output.startswith(HEADER):
        return check_pieces(output, document, units)
    same = minify(output).strip() == minify(bytes(document.data)).strip()
    return [] if same else ["the output has no header and is not the source without whitespace"]
