"""Retrieved chunks to the few that answer, and one compressor for every kind of input: what a retrieval pipeline calls.

    rag_compress(["The epic is ascribed to Valmiki. It is long. ...", "Monday Night Football ..."], "who wrote the Ramayana?")
    ->  chunks: (0, score 1.0, "The epic is ascribed to Valmiki. [... 310 characters ...]"); dropped: (1, score 0.0, "score 0.00 is under 0.7")
"""

from __future__ import annotations

from math import isfinite
from typing import TYPE_CHECKING, Any, NamedTuple

from headroom_cli.errors import UsageError
from headroom_cli.formats.rag.relevance import of_chunks, of_sentences, shares, spread_order, weight
from headroom_cli.settings import STRATEGIES, Settings, checked, is_number, target_tokens
from headroom_cli.text.prose import telling
from headroom_cli.text.sentences import spans
from headroom_cli.text.similar import near_duplicates, normal
from headroom_cli.tokens import get_counter

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from headroom_cli.model import Result
    from headroom_cli.tokens import TokenCounter

__all__ = ["Chunk", "ContextCompressor", "Dropped", "RagResult", "rag_compress"]

SCORERS = ("bm25", "static")
STATIC = 0.5
"""What static embeddings count beside BM25 where both are asked for."""


class Chunk(NamedTuple):
    """A chunk that stays. `score`: share of the best chunk's relevance, 0-1."""

    index: int  # type: ignore[assignment]  # its place in the input, from 0
    text: str  # its own sentences in order; `[... N characters ...]` where some were cut
    score: float
    metadata: Any = None  # the very object that came in


class Dropped(NamedTuple):
    """A chunk that went, and why."""

    index: int  # type: ignore[assignment]
    score: float
    reason: str  # "repeats chunk 3" | "score 0.41 is under 0.7" | "beyond max_chunks 10"


class RagResult(NamedTuple):
    """What became of the chunks, those that stay in the order of the input. Plain values: picklable, comparable."""

    chunks: tuple[Chunk, ...]
    dropped: tuple[Dropped, ...]
    original_tokens: int  # of the texts alone; metadata is not counted
    compressed_tokens: int
    scored_by: str  # what the scores are made of: "bm25", "bm25+static", "embeddings", "scores", "nothing"
    warnings: tuple[str, ...] = ()

    @property
    def text(self) -> str:
        """The chunks as one text, each under its number in the input: `[3]`."""
        return "\n\n".join(f"[{chunk.index}] {chunk.text}" for chunk in self.chunks)

    @property
    def savings_pct(self) -> float:
        """Percent of tokens saved."""
        return round(100 * (1 - self.compressed_tokens / self.original_tokens), 2) if self.original_tokens else 0.0


class _Doc(NamedTuple):
    """One document as it came in, checked."""

    text: str
    metadata: Any
    score: float | None
    embedding: Sequence[float] | None

    @property
    def title(self) -> str:
        title = self.metadata.get("title") if isinstance(self.metadata, dict) else None
        return title if isinstance(title, str) else ""


def rag_compress(
    docs: Iterable[str | Mapping[str, Any]],
    query: str | None = None,
    min_relevance_score: float = 0.7,
    max_chunks: int = 10,
    strategy: str = "balanced",
    *,
    query_embedding: Sequence[float] | None = None,
    scorer: str = "bm25",
    tokenizer: str = "o200k_base",
) -> RagResult:
    """The chunks that answer `query`, without repeats, of each the sentences that tell most.

    docs                 strings, or mappings with `text` and maybe `metadata`, `score` (the higher the better) and `embedding`
    min_relevance_score  share (0-1) of the best chunk's relevance that a chunk must reach; the best one always stays
    max_chunks           at most so many stay, spread over what they say
    strategy             off: nothing changes; lossless: equal texts go; conservative: whole chunks; balanced, aggressive: sentences too
    query_embedding      of the model that made the documents' embeddings; then the cosine is the relevance
    scorer               bm25, or static: with static embeddings from the extra `[rag]`; without it BM25 and a warning

    Raises UsageError for a value out of range or a document without text, naming its place.
    """
    _check(min_relevance_score, max_chunks, scorer, strategy)
    items = _items(docs)
    counter = get_counter(tokenizer)
    sizes = list(counter.count_many([item.text for item in items]))
    relevance, by, warnings = _relevance(items, query, query_embedding, scorer)
    kept: list[int] = list(range(len(items)))
    dropped: list[Dropped] = []
    if strategy != "off":
        kept, dropped = _repeats(items, relevance, exact=strategy == "lossless")
    if strategy not in ("off", "lossless"):
        kept, dropped = _limits(items, kept, dropped, relevance, min_relevance_score, max_chunks)
    texts = {place: items[place].text for place in kept}
    target = target_tokens(STRATEGIES[strategy], sum(sizes)) if strategy in ("balanced", "aggressive") else None
    if target is not None and sum(sizes[place] for place in kept) > target:
        texts = _sentences([items[place] for place in kept], kept, relevance, query, target, counter)
    chunks = tuple(Chunk(place, texts[place], round(relevance[place], 4), items[place].metadata) for place in kept)
    after = sum(counter.count_many([chunk.text for chunk in chunks]))
    return RagResult(chunks, tuple(sorted(dropped)), sum(sizes), after, by, tuple(warnings))


