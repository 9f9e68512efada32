"""One document and its settings to one result: read -> stages in risk order -> selection -> limits -> bytes. Pure.

    20,000 lines of a failing build, balanced  ->  a header, about 400 lines, 60 markers, under 6,000 tokens

The order of limits (docs/strategies.md): off and compress: false > max_tokens > heads > keep > drop > max_savings > min_quality >
target. min_compress_ratio is judged last and ignored under max_tokens.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from headroom_cli.draft import is_output
from headroom_cli.errors import UsageError
from headroom_cli.formats import FORMATS, choose
from headroom_cli.model import Document, Result
from headroom_cli.settings import PASS_THROUGH_TOKENS, Settings
from headroom_cli.stages.fit import Goal, select_lines
from headroom_cli.stages.reading import LogReading
from headroom_cli.tokens import count_buffer
from headroom_cli.work import Work, unchanged

if TYPE_CHECKING:
    from collections.abc import Sequence

    from headroom_cli.tokens import TokenCounter

__all__ = ["run", "run_shared", "story", "templates_of", "without_secrets"]

Redacted = tuple[tuple[str, int], ...]


def run(document: Document, settings: Settings, counter: TokenCounter, pack_dirs: Sequence[str] = (), rule: str = "") -> Result:
    """Compress one document. Raises UsageError where `max_tokens` is too small for a header and a marker."""
    begun, redacted = _begin(document, settings, counter, pack_dirs, rule, count_buffer(counter, document.data))
    result = begun if isinstance(begun, Result) else begun.cut().result()
    return _with_redacted(result, redacted, counter)


def run_shared(
    documents: Sequence[Document],
    settings: Sequence[Settings],
    max_tokens: int,
    counter: TokenCounter,
    pack_dirs: Sequence[str] = (),
    rules: Sequence[str] = (),
) -> list[Result]:
    """Compress several documents into one budget: what tells most stays, whichever document it is in."""
    rules = rules or [""] * len(documents)
    sizes = [count_buffer(counter, document.data) for document in documents]
    tight = sum(sizes) > max_tokens
    begun: list[tuple[Result | Work, Redacted]] = []
    for document, own, rule, size in zip(documents, settings, rules, sizes, strict=True):
        begun.append(_begin(document, own._replace(max_tokens=None), counter, pack_dirs, rule, size, tight=tight))
    works = [work for work, _ in begun if isinstance(work, Work)]
    budget = max_tokens - sum(work.compressed_tokens for work, _ in begun if isinstance(work, Result))
    for work in works:
        work.shared = max_tokens if tight else None
        work.cut()

    def measure() -> int:
        return sum(work.measure() for work in works)

    if works and measure() > budget:
        for work in works:
            work.go_beyond(max_tokens)
        select_lines([work.part for work in works], Goal(budget, hard=True), counter, measure)
    results = [_with_redacted(work if isinstance(work, Result) else work.result(), redacted, counter) for work, redacted in begun]
    total = sum(result.compressed_tokens for result in results)
    if total > max_tokens and works:
        raise UsageError(f"max_tokens {max_tokens} is too small for {len(documents)} documents ({total} tokens at least)", hint="raise it")
    return [_over(result, max_tokens) if total > max_tokens else result for result in results]


def _over(result: Result, max_tokens: int) -> Result:
    """`result`, which max_tokens may not touch, with a warning that it is passed."""
    return result._replace(warnings=(*result.warnings, f"max_tokens {max_tokens} is passed: {result.reason}"))


def story(document: Document, settings: Settings, counter: TokenCounter, line: int, pack_dirs: Sequence[str] = ()) -> list[tuple[str, str]]:
    """Why one line (from 0) was kept or cut: (what, how), in the order in which it was decided. UsageError where units stand on no lines."""
    work, _ = _begin(document, settings, counter, pack_dirs, "", count_buffer(counter, document.data))
    if isinstance(work, Result):
        return [("kept", f"the input passed unchanged: {work.reason}")]
    unit = _unit_of(work, line)
    told = [("format", f"{work.choice.name}: {work.choice.why}"), *work.proposal.describe(unit)]
    work.watch = unit
    work.cut()
    told += [("stage", f"{name}: {'kept' if kept else 'cut'}") for name, kept in work.trail]
    if work.result().reason:
        return [*told, ("kept", f"the input passed unchanged: {work.result().reason}")]
    if work.draft.keep[unit]:
        return [*told, ("kept", "shortened" if unit in work.draft.swaps else "as it is")]
    first, stop = next((first, stop) for first, stop in work.draft.gaps() if first <= unit < stop)
    return [*told, ("cut", f"marker {work.draft.marker(first, stop).decode('utf-8', 'replace')}")]


def _unit_of(work: Work, line: int) -> int:
    """The unit that stands on `line`: of lines the line itself, else the first whose place holds it."""
    place = getattr(work.draft.units, "place", None)
    if place is None:
        return line
    for unit in range(len(work.draft.keep)):
        found = re.match(r"L(\d+)(?:-(\d+))?", place(unit, unit + 1))
        if found and int(found[1]) - 1 <= line < int(found[2] or found[1]):
            return unit
    raise UsageError(
        f"{work.document.name} is read as {work.choice.name}, whose units are not its lines", hint="--format plain reads it by lines"
    )


def templates_of(document: Document, settings: Settings, counter: TokenCounter, pack_dirs: Sequence[str] = ()) -> set[bytes]:
    """The templates of a log: what another log is held against as a baseline. Empty for formats that have none."""
    choice = choose(document, settings.format)
    reading = FORMATS[choice.name].read(document, choice.envelope, settings, counter, pack_dirs)
    return set(reading.survey.templates) if isinstance(reading, LogReading) else set()


def _begin(
    document: Document, settings: Settings, counter: TokenCounter, pack_dirs: Sequence[str], rule: str, size: int, *, tight: bool = False
) -> tuple[Result | Work, Redacted]:
    """The work on a document of `size` tokens, or its result where it passes; and what was redacted before anything else. `tight`: it
    has to share a limit that all documents together pass."""
    redacted: Redacted = ()
    if settings.redact and settings.compress and settings.strategy != "off":
        document, redacted = without_secrets(document)
    reason = _passes(document, settings, size)
    if reason and not (tight and reason.startswith("under")):
        return unchanged(document, settings, counter, size, reason, rule, _unheeded(settings, size, reason)), redacted
    choice = choose(document, settings.format)
    proposal = FORMATS[choice.name].read(document, choice.envelope, settings, counter, pack_dirs)
    return Work(document, settings, counter, size, choice, proposal, rule), redacted


def _unheeded(settings: Settings, size: int, reason: str) -> list[str]:
    """Warnings for what was asked of an input that passes all the same."""
    out = []
    if settings.redact and reason in ("off", "compress: false"):
        out.append(f"secrets were not looked for: {reason}")
    if settings.max_tokens is not None and size > settings.max_tokens and reason in ("already compressed", "binary"):
        out.append(f"max_tokens {settings.max_tokens} is passed: {reason}")
    return out


def _with_redacted(result: Result, redacted: Redacted, counter: TokenCounter) -> Result:
    """`result` with what was redacted; an input that passed otherwise is no longer unchanged."""
    if not redacted:
        return result
    if result.reason:
        tokens = count_buffer(counter, result.text.encode("utf-8", "surrogateescape"))
        result = result._replace(compressed_tokens=tokens, reason="")
    return result._replace(redacted=redacted)


def without_secrets(document: Document) -> tuple[Document, Redacted]:
    """The document with placeholders for its secrets, and how many there are of each kind."""
    from headroom_cli.text.redact import redact

    data, counts = redact(document.data)
    return document._replace(data=data), tuple(sorted(counts.items()))


def _passes(document: Document, settings: Settings, size: int) -> str:
    """Why the document is not looked at, "" where it is."""
    if settings.strategy == "off" or not settings.compress:
        return "off" if settings.strategy == "off" else "compress: false"
    if document.binary:
        return "binary"
    if is_output(document.data):
        return "already compressed"
    asked = settings.max_tokens is not None and size > settings.max_tokens
    if size < PASS_THROUGH_TOKENS and not (asked or settings.drop or settings.force_drop or settings.query):
        return f"under {PASS_THROUGH_TOKENS} tokens"
    return ""
