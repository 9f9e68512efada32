"""One document and its settings to one result: read -> stages in risk order -> selection -> limits -> bytes. Pure.

    20,000 lines of a failing build, balanced  ->  a header, about 400 lines, 60 markers, under 6,000 tokens

The order of limits (DESIGN section 3): off and compress: false > max_tokens > heads > keep > drop > max_savings > min_quality >
target. min_compress_ratio is judged last and ignored under max_tokens.
"""

from __future__ import annotations

import os
import re
from math import ceil
from typing import TYPE_CHECKING

from headroom_cli.draft import HEADER
from headroom_cli.errors import UsageError
from headroom_cli.formats import FORMATS, choose
from headroom_cli.model import Document, Result, Risk
from headroom_cli.settings import PASS_THROUGH_TOKENS, STRATEGIES, Settings, target_tokens
from headroom_cli.source import encode_output
from headroom_cli.stages.fit import Goal, Part, select_lines
from headroom_cli.stages.proposal import Proposal, close_small_gaps, cut_lonely
from headroom_cli.stages.reading import LogReading
from headroom_cli.tokens import count_buffer

if TYPE_CHECKING:
    from collections.abc import Sequence

    from headroom_cli.formats import Choice
    from headroom_cli.tokens import TokenCounter

__all__ = ["run", "run_shared", "story", "templates_of", "without_secrets"]

HEADER_TOKENS = 40
TRIES = 8


def run(document: Document, settings: Settings, counter: TokenCounter, pack_dirs: Sequence[str] = (), rule: str = "") -> Result:
    """Compress one document. Raises UsageError where `max_tokens` is too small for a header and a marker."""
    begun, redacted = _begin(document, settings, counter, pack_dirs, rule)
    result = begun if isinstance(begun, Result) else begun.cut().result()
    return _with_redacted(result, redacted, counter)


def run_shared(
    documents: Sequence[Document], settings: Sequence[Settings], max_tokens: int, counter: TokenCounter, pack_dirs: Sequence[str] = (), rules: Sequence[str] = ()
) -> list[Result]:
    """Compress several documents into one budget: what tells most stays, whichever document it is in."""
    rules = rules or [""] * len(documents)
    started = [
        _begin(document, own._replace(max_tokens=None), counter, pack_dirs, rule, budget=True)
        for document, own, rule in zip(documents, settings, rules, strict=True)
    ]
    begun = [work for work, _ in started]
    works = [work for work in begun if isinstance(work, _Run)]
    passed = sum(work.compressed_tokens for work in begun if isinstance(work, Result))
    for work in works:
        work.cut()
    budget = max_tokens - passed

    def measure() -> int:
        return sum(work.measure() for work in works)

    if works and measure() > budget:
        for work in works:
            work.budgeted = max_tokens
        select_lines([work.part for work in works], Goal(budget, hard=True), counter, measure)
    results = [_with_redacted(work if isinstance(work, Result) else work.result(), redacted, counter) for work, redacted in started]
    total = sum(result.compressed_tokens for result in results)
    if total > max_tokens and works:
        raise UsageError(f"max_tokens {max_tokens} is too small for {len(documents)} documents ({total} tokens at least)", hint="raise it")
    return results


def story(
    document: Document, settings: Settings, counter: TokenCounter, unit: int, pack_dirs: Sequence[str] = ()
) -> list[tuple[str, str]]:
    """Why one unit (from 0) was kept or cut: (what, how), in the order in which it was decided."""
    work, _ = _begin(document, settings, counter, pack_dirs, "")
    if isinstance(work, Result):
        return [("kept", f"the input passed unchanged: {work.reason}")]
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


def templates_of(document: Document, settings: Settings, counter: TokenCounter, pack_dirs: Sequence[str] = ()) -> set[bytes]:
    """The templates of a log: what another log is held against as a baseline. Empty for formats that have none."""
    choice = choose(document, settings.format)
    reading = FORMATS[choice.name].read(document, choice.envelope, settings, counter, pack_dirs)
    return set(reading.survey.templates) if isinstance(reading, LogReading) else set()


