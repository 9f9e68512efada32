"""What answers a question about a log: templates gain weight, lines with the very number or name that was asked for are held.

    "what happened to order 55500?"      ->  the line of that order stays, though 3,000 others have its template
    "What is the root cause?"            ->  nothing is raised: the evidence answers
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from headroom_cli.text.intents import FAILURE, intents_of, named
from headroom_cli.text.query import Query
from headroom_cli.text.regex import compiled

if TYPE_CHECKING:
    from headroom_cli.draft import Draft
    from headroom_cli.stages.labels import Labels
    from headroom_cli.stages.survey import Survey

__all__ = ["ask", "hold_answers"]

ANSWER = 6.0
"""What the template that answers a query best gains; half of it where the question is after a failure, which evidence answers."""
INTENT = 2.0
"""What a template gains that looks like an answer of the kind that is asked for."""
MOST_ANSWERS = 20


def ask(found: Survey, labels: Labels, query: str) -> None:
    """Raise the templates that answer the query; the kind counts as a word of the line, so that "which timeouts" finds what timed out."""
    intents = intents_of(query)
    scores = Query(named(query, intents)).scores([f"{text} {kind}" for text, kind in zip(found.exemplars, labels.kinds, strict=True)])
    most = ANSWER / 2 if any(intent.name == FAILURE for intent in intents) else ANSWER
    looks = [compiled(intent.answers) for intent in intents if intent.answers]
    top = max(scores, default=0.0)
    for tid, (score, text) in enumerate(zip(scores, found.exemplars, strict=True)):
        gain = most * score / top if score > 0.2 * top else 0.0
        gain += INTENT * sum(1 for look in looks if look.search(text))
        if gain:
            labels.weights[tid] += gain
            labels.noise[tid] = 0


def hold_answers(draft: Draft, found: Survey, labels: Labels, query: str) -> None:
    """Hold the lines that answer best: numbers and names that a template masks can be what was asked for."""
    intents = intents_of(query)
    asked = Query(named(query, intents))
    if any(intent.name == FAILURE for intent in intents) and not asked.exact:
        return
    raised = sorted(range(len(found.templates)), key=lambda tid: (-labels.weights[tid], tid))[:200]
    wanted = set(raised)
    lines = [line for line, tid in enumerate(found.tids) if tid in wanted][:20_000]
    scores = asked.scores([found.glance(line) for line in lines])
    top = max(scores, default=0.0)
    best = sorted(range(len(lines)), key=lambda place: (-scores[place], place))[:MOST_ANSWERS]
    for place in best:
        if top and scores[place] > 0.6 * top:
            draft.held[lines[place]] = 1
