"""What a format proposes and stages work on: a draft with the columns that its weights come from."""

from __future__ import annotations

from array import array
from itertools import compress
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from headroom_cli.draft import Draft
    from headroom_cli.stages.blocks import Block
    from headroom_cli.stages.labels import Labels
    from headroom_cli.stages.survey import Survey
    from headroom_cli.stages.weigh import Focus

__all__ = ["Proposal", "estimated_tokens"]


class Proposal(NamedTuple):
    """One document, read by its format. Stages change `draft` only."""

    draft: Draft
    survey: Survey
    labels: Labels
    blocks: list[Block]
    weights: array[float]  # of each template
    tokens: array[int]  # of one line of each template, newline included
    focus: Focus
    first: tuple[int, ...]  # lines that selection takes first: the failing step, its command, its exit code


def estimated_tokens(proposal: Proposal) -> int:
    """Tokens of the draft as it stands, from one line of each template: near enough to decide whether a further stage is needed."""
    keep = proposal.draft.keep
    kept = sum(compress(map(proposal.tokens.__getitem__, proposal.survey.tids), keep))
    return kept + 8 * (keep.count(b"\x01\x00") + (1 if keep[:1] == b"\x00" else 0))
