"""What a record tells among its fellows, from its columns: shared by JSON, CSV and fixed-width tables.

    id,severity,score            weight
    CVE-1,low,2.1                 1.5   the first
    CVE-2,critical,9.8            9.4   the highest severity, a rare value, the largest score
    CVE-3,low,2.2                 1.0

A column's worth decides which columns go first where there is not room for all: names, severities and messages outweigh prose,
links and checksums.
"""

# ruff: noqa: E501
from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from functools import lru_cache
from math import log2
from typing import Literal

from headroom_cli.text.regex import compiled

__all__ = ["Census", "Column", "Place", "number_of", "outliers", "place_of", "rank", "words", "worth"]

MOST_VALUES = 48
"""Distinct values of a column that are counted; a column with more of them has no rare ones."""

_RANKS: dict[str, int] = {
    **dict.fromkeys(("critical", "crit", "blocker", "emergency", "emerg", "fatal", "alert", "panic", "severe"), 5),
    **dict.fromkeys(("high", "error", "err", "major", "serious", "urgent", "important"), 4),
    **dict.fromkeys(("medium", "moderate", "mid", "warning", "warn"), 3),
    **dict.fromkeys(("low", "minor", "bestpractice"), 2),
    **dict.fromkeys(("info", "information", "informational", "note", "notice", "negligible", "trivial", "none", "unknown", "undefined", "debug"), 1),
}
_GRADES = frozenset(("severity", "level", "priority", "risk", "criticality", "impact", "threat", "rating", "sev", "urgency"))
_STATES = frozenset(("status", "state", "outcome", "result", "conclusion", "verdict", "phase", "health", "ready", "reason", "condition"))
_FAILED = re.compile(
    r"(?i)\b(?:fail(?:ed|ure|ing)?|error(?:ed|s)?|err|crash\w*|broken|unhealthy|evicted|oomkilled|imagepullbackoff|errimagepull|timed?.?out|aborted|fatal|dead|rejected|refused|denied|killed|exception|notready|degraded|down)\b"
)
_HASH = r"(?:[a-z0-9]{2,9}[:-])?[0-9a-fA-F]{32,128}"
_TELLING: dict[str, float] = {
    **dict.fromkeys(("id", "name", "title", "severity", "status", "error", "message", "cve", "key"), 4.0),
    **dict.fromkeys(("path", "file", "filename", "line", "level", "state", "rule", "code", "msg", "exception", "vulnerability", "identifier"), 3.5),
    **dict.fromkeys(("type", "kind", "check", "test", "result", "outcome", "reason", "package", "module", "component", "host", "verdict", "priority", "risk", "score", "resource", "advisory", "command", "exit", "target", "count", "total"), 3.0),
    **dict.fromkeys(("version", "summary", "category", "time", "timestamp", "date", "user", "service", "duration", "amount", "price", "value", "number"), 2.4),
    **dict.fromkeys(("description", "text", "body", "content", "detail", "details", "recommendation", "remediation", "solution", "overview", "markdown"), 0.8),
    **dict.fromkeys(("checksum", "checksums", "digest", "hash", "hashes", "fingerprint", "fingerprints", "etag", "signature", "md", "sha", "index", "offset"), -1.5),
    **dict.fromkeys(("url", "urls", "href", "link", "links", "references", "uri", "avatar", "uuid", "guid", "vector", "cpe", "cpes", "schema", "metadata", "tags"), 0.5),
}  # fmt: skip
Place = Literal["file", "line", ""]
_FILES = frozenset(("uri", "file", "filename", "filepath", "path", "location", "endpoint", "host", "hostname", "url", "address"))
_LINES = frozenset(("line", "lines", "lineno", "linenumber", "row"))
_TIMES = frozenset(("time", "timestamp", "date", "datetime", "created", "updated", "modified", "published", "seen", "found", "duration"))
_MEASURES = frozenset(("score", "size", "count", "total", "amount", "price", "column", "col", "loc", "port", "version", "weight", "rank", "order")) | _TIMES
LOOKED_AT = 32
"""Values of a column from which its kind is told."""


_GENERIC = frozenset(("text", "label", "value"))
"""Segments that say what the one before them is about: `message.text`, `severity.label`."""


@lru_cache(maxsize=4096)
def words(name: str) -> tuple[str, ...]:
    """The words of a column's last segment that says something: `location.startLine` -> start, line; `message.text` -> message."""
    segments = [found for found in re.split(r"[.\[\]\"]+", name) if found]
    own: tuple[str, ...] = ()
    for segment in reversed(segments[-2:]):
        last, own = own, tuple(found.lower() for found in re.findall(r"[A-Z]+(?=[A-Z][a-z])|[A-Z]?[a-z]+|[A-Z]+", segment))
        if last and not own:
            return last
        if not set(own) <= _GENERIC:
            break
    return own


