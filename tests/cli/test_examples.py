"""The examples are real logs of failing builds. What their case says must be kept is in the output of the real command."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml
from running import ROOT, Run

EXAMPLES = ROOT / "examples"
CASES: list[dict[str, Any]] = yaml.safe_load((EXAMPLES / "cases.yaml").read_text(encoding="utf-8"))
IDS = [case["file"] for case in CASES]


def missing(case: dict[str, Any], text: str) -> list[str]:
    return [str(piece) for piece in case["must_keep"] if str(piece) not in text]


def test_there_are_six_or_more_and_each_log_has_a_case() -> None:
    assert len(CASES) >= 6
    assert sorted(IDS) == sorted(path.name for path in EXAMPLES.glob("*.log*"))


@pytest.mark.parametrize("case", CASES, ids=IDS)
def test_a_case_says_what_is_asked(case: dict[str, Any]) -> None:
    source = (EXAMPLES / case["file"]).read_bytes().decode("utf-8", "surrogateescape")
    assert case["question"]
    assert case["must_keep"]
    assert missing(case, source) == []


@pytest.mark.parametrize("case", CASES, ids=IDS)
def test_the_evidence_of_an_example_is_kept(headroom: Run, case: dict[str, Any], tmp_path: Path) -> None:
    source, output = EXAMPLES / case["file"], tmp_path / "output.log"
    done = headroom("--no-config", "compress", str(source), "-o", str(output))
    assert done.code == 0, done.err
    text = output.read_bytes().decode("utf-8", "surrogateescape")
    assert missing(case, text) == []
    assert len(text) < 0.5 * source.stat().st_size
    checked = headroom("--no-config", "verify", str(output), "--against", str(source))
    assert checked.code == 0, checked.err


def test_the_lines_of_a_marker_are_had_back(headroom: Run, tmp_path: Path) -> None:
    source, output = EXAMPLES / CASES[0]["file"], tmp_path / "output.log"
    headroom("--no-config", "compress", str(source), "-o", str(output))
    lines = source.read_bytes().splitlines(keepends=True)
    places = [line.split("\t")[0] for line in headroom("retrieve", str(output), "--list").out.decode().splitlines()]
    assert places
    for place in places[:3] + places[-1:]:
        first, _, last = place[1:].partition("-")
        back = headroom("retrieve", f"{source}:{place}")
        assert back.code == 0
        assert back.out.removeprefix(b"\xef\xbb\xbf") == b"".join(lines[int(first) - 1 : int(last or first)]).removeprefix(b"\xef\xbb\xbf")


def test_the_example_configuration_has_no_errors(headroom: Run) -> None:
    done = headroom("--config", str(EXAMPLES / "headroom-config.yaml"), "rules", "check")
    assert done.code == 0, done.err + done.out.decode()
