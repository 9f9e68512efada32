"""`-o` and `-i`: the old file or the new one, never half of one, and never a loss that was not asked for."""

from __future__ import annotations

import gzip
import os
from pathlib import Path

import pytest
from running import Run


@pytest.fixture
def build(tmp_path: Path, log: bytes) -> Path:
    (tmp_path / "build.log").write_bytes(b"same line\n" * 3000 + log)
    return tmp_path / "build.log"


@pytest.mark.usefixtures("build")
def test_output_goes_to_a_file(headroom: Run, tmp_path: Path) -> None:
    ran = headroom("compress", "build.log", "-o", "out.txt")
    assert (ran.code, ran.out) == (0, b"")
    assert (tmp_path / "out.txt").read_bytes() == headroom("compress", "build.log").out
    assert headroom("compress", "build.log", "-o", "-").out == (tmp_path / "out.txt").read_bytes()


@pytest.mark.usefixtures("build")
def test_an_output_that_cannot_be_written(headroom: Run, tmp_path: Path) -> None:
    ran = headroom("compress", "build.log", "-o", "nowhere/out.txt")
    assert (ran.code, ran.out) == (3, b"")
    assert (
        ran.err == "headroom: error: nowhere/out.txt: cannot be written: No such file or directory (its folder does not exist)\n"
    )
    assert sorted(os.listdir(tmp_path)) == ["build.log"]


def test_an_input_that_cannot_be_read_leaves_the_old_output(headroom: Run, tmp_path: Path) -> None:
    (tmp_path / "out.txt").write_bytes(b"old")
    assert headroom("compress", "missing", "-o", "out.txt").code == 3
    assert (tmp_path / "out.txt").read_bytes() == b"old"


def test_in_place_is_lossless_and_its_second_run_changes_nothing(headroom: Run, build: Path, log: bytes) -> None:
    before = build.read_bytes()
    assert headroom("compress", "-i", "--check", "build.log").code == 1
    assert build.read_bytes() == before
    assert headroom("compress", "-i", "build.log")[:2] == (0, b"")
    once, status = build.read_bytes(), build.stat()
    assert len(once) < len(before)
    for line in log.split(b"\n"):
        assert line in once
    assert headroom("compress", "-i", "build.log").code == 0
    assert build.read_bytes() == once
    assert build.stat().st_mtime_ns == status.st_mtime_ns
    assert headroom("compress", "-i", "--check", "build.log").code == 0


def test_neither_configuration_nor_environment_make_it_lossy(headroom: Run, build: Path, tmp_path: Path, log: bytes) -> None:
    (tmp_path / "headroom-config.yaml").write_text(
        'version: 1\nrules:\n  - pattern: "log$"\n    strategy: aggressive\n    max_tokens: 500\n    drop: ["PASSED"]\n'
    )
    assert (
        headroom("compress", "-i", "build.log", env={"HEADROOM_STRATEGY": "aggressive", "HEADROOM_MAX_TOKENS": "300"}).code == 0
    )
    for line in log.split(b"\n"):
        assert line in build.read_bytes()


def test_a_backup_allows_what_is_lossy(headroom: Run, build: Path) -> None:
    before = build.read_bytes()
    assert headroom("compress", "-i", "-s", "balanced", "--backup", ".orig", "build.log").code == 0
    assert len(build.read_bytes()) < len(before) / 4
    assert Path(f"{build}.orig").read_bytes() == before
    once = build.read_bytes()
    assert headroom("compress", "-i", "-s", "balanced", "--backup", ".orig", "build.log").code == 0
    assert (build.read_bytes(), Path(f"{build}.orig").read_bytes()) == (once, before)


def test_small_and_binary_files_stay(headroom: Run, tmp_path: Path) -> None:
    (tmp_path / "small").write_bytes(b"a\r\nb")
    (tmp_path / "binary").write_bytes(b"\0\1\2" * 5000)
    ran = headroom("compress", "-i", "small", "binary")
    assert ran.code == 0
    assert (tmp_path / "small").read_bytes() == b"a\r\nb"
    assert (tmp_path / "binary").read_bytes() == b"\0\1\2" * 5000
    assert ran.err.startswith("headroom: warning: binary: ")


def test_packed_files_are_not_replaced_by_text(headroom: Run, tmp_path: Path, log: bytes) -> None:
    data = gzip.compress(log)
    (tmp_path / "a.gz").write_bytes(data)
    ran = headroom("compress", "-i", "a.gz")
    assert ran.code == 3
    assert (tmp_path / "a.gz").read_bytes() == data
    assert "gz data is not written back as text" in ran.err


def test_one_file_that_cannot_be_written_does_not_stop_the_others(headroom: Run, build: Path, tmp_path: Path) -> None:
    before = build.read_bytes()
    ran = headroom("compress", "-i", "missing", "build.log")
    assert ran.code == 3
    assert len(build.read_bytes()) < len(before)
    assert sorted(os.listdir(tmp_path)) == ["build.log"]


def test_redact_of_a_configuration_does_not_reach_a_file_without_a_backup(headroom: Run, tmp_path: Path, log: bytes) -> None:
    text = log + b"password = hunter2hunter2\n"
    (tmp_path / "headroom-config.yaml").write_text("defaults: {redact: true}\n")
    (tmp_path / "a.log").write_bytes(text)
    assert headroom("compress", "-i", "a.log").code == 0
    assert b"hunter2" in (tmp_path / "a.log").read_bytes()
    assert headroom("compress", "-i", "--backup", ".orig", "a.log").code == 0
    assert b"hunter2" not in (tmp_path / "a.log").read_bytes()
    assert b"hunter2" in (tmp_path / "a.log.orig").read_bytes()
