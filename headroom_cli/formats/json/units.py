r"""The units of a JSON document as text: heads of tables, their rows, fields of outer objects, elements of lists.

    version: 14.0.6
    $.vulnerabilities[98]: id,severity,package
      -description,links
    CVE-2022-28391,Critical,busybox
    [$.vulnerabilities[1:97] severity: High 44, Medium 52]
    CVE-2022-1304,High,e2fsprogs

Rows are made from the text when they are asked for: what is kept of a record is where it starts.
"""

from __future__ import annotations

import re
from array import array
from bisect import bisect_left
from collections.abc import Iterator
from typing import TYPE_CHECKING, NamedTuple

from headroom_cli.formats.json.gaps import counts
from headroom_cli.formats.json.outline import Fields, Region, Table, Values
from headroom_cli.formats.json.shapes import Row, Shape
from headroom_cli.text.jsontext import cell, key_path, line_text

if TYPE_CHECKING:
    from headroom_cli.text.jsontext import JsonText

__all__ = ["CHUNK", "WIDE", "Records", "Unit"]

CHUNK = 12
"""Fields of one object that are one unit."""
LINE = 100
"""Characters of short list elements that share a line."""
WIDE = 600
"""Characters up to which a string stays in a record that answers."""


class Unit(NamedTuple):
    """One unit on its way into the columns."""

    text: str
    record: int  # of its region; -1: the table's head
    sub: int  # which row of the record
    needs: int  # the unit without which it misleads, -1: none
    row: Row | None = None


