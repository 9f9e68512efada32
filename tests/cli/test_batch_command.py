"""`compress-batch` in real processes: as written, as the shell expands it, and when things go wrong."""

from __future__ import annotations

import gzip
import json
import os
import pty
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from running import COMMAND, Run

MANIFEST = ".headroom-manifest.json"
HOW = ("--strategy", "conservative", "--max-savings", "70")


@pytest.fixture
def logs(tmp_path: Path, log: bytes) -> Path:
    """Two logs, one below the other, a small file and a binary one."""
    folder = tmp_path / "ci-logs"
    (folder / "sub").mkdir(parents=True)
    (folder / "a.log").write_bytes(log)
    (folder / "sub" / "b.log").write_bytes(log.replace(b"invoice", b"order"))
    (folder / "small.txt").write_bytes(b"hello\n")
    (folder / "core.bin").write_bytes(b"\0\1\2" * 100)
    return folder


def tree(folder: Path) -> dict[str, bytes]:
    """Every output below `folder` with its bytes."""
    return {str(p.relative_to(folder)): p.read_bytes() for p in sorted(folder.rglob("*")) if p.is_file() and p.name != MANIFEST}


def test_as_written_and_as_the_shell_expands_it(headroom: Run, tmp_path: Path, log: bytes) -> None:
    (tmp_path / "ci-logs").mkdir()
    for name in ("a.log", "b.log", "with space.log"):
        (tmp_path / "ci-logs" / name).write_bytes(log)
    quoted = headroom("compress-batch", "--input", "./ci-logs/*.log", "--output", "./out/", *HOW)
    assert (quoted.code, quoted.out) == (0, b"")
    first = tree(tmp_path / "out")
    assert list(first) == ["a.log", "b.log", "with space.log"]
    assert all(len(data) < len(log) for data in first.values())
    names = [f"./ci-logs/{name}" for name in first]
    expanded = headroom("compress-batch", "--input", *names, "--output", "./out2/", *HOW)
    assert expanded.code == 0
    assert tree(tmp_path / "out2") == first
    assert expanded.err == quoted.err
    operands_last = headroom("compress-batch", "--output", "./out3/", *HOW, *names)
    assert operands_last.code == 0
    assert tree(tmp_path / "out3") == first


@pytest.mark.usefixtures("logs")
def test_the_failure_is_still_in_every_output(headroom: Run, tmp_path: Path) -> None:
    assert headroom("compress-batch", "--input", "ci-logs", "--output", "out").code == 0
    assert b"assert invoice(3).total == 42" in (tmp_path / "out/a.log").read_bytes()
    assert b"FAILED tests/test_order.py::test_order" in (tmp_path / "out/sub/b.log").read_bytes()


@pytest.mark.usefixtures("logs")
def test_the_table_for_a_pipe_is_plain_and_whole(headroom: Run) -> None:
    ran = headroom("compress-batch", "--input", "ci-logs", "--output", "out")
    lines = ran.err.splitlines()
    assert ran.err.isascii()
    assert lines[0].split() == ["file", "format", "rule", "before", "after", "saved"]
    assert lines[2].startswith("ci-logs/a.log")
    assert "total (3 files)" in ran.err
    assert "skipped: ci-logs/core.bin: binary" in ran.err


@pytest.mark.usefixtures("logs")
def test_a_folder_mirrors_and_binaries_are_left_out(headroom: Run, tmp_path: Path) -> None:
    headroom("compress-batch", "--input", "ci-logs", "--output", "out")
    out = tree(tmp_path / "out")
    assert sorted(out) == ["a.log", "small.txt", "sub/b.log"]
    assert out["small.txt"] == b"hello\n"


