"""Finds what a path such as `$.items[3:97]` names in a JSON text: where it begins and ends, to the character.

    locate('{"a": [10, 20, 30]}', "$.a[1:3]")  ->  (11, 17)        # 20, 30

Nothing is decoded and encoded again, so what is cut out is the source's own text. Paths are those of Headroom's markers.
"""

from __future__ import annotations

import re
from functools import lru_cache
from json import JSONDecodeError, JSONDecoder

__all__ = ["locate"]

_STEP = r"\.([^.\[\]\s\"]+)|(?:\.|\[)(\"(?:[^\"\\]|\\.)*\")\]?|\[(\d+)(?::(\d+))?\]"


@lru_cache(maxsize=1)
def _decoder() -> JSONDecoder:
    return JSONDecoder(strict=False)


def locate(text: str, path: str) -> tuple[int, int]:
    """Start and end of what `path` (or `PATH .. PATH`) names in `text`. Raises KeyError with the step that is not there."""
    first, _, last = path.partition(" .. ")
    start, stop = _find(text, first)
    return (start, _find(text, last)[1]) if last else (start, stop)


def _find(text: str, path: str) -> tuple[int, int]:
    start = _blank(text, 1 if text.startswith("\ufeff") else 0)
    stop = -1  # looked for only where it is asked for: a text that breaks off has values before that
    at = 1
    if not path.startswith("$"):
        raise KeyError(path)
    while at < len(path):
        step = re.compile(_STEP).match(path, at)
        if step is None:
            raise KeyError(path[at:])
        key = step[1] if step[2] is None else _decoder().decode(step[2])
        at = step.end()
        inner = at < len(path)
        low, high = int(step[3] or 0), int(step[4] or int(step[3] or 0) + 1)
        spans = _members(text, start, key, inner) if key is not None else _elements(text, start, low, high, inner)
        if not spans:
            raise KeyError(step[0])
        start, stop = spans[0][0], spans[-1][1]
    return start, stop if stop >= 0 else _end(text, start)


def _members(text: str, start: int, key: str, inner: bool) -> list[tuple[int, int]]:
    """The value of `key` in the object at `start`. `inner`: only where it starts is of interest, its end is -1."""
    if text[start : start + 1] != "{":
        return []
    at = _blank(text, start + 1)
    while text[at : at + 1] == '"':
        name, end = _decoder().raw_decode(text, at)
        at = _blank(text, _blank(text, end) + 1)
        if name == key:
            return [(at, -1 if inner else _end(text, at))]
        at = _blank(text, _end(text, at))
        at = _blank(text, at + 1) if text[at : at + 1] == "," else at
    return []


def _elements(text: str, start: int, low: int, high: int, inner: bool) -> list[tuple[int, int]]:
    """Elements `low` to `high` (exclusive) of the array at `start`. `inner`: as for `_members`."""
    if text[start : start + 1] != "[":
        return []
    spans: list[tuple[int, int]] = []
    at, number = _blank(text, start + 1), 0
    while at < len(text) and text[at] != "]" and number < high:
        if inner and number == low:
            return [(at, -1)]
        stop = _end(text, at)
        if number >= low:
            spans.append((at, stop))
        number += 1
        at = _blank(text, stop)
        at = _blank(text, at + 1) if text[at : at + 1] == "," else at
    return spans


def _end(text: str, start: int) -> int:
    try:
        return _decoder().raw_decode(text, start)[1]
    except (JSONDecodeError, RecursionError) as error:
        raise KeyError(str(error)) from None


def _blank(text: str, at: int) -> int:
    found = re.compile(r"[ \t\r\n]*").match(text, at)
    return found.end() if found else at