def _check(least: float, most: int, scorer: str, strategy: str) -> None:
    checked(Settings(strategy=strategy))
    if not is_number(least) or not 0 <= least <= 1:
        raise UsageError(f"min_relevance_score is {least!r}, but must be a share from 0 to 1")
    if not is_number(most, whole=True) or most < 1:
        raise UsageError(f"max_chunks is {most!r}, but must be a whole number, 1 or more")
    if scorer not in SCORERS:
        raise UsageError(f"scorer is {scorer!r}, but must be one of {', '.join(SCORERS)}")


def _items(docs: Iterable[str | Mapping[str, Any]]) -> list[_Doc]:
    if isinstance(docs, (str, bytes)) or hasattr(docs, "keys"):
        raise UsageError("`docs` must be a list of documents, not one of them", hint="[text]")
    return [_read(place, doc) for place, doc in enumerate(docs)]


def _read(place: int, doc: str | Mapping[str, Any]) -> _Doc:
    if isinstance(doc, str):
        return _Doc(doc, None, None, None)
    text = doc.get("text") if hasattr(doc, "get") else None
    if not isinstance(text, str):
        raise UsageError("a document must be a string or have a `text`", place=f"document {place}")
    score, embedding = doc.get("score"), doc.get("embedding")
    try:
        vector = None if embedding is None else [_number(value) for value in embedding]
        return _Doc(text, doc.get("metadata"), None if score is None else _number(score), vector)
    except (TypeError, ValueError) as error:
        raise UsageError("`score` must be a number and `embedding` a list of numbers", place=f"document {place}") from error


def _number(value: Any) -> float:
    """A finite number as a plain float. ValueError for texts, NaN and infinities."""
    if isinstance(value, (str, bytes)) or not isfinite(number := float(value)):
        raise ValueError(value)
    return number


def _relevance(items: Sequence[_Doc], query: str | None, asked: Sequence[float] | None, scorer: str) -> tuple[list[float], str, list[str]]:
    """A share (0-1) of the best for each document, what it is made of, and warnings."""

    found, by, warnings = _found(items, query, asked, scorer)
    if items and by != "nothing" and not any(share > 0 for share in found):
        return [1.0] * len(items), "nothing", [*warnings, "no chunk has anything of what was asked for: none was judged by it"]
    return found, by, warnings


def _found(items: Sequence[_Doc], query: str | None, asked: Sequence[float] | None, scorer: str) -> tuple[list[float], str, list[str]]:
    """The same; all are 0 where nothing of what was asked is found."""
    from headroom_cli.text.vectors import cosines, embed

    vectors = [item.embedding for item in items]
    given = [item.score for item in items]
    if asked is not None and any(vector is not None for vector in vectors):
        try:
            return shares(cosines([_number(value) for value in asked], vectors)), "embeddings", []
        except (TypeError, ValueError) as error:
            raise UsageError("query_embedding must be a list of numbers") from error
    if query:
        texts = [item.text for item in items]
        found = of_chunks(query, [item.title for item in items], texts, given).shares
        if scorer != "static":
            return found, "bm25", []
        try:
            first, *others = embed([query, *texts])
        except UsageError as error:
            return found, "bm25", [f"{error}; scored by BM25"]
        near = shares(cosines(first, others))
        return shares([(1 - STATIC) * own + STATIC * other for own, other in zip(found, near, strict=True)]), "bm25+static", []
    known = [score for score in given if score is not None]
    if known and min(known) < 0 and max(known) > min(known):  # logits, distances below zero: from the lowest to the highest
        return shares([0.0 if score is None else score - min(known) for score in given]), "scores", []
    if known and max(known) > 0:
        return shares([score or 0.0 for score in given]), "scores", []
    if any(vector is not None for vector in vectors):
        return shares([sum(cosines(vector, vectors)) if vector is not None else 0.0 for vector in vectors]), "embeddings", []
    return [1.0] * len(items), "nothing", []


def _repeats(items: Sequence[_Doc], relevance: Sequence[float], exact: bool) -> tuple[list[int], list[Dropped]]:
    """Places without those that repeat an earlier one: equal texts, or nearly equal ones."""
    texts = [item.text for item in items]
    seen: dict[str, int] = {}
    like = [seen.setdefault(text, place) for place, text in enumerate(texts)]
    like = [first if first != place else -1 for place, first in enumerate(like)] if exact else near_duplicates(texts)
    kept = [place for place, first in enumerate(like) if first < 0]
    return kept, [Dropped(place, round(relevance[place], 4), f"repeats chunk {first}") for place, first in enumerate(like) if first >= 0]


