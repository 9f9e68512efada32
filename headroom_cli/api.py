"""What `import headroom`, the command line and the servers call. Values in, results out.

compress(log_text, strategy="aggressive").text
Compressor(max_reduction_pct=90).compress([{"type": "log_file", "data": log_text}])
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, overload

from headroom_cli import engine
from headroom_cli.errors import UsageError
from headroom_cli.settings import STRATEGIES, Settings, checked
from headroom_cli.source import encode_output, open_document, read_document
from headroom_cli.tokens import get_counter

if TYPE_CHECKING:
    from headroom_cli.model import Document, Result
    from headroom_cli.tokens import TokenCounter

__all__ = ["INPUT_TYPES", "Compressor", "compress", "compress_document", "compress_shared", "document_of", "explain_line", "preview"]

BINARY_SAMPLE = 256 << 10
"""Bytes from which the tokens of binary data are estimated from a sample of so many."""
INPUT_TYPES: dict[str, str | None] = {"tool_output": None, "log_file": None, "rag_chunk": "rag", "code_file": "code"}
"""Type of an item -> the format that it is read as where its text shows no other; None: the text alone decides."""


def compress_document(
    document: Document, settings: Settings, counter: TokenCounter | None = None, *, pack_dirs: Sequence[str] = (), rule: str = ""
) -> Result:
    """Compress one document under `settings`. Raises UsageError for a value out of range."""
    counter = counter or get_counter(settings.tokenizer)
    if _is_large_binary(document):
        return _sampled(document, checked(settings), counter, rule)
    return engine.run(document, _with_boilerplate(checked(settings), counter, pack_dirs), counter, pack_dirs, rule)


def _is_large_binary(document: Document) -> bool:
    return document.binary and len(document.data) > BINARY_SAMPLE


def _sampled(document: Document, settings: Settings, counter: TokenCounter, rule: str) -> Result:
    """The result of binary data, which passes as it is: what nobody reads is not worth a minute of counting."""
    data, parts = document.data, 16
    size = BINARY_SAMPLE // parts
    sample = b"".join(data[at : at + size] for at in range(0, len(data) - size, len(data) // parts))
    result = engine.run(document._replace(data=sample, encoding="utf-8", bom=b""), settings, counter, (), rule)
    tokens = round(result.original_tokens * len(data) / len(sample))
    whole = encode_output(bytes(data), document)
    result = result._replace(data=whole, original_bytes=len(data), encoding=document.encoding)
    return result._replace(original_tokens=tokens, compressed_tokens=tokens, exact=False)


def compress_shared(
    documents: Sequence[Document], settings: Sequence[Settings], max_tokens: int, counter: TokenCounter | None = None,
    *, pack_dirs: Sequence[str] = (), rules: Sequence[str] = (),
) -> list[Result]:  # fmt: skip
    """Compress several documents into one budget of `max_tokens`, in the same order. UsageError where it is too small."""
    for own in settings:
        checked(own)
    if not documents:
        return []
    counter = counter or get_counter(settings[0].tokenizer)
    rules = rules or [""] * len(documents)
    known = {at: _sampled(document, settings[at], counter, rules[at]) for at, document in enumerate(documents) if _is_large_binary(document)}
    rest = [at for at in range(len(documents)) if at not in known]
    left = max_tokens - sum(result.compressed_tokens for result in known.values())
    if known and left < 1:
        told = f"max_tokens {max_tokens} is too small for binary data of about {max_tokens - left:,} tokens, which is not cut"
        raise UsageError(told, hint="leave it out")
    ready = [_with_boilerplate(settings[at], counter, pack_dirs) for at in rest]
    shared = engine.run_shared([documents[at] for at in rest], ready, left, counter, pack_dirs, [rules[at] for at in rest])
    known.update(zip(rest, shared, strict=True))
    return [known[at] for at in range(len(documents))]


def _with_boilerplate(settings: Settings, counter: TokenCounter, pack_dirs: Sequence[str]) -> Settings:
    """`settings` with the templates of its baseline logs. InputError where one cannot be read."""
    if not settings.baseline or settings.boilerplate:
        return settings
    known: set[bytes] = set()
    for path in settings.baseline:
        known |= engine.templates_of(open_document(path), settings._replace(format=None), counter, pack_dirs)
    return settings._replace(boilerplate=frozenset(known))


def preview(document: Document, settings: Settings, counter: TokenCounter | None = None, *, pack_dirs: Sequence[str] = ()) -> dict[str, int]:
    """Tokens that each strategy would leave of `document`, by strategy."""
    counter = counter or get_counter(settings.tokenizer)
    return {
        name: compress_document(document, settings._replace(strategy=name), counter, pack_dirs=pack_dirs).compressed_tokens for name in STRATEGIES
    }


def explain_line(
    document: Document, settings: Settings, line: int, counter: TokenCounter | None = None, *, pack_dirs: Sequence[str] = ()
) -> list[tuple[str, str]]:
    """Why `line` (from 1) was kept or cut, as (what, how). Raises UsageError where the document has no such line."""
    counter = counter or get_counter(settings.tokenizer)
    lines = bytes(document.data).count(b"\n") + (document.data[-1:] not in (b"\n", b""))
    if not 1 <= line <= lines:
        raise UsageError(f"{document.name} has {lines} line{'' if lines == 1 else 's'}, but line {line} was asked for")
    return engine.story(document, _with_boilerplate(checked(settings), counter, pack_dirs), counter, line - 1, pack_dirs)


def compress(text: str | bytes, *, name: str = "<text>", **settings: Any) -> Result:
    """Compress one text. `settings` are the keys of headroom-config.yaml (`strategy="balanced"`, `max_tokens=500`, `keep=["TICKET"]`, ...)
    and `tokenizer`; a text where a list may stand is a list of one.

    Raises UsageError for an unknown key or a value out of range. Bytes may be UTF-8, UTF-16 with a BOM, or gzip.
    """
    from headroom_cli.schema import read_values

    fields = read_values(settings)
    if "query" in fields:
        fields["query"] = _encodable(fields["query"])
    return compress_document(document_of(text, name), Settings(**fields))


def document_of(text: object, name: object) -> Document:
    """A text of the library as a document. Raises UsageError where it is none."""
    if not isinstance(name, str):
        raise UsageError(f"name is {name!r}, but must be text")
    return read_document(_raw(text), name=_encodable(name), path=None)


def _raw(text: object) -> bytes:
    """A text as bytes: half pairs of UTF-16, which no UTF-8 has, as three bytes that are none either."""
    if isinstance(text, (bytes, bytearray, memoryview)):
        return bytes(text)
    if not isinstance(text, str):
        raise UsageError(f"the text is {_kind(text)}, but must be str or bytes")
    try:
        return text.encode("utf-8", "surrogateescape")
    except UnicodeEncodeError:
        return text.encode("utf-8", "surrogatepass")


def _encodable(text: str) -> str:
    """`text` as a name or a question, with `?` for what no encoding has."""
    try:
        text.encode("utf-8", "surrogateescape")
    except UnicodeEncodeError:
        return text.encode("utf-8", "replace").decode()
    return text


def _kind(value: object) -> str:
    return "None" if value is None else f"of type {type(value).__name__}"


class Compressor:
    """Settings kept for several texts.

    strategy              off | lossless | conservative | balanced | aggressive
    max_reduction_pct     percent (0-100): at most this much is saved; sets `max_savings`
    min_quality_score     share (0-1) of excess weight that must remain; sets `min_quality`
    dedup_threshold       share (0-1) of equal words from which neighbouring lines count as repeats; sets `dedup_threshold`
    summary_length_ratio  share (0-1) of the prose in Markdown and HTML that stays at most; sets `summary_length_ratio`

    Raises UsageError for a value out of range.
    """

    __slots__ = ("settings",)

    def __init__(
        self,
        strategy: str = "balanced",
        max_reduction_pct: float = 95,
        min_quality_score: float = 0.85,
        dedup_threshold: float = 0.9,
        summary_length_ratio: float = 0.3,
    ) -> None:
        from headroom_cli.schema import read_values

        values = {
            "strategy": strategy, "max_savings": max_reduction_pct, "min_quality": min_quality_score, "dedup_threshold": dedup_threshold,
            "summary_length_ratio": summary_length_ratio,
        }  # fmt: skip
        self.settings = Settings(**read_values(values, {"max_savings": "max_reduction_pct", "min_quality": "min_quality_score"}))

    @overload
    def compress(self, data: str | bytes) -> Result: ...
    @overload
    def compress(self, data: Iterable[Mapping[str, Any]]) -> list[Result]: ...
    def compress(self, data: str | bytes | Iterable[Mapping[str, Any]]) -> Result | list[Result]:
        """One text to one result, or a list of `{"type": ..., "data": ...}` to results in the same order (types: INPUT_TYPES).

        Raises UsageError, naming the item's place in the list, for an unknown type or a missing key.
        """
        if isinstance(data, (str, bytes, bytearray, memoryview)):
            return self._one(data, "<text>", "")
        if isinstance(data, Mapping) or not isinstance(data, Iterable):
            hint = "one item stands in a list too: [{...}]" if isinstance(data, Mapping) else ""
            raise UsageError(f"what is to be compressed is {_kind(data)}, but must be text, bytes or a list of items", hint=hint)
        return [self._item(place, item) for place, item in enumerate(data)]

    def _item(self, place: int, item: object) -> Result:
        if not isinstance(item, Mapping):
            raise UsageError(f'the item is {_kind(item)}, but must be {{"type": ..., "data": ...}}', place=f"item {place}")
        kind, data = item.get("type"), item.get("data")
        if not isinstance(kind, str) or kind not in INPUT_TYPES:
            raise UsageError(f"the type is {kind!r}, but must be one of {', '.join(INPUT_TYPES)}", place=f"item {place}")
        if not isinstance(data, (str, bytes, bytearray, memoryview)):
            raise UsageError("`data` must be text or bytes", place=f"item {place}")
        return self._one(data, f"<{kind} {place}>", kind)

    def _one(self, data: object, name: str, kind: str) -> Result:
        document = document_of(data, name)
        return compress_document(document, self.settings._replace(format=_format_of(kind, document)))


def _format_of(kind: str, document: Document) -> str | None:
    """The format that a type names, where the text shows none: prose and texts in JSON of a `rag_chunk`, a `code_file` with lines of a
    language. None: the text alone decides."""
    if INPUT_TYPES.get(kind) is None or document.binary:
        return None
    from headroom_cli.formats import choose

    found = choose(document).name
    if kind == "rag_chunk":
        from headroom_cli.formats.rag import is_prose
        from headroom_cli.stages.survey import sample_lines

        return "rag" if found in ("plain", "json") and is_prose(sample_lines(document.data)) else None  # type: ignore[arg-type]
    if found != "plain":
        return None
    from headroom_cli.formats.code.grammar import language_of

    lines = bytes(document.data).decode("utf-8", "replace").split("\n")
    return "code" if language_of("", lines) is not None else None
