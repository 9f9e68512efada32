"""`headroom bench`: tables, JSON, Markdown, other filters, exit codes."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from running import Run


@pytest.fixture
def cases(tmp_path: Path, log: bytes) -> Path:
    """Three cases of two kinds around one failing log."""
    folder = tmp_path / "cases"
    for name, kind, must in (
        ("a", "ci-log", ["test_invoice"]),
        ("b", "ci-log", [{"regex": r"assert invoice\(3\)"}, "never printed"]),
        ("c", "log", ["package-1"]),
    ):
        (folder / name).mkdir(parents=True)
        (folder / name / "input.log").write_bytes(log)
        (folder / name / "case.json").write_text(json.dumps({"kind": kind, "question": "Why?", "must_keep": must}))
    return folder


def test_the_tables(headroom: Run, cases: Path) -> None:
    ran = headroom("bench", str(cases), "--strategies", "off,balanced", "-j", "1")
    assert (ran.code, ran.err) == (0, "")
    text = ran.out.decode()
    assert text.isascii()
    tables = text.split("\n\n")
    assert [table.split()[0] for table in tables] == ["off", "balanced", "quality"]
    assert [line.split()[0] for line in tables[1].splitlines() if not line.startswith("-")] == ["balanced", "ci-log", "log", "all"]
    assert tables[0].splitlines()[2].split()[:2] == ["ci-log", "2"]
    assert "Rank correlation of quality and items kept: all " in text


def test_the_output_does_not_depend_on_the_number_of_processes(headroom: Run, cases: Path) -> None:
    one = headroom("bench", str(cases), "--json", "-j", "1")
    two = headroom("bench", str(cases), "--json", "-j", "2")
    assert (one.code, two.code) == (0, 0)
    assert one.out == two.out


def test_json(headroom: Run, cases: Path) -> None:
    answer = json.loads(headroom("bench", str(cases), "--json", "--strategies", "balanced", "-j", "1").out)
    assert (answer["version"], answer["tokenizer"], answer["cases"]) == (1, "o200k_base", 3)
    every = answer["ways"]["balanced"]["all"]
    assert every["cases"] == 3
    assert every["must_items"] == pytest.approx(sum(score["kept"] for score in answer["scores"]) / 4)
    assert [score["case"] for score in answer["scores"]] == ["a", "b", "c"]
    assert answer["scores"][1]["missing"][-1] == "never printed"
    assert sum(each["outputs"] for each in answer["quality"]["deciles"]) == 3
    assert set(answer["quality"]["rank_correlation"]) == {"all", "balanced"}


def test_markdown(headroom: Run, cases: Path) -> None:
    lines = headroom("bench", str(cases), "--markdown", "--strategies", "balanced", "-j", "1").out.decode().splitlines()
    assert lines[0].startswith("| balanced | cases | saved |")
    assert lines[1].startswith("| :--- | ---: |")
    assert any(line.startswith("| **all** | **3** |") for line in lines)


def test_other_filters_on_the_same_cases(headroom: Run, cases: Path) -> None:
    words = ("bench", str(cases), "--kinds", "ci-log", "--strategies", "off", "-j", "1", "--json")
    ran = headroom(*words, "--against", "cat", "--against", "tail -n 1 {input} > {output}")
    assert ran.code == 0
    ways = json.loads(ran.out)["ways"]
    assert list(ways) == ["off", "cat", "tail -n 1 {input} > {output}"]
    assert ways["cat"] == ways["off"]
    assert ways["tail -n 1 {input} > {output}"]["all"]["saved_tokens"] > 0.9
    failed = headroom(*words, "--against", "exit 9")
    assert failed.code == 3
    assert "warning: exit 9: a: exit code 9" in failed.err
    slow = headroom(*words, "--against", "sleep 30", "--timeout", "0.1")
    assert (slow.code, slow.err.count("not done after 0.1 s")) == (3, 2)


def test_what_was_lost_is_said_under_v(headroom: Run, cases: Path) -> None:
    ran = headroom("-v", "bench", str(cases), "--strategies", "off", "-j", "1")
    assert "off: b: 1/2 kept, lost 'never printed'" in ran.err


def test_fail_under(headroom: Run, cases: Path) -> None:
    words = ("bench", str(cases), "--strategies", "off", "-j", "1", "--fail-under")
    assert headroom(*words, "66").code == 0
    ran = headroom(*words, "67")
    assert ran.code == 1
    assert "off keeps everything in 66.7 % of the cases, under 67 %" in ran.err


def test_the_builtin_cases(headroom: Run) -> None:
    ran = headroom("bench", "--builtin", "--kinds", "test-output", "--strategies", "balanced", "--fail-under", "90", "-j", "1")
    assert ran.code == 0, ran.err
    assert ran.out.decode().startswith("balanced")


@pytest.mark.parametrize(
    ("words", "told"),
    [
        ((), "name a folder of cases, or --builtin"),
        (("--builtin", "folder"), "name a folder of cases, or --builtin"),
        (("--builtin", "--json", "--markdown"), "do not go together"),
        (("--builtin", "--kinds", "poem"), "no case is of the kind 'poem'"),
        (("--builtin", "--strategies", "hard"), "'hard' must be one of off, lossless"),
        (("--builtin", "--timeout", "0"), "above 0"),
        (("--builtin", "--tokenizer", "none"), "unknown tokenizer"),
    ],
)
def test_mistakes_are_exit_2(headroom: Run, words: tuple[str, ...], told: str) -> None:
    ran = headroom("bench", *words)
    assert (ran.code, ran.out) == (2, b"")
    assert told in ran.err


def test_a_folder_that_is_no_corpus(headroom: Run, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    ran = headroom("bench", "empty")
    assert ran.code == 3
    assert "empty: has no cases" in ran.err
