"""XML of test runs: JUnit (pytest, surefire, gradle, node, vitest), NUnit, xUnit, TRX. Cut at tags by one scan; no entity is expanded.

    <testcase classname="test_cart" name="test_total"><failure message="assert 3 == 4">...   kept: tags, message, trace
    <testcase classname="test_cart" name="test_tax" />                                       [L1: 1 passed]

Elements are known by name, whatever they stand in. What a passing test printed is a detail; properties and settings are noise. A text
that ends inside an element is read as far as it goes.
"""

from __future__ import annotations

import html
from collections.abc import Iterator
from typing import TYPE_CHECKING, NamedTuple

from headroom_cli.draft import plural
from headroom_cli.formats.testreport.parts import MESSAGE, VERDICT, Evidence, Report, weigh
from headroom_cli.model import Risk
from headroom_cli.text.regex import compiled

if TYPE_CHECKING:
    from mmap import mmap

__all__ = ["read_xml"]

_TESTS = frozenset(("testcase", "test-case", "UnitTestResult", "test"))
_SUITES = frozenset(("testsuites", "testsuite", "test-run", "test-suite", "test-results", "assemblies", "assembly", "collection", "TestRun", "ResultSummary", "Counters"))
_FAILURES = frozenset(("failure", "error", "ErrorInfo"))
_NOISE = frozenset(("properties", "property", "environment", "settings", "setting", "TestSettings", "Times", "TestDefinitions", "TestEntries", "TestLists", "Deployment", "filter", "command-line", "culture-info", "traits", "categories"))
_FAILED = frozenset(("failed", "failure", "error", "fail", "false", "timeout", "aborted"))
_SKIPPED = frozenset(("skipped", "skip", "ignored", "inconclusive", "notexecuted", "notrunnable", "notrun", "pending", "disconnected"))
DEEPEST = 100
"""Elements inside each other that are told apart."""


class _Token(NamedTuple):
    kind: str  # open | close | empty | text | cdata
    name: str  # of an element, without namespace
    text: str  # as it stands in the source
    offset: int


def _tokens(source: str) -> Iterator[_Token]:
    """Tags and texts in order. Comments, instructions and DTDs are passed over."""
    tag = compiled(r"""<(/?)([A-Za-z_][\w.:-]*)((?:[^<>"']|"[^"]*"|'[^']*')*?)(/?)>""")
    at = 0
    while at < len(source):
        mark = source.find("<", at)
        if mark != at:
            yield _Token("text", "", source[at : mark if mark >= 0 else len(source)], at)
        if mark < 0:
            return
        end = _passed_over(source, mark)
        if source.startswith("<![CDATA[", mark):
            yield _Token("cdata", "", source[mark + 9 : end].removesuffix("]]>"), mark)
        elif end == mark:
            found = tag.match(source, mark)
            if found is None:  # cut off, or no XML: the rest is text
                yield _Token("text", "", source[mark:], mark)
                return
            name = found[2].rpartition(":")[2]
            yield _Token("close" if found[1] else "empty" if found[4] else "open", name, found[0], mark)
            end = found.end()
        at = end


def _passed_over(source: str, at: int) -> int:
    """Where a comment, CDATA section, instruction or declaration that starts at `at` ends; `at` for a tag."""
    for start, end in (("<!--", "-->"), ("<![CDATA[", "]]>"), ("<?", "?>")):
        if source.startswith(start, at):
            stop = source.find(end, at + len(start))
            return len(source) if stop < 0 else stop + len(end)
    if not source.startswith("<!", at):
        return at
    close, inner = source.find(">", at), source.find("[", at)
    if 0 <= inner < close:  # an internal DTD: nothing in it is used
        stop = source.find("]>", inner)
        return len(source) if stop < 0 else stop + 2
    return len(source) if close < 0 else close + 1


