"""Writes `headroom_cli/benchcases/cases.jsonl.gz`, the cases of `headroom bench --builtin`, from the golden cases and the examples.

    python tools/bench_cases.py

Each is the output of a real tool over a real project with a seeded fault; `must_keep` was written down from the fault, before
anything was compressed. The file is a copy on purpose: figures of two versions compare while the golden cases grow.
"""

from __future__ import annotations

import glob
import gzip
import json
import os
import sys

import yaml

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
TARGET = os.path.join(ROOT, "headroom_cli", "benchcases", "cases.jsonl.gz")
RUNNERS = ("github", "gitlab", "travis", "jenkins", "azure", "circleci", "buildkite")
TESTS = ("pytest", "unittest", "xdist", "tap", "test", "jest", "mocha", "vitest")
TOKENS = 500
"""Smaller inputs pass unchanged: they would tell nothing."""


def kind_of(folder: str, name: str) -> str:
    """What a case counts under: the runner's log, a test runner's output, another tool's, or the folder of its format."""
    words = name.removesuffix(".log").split("-")
    if folder != "logs":
        return folder
    if words[-1] in RUNNERS:
        return "ci-log"
    return "test-output" if set(words) & set(TESTS) else "build-log"


def golden() -> list[dict[str, object]]:
    """The golden cases, in the order of their names."""
    found = []
    for path in sorted(glob.glob(os.path.join(ROOT, "tests", "golden", "*", "*", "case.yaml"))):
        folder = os.path.dirname(path)
        with open(path, encoding="utf-8") as file:
            case = yaml.safe_load(file)
        source = sorted(glob.glob(os.path.join(folder, "input.*")))[0]
        kind, name = folder.split(os.sep)[-2:]
        found.append(entry(f"{kind}/{name}", kind_of(kind, name), source, case, str(case.get("command", ""))))
    return found


def examples() -> list[dict[str, object]]:
    """The examples, in the order of their list."""
    with open(os.path.join(ROOT, "examples", "cases.yaml"), encoding="utf-8") as file:
        cases = yaml.safe_load(file)
    return [
        entry(f"examples/{case['file']}", kind_of("logs", case["file"]), os.path.join(ROOT, "examples", case["file"]), case, case["made"])
        for case in cases
    ]


def entry(name: str, kind: str, path: str, case: dict[str, object], made: str) -> dict[str, object]:
    """One line of the file."""
    with open(path, encoding="utf-8", newline="") as file:
        text = file.read()
    labels = {"must_keep": case["must_keep"], "should_keep": case.get("should_keep", [])}
    return {"id": name, "kind": kind, "question": case["question"], **labels, "made": made, "ext": path.rpartition(".")[2], "input": text}


def main() -> None:
    """Write the file; the same cases give the same bytes."""
    sys.path.insert(0, ROOT)
    from headroom_cli.tokens import get_counter

    counter = get_counter()
    cases = [case for case in golden() + examples() if counter.count(str(case["input"])) >= TOKENS]
    text = "".join(json.dumps(case) + "\n" for case in cases)
    with open(TARGET, "wb") as file:
        file.write(gzip.compress(text.encode("ascii"), 9, mtime=0))
    print(f"{len(cases)} cases, {os.path.getsize(TARGET):,} bytes: {TARGET}")


if __name__ == "__main__":
    main()
