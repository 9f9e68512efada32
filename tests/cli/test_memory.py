"""Peak memory of a run: at most twice the input and 80 MB, for every kind of input that is read by lines or records."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
SIZE = 10_000_000


def made(name: str) -> tuple[str, Callable[[int], Iterator[bytes]]]:
    sys.path.insert(0, str(ROOT / "benchmarks"))
    try:
        from kinds import MAKERS
    finally:
        sys.path.pop(0)
    ending, make = MAKERS[name]
    return ending, make


def one_line(size: int) -> Iterator[bytes]:
    """The records of `kinds.records` on one line."""
    yield json.dumps(json.loads(b"".join(made("JSON records")[1](size)))).encode()


def json_lines(size: int) -> Iterator[bytes]:
    for record in json.loads(b"".join(made("JSON records")[1](size))):
        yield json.dumps(record).encode() + b"\n"


def other_alphabets(size: int) -> Iterator[bytes]:
    """Records with text beyond Latin-1: as one string they would take twice their bytes and more."""
    records = json.loads(b"".join(made("JSON records")[1](size)))
    yield json.dumps({"items": [{**record, "note": "注意 \U0001f600"} for record in records]}, ensure_ascii=False, indent=1).encode()


OTHERS = {
    "JSON on one line": (".json", one_line),
    "JSON lines": (".jsonl", json_lines),
    "JSON of other alphabets": (".json", other_alphabets),
}
KINDS = ["JSON records", *OTHERS, "Python source", "search results", "diff", "CSV", "Markdown"]


@pytest.mark.slow
@pytest.mark.parametrize("name", KINDS)
def test_ten_megabytes_of_any_kind_keep_to_the_bound(name: str, tmp_path: Path) -> None:
    ending, make = OTHERS[name] if name in OTHERS else made(name)
    path = tmp_path / f"big{ending}"
    with path.open("wb") as file:
        file.writelines(make(SIZE))
    code = "import resource, subprocess, sys; subprocess.run(sys.argv[1:], check=True); print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)"
    words = [sys.executable, "-m", "headroom_cli", "compress", str(path), "-o", str(tmp_path / "out"), "--report", "none"]
    env = {"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT), "HEADROOM_LEDGER": "off", "HOME": str(tmp_path)}
    done = subprocess.run([sys.executable, "-c", code, *words], cwd=tmp_path, env=env, capture_output=True, check=True)
    peak = int(done.stdout.split()[-1]) * (1024 if sys.platform != "darwin" else 1)
    assert 20_000_000 < peak <= 2 * path.stat().st_size + 80_000_000
    assert (tmp_path / "out").stat().st_size < path.stat().st_size / 2
