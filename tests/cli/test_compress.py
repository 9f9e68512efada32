"""What `headroom compress` writes, reports and answers."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from running import Run

CLUE = b"AssertionError: assert 41 == 42"


@pytest.fixture
def build(tmp_path: Path, log: bytes) -> Path:
    (tmp_path / "build.log").write_bytes(log)
    return tmp_path / "build.log"


@pytest.mark.usefixtures("build")
def test_the_failure_stays_and_the_rest_goes(headroom: Run, log: bytes) -> None:
    ran = headroom("compress", "build.log")
    assert (ran.code, ran.err) == (0, "")
    assert CLUE in ran.out
    assert len(ran.out) < len(log) / 4
    assert ran.out.startswith(b"[headroom: build.log, 901 lines")


def test_a_pipe_gives_the_same_but_for_the_name(headroom: Run, build: Path, log: bytes) -> None:
    piped = headroom("compress", stdin=log).out.split(b"\n", 1)
    named = headroom("compress", build.name).out.split(b"\n", 1)
    assert piped[1] == named[1]
    assert b"not stored" in piped[0]


def test_stdin_can_be_named(headroom: Run, log: bytes) -> None:
    assert headroom("compress", "--stdin-filename", "ci/job.log", stdin=log).out.startswith(b"[headroom: ci/job.log, ")


def test_the_same_bytes_give_the_same_bytes(headroom: Run, log: bytes) -> None:
    outputs = {headroom("compress", stdin=log, env={"PYTHONHASHSEED": seed}).out for seed in "123"}
    assert len(outputs) == 1


@pytest.mark.usefixtures("build")
def test_a_compressed_output_passes_unchanged(headroom: Run) -> None:
    once = headroom("compress", "build.log").out
    assert headroom("compress", stdin=once).out == once


@pytest.mark.usefixtures("build")
def test_max_tokens_holds(headroom: Run) -> None:
    answer = json.loads(headroom("compress", "build.log", "--max-tokens", "300", "--json").out)
    assert answer["compressed_tokens"] <= 300
    assert CLUE.decode() in answer["compressed_text"]


@pytest.mark.usefixtures("build")
def test_several_files_share_max_tokens(headroom: Run, tmp_path: Path, log: bytes) -> None:
    (tmp_path / "other.log").write_bytes(log.replace(b"invoice", b"receipt"))
    ran = headroom("compress", "build.log", "other.log", "--max-tokens", "800")
    assert ran.code == 0
    assert re.findall(rb"(?m)^==> (\S+) <==$", ran.out) == [b"build.log", b"other.log"]
    from headroom_cli.tokens import get_counter

    assert get_counter().count(ran.out.decode()) <= 800
    assert ran.out.count(CLUE) >= 2


@pytest.mark.usefixtures("build")
def test_json_for_one_file(headroom: Run) -> None:
    ran = headroom("compress", "build.log", "--json")
    answer = json.loads(ran.out)
    assert ran.code == 0
    assert answer["version"] == 1
    assert answer["compressed_text"].encode() == headroom("compress", "build.log").out
    assert answer["original_tokens"] > answer["compressed_tokens"]
    assert answer["savings_pct"] == pytest.approx(100 * (1 - answer["compressed_tokens"] / answer["original_tokens"]), abs=0.01)
    assert {"quality", "format", "blocks", "warnings", "strategy", "exact"} <= answer.keys()


@pytest.mark.usefixtures("build")
def test_json_for_several_files(headroom: Run) -> None:
    ran = headroom("compress", "build.log", "missing", "--json")
    answer = json.loads(ran.out)
    assert ran.code == 3
    assert [entry["name"] for entry in answer["files"]] == ["build.log", "missing"]
    assert "no such file" in answer["files"][1]["error"]
    assert answer["totals"]["failed"] == 1
    assert answer["totals"]["compressed_tokens"] == answer["files"][0]["compressed_tokens"]


def test_json_is_ascii_whatever_the_bytes(headroom: Run) -> None:
    answer = headroom("compress", "--json", stdin=b"\xff caf\xc3\xa9\n").out
    assert answer.isascii()
    assert json.loads(answer)["compressed_text"] == "\udcff café\n"


@pytest.mark.usefixtures("build")
def test_keep_and_drop(headroom: Run) -> None:
    plain = headroom("compress", "build.log").out
    kept = headroom("compress", "build.log", "--keep", r"package-(404|407)\b").out
    assert b"Collecting package-404\n" in kept
    assert b"Collecting package-407\n" in kept
    dropped = headroom("compress", "build.log", "--drop", "short test summary").out
    assert b"short test summary" in plain
    assert b"short test summary" not in dropped


@pytest.mark.usefixtures("build")
def test_check_answers_with_its_exit_code(headroom: Run, tmp_path: Path) -> None:
    (tmp_path / "small").write_bytes(b"nothing to do\n")
    assert headroom("compress", "--check", "small")[:2] == (0, b"")
    ran = headroom("compress", "--check", "small", "build.log")
    assert ran == (1, b"", "would change build.log\n")


@pytest.mark.usefixtures("build")
def test_diff_is_a_unified_diff(headroom: Run, tmp_path: Path) -> None:
    ran = headroom("compress", "--diff", "build.log")
    assert ran.code == 0
    assert ran.out.startswith(b"--- build.log\n+++ build.log (compressed)\n@@ -1")
    (tmp_path / "small").write_bytes(b"nothing to do\n")
    assert headroom("compress", "--diff", "small").out == b""


def test_dry_run_only_reports(headroom: Run, build: Path, log: bytes) -> None:
    ran = headroom("compress", "-n", "-i", "build.log", "-s", "lossless")
    assert ran.out == b""
    assert ran.err.startswith("build.log: ")
    assert build.read_bytes() == log


@pytest.mark.usefixtures("build")
def test_fail_under(headroom: Run) -> None:
    assert headroom("compress", "build.log", "--fail-under", "20").code == 0
    ran = headroom("compress", "build.log", "--fail-under", "99.9")
    assert ran.code == 1
    assert CLUE in ran.out
    assert "under --fail-under 99.9" in ran.err


@pytest.mark.usefixtures("build")
@pytest.mark.parametrize(
    ("kind", "begins"),
    [("none", ""), ("line", "build.log: "), ("table", "file "), ("json", "{\n"), ("markdown", "| file "), ("github", "### ")],
)
def test_reports(headroom: Run, tmp_path: Path, kind: str, begins: str) -> None:
    ran = headroom("compress", "build.log", "--report", kind)
    assert ran.err.startswith(begins)
    assert bool(ran.err) == (kind != "none")
    headroom("compress", "build.log", "--report", kind, "--report-file", "report.txt")
    assert (tmp_path / "report.txt").read_text() == ran.err


@pytest.mark.usefixtures("build")
@pytest.mark.parametrize(("name", "begins"), [("r.json", "{"), ("r.md", "| file"), ("r.txt", "file ")])
def test_the_report_file_chooses_its_kind(headroom: Run, tmp_path: Path, name: str, begins: str) -> None:
    ran = headroom("compress", "build.log", "--report-file", name)
    assert (ran.code, ran.err) == (0, "")
    assert (tmp_path / name).read_text().startswith(begins)


@pytest.mark.usefixtures("build")
def test_verbose_says_what_was_chosen_and_why(headroom: Run) -> None:
    err = headroom("compress", "-v", "build.log").err
    assert re.search(r"^headroom: build\.log: format \w+: .+; strategy balanced$", err, re.M)
    err = headroom("-vv", "compress", "build.log", "--max-tokens", "700", env={"HEADROOM_STRATEGY": "aggressive"}).err
    assert "strategy = 'aggressive' from HEADROOM_STRATEGY" in err
    assert "max_tokens = 700 from --max-tokens" in err


def test_names_come_from_a_file_too(headroom: Run, tmp_path: Path) -> None:
    for name in ("a", "b c", "-d"):
        (tmp_path / name).write_bytes(b"text of " + name.encode() + b"\n")
    (tmp_path / "names").write_bytes(b"a\nb c\n")
    assert headroom("compress", "--files-from", "names").out == b"==> a <==\ntext of a\n\n==> b c <==\ntext of b c\n"
    ran = headroom("compress", "--files-from", "-", "-0", stdin=b"-d\0b c\0")
    assert ran.out == b"==> -d <==\ntext of -d\n\n==> b c <==\ntext of b c\n"
    assert headroom("compress", "--files-from", "-", stdin=b"").code == 0
    assert headroom("compress", "--files-from", "nowhere").code == 2


def test_rules_hold_per_path(headroom: Run, tmp_path: Path, log: bytes) -> None:
    (tmp_path / "headroom-config.yaml").write_text(
        "version: 1\nrules:\n"
        '  - pattern: "ci-logs/"\n    max_tokens: 500\n    strategy: aggressive\n'
        '  - pattern: "openapi.*\\\\.yaml$"\n    compress: false\n    dedup: true\n'
        '  - pattern: "test_.*\\\\.py$"\n    compress: false\n'
    )
    (tmp_path / "ci-logs").mkdir()
    for name in ("ci-logs/build.log", "openapi.yaml", "openapi-v2.yaml", "test_a.py", "test_b.py"):
        (tmp_path / name).write_bytes(log)
    answer = json.loads(headroom("compress", "ci-logs/build.log", "--json").out)
    assert (answer["strategy"], answer["rule"]) == ("aggressive", "headroom-config.yaml:3")
    assert answer["compressed_tokens"] <= 500
    assert headroom("compress", "test_a.py").out == log
    assert json.loads(headroom("compress", "--no-config", "test_a.py", "--json").out)["compressed_tokens"] < 2000
    ran = headroom("compress", "test_a.py", "test_b.py", "openapi.yaml", "openapi-v2.yaml")
    assert ran.out.count(log) == 2
    assert b"==> openapi.yaml <==\n[headroom: openapi.yaml is byte for byte test_a.py]\n\n" in ran.out
    assert ran.out.endswith(b"==> openapi-v2.yaml <==\n[headroom: openapi-v2.yaml is byte for byte test_a.py]\n")


def test_a_wrong_configuration_is_told_with_its_place(headroom: Run, tmp_path: Path) -> None:
    (tmp_path / "headroom-config.yaml").write_text("version: 1\ndefaults: {stratgy: balanced}\n")
    ran = headroom("compress", stdin=b"text\n")
    assert (ran.code, ran.out) == (2, b"")
    assert ran.err.startswith("headroom: error: headroom-config.yaml:2:")
    assert "did you mean strategy?" in ran.err
    assert headroom("compress", "--no-config", stdin=b"text\n").out == b"text\n"


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["-s", "hard"], "-s is 'hard', but must be one of off, lossless, conservative, balanced, aggressive"),
        (["--max-tokens", "0"], "--max-tokens: '0' must be a whole number of tokens, 1 or more"),
        (["--max-savings", "170"], "--max-savings: '170' must be a percentage from 0 to 100"),
        (["--min-quality", "85"], "--min-quality: '85' must be a share from 0 to 1"),
        (["--keep", "("], "--keep: '(' is not a regular expression"),
        (["--tokenizer", "nope"], "unknown tokenizer 'nope'"),
        (["--format", "cilog"], "unknown format 'cilog' (did you mean ci_log?)"),
        (["-i", "-o", "x", "f"], "-i and -o cannot be used together"),
        (["-i"], "-i needs files"),
        (["-i", "-s", "balanced", "f"], "-i with --strategy balanced would lose lines for good"),
        (["-i", "--max-tokens", "9", "f"], "-i with --max-tokens would lose lines for good"),
        (["--backup", ".x", "f"], "--backup belongs to -i"),
        (["-0", "f"], "-0 belongs to --files-from"),
        (["--stdin-filename", "x", "f"], "--stdin-filename is given, but stdin is not read"),
        (["-", "-"], "stdin can be read once"),
        (["--json", "--diff"], "--json and --diff both want stdout"),
        (["--check", "-o", "x"], "-o needs an output"),
    ],
)
def test_mistakes_are_exit_2_and_write_nothing(headroom: Run, tmp_path: Path, words: list[str], message: str) -> None:
    ran = headroom("compress", *words, stdin=b"text\n")
    assert (ran.code, ran.out) == (2, b"")
    assert ran.err.startswith("headroom: error: ")
    assert message in ran.err
    assert ran.err.count("\n") == 1
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("name", "value"), [("STRATEGY", "hard"), ("MAX_TOKENS", "many"), ("TOKENIZER", "nope"), ("CONFIG", "gone")]
)
def test_wrong_variables_are_told(headroom: Run, name: str, value: str) -> None:
    ran = headroom("compress", stdin=b"text\n", env={f"HEADROOM_{name}": value})
    assert (ran.code, ran.out) == (2, b"")
    assert f"HEADROOM_{name}" in ran.err or name == "TOKENIZER"


def test_the_ledger_counts_and_never_gets_in_the_way(headroom: Run, tmp_path: Path, log: bytes) -> None:
    ledger = tmp_path / "ledger.jsonl"
    assert headroom("compress", stdin=log, env={"HEADROOM_LEDGER": str(ledger)}).code == 0
    entry = json.loads(ledger.read_text())
    assert entry["before"] > entry["after"] > 0
    headroom("compress", "-n", stdin=log, env={"HEADROOM_LEDGER": str(ledger)})
    assert ledger.read_text().count("\n") == 1
    ran = headroom("compress", stdin=log, env={"HEADROOM_LEDGER": "/proc/nowhere/ledger"})
    assert (ran.code, ran.err) == (0, "")


def test_a_bug_is_one_line(headroom: Run, tmp_path: Path) -> None:
    broken = tmp_path / "site"
    broken.mkdir()
    (broken / "sitecustomize.py").write_text(
        "import headroom_cli.cli.inputs as i\ndef bad(*a): raise KeyError('x')\ni.input_names = bad\n"
    )
    from running import ROOT

    path = {"PYTHONPATH": f"{ROOT}:{broken}"}
    ran = headroom("compress", "x", env=path)
    assert (ran.code, ran.out) == (70, b"")
    assert ran.err == "headroom: error: a bug in headroom: KeyError: 'x' (HEADROOM_DEBUG=1 shows the traceback)\n"
    assert "Traceback" in headroom("compress", "x", env={**path, "HEADROOM_DEBUG": "1"}).err
