"""stdin, stdout and what happens at their ends: whatever the bytes, they come out whole or the exit code says why."""

from __future__ import annotations

import gzip
import os
import pty
import signal
import subprocess
import time
from pathlib import Path

import pytest
from running import COMMAND, Run

SMALL = {
    "nothing": b"",
    "one newline": b"\n",
    "no final newline": b"error: boom\nlast line",
    "CRLF": b"one\r\ntwo\r\nthree\r\n",
    "mixed line ends": b"one\r\ntwo\nthree\rfour",
    "bytes that are no text": b"caf\xe9 \xff\xfe\x80\nnext\n",
    "a UTF-8 BOM": b"\xef\xbb\xbfone\ntwo\n",
    "UTF-16 LE": "\ufeffone\r\nzw\u00f6lf\r\n".encode("utf-16-le"),
    "UTF-16 BE": "\ufeffone\nzw\u00f6lf\n".encode("utf-16-be"),
    "NUL": b"abc\0def\n",
    "lone surrogates as UTF-8": b"\xed\xa0\x80\n",
    "other line separators": "a\u2028b\u0085c\x0bd\x0ce\n".encode(),
}


@pytest.mark.parametrize("data", SMALL.values(), ids=SMALL)
def test_small_inputs_come_out_byte_for_byte(headroom: Run, data: bytes) -> None:
    ran = headroom("compress", stdin=data)
    assert (ran.code, ran.out) == (0, data)


@pytest.mark.parametrize("strategy", ["off", "lossless", "conservative", "balanced", "aggressive"])
@pytest.mark.parametrize(
    "damage",
    [
        lambda data: data.replace(b"\n", b"\r\n"),
        lambda data: data.replace(b"package", b"p\xe4ck\xff"),
        lambda data: data.rstrip(b"\n"),
        lambda data: "\ufeff".encode("utf-16-le") + data.decode().encode("utf-16-le"),
        lambda data: b"\xef\xbb\xbf" + data,
    ],
    ids=["CRLF", "invalid bytes", "no final newline", "UTF-16", "BOM"],
)
def test_unusual_encodings_are_kept(headroom: Run, log: bytes, damage: object, strategy: str) -> None:
    data = damage(log)  # type: ignore[operator]
    ran = headroom("compress", "-s", strategy, stdin=data)
    assert ran.code == 0
    utf16 = data.startswith(b"\xff\xfe")
    bom = next((mark for mark in (b"\xff\xfe", b"\xef\xbb\xbf") if data.startswith(mark)), b"")
    assert ran.out.startswith(bom + ("[".encode("utf-16-le") if utf16 else b"[")) or (ran.out == data) == (
        strategy in ("off", "lossless")
    )
    text = ran.out.decode("utf-16" if utf16 else "latin-1")
    assert "AssertionError: assert 41 == 42" in text
    assert text.endswith("\n") == (data[-2:] in (b"\r\n", b"\n\0") or data.endswith(b"\n"))
    if b"\r\n" in data:
        assert text.count("\r\n") == text.count("\n")


def test_binary_data_passes_with_a_warning(headroom: Run, tmp_path: Path) -> None:
    data = bytes(range(256)) * 200
    (tmp_path / "program").write_bytes(data)
    ran = headroom("compress", "program")
    assert (ran.code, ran.out) == (0, data)
    assert ran.err.startswith("headroom: warning: program: ")
    assert headroom("compress", "program", "--strict").code == 1
    assert headroom("compress", "program", "-qq").err == ""


def test_packed_files_are_read(headroom: Run, tmp_path: Path, log: bytes) -> None:
    (tmp_path / "build.log.gz").write_bytes(gzip.compress(log))
    (tmp_path / "build.log").write_bytes(log)
    packed = headroom("compress", "build.log.gz")
    assert packed.code == 0
    assert b"assert 41 == 42" in packed.out
    assert headroom("compress", "-s", "off", "--stdin-filename", "x", "-", stdin=log).out == log


def test_damaged_packed_data_is_one_failed_input(headroom: Run, tmp_path: Path) -> None:
    (tmp_path / "bad.gz").write_bytes(gzip.compress(b"text\n" * 1000)[:-12])
    ran = headroom("compress", "bad.gz")
    assert (ran.code, ran.out) == (3, b"")
    assert ran.err.startswith("headroom: error: bad.gz: damaged gz data")


