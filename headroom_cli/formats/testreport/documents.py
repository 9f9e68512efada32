"""JSON of test runs: jest and vitest (`testResults`), mocha (`failures`), pytest-json-report (`tests` with `nodeid`).

    {"fullName":"cart adds 2","status":"failed","failureMessages":["Error: 3 != 4\\n    at ..."],...}

    failed cart adds 2 (11 ms)
    Error: 3 != 4
        at ...

Each test is read by itself and written as its status and name with the lines of its messages; passing ones are counted by markers.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from headroom_cli.draft import plural
from headroom_cli.formats.testreport.parts import MESSAGE, VERDICT, Evidence, Report, weigh
from headroom_cli.model import Risk
from headroom_cli.text.regex import compiled

if TYPE_CHECKING:
    from mmap import mmap

__all__ = ["read_json"]

_LISTS = frozenset(("tests", "failures", "passes", "pending", "collectors"))
_FAILED = frozenset(("failed", "error", "xpassed-strict"))
_SKIPPED = frozenset(("skipped", "pending", "todo", "disabled", "deselected"))
_EXPECTED = frozenset(("xfailed", "xpassed"))
_TELLING = r"(?i)fail|error|total|pass|success|exit|summary|stats|runtime|duration"


def _skip(text: str, at: int) -> int:
    found = compiled(r"[ \t\r\n]*").match(text, at)
    return found.end() if found else at


_decode = json.JSONDecoder().raw_decode


def _members(text: str, at: int) -> Iterator[tuple[str, int, list[int]]]:
    """Keys of the object at `at` and where their values are; whoever reads a value writes its end into the list."""
    at = _skip(text, at + 1)
    while text[at : at + 1] != "}":
        key, at = _decode(text, at)
        at = _skip(text, at)
        if text[at : at + 1] != ":" or not isinstance(key, str):
            raise ValueError(f"no member at {at}")
        at = _skip(text, at + 1)
        end: list[int] = []
        yield key, at, end
        at = _after(text, end[0] if end else _decode(text, at)[1], "}")


def _items(text: str, at: int, end: list[int]) -> Iterator[tuple[Any, int]]:
    """Elements of the array at `at` and where they are; `end` gets where the array ends."""
    at = _skip(text, at + 1)
    while text[at : at + 1] != "]":
        value, stop = _decode(text, at)
        yield value, at
        at = _after(text, stop, "]")
    end.append(at + 1)


def _after(text: str, at: int, close: str) -> int:
    """Where the next element or the closing bracket stands."""
    at = _skip(text, at)
    if text[at : at + 1] == ",":
        return _skip(text, at + 1)
    if text[at : at + 1] != close:
        raise ValueError(f"neither comma nor {close} at {at}")
    return at


class _Reader:
    """Fills a report from one document."""

    __slots__ = ("_mocha", "_number", "_text", "counts", "report")

    def __init__(self, text: str) -> None:
        self._text = text
        self._mocha = compiled(r'"failures"\s*:\s*\[').search(text) is not None
        self._number = -1
        self.report = Report(text, len(text))
        self.counts = {"passed": 0, "failed": 0, "error": 0, "skipped": 0, "xfailed": 0, "xpassed": 0}

    def read(self) -> Report:
        """All members of the outer object. ValueError where it is none or holds no test."""
        text = self._text
        at = _skip(text, 0)
        if text[at : at + 1] != "{":
            raise ValueError("no object")
        for key, place, end in _members(text, at):
            if key == "testResults" and text[place : place + 1] == "[":
                for value, where in _items(text, place, end):
                    self._file(value, where)
            elif key in _LISTS and text[place : place + 1] == "[":
                for value, where in _items(text, place, end):
                    self._test(value, self._line_start(where), key)
            else:
                value, stop = _decode(text, place)
                end.append(stop)
                self._field(key, value, place)
        if self._number < 0:
            raise ValueError("no test in it")
        return self.report

    def _line_start(self, at: int) -> int:
        start = self._text.rfind("\n", max(0, at - 200), at) + 1
        return start if start and not self._text[start:at].strip() else at

    def _field(self, key: str, value: Any, at: int) -> None:
        text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, separators=(",", ":"))
        telling = bool(compiled(_TELLING).search(key)) and len(text) < 400 and value not in (0, False, None, [], {})
        self.report.add(f"{key}: {text}", at, 3.4 if telling else 0.3, Risk.CONTENT if telling else Risk.NOISE)

    def _file(self, value: Any, at: int) -> None:
        """One test file of jest: its status and name, its tests; its message where no test tells it."""
        tests = [each for each in value.get("assertionResults") or [] if isinstance(each, dict)] if isinstance(value, dict) else []
        if not isinstance(value, dict):
            return
        failed = value.get("status") == "failed"
        start = self._line_start(at)
        part = self.report.add(f"{value.get('status', '')} {value.get('name', '')}".strip(), start, 5.0 if failed else 1.0, Risk.CONTENT if failed else Risk.DETAIL)
        alone = failed and not any(each.get("status") in _FAILED for each in tests)
        if alone:
            self._number += 1
            self.report.weights[part] = VERDICT
            self.report.tests[part] = self._number
            self.report.evidence.append(Evidence(part, "failed suite", str(value.get("name", ""))))
        if isinstance(value.get("message"), str):
            self._lines(value["message"], start, part, quiet=not alone)
        places = iter(self._places(at))
        for each in tests:
            self._test(each, next(places, start), "assertionResults")

    def _places(self, at: int) -> list[int]:
        for key, place, end in _members(self._text, at):
            if key == "assertionResults" and self._text[place : place + 1] == "[":
                return [self._line_start(where) for value, where in _items(self._text, place, end) if isinstance(value, dict)]
        return []

    def _test(self, value: Any, at: int, where: str) -> None:
        if not isinstance(value, dict):
            return
        name, status = _name(value), _status(value, where)
        again = where in ("passes", "pending", "collectors") or (where == "tests" and self._mocha and status in _FAILED)
        self._number += 1
        spent = value.get("duration")
        text = f"{status} {name}" + (f" ({spent} ms)" if isinstance(spent, (int, float)) and spent else "")
        if status in _FAILED and not (again and where != "collectors"):
            self.counts["error" if status == "error" else "failed"] += 1
            place = value.get("file") if where == "failures" else None
            part = self.report.add(text + (f", {place}" if isinstance(place, str) else ""), at, VERDICT, test=self._number)
            self.report.evidence.append(Evidence(part, "failed test" if where != "collectors" else "failed collection", name))
            for message in _messages(value):
                self._lines(message, at, part)
            return
        part = self.report.add(text, at, 0.3, Risk.NOISE, self._number)
        if not again:
            outcome = status if status in _EXPECTED else "skipped" if status in _SKIPPED else "passed"
            self.counts[outcome] += 1
            self.report.count(outcome, part)

    def _lines(self, message: str, at: int, needs: int, *, quiet: bool = False) -> None:
        first = True
        for line in message.split("\n"):
            if line.strip():
                weight, risk = weigh(line)
                if first:
                    weight, risk, first = max(weight, MESSAGE), Risk.CONTENT, False
                part = self.report.add(line.rstrip(), at, 0.3 if quiet else weight, Risk.NOISE if quiet else risk, self._number, needs)
                needs = part if line.lstrip().startswith("● ") else needs  # of several tests in one message each has its own head


def _name(value: dict[str, Any]) -> str:
    for key in ("fullName", "fullTitle", "nodeid"):
        if isinstance(value.get(key), str) and value[key]:
            return " ".join(value[key].split("\n"))
    above = value.get("ancestorTitles")
    return " ".join([*(map(str, above) if isinstance(above, list) else ()), str(value.get("title") or value.get("name") or "")])


def _status(value: dict[str, Any], where: str) -> str:
    for key in ("status", "outcome", "state"):
        if isinstance(value.get(key), str):
            return str(value[key]) if value[key] != "xpassed-strict" else "failed"
    if where == "failures" or (isinstance(value.get("err"), dict) and value["err"]):
        return "failed"
    return "pending" if where == "pending" or ("duration" not in value and "speed" not in value) else "passed"


def _messages(value: dict[str, Any]) -> Iterator[str]:
    """What the test says of its failure: jest's messages, mocha's error, what each phase of pytest left."""
    own = value.get("failureMessages")
    for each in own if isinstance(own, list) else ():
        if isinstance(each, str):
            yield each
    error = value.get("err")
    if isinstance(error, dict):
        stack, message = str(error.get("stack") or ""), str(error.get("message") or "")
        if message and message not in stack:
            yield message
        if stack:
            yield stack
        for key in ("expected", "actual"):
            if key in error:
                yield f"{key}: {error[key]}"
    if isinstance(value.get("longrepr"), str):
        yield value["longrepr"]
    for phase in ("setup", "call", "teardown"):
        told = value.get(phase)
        if isinstance(told, dict) and told.get("outcome") in _FAILED:
            crash = told.get("crash")
            if isinstance(crash, dict) and crash.get("message"):
                yield f"{crash.get('path')}:{crash.get('lineno')}: {crash['message']}"
            yield from (str(told[key]) for key in ("longrepr", "stdout", "stderr", "log") if isinstance(told.get(key), str))


def read_json(data: bytes | mmap) -> Report:
    """Parts are tests and lines of their messages. ValueError where it is no whole JSON document."""
    reader = _Reader(str(data, "utf-8"))
    report, counts = reader.read(), reader.counts
    said = ", ".join(plural(name, count) if name == "error" else f"{count} {name}" for name, count in counts.items() if count and name != "passed") or "all passed"
    report.facts = [f"{plural('test', sum(counts.values()))}: {said}", "cut: JSON keys, blank lines"]
    report.noun = "parts"
    return report
