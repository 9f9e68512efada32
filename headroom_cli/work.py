"""The work on one document: stages in risk order under the limits, selection, header, and the result that comes of it.

limits, in order: max_tokens > heads > keep > drop > max_savings > min_quality > target (docs/strategies.md); min_compress_ratio
is judged last and ignored under max_tokens
"""

from __future__ import annotations

import os
from io import BytesIO
from math import ceil
from typing import TYPE_CHECKING

from headroom_cli.draft import HEADER
from headroom_cli.errors import UsageError
from headroom_cli.model import Document, Result, Risk
from headroom_cli.settings import PASS_THROUGH_TOKENS, STRATEGIES, Settings, target_tokens
from headroom_cli.source import encode_output
from headroom_cli.stages.fit import Goal, Part, select_lines
from headroom_cli.stages.proposal import Proposal, close_small_gaps, cut_lonely
from headroom_cli.text.regex import compiled
from headroom_cli.tokens import count_buffer

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from headroom_cli.formats import Choice
    from headroom_cli.tokens import TokenCounter

__all__ = ["Work", "unchanged"]

HEADER_TOKENS = 40
TRIES = 8


def unchanged(
    document: Document,
    settings: Settings,
    counter: TokenCounter,
    size: int,
    reason: str,
    rule: str,
    warnings: Sequence[str] = (),
    choice: Choice | None = None,
) -> Result:
    """The result for an input that passes, and why."""
    if document.binary:
        warnings = [*warnings, "binary input passes through unchanged"]
    return Result(
        encode_output(bytes(document.data), document),
        document.name,
        size,
        size,
        choice.name if choice else settings.format or "plain",
        settings.strategy,
        exact=counter.exact,
        tokenizer=counter.name,
        original_bytes=len(document.data),
        reason=reason,
        rule=rule,
        why_format=choice.why if choice else "",
        warnings=tuple(warnings),
        encoding=document.encoding,
    )