class Records:
    """Units of a document's regions, rendered at one rung: `limit` characters of a string, columns cut in the shapes."""

    __slots__ = ("_cached", "_rows", "arrays", "extras", "firsts", "folds", "kinds", "limit", "marks", "ranges", "records", "region_of", "regions", "short", "subs", "tells", "text", "times", "wide")

    def __init__(self, text: JsonText, regions: list[Region]) -> None:
        self.text = text
        self.regions = regions
        self.limit = 0
        self.short = False  # markers without counts of values
        self.region_of = array("H")
        self.records = array("I")
        self.subs = array("I")
        self.firsts: list[int] = []  # the first unit of each region
        self.extras: dict[int, list[str]] = {}  # unit -> lines under it: what its table leaves out of other rows
        self.wide: set[int] = set()  # units that answer, whose strings stay longer
        self.tells: dict[int, tuple[str, list[str]]] = {}  # table -> the column that rows are counted by, its value in each record
        self.ranges: dict[int, tuple[str, array[float]]] = {}  # table -> the column that measures most, its number in each record
        self.marks = array("H")  # unit -> what kind of inner element it is, 0: none
        self.kinds: list[tuple[int, str]] = [(0, "")]  # (which of the arrays, from 1, value that its elements are counted by)
        self.arrays: list[Shape] = []
        self.folds = array("I")  # units that stand for several equal elements
        self.times = array("I")  # for how many
        self._cached = (-1, -1, False)
        self._rows: list[Row] = []

    def __len__(self) -> int:
        return len(self.records)

    def walk(self) -> Iterator[Unit]:
        """All units in order; fills the columns."""
        for number, region in enumerate(self.regions):
            self.firsts.append(len(self.records))
            for unit in self._units(region):
                self.region_of.append(number)
                self.records.append(unit.record % (1 << 32))
                self.subs.append(unit.sub)
                if unit.row is not None and unit.row.times > 1:
                    self.folds.append(len(self.records) - 1)
                    self.times.append(unit.row.times)
                yield unit

    def _units(self, region: Region) -> Iterator[Unit]:
        if isinstance(region, Fields):
            for first in range(0, len(region.pairs), CHUNK):
                yield Unit(self._fields(region, first), first, 0, -1)
        elif isinstance(region, Values):
            head = len(self.records)
            yield Unit(self._head(region), -1, 0, -1)
            first = 0
            while first < len(region.starts):
                stop = self._together(region, first)
                yield Unit(self._values(region, first, stop), first, stop - first, head)
                first = stop
        else:
            head = len(self.records)
            yield Unit(self._head(region), -1, 0, -1)
            for record in range(len(region.starts)):
                at = len(self.records)
                for sub, row in enumerate(self._expand(region, record, self.limit)):
                    yield Unit(row.text, record, sub, at + sub - row.parent if row.parent else head, row)

    def _expand(self, region: Table, record: int, limit: int) -> list[Row]:
        if region.broken and record in region.broken:
            return [Row("", region.shape, [], "? " + region.broken[record])]
        key = region.keys[record] if region.keys is not None else None
        return region.shape.rows(region.record(self.text, record), limit, key=key)

    def _together(self, region: Values, first: int) -> int:
        """Where the line of short values that starts with `first` ends."""
        stop, size = first + 1, len(region.starts)
        while stop < size and (region.starts[stop + 1] if stop + 1 < size else region.end) - region.starts[first] <= LINE:
            stop += 1
        return stop

    def _fields(self, region: Fields, first: int) -> str:
        prefix = region.path.removeprefix("$.") if region.path != "$" else ""
        lines = []
        for name, value in region.pairs[first : first + CHUNK]:
            lines.append(f"{name}: {line_text(value, self.limit)}" if name else line_text(value, self.limit))
        if not prefix:
            return "\n".join(lines)
        return f"{prefix}: {lines[0]}" if not region.pairs[0][0] else "\n  ".join([f"{prefix}:", *lines])

    def _values(self, region: Values, first: int, stop: int) -> str:
        return ",".join(cell(region.value(self.text, place), self.limit) for place in range(first, stop))

    def _head(self, region: Table | Values) -> str:
        if isinstance(region, Values):
            return f"{region.path}[{len(region.starts)}]: *"
        around = "[]" if region.keys is None else "{}"
        star = "" if region.keys is None else "*,"
        lines = [f"{region.path}{around[0]}{len(region.starts)}{around[1]}: {star}{region.shape.titles()}".rstrip(",")]
        return "\n".join(lines + region.shape.head(limit=self.limit))

    def forget(self) -> None:
        """The rung has changed."""
        self._cached = (-1, -1, False)

    def row_text(self, unit: int) -> str:
        """The text of one unit."""
        number, record, sub = self.region_of[unit], self.records[unit], self.subs[unit]
        region = self.regions[number]
        if isinstance(region, Fields):
            return self._fields(region, record)
        if record == (1 << 32) - 1:
            return self._head(region)
        if isinstance(region, Values):
            return self._values(region, record, record + sub)
        text = self.rows(number, record, unit in self.wide)[sub].text
        return "\n".join([text, *self.extras[unit]]) if unit in self.extras else text

    def extra(self, unit: int, name: str, limit: int) -> str:
        """The line under a row that gives a column that is left out of other rows; "" where it is empty."""
        row = self.rows(self.region_of[unit], self.records[unit])[self.subs[unit]]
        indent = row.text[: len(row.text) - len(row.text.lstrip(" "))]
        value = row.fields.get(name)
        return "" if value in (None, "", [], {}) else f"{indent}  {name}: {line_text(value, limit)}"

    def rows(self, number: int, record: int, wide: bool = False) -> list[Row]:
        """All rows of a record."""
        if self._cached != (number, record, wide):
            region = self.regions[number]
            assert isinstance(region, Table)
            limit = max(self.limit, WIDE) if self.limit and wide else self.limit
            self._rows = self._expand(region, record, limit)
            self._cached = (number, record, wide)
        return self._rows

    def body(self, line: int) -> bytes:
        """The text of one unit in the output."""
        return self.row_text(line).encode()

    def bodies(self, first: int, stop: int) -> list[bytes]:
        """The texts of units `first` to `stop` (exclusive)."""
        return [self.body(unit) for unit in range(first, stop)]

    def is_head(self, unit: int) -> bool:
        """Whether the unit is the head of a table or list."""
        return self.records[unit] == (1 << 32) - 1

    def locator(self, unit: int) -> str:
        """Where the unit is in the document: `$.items[3]`, `$.items[3].refs[1]`, `$.meta.name`."""
        number, record = self.region_of[unit], self.records[unit]
        region = self.regions[number]
        if isinstance(region, Fields):
            name = region.pairs[record][0]
            return f"{region.path}.{name}" if name else region.path
        if self.is_head(unit):
            return region.path
        if isinstance(region, Values):
            return f"{region.path}[{record}]"
        where = self.rows(number, record)[self.subs[unit]].where if self.subs[unit] else ""
        return (f"{region.path}.{key_path(region.keys[record])}" if region.keys is not None else f"{region.path}[{record}]") + where

    def place(self, first: int, stop: int) -> str:
        """What a marker says of the place of units `first` to `stop` (exclusive), and by which values its rows can be counted."""
        where = self.span(first, stop)
        return where if self.short else where + counts(self, first, stop, where)

    def span(self, first: int, stop: int) -> str:
        """The locators from the first to the last unit: `$.items[3:97]`; elements that stand folded count in full."""
        start, last = self.locator(first), stop - 1
        number = self.region_of[first]
        region = self.regions[number]
        if number != self.region_of[last]:
            return f"{start} .. {self._end(first, stop)}"
        if isinstance(region, Values) and not self.is_head(first):
            return f"{region.path}[{self.records[first]}:{self.records[last] + self.subs[last]}]"
        if self.is_head(first):
            return start if self._ends(stop) else f"{start} columns" if first == last else f"{start} .. {self._end(first, stop)}"
        end = self._end(first, stop)
        low, high = re.fullmatch(r"(.*)\[(\d+)\]", start), re.fullmatch(r"(.*)\[(?:\d+:)?(\d+)\]", end)
        if start == end or not low or not high or low[1] != high[1]:
            return start if start == end else f"{start} .. {end}"
        if self._under(stop) & {self.subs[last]}:  # a row without what stands under it
            return f"{start} .. {end}"
        return f"{low[1]}[{low[2]}:{int(high[2]) + (':' not in high[0][len(high[1]) :])}]"

    def _end(self, first: int, stop: int) -> str:
        """The locator of what a gap ends with: the outermost row that is in it with all that stands under it, `[9:10]`, or its last
        unit, `[9]`, `[55:60]` where that is folded."""
        unit = stop - 1
        number, record = self.region_of[unit], self.records[unit]
        region = self.regions[number]
        if isinstance(region, Fields):
            name = region.pairs[record : record + CHUNK][-1][0]
            return f"{region.path}.{name}" if name else region.path
        if self.is_head(unit):
            return region.path
        if isinstance(region, Values):
            return f"{region.path}[{record + self.subs[unit] - 1}]"
        sub, under, rows = self.subs[unit], self._under(stop), self.rows(number, record)
        while sub and unit - self.subs[unit] + sub - rows[sub].parent >= first:
            above = sub - rows[sub].parent
            if above in under or (not above and region.keys is not None):
                break
            sub = above
        where = self.locator(unit - self.subs[unit] + sub)
        if sub == self.subs[unit] and rows[sub].times == 1:
            return where
        start, _, place = where.removesuffix("]").rpartition("[")
        return f"{start}[{place}:{int(place) + rows[sub].times}]"

    def _under(self, stop: int) -> set[int]:
        """The rows of its record that the unit after a gap stands under."""
        out: set[int] = set()
        if stop == len(self) or self.region_of[stop] != self.region_of[stop - 1] or self.records[stop] != self.records[stop - 1]:
            return out
        rows, sub = self.rows(self.region_of[stop], self.records[stop]) if self.subs[stop] else [], self.subs[stop]
        while sub:
            sub -= rows[sub].parent
            out.add(sub)
        return out

    def graded(self, number: int) -> bool:
        """Whether a table's records are counted by how severe they are."""
        region = self.regions[number]
        return number in self.tells and isinstance(region, Table) and region.shape.census.columns[self.tells[number][0]].grade

    def _ends(self, stop: int) -> bool:
        return stop == len(self) or self.region_of[stop] != self.region_of[stop - 1]

    def folded(self, first: int, stop: int) -> Iterator[tuple[int, int]]:
        """(unit, elements that it stands for) of those units from `first` to `stop` (exclusive) that are folded."""
        for at in range(bisect_left(self.folds, first), bisect_left(self.folds, stop)):
            yield self.folds[at], self.times[at]
