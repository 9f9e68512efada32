"""What a plain `headroom compress` of a small pipe loads, and what it costs beside a bare interpreter."""

from __future__ import annotations

import os
import resource
import subprocess
import sys
from pathlib import Path
from statistics import median

import pytest

ROOT = Path(__file__).resolve().parents[2]
PIPE = b"".join(b"step %d of the build is done\n" % n for n in range(70))
FORBIDDEN = {
    *("rich", "yaml", "pathspec", "asyncio", "numpy", "pydantic", "dataclasses", "inspect", "json", "tiktoken", "logging"),
    *("pathlib", "subprocess", "tempfile", "shutil", "urllib", "difflib", "textwrap", "concurrent", "multiprocessing", "ctypes"),
}
ALLOWED_RATIO = 8


@pytest.fixture
def environment(tmp_path: Path) -> dict[str, str]:
    """As a user has it: compiled modules are kept, and no configuration lies around."""
    return {
        "PATH": os.environ["PATH"],
        "HOME": str(tmp_path),
        "PYTHONPATH": str(ROOT),
        "PYTHONPYCACHEPREFIX": str(tmp_path / "pyc"),
        "HEADROOM_LEDGER": str(tmp_path / "ledger.jsonl"),
    }


def test_a_plain_compress_loads_little(environment: dict[str, str], tmp_path: Path) -> None:
    script = "import sys; from headroom_cli.cli import main; main(['compress']); print(*sys.modules, file=sys.stderr)"
    done = subprocess.run(
        [sys.executable, "-c", script], input=PIPE, capture_output=True, cwd=tmp_path, env=environment, check=True
    )
    assert done.stdout.startswith(b"[headroom: <stdin>, 70 lines")
    loaded = {name.partition(".")[0] for name in done.stderr.decode().split()}
    bare = subprocess.run(
        [sys.executable, "-c", "import sys; print(*sys.modules)"], capture_output=True, env=environment, check=True
    )
    loaded -= {name.partition(".")[0] for name in bare.stdout.decode().split()}  # what .pth files of this Python bring
    assert loaded.isdisjoint(FORBIDDEN), sorted(loaded.intersection(FORBIDDEN))
    modules = done.stderr.decode().split()
    others = {f"headroom_cli.cli.{name}" for name in ("batch", "stats", "rules", "init", "retrieve", "helptext", "difference")}
    assert others.isdisjoint(modules)


@pytest.mark.parametrize("command", ["formats", "compress"])
def test_help_of_a_command_loads_that_command_only(environment: dict[str, str], tmp_path: Path, command: str) -> None:
    script = f"import sys; from headroom_cli.cli import main; main([{command!r}, '-h']); print(*sys.modules, file=sys.stderr)"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, cwd=tmp_path, env=environment, check=True)
    modules = set(done.stderr.decode().split())
    assert f"headroom_cli.cli.{command}" in modules
    assert modules.isdisjoint(
        {"headroom_cli.cli.batch", "headroom_cli.cli.stats", "headroom_cli.cli.rules", "splintr", "rich", "yaml"}
    )


def cpu(command: list[str], data: bytes, environment: dict[str, str], cwd: Path) -> float:
    """Seconds of user and system time of one run."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run(command, input=data, capture_output=True, cwd=cwd, env=environment, check=True)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime - before.ru_utime + after.ru_stime - before.ru_stime


@pytest.mark.parametrize("name", sorted(path.name for path in (ROOT / "examples").glob("*.log")))
def test_a_small_pipe_costs_at_most_eight_bare_interpreters(environment: dict[str, str], tmp_path: Path, name: str) -> None:
    data = (ROOT / "examples" / name).read_bytes()[:2048]
    plain, bare = [sys.executable, "-m", "headroom_cli", "compress"], [sys.executable, "-c", "pass"]
    cpu(plain, data, environment, tmp_path)  # compiles the modules
    ratios = []
    for _ in range(4):  # another process on the machine disturbs a round, seldom all of them
        runs = [(cpu(plain, data, environment, tmp_path), cpu(bare, b"", environment, tmp_path)) for _ in range(9)]
        ratios.append(median(run[0] for run in runs) / median(run[1] for run in runs))
        if ratios[-1] <= ALLOWED_RATIO:
            return
    pytest.fail(f"{min(ratios):.1f} times a bare interpreter; {ALLOWED_RATIO} are allowed")
