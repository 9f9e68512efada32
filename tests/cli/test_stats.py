"""`stats` in real processes: the history, and what files would save."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path

import pytest
from running import COMMAND, Run


@pytest.fixture
def ledger(tmp_path: Path) -> dict[str, str]:
    """The environment of a history with three entries on two days."""
    path = tmp_path / "state" / "ledger.jsonl"
    path.parent.mkdir()
    fields = ("day", "format", "strategy", "rule", "files", "before", "after", "exact")
    entries = [
        ("2025-11-21", "ci_log", "balanced", 0, 2, 1_000_000, 100_000, True),
        ("2025-11-22", "ci_log", "aggressive", 12, 1, 500_000, 20_000, True),
        ("2025-11-22", "plain", "balanced", 0, 3, 1_000, 1_100, True),
    ]
    path.write_text("".join(json.dumps({"v": 1, **dict(zip(fields, entry, strict=True))}) + "\n" for entry in entries))
    return {"HEADROOM_LEDGER": str(path)}


def test_the_history_is_told_by_day_format_strategy_and_rule(headroom: Run, ledger: dict[str, str]) -> None:
    ran = headroom("stats", "--model", "gpt-4o", env=ledger)
    assert (ran.code, ran.err) == (0, "")
    text = ran.out.decode()
    assert text.isascii()
    for head in ("by day", "by format", "by strategy", "by rule"):
        assert head in text
    rows = {line.split("  ")[0]: line.split() for line in text.splitlines()}
    assert rows["2025-11-21"][1:] == ["2", "1,000,000", "100,000", "900,000", "90.0", "%", "$2.25"]
    assert rows["plain"][1:] == ["3", "1,000", "1,100", "-100", "-10.0", "%", "-$0.0003"]
    assert rows["total"][1:] == ["6", "1,501,000", "121,100", "1,379,900", "91.9", "%", "$3.45"]
    assert "line 12" in text
    assert "gpt-4o, $2.5 per million input tokens" in text


def test_the_history_as_json(headroom: Run, ledger: dict[str, str]) -> None:
    answer = json.loads(headroom("stats", "--json", "--price", "10", env=ledger).out)
    assert answer["version"] == 1
    assert answer["totals"]["files"] == 6
    assert answer["totals"]["saved_usd"] == pytest.approx(13.799)
    assert list(answer["by_day"]) == ["2025-11-21", "2025-11-22"]
    assert answer["by_format"]["plain"]["savings_pct"] == -10.0
    assert set(answer["by_rule"]) == {"none", "line 12"}


def test_money_of_a_model_with_another_vocabulary_is_an_estimate(headroom: Run, ledger: dict[str, str]) -> None:
    assert "~$2.76" in headroom("stats", "--model", "claude-sonnet-5", env=ledger).out.decode()


def test_reset_removes_the_history_and_says_what_it_held(headroom: Run, ledger: dict[str, str]) -> None:
    ran = headroom("stats", "--reset", env=ledger)
    assert ran.code == 0
    assert ran.out.decode().endswith("ledger.jsonl: 3 entries, 6 files, 1,379,900 tokens saved\n")
    assert not os.path.exists(ledger["HEADROOM_LEDGER"])
    assert headroom("stats", "--reset", env=ledger).out == b"there was no history to remove\n"
    assert headroom("stats", env=ledger).out.startswith(b"Nothing yet")
    assert b"switched off" in headroom("stats").out


def test_broken_lines_are_a_warning(headroom: Run, ledger: dict[str, str]) -> None:
    with open(ledger["HEADROOM_LEDGER"], "a") as stream:
        stream.write('{"v":1,\n')
    ran = headroom("stats", env=ledger)
    assert ran.code == 0
    assert "1 line" in ran.err
    assert b"1,501,000" in ran.out


def test_what_compress_saves_is_counted(headroom: Run, tmp_path: Path, log: bytes) -> None:
    env = {"HEADROOM_LEDGER": "on", "HEADROOM_STATE_DIR": str(tmp_path / "state")}
    headroom("compress", stdin=log, env=env)
    answer = json.loads(headroom("stats", "--json", env=env).out)
    assert answer["totals"]["files"] == 1
    assert answer["totals"]["savings_pct"] > 50


@pytest.mark.parametrize(
    "words",
    [
        ("--fail-over", "5"),
        ("--tokenizer", "estimate"),
        ("--format", "plain"),
        ("--reset", "a.log"),
        ("--model", "no-such-model"),
        ("--price", "-1"),
        ("--price", "nan"),
    ],
)
def test_usage_errors(headroom: Run, tmp_path: Path, words: tuple[str, ...]) -> None:
    (tmp_path / "a.log").write_text("x\n")
    ran = headroom("stats", *words)
    assert (ran.code, ran.out) == (2, b"")
    assert ran.err.startswith("headroom: error: ")


def test_files_are_measured_and_left_as_they_are(headroom: Run, tmp_path: Path, log: bytes) -> None:
    folder = tmp_path / "logs"
    (folder / ".git").mkdir(parents=True)
    (folder / ".git" / "config").write_bytes(log)
    (folder / "a.log").write_bytes(log)
    (folder / "core").write_bytes(b"\0" * 50)
    before = sorted((path, path.stat().st_mtime_ns) for path in tmp_path.rglob("*"))
    ran = headroom("stats", "logs", "--model", "gpt-4o")
    assert (ran.code, ran.err) == (0, "")
    lines = ran.out.decode().splitlines()
    assert lines[0].split() == ["file", "format", "tokens", "lossless", "conservative", "balanced", "aggressive"]
    cells = lines[2].split()
    assert cells[:2] == ["logs/a.log", "ci_log"]
    counts = [int(cell.replace(",", "")) for cell in cells[2:]]
    assert counts == sorted(counts, reverse=True)
    assert lines[4].startswith("total (1 file)")
    assert lines[5] == "1 binary file left out"
    assert sorted((path, path.stat().st_mtime_ns) for path in tmp_path.rglob("*")) == before


def test_stdin_is_read_only_as_a_dash(headroom: Run, log: bytes) -> None:
    answer = json.loads(headroom("stats", "-", "--json", stdin=log).out)
    assert answer["version"] == 1
    assert answer["files"][0]["name"] == "<stdin>"
    assert answer["totals"]["tokens"] > answer["totals"]["strategies"]["balanced"]["tokens"]
    assert b"switched off" in headroom("stats", stdin=log).out


def test_fail_over(headroom: Run, tmp_path: Path, log: bytes) -> None:
    (tmp_path / "a.log").write_bytes(log)
    assert headroom("stats", "a.log", "--fail-over", "100k").code == 0
    ran = headroom("stats", "a.log", "--fail-over", "1k")
    assert ran.code == 1
    assert "more than --fail-over 1,000" in ran.err
    assert ran.out


def test_a_file_that_cannot_be_read_is_exit_3_and_the_rest_is_measured(headroom: Run, tmp_path: Path, log: bytes) -> None:
    (tmp_path / "a.log").write_bytes(log)
    ran = headroom("stats", "gone.log", "a.log")
    assert ran.code == 3
    assert "gone.log: no such file" in ran.err
    assert b"a.log" in ran.out


def test_an_estimate_is_marked(headroom: Run, tmp_path: Path, log: bytes) -> None:
    (tmp_path / "a.log").write_bytes(log)
    text = headroom("stats", "a.log", "--tokenizer", "estimate").out.decode()
    assert "~" in text.splitlines()[2]


def test_a_closed_pipe_is_quiet(environment: dict[str, str], tmp_path: Path, log: bytes) -> None:
    (tmp_path / "a.log").write_bytes(log)
    child = subprocess.Popen(
        [*COMMAND, "stats", "a.log"], cwd=tmp_path, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )
    assert child.stdout is not None
    child.stdout.close()
    assert child.stderr is not None
    assert child.stderr.read() == b""
    assert child.wait() == 0
