"""Runs the real command in a real process, in a folder of its own, with an environment that nothing outside can reach."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Mapping
from pathlib import Path

import pytest
from running import COMMAND, ROOT, Ran, Run


@pytest.fixture
def environment(tmp_path: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """Nothing of the developer's own: no configuration, no ledger, no colour. Modules are compiled once for all tests."""
    home = tmp_path.parent / f"{tmp_path.name}-home"
    home.mkdir(exist_ok=True)
    return {
        "PATH": os.environ["PATH"],
        "HOME": str(home),
        "PYTHONPATH": str(ROOT),
        "PYTHONPYCACHEPREFIX": str(tmp_path_factory.getbasetemp() / "pyc"),
        "HEADROOM_LEDGER": "off",
        "LC_ALL": "C.UTF-8",
    }


@pytest.fixture
def headroom(tmp_path: Path, environment: dict[str, str]) -> Run:
    """`headroom("compress", "build.log", stdin=b"...", env={...})` in `tmp_path`."""

    def run(*words: str, stdin: bytes = b"", env: Mapping[str, str] | None = None, cwd: Path = tmp_path) -> Ran:
        done = subprocess.run(
            [*COMMAND, *words],
            input=stdin,
            capture_output=True,
            cwd=cwd,
            env={**environment, **(env or {})},
            timeout=120,
            check=False,
        )
        return Ran(done.returncode, done.stdout, done.stderr.decode("utf-8", "surrogateescape"))

    return run


@pytest.fixture
def log() -> bytes:
    """A build of 900 lines that fails in one test: large enough that every strategy has something to cut."""
    lines = [
        f"Collecting package-{n}" if n % 3 else f"  Downloading package_{n}-1.{n}.0-py3-none-any.whl ({n} kB)" for n in range(700)
    ]
    lines += [f"tests/test_part_{n}.py::test_case_{n} PASSED [{n // 2:3d}%]" for n in range(190)]
    lines += [
        "=================================== FAILURES ===================================",
        "_________________________________ test_invoice _________________________________",
        "",
        "    def test_invoice():",
        ">       assert invoice(3).total == 42",
        "E       AssertionError: assert 41 == 42",
        "",
        "tests/test_invoice.py:17: AssertionError",
        "=========================== short test summary info ============================",
        "FAILED tests/test_invoice.py::test_invoice - AssertionError: assert 41 == 42",
        "======================== 1 failed, 190 passed in 12.34s ========================",
    ]
    return "".join(line + "\n" for line in lines).encode()
