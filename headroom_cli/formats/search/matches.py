"""Which file, line and text each line of a search result is, for all the ways in which grep-like tools print them.

    src/cart.py:12:def total(items):       a match           src/cart.py-13-    return 0     context
    --                                     a separator       src/cart.py                     a heading (12:def total ... follow)
    {"type":"match","data":{...}}          a match of rg --json           12:def total(items):            a match of one file without name
    src/cart.py:7                          as many matches of a file      src/cart.py=10=class Cart:      the function around matches
"""

from __future__ import annotations

import re
from array import array
from collections.abc import Sequence
from itertools import pairwise
from typing import TYPE_CHECKING, overload

from headroom_cli.text.regex import compiled

if TYPE_CHECKING:
    from headroom_cli.formats.search.events import Event

__all__ = ["CONTEXT", "HEADING", "MATCH", "OTHER", "SEPARATOR", "Found", "find_events", "find_matches", "is_json", "judge"]

OTHER, MATCH, CONTEXT, SEPARATOR, HEADING = range(5)
_NUMBERED = r"^((?:[A-Za-z]:[\\/]|[\w.~^@{}/-]{1,100}:(?=[^:\n\t]*[./]))?[^:\n\t]{1,400}?):(\d{1,9}):(?:\d{1,6}:(?=\S*\s*\S))?"
_CONTEXT = r"-(\d{1,9})-|=(\d{1,9})="
_BARE = r"^(\d{1,9})([:-])(?:\d{1,6}[:-])?"
_JSON = r'^\{"type":"(begin|match|context|end|summary)","data":\{'
_SUMMARY = '{"data":{"elapsed_total":'
_PATH = r"^(?:\.{0,2}/)?[\w.@+~#%=,()\[\]-]+(?:[/\\][\w.@+~#%=,()\[\]-]+)*$"
_FINDING = r"^(?:\d+:)? ?(?:(?:fatal )?error|warning|note|info|style|convention|refactor|hint|ERROR|WARNING|[A-Z]{1,4}\d{2,5}\b)"
_PLAIN = r"^((?:\.{0,2}/)?[\w.@+-]+(?:/[\w.@+-]+)+|[\w@+-]+\.[A-Za-z]{1,5}):(?!\d+(?::|$)|//|:)"
_COUNTED = r"^((?:\.{0,2}/)?[^:\n\t]*(?:/[^:\n\t/]+|\.(?:[a-z]|py|js|ts|tsx|jsx|go|rs|cc|cpp|hpp|java|kt|rb|md|rst|txt|json|ya?ml|toml|html|css|sh|cs))):(\d{1,9})$"
_CLOCK = r"^\d+:\d\d[:.]\d\d"
_OUTCOME = r"(?:PASSED|FAILED|ERROR|SKIPPED|XFAIL|XPASS)(?: +\[ *\d+%\])?$"


def is_json(text: str) -> bool:
    """A line of `rg --json`."""
    return text.startswith(_SUMMARY) or (text.startswith('{"type":"') and compiled(_JSON).match(text) is not None)


def is_numbered(text: str) -> re.Match[str] | None:
    """`path:12:`, at the start of a line; a path has no `://` and rarely a blank."""
    found = compiled(_NUMBERED).match(text)
    return found if found and " " not in found[1].strip() else None


def is_path(text: str) -> bool:
    """A line that is a path and nothing else."""
    return len(text) < 400 and ("/" in text or "." in text or text.isidentifier()) and compiled(_PATH).match(text) is not None


def plain_path(text: str) -> str:
    """The path of `path:text` where no number is printed, "" where there is none."""
    found = compiled(_PLAIN).match(text)
    return found[1] if found else ""


class Found:
    """Columns over the lines."""

    __slots__ = ("counts", "files", "kinds", "numbers", "owners", "starts")

    def __init__(self, size: int) -> None:
        self.counts: dict[int, int] = {}  # line -> matches, where a line says only how many its file has
        self.kinds = bytearray(size)
        self.owners = array("i", [-1]) * size  # index of the file
        self.numbers = array("I", bytes(4 * size))  # line in that file, 0 where none is printed
        self.starts = array("I", bytes(4 * size))  # where the file's own text begins in the line
        self.files: list[str] = []


class _Own(Sequence[str]):
    """Each line's own text, behind path and number."""

    __slots__ = ("_starts", "_texts")

    def __init__(self, texts: Sequence[str], starts: array[int]) -> None:
        self._texts = texts
        self._starts = starts

    def __len__(self) -> int:
        return len(self._starts)

    @overload
    def __getitem__(self, place: int) -> str: ...

    @overload
    def __getitem__(self, place: slice) -> list[str]: ...

    def __getitem__(self, place: int | slice) -> str | list[str]:
        if isinstance(place, slice):
            return [self[line] for line in range(*place.indices(len(self)))]
        return self._texts[place][self._starts[place] :]


def find_matches(texts: Sequence[str]) -> tuple[Found, Sequence[str]]:
    """The columns, and each line's own text."""
    found, known = Found(len(texts)), dict[str, int]()
    heading: str | None = "" if _headed(texts) or is_unnamed(texts) else None
    headed = heading is not None and not is_unnamed(texts)
    matched = {hit[1] for text in texts if (hit := is_numbered(text))} if heading is None else set()
    counted = heading is None and not matched and is_counted(texts)
    for line, text in enumerate(texts):
        kind, path, number, start = _read(text, heading, matched)
        if counted and (hit := compiled(_COUNTED).match(text)):
            kind, path, found.counts[line] = MATCH, hit[1], int(hit[2])
        if kind == OTHER and headed and is_path(text):
            kind, heading, path = HEADING, text, text
        found.kinds[line], found.numbers[line], found.starts[line] = kind, number, start
        if path or kind in (MATCH, CONTEXT):
            found.owners[line] = _file(found, known, path)
    return found, _Own(texts, found.starts)