def test_two_inputs_for_one_output_stop_everything(headroom: Run, logs: Path, tmp_path: Path, log: bytes) -> None:
    (logs / "sub" / "a.log").write_bytes(log)
    ran = headroom("compress-batch", "--input", "ci-logs/**/*.log", "--output", "out", "--flat")
    assert (ran.code, ran.out) == (2, b"")
    assert "ci-logs/a.log and ci-logs/sub/a.log" in ran.err
    assert not (tmp_path / "out").exists()


def test_one_bad_file_is_exit_3_and_the_rest_is_done(headroom: Run, logs: Path, tmp_path: Path) -> None:
    (logs / "bad.gz").write_bytes(b"\x1f\x8b" + b"junk" * 10)
    ran = headroom("compress-batch", "--input", "ci-logs/*", "gone.log", "--output", "out")
    assert ran.code == 3
    assert "failed: ci-logs/bad.gz: damaged gz data" in ran.err
    assert "failed: gone.log: no such file" in ran.err
    assert "a.log" in tree(tmp_path / "out")
    assert "Traceback" not in ran.err
    quiet = headroom("compress-batch", "--input", "ci-logs/*", "--output", "out", "-q")
    assert quiet.code == 3
    assert quiet.err.startswith("headroom: warning: ci-logs/bad.gz: damaged gz data")


@pytest.mark.usefixtures("logs")
def test_an_output_that_cannot_be_written_is_that_files_failure(headroom: Run, tmp_path: Path) -> None:
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "sub").write_text("in the way")
    ran = headroom("compress-batch", "--input", "ci-logs", "--output", "out")
    assert ran.code == 3
    assert "failed: ci-logs/sub/b.log: " in ran.err
    assert (tmp_path / "out" / "a.log").exists()


@pytest.mark.parametrize("jobs", ["1", "2"])
def test_fail_fast_stops_at_the_first_failure_in_order(headroom: Run, logs: Path, jobs: str) -> None:
    (logs / "a0.gz").write_bytes(b"\x1f\x8b" + b"junk" * 10)
    ran = headroom("compress-batch", "--input", "ci-logs", "--output", "out", "--fail-fast", "--json", "-j", jobs)
    assert ran.code == 3
    statuses = {each["name"]: each["status"] for each in json.loads(ran.out)["files"]}
    assert statuses == {
        "ci-logs/a.log": "compressed",
        "ci-logs/a0.gz": "failed",
        "ci-logs/core.bin": "skipped",
        "ci-logs/small.txt": "skipped",
        "ci-logs/sub/b.log": "skipped",
    }


def test_no_match_is_exit_2_and_says_where_it_looked(headroom: Run, logs: Path, tmp_path: Path) -> None:
    ran = headroom("compress-batch", "--input", "ci-logs/sub/*.txt", "--output", "out")
    assert (ran.code, ran.out) == (2, b"")
    assert "ci-logs/sub/*.txt" in ran.err
    assert str(logs / "sub") in ran.err
    assert not (tmp_path / "out").exists()
    empty = headroom("compress-batch", "--input", "ci-logs/sub/*.txt", "--output", "out", "--allow-empty")
    assert empty.code == 0
    assert "matches nothing" in empty.err
    some = headroom("compress-batch", "--input", "*.nothing", "ci-logs", "--output", "out")
    assert some.code == 0
    assert "headroom: warning: *.nothing matches nothing" in some.err


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("--output", "out"), "nothing to read"),
        (("--input", "ci-logs"), "--output"),
        (("--input", "-", "--output", "out"), "not stdin"),
        (("--input", "ci-logs", "--output", "ci-logs/a.log"), "must be a folder"),
        (("--input", "ci-logs", "--output", "ci-logs"), "written over the input"),
        (("--input", "ci-logs", "--output", "out", "--suffix", "a/b"), "--suffix"),
        (("--input", "ci-logs", "--output", "out", "-j", "0"), "1 or more"),
        (("--input", "ci-logs", "--output", "out", "--format", "nonsense"), "nonsense"),
        (("--input", "ci-logs", "--output", "out", "--tokenizer", "nonsense"), "nonsense"),
        (("--input", "ci-logs", "--output", "out", "--report", "xml"), "--report"),
    ],
)
@pytest.mark.usefixtures("logs")
def test_usage_errors_write_nothing(headroom: Run, tmp_path: Path, words: tuple[str, ...], message: str) -> None:
    before = tree(tmp_path)
    ran = headroom("compress-batch", *words)
    assert (ran.code, ran.out) == (2, b"")
    assert ran.err.startswith("headroom: error: ")
    assert message in ran.err
    assert tree(tmp_path) == before


