"""What a question about a log is after, beyond its words: a failure, warnings, what took long, a version, a command, an address.

    "What is the root cause of this failed build?"  ->  failure: its words name nothing, the log's own evidence answers
    "Which step took longest?"                      ->  time: lines that say how long something took
    "Why did test_cart_total fail?"                 ->  failure, and `test_cart_total` is still sought
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple

from headroom_cli.text.regex import compiled

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["FAILURE", "Intent", "intents_of", "named"]


class Intent(NamedTuple):
    """One thing that people ask logs for: the question's form, and what an answer looks like ("" where evidence answers)."""

    name: str
    asks: str
    answers: str


FAILURE = "failure"
INTENTS: tuple[Intent, ...] = (
    Intent(
        FAILURE,
        r"\b(?:fail\w*|br[eo]ke\w*|break\w*|crash\w*|root cause|(?:went|is|goes) wrong|errors?|problems?|reason|red|why)\b"
        r"|\bnot (?:pass|succeed|work)",
        "",
    ),
    Intent("warnings", r"\b(?:warn\w*|deprecat\w*)\b", r"\b[Ww]arn(?:ing)?s?\b|\bWARN(?:ING)?\b|[Dd]eprecat"),
    Intent(
        "time", r"\b(?:how long|slow\w*|long(?:est|er)?|duration|took|times? out|timed? ?out|hang\w*|hung|stuck)\b",
        r"\b\d+(?:\.\d+)? ?(?:ms|s|secs?|seconds?|m|mins?|minutes?|h|hours?)\b|\b(?:timed? ?out|timeout|elapsed|took)\b",
    ),
    Intent("version", r"\bversions?\b|\brelease number\b", r"\bv?\d+\.\d+(?:\.\d+)*\b"),
    Intent("command", r"\bcommands?\b|\bwas (?:run|executed|called|invoked)\b", r"^(?:\$|\+{1,3}|>|##\[group\]Run|\[command\]|%|Run) ?\S"),
    Intent("address", r"\b(?:urls?|links?|addresses|hosts?|endpoints?)\b", r"\bhttps?://|\b\d{1,3}(?:\.\d{1,3}){3}\b"),
)  # fmt: skip
_GENERAL = frozenset((
    "all", "any", "break", "broke", "broken", "build", "builds", "built", "came", "caus", "cause", "causes", "ci", "crash", "crashed",
    "crashing", "described", "error", "errors", "exact", "exactly", "exit", "explain", "fail", "failed", "failing", "fails", "failure",
    "failures", "fix", "go", "goes", "going", "happen", "happened", "happens", "hit", "identify", "issue", "issues", "job", "jobs", "kind",
    "kinds", "log", "logs", "main", "message", "messages", "most", "name", "names", "not", "occur", "occurred", "occurs", "out", "output",
    "package", "packages", "pass", "passed", "pipeline", "problem", "problems", "project", "reason", "reasons", "red", "report",
    "reported", "reports", "root", "run", "running", "runs", "step", "steps", "stop", "stopped", "succeed", "suite", "task", "test",
    "tests", "that", "their", "tool", "went", "what", "work", "workflow", "working", "wrong",
))  # fmt: skip
"""Words of a question after a failure that name no failure: what any log of a failed run is full of."""


@lru_cache(maxsize=8)
def intents_of(question: str) -> tuple[Intent, ...]:
    """The intents of a question, in the order of INTENTS."""
    return tuple(intent for intent in INTENTS if compiled(intent.asks).search(question.lower()))


def named(question: str, intents: Sequence[Intent]) -> str:
    """What is left of a question after a failure that could name one: its own words, without those of any such question."""
    if all(intent.name != FAILURE for intent in intents):
        return question
    return " ".join(word for word in question.split() if re.sub(r"\W", "", word).lower() not in _GENERAL)