def _begin(
    document: Document, settings: Settings, counter: TokenCounter, pack_dirs: Sequence[str], rule: str, *, budget: bool = False
) -> tuple[Result | _Run, tuple[tuple[str, int], ...]]:
    """The work on a document, or its result where it passes; and what was redacted before anything else."""
    size = count_buffer(counter, document.data)
    redacted: tuple[tuple[str, int], ...] = ()
    if settings.redact and settings.compress and settings.strategy != "off" and not document.binary:
        document, redacted = without_secrets(document)
    reason = _passes(document, settings, size)
    if reason and not (budget and reason.startswith("under")):
        return _unchanged(document, settings, counter, size, reason, rule), redacted
    choice = choose(document, settings.format)
    proposal = FORMATS[choice.name].read(document, choice.envelope, settings, counter, pack_dirs)
    return _Run(document, settings, counter, size, choice, proposal, rule), redacted


def _with_redacted(result: Result, redacted: tuple[tuple[str, int], ...], counter: TokenCounter) -> Result:
    """`result` with what was redacted; an input that passed otherwise is no longer unchanged."""
    if not redacted:
        return result
    if result.reason:
        tokens = count_buffer(counter, result.text.encode("utf-8", "surrogateescape"))
        result = result._replace(compressed_tokens=tokens, reason="")
    return result._replace(redacted=redacted)


def without_secrets(document: Document) -> tuple[Document, tuple[tuple[str, int], ...]]:
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
    if bytes(document.data[: len(HEADER)]) == HEADER:
        return "already compressed"
    asked = settings.max_tokens is not None and size > settings.max_tokens
    if size < PASS_THROUGH_TOKENS and not asked and not settings.drop and not settings.force_drop:
        return f"under {PASS_THROUGH_TOKENS} tokens"
    return ""


def _unchanged(
    document: Document, settings: Settings, counter: TokenCounter, size: int, reason: str, rule: str, warnings: Sequence[str] = (), choice: Choice | None = None
) -> Result:
    if document.binary:
        warnings = [*warnings, "binary input passes through unchanged"]
    return Result(
        encode_output(bytes(document.data), document), document.name, size, size, choice.name if choice else settings.format or "plain", settings.strategy,
        exact=counter.exact, tokenizer=counter.name, original_bytes=len(document.data), reason=reason, rule=rule,
        why_format=choice.why if choice else "", warnings=tuple(warnings), encoding=document.encoding,
    )  # fmt: skip


