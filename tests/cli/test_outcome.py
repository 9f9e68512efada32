"""What both compressing commands say at their end: failures once, exact totals, the report where it belongs, one wording."""

from __future__ import annotations

import json
import os
import re
import subprocess
from pathlib import Path

import pytest
from running import COMMAND, Run

from headroom_cli.tokens import get_counter

BATCH = ("compress-batch", "--output", "out", "--input")


@pytest.fixture
def build(tmp_path: Path, log: bytes) -> Path:
    (tmp_path / "build.log").write_bytes(log)
    return tmp_path / "build.log"


@pytest.mark.usefixtures("build")
@pytest.mark.parametrize("words", [("compress",), BATCH])
def test_a_step_summary_is_added_to(headroom: Run, tmp_path: Path, words: tuple[str, ...]) -> None:
    (tmp_path / "summary.md").write_text("# before\n")
    for _ in range(2):
        assert headroom(*words, "build.log", "--report", "github", "--report-file", "summary.md").code == 0
    text = (tmp_path / "summary.md").read_text()
    assert text.startswith("# before\n### Headroom\n")
    assert text.count("### Headroom") == 2


@pytest.mark.usefixtures("build")
@pytest.mark.parametrize("words", [("compress",), BATCH])
@pytest.mark.parametrize("kind", ["none", "line", "table", "json", "markdown", "github"])
def test_a_failure_is_told_once(headroom: Run, words: tuple[str, ...], kind: str) -> None:
    ran = headroom(*words, "build.log", "gone.log", "--report", kind)
    assert ran.code == 3
    told = [line for line in ran.err.splitlines() if "gone.log" in line and "no such file" in line]
    told = [line for line in told if not line.startswith(("| ", "gone.log  "))]
    assert len(told) == 1, ran.err


def test_a_single_missing_file_is_told_once_on_a_terminal_s_report(headroom: Run) -> None:
    ran = headroom("compress", "nofile", "--report", "line")
    assert ran.err == "headroom: error: nofile: no such file (check the name, or quote a glob for --input)\n"


@pytest.mark.usefixtures("build")
@pytest.mark.parametrize("words", [("compress",), BATCH])
def test_fail_under_has_one_wording(headroom: Run, words: tuple[str, ...]) -> None:
    ran = headroom(*words, "build.log", "--fail-under", "99.99", "--report", "none")
    assert ran.code == 1
    assert re.fullmatch(r"headroom: error: [\d.]+ % saved, under --fail-under 99\.99\n", ran.err)


def test_the_total_of_several_files_is_what_is_read(headroom: Run, tmp_path: Path, log: bytes) -> None:
    (tmp_path / "a.log").write_bytes(log)
    (tmp_path / "b.log").write_bytes(log.replace(b"invoice", b"order")[:-1])  # no final newline
    (tmp_path / "c.txt").write_bytes(b"small\n")
    ran = headroom("compress", "gone", "a.log", "b.log", "c.txt", "--report", "json")
    assert ran.out.count(b"==> ") == 3
    report = json.loads(ran.err[ran.err.index("{") :])
    assert report["totals"]["compressed_tokens"] == get_counter().count(ran.out.decode())
    assert sum(each["compressed_tokens"] for each in report["files"] if "format" in each) < report["totals"]["compressed_tokens"]
    alone = headroom("compress", "a.log", "b.log", "--json")
    told = json.loads(alone.out)
    assert told["totals"]["compressed_tokens"] == sum(each["compressed_tokens"] for each in told["files"])


def test_too_few_tokens_for_several_files_names_the_number_that_was_given(headroom: Run, tmp_path: Path, log: bytes) -> None:
    for name in ("a.log", "b.log", "c.log"):
        (tmp_path / name).write_bytes(log.replace(b"invoice", name[:1].encode() * 9))
    ran = headroom("compress", "a.log", "b.log", "c.log", "--max-tokens", "60")
    assert (ran.code, ran.out) == (2, b"")
    found = re.search(r"--max-tokens 60 is too small for 3 FILEs with their headings \((\d+) tokens at least\)", ran.err)
    assert found, ran.err
    assert headroom("compress", "a.log", "b.log", "c.log", "--max-tokens", found[1]).code == 0


@pytest.mark.parametrize("end", [b"", b"\r\n"])
def test_a_list_of_names_may_have_crlf(headroom: Run, tmp_path: Path, end: bytes) -> None:
    for name in ("a", "b"):
        (tmp_path / name).write_bytes(name.encode() + b"\n")
    ran = headroom("compress", "--files-from", "-", stdin=b"a\r\nb" + end)
    assert (ran.code, ran.out) == (0, b"==> a <==\na\n\n==> b <==\nb\n")


