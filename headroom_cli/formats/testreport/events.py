r"""`go test -json`: one event a line. The line's output is what is kept; package and test stand in a heading before it.

    {"Action":"output","Package":"shop","Test":"TestTotal","Output":"    cart_test.go:9: want 3\n"}

    [step shop TestTotal]
        cart_test.go:9: want 3

A test that began and never ended is evidence: a panic or a timeout ended its package. Lines that are no events (what a build wrote to
stderr) are kept or cut as lines of a failing test are.
"""

from __future__ import annotations

import json
from array import array
from typing import TYPE_CHECKING, Any, NamedTuple

from headroom_cli.draft import plural
from headroom_cli.formats.testreport.parts import VERDICT, Evidence, Report, line_bytes, weigh
from headroom_cli.model import Risk
from headroom_cli.text.regex import compiled

if TYPE_CHECKING:
    from collections.abc import Iterator
    from mmap import mmap

__all__ = ["read_events"]

_NOISE = r"^\s*(?:=== (?:RUN|PAUSE|CONT|NAME)\b|--- (?:PASS|BENCH):|PASS$|FAIL$|testing: warning: no tests to run|\?   \t)"
_VERDICT = r"^\s*--- FAIL: "
_ENDS = {"pass": "passed", "skip": "skipped", "fail": "failed"}
_LOUD = r"^\s*(?:panic: |fatal error: |WARNING: DATA RACE)"


class _Event(NamedTuple):
    action: str  # "" for a line that is no event
    title: int
    text: str


class _Titles:
    """Packages and tests, with how each ended."""

    __slots__ = ("began", "ended", "failed_in", "numbers", "verdicts")

    def __init__(self) -> None:
        self.numbers: dict[tuple[str, str], int] = {}
        self.began: dict[int, int] = {}  # title -> line of its `run`
        self.ended: dict[int, str] = {}
        self.verdicts: dict[int, int] = {}  # title -> the line that says that it failed
        self.failed_in: set[str] = set()  # packages in which a test failed or never ended

    def number(self, package: str, test: str) -> int:
        return self.numbers.setdefault((package, test), len(self.numbers))


def read_events(data: bytes | mmap) -> Report:
    """Parts are the source's lines. ValueError where no line is an event."""
    titles = _Titles()
    events = [_event(line, titles) for line in _lines(data)]
    if all(not event.action for event in events):
        raise ValueError("no events")
    keys = list(titles.numbers)
    for line, event in enumerate(events):
        _note(line, event, keys[event.title], titles)
    report = Report(None, len(events))
    report.titles = [_title(key) for key in keys]
    _name_evidence(report, events, keys, titles)
    heads = {each.part for each in report.evidence}
    for line, event in enumerate(events):
        weight, risk = (VERDICT, Risk.CONTENT) if line in heads else _weigh(event, keys[event.title], titles)
        verdict = titles.verdicts.get(event.title, titles.began.get(event.title, line)) if keys[event.title][1] else line
        report.add(event.text, line, weight, risk, event.title, -1 if verdict == line or line in heads else verdict)
        if event.action in _ENDS and keys[event.title][1] and event.action != "fail":
            report.count(_ENDS[event.action], line)
    report.headings = _headings(report, events, keys)
    report.facts = [_summary(titles), "cut: JSON keys, times"]
    return report


def _lines(data: bytes | mmap) -> Iterator[str]:
    at = 0
    while at < len(data):
        stop = data.find(b"\n", at)
        stop = len(data) if stop < 0 else stop
        yield str(data[at:stop], "utf-8", "surrogateescape").removesuffix("\r")
        at = stop + 1


def _title(key: tuple[str, str]) -> bytes:
    """Package and test as a heading shows them: without what would end it."""
    text = " ".join(name for name in key if name).replace("[", "(").replace("]", ")")
    return b" ".join(line_bytes(text).split())


def _event(line: str, titles: _Titles) -> _Event:
    found: Any = None
    if line.startswith("{"):
        try:
            found = json.loads(line)
        except (ValueError, RecursionError):
            found = None
    if not isinstance(found, dict) or not isinstance(found.get("Action"), str):
        return _Event("", titles.number("not JSON", ""), line)
    own = [value if isinstance(value, str) else "" for value in (found.get("Package") or found.get("ImportPath"), found.get("Test"), found.get("Output"))]
    title = titles.number(own[0] or ("" if own[1] else "report"), own[1])
    if isinstance(found.get("Output"), str):
        return _Event(found["Action"], title, own[2].removesuffix("\n").removesuffix("\r"))
    text: str = found["Action"]
    if isinstance(found.get("Elapsed"), (int, float)) and found["Elapsed"]:
        text += f" ({found['Elapsed']}s)"
    return _Event(found["Action"], title, text + (f", build failed: {found['FailedBuild']}" if found.get("FailedBuild") else ""))