class Work:
    """The work on one document: what all steps share."""

    __slots__ = (
        "choice",
        "counter",
        "document",
        "draft",
        "dropped",
        "header",
        "proposal",
        "rule",
        "settings",
        "shared",
        "size",
        "trail",
        "warnings",
        "watch",
    )

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
        self.shared: int | None = None  # tokens that this and other documents may not pass together, where all of them would

    @property
    def part(self) -> Part:
        return Part(self.proposal, self.dropped)

    def cut(self) -> Work:
        """All stages under the ceiling, until the target is met."""
        self._hold_and_drop()
        ceiling = self._ceiling()
        if ceiling == Risk.LOSSLESS or self._must_stay_verbatim():
            self.draft.units = self.proposal.verbatim
            self.draft.facts = [fact for fact in self.draft.facts if not fact.startswith("cut: ")]
            self.draft.silences = {}  # the stamps stay
            self.draft.heading = None  # and so do the columns
        self.header = self._header()
        if self.size >= PASS_THROUGH_TOKENS or self.settings.max_tokens is not None or self.shared is not None or self.settings.query:
            self._cut(ceiling)
            if ceiling > Risk.LOSSLESS:
                cut_lonely(self.proposal)
            self._restore()
        return self

    def result(self) -> Result:
        """The rendered draft, or the input where it is not better."""
        data = self._output()
        tokens = count_buffer(self.counter, data)
        reason = self._why_not(tokens)
        if reason:
            return unchanged(self.document, self.settings, self.counter, self.size, reason, self.rule, self.warnings, self.choice)
        return Result(
            encode_output(data, self.document),
            self.document.name,
            self.size,
            tokens,
            self.choice.name,
            self.settings.strategy,
            self.proposal.quality(),
            self.counter.exact,
            self.counter.name,
            self.draft.count(),
            len(self.draft.keep),
            sum(self.draft.keep),
            len(self.document.data),
            rule=self.rule,
            why_format=self.choice.why,
            warnings=tuple(self.warnings),
            encoding=self.document.encoding,
        )

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
            if keep(body):
                draft.held[line] = 1
            elif force(body) or (line not in block_heads and drop(body)):
                self.dropped[line] = 1
                draft.keep[line] = 0
                draft.held[line] = 0

    def _ceiling(self) -> Risk:
        ceiling = STRATEGIES[self.settings.strategy].ceiling or Risk.LOSSLESS
        limit = self.settings.max_tokens
        if limit is not None and ceiling < Risk.CONTENT and limit < self.size:
            self.go_beyond(limit)
            return Risk.CONTENT
        return ceiling

    def go_beyond(self, limit: int) -> None:
        """Say that `max_tokens` cuts what the strategy may not, where that is so."""
        if (STRATEGIES[self.settings.strategy].ceiling or Risk.LOSSLESS) < Risk.CONTENT:
            self.warnings.append(f"max_tokens {limit} goes beyond what the strategy {self.settings.strategy} may cut: lines were cut by weight")

    def _floor(self) -> int:
        """Tokens that must remain, by max_savings."""
        if self.settings.max_savings is None or self.settings.max_tokens is not None or self.shared is not None:
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
        if goal.min_quality and not goal.hard and (reached := self.proposal.quality()) < goal.min_quality:
            self.warnings.append(f"min_quality {goal.min_quality:g} was not reached: the quality is {reached:.2f}")
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
        newline, bare = self.draft.newline, self.draft.bare and 0 not in self.draft.keep  # nothing is missing: it stays what it is
        start = b"" if bare else self.header + newline
        out, between = BytesIO(), start
        for line in self.draft.render():
            out.write(between + line)
            between = newline
        if between is start:  # nothing is left
            return start or self.draft.end
        out.write(self.draft.end if bare or out.tell() > len(start) else newline)
        return out.getvalue()

    def _header(self) -> bytes:
        """At most HEADER_TOKENS: long names give way first, the failing step's range last; what was cut from every line never does."""
        stored = self.document.path is not None
        name, facts = self.document.name, self.draft.facts
        short = os.path.basename(name.rstrip("/"))
        cut = "cut lines: "
        brief = short[:12]
        ways = ((name, 40, cut), (short, 40, cut), (short[:24], 40, ""), (brief, 40, ""), (brief, 24, ""), ("", 24, ""))
        for shown, step, how in (*ways, ("", 12, ""), ("", 0, ""), ("", -1, "")):
            said = [fact for fact in (_with_step(fact, step) for fact in facts) if fact]
            start = f"{HEADER.decode()}{shown + ', ' if shown else ''}{self.draft.counted} {self.draft.noun}"
            text = "; ".join([start, *said, f"{how}headroom retrieve FILE:{self.draft.locator}" if stored else "cut lines not stored"]) + "]"
            if self.counter.count(text) <= HEADER_TOKENS:
                break
        return text.replace("\n", " ").encode("utf-8", "surrogateescape")

    def _why_not(self, tokens: int) -> str:
        """Why the input passes after all, "" where the output is used."""
        limit = self.settings.max_tokens
        if limit is not None and self.size > limit:
            if tokens > limit:
                raise UsageError(f"max_tokens {limit} is too small for a header and a marker ({tokens} tokens)", hint="raise it")
            self._say_lost(limit)
            return ""
        if self.shared is not None:
            self._say_lost(self.shared)
            return "" if tokens < self.size else "not smaller"
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

    def _say_lost(self, limit: int) -> None:
        lost = [kind for kind, found in self.draft.count().kinds if found and not self._shows(kind)]
        if lost:
            self.warnings.append(f"max_tokens {limit} removed the last head of: {', '.join(lost)}")

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


def _any(patterns: Sequence[str]) -> Callable[[str], bool]:
    """Whether one of `patterns` is in a text: each by itself, with its own flags, groups and references."""
    searches = [compiled(pattern).search for pattern in patterns]
    return lambda text: any(search(text) for search in searches)