def test_a_rerun_does_only_what_has_changed(headroom: Run, logs: Path, tmp_path: Path, log: bytes) -> None:
    words = ("compress-batch", "--input", "ci-logs", "--output", "out", "--json")
    first = json.loads(headroom(*words).out)
    stamps = {name: (tmp_path / "out" / name).stat().st_mtime_ns for name in tree(tmp_path / "out")}
    (logs / "a.log").write_bytes(log + b"one more line\n")
    second = json.loads(headroom(*words).out)
    statuses = {each["name"]: each["status"] for each in second["files"]}
    assert statuses["ci-logs/a.log"] == "compressed"
    assert statuses["ci-logs/sub/b.log"] == statuses["ci-logs/small.txt"] == "unchanged"
    assert (tmp_path / "out/sub/b.log").stat().st_mtime_ns == stamps["sub/b.log"]
    assert (tmp_path / "out/a.log").stat().st_mtime_ns != stamps["a.log"]
    same = {key: value for key, value in second["files"][3].items() if key not in ("status", "skipped")}
    assert same == {key: value for key, value in first["files"][3].items() if key != "status"}
    third = json.loads(headroom(*words, "--strategy", "lossless").out)
    assert "unchanged" not in {each["status"] for each in third["files"]}


@pytest.mark.usefixtures("logs")
def test_skip_existing_leaves_alone_what_is_there(headroom: Run, tmp_path: Path) -> None:
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "a.log").write_text("mine\n")
    ran = headroom("compress-batch", "--input", "ci-logs", "--output", "out", "--skip-existing")
    assert ran.code == 0
    assert "skipped: ci-logs/a.log: exists" in ran.err
    assert (tmp_path / "out/a.log").read_text() == "mine\n"
    assert (tmp_path / "out/sub/b.log").exists()


def test_outputs_inside_the_inputs_are_never_read_back(headroom: Run, logs: Path) -> None:
    for _ in range(2):
        assert headroom("compress-batch", "--input", "ci-logs", "--output", "ci-logs/out").code == 0
    assert sorted(tree(logs / "out")) == ["a.log", "small.txt", "sub/b.log"]
    for _ in range(2):
        assert headroom("compress-batch", "--input", "ci-logs/*.log", "--output", "ci-logs", "--suffix", ".min").code == 0
    assert sorted(path.name for path in logs.glob("*.log")) == ["a.log", "a.min.log"]


def test_any_number_of_processes_gives_the_same(headroom: Run, tmp_path: Path, log: bytes) -> None:
    (tmp_path / "in").mkdir()
    for n in range(4):
        (tmp_path / "in" / f"{n}.log").write_bytes(b"".join(log.replace(b"package", b"part%d_%d" % (n, k)) for k in range(30)))
    assert sum(path.stat().st_size for path in (tmp_path / "in").iterdir()) > 4 << 20
    (tmp_path / "in" / "bad.gz").write_bytes(b"\x1f\x8bjunk")
    one = headroom("compress-batch", "--input", "in", "--output", "one", "-j", "1", "--report", "json")
    two = headroom("compress-batch", "--input", "in", "--output", "two", "--report", "json", env={"HEADROOM_JOBS": "2"})
    assert one.code == two.code == 3
    assert tree(tmp_path / "one") == tree(tmp_path / "two")
    assert one.err.replace('"one/', '"two/') == two.err


