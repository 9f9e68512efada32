"""`headroom verify OUTPUT --against SOURCE`: exit 1 names what breaks."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from running import Run


@pytest.fixture
def pair(headroom: Run, tmp_path: Path, log: bytes) -> tuple[Path, Path]:
    (tmp_path / "build.log").write_bytes(log)
    headroom("compress", "build.log", "-o", "small.txt")
    return tmp_path / "small.txt", tmp_path / "build.log"


@pytest.mark.parametrize("strategy", ["off", "lossless", "conservative", "balanced", "aggressive"])
def test_what_compress_wrote_holds(headroom: Run, tmp_path: Path, log: bytes, strategy: str) -> None:
    (tmp_path / "build.log").write_bytes(log)
    assert headroom("compress", "build.log", "-s", strategy, "-o", "small.txt").code == 0
    ran = headroom("verify", "small.txt", "--against", "build.log")
    assert (ran.code, ran.out) == (0, b"")
    assert "every promise holds" in ran.err


@pytest.mark.usefixtures("pair")
def test_a_falsified_line_is_named(headroom: Run, pair: tuple[Path, Path]) -> None:
    output, _ = pair
    output.write_bytes(output.read_bytes().replace(b"assert 41 == 42", b"assert 40 == 42"))
    ran = headroom("verify", "small.txt", "--against", "build.log")
    assert ran.code == 1
    assert ran.out.startswith(b"small.txt: ")
    assert b"40 == 42" in ran.out
    answer = json.loads(headroom("verify", "small.txt", "--against", "build.log", "--json").out)
    assert (answer["version"], answer["holds"]) == (1, False)
    assert answer["problems"]


@pytest.mark.usefixtures("pair")
def test_stdin_can_be_one_of_the_two(headroom: Run, log: bytes) -> None:
    assert headroom("verify", "small.txt", "--against", "-", stdin=log).code == 0
    assert headroom("verify", "-", "--against", "-").code == 2
    assert headroom("verify", "small.txt").code == 2
    assert headroom("verify", "gone", "--against", "build.log").code == 3
