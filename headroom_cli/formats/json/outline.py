r"""What a JSON document consists of: fields of its outer objects, tables of records, lists of other values.

    {"version":"1","items":[{"id":1},{"id":2}],"codes":[1,2,3,...]}

    Fields $        version: 1
    Table $.items   two records
    Values $.codes  three numbers

Records stay in the text: a table holds where they start, and what its columns are.
"""

from __future__ import annotations

from array import array
from typing import Any, NamedTuple

from headroom_cli.formats.json.shapes import Shape, flat
from headroom_cli.text.jsontext import JsonText, elements, entries, key_path

__all__ = ["REST", "Fields", "Region", "Table", "Values", "outline", "outline_lines", "records_in"]

SMALL = 400
"""Characters up to which an object or array is a value of its parent."""
MOST_SECTIONS = 8
DEEPEST = 12
REST = "$rest"
"""The path of what follows the place where a text is no valid JSON any more, by lines."""


class Fields(NamedTuple):
    """Fields of one outer object, in order; values with their dotted names."""

    path: str
    pairs: list[tuple[str, Any]]


class Table(NamedTuple):
    """Records of one array, of one object of alike objects (`keys`), or of all lines."""

    path: str
    starts: array[int]
    end: int
    shape: Shape
    keys: list[str] | None = None
    broken: dict[int, str] | None = None  # record -> a line that is no JSON

    def record(self, text: JsonText, place: int) -> dict[str, Any]:
        """The record at `place`."""
        return text.value(self.starts[place], _stop(self, place))  # type: ignore[no-any-return]


class Values(NamedTuple):
    """Elements of an array that are not all objects."""

    path: str
    starts: array[int]
    end: int

    def value(self, text: JsonText, place: int) -> Any:
        """The element at `place`."""
        return text.value(self.starts[place], _stop(self, place))


def _stop(region: Table | Values, place: int) -> int:
    """A byte before which the element at `place` ends."""
    return region.starts[place + 1] if place + 1 < len(region.starts) else region.end


Region = Fields | Table | Values


def records_in(regions: list[Region]) -> int:
    """The records that a header counts: those of all tables, without what stands inside them; where there is no table, elements of
    lists and fields."""
    tables = [len(region.starts) for region in regions if isinstance(region, Table)]
    return sum(tables) if tables else sum(len(region.pairs) if isinstance(region, Fields) else len(region.starts) for region in regions)


def outline(text: JsonText) -> list[Region]:
    """The regions of one minified JSON document. ValueError where it is none, RecursionError where it is nested too deeply."""
    regions, end = _value(text, 0, "$", 0)
    if end != text.size:
        raise ValueError(f"something follows the value at {end}")
    return regions


def _value(text: JsonText, at: int, path: str, depth: int) -> tuple[list[Region], int]:
    mark = text.mark(at)
    if mark == b"[":
        return _array(text, at, path, depth)
    if mark == b"{":
        return _object(text, at, path, depth)
    value, end = text.scan(at)
    return [Fields(path, [("", value)])], end


class _Seen:
    """What the elements of an array are."""

    __slots__ = ("records", "shape")

    def __init__(self) -> None:
        self.records = True
        self.shape = Shape()

    def add(self, value: Any) -> None:
        if self.records:
            self.records = type(value) is dict and bool(value)
            if self.records:
                self.shape.add(value)


def _array(text: JsonText, at: int, path: str, depth: int) -> tuple[list[Region], int]:
    seen = _Seen()
    starts, end = elements(text, at, seen.add)
    if not seen.records or not starts:
        return [Values(path, starts, end)], end
    if depth < DEEPEST and _sections(len(starts), end - at, seen.shape):
        regions: list[Region] = []
        for number, start in enumerate(starts):
            regions += _object(text, start, f"{path}[{number}]", depth + 1)[0]
        return regions, end
    seen.shape.close()
    return [Table(path, starts, end, seen.shape)], end


def _sections(count: int, size: int, shape: Shape) -> bool:
    """Whether an array has few elements, each of which is a report of its own."""
    inner = sum(column.chars for nested in shape.nested.values() for each in nested.shapes() for column in each.census.columns.values())
    return count == 1 or (count <= MOST_SECTIONS and size > 3000 * count and inner * 10 > 6 * size)


