"""Selection to a number: lines are chosen, rendered and counted exactly until the output fits.

    target 800, first try 846 tokens  ->  the last choices go  ->  797 tokens
"""

from __future__ import annotations

from collections.abc import Callable
from itertools import compress
from typing import TYPE_CHECKING, NamedTuple

from headroom_cli.stages.cuts import close_small_gaps
from headroom_cli.stages.quality import quality
from headroom_cli.stages.select import MARKER_TOKENS, Item, select
from headroom_cli.stages.weigh import candidates, line_weights

if TYPE_CHECKING:
    from collections.abc import Sequence

    from headroom_cli.stages.blocks import Block
    from headroom_cli.stages.proposal import Proposal
    from headroom_cli.tokens import TokenCounter

__all__ = ["Goal", "heads", "select_lines"]

TRIES = 12


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


def select_lines(proposal: Proposal, goal: Goal, dropped: bytearray, counter: TokenCounter, measure: Callable[[], int]) -> None:
    """Cut what does not fit `goal`. `measure` renders the draft as it stands and counts it exactly."""
    draft, survey = proposal.draft, proposal.survey
    alive = bytes(draft.keep)
    lines = candidates(survey, proposal.weights, proposal.blocks, proposal.focus, draft.keep)
    weights = line_weights(survey, proposal.weights, proposal.blocks, proposal.focus, lines)
    items = _items(proposal, weights, lines, counter)
    held = [line for line in compress(range(len(survey)), draft.held) if alive[line]]
    first = held + [line for line in (*proposal.first, *heads(proposal.blocks, weights)) if line in items]
    for line in held:
        if line not in items:
            items[line] = Item(9.0, proposal.tokens[survey.tids[line]], survey.tids[line], 0, True, line)
    budget = max(goal.tokens, goal.at_least)
    low, high = 0, 0
    for _ in range(TRIES):
        order = select(items, budget, first, fill=goal.at_least > 0)
        _keep(proposal, order, dropped)
        size = measure()
        if size > max(goal.tokens, goal.at_least) and (goal.hard or len(order) > len(first)):
            high = budget
            step = int((size - max(goal.tokens, goal.at_least)) * 1.1) + 4
            budget = max(low + (high - low) // 2 if low else 0, budget - step) if budget - step > 0 else 0
            if budget <= 0 or (low and high - low < MARKER_TOKENS):
                budget = low
                if not low:
                    break
        elif goal.min_quality and quality(proposal) < goal.min_quality and len(order) < len(items) and not goal.hard:
            goal = goal._replace(tokens=int(goal.tokens * 1.4) + 50)
            budget = goal.tokens
        elif goal.at_least and size < goal.at_least and len(order) < len(items):
            low, budget = budget, budget + int((goal.at_least - size) * 1.1) + MARKER_TOKENS
            goal = goal._replace(tokens=max(goal.tokens, budget))
        else:
            return
    if goal.hard:
        _squeeze(proposal, goal.tokens, first, dropped, measure)


def _squeeze(proposal: Proposal, tokens: int, first: Sequence[int], dropped: bytearray, measure: Callable[[], int]) -> None:
    """Nothing but the first lines, then fewer and fewer of them, until `max_tokens` holds."""
    keep = list(dict.fromkeys(first))
    while True:
        _keep(proposal, keep, dropped, close=False)
        if measure() <= tokens or not keep:
            return
        keep = keep[: len(keep) // 2] if len(keep) > 8 else keep[:-1]


def _items(proposal: Proposal, weights: dict[int, float], lines: Sequence[int], counter: TokenCounter) -> dict[int, Item]:
    survey, labels, draft = proposal.survey, proposal.labels, proposal.draft
    texts = [draft.swaps.get(line) or body for line, body in zip(lines, _bodies(proposal, lines), strict=True)]
    counts = counter.count_many([text.decode("utf-8", "surrogateescape") + "\n" for text in texts])
    slow = {line for block in proposal.blocks for line in (block.head, *block.core)}
    out: dict[int, Item] = {}
    for line, text, tokens in zip(lines, texts, counts, strict=True):
        tid = survey.tids[line]
        telling = line in slow or bool(labels.evidence[tid])
        out[line] = Item(weights[line], tokens, tid, survey.groups[tid], telling, hash(text.strip()) if text.strip() else line)
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


def _keep(proposal: Proposal, order: Sequence[int], dropped: bytearray, *, close: bool = True) -> None:
    draft = proposal.draft
    draft.keep[:] = bytes(len(draft.keep))
    for line in order:
        draft.keep[line] = 1
    if close:
        close_small_gaps(proposal, dropped)
