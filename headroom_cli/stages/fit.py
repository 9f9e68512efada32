"""Selection to a number: lines are chosen, rendered and counted exactly until the output fits.

target 800, first try 846 tokens  ->  the last choices go  ->  797 tokens
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable
from typing import TYPE_CHECKING, NamedTuple

from headroom_cli.stages.proposal import close_small_gaps
from headroom_cli.stages.select import MARKER_TOKENS, Item, Selection

if TYPE_CHECKING:
    from collections.abc import Sequence

    from headroom_cli.stages.proposal import Proposal
    from headroom_cli.tokens import TokenCounter

__all__ = ["Goal", "Part", "select_lines"]

TRIES = 12
NEARLY = 0.95
"""Share of the limit under which room that is left is used."""
ENDLESS = 1 << 60
"""The limit of a choice that grows until it has its quality."""
BARREN, POOR = 0.25, 0.5
"""Share of the limit, and quality, under which a choice of what tells is no answer: then the room is used for what there is."""


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
            items, first = part.proposal.items(counter)
            self.offsets.append(offset)
            if not offset:
                self.items.update(items)
            for line, item in items.items() if offset else ():
                needs = item.needs + offset if item.needs >= 0 else -1
                brings = item.brings + offset if item.brings >= 0 else -1
                self.items[offset + line] = item._replace(family=item.family + family, group=item.group + family, needs=needs, brings=brings)
            self.first += [offset + line for line in first]
            offset += len(part.proposal.draft.keep) + 2
            family += part.proposal.families

    def keep(self, order: Sequence[int], *, close: bool = True) -> None:
        """Keep the lines in `order` in their drafts, cut all others."""
        for part in self.parts:
            part.proposal.draft.keep[:] = bytes(len(part.proposal.draft.keep))
        for place in order:
            owner = bisect_right(self.offsets, place) - 1
            self.parts[owner].proposal.draft.keep[place - self.offsets[owner]] = 1
        for part in self.parts if close else ():
            close_small_gaps(part.proposal, part.dropped)

    def quality(self) -> float:
        """The lowest of the drafts."""
        return min(part.proposal.quality() for part in self.parts)


def select_lines(parts: Sequence[Part], goal: Goal, counter: TokenCounter, measure: Callable[[], int]) -> None:
    """Cut what does not fit `goal`. `measure` renders the drafts as they stand and counts them exactly.

    Overshoot is taken off the budget; room that is left, shortfall of `at_least` and of `min_quality` are added to it.
    """
    pool = _Pool(parts, counter)
    limit = max(goal.tokens, goal.at_least)
    budget, fits, best = limit, -1, None
    selection = Selection(pool.items, pool.first)
    fill = goal.at_least > 0
    for _ in range(TRIES):
        order, spent = selection.order(budget, fill=fill)
        pool.keep(order)
        size = measure()
        if size > limit and len(order) <= len(pool.first) and not goal.hard:
            limit = budget = size  # what goes first passes the goal by itself
        room = spent and size < NEARLY * limit and budget > fits
        if size <= limit and budget > fits:
            fits, best = budget, order
        if not fill and size < BARREN * limit and pool.quality() < POOR:
            fill = True
        elif size > limit and best is not None:
            break
        elif size > limit and len(order) > len(pool.first) and budget > 0:
            budget = max(0, int(0.9 * budget * limit / size) - 4, budget - int((size - limit) * 1.05) - 4)
        elif size > limit:
            break
        elif len(order) < len(pool.items) and size < goal.at_least:
            budget += int((goal.at_least - size) * 1.1) + MARKER_TOKENS
            limit = max(limit, budget + MARKER_TOKENS)
        elif len(order) < len(pool.items) and not goal.hard and pool.quality() < goal.min_quality:
            budget = int(budget * 1.4) + 50
            limit = ENDLESS
        elif room and limit < ENDLESS:
            budget += int(0.9 * (limit - size))
        else:
            return
    if best is not None and measure() > limit:
        pool.keep(best)
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