class _Walk:
    """One object on the way: its fields so far, what comes after them."""

    __slots__ = ("depth", "keys", "kinds", "pairs", "path", "regions", "starts", "text")

    def __init__(self, text: JsonText, path: str, depth: int) -> None:
        self.text = text
        self.path = path
        self.depth = depth
        self.pairs: list[tuple[str, Any]] = []
        self.regions: list[Region] = []
        self.keys: list[str] = []
        self.starts = array("Q")
        self.kinds: set[bytes] = set()

    def see(self, key: str, at: int) -> int:
        """One entry; returns where its value ends."""
        mark = self.text.mark(at)
        self.keys.append(key)
        self.starts.append(at)
        self.kinds.add(mark)
        name = key_path(key)
        if mark not in b"[{" or self.depth >= DEEPEST:
            value, end = self.text.scan(at)
            self.pairs.append((name, value))
            return end
        regions, end = _value(self.text, at, f"{self.path}.{name}", self.depth + 1)
        if end - at <= SMALL and not any(isinstance(region, Table) and len(region.starts) > 2 for region in regions):
            value = self.text.value(at, end)
            self.pairs += [(f"{name}.{inner}", each) for inner, each in flat(value)] if type(value) is dict and value else [(name, value)]
        else:
            self.flush()
            self.regions += regions
        return end

    def flush(self) -> None:
        """Fields up to here are a region."""
        if self.pairs:
            self.regions.append(Fields(self.path, self.pairs))
            self.pairs = []


def _object(text: JsonText, at: int, path: str, depth: int) -> tuple[list[Region], int]:
    walk = _Walk(text, path, depth)
    end = entries(text, at, walk.see)
    if len(walk.keys) >= 4 and walk.kinds == {b"{"} and len(set(walk.keys)) == len(walk.keys) and end - at > SMALL and _alike(text, walk.starts, end):
        table = Table(path, walk.starts, end, Shape(), walk.keys)
        for place in range(len(walk.starts)):
            table.shape.add(table.record(text, place))
        if not _trees(table.shape):
            table.shape.close()
            return [table], end
    walk.flush()
    if not walk.regions:
        walk.regions.append(Fields(path, [("", {})]))
    if len(set(walk.keys)) < len(walk.keys):  # a key that occurs twice: no path could tell them apart
        return [Fields(path, [("", text.value(at, end))])], end
    return walk.regions, end


def _trees(shape: Shape) -> bool:
    """Whether most of what the objects hold is under names that hardly another has: trees, maps by key."""
    columns = shape.census.columns.values()
    rare = sum(column.chars + len(column.name) for column in columns if column.seen * 4 < shape.census.rows and "." in column.name)
    return rare * 10 > 6 * sum(column.chars + len(column.name) for column in columns)


def _alike(text: JsonText, starts: array[int], end: int) -> bool:
    """Whether the values are objects with mostly the same keys."""
    values = Values("", starts, end)
    sample = range(0, len(starts), max(1, len(starts) // 12))
    sets = [set(value) for value in (values.value(text, place) for place in sample) if type(value) is dict]
    every, shared = set().union(*sets), set(sets[0]).intersection(*sets) if sets else set()
    return bool(shared) and len(shared) * 2 >= len(every) and len(sets) >= len(sample)


def outline_lines(text: JsonText) -> list[Region]:
    """The one region of JSON lines or concatenated values. ValueError where over a twentieth of the lines is no JSON."""
    seen = _Seen()
    starts, broken = array("Q"), {}
    at = _skip(text, 0)
    while at < text.size:
        starts.append(at)
        try:
            value, end = text.scan(at)
            seen.add(value)
        except ValueError:
            end = text.data.find(b"\n", at)
            end = text.size if end < 0 else end
            broken[len(starts) - 1] = text.piece(at, end).strip()
            if len(broken) > 5 + len(starts) // 20:
                raise
        at = _skip(text, end)
    cut_off = set(broken) == {len(starts) - 1}  # the end of what was kept of a stream: no wonder
    if len(starts) - len(broken) < 2 or (len(broken) * 20 > len(starts) and not cut_off):
        raise ValueError(f"{len(broken)} of {len(starts)} lines are no JSON")
    if not seen.records:
        return [Values("$", starts, text.size)]
    seen.shape.close()
    return [Table("$", starts, text.size, seen.shape, None, broken)]


def _skip(text: JsonText, at: int) -> int:
    while text.mark(at) in (b" ", b"\t", b"\r", b"\n"):
        at += 1
    return at