def test_a_missing_file(headroom: Run) -> None:
    ran = headroom("compress", "missing.log")
    assert (ran.code, ran.out) == (3, b"")
    assert ran.err.startswith("headroom: error: missing.log: no such file")


def test_a_file_name_cannot_steer_the_terminal(headroom: Run) -> None:
    assert "\x1b" not in headroom("compress", "\x1b[31mred\nline").err


def test_one_bad_file_does_not_stop_the_rest(headroom: Run, tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"first\n")
    (tmp_path / "b").write_bytes(b"second")
    ran = headroom("compress", "a", "missing", "b", ".")
    assert ran.code == 3
    assert ran.out == b"==> a <==\nfirst\n\n==> b <==\nsecond\n"
    assert ran.err.count("headroom: error: ") == 2


def test_a_closed_pipe_ends_quietly(environment: dict[str, str], tmp_path: Path) -> None:
    (tmp_path / "big").write_bytes(b"".join(b"%d different words here\n" % n for n in range(200_000)))
    with subprocess.Popen(
        [*COMMAND, "compress", "-s", "off", "big"], stdout=subprocess.PIPE, stderr=subprocess.PIPE, cwd=tmp_path, env=environment
    ) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        assert process.stdout.readline() == b"0 different words here\n"
        process.stdout.close()
        assert process.stderr.read() == b""
        assert process.wait(30) == 0


@pytest.mark.parametrize("words", [["compress"], ["formats"], ["--help"], ["compress", "--help"]])
def test_a_pipe_that_is_closed_before_the_start(environment: dict[str, str], tmp_path: Path, words: list[str]) -> None:
    read, write = os.pipe()
    os.close(read)
    done = subprocess.run(
        [*COMMAND, *words], input=b"text\n", stdout=write, stderr=subprocess.PIPE, cwd=tmp_path, env=environment
    )
    os.close(write)
    assert (done.returncode, done.stderr) == (0, b"")


def test_a_full_disk_is_told(environment: dict[str, str], tmp_path: Path) -> None:
    with open("/dev/full", "wb") as full:
        done = subprocess.run(
            [*COMMAND, "compress"], input=b"text\n", stdout=full, stderr=subprocess.PIPE, cwd=tmp_path, env=environment
        )
    assert done.returncode == 3
    assert done.stderr == b"headroom: error: <stdout>: No space left on device\n"


def test_a_terminal_is_not_waited_for(environment: dict[str, str], tmp_path: Path) -> None:
    leader, follower = pty.openpty()
    done = subprocess.run([*COMMAND, "compress"], stdin=follower, capture_output=True, cwd=tmp_path, env=environment, timeout=20)
    os.close(leader)
    os.close(follower)
    assert (done.returncode, done.stdout) == (2, b"")
    assert b"headroom compress build.log" in done.stderr


def test_a_dash_reads_a_terminal_too(environment: dict[str, str], tmp_path: Path) -> None:
    leader, follower = pty.openpty()
    os.write(leader, b"typed\n\x04")
    done = subprocess.run(
        [*COMMAND, "compress", "-"], stdin=follower, capture_output=True, cwd=tmp_path, env=environment, timeout=20
    )
    os.close(leader)
    os.close(follower)
    assert (done.returncode, done.stdout) == (0, b"typed\n")


def on_a_terminal(environment: dict[str, str], folder: Path, *words: str, **extra: str) -> str:
    """What the command writes to a terminal on stderr."""
    leader, follower = pty.openpty()
    subprocess.run([*COMMAND, *words], stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=follower, cwd=folder,
                   env={**environment, "TERM": "xterm", **extra}, timeout=30)  # fmt: skip
    os.close(follower)
    text = b""
    try:
        while piece := os.read(leader, 4096):
            text += piece
    except OSError:  # Linux: the other end is closed
        pass
    os.close(leader)
    return text.decode()


def test_one_line_on_a_terminal(environment: dict[str, str], tmp_path: Path, log: bytes) -> None:
    (tmp_path / "build.log").write_bytes(log)
    text = on_a_terminal(environment, tmp_path, "compress", "build.log")
    assert text.count("\n") == 1
    assert text.startswith("build.log: ")
    assert "% saved" in text
    assert on_a_terminal(environment, tmp_path, "compress", "build.log", "-q") == ""
    assert on_a_terminal(environment, tmp_path, "compress", "build.log", "--report", "none") == ""


