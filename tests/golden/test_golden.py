"""Golden cases: `<format>/<case>/{input.*, case.yaml, expected.txt}`. A new folder is a new test.

case.yaml may have a `query`; it has `must_keep` (texts that conservative and balanced must leave in the output, and aggressive half of: fixed from the
fault, before compressing) and `min_savings` (percent, per strategy). expected.txt is what balanced makes of the input; read the
difference before you accept it:

    HEADROOM_ACCEPT=1 python -m pytest tests/golden
"""

from __future__ import annotations

import os
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml

from headroom_cli.api import compress_document
from headroom_cli.model import Document, Result
from headroom_cli.settings import Settings
from headroom_cli.source import read_document
from headroom_cli.verify import verify

HERE = Path(__file__).parent
CASES = sorted(path.parent for path in HERE.glob("*/*/case.yaml"))
STRATEGIES = ("conservative", "balanced", "aggressive")


def read_case(folder: Path) -> dict[str, Any]:
    case = yaml.safe_load((folder / "case.yaml").read_text(encoding="utf-8"))
    assert isinstance(case, dict)
    return case


def read_input(folder: Path) -> Document:
    (path,) = folder.glob("input.*")
    return read_document(path.read_bytes(), name=path.name, path=path.name)


@cache
def compressed(folder: Path, strategy: str) -> Result:
    return compress_document(read_input(folder), Settings(strategy=strategy, query=read_case(folder).get("query")))


def name(value: object) -> str:
    return f"{value.parent.name}/{value.name}" if isinstance(value, Path) else str(value)


def test_there_are_cases() -> None:
    assert CASES


@pytest.mark.parametrize("folder", CASES, ids=name)
def test_a_case_is_whole(folder: Path) -> None:
    case = read_case(folder)
    assert case["must_keep"]
    assert set(case["min_savings"]) == set(STRATEGIES)
    text = compressed(folder, "off").text
    assert [piece for piece in case["must_keep"] if str(piece) not in text] == []


@pytest.mark.parametrize("strategy", STRATEGIES)
@pytest.mark.parametrize("folder", CASES, ids=name)
def test_the_evidence_stays(folder: Path, strategy: str) -> None:
    text, must_keep = compressed(folder, strategy).text, read_case(folder)["must_keep"]
    missing = [piece for piece in must_keep if str(piece) not in text]
    assert missing == [] or (strategy == "aggressive" and len(missing) <= len(must_keep) // 2), missing


@pytest.mark.parametrize("strategy", STRATEGIES)
@pytest.mark.parametrize("folder", CASES, ids=name)
def test_enough_is_saved(folder: Path, strategy: str) -> None:
    assert compressed(folder, strategy).savings_pct >= read_case(folder)["min_savings"][strategy]


@pytest.mark.parametrize("strategy", STRATEGIES)
@pytest.mark.parametrize("folder", CASES, ids=name)
def test_verify_agrees(folder: Path, strategy: str) -> None:
    assert verify(compressed(folder, strategy).data, read_input(folder)) == []


@pytest.mark.parametrize("folder", CASES, ids=name)
def test_balanced_gives_the_reviewed_output(folder: Path) -> None:
    path, data = folder / "expected.txt", compressed(folder, "balanced").data
    if os.environ.get("HEADROOM_ACCEPT"):
        path.write_bytes(data)
    assert data == path.read_bytes()


@pytest.mark.parametrize("folder", [folder for folder in CASES if folder.parent.name != "logs"], ids=name)
def test_windows_change_nothing(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is read a window, a run or a batch at a time comes out as if it were read at once."""
    whole = compressed(folder, "balanced")
    monkeypatch.setattr("headroom_cli.stages.lines.LISTED", -1)
    monkeypatch.setattr("headroom_cli.stages.lines.BATCH", 3)
    monkeypatch.setattr("headroom_cli.stages.sheet.BATCH", 5)
    monkeypatch.setattr("headroom_cli.text.jsontext.WINDOW", 64)
    assert compressed.__wrapped__(folder, "balanced").data == whole.data
