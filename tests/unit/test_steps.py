"""Steps of a CI log, and which of them failed."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import pytest

from headroom_cli.formats.logs.steps import find_steps
from headroom_cli.source import read_document
from headroom_cli.stages.survey import survey
from headroom_cli.text.envelope import Envelope

GITHUB = """Current runner version: '2.330.0'
##[group]Run actions/checkout@v4
with:
##[endgroup]
##[group]Run make test
make test
##[endgroup]
ok 1
make: *** [test] Error 2
##[error]Process completed with exit code 2.
Post job cleanup.
removing files
Cleaning up orphan processes
"""
GITLAB = """Running with gitlab-runner 17.0.0
Executing "step_script" stage of the job script
$ npm ci
added 12 packages
$ npm test
1 failing
Cleaning up project directory and file based variables
ERROR: Job failed: exit code 1
"""
JENKINS = """Started by user admin
[Pipeline] { (Build)
+ make
[Pipeline] { (Test)
+ make test
make: *** [test] Error 2
[Pipeline] }
ERROR: script returned exit code 2
Finished: FAILURE
"""
TRAVIS = """$ bundle install
done
$ npm test
1 failing
The command "npm test" exited with 1.
Done. Your build exited with 1.
"""
AZURE = """##[section]Starting: Install
ok
##[section]Finishing: Install
##[section]Starting: Test
boom
##[error]Bash exited with code '1'.
##[section]Finishing: Test
"""


def steps_of(text: str, failures: Sequence[int] = ()) -> tuple[str, int, int] | None:
    found = survey(read_document(text.encode(), name="x", path=None), Envelope(()))
    failing = find_steps(found, failures).failing
    return (failing.name, failing.first, failing.stop) if failing else None


@pytest.mark.parametrize(
    ("text", "failures", "name", "first"),
    [
        (GITHUB, [8], "make test", 4),
        (GITHUB, [], "make test", 4),
        (GITLAB, [5], "npm test", 4),
        (TRAVIS, [3], "npm test", 2),
        (AZURE, [], "Test", 3),
    ],
    ids=["github", "github without failure words", "gitlab", "travis", "azure"],
)
def test_the_failing_step_is_named(text: str, failures: list[int], name: str, first: int) -> None:
    found = steps_of(text, failures)
    assert found is not None
    assert found[:2] == (name, first)
    lines = text.splitlines()
    assert found[1] < found[2] <= len(lines)


def test_a_jenkins_stage_s_last_command_failed() -> None:
    found = steps_of(JENKINS, failures=[5])
    assert found is not None
    assert found[0] in ("make test", "Test")


def test_clean_up_is_after_the_end_that_matters() -> None:
    found = survey(read_document(GITHUB.encode(), name="x", path=None), Envelope(()))
    steps = find_steps(found, [8])
    assert steps.failing is not None
    assert steps.failing.stop <= 10
    assert 9 < steps.end <= 12


@pytest.mark.parametrize("text", ["", "a\nb\n", "##[group]Run make\nok\n##[endgroup]\n"])
def test_without_a_failure_none_is_named(text: str) -> None:
    assert steps_of(text) is None


def test_the_last_failure_stands_in_for_an_outcome() -> None:
    text = "$ make\nok\n$ make test\nFAILED x\nbye\n"
    found = steps_of(text, failures=[3])
    assert found is not None
    assert found[0] == "make test"


def test_steps_cover_the_log_from_the_first_on() -> None:
    found = survey(read_document(GITHUB.encode(), name="x", path=None), Envelope(()))
    steps = find_steps(found, ()).steps
    assert [step.name for step in steps][:2] == ["actions/checkout@v4", "make test"]
    assert all(one.stop == other.first for one, other in pairwise(steps))
    assert steps[-1].stop == len(found)


def test_a_late_outcome_does_not_make_the_clean_up_the_failing_step() -> None:
    lines = [
        'Executing "step_script" stage of the job script',
        "$ ./check-sizes.sh",
        *(f"asset {n} is {n} KiB" for n in range(30)),
        "engine.wasm 412 KiB, 12 KiB over",
        "Running after_script",
        "Running after script...",
        "Cleaning up project directory and file based variables",
        "ERROR: Job failed: exit code 1",
    ]
    found = survey(read_document("\n".join(lines).encode() + b"\n", name="x", path=None), Envelope(()))
    steps = find_steps(found, [len(lines) - 1])
    assert steps.failing is not None
    assert steps.failing.name == "./check-sizes.sh"
    assert steps.end == lines.index("Running after_script")
@pytest.mark.parametrize("command", ["cat report.json", "git diff", "kubectl get pods -A", "grep -rn total src"])
def test_a_command_that_only_shows_something_has_not_failed(command: str) -> None:
    assert steps_of(f"$ make\nok\n$ {command}\nnothing\nERROR: quota exceeded\n", [4]) is None
    assert steps_of(f"$ {command}\nnothing\n$ make\nmake: *** [all] Error 2\n", [3]) == ("make", 2, 4)