class _Run:
    """The work on one document: what all steps share."""

    __slots__ = ("budgeted", "choice", "counter", "document", "draft", "dropped", "header", "proposal", "rule", "settings", "size", "trail", "warnings", "watch")

    def __init__(
        self, document: Document, settings: Settings, counter: TokenCounter, size: int, choice: Choice, proposal: Proposal, rule: str
    ) -> None:
        self.document = document
        self.settings = settings
        self.counter = counter
        self.size = size
        self.choice = choice
        self.proposal = proposal
        self.draft = proposal.draft
        self.dropped = bytearray(len(proposal.draft.keep))
        self.rule = rule
        self.warnings: list[str] = []
        self.header = b""
        self.watch: int | None = None  # a unit whose way through the stages is written down
        self.trail: list[tuple[str, bool]] = []
        self.budgeted = settings.max_tokens  # tokens that may not be passed, None for no such limit

    @property
    def part(self) -> Part:
        return Part(self.proposal, self.dropped)

    def cut(self) -> _Run:
        """All stages under the ceiling, until the target is met."""
        self._hold_and_drop()
        ceiling = self._ceiling()
        if ceiling == Risk.LOSSLESS or self._must_stay_verbatim():
            self.draft.units = self.proposal.verbatim
            self.draft.facts = [fact for fact in self.draft.facts if not fact.startswith("cut: ")]
            self.draft.silences = {}  # the stamps stay
            self.draft.heading = None  # and so do the columns
        self.header = self._header()
        if self.size >= PASS_THROUGH_TOKENS or self.budgeted is not None:
            self._cut(ceiling)
            if ceiling > Risk.LOSSLESS:
                cut_lonely(self.draft)
            self._restore()
        return self

    def result(self) -> Result:
        """The rendered draft, or the input where it is not better."""
        data = self._output()
        tokens = count_buffer(self.counter, data)
        reason = self._why_not(tokens)
        if reason:
            return _unchanged(self.document, self.settings, self.counter, self.size, reason, self.rule, self.warnings, self.choice)
        return Result(
            encode_output(data, self.document), self.document.name, self.size, tokens, self.choice.name, self.settings.strategy, self.proposal.quality(),
            self.counter.exact, self.counter.name, self.draft.count(), len(self.draft.keep), sum(self.draft.keep), len(self.document.data),
            rule=self.rule, why_format=self.choice.why, warnings=tuple(self.warnings), encoding=self.document.encoding,
        )  # fmt: skip

    def _hold_and_drop(self) -> None:
        settings, draft = self.settings, self.draft
        if draft.forged:
            self.warnings.append(f"{draft.forged} lines of the input look like Headroom's markers; they are kept and not honoured")
        if not (settings.keep or settings.drop or settings.force_drop):
            return
        keep, drop, force = (_any(patterns) for patterns in (settings.keep, settings.drop, settings.force_drop))
        block_heads = {block.head for block in self.draft.blocks}
        for line in range(len(draft.keep)):
            body = self.draft.units.body(line).decode("utf-8", "surrogateescape")
            if keep and keep.search(body):
                draft.held[line] = 1
            elif (force and force.search(body)) or (drop and line not in block_heads and drop.search(body)):
                self.dropped[line] = 1
                draft.keep[line] = 0
                draft.held[line] = 0

    def _ceiling(self) -> Risk:
        ceiling = STRATEGIES[self.settings.strategy].ceiling or Risk.LOSSLESS
        limit = self.settings.max_tokens
        if limit is not None and ceiling < Risk.CONTENT and limit < self.size:
            self.warnings.append(f"max_tokens {limit} goes beyond what the strategy {self.settings.strategy} may cut: lines were cut by weight")
            return Risk.CONTENT
        return ceiling

    def _floor(self) -> int:
        """Tokens that must remain, by max_savings."""
        if self.settings.max_savings is None or self.settings.max_tokens is not None:
            return 0
        return ceil(self.size * (1 - self.settings.max_savings / 100))

    def _must_stay_verbatim(self) -> bool:
        floor = self._floor()
        return bool(floor) and self.proposal.estimate() < floor * 1.02

    def _cut(self, ceiling: Risk) -> None:
        strategy = STRATEGIES[self.settings.strategy]
        target, hard, floor = target_tokens(strategy, self.size), self.settings.max_tokens, self._floor()
        if hard is not None:
            target = min(target, hard) if target is not None else hard
        for stage in self.proposal.stages:
            if stage.risk > ceiling or (target is not None and stage.risk > Risk.LOSSLESS and self._fits(target)):
                break
            before = bytes(self.draft.keep)
            stage.run(self.proposal, self.settings)
            for line in range(len(self.dropped)) if 1 in self.dropped else ():
                self.draft.keep[line] &= 1 - self.dropped[line]
            self._note(stage.name)
            if floor and self.proposal.estimate() < floor:
                self.draft.keep[:] = before
                self.draft.notes.clear()
                self.draft.swaps.clear()
                self._select(Goal(floor, at_least=floor))
                return
        close_small_gaps(self.proposal, self.dropped)
        if ceiling == Risk.CONTENT and target is not None:
            self._select(Goal(max(target, floor), hard is not None, floor, self.settings.min_quality or 0.0))

    def _restore(self) -> None:
        """Give back what was cut, smallest gaps first, until `max_savings` holds to the letter."""
        floor = self._floor()
        for _ in range(TRIES):
            missing = floor - self.measure() if floor else 0
            gaps = sorted(((first, stop) for first, stop in self.draft.gaps() if 1 not in self.dropped[first:stop]), key=lambda gap: gap[1] - gap[0])
            if missing <= 0 or not gaps:
                return
            for first, stop in gaps:
                missing -= self.proposal.cost(first, stop)
                self.draft.keep[first:stop] = b"\x01" * (stop - first)
                if missing <= 0:
                    break

    def _select(self, goal: Goal) -> None:
        select_lines([self.part], goal, self.counter, self.measure)
        self._note(f"selection to {goal.tokens} tokens")

    def _note(self, stage: str) -> None:
        if self.watch is not None:
            self.trail.append((stage, bool(self.draft.keep[self.watch])))

    def _fits(self, target: int) -> bool:
        guess = self.proposal.estimate() + HEADER_TOKENS
        return guess <= target * 1.3 and self.measure() <= target

    def measure(self) -> int:
        return count_buffer(self.counter, self._output())

    def _output(self) -> bytes:
        """The header and the rendered draft; without header where nothing is missing."""
        lines = self.draft.render()
        newline = self.draft.newline
        body = newline.join(lines)
        return self.header + newline + body + (self.draft.end if body else newline) if lines else self.header + newline

    def _header(self) -> bytes:
        """At most HEADER_TOKENS: long names give way first, the failing step's range last; what was cut from every line never does."""
        stored = self.document.path is not None
        name, facts = self.document.name, self.draft.facts
        short = os.path.basename(name.rstrip("/"))
        for name, step, how in (
            (name, 40, "cut lines: "), (short, 40, "cut lines: "), (short[:24], 40, ""), (short[:24], 24, ""), (short[:12], 24, ""), (short[:12], 12, ""), (short[:12], 0, ""), ("", -1, ""),
        ):  # fmt: skip
            said = [fact for fact in (_with_step(fact, step) for fact in facts) if fact]
            start = f"{HEADER.decode()}{name + ', ' if name else ''}{len(self.draft.keep)} {self.draft.noun}"
            text = "; ".join([start, *said, f"{how}headroom retrieve FILE:L1-9" if stored else "cut lines not stored"]) + "]"
            if self.counter.count(text) <= HEADER_TOKENS:
                break
        return text.replace("\n", " ").encode("utf-8", "surrogateescape")

    def _why_not(self, tokens: int) -> str:
        """Why the input passes after all, "" where the output is used."""
        limit = self.budgeted
        if limit is not None and self.size > limit:
            if self.settings.max_tokens is not None and tokens > limit:
                raise UsageError(f"max_tokens {limit} is too small for a header and a marker ({tokens} tokens)", hint="raise it")
            lost = [kind for kind, found in self.draft.count().kinds if found and not self._shows(kind)]
            if lost:
                self.warnings.append(f"max_tokens {limit} removed the last head of: {', '.join(lost)}")
            return ""
        if 1 in self.dropped:
            return ""
        if tokens < self._floor():
            return f"would save more than max_savings {self.settings.max_savings:g}"
        if tokens >= self.size:
            return "not smaller"
        ratio = self.settings.min_compress_ratio
        if ratio is not None and tokens > self.size * (1 - ratio):
            return f"saves {100 * (1 - tokens / self.size):.0f} %, under min_compress_ratio {ratio}"
        return ""

    def _shows(self, kind: str) -> bool:
        return any(self.draft.keep[block.head] for block in self.draft.blocks if block.kind == kind)


def _with_step(fact: str, most: int) -> str:
    """The fact `failed: 'name' L1-9` with at most `most` characters of the name; 0: without it; -1: "" (other facts stay)."""
    if not fact.startswith("failed: '"):
        return fact
    name, _, place = fact[len("failed: '") :].rpartition("' ")
    if most <= 0:
        return "" if most else f"failed: {place}"
    return f"failed: '{name if len(name) <= most else name[: most - 3].rstrip() + '...'}' {place}"


def _any(patterns: Sequence[str]) -> re.Pattern[str] | None:
    return re.compile("|".join(f"(?:{pattern})" for pattern in patterns)) if patterns else None
