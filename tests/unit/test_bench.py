"""The benchmark counts what it says it counts; the expected numbers here are worked out by hand."""

from __future__ import annotations

import json
import os
import time
from pathlib import Path
from typing import Any

import pytest

from headroom_cli.bench import (
    Case,
    Score,
    Way,
    builtin_cases,
    deciles,
    filtered,
    folder_cases,
    normal,
    predicts,
    retained,
    run,
    summary,
)
from headroom_cli.errors import InputError
from headroom_cli.settings import PASS_THROUGH_TOKENS
from headroom_cli.tokens import get_counter

ROOT = Path(__file__).resolve().parents[2]


def score(before: int = 1000, after: int = 100, kept: int = 2, **rest: Any) -> Score:
    values = {"way": "w", "case": "c", "kind": "k", "must": 2, "should": 0, "should_kept": 0, **rest}
    return Score(before=before, after=after, kept=kept, **values)


@pytest.mark.parametrize(
    ("label", "text", "expected"),
    [
        ("1 failed", "====  1   failed\n in 2 s", True),
        ("1 failed", "\x1b[31m1\x1b[0m fai\x08led", True),
        ("1 failed", "11 failed", True),  # a text is searched, not a word
        ("2 failed", "1 failed", False),
        ("a\n    b", "a b", True),
        ("a &lt; b", "assert a < b", True),
        ('say \\"hi\\"', 'say "hi"', True),
        ("tab\\there", "tab here", True),
        ({"regex": r"exit (code )?137"}, "exit code\t137", True),
        ({"regex": r"exit (code )?137"}, "exit 1", False),
        ("", "anything", False),
    ],
)
def test_retention(label: str | dict[str, str], text: str, expected: bool) -> None:
    assert retained(label, normal(text)) is expected


def test_a_summary_by_hand() -> None:
    scores = [
        score(1000, 390),  # whole, 61 %: hit60; 390 <= 400: hitT
        score(1000, 410),  # whole, 59 %: neither
        score(1000, 0, kept=1),  # not whole
        score(100_000, 6000, should=2, should_kept=1),  # hit60; 6000 <= 6000
        score(100_000, 6001),  # hit60, not hitT
        score(1000, 1000, kept=0, error="exit code 1"),
    ]
    got = summary(scores)
    assert got.cases == 6
    assert got.saved_median == pytest.approx((0.61 + 0.94) / 2, abs=0.2)
    assert got.saved_tokens == pytest.approx(1 - (390 + 410 + 0 + 6000 + 6001 + 1000) / 204_000)
    assert got.all_must == pytest.approx(4 / 6)
    assert got.must_items == pytest.approx(9 / 12)
    assert got.should_items == 0.5
    assert got.hit60 == pytest.approx(3 / 6)
    assert got.hit_target == pytest.approx(2 / 6)
    assert got.p90 == 6000
    assert got.failed == 1


def test_a_way_that_failed_saves_nothing() -> None:
    assert score(1000, 0, error="timeout").saved == 0
    assert not score(error="timeout").whole
    assert score(1000, 1200).saved == pytest.approx(-0.2)


def test_deciles_are_equal_parts_by_quality_alone() -> None:
    scores = [score(quality=n / 100, kept=2 if n >= 50 else 1, case=str(n)) for n in range(100)]
    tenths = deciles([*scores, score(quality=None, kept=0)])
    assert [each.outputs for each in tenths] == [10] * 10
    assert [each.retained for each in tenths] == [0.5] * 5 + [1.0] * 5
    assert (tenths[0].low, tenths[-1].high) == (0.0, 0.99)
    tied = deciles(score(quality=1.0, kept=n % 2 * 2) for n in range(40))
    assert {each.retained for each in tied} == {0.5}
    assert [each.outputs for each in deciles(score(quality=0.5) for _ in range(3))] == [1, 1, 1]
    assert deciles([]) == []


@pytest.mark.parametrize(
    ("kept", "expected"), [((0, 0, 1, 2), 0.9487), ((2, 1, 0, 0), -0.9487), ((1, 1, 1, 1), None), ((0, 2, 0, 2), 0.4472)]
)
def test_the_rank_correlation_is_spearmans(kept: tuple[int, ...], expected: float | None) -> None:
    got = predicts(score(quality=n / 10, kept=each) for n, each in enumerate(kept))
    assert got == (None if expected is None else pytest.approx(expected, abs=1e-4))
    assert predicts([score(quality=0.5)]) is None


def write_case(folder: Path, name: str, label: object, source: str = "all is well\n") -> None:
    (folder / name).mkdir()
    (folder / name / "input.log").write_text(source)
    (folder / name / "case.json").write_text(label if isinstance(label, str) else json.dumps(label))