def _note(line: int, event: _Event, key: tuple[str, str], titles: _Titles) -> None:
    """How tests begin, end and say that they failed; the report's own line of a failure is better than its event."""
    if event.action == "run" or event.text.startswith("=== RUN "):
        titles.began[event.title] = line
    elif event.action in _ENDS:
        titles.ended[event.title] = event.action
        if event.action == "fail":
            titles.verdicts.setdefault(event.title, line)
    elif event.action == "build-fail":
        titles.ended[event.title] = "fail"
        titles.verdicts.setdefault(event.title, line)
    elif event.action == "output" and (compiled(_VERDICT).match(event.text) if key[1] else event.text.startswith("FAIL\t")):
        titles.verdicts[event.title] = line
        titles.ended.setdefault(event.title, "fail")


def _name_evidence(report: Report, events: list[_Event], keys: list[tuple[str, str]], titles: _Titles) -> None:
    """Failed and unfinished tests, panics and races, packages that failed by themselves."""
    for (package, test), number in titles.numbers.items():
        ended = titles.ended.get(number)
        if test and (ended == "fail" or (ended is None and number in titles.began)):
            titles.failed_in.add(package)
            kind, part = ("failed test", titles.verdicts[number]) if ended == "fail" else ("unfinished test", titles.began[number])
            report.evidence.append(Evidence(part, kind, test))
    for (package, test), number in titles.numbers.items():
        if not test and package not in titles.failed_in and titles.ended.get(number) == "fail":
            report.evidence.append(Evidence(titles.verdicts[number], "failed package", package))
    taken = {each.part for each in report.evidence}
    for line, event in enumerate(events):
        if event.action in ("output", "") and line not in taken and compiled(_LOUD).match(event.text):
            kind = "race" if "DATA RACE" in event.text else "panic"
            package, test = keys[event.title]
            if kind == "panic" and not event.text.lstrip().startswith("panic: "):
                kind = "fatal error"
            report.evidence.append(Evidence(line, kind, test or package))


def _headings(report: Report, events: list[_Event], keys: list[tuple[str, str]]) -> array[int]:
    """What each line stands under: its test. A verdict that follows another names its test itself and opens no heading."""
    headings = array("I")
    above, verdict = -1, False
    for line, event in enumerate(events):
        own, names = event.title, bool(compiled(_VERDICT).match(event.text)) and bool(keys[event.title][1])
        if names and verdict and keys[above][0] == keys[own][0]:
            own = above
        headings.append(own)
        if report.risks[line] > Risk.NOISE:
            above, verdict = own, names
    return headings


def _weigh(event: _Event, key: tuple[str, str], titles: _Titles) -> tuple[float, Risk]:
    package, test = key
    ended = titles.ended.get(event.title)
    if event.action not in ("output", "build-output", ""):
        return 0.1, Risk.NOISE
    if (event.action == "output" and compiled(_NOISE).match(event.text)) or not event.text.strip():
        return 0.1, Risk.NOISE
    if compiled(_VERDICT).match(event.text):
        return 1.0, Risk.DETAIL  # told by the line that stands for the test
    if event.action == "output" and event.text.startswith(("FAIL\t", "ok  \t")):
        return (5.5, Risk.CONTENT) if event.text[0] == "F" else (1.5, Risk.DETAIL)
    if event.action == "output" and (ended == "pass" or (test and ended == "skip")):
        if ended == "skip":
            return (2.5 if "--- SKIP" not in event.text else 0.6), Risk.DETAIL
        quiet = test and titles.failed_in  # what a passing test printed, where others failed
        return 0.6, Risk.NOISE if quiet else Risk.DETAIL
    weight, risk = weigh(event.text)
    if not test and package in titles.failed_in and event.action == "output":
        weight *= 0.7
    return weight, risk


def _summary(titles: _Titles) -> str:
    counts = {"passed": 0, "failed": 0, "skipped": 0, "unfinished": 0}
    for (_, test), number in titles.numbers.items():
        if test:
            counts[_ENDS.get(titles.ended.get(number, ""), "unfinished")] += 1
    return f"{plural('test', sum(counts.values()))}: " + (", ".join(f"{count} {name}" for name, count in counts.items() if count and name != "passed") or "all passed")
