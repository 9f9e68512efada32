r"""The structure of a CI log: its steps, which one failed, and where the part that matters ends.

    ##[group]Run make test        step "make test"
    ...
    ##[error]Process completed    it failed here; what follows is clean-up

The end that matters is the end of the failing step. Where a runner prints no outcome, the last strong failure stands in for it.
"""

from __future__ import annotations

from itertools import compress, islice
from typing import TYPE_CHECKING, NamedTuple

from headroom_cli.text.regex import alternatives, compiled

if TYPE_CHECKING:
    from collections.abc import Sequence

    from headroom_cli.stages.survey import Survey
    from headroom_cli.text.regex import Parts

__all__ = ["Step", "Steps", "find_steps"]

MOST_MARKS = 5_000
# One line by which a runner opens a step, with what it must hold; the group is the step's name.
_OPENS = (
    (("##[",), r"^##\[group\](?:Run |Starting: )(.+)|^##\[section\]Starting: (.+)"),
    (("Post job cleanup",), r"^(Post job cleanup)\.?$"),
    ((" stage of the job script",), r'^Executing "(\w+)" stage of the job script'),
    (("Preparing environment", "Getting source from ", "Restoring cache"), r"^(Preparing environment|Getting source from Git repository|Restoring cache)$"),
    (
        ("Downloading artifacts", "Saving cache ", "Uploading artifacts ", "Running after_script", "Cleaning up "),
        r"^(Downloading artifacts|Saving cache for .+|Uploading artifacts for .+|Running after_script|Cleaning up project directory.*)$",
    ),
    (("[Pipeline] { (",), r"^\[Pipeline\] \{ \((.+)\)$"),
    (("] $ ",), r"^\[[^\]]{1,60}\] \$ (.+)"),
    (("~~~ ", "--- :"), r"^~~~ (?::\S+: )?(.+)|^--- :\S+: (.+)"),
    (("#!/bin/bash -eo",), r"^#!/bin/bash -eo pipefail"),
    (("#",), r"^#\d+ \[[^\]]+\] (.+)"),
    (("Step ",), r"^Step \d+/\d+ : (.+)"),
)
# One line by which a shell says what it runs. `+ ` is also a line of a diff and of a script's own `set -x`.
_DOLLAR = ((("$ ",), r"^\$ ([\w./].*)"),)
_PLUS = ((("+ ",), r"^\+ ([\w./-]+(?: .*)?)$"),)
_SHELL = ((("[Pipeline] ",), r"^\[Pipeline\] (?:sh|bat|powershell)$"), (("] $ ",), r"^\[[^\]]{1,60}\] \$ "))
# A command that only prepares the one that does the work.
_PREPARES = r"^(?:set |cd |export |echo |source |\. |#|\{|\[|true\b|mkdir |ls\b|pwd\b|env\b|[A-Z_]+=\S*$)"
# A command that only shows something: a failure in what it shows is not its own.
_SHOWS = frozenset(
    (
        *("cat", "less", "more", "head", "tail", "bat", "sed -n", "grep", "egrep", "rg", "ag", "ack", "ls", "find", "tree", "jq"),
        *("git diff", "git log", "git show", "git status", "git grep", "git blame"),
        *("kubectl get", "kubectl describe", "kubectl logs", "docker ps", "docker logs", "docker inspect"),
    )
)
# One line by which a runner says, inside a step, that the step failed.
_FAILS = (
    (("##[error]",), r"^##\[error\]"),
    (('The command "',), r"^The command \".*\" (?:exited with [1-9]|failed)"),
    (("Error: Process completed ",), r"^Error: Process completed with exit code"),
    (("exit status", "exited with status"), r"^Exited with code exit status [1-9]|^The command exited with status [1-9]|^user command error: exit status [1-9]"),
    (("🚨", "^^^ +++"), r"^🚨 Error:|^\^\^\^ \+\+\+"),
)
# One line by which it says so after the fact, when other steps may have come between.
_FAILED = (
    (("ERROR: Job failed", "ERROR: script returned"), r"^ERROR: Job failed|^ERROR: script returned exit code"),
    (("Build step '",), r"^Build step '.*' (?:marked build as|changed build result to) failure"),
    (("Finished: FAILURE",), r"^Finished: FAILURE"),
    (("skipped due to earlier failure",), r"^Stage \".*\" skipped due to earlier failure"),
)