def rank(text: str) -> int:
    """How severe a word of a severity scale is: critical 5, high 4, ... , 0: no such word."""
    found = _RANKS.get(text.strip().lower(), 0)
    if not found and len(text) < 24:
        found = max((_RANKS.get(word, 0) for word in re.findall(r"[a-z]+", text.lower())), default=0)
    return found


class Column:
    """What is in one column: how often, how long, which values, from where to where."""

    __slots__ = ("chars", "full_at", "grade", "hashes", "high", "links", "low", "name", "numbers", "seen", "spaced", "state", "values")

    def __init__(self, name: str) -> None:
        self.name = name
        self.seen = self.chars = self.numbers = self.links = 0
        self.spaced = self.hashes = 0  # of the first LOOKED_AT values: those with blanks, those that are checksums
        self.full_at = 0  # values seen when there were too many to count
        self.values: dict[str, int] | None = {}  # value -> times; None: too many to count
        self.low, self.high = float("inf"), float("-inf")
        own = words(name)
        self.grade = bool(own) and (own[-1] in _GRADES or (own[0] in _GRADES and len(own) <= 2))
        self.state = bool(own) and (own[-1] in _STATES or own[0] in ("error", "status"))

    def add(self, text: str) -> None:
        """Count one value."""
        self.seen += 1
        self.chars += len(text)
        if self.values is not None:
            if text in self.values:
                self.values[text] += 1
            elif len(self.values) < MOST_VALUES and len(text) < 4000:
                self.values[text] = 1
            else:
                self.values, self.full_at = None, self.seen
        if self.seen <= LOOKED_AT:
            self.spaced += " " in text
            self.hashes += len(text) >= 32 and compiled(_HASH).fullmatch(text) is not None
        number = number_of(text)
        if number is not None:
            self.numbers += 1
            self.low, self.high = min(self.low, number), max(self.high, number)
        elif "://" in text[:12] and not text.startswith("file:"):
            self.links += 1

    @property
    def mean(self) -> float:
        """Characters of a value."""
        return self.chars / max(1, self.seen)

    @property
    def distinct(self) -> float:
        """Share (0-1) of its values that no earlier record has; of those before there were too many to count."""
        return len(self.values) / max(1, self.seen) if self.values is not None else MOST_VALUES / max(1, self.full_at)

    @property
    def hashed(self) -> bool:
        """Whether its values are checksums: they tell records apart and say nothing."""
        return self.hashes * 2 > min(self.seen, LOOKED_AT)

    def identifies(self, rows: int) -> bool:
        """Whether a record of `rows` can be named by it: short values without blanks, nearly all of them different."""
        own = words(self.name)
        if self.seen * 10 < 8 * rows or self.distinct < 0.9 or self.mean > 150 or self.spaced * 10 > min(self.seen, LOOKED_AT):
            return False
        told = _TELLING.get(own[-1], 0.0) if own else 0.0
        return told >= (4.0 if self.hashed else 0.0) and not _MEASURES & set(own) and place_of(self.name) != "line"

    @property
    def few(self) -> bool:
        """Whether there are few different values, each several times: what rows can be counted by."""
        return self.values is not None and len(self.values) <= 12 and self.seen >= 3 * len(self.values) and self.mean < 40

    @property
    def numeric(self) -> bool:
        """Whether it measures something: an extreme of it tells."""
        own = words(self.name)
        return self.numbers == self.seen > 2 and self.low < self.high and not {"id", "line", "port", "index", "column", "offset", "version"} & set(own)


def place_of(name: str) -> Place:
    """What a column says by its name of where something is: its file (or host, or address), the line in it, or nothing."""
    own = words(name)
    if not own or {"end", "stop"} & set(own):
        return ""
    return "line" if own[-1] in _LINES else "file" if own[-1] in _FILES else ""


