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
from headroom_cli.source import open_document, read_document
from headroom_cli.tokens import get_counter

if TYPE_CHECKING:
    from headroom_cli.model import Document, Result
    from headroom_cli.tokens import TokenCounter

__all__ = ["INPUT_TYPES", "Compressor", "compress", "compress_document", "compress_shared", "explain_line", "preview"]

INPUT_TYPES: dict[str, str | None] = {"tool_output": None, "log_file": None, "rag_chunk": "rag", "code_file": "code"}
"""Type of an item -> the format that it is read as where its text shows no other; None: the text alone decides."""


def compress_document(
    document: Document, settings: Settings, counter: TokenCounter | None = None, *, pack_dirs: Sequence[str] = (), rule: str = ""
) -> Result:
    """Compress one document under `settings`. Raises UsageError for a value out of range."""
    counter = counter or get_counter(settings.tokenizer)
    return engine.run(document, _with_boilerplate(checked(settings), counter, pack_dirs), counter, pack_dirs, rule)


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
    ready = [_with_boilerplate(own, counter, pack_dirs) for own in settings]
    return engine.run_shared(documents, ready, max_tokens, counter, pack_dirs, rules)


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
        raise UsageError(f"{document.name} has {lines} lines, but line {line} was asked for")
    return engine.story(document, _with_boilerplate(checked(settings), counter, pack_dirs), counter, line - 1, pack_dirs)


def compress(text: str | bytes, *, name: str = "<text>", **settings: Any) -> Result:
    """Compress one text. `settings` are the keys of headroom-config.yaml (`strategy="balanced"`, `max_tokens=500`, `keep=["TICKET"]`, ...).

    Raises UsageError for an unknown key or a value out of range. Bytes may be UTF-8, UTF-16 with a BOM, or gzip.
    """
    unknown = set(settings) - set(Settings._fields)
    if unknown:
        raise UsageError(f"unknown setting {sorted(unknown)[0]!r}", hint="one of " + ", ".join(Settings._fields))
    for key in ("keep", "drop", "force_drop", "packs"):
        if isinstance(settings.get(key), list):
            settings[key] = tuple(settings[key])
    data = text.encode("utf-8", "surrogateescape") if isinstance(text, str) else text
    return compress_document(read_document(data, name=name, path=None), Settings(**settings))


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
        self.settings = checked(
            Settings(
                strategy=strategy, max_savings=max_reduction_pct, min_quality=min_quality_score, dedup_threshold=dedup_threshold,
                summary_length_ratio=summary_length_ratio,
            )
        )  # fmt: skip

    @overload
    def compress(self, data: str | bytes) -> Result: ...
    @overload
    def compress(self, data: Iterable[Mapping[str, Any]]) -> list[Result]: ...
    def compress(self, data: str | bytes | Iterable[Mapping[str, Any]]) -> Result | list[Result]:
        """One text to one result, or a list of `{"type": ..., "data": ...}` to results in the same order (types: INPUT_TYPES).

        Raises UsageError, naming the item's place in the list, for an unknown type or a missing key.
        """
        if isinstance(data, (str, bytes)):
            return self._one(data, "<text>", "")
        return [self._item(place, item) for place, item in enumerate(data)]

    def _item(self, place: int, item: Mapping[str, Any]) -> Result:
        kind, data = item.get("type"), item.get("data")
        if kind not in INPUT_TYPES:
            raise UsageError(f"the type is {kind!r}, but must be one of {', '.join(INPUT_TYPES)}", place=f"item {place}")
        if not isinstance(data, (str, bytes)):
            raise UsageError("`data` must be text or bytes", place=f"item {place}")
        return self._one(data, f"<{kind} {place}>", kind)

    def _one(self, data: str | bytes, name: str, kind: str) -> Result:
        raw = data.encode("utf-8", "surrogateescape") if isinstance(data, str) else data
        document = read_document(raw, name=name, path=None)
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
