"""`headroom retrieve`: the source's own lines, byte for byte, or exit 1."""

from __future__ import annotations

import gzip
import json
from pathlib import Path

import pytest
from running import Run

LINES = [b"line %d" % n + (b" WARN late" if n % 10 == 0 else b"") for n in range(1, 41)]


@pytest.fixture
def source(tmp_path: Path) -> Path:
    (tmp_path / "a.log").write_bytes(b"\n".join(LINES))  # no final newline
    return tmp_path / "a.log"


@pytest.mark.usefixtures("source")
@pytest.mark.parametrize(
    ("words", "first", "last"),
    [
        (["a.log:L3-5"], 3, 5),
        (["a.log:3-5"], 3, 5),
        (["a.log:L3-L5"], 3, 5),
        (["a.log:L7"], 7, 7),
        (["a.log:L1-1", "-C", "2"], 1, 3),
        (["a.log:L10", "-C2"], 8, 12),
        (["a.log"], 1, 40),
        (["a.log:L39-40"], 39, 40),
    ],
)
def test_lines_come_byte_for_byte(headroom: Run, words: list[str], first: int, last: int) -> None:
    wanted = b"".join(line + b"\n" for line in LINES[first - 1 : last])
    ran = headroom("retrieve", *words)
    assert (ran.code, ran.err) == (0, "")
    assert ran.out == (wanted[:-1] if last == 40 else wanted)


@pytest.mark.usefixtures("source")
def test_grep_is_grep(headroom: Run) -> None:
    assert headroom("retrieve", "a.log:L5-25", "--grep", "WARN").out == b"10:line 10 WARN late\n20:line 20 WARN late\n"
    out = headroom("retrieve", "a.log:L10-20", "--grep", "WARN", "-C", "1").out
    assert out == b"10:line 10 WARN late\n11-line 11\n--\n19-line 19\n20:line 20 WARN late\n"
    assert headroom("retrieve", "a.log", "--grep", "line 40$|late$").out.endswith(b"40:line 40 WARN late\n")
    assert headroom("retrieve", "a.log", "--grep", "nothing like it")[:2] == (1, b"")


@pytest.mark.usefixtures("source")
@pytest.mark.parametrize(
    ("target", "message"),
    [
        ("a.log:L41", "a.log: L41-41 is outside: the file has 40 lines"),
        ("a.log:L5-41", "a.log: L5-41 is outside: the file has 40 lines"),
        ("missing.log:L1", "missing.log: no such file"),
    ],
)
def test_what_is_not_there_is_exit_1(headroom: Run, target: str, message: str) -> None:
    ran = headroom("retrieve", target)
    assert (ran.code, ran.out) == (1, b"")
    assert message in ran.err


@pytest.mark.usefixtures("source")
@pytest.mark.parametrize("target", ["a.log:L0-3", "a.log:L5-3"])
def test_a_range_that_is_none_is_exit_2(headroom: Run, target: str) -> None:
    assert headroom("retrieve", target).code == 2


@pytest.mark.parametrize(
    ("data", "wanted"),
    [
        (b"one\r\ntwo\r\nthree\r\n", b"two\r\n"),
        (b"one\n\xff\xfe\x80\nthree\n", b"\xff\xfe\x80\n"),
        (b"one\nt\rw\ro\nthree\n", b"t\rw\ro\n"),
        (b"\xef\xbb\xbfone\ntwo\nthree\n", b"two\n"),
        (gzip.compress(b"one\ntwo\nthree\n"), b"two\n"),
        ("\ufeffone\ntw\u00f6\nthree\n".encode("utf-16-le"), "tw\u00f6\n".encode("utf-16-le")),
    ],
    ids=["CRLF", "invalid bytes", "lone CR", "BOM", "gz", "UTF-16"],
)
def test_the_bytes_are_the_source_s_own(headroom: Run, tmp_path: Path, data: bytes, wanted: bytes) -> None:
    (tmp_path / "odd:name.log").write_bytes(data)
    assert headroom("retrieve", "odd:name.log:L2").out == wanted


def test_every_marker_can_be_had_back(headroom: Run, tmp_path: Path, log: bytes) -> None:
    (tmp_path / "build.log").write_bytes(log)
    assert headroom("compress", "build.log", "-o", "small.txt").code == 0
    ranges = headroom("retrieve", "small.txt", "--list").out.split(b"\n")[:-1]
    assert ranges
    lines = log.split(b"\n")
    for entry in ranges:
        first, _, last = entry.split(b"\t")[0][1:].partition(b"-")
        wanted = b"".join(line + b"\n" for line in lines[int(first) - 1 : int(last or first)])
        assert headroom("retrieve", f"build.log:{entry.split()[0].decode()}").out == wanted


HEADER = b"[headroom: a.log, 40 lines; [L1-9] = lines cut]\n"