@pytest.mark.parametrize(
    ("words", "extra", "coloured"),
    [
        ([], {}, True),
        (["--color", "never"], {}, False),
        ([], {"NO_COLOR": "1"}, False),
        ([], {"NO_COLOR": ""}, True),
        ([], {"TERM": "dumb"}, False),
        (["--color", "always"], {"NO_COLOR": "1"}, True),
        ([], {"NO_COLOR": "1", "FORCE_COLOR": "1"}, False),
        ([], {"HEADROOM_COLOR": "never"}, False),
        ([], {"HEADROOM_COLOR": "always", "NO_COLOR": "1"}, True),
    ],
)
def test_colour_on_a_terminal(
    environment: dict[str, str], tmp_path: Path, words: list[str], extra: dict[str, str], coloured: bool
) -> None:
    assert ("\x1b[" in on_a_terminal(environment, tmp_path, "compress", "missing", *words, **extra)) == coloured


@pytest.mark.parametrize(
    ("words", "extra", "coloured"),
    [([], {}, False), ([], {"FORCE_COLOR": "1"}, True), ([], {"CLICOLOR_FORCE": "1"}, True), (["--color=always"], {}, True)],
)
def test_colour_in_a_pipe(headroom: Run, words: list[str], extra: dict[str, str], coloured: bool) -> None:
    ran = headroom("compress", "missing", *words, env=extra)
    assert ("\x1b[" in ran.err) == coloured
    assert b"\x1b[" not in headroom("compress", *words, env=extra, stdin=b"text\n").out


def test_a_wrong_colour_variable_is_told(headroom: Run) -> None:
    ran = headroom("compress", "missing", env={"HEADROOM_COLOR": "red"})
    assert ran.code == 2
    assert "HEADROOM_COLOR: 'red' must be one of auto, always, never" in ran.err


def test_ctrl_c_leaves_no_traceback(environment: dict[str, str], tmp_path: Path) -> None:
    with subprocess.Popen(
        [*COMMAND, "compress"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        cwd=tmp_path,
        env=environment,
    ) as process:
        assert process.stdin is not None
        assert process.stderr is not None
        process.stdin.write(b"text\n" * 100)
        process.stdin.flush()
        time.sleep(1.0)  # it now waits for the rest of stdin
        process.send_signal(signal.SIGINT)
        assert process.wait(20) == 130
        assert process.stderr.read() == b""


def test_a_closed_stderr_does_not_stop_the_work(environment: dict[str, str], tmp_path: Path) -> None:
    done = subprocess.run(
        ["sh", "-c", f"'{COMMAND[0]}' -m headroom_cli compress missing - 2>&-"],
        input=b"text\n", capture_output=True, cwd=tmp_path, env=environment,
    )  # fmt: skip
    assert done.returncode == 3
    assert done.stdout == b"==> <stdin> <==\ntext\n"


@pytest.mark.parametrize(("end", "code"), [("<&-", 3), (">&-", 3)])
def test_a_closed_stdin_or_stdout_is_told(environment: dict[str, str], tmp_path: Path, end: str, code: int) -> None:
    done = subprocess.run(
        ["sh", "-c", f"'{COMMAND[0]}' -m headroom_cli compress - {end}"],
        input=b"x",
        capture_output=True,
        cwd=tmp_path,
        env=environment,
    )
    assert done.returncode == code
    assert done.stderr.startswith(b"headroom: error: <std")
    assert b"closed" in done.stderr


def test_one_huge_line(headroom: Run) -> None:
    data = b"x = [" + b"1234, 5678, " * 300_000 + b"]\n"
    ran = headroom("compress", stdin=data)
    assert ran.code == 0
    assert len(ran.out) < len(data) / 10


@pytest.mark.slow
def test_one_line_of_50_megabytes(environment: dict[str, str], tmp_path: Path) -> None:
    (tmp_path / "line").write_bytes(b"".join(b'{"id": %d, "state": "ok"}, ' % n for n in range(1_850_000)))
    assert (tmp_path / "line").stat().st_size > 48_000_000
    script = "import resource,subprocess,sys; subprocess.run(sys.argv[1:], check=True);"
    script += "print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss, file=sys.stderr)"
    done = subprocess.run(
        [COMMAND[0], "-c", script, *COMMAND, "compress", "line"], capture_output=True, cwd=tmp_path, env=environment, timeout=120
    )
    assert done.returncode == 0
    assert len(done.stdout) < 1_000_000
    assert int(done.stderr.split()[-1]) * 1024 < 180_000_000  # twice the input and 80 MB
