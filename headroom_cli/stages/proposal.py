"""What a format proposes: a draft, the stages that may cut in it, and what its units are worth.

A format reads a document into its own columns; the engine, selection and verify see them only through `Proposal`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol

if TYPE_CHECKING:
    from headroom_cli.draft import Draft, Units
    from headroom_cli.model import Risk
    from headroom_cli.settings import Settings
    from headroom_cli.stages.select import Item
    from headroom_cli.tokens import TokenCounter

__all__ = ["Proposal", "Stage", "close_small_gaps", "cut_lonely"]


class Stage(NamedTuple):
    """One pass over a draft: it cuts what its risk allows and nothing else. `run` gets the format's own reading."""

    name: str
    risk: Risk
    run: Callable[[Any, Settings], None]


class Proposal(Protocol):
    """One document as its format reads it."""

    @property
    def draft(self) -> Draft: ...

    @property
    def verbatim(self) -> Units:
        """The source's own units: what is rendered where nothing may be taken off."""

    @property
    def stages(self) -> tuple[Stage, ...]:
        """In risk order."""

    @property
    def families(self) -> int:
        """How many different families and groups its items name: numbers from 0."""

    def cost(self, first: int, stop: int) -> int:
        """Tokens of units `first` to `stop` (exclusive), near enough to decide."""

    def estimate(self) -> int:
        """Tokens of the draft as it stands, near enough to decide whether a further stage is needed."""

    def items(self, counter: TokenCounter) -> tuple[Mapping[int, Item], Sequence[int]]:
        """What selection may take, with exact tokens, and the units that it takes first."""

    def trivial(self, unit: int) -> bool:
        """Whether a unit tells so little that it is not worth standing alone between two gaps."""

    def describe(self, unit: int) -> list[tuple[str, str]]:
        """What is known of one unit: (what, how), for `rules explain --line`."""

    def quality(self) -> float:
        """Retained share (0-1) of excess weight."""


SMALL = 8
"""Tokens up to which a gap of at most FEW units is printed: its marker would cost as much."""
NAMED = 16
"""The same where the marker would count and name failures."""
FEW = 4


def close_small_gaps(proposal: Proposal, dropped: bytearray) -> None:
    """A gap that costs less to print than to mark is printed, unless the user asked to drop its units."""
    draft = proposal.draft
    for first, stop in list(draft.gaps()):
        if stop - first > FEW or 1 in dropped[first:stop] or (first, stop) in draft.notes or draft.headless(first, stop):
            continue
        most = NAMED if draft.hidden(first, stop) else SMALL
        if proposal.cost(first, stop) <= most and sum(map(len, draft.units.bodies(first, stop))) < 120:
            draft.keep[first:stop] = b"\x01" * (stop - first)


def cut_lonely(proposal: Proposal) -> None:
    """A unit that tells next to nothing and stands between two gaps goes with them: two markers become one. The last unit stays."""
    draft = proposal.draft
    left = draft.keep.count(1)
    at = draft.keep.find(b"\x00\x01\x00")
    while at >= 0 and left > 1:
        unit = at + 1
        if not draft.held[unit] and proposal.trivial(unit):
            draft.keep[unit] = 0
            left -= 1
        at = draft.keep.find(b"\x00\x01\x00", unit)
