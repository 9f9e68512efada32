"""Pretty-printed JSON inside a log: keys that name and judge outweigh the rest, of a long array the records that differ stay.

    {                                  {
      "packages": [                      "packages": [
        {"name": "a", ...},                {"name": "a", ...},
        ... 400 more                       [L7-406: 400 JSON lines]
      ]                                  ]
    }                                  }
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING

from headroom_cli.text.records import Census, Column, number_of, outliers, worth

if TYPE_CHECKING:
    from headroom_cli.stages.nested import Regions

__all__ = ["opens", "read"]

MOST_LINES = 20_000
"""Lines until which an end is looked for."""
LEAST = 8
"""Lines of a region."""
MANY = 8
"""Records of an array from which its middle may go; plain values: half as many again."""
EMPTY = -2.5
"""The weight of a member without a value."""
LEAST_EMPTY = 4
KIND = "JSON line"
_LINE = (
    r'\s*(?:"((?:[^"\\]|\\.)*)"\s*:\s*)?'
    r'(?:([\[{])|([\]}]),?(?:</[\w:-]+>|```)?|("(?:[^"\\]|\\.)*"|-?\d[\d.eE+-]*|true|false|null|\{[^{}]*\}|\[[^\[\]]*\])\s*,?)\s*'
)
_EMPTY = frozenset(("null", '""', "[]", "{}", "false", "0"))


@lru_cache(maxsize=1)
def _line() -> re.Pattern[str]:
    return re.compile(_LINE)


def opens(text: str) -> bool:
    """Whether JSON may begin here: a bracket alone, or behind what introduces it."""
    return text.endswith(("{", "[", "{ ", "[ ")) and len(text) < 400


class _Frame:
    """An open object or array: its line, the nearest line with a key, what is in it."""

    __slots__ = ("anchor", "array", "cells", "elements", "line")

    def __init__(self, line: int, array: bool, anchor: int) -> None:
        self.line = line
        self.array = array
        self.anchor = anchor
        self.cells: list[tuple[str, str]] = []
        self.elements: list[tuple[int, int, list[tuple[str, str]]]] = []  # first, stop, its plain members


@lru_cache(maxsize=4096)
def _worth(key: str) -> float:
    """-1 to 4.5 for a member by its key."""
    return min(4.5, worth(Column(key), 1) - 0.5)


def read(found: Regions, first: int) -> int:
    """Weigh the JSON that begins at line `first`; the line where reading goes on."""
    bodies, match = found.bodies, _line().fullmatch
    stack = [_Frame(first, bodies[first].rstrip().endswith("["), first)]
    weights: list[tuple[int, float, int]] = []
    arrays: list[_Frame] = []
    for line in range(first + 1, min(len(bodies), first + MOST_LINES)):
        parts = match(bodies[line]) if len(bodies[line]) < 4_000 else None
        if parts is None or (line == first + 1 and parts[3]):
            return line if line > first + 1 else first + 1
        frame = stack[-1]
        if parts[2]:
            stack.append(_Frame(line, parts[2] == "[", line if parts[1] else frame.anchor))
            weights.append((line, min(1.5, _worth(parts[1])) if parts[1] else -2.0, frame.anchor))
        elif parts[3]:
            if frame.array != (parts[3] == "]"):
                return line
            stack.pop()
            weights.append((line, -4.5, frame.line))
            if frame.array:
                arrays.append(frame)
            if not stack:
                return _close(found, first, line + 1, weights, arrays)
            if stack[-1].array:
                stack[-1].elements.append((frame.line, line + 1, frame.cells))
        else:
            _member(frame, line, parts[1], parts[4], weights)
    return min(len(bodies), first + MOST_LINES)


def _member(frame: _Frame, line: int, key: str | None, value: str, weights: list[tuple[int, float, int]]) -> None:
    if frame.array:
        frame.elements.append((line, line + 1, [("", value.strip('"'))]))
        weights.append((line, 0.5, frame.anchor))
        return
    frame.cells.append((key or "", value.strip('"')))
    weights.append((line, EMPTY if value in _EMPTY else _worth(key or ""), frame.anchor))


def _close(found: Regions, first: int, stop: int, weights: list[tuple[int, float, int]], arrays: list[_Frame]) -> int:
    if stop - first < LEAST:
        return stop
    for line, weight, needs in weights:
        found.weigh(line, weight, needs)
    for frame in arrays:
        _thin(found, frame)
    _spare_empty(found, weights)
    found.kinds.append((first, stop, KIND))
    return stop


def _spare_empty(found: Regions, weights: list[tuple[int, float, int]]) -> None:
    """Neighbours that say no more than that there is nothing may go."""
    run: list[int] = []
    for line, weight, _ in [*weights, (-1, 0.0, -1)]:
        if weight == EMPTY:
            run.append(line)
            continue
        if len(run) >= LEAST_EMPTY:
            found.spare(run[0], run[-1] + 1, KIND)
        run = []


def _thin(found: Regions, frame: _Frame) -> None:
    """The middle of an array may go, but for records that differ from the others or that the evidence names."""
    elements = frame.elements
    plain = all(stop - first == 1 for first, stop, _ in elements)
    if len(elements) < (MANY + MANY // 2 if plain else MANY):
        return
    census = Census()
    for _, _, cells in elements:
        census.add(cells)
    census.close()
    far = _far(elements)
    for place, (first, stop, cells) in enumerate(elements):
        weight, kind = census.weigh(cells, place, census.top)
        named = any(found.named(value) for _, value in cells)
        weight += 4.0 if place in far else 0.0
        if kind or named or weight >= 4.0:
            for line in range(first, stop):
                if found.own.get(line, -9.0) > 1.5:
                    found.own[line] += min(2.0, 0.5 * weight) if not named else 2.0
        elif 1 < place < len(elements) - 1 and found.safe.find(1, first, stop) < 0:
            found.spare(first, stop, KIND)


def _far(elements: list[tuple[int, int, list[tuple[str, str]]]]) -> set[int]:
    """Places of the records with a number far beyond those of the others."""
    columns: dict[str, list[float | None]] = {}
    for place, (_, _, cells) in enumerate(elements):
        for key, value in cells:
            columns.setdefault(key, [None] * len(elements))[place] = number_of(value)
    return set().union(*map(outliers, columns.values()))
