"""Measures speed, memory and start-up of `headroom compress`, each run in a process of its own.

    python benchmarks/speed.py --kinds 10      and 10 MB of JSON, source, search results, diffs, CSV, Markdown
    python benchmarks/speed.py                 a 20 MB log: repeating as real logs do, with all lines distinct, with all words new
    python benchmarks/speed.py --sizes 20 200  the larger one too
    python benchmarks/speed.py --markdown      the tables of benchmarks/README.md

The repeating log is made of the lines of examples/*.log with the numbers in them changed; the distinct ones of random
pronounceable words and a counter. All come from a fixed seed: the same bytes on every machine.
"""

from __future__ import annotations

import argparse
import glob
import os
import random
import re
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from typing import NamedTuple

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
HEADROOM = [sys.executable, "-c", "from headroom_cli.cli import main; main()", "--no-config"]
"""What the installed script `headroom` does."""
PIPE_RUNS = 21


class Run(NamedTuple):
    """One process: CPU seconds (user and system), seconds on the clock, peak memory in MB."""

    cpu: float
    clock: float
    peak: float


class Log(NamedTuple):
    """One generated log and the median of its runs."""

    name: str
    size: int
    lines: int
    run: Run
    tokens: int


def repeating(size: int) -> Iterator[bytes]:
    """The examples again and again, every number of two or more digits changed."""
    draw = random.Random(20)
    lines: list[bytes] = []
    for path in sorted(glob.glob(os.path.join(ROOT, "examples", "*.log"))):
        with open(path, "rb") as file:
            lines += file
    if not lines:
        raise SystemExit("examples/ holds no *.log")
    number = re.compile(rb"\d{2,}")
    written = 0
    while written < size:
        for line in lines:
            new = number.sub(lambda found: b"%0*d" % (len(found[0]), draw.randrange(10 ** min(9, len(found[0])))), line)
            written += len(new)
            yield new if new.endswith(b"\n") else new + b"\n"


SYLLABLES = [a + b for a in "bdfgklmnprstvz" for b in "aeiou"]


def distinct(size: int) -> Iterator[bytes]:
    """Lines of six to sixteen random words out of 20,000, as long as real ones: no two alike, and no two of one template."""
    draw = random.Random(21)
    vocabulary = ["".join(draw.choices(SYLLABLES, k=draw.randint(1, 4))) for _ in range(20_000)]
    written = number = 0
    while written < size:
        number += 1
        line = f"{' '.join(draw.choices(vocabulary, k=draw.randint(6, 16)))} {number}\n".encode()
        written += len(line)
        yield line


def unseen(size: int) -> Iterator[bytes]:
    """The same of words that hardly ever come again: what a tokenizer remembers of them is of no use."""
    draw = random.Random(21)
    written = number = 0
    while written < size:
        number += 1
        words = ("".join(draw.choices(SYLLABLES, k=draw.randint(1, 4))) for _ in range(draw.randint(6, 16)))
        line = f"{' '.join(words)} {number}\n".encode()
        written += len(line)
        yield line


def measure(words: list[str], stdin: str | None = None, stdout: str = os.devnull) -> Run:
    """Run a command once, alone, and read its usage from the kernel."""
    env = {**os.environ, "HEADROOM_LEDGER": "off", "PYTHONPATH": ROOT}
    with open(stdin or os.devnull, "rb") as source, open(stdout, "wb") as target:
        before = time.perf_counter()
        child = subprocess.Popen(words, stdin=source, stdout=target, env=env, cwd=tempfile.gettempdir())  # this project has settings
        _, status, usage = os.wait4(child.pid, 0)
        child.returncode = os.waitstatus_to_exitcode(status)
    if child.returncode:
        raise SystemExit(f"{' '.join(words)}: exit code {child.returncode}")
    peak = usage.ru_maxrss * (1024 if sys.platform != "darwin" else 1) / 1e6
    return Run(usage.ru_utime + usage.ru_stime, time.perf_counter() - before, peak)


def median(runs: list[Run]) -> Run:
    return Run(*(statistics.median(column) for column in zip(*runs, strict=True)))


