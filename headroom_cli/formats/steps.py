r"""The structure of a CI log: its steps, which one failed, and where the part that matters ends.

    ##[group]Run make test        step "make test"
    ...
    ##[error]Process completed    it failed here; what follows is clean-up

The end that matters is the end of the failing step. Where a runner prints no outcome, the last strong failure stands in for it.
"""

from __future__ import annotations

from itertools import compress
from typing import TYPE_CHECKING, NamedTuple

from headroom_cli.stages.labels import compiled

if TYPE_CHECKING:
    from headroom_cli.stages.survey import Survey

__all__ = ["Step", "Steps", "find_steps"]

# One line that opens a step; the group is its name.
_OPENS = (
    r"^##\[group\](?:Run |Starting: )(.+)|^(Post job cleanup)\.?$|^##\[section\]Starting: (.+)|"
    r'^Executing "(\w+)" stage of the job script|^(Preparing environment|Getting source from Git repository|Restoring cache|Downloading artifacts|'
    r"Saving cache for .+|Uploading artifacts for .+|Running after_script|Cleaning up project directory.*)$|"
    r"^\[Pipeline\] \{ \((.+)\)$|^\[[^\]]{1,60}\] \$ (.+)|^(?:\[0K)?\$ (\S.*)|^\+ (\S.*)|^~~~ (?:\S+ )?(.+)|^--- (?:\S+ )?([A-Z].{2,80})$|^#!/bin/bash -eo pipefail|"
    r"^\$ /bin/bash -c (.+)|^> [\w@./-]+ (\w[\w:-]*)$|^Step \d+/\d+ : (.+)|^#\d+ \[[^\]]+\] (.+)"
)
# One line by which a runner says that the step failed.
_FAILS = (
    r"^##\[error\]|^ERROR: Job failed|^The command \".*\" (?:exited with [1-9]|failed)|^Build step '.*' (?:marked build as|changed build result to) failure|"
    r"^Finished: FAILURE|^ERROR: script returned exit code|^Exited with code exit status [1-9]|^🚨 Error:|^\^\^\^ \+\+\+|^Error: Process completed with exit code"
)
_LATE = r"^Finished: |^##\[error\](?:The operation was canceled|Process completed)|^ERROR: Job failed|^Error: Process completed"


class Step(NamedTuple):
    """Lines `first` to `stop` (exclusive)."""

    first: int
    stop: int
    name: str


class Steps(NamedTuple):
    """`failing` is the step that failed (None: unknown), `end` the line after the part that matters."""

    steps: tuple[Step, ...]
    failing: Step | None
    end: int


def find_steps(survey: Survey, last_failure: int | None) -> Steps:
    """Steps by the runner's marks. `last_failure` is the last strong failure line, used where no outcome is printed."""
    size, total = len(survey.templates), len(survey)
    opens, fails = bytearray(size), bytearray(size)
    for tid, text in enumerate(survey.exemplars):
        opens[tid] = 1 if compiled(_OPENS).match(text) else 0
        fails[tid] = 1 if compiled(_FAILS).match(text) else 0
    heads = list(compress(range(total), map(opens.__getitem__, survey.tids)))[:5_000]
    steps = tuple(Step(first, stop, _name(survey, first)) for first, stop in zip(heads, [*heads[1:], total], strict=False))
    marks = list(compress(range(total), map(fails.__getitem__, survey.tids)))[:5_000]
    return Steps(steps, *_failing(survey, steps, marks, last_failure))


def _name(survey: Survey, line: int) -> str:
    found = compiled(_OPENS).match(survey.body(line).decode("utf-8", "replace"))
    return next((group for group in found.groups() if group), "").strip() if found else ""


def _failing(survey: Survey, steps: tuple[Step, ...], marks: list[int], last_failure: int | None) -> tuple[Step | None, int]:
    total = len(survey)
    telling = [line for line in marks if not compiled(_LATE).match(survey.body(line).decode("utf-8", "replace"))]
    where = marks[0] if marks and marks[0] in telling else marks[0] if marks else last_failure
    if where is None:
        return None, total
    end = max((line for line in marks if line - where < 400), default=where) + 1 if marks else where + 1
    step = next((step for step in reversed(steps) if step.first <= where), None)
    if step is None:
        return None, min(total, end + 2)
    return Step(step.first, min(step.stop, max(end, step.first + 1)), step.name), min(total, end + 2)
