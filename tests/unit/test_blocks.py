"""Which lines are one failure: its head, what says it, what may be folded."""

from __future__ import annotations

from itertools import pairwise

import pytest

import headroom
from headroom_cli.packs import open_packs
from headroom_cli.source import read_document
from headroom_cli.stages.blocks import MAX_BLOCKS, Block, block_name, find_blocks
from headroom_cli.stages.labels import Labels, label
from headroom_cli.stages.survey import Survey, survey
from headroom_cli.text.envelope import Envelope


def read(text: str, *, packs: bool = True) -> tuple[Survey, Labels]:
    found = survey(read_document(text.encode(), name="x", path=None), Envelope(()))
    return found, label(found, open_packs(lambda cue: cue in text.encode(), None) if packs else [])


def blocks_of(text: str, *, packs: bool = True) -> list[Block]:
    return find_blocks(*read(text, packs=packs))


def spans(text: str, *, packs: bool = True) -> list[tuple[str, int, int]]:
    return [(block.kind, block.first, block.stop) for block in blocks_of(text, packs=packs)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("all is well\nstep 2\n", []),
        ("x\nKilled\ny\n", [("out of memory", 1, 2)]),
        ("error: bad\n  the reason\n    deeper\nnext\n", [("error", 0, 3)]),
        ("  error: bad\n  beside\n", [("error", 0, 1)]),
        ("error: bad\n\n  apart\n", [("error", 0, 1)]),
        (
            "java.lang.IllegalStateException: x\n\tat a.B.c(B.java:1)\nCaused by: java.io.IOException: y\n\t... 3 more\nnext\n",
            [("exception", 0, 4)],
        ),
        ("error: a\nerror: b\n", [("error", 0, 1), ("error", 1, 2)]),
    ],
)
def test_a_failure_takes_what_hangs_on_it(text: str, expected: list[tuple[str, int, int]]) -> None:
    assert spans(text, packs=False) == expected


TRACEBACK = """start
Traceback (most recent call last):
  File "/opt/lib/python3.11/site-packages/x/y.py", line 3, in run
    go()
  File "app.py", line 9, in main
    start(port)
ValueError: bad port
after
"""


def test_a_traceback_is_one_block_that_its_exception_tells() -> None:
    (block,) = blocks_of(TRACEBACK)
    assert (block.first, block.stop) == (1, 7)
    assert block.head in (1, 6)
    assert {block.head, *block.core} >= {6}
    assert 6 not in block.fold


def test_compiler_errors_are_a_block_each_with_their_code() -> None:
    text = (
        "src/a.c: In function 'f':\nsrc/a.c:4:5: error: 'sun' undeclared\n    4 |   return sun;\n      |          ^~~\n"
        "src/a.c:9:1: error: expected ';'\n    9 | }\n      | ^\nmake: *** [Makefile:6: a.o] Error 1\n"
    )
    found = blocks_of(text)
    heads = [block.head for block in found]
    assert {1, 4, 7} <= set(heads)
    assert all(block.first <= block.head < block.stop for block in found)


def test_members_of_a_list_are_told_apart() -> None:
    text = "".join(f"/usr/bin/ld: main.o: undefined reference to `part_{name}'\n" for name in ("alpha", "beta", "gamma"))
    found, labels = read(text)
    names = [block_name(found, labels, block) for block in find_blocks(found, labels)]
    assert len(names) == 3
    assert all(wanted in name for wanted, name in zip(("alpha", "beta", "gamma"), names, strict=True))


@pytest.mark.parametrize(
    ("line", "name"),
    [
        ("ValueError: bad port 7", "bad port 7"),
        ("[ERROR] cannot open the ledger", "cannot open the ledger"),
        ("fatal: not a git repository", "fatal: not a git repository"),
        ("app: error: no such option --x", "no such option --x"),
    ],
)
def test_a_block_is_named_by_what_differs(line: str, name: str) -> None:
    found, labels = read(line + "\n", packs=False)
    (block,) = find_blocks(found, labels)
    assert block_name(found, labels, block) == name


def test_blocks_never_overlap_and_come_in_order() -> None:
    text = (TRACEBACK + "error: x\n  y\nKilled\n") * 20
    found = blocks_of(text)
    assert found
    for one, other in pairwise(found):
        assert one.first < one.stop <= other.first
    assert all(set(block.core) | set(block.fold) <= set(range(block.first, block.stop)) for block in found)
    assert all(not set(block.core) & set(block.fold) for block in found)


def test_very_many_failures_are_all_counted() -> None:
    text = "".join(f"error: number {n} is bad\n  why\n" for n in range(MAX_BLOCKS + 300))
    assert len(blocks_of(text, packs=False)) == MAX_BLOCKS + 300


def job(*failing: str) -> str:
    green = [f"compiling part {n} of the library with all of its options" for n in range(400)]
    return "\n".join(["##[group]Run ./lint.sh", "##[endgroup]", *green, *failing, "##[error]Process completed with exit code 1.", "Post job cleanup."]) + "\n"


PLACES = [f"lib/part_{n}/{name}.rb:{17 * n}:{n}: C: Style/Thing{n}: Prefer the other way to write it." for n, name in enumerate(("gate", "zone", "peer", "node", "lock", "edge"), 3)]


def test_findings_of_an_unknown_linter_are_all_shown() -> None:
    result = headroom.compress(job(*PLACES))
    assert all(line in result.text for line in PLACES)
    assert ("finding", 6) in result.blocks.kinds


def test_a_log_whose_lines_all_name_their_place_has_no_findings() -> None:
    lines = [f"server/main.xy:{n % 90}: handled request {n} of the peer" for n in range(500)]
    assert headroom.compress("\n".join(lines) + "\n", format="ci_log").blocks.found == 0


def test_warnings_of_a_strict_linter_are_what_it_failed_for() -> None:
    warnings = [f"lib/gate_{n}.xy:{n}:{n}: warning: Thing {n} is longer than it may be (rule_{n})" for n in range(3, 11)]
    shown = headroom.compress(job(*warnings, "Done. Found 8 violations in 300 files.")).text
    assert all(line in shown for line in warnings)


def test_the_first_own_frame_of_a_failed_test_is_shown() -> None:
    chatter = [f"1{n % 10}:14:2{n % 10}.658 [codec-{n % 7}] ERROR transform.Index{n} - Could not load part {n * 7}: expected by test" for n in range(900)]
    failed = [
        "shop.ReplicaTest > throttles() FAILED",
        "    org.opentest4j.AssertionFailedError: expected: <1000> but was: <1024>",
        "        at app//org.junit.jupiter.api.AssertionUtils.fail(AssertionUtils.java:55)",
        "        at app//org.junit.jupiter.api.Assertions.equal(Assertions.java:12)",
        "        at app//shop.ReplicaTest.throttles(ReplicaTest.scala:211)",
    ]
    log = ["> Task :core:test", *chatter[:600], *failed, *chatter[600:], "FAILURE: Build failed with an exception.", "BUILD FAILED in 22m"]
    text = headroom.compress("\n".join(log) + "\n").text
    assert failed[0] in text
    assert failed[4] in text
