"""The last stage: which lines to keep for a number of tokens, by marginal gain.

Each further line of a template is worth half, each of the same first words a little less; members of a list of failures fall
more slowly, since what differs in them is the information. Opening a gap costs a marker, so lines beside kept lines are nearly free.
The order is that of a lazy greedy heap over gain / sqrt(tokens).

    budget 300 tokens  ->  [failing command, exit code, first head of each kind, then by gain ...]
"""

from __future__ import annotations

from array import array
from collections.abc import Iterable, Mapping, Sequence
from heapq import heapify, heappop, heappush
from math import exp, log1p, sqrt
from typing import NamedTuple

__all__ = ["MARKER_TOKENS", "Item", "Selection", "select"]

MARKER_TOKENS = 8
"""What a short marker costs with its newline."""


class Item(NamedTuple):
    """One candidate. `family` and `group` say which items tell the same; `slow` families fall by `SLOW` instead of half."""

    weight: float
    tokens: int
    family: int
    group: int
    slow: bool
    text: bytes  # a second copy is worth a tenth
    needs: int = -1  # the place without which this one misleads: its block's head, what a caret points at
    brings: int = -1  # the place that is taken with it: a head without the message under it tells half
    evidence: bool = False  # room that is left is used for it


LEAST, LEAST_EVIDENCE = 0.01, 0.001
"""Gain by root of tokens under which a line, and a line of evidence, is not worth its place even where there is room."""
NEVER = -20.0
"""A weight from which a line comes only with one that needs it, whatever room there is: half of a statement says nothing."""
ORDINARY = 3.0
"""The weight of a line that says nothing in particular: what is under it is worth next to nothing, even where it is cheap."""
TELLING = 1.5
"""What a head or core line is worth beside its weight: the root of its tokens alone would favour short lines of context."""
SLOW = 0.87
HALF = 0.5
GROUP = 0.9


class _State:
    """What has been taken so far."""

    __slots__ = ("families", "groups", "order", "spent", "taken", "texts")

    def __init__(self, size: int) -> None:
        self.order = array("Q")
        self.spent = 0
        self.taken = bytearray(size + 1)  # by place; the last one stands for what is before the first
        self.families: dict[int, int] = {}
        self.groups: dict[int, int] = {}
        self.texts: set[int] = set()  # hashes

    def copy(self) -> _State:
        other = _State(0)
        other.order, other.spent, other.taken = self.order[:], self.spent, bytearray(self.taken)
        other.families, other.groups, other.texts = dict(self.families), dict(self.groups), set(self.texts)
        return other

    def take(self, place: int, item: Item) -> None:
        self.order.append(place)
        self.taken[place] = 1
        self.families[item.family] = self.families.get(item.family, 0) + 1
        self.groups[item.group] = self.groups.get(item.group, 0) + 1
        self.texts.add(hash(item.text))

    def cost(self, place: int, tokens: int) -> int:
        beside = self.taken[place - 1] + self.taken[place + 1]
        return max(1, tokens + MARKER_TOKENS - MARKER_TOKENS * beside)

    def score(self, place: int, item: Item) -> float:
        gain = log1p(exp(item.weight - ORDINARY)) if item.weight < 12 else item.weight - ORDINARY
        gain *= TELLING if item.slow else 1.0
        gain *= (SLOW if item.slow else HALF) ** self.families.get(item.family, 0)
        gain *= GROUP ** min(12, self.groups.get(item.group, 0))
        if hash(item.text) in self.texts:
            gain *= 0.1
        return gain / sqrt(self.cost(place, item.tokens))


class Selection:
    """A choice among `items` that is made for several budgets: those in `first` are taken whatever they cost, all others are scored
    once."""

    __slots__ = ("_heap", "_items", "_state")

    def __init__(self, items: Mapping[int, Item], first: Iterable[int] = ()) -> None:
        self._items = items
        self._state = state = _State(max(items, default=0) + 1)
        for place in first:
            if place in items and not state.taken[place]:
                state.spent += state.cost(place, items[place].tokens)
                state.take(place, items[place])
        self._heap = [(-state.score(place, item), place) for place, item in items.items() if not state.taken[place] and item.weight > NEVER]
        heapify(self._heap)

    def order(self, budget: int, *, fill: bool = False) -> tuple[Sequence[int], bool]:
        """Places in the order they are taken, until `budget` tokens are spent; and whether it was the budget that ended it.

        Items that tell next to nothing are left out unless `fill` asks to use the budget up.
        """
        if self._state.spent >= budget:
            return self._state.order, bool(self._heap)
        items, state, heap = self._items, self._state.copy(), list(self._heap)
        spent = False
        while heap and state.spent < budget:
            _, place = heappop(heap)
            if state.taken[place]:
                continue
            item = items[place]
            score = state.score(place, item)
            if heap and score < -heap[0][0] - 1e-9:
                heappush(heap, (-score, place))
                continue
            if not fill and score < (LEAST_EVIDENCE if item.slow else LEAST):
                if score < LEAST_EVIDENCE:
                    break
                continue
            chain = _with_needs(place, items, state.taken, budget + MARKER_TOKENS - state.spent)
            if not chain:
                spent = True
                continue
            cost = sum(state.cost(each, items[each].tokens) for each in chain)
            if state.spent + cost > budget + MARKER_TOKENS:
                spent = True
                continue
            state.spent += cost
            for each in chain:
                state.take(each, items[each])
                for near in (each - 1, each + 1):  # a neighbour has become cheaper
                    if near in items and not state.taken[near] and items[near].weight > NEVER:
                        heappush(heap, (-state.score(near, items[near]), near))
        return state.order, spent or bool(heap and state.spent >= budget)


def select(items: Mapping[int, Item], budget: int, first: Iterable[int] = (), *, fill: bool = False) -> list[int]:
    """Places of `items` in the order they are taken for one budget; see `Selection`."""
    return list(Selection(items, first).order(budget, fill=fill)[0])


def _with_needs(place: int, items: Mapping[int, Item], taken: bytearray, room: int) -> list[int]:
    """`place` after all that it needs and that is not there yet, and what these bring along; nothing where that is over `room` tokens."""
    chain, there, cost = [place], {place}, items[place].tokens
    while (needed := items[chain[-1]].needs) >= 0 and needed in items and not taken[needed] and needed not in there:
        chain.append(needed)
        there.add(needed)
        cost += items[needed].tokens
        if cost > room:
            return []
    chain.reverse()
    for each in list(chain):
        if (brought := items[each].brings) >= 0 and brought in items and not taken[brought] and brought not in there:
            chain.append(brought)
            there.add(brought)
    return chain