def _limits(
    items: Sequence[_Doc], kept: Sequence[int], dropped: Sequence[Dropped], relevance: Sequence[float], least: float, most: int
) -> tuple[list[int], list[Dropped]]:
    """Places that are relevant enough, at most `most`, those first that say something new."""
    best = max(kept, key=lambda place: (relevance[place], -place), default=-1)
    near = [place for place in kept if relevance[place] >= least or place == best]
    far = [Dropped(place, round(relevance[place], 4), f"score {relevance[place]:.2f} is under {least:g}") for place in kept if place not in set(near)]
    order = spread_order([relevance[place] for place in near], [items[place].text for place in near])
    chosen = {near[at] for at, _ in order[:most]}
    over = [Dropped(place, round(relevance[place], 4), f"beyond max_chunks {most}") for place in near if place not in chosen]
    return sorted(chosen), [*dropped, *far, *over]


def _sentences(
    items: Sequence[_Doc], places: Sequence[int], relevance: Sequence[float], query: str | None, target: int, counter: TokenCounter
) -> dict[int, str]:
    """For each place the text with the sentences that fit `target`; of each at least the best one."""
    from headroom_cli.stages.select import Item, select

    parts = [[part for line in item.text.splitlines(keepends=True) for part in spans(line)] or [""] for item in items]
    flat = [(own, at) for own, pieces in enumerate(parts) for at in range(len(pieces))]
    texts = [parts[own][at] for own, at in flat]
    told = of_sentences(query, texts) if query else [min(1.0, telling(text) / 2) for text in texts]
    counts = counter.count_many(texts)
    weights = [weight(relevance[places[own]], told[number], at == 0, False) for number, (own, at) in enumerate(flat)]
    candidates = {
        number + own: Item(weights[number], counts[number], own, len(items) + own, True, normal(texts[number]).encode("utf-8", "surrogatepass"))
        for number, (own, at) in enumerate(flat)
    }
    starts = [next(number for number, (own, _) in enumerate(flat) if own == wanted) for wanted in range(len(items))]
    best = [max(range(start, start + len(parts[own])), key=lambda number: (weights[number], -number)) + own for own, start in enumerate(starts)]
    taken = set(select(candidates, target, best))
    return {
        place: _joined(parts[own], [starts[own] + at + own in taken for at in range(len(parts[own]))]) for own, place in enumerate(places)
    }


def _joined(parts: Sequence[str], keep: Sequence[bool]) -> str:
    """A text of the kept parts, with a mark for each run of others."""
    out: list[str] = []
    gone = 0
    for part, stays in zip([*parts, ""], [*keep, True], strict=True):
        if not stays:
            gone += len(part)
            continue
        if gone:
            out.append(f"[... {gone} characters ...]" + (" " if part else ""))
            gone = 0
        out.append(part)
    return "".join(out)


class ContextCompressor:
    """Finds out what kind of text each input is and compresses it as far as the argument for that kind allows.

    code_preserve  share (0-1) of what stands out in code and documents that remains: `min_quality`
    log_prune      share (0-1) of a log, diff or listing that may go at most: `max_savings`
    json_dedup     share (0-1) of JSON, tables and retrieved chunks that may go at most: `max_savings`

    Raises UsageError for a value out of range.
    """

    __slots__ = ("code_preserve", "json_dedup", "log_prune", "strategy")

    def __init__(self, code_preserve: float = 0.9, log_prune: float = 0.95, json_dedup: float = 0.9, strategy: str = "balanced") -> None:
        for name, value in (("code_preserve", code_preserve), ("log_prune", log_prune), ("json_dedup", json_dedup)):
            if not is_number(value) or not 0 <= value <= 1:
                raise UsageError(f"{name} is {value!r}, but must be a share from 0 to 1")
        self.strategy = checked(Settings(strategy=strategy)).strategy
        self.code_preserve = code_preserve
        self.log_prune = log_prune
        self.json_dedup = json_dedup

    def settings(self, input_type: str) -> Settings:
        """The settings for a text of the format `input_type`."""
        own = Settings(strategy=self.strategy, format=input_type)
        if input_type in _CODE:
            return own._replace(min_quality=self.code_preserve)
        return own._replace(max_savings=100 * (self.json_dedup if input_type in _DATA else self.log_prune))

    def compress(self, text: str | bytes, query: str | None = None, *, name: str = "<text>") -> Result:
        """Compress one text; the result's `.input_type` says what it was taken for."""
        from headroom_cli.api import compress_document, document_of
        from headroom_cli.formats import choose

        document = document_of(text, name)
        found = choose(document).name
        return compress_document(document, self.settings(found)._replace(query=query))


_CODE = frozenset(("code", "markdown", "html"))
_DATA = frozenset(("json", "table", "rag"))
