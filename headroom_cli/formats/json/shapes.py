r"""How records of one array become rows: which fields are columns, which stand below the row, which are the same everywhere.

    {"id":"a","at":{"line":3},"tool":"x","text":"A long text.","refs":[{"url":"u1"},{"url":"u2"}]}

    $.items[9]: id,at.line           fields of nested objects as dotted columns
      refs[]: url                    an array of objects inside a record: its own columns, one line an element
      =tool: x                       the same in every record
    a,3
      text: A long text.             long or rare fields below their row
      refs[]: u1
      refs[]: u2

A field that is not there is an empty cell; strings need quotes only where they could be taken for something else.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Any, NamedTuple

from headroom_cli.text.jsontext import cell, encode, key_path, line_text
from headroom_cli.text.records import Census, Column, place_of, worth

__all__ = ["Row", "Shape", "flat", "is_rows"]

DEEPEST = 6
"""Nested objects from which a value is written as JSON."""
LONG = 90
"""Mean characters from which a column stands below the row."""
MOST_COLUMNS = 400
MOST_GRADES = 12
WHOLE = 220
"""Characters up to which a value that tells records apart is never shortened."""


class Row(NamedTuple):
    """One record, or one element of an array inside it, as it stands in the output."""

    where: str  # the locator below the record: "", ".refs[1]"
    shape: Shape
    cells: list[tuple[str, str]]
    text: str
    parent: int = 0  # how many rows before it the one stands that it needs; 0: none
    times: int = 1  # how many equal elements it stands for
    fields: dict[str, Any] = {}  # noqa: RUF012  # its values under their columns' names


def is_rows(value: Any) -> bool:
    """Whether `value` is an array of objects with something in each of them."""
    return type(value) is list and bool(value) and all(type(each) is dict and each for each in value)


def flat(record: dict[str, Any], prefix: str = "", depth: int = 0) -> Iterator[tuple[str, Any]]:
    """The fields of a record with dotted names; nested objects are gone into."""
    for key, value in record.items():
        name = prefix + key_path(key)
        if type(value) is dict and value and depth < DEEPEST:
            yield from flat(value, name + ".", depth + 1)
        else:
            yield name, value


class Shape:
    """The columns of one array of records, and of the arrays inside them."""

    __slots__ = ("_tell", "below", "cells", "census", "constant", "counts", "cut", "fixed", "kinds", "mixed", "name", "nested", "same", "sample", "split", "whole")

    def __init__(self, name: str = "") -> None:
        self.name = name  # of the array inside the record: "refs[]", "" for the records themselves
        self.census = Census()
        self.nested: dict[str, Shape] = {}
        self.split = False  # its elements are units of their own
        self.cells: list[str] = []  # columns of the row
        self.below: set[str] = set()  # columns below the row
        self.constant: dict[str, Any] = {}
        self.sample: dict[str, Any] = {}  # the fields of the first record
        self.kinds: dict[str, type] = {}
        self.same: dict[str, str] = {}  # column -> an earlier one that says the same in every record
        self.whole: set[str] = set()  # columns that tell records apart: shortened later than others
        self.mixed: set[str] = set()  # columns whose values are not all of one type
        self.cut: set[str] = set()  # columns that are left out everywhere
        self.counts: dict[int, int] = {}  # of an inner array: elements -> records that have so many
        self.fixed = 0  # elements that every record has, where all are the same: said once, in the head
        self._tell: str | None = None

    def add(self, record: dict[str, Any], depth: int = 0) -> None:
        """Count one record."""
        cells = []
        for name, value in flat(record):
            if depth < 3 and is_rows(value) and self._inner(name):
                inner = self.nested[name]
                inner.counts[len(value)] = inner.counts.get(len(value), 0) + 1
                for each in value:
                    inner.add(each, depth + 1)
            else:
                cells.append((name, _plain(value)))
                if self.kinds.setdefault(name, type(value)) is not type(value):
                    self.mixed.add(name)
        self.census.add(cells)
        if self.census.rows == 1:
            self.sample = dict(flat(record))
            told: dict[str, str] = {}
            self.same = {name: told[text] for name, text in cells if told.setdefault(text, name) != name and len(text) > 2}
        elif self.same:
            own = dict(cells)
            self.same = {name: other for name, other in self.same.items() if name in own and own[name] == own.get(other)}

    def _inner(self, name: str) -> bool:
        if name not in self.nested and len(self.nested) < 40:
            self.nested[name] = Shape(f"{self.name and self.name + '.'}{name}[]")
        return name in self.nested

    def close(self) -> None:
        """All records are in: lay out the columns."""
        census, sample = self.census, self.sample
        census.close()
        self.same = {name: other for name, other in self.same.items() if census.columns[name].seen == census.columns[other].seen == census.rows > 1}
        self.same = {name: other for name, other in self.same.items() if not {name, other} & self.mixed and self.kinds[name] is self.kinds[other]}
        for name, column in census.columns.items():
            one = column.values is not None and len(column.values) == 1 and column.seen == census.rows >= 3
            if one and name not in self.mixed and name in sample and column.mean < 400:
                self.constant[name] = sample[name]
            elif name in self.same:
                continue
            elif column.seen * 2 < census.rows or column.mean > LONG or len(self.cells) >= MOST_COLUMNS:
                self.below.add(name)
            else:
                self.cells.append(name)
        self.same = {name: other for name, other in self.same.items() if name not in self.constant}
        self.whole = {name for name in census.columns if worth(census.columns[name], census.rows) >= 3.4}
        for inner in self.nested.values():
            inner.close()
            always = len(inner.counts) == 1 and sum(inner.counts.values()) == census.rows
            inner.fixed = next(iter(inner.counts)) if always and not inner.nested and len(inner.constant) == len(inner.census.columns) else 0
        self._split()

    def _split(self) -> None:
        """Elements of large inner arrays, and those that say how bad they are, can be cut one by one."""
        for inner in self.nested.values():
            if inner.fixed:
                continue
            graded = any((column.grade and column.few) or (column.grade and inner.census.rows < 36) for column in inner.census.columns.values())
            often = inner.census.rows >= 8 and inner.census.rows >= 2.5 * self.census.rows
            inner.split = graded or often or any(each.split for each in inner.nested.values())

    @property
    def tell(self) -> str:
        """The column by which a marker counts rows: a severity, a status, else the best of few values; "" for none."""
        if self._tell is None:
            columns = [column for name, column in self.census.columns.items() if name not in self.constant and _counts(column)]
            self._tell = max(columns, key=lambda column: (column.grade, column.state, worth(column, self.census.rows), column.name)).name if columns else ""
        return self._tell

    def top(self) -> int:
        """The highest severity here and in arrays inside."""
        return max([self.census.top, *(inner.top() for inner in self.nested.values())])

    def shapes(self) -> Iterator[Shape]:
        """This shape and all inside it."""
        yield self
        for inner in self.nested.values():
            yield from inner.shapes()

    def parts(self) -> Iterator[Shape]:
        """This shape and those inside it whose elements stand with its rows."""
        yield self
        for inner in self.nested.values():
            if not inner.split:
                yield from inner.parts()

    def anchors(self, named: bool = False) -> Iterator[tuple[Shape, str]]:
        """The columns by which a record is found again, here and in arrays that are units of their own: of each kind the best one.
        `named`: its rows have a name already."""
        best: dict[str, tuple[float, Shape, str]] = {}
        for shape in self.parts():
            for name, column in shape.census.columns.items():
                if name in shape.constant or name in shape.same:
                    continue
                value = worth(column, shape.census.rows, frozenset(), f"{shape.name}.{name}")
                link, names = column.links * 2 > column.seen, column.identifies(shape.census.rows)
                place = place_of(name) or ("file" if link and names else "")
                kinds = [place if value > -0.5 or not link else "", "identity" if names and not named and not link else ""]
                for kind in filter(None, kinds):
                    if kind not in best or value > best[kind][0]:
                        best[kind] = (value, shape, name)
            for inner in shape.nested.values():
                if inner.split:
                    yield from inner.anchors()
        yield from ((shape, name) for _, shape, name in best.values())

    def costs(self, asked: frozenset[str]) -> list[tuple[float, int, Shape, str]]:
        """(worth, characters, shape, column) of all columns that can be left out everywhere."""
        out = []
        idle = bool(self.name) and not self.split and not self.fixed and len(self.constant) == len(self.census.columns)  # its rows say nothing
        for name, column in self.census.columns.items():
            if name in self.cut or name in self.same:
                continue
            full = f"{name}" if self.split or not self.name else f"{self.name}.{name}"
            if name not in self.constant:
                out.append((worth(column, self.census.rows, asked, full), column.chars + 2 * column.seen, self, name))
            elif column.mean > 16 or idle:
                out.append((worth(column, self.census.rows, asked, full) - 0.5, int(column.mean) + idle * self.census.rows, self, name))
        for inner in self.nested.values():
            out += inner.costs(asked)
        return out

    def head(self, indent: str = "  ", limit: int = 0) -> list[str]:
        """What stands under the array's name: inner columns, what is the same everywhere or as another column, what was left out."""
        lines = []
        for name, inner in self.nested.items():
            if not inner.empty():
                lines.append(f"{indent}{name}[{inner.fixed or ''}]: {inner.titles()}".rstrip())
                lines += inner.head(indent + "  ", limit)
        by_value: dict[str, list[str]] = {}
        for name, value in self.constant.items():
            if name not in self.cut:
                by_value.setdefault(line_text(value, limit), []).append(name)
        lines += [f"{indent}={','.join(names)}: {value}" for value, names in by_value.items()]
        lines += [f"{indent}={name}: = {other}" for name, other in self.same.items() if other not in self.cut]
        gone = [*self.cut, *(name for name, other in self.same.items() if other in self.cut)]
        gone += [f"{name}[]" for name, inner in self.nested.items() if inner.empty()]
        if gone:
            lines.append(f"{indent}-{','.join(_grouped(gone, [*self.census.columns, *(f'{name}[]' for name in self.nested)]))}")
        return lines

    def empty(self) -> bool:
        """Whether nothing of it is left that differs from element to element."""
        cut = self.cut or any(inner.cut for inner in self.nested.values()) or not self.census.columns
        left = any(name not in self.cut and name not in self.constant and self.same.get(name, name) not in self.cut for name in self.census.columns)
        return bool(cut) and not left and all(inner.empty() for inner in self.nested.values())

    def titles(self) -> str:
        """The columns of the row."""
        return ",".join(name for name in self.cells if name not in self.cut)

    def rows(self, record: dict[str, Any], limit: int = 0, where: str = "", indent: str = "", label: str = "", key: str | None = None) -> list[Row]:
        """The record as rows: itself first, then the elements of arrays inside it that are units of their own."""
        fields = dict(flat(record))
        arrays = {name: fields.pop(name) for name in self.nested if is_rows(fields.get(name))}
        long = max(limit, WHOLE) if limit else 0
        cells = [cell(fields[name], long if name in self.whole else limit) if name in fields else "" for name in self.cells if name not in self.cut]
        if key is not None:
            cells.insert(0, cell(key))
        while cells and not cells[-1]:
            cells.pop()
        lines = [f"{indent}{label}{','.join(cells) or '-'}"]
        split: list[Row] = []
        for name, value in fields.items():
            if (name in self.below and name not in self.cut) or name not in self.census.columns:
                lines.append(f"{indent}  {name}: {line_text(value, long if name in self.whole else limit)}")
        for name, value in arrays.items():
            if not self.nested[name].empty() and not self.nested[name].fixed:
                split += self._inside(self.nested[name], name, value, limit, where, indent, lines)
        seen = [(name, _plain(value)) for name, value in fields.items() if name in self.census.columns]
        own = Row(where, self, seen, "\n".join(lines), 0, 1, fields)
        return [own, *(row if row.parent else row._replace(parent=distance) for distance, row in enumerate(split, 1))]

    def _inside(self, inner: Shape, name: str, value: list[dict[str, Any]], limit: int, where: str, indent: str, lines: list[str]) -> list[Row]:
        out: list[Row] = []
        number = 0
        while number < len(value):
            times = 1
            while number + times < len(value) and value[number + times] == value[number] and encode(value[number + times]) == encode(value[number]):
                times += 1
            label = f"{name}[]x{times}: " if times > 1 else f"{name}[]: "
            rows = inner.rows(value[number], limit, f"{where}.{name}[{number}]", indent + "  ", label)
            if times > 1 and len(rows) > 1:  # what stands under it can be cut: a place in it would be one in each of the equal elements
                times = 1
                rows = inner.rows(value[number], limit, f"{where}.{name}[{number}]", indent + "  ", f"{name}[]: ")
            if inner.split:
                out += [rows[0]._replace(times=times), *rows[1:]]
            else:
                lines.append(rows[0].text)
            number += times
        return out


def _counts(column: Column) -> bool:
    """Whether rows can be counted by it: a severity of few values, however few rows there are; else one of several values, each several times."""
    if column.grade and column.values and len(column.values) <= MOST_GRADES and column.mean < 40:
        return True
    return column.few and column.values is not None and len(column.values) > 1


def _plain(value: Any) -> str:
    """A value as the census counts it."""
    return value if type(value) is str else encode(value)


def _grouped(gone: list[str], every: list[str]) -> list[str]:
    """Column names in order, those that have all of a prefix as `prefix.*`."""
    left, out = set(gone), dict[str, None]()
    stay = {prefix for name in every if name not in left for prefix in _prefixes(name)}
    go = Counter(prefix for name in left for prefix in _prefixes(name))
    for name in sorted(left):
        whole = next((prefix for prefix in _prefixes(name) if prefix not in stay and go[prefix] > 1), None)
        out[name if whole is None else whole + "*"] = None
    return list(out)


def _prefixes(name: str) -> list[str]:
    """`a.b.c` -> `a.`, `a.b.`; none of a name with quotes, whose points may be its own."""
    parts = name.split(".") if '"' not in name else [name]
    return [".".join(parts[:depth]) + "." for depth in range(1, len(parts))]
