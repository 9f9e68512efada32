"""Selection to a number: lines are chosen, rendered and counted exactly until the output fits.

    target 800, first try 846 tokens  ->  the last choices go  ->  797 tokens
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable
from itertools import compress
from typing import TYPE_CHECKING, NamedTuple

from headroom_cli.stages.cuts import close_small_gaps
from headroom_cli.stages.quality import quality
from headroom_cli.stages.select import MARKER_TOKENS, Item, select
from headroom_cli.stages.weigh import MUTE, candidates, line_weights

if TYPE_CHECKING:
    from collections.abc import Sequence

    from headroom_cli.stages.blocks import Block
    from headroom_cli.stages.proposal import Proposal
    from headroom_cli.tokens import TokenCounter

__all__ = ["Goal", "Part", "heads", "select_lines"]

TRIES = 12


class Part(NamedTuple):
    """One draft that takes part in a selection; `dropped` lines stay cut."""

    proposal: Proposal
    dropped: bytearray


class Goal(NamedTuple):
    """What selection aims at. Tokens count header and markers."""

    tokens: int  # at most, but for the first head of each kind
    hard: bool = False  # `max_tokens`: even heads go before it is passed
    at_least: int = 0  # `max_savings`: fill up to this
    min_quality: float = 0.0


def heads(blocks: Sequence[Block], weights: dict[int, float]) -> list[int]:
    """One head of each kind: the weightiest, the earliest of equals; causes before symptoms."""
    best: dict[str, tuple[float, int]] = {}
    for block in blocks:
        weight = weights.get(block.head, 0.0)
        if block.kind not in best or weight > best[block.kind][0] + 1e-9:
            best[block.kind] = weight, block.head
    return [head for _, head in sorted(best.values(), key=lambda pair: (-pair[0], pair[1]))]


class _Pool:
    """The lines of several drafts under one numbering, so that one heap shares a budget between them by marginal weight."""

    __slots__ = ("first", "items", "offsets", "parts")

    def __init__(self, parts: Sequence[Part], counter: TokenCounter) -> None:
        self.parts = parts
        self.items: dict[int, Item] = {}
        self.first: list[int] = []
        self.offsets: list[int] = []
        offset = family = 0
        for part in parts:
            items, first = _candidates(part.proposal, counter)
            self.offsets.append(offset)
            for line, item in items.items():
                needs = item.needs + offset if item.needs >= 0 else -1
                self.items[offset + line] = item._replace(family=item.family + family, group=item.group + family, needs=needs)
            self.first += [offset + line for line in first]
            offset += len(part.proposal.survey) + 2
            family += len(part.proposal.survey.templates) + 1

    def keep(self, order: Sequence[int], *, close: bool = True) -> None:
        """Keep the lines in `order` in their drafts, cut all others."""
        for part in self.parts:
            part.proposal.draft.keep[:] = bytes(len(part.proposal.survey))
        for place in order:
            part = bisect_right(self.offsets, place) - 1
            self.parts[part].proposal.draft.keep[place - self.offsets[part]] = 1
        for part in self.parts if close else ():
            close_small_gaps(part.proposal, part.dropped)

    def quality(self) -> float:
        """The lowest of the drafts."""
        return min(quality(part.proposal) for part in self.parts)


def select_lines(parts: Sequence[Part], goal: Goal, counter: TokenCounter, measure: Callable[[], int]) -> None:
    """Cut what does not fit `goal`. `measure` renders the drafts as they stand and counts them exactly.

    Overshoot is taken off the budget, shortfall of `at_least` and `min_quality` is added to it, until the count fits.
    """
    pool = _Pool(parts, counter)
    limit = max(goal.tokens, goal.at_least)
    budget, fits = limit, -1
    for _ in range(TRIES):
        order = select(pool.items, budget, pool.first, fill=goal.at_least > 0)
        pool.keep(order)
        size = measure()
        if size > limit and len(order) > len(pool.first) and budget > 0:
            budget = max(0, budget - int((size - limit) * 1.05) - 4)
            if budget <= fits:
                budget = fits
        elif size > limit:
            break
        elif len(order) < len(pool.items) and size < goal.at_least:
            fits, budget = budget, budget + int((goal.at_least - size) * 1.1) + MARKER_TOKENS
            limit = max(limit, budget + MARKER_TOKENS)
        elif len(order) < len(pool.items) and not goal.hard and pool.quality() < goal.min_quality:
            fits, budget = budget, int(budget * 1.4) + 50
            limit = max(limit, budget)
        else:
            return
    if goal.hard and measure() > goal.tokens:
        _squeeze(pool, goal.tokens, measure)


def _squeeze(pool: _Pool, tokens: int, measure: Callable[[], int]) -> None:
    """The first lines alone, with shorter markers, then fewer and fewer of them, until `max_tokens` holds; counts go last of all."""
    keep = list(dict.fromkeys(pool.first))

    def fits(lines: int, terms: str) -> bool:
        for part in pool.parts:
            part.proposal.draft.terms = terms
        pool.keep(keep[:lines], close=False)
        return measure() <= tokens

    if fits(len(keep), "full") or fits(len(keep), "short"):
        return
    terms = "short" if fits(0, "short") else "bare"
    low, high = 0, len(keep)  # `low` lines fit or there are none, `high` do not
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (middle, high) if fits(middle, terms) else (low, middle)
    fits(low, terms)


def _candidates(proposal: Proposal, counter: TokenCounter) -> tuple[dict[int, Item], list[int]]:
    """What selection may take of one draft, and the lines that it takes first."""
    draft, survey = proposal.draft, proposal.survey
    alive = bytes(draft.keep)
    lines = candidates(survey, proposal.weights, proposal.blocks, proposal.focus, draft.keep)
    weights = line_weights(survey, proposal.weights, proposal.blocks, proposal.focus, lines, draft.silences)
    items = _items(proposal, weights, lines, counter)
    held = [line for line in compress(range(len(survey)), draft.held) if alive[line]]
    for line in held:
        if line not in items:
            items[line] = Item(9.0, proposal.tokens[survey.tids[line]], survey.tids[line], 0, True, line)
    return items, held + [line for line in (*proposal.first, *heads(proposal.blocks, weights)) if line in items]


def _items(proposal: Proposal, weights: dict[int, float], lines: Sequence[int], counter: TokenCounter) -> dict[int, Item]:
    survey, labels, draft = proposal.survey, proposal.labels, proposal.draft
    texts = [draft.swaps.get(line) or body for line, body in zip(lines, _bodies(proposal, lines), strict=True)]
    counts = counter.count_many([text.decode("utf-8", "surrogateescape") + "\n" for text in texts])
    slow = {line for block in proposal.blocks for line in (block.head, *block.core)}
    heads = {line: block.head for block in proposal.blocks for line in range(block.first, block.stop)}
    out: dict[int, Item] = {}
    for line, text, tokens in zip(lines, texts, counts, strict=True):
        tid = survey.tids[line]
        head = heads.get(line, -1)
        mute = proposal.weights[tid] <= MUTE and line > head >= 0
        needs = line - 1 if mute else head if head != line else -1
        telling = line in slow or bool(labels.evidence[tid])
        out[line] = Item(weights[line], tokens, tid, survey.groups[tid], telling, text.strip() or b"%d" % line, needs)
    return out


def _bodies(proposal: Proposal, lines: Sequence[int]) -> list[bytes]:
    """Bodies of ascending `lines`, read run by run."""
    units, out, at = proposal.draft.units, [], 0
    while at < len(lines):
        stop = at + 1
        while stop < len(lines) and lines[stop] == lines[stop - 1] + 1:
            stop += 1
        out += units.bodies(lines[at], lines[stop - 1] + 1)
        at = stop
    return out
