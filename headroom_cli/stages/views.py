"""Blocks and candidates of large documents, made from columns when they are asked for. Loaded by the formats that have as many.

    Singles(array("I", [3, 9]), make)[1]   ->   make(9), the block whose head is line 9
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, overload

from headroom_cli.stages.blocks import Block
from headroom_cli.stages.select import Item

if TYPE_CHECKING:
    from array import array

__all__ = ["Candidates", "Singles"]


class Singles(Sequence[Block]):
    """Blocks of one line each, made when they are asked for: a search has as many as matches."""

    __slots__ = ("_make", "heads")

    def __init__(self, heads: array[int], make: Callable[[int], Block]) -> None:
        self.heads = heads  # ascending
        self._make = make

    def __len__(self) -> int:
        return len(self.heads)

    @overload
    def __getitem__(self, place: int) -> Block: ...

    @overload
    def __getitem__(self, place: slice) -> Singles: ...

    def __getitem__(self, place: int | slice) -> Block | Singles:
        return Singles(self.heads[place], self._make) if isinstance(place, slice) else self._make(self.heads[place])


class Candidates(Mapping[int, Item]):
    """Items by place, made when they are asked for: a diff may have a hundred thousand lines of which each must stay."""

    __slots__ = ("_make", "places")

    def __init__(self, places: Sequence[int], make: Callable[[int], Item]) -> None:
        self.places = places  # ascending
        self._make = make  # from the index of a place

    def __len__(self) -> int:
        return len(self.places)

    def __iter__(self) -> Iterator[int]:
        return iter(self.places)

    def __contains__(self, place: object) -> bool:
        return self._at(place) >= 0

    def __getitem__(self, place: int) -> Item:
        at = self._at(place)
        if at < 0:
            raise KeyError(place)
        return self._make(at)

    def _at(self, place: object) -> int:
        at = bisect_left(self.places, place) if isinstance(place, int) else len(self.places)
        return at if at < len(self.places) and self.places[at] == place else -1