def measure_log(name: str, make: Callable[[int], Iterator[bytes]], megabytes: int, folder: str, repeats: int, ending: str = ".log") -> Log:
    path, out = os.path.join(folder, f"big{ending}"), os.path.join(folder, "out.txt")
    with open(path, "wb") as file:
        lines = 0
        for line in make(megabytes * 1_000_000):
            file.write(line)
            lines += line.count(b"\n")
    run = median([measure([*HEADROOM, "compress", path, "-o", out]) for _ in range(repeats)])
    from headroom_cli.tokens import get_counter

    with open(out, "rb") as file:
        tokens = get_counter().count(file.read().decode("utf-8", "replace"))
    return Log(f"{name}, {megabytes} MB", os.path.getsize(path), lines, run, tokens)


def measure_pipe(folder: str) -> list[tuple[str, Run]]:
    """The first 2 KB of the example that costs most, against the interpreter alone, run by turns so that both see the same machine."""
    path = os.path.join(folder, "small.log")
    with open(path, "wb") as file, open(os.path.join(ROOT, "examples", "pynacl-pip-install.log"), "rb") as example:
        file.write(example.read(2048))
    measure([*HEADROOM, "compress"], path)  # writes the bytecode that an installation has
    commands = {
        "`python -c pass`": [sys.executable, "-c", "pass"],
        "`headroom compress`, 2 KB": [*HEADROOM, "compress"],
        "the tokenizer alone": [sys.executable, "-c", "from headroom_cli.tokens import get_counter; get_counter().count('x')"],
    }
    runs: dict[str, list[Run]] = {name: [] for name in commands}
    for _ in range(PIPE_RUNS):
        for name, words in commands.items():
            runs[name].append(measure(words, path))
    return [(name, median(found)) for name, found in runs.items()]


def table(head: list[str], rows: list[list[str]], markdown: bool) -> str:
    if markdown:
        return "\n".join(["| " + " | ".join(row) + " |" for row in (head, ["---", *["---:"] * (len(head) - 1)], *rows)])
    widths = [max(map(len, column)) for column in zip(head, *rows, strict=True)]
    padded = (map(str.ljust, row, widths) for row in (head, *rows))
    return "\n".join("  ".join(cells).rstrip() for cells in padded)


def log_row(log: Log) -> list[str]:
    run, mb = log.run, log.size / 1e6
    bound = 2 * mb + 80
    return [
        log.name, f"{log.lines:,}", f"{mb / run.clock:.1f}", f"{mb / run.cpu:.1f}", f"{run.clock / log.lines * 1e6:.1f}",
        f"{run.peak:.0f} MB", f"{bound:.0f} MB", f"{log.tokens:,}",
    ]  # fmt: skip


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--sizes", nargs="+", type=int, default=[20], metavar="MB", help="sizes of the logs (20)")
    parser.add_argument("--repeats", type=int, default=3, help="runs of each log; the median counts (3)")
    parser.add_argument("--markdown", action="store_true", help="print Markdown tables")
    parser.add_argument("--kinds", type=int, metavar="MB", help="measure texts of other kinds too, each of this size")
    args = parser.parse_args()
    sys.path[:0] = [ROOT, os.path.dirname(os.path.abspath(__file__))]
    with tempfile.TemporaryDirectory() as folder:
        makers = (("repeating", repeating), ("all lines distinct", distinct), ("all words new", unseen))
        logs = [measure_log(name, make, size, folder, args.repeats) for name, make in makers for size in args.sizes]
        head = ["log", "lines", "MB/s", "MB/s of CPU", "us a line", "peak memory", "bound", "tokens left"]
        print(table(head, [log_row(log) for log in logs], args.markdown))
        print()
        if args.kinds:
            from kinds import MAKERS

            texts = [measure_log(name, make, args.kinds, folder, args.repeats, ending) for name, (ending, make) in MAKERS.items()]
            print(table(["text", *head[1:]], [log_row(text) for text in texts], args.markdown))
            print()
        pipes = measure_pipe(folder)
        base = pipes[0][1].cpu
        rows = [[name, f"{run.cpu * 1e3:.0f} ms", f"{run.cpu / base:.1f}"] for name, run in pipes]
        print(table(["start-up", "CPU, median", "times bare python"], rows, args.markdown))
    machine = f"Python {sys.version.split()[0]}, {os.cpu_count()} CPUs, load {os.getloadavg()[0]:.1f}"
    print(f"\n{machine}; medians of {args.repeats} and {PIPE_RUNS} runs.")


if __name__ == "__main__":
    main()