@pytest.mark.parametrize(
    ("words", "env", "message"),
    [
        (("compress",), {"HEADROOM_COLOR": "foo"}, "HEADROOM_COLOR: 'foo' must be one of auto, always, never"),
        (("formats",), {"HEADROOM_COLOR": "foo"}, "HEADROOM_COLOR: 'foo' must be one of auto, always, never"),
        (("compress",), {"HEADROOM_TOKENIZER": "foo"}, "HEADROOM_TOKENIZER: unknown tokenizer 'foo'"),
        (("rules", "explain", "x"), {"HEADROOM_TOKENIZER": "foo"}, "HEADROOM_TOKENIZER: unknown tokenizer 'foo'"),
        (("--no-config", "--config", "F", "compress"), {}, "--config and --no-config cannot be used together"),
        (("compress", "--prompt"), {}, "unknown option --prompt (see `headroom compress --help`"),
        (("init", "--json"), {}, "unknown option --json (see `headroom init --help`"),
        (("compress", "--stratgy"), {}, "unknown option --stratgy (did you mean --strategy?)"),
        (("compress", "-i", "--redact", "x"), {}, "-i with --redact would lose what it replaces for good (--backup .orig"),
    ],
)
def test_what_is_wrong_outside_is_named_before_any_work(headroom: Run, words: tuple[str, ...], env: dict[str, str], message: str) -> None:
    ran = headroom(*words, stdin=b"x\n", env=env)
    assert (ran.code, ran.out) == (2, b"")
    assert f"headroom: error: {message}" in ran.err


def test_the_good_tokenizers_of_the_environment_are_taken(headroom: Run) -> None:
    for name in ("estimate", "cl100k_base", "gpt-4o", "claude-sonnet-5"):
        assert headroom("compress", stdin=b"x\n", env={"HEADROOM_TOKENIZER": name}).code == 0


def test_a_closed_stdin_is_said_to_be_closed(environment: dict[str, str], tmp_path: Path) -> None:
    done = subprocess.run(["sh", "-c", '"$@" <&-', "sh", *COMMAND, "compress"], capture_output=True, cwd=tmp_path, env=environment, check=False)
    assert (done.returncode, done.stdout) == (3, b"")
    assert done.stderr == b"headroom: error: <stdin>: is closed (name a FILE, or pipe something in)\n"


def test_a_name_that_is_no_text_stands_as_its_bytes(headroom: Run, tmp_path: Path, log: bytes) -> None:
    for name in (b"caf\xe9.log", b"plain-name.log"):
        (tmp_path / os.fsdecode(name)).write_bytes(log)
    ran = headroom(*BATCH, os.fsdecode(b"caf\xe9.log"), "plain-name.log")
    assert ran.code == 0
    rows = [line for line in ran.err.splitlines() if "ci_log" in line]
    assert rows[0].startswith("caf\\xe9.log     ")
    assert len({line.index("ci_log") for line in rows}) == 1
    out = headroom("stats", os.fsdecode(b"caf\xe9.log")).out
    assert b"caf\\xe9.log" in out


def test_rules_check_takes_json_like_every_report(headroom: Run, tmp_path: Path) -> None:
    (tmp_path / "headroom-config.yaml").write_text("rules: [{patern: x}]\n")
    assert headroom("rules", "check", "--json").out == headroom("rules", "check", "--format", "json").out
    assert json.loads(headroom("rules", "check", "--json").out)["errors"] == 1


def test_large_binary_data_passes_quickly_with_an_estimate(headroom: Run, tmp_path: Path) -> None:
    noise = os.urandom(3 << 20)
    (tmp_path / "noise").write_bytes(b"\0" + noise)
    (tmp_path / "few").write_bytes(b"\0" + noise[:2000])
    ran = headroom("compress", "noise", "--report", "json")
    assert ran.out == b"\0" + noise
    (told,) = json.loads(ran.err[ran.err.index("{") :])["files"]
    assert (told["exact"], told["reason"]) == (False, "binary")
    assert told["original_tokens"] == told["compressed_tokens"]
    assert 0.9 < told["original_tokens"] / get_counter().count(noise[: 1 << 18].decode("utf-8", "replace")) / 12 < 1.1
    assert '"exact": true' in headroom("compress", "few", "--report", "json").err
    (tmp_path / "small").write_bytes(b"a line\n")
    ran = headroom("compress", "noise", "small", "--report", "line")
    assert re.search(r"(?m)^total: 2 files, ~[\d,]+ -> ~[\d,]+ tokens", ran.err)
    ran = headroom("compress", "noise", "small", "--max-tokens", "5000")
    assert (ran.code, ran.out) == (2, b"")
    assert "is too small for binary data of about" in ran.err
    assert headroom("compress", "small", "noise", "--max-tokens", "90000k").out.startswith(b"==> small <==\na line\n\n==> noise <==\n\0")