# A step that comes after the work, whatever became of it.
_AFTERWARDS = r"(?i)(?:cleaning up|uploading|saving|running after_script|post[- ]|declarative: post|finali[sz]e|complete job|tear ?down)"


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


def find_steps(survey: Survey, failures: Sequence[int]) -> Steps:
    """Steps by the runner's marks. `failures` are the lines of strong failures, in order: they stand in where no outcome is printed."""
    total = len(survey)
    heads = _heads(survey)
    steps = tuple(Step(first, stop, _name(survey, first)) for first, stop in zip(heads, [*heads[1:], total], strict=False))
    inside, late = _lines(survey, _FAILS), _lines(survey, _FAILED)
    failing, end = _failing(steps, inside, late, failures, total)
    words = failing.name.split(" ", 2) if failing else []
    if not inside and not late and not _SHOWS.isdisjoint((*words[:1], " ".join(words[:2]))):
        failing = None
    return Steps(steps, failing._replace(name=_command(survey, failing)) if failing else None, end)


def _command(survey: Survey, step: Step) -> str:
    """What a step is called: its own name, or where that only prepares, the last command that its shell traced, or the first real one."""
    if step.name and not compiled(_PREPARES).match(step.name):
        return step.name
    traced = [line for line in _lines(survey, _PLUS) if step.first <= line < step.stop]
    if traced:
        return survey.glance(traced[-1])[2:].strip()
    for line in range(step.first + 1, min(step.first + 12, step.stop)):
        text = survey.glance(line).strip().removeprefix("$ ")
        if text.startswith(("##[endgroup]", "shell: ")):
            break
        if text and not compiled(_PREPARES).match(text):
            return text
    return step.name


def _heads(survey: Survey) -> list[int]:
    """The lines that open steps: a runner's own, `$ command`, and `+ command` where it is the first of a runner's shell or there is
    nothing better."""
    runner, dollar, plus, shells = (_lines(survey, pattern) for pattern in (_OPENS, _DOLLAR, _PLUS, _SHELL))
    if runner and shells:
        after = {shell + 1 for shell in shells}
        plus = [line for line in plus if line in after]
    elif runner or dollar:
        plus = []
    else:
        plus = [line for line in plus if line and not survey.glance(line - 1).startswith("-") and survey.glance(line - 1).strip()]
    return sorted({*runner, *dollar, *plus})


def _lines(survey: Survey, marks: Parts) -> list[int]:
    """Lines of the templates that match, at most MOST_MARKS."""
    pattern = alternatives(marks, survey.whole)
    if pattern is None:
        return []
    flags = bytes(1 if pattern.match(text) else 0 for text in survey.exemplars)
    return list(islice(compress(range(len(survey)), map(flags.__getitem__, survey.tids)), MOST_MARKS)) if 1 in flags else []


def _name(survey: Survey, line: int) -> str:
    text = survey.glance(line)
    pattern = alternatives((*_OPENS, *_DOLLAR, *_PLUS), text)
    found = pattern.match(text) if pattern is not None else None
    return next((group for group in found.groups() if group), "").strip() if found else ""


def _failing(steps: Sequence[Step], inside: Sequence[int], late: Sequence[int], failures: Sequence[int], total: int) -> tuple[Step | None, int]:
    if not inside and late and steps:
        after = next((step.first for step in steps if compiled(_AFTERWARDS).match(step.name)), late[0])
        before = [line for line in failures if line < min(after, late[0])]
        work = next((step for step in reversed(steps) if step.first < late[0] and not compiled(_AFTERWARDS).match(step.name)), None)
        if not before and work is not None:  # nothing sounds like a failure: the last step that is no clean-up is the one
            stop = min(work.stop, after) if after > work.first else work.stop
            return work._replace(stop=stop), stop
    if inside:
        where = inside[0]
        end = max(line for line in inside if line - where < 400) + 1
    else:
        before = [line for line in failures if not late or line < late[0]] or list(failures) or list(late)
        if not before:
            return None, total
        where = before[-1]
        end = late[0] + 1 if late and late[0] > where else where + 1
    step = next((step for step in reversed(steps) if step.first <= where), None)
    end = min(total, end + 2)
    return (Step(step.first, min(step.stop, max(end, where + 1)), step.name) if step else None), end