def test_cases_of_a_folder(tmp_path: Path) -> None:
    write_case(tmp_path, "b", {"kind": "log", "must_keep": ["well"], "question": "Well?"})
    write_case(tmp_path, "a", {"must_keep": [{"regex": "w.ll"}], "should_keep": ["all"]})
    (tmp_path / "no-case").mkdir()
    one, two = folder_cases(str(tmp_path))
    assert (one.name, one.kind, one.must_keep, one.should_keep) == ("a", "other", ({"regex": "w.ll"},), ("all",))
    assert (two.name, two.kind, two.ext, two.question) == ("b", "log", "log", "Well?")
    assert two.read() == b"all is well\n"
    assert two.path == os.path.join(tmp_path, "b", "input.log")


@pytest.mark.parametrize(
    ("label", "told"),
    [
        ("{", "cannot be read"),
        ([], "must be an object"),
        ({"must_keep": "text"}, "must be an object with a list"),
        ({"must_keep": [3]}, "hold texts"),
        ({"must_keep": [{"regex": "("}]}, "no regular expression"),
    ],
)
def test_a_bad_case_is_named(tmp_path: Path, label: object, told: str) -> None:
    write_case(tmp_path, "bad", label)
    with pytest.raises(InputError, match=told) as caught:
        folder_cases(str(tmp_path))
    assert caught.value.place == os.path.join(tmp_path, "bad", "case.json")


def test_a_folder_without_cases(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="has no cases"):
        folder_cases(str(tmp_path))
    with pytest.raises(InputError, match="cannot be read"):
        folder_cases(str(tmp_path / "gone"))
    (tmp_path / "a").mkdir()
    (tmp_path / "a" / "case.json").write_text("{}")
    with pytest.raises(InputError, match="has no input"):
        folder_cases(str(tmp_path))


CASE = Case("c", "log", "Why?", ("three",), (), "log", data=b"one\ntwo\nthree\n")


@pytest.mark.parametrize(
    ("command", "output", "error"),
    [
        ("tail -n 1", b"three\n", ""),
        ("head -n 1 {input}", b"one\n", ""),
        ("tail -n 2 {input} > {output}", b"two\nthree\n", ""),
        ("printf %s {question}", b"Why?", ""),
        ("printf '%s {nothing}' {kind}", b"log {nothing}", ""),
        ("true > /dev/null; : {output}", b"", "wrote no {output}"),
        ("echo oops >&2; exit 3", b"", "exit code 3: oops"),
        ("exit 4", b"", "exit code 4"),
    ],
)
def test_another_filter(command: str, output: bytes, error: str) -> None:
    assert filtered(CASE, Way(command, command), CASE.data) == (output, error)


def test_a_filter_that_hangs_is_ended_with_all_it_started() -> None:
    begun = time.monotonic()
    assert filtered(CASE, Way("w", "sleep 60 | sleep 60", 0.2), CASE.data) == (b"", "not done after 0.2 s")
    assert time.monotonic() - begun < 20


def test_ways_on_a_case() -> None:
    lost, kept, failed = run(CASE, [Way("w", "head -n 1"), Way("cat", "cat"), Way("f", "false")])
    assert (lost.kept, lost.missing, lost.whole) == (0, ("three",), False)
    assert (kept.kept, kept.saved, kept.before) == (1, 0.0, get_counter().count("one\ntwo\nthree\n"))
    assert (failed.kept, failed.saved, failed.error) == (0, 0.0, "exit code 1")


def test_a_strategy_on_a_case_of_the_examples() -> None:
    cases = {case.name: case for case in builtin_cases()}
    source = cases["logs/pytest-github"]
    off, balanced = run(source, [Way("off"), Way("balanced")])
    assert off.quality is None
    assert off.saved == 0
    assert balanced.quality is not None
    assert balanced.saved > 0.6
    assert balanced.whole


def test_the_builtin_cases_hold_their_labels() -> None:
    cases = builtin_cases()
    assert len({case.name for case in cases}) == len(cases) >= 40
    assert {"ci-log", "test-output", "build-log"} <= {case.kind for case in cases}
    for case in cases:
        text = case.data.decode()
        assert case.question
        assert case.must_keep
        assert [label for label in case.must_keep if not retained(label, normal(text))] == []
        assert len(text) > PASS_THROUGH_TOKENS


def test_the_builtin_cases_are_small() -> None:
    assert sum(path.stat().st_size for path in (ROOT / "headroom_cli" / "benchcases").iterdir()) < 600_000