def outliers(values: Sequence[float | None]) -> set[int]:
    """Places of the numbers that lie far beyond all others: ten times the middle half's width outside of it (0: of numbers that hardly
    differ there are none)."""
    known = sorted(value for value in values if value is not None)
    if len(known) < 8:
        return set()
    low, high = known[len(known) // 4], known[3 * len(known) // 4]
    reach = 10 * (high - low)
    return {place for place, value in enumerate(values) if value is not None and reach > 0 and not low - reach <= value <= high + reach}


def number_of(text: str) -> float | None:
    """A number, or a percentage, as it is written; None for any other text."""
    if not text or len(text) > 24 or text[-1] not in "0123456789%":
        return None
    try:
        return float(text.rstrip("%"))
    except ValueError:
        return None


def worth(column: Column, rows: int, asked: frozenset[str] = frozenset(), path: str = "") -> float:
    """How much of a record's identity a column holds; words of a question make it worth more than any. `path`: its name from the record."""
    path, own = path or column.name, words(column.name)
    if asked and own and (asked & set(own) or "".join(own) in asked):
        return 9.0
    value = max((_TELLING.get(word, 1.5) for word in own[-1:]), default=1.5)
    if own and own[-1] == "uri" and column.links * 2 <= column.seen:
        value = 3.5  # a place in the project
    elif own and own[-1] not in _TELLING and own[-1].endswith("id") and len(own[-1]) <= 4 and column.mean <= 40:
        value = 3.6
    if len(own) > 1 and value >= 0:
        value = max(value - 0.2, *(_TELLING.get(word, 0.0) - 1.0 for word in own))
    if {"self", "ref", "api", "parent", "avatar", "end"} & set(own):
        value -= 0.5
    if value >= 3.4 and column.seen * 2 > rows > 2 and (column.values is None or len(column.values) * 2 > column.seen):
        value += 0.7  # tells records apart
    value -= 0.9 * path.count("[]") + 0.25 * min(3, path.count("."))
    value -= min(1.8, max(0.0, log2(max(1.0, column.mean) / 60)) * 0.7)
    if column.links * 2 > column.seen:
        value -= 1.5
    if column.hashed:
        value -= 2.0
    if column.grade or (column.state and column.few):
        value += 2.0
    if column.values is not None and len(column.values) == 1 and rows > 2:
        value -= 1.0
    return value


class Census:
    """The columns of one kind of record, and what each record tells among the others."""

    __slots__ = ("columns", "rows", "top")

    def __init__(self) -> None:
        self.columns: dict[str, Column] = {}
        self.rows = 0
        self.top = 0  # the highest rank in it

    def add(self, cells: Iterable[tuple[str, str]]) -> None:
        """Count one record."""
        self.rows += 1
        for name, text in cells:
            column = self.columns.get(name)
            if column is None:
                column = self.columns[name] = Column(name)
            column.add(text)

    def close(self) -> None:
        """All records are in: find the highest rank."""
        ranks = [rank(text) for column in self.columns.values() if column.grade and column.values for text in column.values]
        self.top = max(ranks, default=0)

    def weigh(self, cells: Sequence[tuple[str, str]], place: int, top: int = 0) -> tuple[float, str]:
        """The weight of the record at `place`, and the kind of evidence that it is ("" for none). `top`: the document's highest rank."""
        weight, kind = 1.0, ""
        if place in (0, self.rows - 1):
            weight += 0.5
        rare = extreme = 0.0
        for name, text in cells:
            column = self.columns.get(name)
            if column is None:
                continue
            if column.grade and (grade := rank(text)):
                weight = max(weight, self._grade(grade, top) + 1.0)
                if grade >= 4 and grade == self.top:
                    kind = f"{text.strip().lower()[:24]} record"
            elif column.state and _FAILED.search(text) and self._uncommon(column, text):
                weight, kind = max(weight, 7.0), kind or "failed record"
            elif words(name)[-1:] == ("error",) and text.lower() not in ("null", "", "none", "false", "0", '""', "[]", "{}"):
                weight, kind = max(weight, 6.0), kind or "error record"
            rare = max(rare, self._rare(column, text))
            if column.numeric and (number := number_of(text)) is not None and number in (column.low, column.high):
                extreme = max(extreme, 1.5 if number == column.high else 0.7)
                if column.grade and number == column.high:
                    extreme = max(extreme, 5.0)
        return weight + rare + extreme, kind

    def _grade(self, grade: int, top: int) -> float:
        highest = max(top, self.top)
        if grade == highest and grade >= 3:
            return 9.0
        if grade == self.top >= 4:
            return 8.5
        return {5: 8.0, 4: 4.0, 3: 1.5, 2: 0.5}.get(grade, 0.0) if grade < highest else 2.0

    def _uncommon(self, column: Column, text: str) -> bool:
        return column.values is None or column.values.get(text, 0) * 2 <= self.rows

    def _rare(self, column: Column, text: str) -> float:
        """Up to 3 for a value that hardly any other record of the column has."""
        values = column.values
        if not values or len(values) < 2 or self.rows < 8 or len(values) * 4 > self.rows:
            return 0.0
        share = values.get(text, self.rows) / self.rows
        return min(3.0, max(0.0, -log2(share) - 3.0)) if share <= 0.1 else 0.0