@pytest.mark.parametrize(
    ("data", "wanted"),
    [
        (b"one\n[L2-5: 3 WARN]\nsix\n[L7]\n", b"L2-5\t3 WARN\nL7\n"),
        (b"one\n[L9-40]\n[L3-5]\nsix\n", b"L3-5\n"),  # the second line of the source looks like a marker
        (b"[L1-10]\n[L2-3]\n[L12-41]\n[L13-40]\n", b"L1-10\nL13-40\n"),
        (b"[L1-3]\n[step build]\nfour\n[+70 s]\n# [L5-9]\n", b"L1-3\nL5-9\n"),
        (b"[L1-3]\r\nfour\r\n[L5-40]\r\n", b"L1-3\nL5-40\n"),
        (b"[L99999999999999999999]\n[L2-1]\n[L0-5]\n", b""),
    ],
)
def test_list_takes_only_what_follows_on_from_the_lines_above(headroom: Run, tmp_path: Path, data: bytes, wanted: bytes) -> None:
    (tmp_path / "small.txt").write_bytes(HEADER + data)
    ran = headroom("retrieve", "small.txt", "--list")
    assert (ran.code, ran.out) == (0, wanted)
    told = json.loads(headroom("retrieve", "small.txt", "--list", "--json").out)
    assert [f"L{each['first']}" for each in told["ranges"]] == [line.split(b"\t")[0].split(b"-")[0].decode() for line in wanted.splitlines()]
    assert told["version"] == 1


def test_lists_of_parts_go_only_upwards(headroom: Run, tmp_path: Path) -> None:
    text = b"[headroom: a.xml, 30 parts; 2 tests; headroom retrieve FILE:L1-9]\n<a>\n<b>\n[L1: 2 passed]\n[L1-9: 1 passed]\n[L4-9]\n[L11]\n"
    (tmp_path / "small.xml").write_bytes(text)
    assert headroom("retrieve", "small.xml", "--list").out == b"L1\t2 passed\nL1-9\t1 passed\nL11\n"


@pytest.fixture
def batch(headroom: Run, tmp_path: Path, log: bytes) -> Path:
    """A folder of logs, compressed into `out`."""
    (tmp_path / "ci").mkdir()
    (tmp_path / "ci" / "x.log").write_bytes(log)
    assert headroom("compress-batch", "--input", "ci", "--output", "out").code == 0
    return tmp_path


@pytest.mark.usefixtures("batch")
def test_an_output_of_a_batch_is_followed_to_its_source(headroom: Run, log: bytes) -> None:
    lines = log.splitlines(keepends=True)
    ran = headroom("retrieve", "out/x.log:L3-500")
    assert (ran.code, ran.out) == (0, b"".join(lines[2:500]))
    assert ran.err == "headroom: from ci/x.log, which out/x.log was made from\n"
    assert headroom("retrieve", "out/x.log", "--grep", "41 == 42").out.startswith(b"896:E ")
    assert headroom("-q", "retrieve", "out/x.log:L1").err == ""
    assert headroom("retrieve", "out/x.log", "--list").out.startswith(b"L")


def test_a_batch_s_output_or_source_that_changed_is_named(headroom: Run, batch: Path, log: bytes) -> None:
    source, output = batch / "ci" / "x.log", batch / "out" / "x.log"
    held = output.read_bytes()
    source.write_bytes(log + b"more\n")
    ran = headroom("retrieve", "out/x.log:L3-500")
    assert (ran.code, ran.out) == (1, b"")
    assert "out/x.log: its lines cannot be had: ci/x.log, which it was made from, has changed since" in ran.err
    source.unlink()
    assert "ci/x.log, which it was made from, is gone" in headroom("retrieve", "out/x.log:L3").err
    source.write_bytes(log)
    output.write_bytes(held + b"noted\n")
    assert "it has changed since the batch wrote it (its source by itself: headroom retrieve ci/x.log:RANGE)" in headroom("retrieve", "out/x.log:L3").err


def test_a_forged_header_is_not_followed(headroom: Run, tmp_path: Path) -> None:
    (tmp_path / "secret").write_bytes(b"secret\n" * 50)
    (tmp_path / "log").write_bytes(b"[headroom: secret, 50 lines; [L1-9] = lines cut]\n[L2-9]\nmore\n")
    ran = headroom("retrieve", "log:L2-3")
    assert ran.out == b"[L2-9]\nmore\n"
    assert "is a compressed output: these are its own lines" in ran.err


@pytest.mark.usefixtures("source")
def test_list_needs_a_compressed_output(headroom: Run) -> None:
    assert headroom("retrieve", "a.log", "--list").code == 1
    assert headroom("retrieve", "a.log", "--list", "-C1").code == 2
    assert headroom("retrieve", "a.log", "--json").code == 2