@pytest.mark.usefixtures("logs")
def test_json_is_all_that_stdout_carries(headroom: Run) -> None:
    ran = headroom("compress-batch", "--input", "ci-logs", "--output", "out", "--json")
    answer = json.loads(ran.out)
    assert answer["version"] == 1
    assert [each["name"] for each in answer["files"]] == [
        f"ci-logs/{name}" for name in ("a.log", "core.bin", "small.txt", "sub/b.log")
    ]
    file = answer["files"][0]
    assert set(file) >= {
        "status",
        "output",
        "format",
        "rule",
        "original_tokens",
        "compressed_tokens",
        "savings_pct",
        "quality",
        "blocks",
        "warnings",
    }
    assert file["output"] == "out/a.log"
    assert answer["totals"]["files"] == 3
    assert "ci-logs/a.log" not in ran.err


@pytest.mark.usefixtures("logs")
def test_reports(headroom: Run, tmp_path: Path) -> None:
    words = ("compress-batch", "--input", "ci-logs", "--output", "out")
    assert headroom(*words, "--report", "none").err == "headroom: ci-logs/core.bin: skipped: binary\n"
    assert "| ci-logs/a.log | ci_log |" in headroom(*words, "--report", "markdown").err
    both = headroom(*words, "--report-file", "savings.md")
    assert (tmp_path / "savings.md").read_text().startswith("| file | format |")
    assert both.err.startswith("file ")
    for _ in range(2):
        headroom(*words, "--report", "github", "--report-file", "summary")
    assert (tmp_path / "summary").read_text().count("### Headroom") == 2


@pytest.mark.parametrize(("percent", "code"), [("10", 0), ("99.99", 1)])
@pytest.mark.usefixtures("logs")
def test_fail_under_judges_the_total_and_a_rerun_judges_the_same(headroom: Run, percent: str, code: int) -> None:
    for _ in range(2):
        ran = headroom("compress-batch", "--input", "ci-logs", "--output", "out", "--fail-under", percent)
        assert ran.code == code
        assert ("under --fail-under" in ran.err) == bool(code)


RULES = """\
version: 1
rules:
  - pattern: "openapi.*\\\\.yaml$"
    compress: false
    dedup: true
  - pattern: "ci-logs/"
    max_tokens: 500
    strategy: aggressive
  - glob: "*.gz"
    compress: false
"""


@pytest.mark.usefixtures("logs")
def test_rules_hold_per_path(headroom: Run, tmp_path: Path, log: bytes) -> None:
    (tmp_path / "headroom-config.yaml").write_text(RULES)
    spec = b"openapi: 3.1.0\r\n" * 300
    packed = gzip.compress(log)
    for name, data in {
        "openapi-1.yaml": spec,
        "openapi-2.yaml": spec,
        "openapi-3.yaml": b"a: 1\n",
        "x.gz": packed,
        "y.log": log,
    }.items():
        (tmp_path / name).write_bytes(data)
    words = ("ci-logs/a.log", "openapi-1.yaml", "openapi-2.yaml", "openapi-3.yaml", "x.gz", "y.log")
    ran = headroom("compress-batch", "--input", *words, "--output", "out", "--json")
    assert ran.code == 0
    files = {each["name"]: each for each in json.loads(ran.out)["files"]}
    out = tree(tmp_path / "out")
    assert files["ci-logs/a.log"]["compressed_tokens"] <= 500
    assert files["ci-logs/a.log"]["rule"] == "headroom-config.yaml:6"
    assert files["y.log"]["rule"] == ""
    assert out["openapi-1.yaml"] == spec
    assert out["openapi-2.yaml"] == b"[headroom: openapi-2.yaml is byte for byte openapi-1.yaml]\n"
    assert files["openapi-2.yaml"]["compressed_tokens"] < 30
    assert out["openapi-3.yaml"] == b"a: 1\n"
    assert out["x.gz"] == packed
    plain = headroom("compress-batch", "--input", "ci-logs/a.log", "--output", "out2", "--json", "--no-config")
    assert json.loads(plain.out)["files"][0]["rule"] == ""