def _file(found: Found, known: dict[str, int], path: str) -> int:
    """The number of the file, "" for the one without name."""
    if path not in known:
        known[path] = len(found.files)
        found.files.append(path)
    return known[path]


def find_events(texts: Sequence[str]) -> tuple[Found, list[Event]]:
    """The columns of `rg --json`."""
    from headroom_cli.formats.search.events import read_event  # reads JSON: only where there is some

    found, known = Found(len(texts)), dict[str, int]()
    events = [read_event(text) for text in texts]
    kinds = {"match": MATCH, "context": CONTEXT, "begin": SEPARATOR, "end": SEPARATOR}
    for line, event in enumerate(events):
        found.kinds[line], found.numbers[line] = kinds.get(event.kind, OTHER), event.number
        if event.kind:
            found.owners[line] = _file(found, known, event.path)
    return found, events


def is_unnamed(texts: Sequence[str]) -> bool:
    """Whether these are matches of one file or of files without their names: `12:text` with rising numbers, and gaps between them."""
    numbers, signs = [], 0
    for text in texts:
        hit = compiled(_BARE).match(text)
        if hit and not compiled(_CLOCK).match(text):
            numbers.append(int(hit[1]))
            signs += hit[2] == ":"
        elif text.strip() and text != "--":
            return False
    steps = [after - before for before, after in pairwise(numbers)]
    return len(numbers) >= 5 and signs >= 3 and sum(step > 0 for step in steps) >= 0.85 * len(steps) and any(step > 1 for step in steps)


def is_counted(texts: Sequence[str]) -> bool:
    """Whether every line is a file with the number of its matches."""
    hits = [hit for text in texts if (hit := compiled(_COUNTED).match(text))]
    return len(hits) >= 5 and len(hits) >= 0.97 * len(texts) and len({hit[1] for hit in hits}) == len(hits)


def _headed(texts: Sequence[str]) -> bool:
    """Whether paths stand alone above their lines."""
    bare = sum(1 for text in texts if compiled(_BARE).match(text))
    return bare > len(texts) * 0.4 and any(is_path(text) for text in texts)


def _read(text: str, heading: str | None, matched: set[str]) -> tuple[int, str, int, int]:
    """(kind, path, number, start of the file's own text)."""
    if text in ("--", ""):
        return (SEPARATOR if text else OTHER), "", 0, 0
    if heading is not None:
        bare = compiled(_BARE).match(text)
        return (MATCH if bare[2] == ":" else CONTEXT, heading, int(bare[1]), bare.end()) if bare else (OTHER, "", 0, 0)
    hit = is_numbered(text)
    if hit:
        return MATCH, hit[1], int(hit[2]), hit.end()
    for dash in compiled(_CONTEXT).finditer(text):
        if text[: dash.start()] in matched:
            return CONTEXT, text[: dash.start()], int(dash[1] or dash[2]), dash.end()
    path = plain_path(text) if not matched else ""
    return (MATCH, path, 0, len(path) + 1) if path else (OTHER, "", 0, 0)


def judge(texts: Sequence[str]) -> tuple[float, str]:
    """How sure (0-1) that these lines are a search's, and what says so."""
    size = max(1, len(texts))
    if sum(map(is_json, texts)) >= 0.9 * size:
        return 0.98, "lines of rg --json"
    hits = [hit for text in texts if (hit := is_numbered(text))]
    paths = {hit[1] for hit in hits}
    if hits:
        findings = sum(1 for hit in hits if compiled(_FINDING).match(hit.string[hit.end() :]))
        context = _contexts(texts, paths) if len(hits) < size else 0
        named = sum(1 for path in paths if "." in path or "/" in path or path.isidentifier())
        share = (len(hits) + context) / size
        if share >= 0.9 and findings < 0.1 * len(hits) and named >= 0.9 * len(paths) and len(hits) >= 3:
            return 0.96, f"{share:.0%} of sampled lines begin with path and line"
        return 0.0, "lines of other kinds between"
    if is_counted(texts):
        return 0.9, "every line is a file and a number"
    return _unnumbered(texts)


def _contexts(texts: Sequence[str], paths: set[str]) -> int:
    """Lines `path-12-text` or `path=12=text` of files that also have matches."""
    known = tuple(path + sign for path in paths for sign in "-=")
    return sum(1 for text in texts if text.startswith(known))


def _unnumbered(texts: Sequence[str]) -> tuple[float, str]:
    """Headings with `12:text` below, `12:text` alone, or `path:text`."""
    if is_unnamed(texts):
        return 0.9, "every line begins with its number"
    bare = sum(1 for text in texts if text.split(":", 1)[0].isdigit() or text.split("-", 1)[0].isdigit())
    paths = sum(1 for text in texts if is_path(text))
    if is_path(texts[0]) and bare >= 3 and bare + paths >= 0.95 * len(texts):
        return 0.9, f"{paths} headings with numbered lines below"
    named = [path for text in texts if (path := plain_path(text))]
    outcomes = sum(1 for text in texts if compiled(_OUTCOME).search(text))
    if outcomes < 0.1 * len(texts) and len(named) >= 0.97 * len(texts) and len(named) >= 5 and all("/" in path or "." in path for path in named):
        return 0.7, "every line begins with a path"
    return 0.0, "no path and line"
