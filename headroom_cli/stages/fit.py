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
    from collections.abc import Mapping, Sequence

    from headroom_cli.stages.proposal import Proposal
    from headroom_cli.tokens import TokenCounter

__all__ = ["Goal", "Part", "select_lines"]

TRIES = 12
NEAR = 1.25
"""How far one unit may pass the target where otherwise nothing would be shown."""
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
        self.items: Mapping[int, Item] = {}
        self.first: Sequence[int] = []
        self.offsets: list[int] = []
        if len(parts) == 1:
            self.items, self.first = parts[0].proposal.items(counter)
            self.offsets.append(0)
            return
        pooled: dict[int, Item] = {}
        firsts: list[int] = []
        offset = family = 0
        for part in parts:
            items, first = part.proposal.items(counter)
            self.offsets.append(offset)
            for line, item in items.items():
                needs = item.needs + offset if item.needs >= 0 else -1
                brings = item.brings + offset if item.brings >= 0 else -1
                pooled[offset + line] = item._replace(family=item.family + family, group=item.group + family, needs=needs, brings=brings)
            firsts += [offset + line for line in first]
            offset += len(part.proposal.draft.keep) + 2
            family += part.proposal.families
        self.items, self.first = pooled, firsts

    def keep(self, order: Sequence[int], *, close: bool = True) -> None:
        """Keep the lines in `order` in their drafts, cut all others."""
        for part in self.parts:
            part.proposal.draft.keep[:] = bytes(len(part.proposal.draft.keep))
        for place in order:
            owner = bisect_right(self.offsets, place) - 1
            self.parts[owner].proposal.draft.keep[place - self.offsets[owner]] = 1
        for part in self.parts if close else ():
            close_small_gaps(part.proposal, part.dropped)

    def keeps(self) -> bool:
        """Whether anything at all stays."""
        return any(1 in part.proposal.draft.keep for part in self.parts)

    def heaviest(self, most: int) -> list[int]:
        """The weightiest place that needs nothing and has at most `most` tokens, the first of equals; none where there is none."""
        alone = [(-item.weight, place) for place, item in self.items.items() if item.needs < 0 and item.weight > 0 and item.tokens <= most]
        return [min(alone)[1]] if alone else []

    def lacks_evidence(self, order: Sequence[int]) -> bool:
        """Whether evidence is not in `order`."""
        taken = set(order)
        return any(item.evidence and place not in taken for place, item in self.items.items())

    def quality(self) -> float:
        """The lowest of the drafts."""
        return min(part.proposal.quality() for part in self.parts)


class _Search:
    """The budget of the next try, by what came of the last one."""

    __slots__ = ("best", "budget", "fill", "fits", "goal", "limit")

    def __init__(self, goal: Goal) -> None:
        self.goal = goal
        self.limit = self.budget = max(goal.tokens, goal.at_least)
        self.fill = goal.at_least > 0
        self.fits = -1  # the largest budget whose choice fits
        self.best: Sequence[int] | None = None  # that choice

    def goes_on(self, pool: _Pool, order: Sequence[int], spent: bool, size: int) -> bool:
        """Whether there is a better budget. Overshoot is taken off it; room that is left while evidence is cut, shortfall of `at_least`
        and of `min_quality` are added to it."""
        goal, more = self.goal, len(order) < len(pool.items)
        if size > self.limit and len(order) <= len(pool.first) and not goal.hard:
            self.limit = self.budget = size  # what goes first passes the goal by itself
        room = spent and size < NEARLY * self.limit and self.budget > self.fits
        if size <= self.limit and self.budget > self.fits:
            self.fits, self.best = self.budget, order
        if not self.fill and size < BARREN * self.limit and (not order or pool.quality() < POOR):
            self.fill = True
        elif size > self.limit:
            if self.best is not None or len(order) <= len(pool.first) or self.budget <= 0:
                return False
            self.budget = max(0, int(0.9 * self.budget * self.limit / size) - 4, self.budget - int((size - self.limit) * 1.05) - 4)
        elif more and size < goal.at_least:
            self.budget += int((goal.at_least - size) * 1.1) + MARKER_TOKENS
            self.limit = max(self.limit, self.budget + MARKER_TOKENS)
        elif more and not goal.hard and pool.quality() < goal.min_quality:
            self.budget, self.limit = int(self.budget * 1.4) + 50, ENDLESS
        elif room and self.limit < ENDLESS and pool.lacks_evidence(order):
            self.budget += int(0.9 * (self.limit - size))
        else:
            return False
        return True


def select_lines(parts: Sequence[Part], goal: Goal, counter: TokenCounter, measure: Callable[[], int]) -> None:
    """Cut what does not fit `goal`. `measure` renders the drafts as they stand and counts them exactly."""
    pool, search = _Pool(parts, counter), _Search(goal)
    selection = Selection(pool.items, pool.first)
    for _ in range(TRIES):
        order, spent = selection.order(search.budget, fill=search.fill)
        pool.keep(order)
        if not search.goes_on(pool, order, spent, measure()):
            break
    if search.best is not None and measure() > search.limit:
        pool.keep(search.best)
    if not goal.hard and not pool.keeps():
        pool.keep(pool.heaviest(int(NEAR * search.limit)))
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