def test_a_packed_log_becomes_text(headroom: Run, tmp_path: Path, log: bytes) -> None:
    (tmp_path / "a.log.gz").write_bytes(gzip.compress(log))
    assert headroom("compress-batch", "--input", "*.gz", "--output", "out").code == 0
    out = tree(tmp_path / "out")
    assert list(out) == ["a.log"]
    assert b"FAILED tests/test_invoice.py" in out["a.log"]


def test_undecodable_names_work(headroom: Run, tmp_path: Path, log: bytes) -> None:
    (tmp_path / "in").mkdir()
    name = os.fsdecode(b"caf\xe9 [1]\n.log")
    (tmp_path / "in" / name).write_bytes(log)
    assert headroom("compress-batch", "--input", "in", "--output", "out").code == 0
    assert (tmp_path / "out" / name).exists()
    again = headroom("compress-batch", "--input", "in", "--output", "out", "--json")
    assert json.loads(again.out)["files"][0]["status"] == "unchanged"


@pytest.mark.usefixtures("logs")
def test_the_ledger_counts_a_batch_once(headroom: Run, tmp_path: Path) -> None:
    env = {"HEADROOM_LEDGER": str(tmp_path / "ledger.jsonl")}
    for _ in range(2):
        headroom("compress-batch", "--input", "ci-logs", "--output", "out", env=env)
    lines = [json.loads(line) for line in (tmp_path / "ledger.jsonl").read_text().splitlines()]
    assert sum(line["files"] for line in lines) == 3
    assert "ci-logs" not in (tmp_path / "ledger.jsonl").read_text()


@pytest.mark.usefixtures("logs")
def test_a_terminal_gets_a_drawn_table(environment: dict[str, str], tmp_path: Path) -> None:
    main, side = pty.openpty()
    command = [*COMMAND, "compress-batch", "--input", "ci-logs", "--output", "out"]
    child = subprocess.Popen(command, cwd=tmp_path, env={**environment, "TERM": "xterm"}, stderr=side, stdout=subprocess.PIPE)
    os.close(side)
    text = b""
    try:
        while chunk := os.read(main, 4096):
            text += chunk
    except OSError:  # the other end is closed
        pass
    assert child.stdout is not None
    assert child.stdout.read() == b""
    assert child.wait() == 0
    os.close(main)
    assert "╭".encode() in text
    assert b"\x1b[" in text


@pytest.mark.parametrize("jobs", ["1", "2"])
def test_ctrl_c_is_130_without_a_traceback_and_keeps_what_is_done(
    environment: dict[str, str], tmp_path: Path, log: bytes, jobs: str
) -> None:
    (tmp_path / "in").mkdir()
    for n in range(12):
        (tmp_path / "in" / f"{n:02}.log").write_bytes(b"".join(log.replace(b"package", b"part%d_%d" % (n, k)) for k in range(30)))
    start = "import signal, headroom_cli.cli as c; signal.signal(signal.SIGINT, signal.default_int_handler); c.main()"
    command = [sys.executable, "-c", start, "compress-batch", "--input", "in", "--output", "out", "-j", jobs]
    child = subprocess.Popen(command, cwd=tmp_path, env=environment, stderr=subprocess.PIPE, start_new_session=True)
    deadline = time.monotonic() + 60
    while not list(tmp_path.glob("out/*.log")) and time.monotonic() < deadline:
        time.sleep(0.005)
    time.sleep(0.05)  # the worker has told its parent
    os.killpg(child.pid, signal.SIGINT)
    _, err = child.communicate(timeout=60)
    assert child.returncode == 130
    assert b"Traceback" not in err
    held = json.loads((tmp_path / "out" / MANIFEST).read_text())["files"]
    assert 0 < len(held) < 12