def _attribute(tag: str, *names: str) -> str:
    for name in names:
        found = compiled(rf"""\s{name}\s*=\s*(?:"([^"]*)"|'([^']*)')""").search(tag)
        if found:
            return html.unescape(found[1] if found[1] is not None else found[2])
    return ""


class _Test:
    """The test that is open: its parts are judged when it ends."""

    __slots__ = ("failed", "name", "part", "skipped")

    def __init__(self, part: int, name: str, failed: bool, skipped: bool) -> None:
        self.part = part
        self.name = name
        self.failed = failed
        self.skipped = skipped


class _Reader:
    """Walks the tokens and fills a report."""

    __slots__ = ("_above", "_number", "_source", "_test", "counts", "report")

    def __init__(self, source: str) -> None:
        self._source = source
        self.report = Report(source, len(source))
        self._above: list[str] = []
        self._test: _Test | None = None
        self._number = -1
        self.counts = {"passed": 0, "failed": 0, "skipped": 0}

    def read(self) -> Report:
        """All tokens. ValueError where there is no test and no suite."""
        for token in _tokens(self._source):
            if token.kind in ("text", "cdata"):
                self._text(token)
            elif token.kind == "close":
                self._close(token.name)
            else:
                self._open(token)
        self._end_test()
        if not self.report.texts:
            raise ValueError("no test in it")
        return self.report

    def _open(self, token: _Token) -> None:
        if token.name in _TESTS and not (token.name == "test" and not _attribute(token.text, "result")):
            self._end_test()
            self._begin_test(token)
        else:
            if token.name in _FAILURES:
                self._fail(token)
            elif self._test is not None and token.name in ("skipped", "reason"):
                self._test.skipped = True
            self._tag(token)
        if token.kind == "open" and len(self._above) < DEEPEST:
            self._above.append(token.name)
        elif token.name in _TESTS:
            self._end_test()

    def _fail(self, token: _Token) -> None:
        if self._test is not None:
            self._test.failed = True
        elif token.name != "ErrorInfo":
            self.report.evidence.append(Evidence(len(self.report.texts), "suite error", _attribute(token.text, "message", "type")[:60]))

    def _begin_test(self, token: _Token) -> None:
        tag = token.text
        name = _attribute(tag, "name", "fullname", "testName")
        outcome = _attribute(tag, "outcome", "result", "success").lower()
        self._number += 1
        part = self._lines(tag, token.offset, VERDICT)
        self._test = _Test(part, name, outcome in _FAILED, outcome in _SKIPPED or _attribute(tag, "executed").lower() == "false")

    def _tag(self, token: _Token) -> None:
        """A tag inside or outside a test."""
        inside = bool(_NOISE.intersection((*self._above, token.name)))
        if token.name in _SUITES:
            self._lines(token.text, token.offset, *_suite(token.text))
        elif inside or (token.kind == "open" and "=" not in token.text):
            self._lines(token.text, token.offset, 0.1, Risk.NOISE)
        elif token.name in _FAILURES or token.name == "skipped":
            self._lines(token.text, token.offset, 7.5 if token.name in _FAILURES else 1.5)
        else:
            self._lines(token.text, token.offset, 1.0, Risk.DETAIL)

    def _lines(self, text: str, offset: int, weight: float, risk: Risk = Risk.CONTENT) -> int:
        """A tag, with line ends that its attributes hold; the first line's number."""
        if "&" in text:
            text = html.unescape(text)
        head, *rest = " ".join(text.split(" ")).split("\n")
        needs = self._test.part if self._test is not None else -1
        part = self.report.add(head.rstrip(), self._from(offset), weight, risk, self._number if self._test is not None or weight == VERDICT else -1, needs)
        for line in rest:
            if line.strip():
                own, how = weigh(line)
                self.report.add(line.rstrip(), offset, min(own, 4.0) if risk else 0.1, how if risk > Risk.NOISE else risk, self._number, part)
        return part

    def _from(self, offset: int) -> int:
        """`offset`, or the start of its line where only blanks stand before it."""
        start = self._source.rfind("\n", max(0, offset - 400), offset) + 1
        if start and not self._source[start:offset].strip() and (not self.report.offsets or self.report.offsets[-1] < start):
            return start
        return offset

    def _text(self, token: _Token) -> None:
        if not token.text.strip():
            return
        loud = bool(_FAILURES.intersection(self._above)) or not self._above
        quiet = bool(_NOISE.intersection(self._above))
        told = bool(self._above) and self._above[-1] in ("message", "Message", "Text")
        offset = token.offset
        number, needs = (self._number, self._test.part) if self._test is not None else (-1, -1)
        for raw in token.text.split("\n"):
            for line in _lines_of(raw) if token.kind == "text" else [raw]:
                if line.strip():
                    weight, risk = weigh(line)
                    if quiet:
                        weight, risk = 0.1, Risk.NOISE
                    elif told and loud:
                        weight, risk = max(weight, MESSAGE), Risk.CONTENT
                    elif not loud:
                        weight, risk = (weight * 0.5, Risk.DETAIL) if weight < 5 else (weight * 0.7, Risk.CONTENT)
                    self.report.add(line.rstrip(), offset, weight, risk, number, needs)
            offset += len(raw) + 1 + (9 if token.kind == "cdata" and offset == token.offset else 0)

    def _close(self, name: str) -> None:
        if name in self._above:
            while self._above and self._above.pop() != name:
                pass
        if name in _TESTS and not _TESTS.intersection(self._above):
            self._end_test()

    def _say_once(self, first: int) -> None:
        """Lines of a `message` attribute that the text repeats (pytest writes both) are noise."""
        report = self.report
        later: set[bytes] = set()
        for part in range(len(report.texts) - 1, first, -1):
            text = report.texts[part].removesuffix(b'">').strip()
            if report.tests[part] == self._number and report.needs[part] not in (first, -1) and text in later:
                report.risks[part], report.weights[part] = Risk.NOISE, 0.2
            later.update((text, text.removeprefix(b"E ").strip()))

    def _end_test(self) -> None:
        """Judge the open test: a failing one is evidence, a passing one is noise with what it printed."""
        test, self._test = self._test, None
        if test is None:
            return
        report = self.report
        outcome = "failed" if test.failed else "skipped" if test.skipped else "passed"
        self.counts[outcome] += 1
        if test.failed:
            report.evidence.append(Evidence(test.part, "failed test", test.name))
            self._say_once(test.part)
            return
        report.count(outcome, test.part)
        for part in range(test.part, len(report.texts)):
            loud = part != test.part and report.weights[part] >= 5 and report.risks[part] == Risk.CONTENT and outcome == "passed"
            report.risks[part] = Risk.DETAIL if loud or (outcome == "skipped" and len(report.texts) > test.part + 1) else Risk.NOISE
            report.weights[part] = min(report.weights[part], 1.5)


def _lines_of(raw: str) -> list[str]:
    """A line of text with its entities undone: line ends may be among them."""
    return html.unescape(raw).split("\n") if "&" in raw else [raw]


def _suite(tag: str) -> tuple[float, Risk]:
    """A suite's tag holds its counts: they matter where one of them is of failures."""
    bad = any(_attribute(tag, name).strip("0") for name in ("failures", "errors", "failed", "error", "timeout", "aborted"))
    return (5.0, Risk.CONTENT) if bad or _attribute(tag, "outcome", "result").lower() in _FAILED else (1.2, Risk.DETAIL)


def read_xml(data: bytes | mmap) -> Report:
    """Parts are tags and lines of text. ValueError where nothing in it is a test's."""
    reader = _Reader(str(data, "utf-8", "surrogateescape"))
    report = reader.read()
    counts = reader.counts
    said = ", ".join(f"{count} {name}" for name, count in counts.items() if count and name != "passed") or "all passed"
    report.facts = [f"{plural('test', sum(counts.values()))}: {said}", "cut: closing tags, blank lines"]
    report.noun = "parts"
    return report
