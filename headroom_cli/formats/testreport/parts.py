"""What a test report consists of: lines of output with what each is worth, outcomes, and evidence.

    part                         weight  risk     line of
    --- FAIL: TestTotal (0.0s)   8       CONTENT  TestTotal
    cart_test.go:9: want 3       7       CONTENT  TestTotal
    --- PASS: TestOther (0.0s)   0.5     NOISE    TestOther
"""

from __future__ import annotations

import re
from array import array
from bisect import bisect_right
from collections.abc import Sequence
from functools import lru_cache
from typing import NamedTuple, overload

from headroom_cli.model import Risk
from headroom_cli.text.clean import clean_line
from headroom_cli.text.regex import compiled
from headroom_cli.text.severity import severity

__all__ = ["Evidence", "Report", "line_bytes", "weigh"]

VERDICT, MESSAGE, CONTEXT = 8.0, 7.0, 2.0


class Evidence(NamedTuple):
    """A part that says that something failed."""

    part: int
    kind: str  # "failed test", "failed package", "panic", ...
    name: str


class _Texts(Sequence[bytes]):
    """Texts one after the other in one buffer: a report has more parts than a document has lines."""

    __slots__ = ("_data", "_ends")

    def __init__(self) -> None:
        self._data = bytearray()
        self._ends = array("Q", [0])

    def __len__(self) -> int:
        return len(self._ends) - 1

    @overload
    def __getitem__(self, place: int) -> bytes: ...

    @overload
    def __getitem__(self, place: slice) -> list[bytes]: ...

    def __getitem__(self, place: int | slice) -> bytes | list[bytes]:
        if isinstance(place, slice):
            return [self[part] for part in range(*place.indices(len(self)))]
        if not 0 <= place < len(self):
            raise IndexError(place)
        return bytes(self._data[self._ends[place] : self._ends[place + 1]])

    def append(self, text: bytes) -> None:
        """Add one text."""
        self._data += text
        self._ends.append(len(self._data))


class Report:
    """Parts in the source's order. `offsets` and `newlines` are in one measure: characters of a document, or lines of events."""

    __slots__ = ("evidence", "facts", "headings", "needs", "newlines", "noun", "offsets", "outcomes", "risks", "size", "source", "tests", "texts", "titles", "weights")

    def __init__(self, source: str | None, size: int) -> None:
        self.source = source  # the decoded document; None where parts are the source's lines
        self.size = size
        self.newlines = array("Q")
        at = source.find("\n") if source is not None else -1
        while at >= 0 and source is not None:
            self.newlines.append(at)
            at = source.find("\n", at + 1)
        self.texts = _Texts()
        self.offsets = array("Q")
        self.weights = array("f")
        self.risks = bytearray()
        self.needs = array("q")
        self.tests = array("q")  # which test a part is of; -1: none
        self.headings: array[int] | None = None  # part -> title that it stands under
        self.titles: list[bytes] = []
        self.outcomes: dict[str, array[int]] = {}  # "passed" -> parts that say so, ascending
        self.evidence: list[Evidence] = []
        self.facts: list[str] = []
        self.noun = "lines"

    def add(self, text: str, offset: int, weight: float, risk: Risk = Risk.CONTENT, test: int = -1, needs: int = -1) -> int:
        """One line of output; its number."""
        self.texts.append(line_bytes(text))
        self.offsets.append(offset)
        self.weights.append(weight)
        self.risks.append(risk)
        self.tests.append(test)
        self.needs.append(needs)
        return len(self.texts) - 1

    def count(self, outcome: str, part: int) -> None:
        """A test ended so; the part stands for it."""
        self.outcomes.setdefault(outcome, array("Q")).append(part)

    def place(self, first: int, stop: int) -> str:
        """Lines of the source on which parts `first` to `stop` (exclusive) stand."""
        low = self._line(self.offsets[first])
        end = self.offsets[stop] if stop < len(self.offsets) else self.size
        high = self._line(max(self.offsets[first], end - 1))
        return f"L{low + 1}" if low == high else f"L{low + 1}-{high + 1}"

    def _line(self, offset: int) -> int:
        return offset if self.source is None else bisect_right(self.newlines, offset - 1)


def line_bytes(text: str) -> bytes:
    """`text` as one line of output: colour off, line ends inside as escapes."""
    if "\x1b" in text or "\r" in text:
        text = clean_line(text.encode("utf-8", "surrogatepass")).decode("utf-8", "surrogatepass")
    text = text.replace("\n", "\\n").replace("\r", "\\r")
    try:
        return text.encode("utf-8")
    except UnicodeEncodeError:
        return _lone().sub(lambda found: f"\\u{ord(found.group()):04x}", text).encode("utf-8", "surrogateescape")


@lru_cache(maxsize=1)
def _lone() -> re.Pattern[str]:
    return re.compile("[\ud800-\udc7f\udd00-\udfff]")


_TELLS = (
    r"^\s*(?:panic: |fatal error: |WARNING: DATA RACE|E\s{2,}\S|Caused by|AssertionError|AssertionFailed|expected\b|Expected\b|Received\b|actual\b|Actual\b|got\b|want\b|"
    r"Error:|Error Trace:|Messages:|Test:|Serialized Error|[-+] \S|\S+\.\w{1,4}:\d+:(?:\d+:)? \S)|\b\w+(?:Error|Exception|Failure)\b:"
)  # fmt: skip
_FRAME = r"^\s*(?:at |File \"|❯ |/\S+\.\w+:\d+|[A-Z]:\\\S+:\d+|\S+\(.*\)$|created by |goroutine \d+ \[|\S+\.\w{1,4}:\d+(?::\d+)?:?(?: in .*)?$)"
_LIBRARY = (
    r"node_modules|\bnode:|internal/(?:process|modules)|site-packages|dist-packages|lib/python3|/libexec/src/|/go/src/(?:runtime|testing|reflect)|"
    r"^\s*(?:runtime|testing|reflect|sync)\.|created by testing|\bat (?:java|javax|jdk|sun|org\.junit|org\.gradle|org\.apache\.maven|junit|System|Microsoft|NUnit|Xunit)\.|goroutine|testing\.tRunner|<anonymous>"
)


def weigh(text: str) -> tuple[float, Risk]:
    """What a line of a failing test's output tells."""
    bare = text[:400].strip()
    if sum(map(str.isalnum, bare[:60])) < 2:
        return 0.2, Risk.DETAIL
    if compiled(_FRAME).search(text[:400]) and not bare.startswith("panic"):
        library = compiled(_LIBRARY).search(text[:400])
        return (-1.0, Risk.DETAIL) if library else (3.6, Risk.CONTENT)
    if compiled(_TELLS).search(text[:400]):
        return MESSAGE, Risk.CONTENT
    level = severity(text[:400]).level
    if bare.startswith("> "):
        return 4.5, Risk.CONTENT
    return (5.0 if level >= 3 else 3.0 if level == 2 else CONTEXT), Risk.CONTENT
