r"""Which columns of a document's tables are left out where there is not room for all, and which of them come back.

    -uid,description,links          left out of all rows ...
    CVE-2022-28391,Critical,busybox
      uid: a-17                     ... but of those that are evidence or answer the question, as far as there is room
      description: BusyBox through 1.35.0 [... 312 characters ...] ters.

What a record is called and where it is are never left out: of the columns that could say it the best one of each kind stays.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from headroom_cli.formats.json.outline import Table
from headroom_cli.formats.json.units import WIDE
from headroom_cli.text.records import worth

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from headroom_cli.formats.json.shapes import Shape
    from headroom_cli.formats.json.units import Records
    from headroom_cli.tokens import TokenCounter

__all__ = ["MOST_UNDER", "SHORT", "Room", "Sample", "leave", "restore", "share", "under_rows"]

CORE = 3.2
"""Worth from which a column is never left out of all rows."""
ROWS = 130
"""Rows that a target should have room for: where more must go anyway, columns are left out until that many fit."""
RARE = 20
"""Records to one value from which it costs next to nothing, and may be what tells its record."""
LONG_ROW = 80
"""Tokens of a row up to which it keeps the names and places of its inner elements."""
LEAST = 0.2
"""What the least of columns counts in quality."""
IDLE = -1.2
"""Worth under which a column does not come back: checksums, offsets, links."""
LEVELS = (2.0, 1.0, IDLE)
"""Worths in whose order rows get back what their table leaves out."""
TRIES = 16
SHORT = 120
"""Characters of a value under any other row."""
RESERVED = 0.15
"""Share of the target that lines under rows that answer may take where rows must go anyway."""
MOST_UNDER = 400
"""Rows that may get lines under them."""


class Room(NamedTuple):
    """How many tokens there are."""

    target: int
    floor: float = 0.0  # tokens that must remain, by `max_savings`
    quality: float = 0.0  # share (0-1) of columns that must remain


class Sample:
    """Some units of a document, to know what all of them cost."""

    __slots__ = ("counter", "places", "stride", "units")

    def __init__(self, units: Records, counter: TokenCounter) -> None:
        self.units = units
        self.counter = counter
        self.stride = max(1, len(units) // 500)
        self.places = [unit for unit in range(len(units)) if unit % self.stride == 0 or units.is_head(unit)]

    def measure(self) -> tuple[float, float]:
        """Tokens of all units, and of a row in the mean, as the shapes stand."""
        self.units.forget()
        counts = self.counter.count_many([self.units.row_text(unit) + "\n" for unit in self.places])
        heads = sum(count for unit, count in zip(self.places, counts, strict=True) if self.units.is_head(unit))
        rows = [count for unit, count in zip(self.places, counts, strict=True) if not self.units.is_head(unit)]
        return heads + sum(rows) * self.stride, sum(rows) / max(1, len(rows))


def leave(units: Records, asked: frozenset[str], room: Room, sample: Sample) -> None:
    """Leave out the columns that tell least, as few as will do, until the target is met or only names and places remain; where
    rows must go anyway, until a row is short."""
    tables = [region for region in units.regions if isinstance(region, Table)]
    costs, last = _in_order(tables, asked)
    enough = min(45, max(18, room.target // ROWS))

    def cut(gone: int) -> tuple[float, float]:
        for table in tables:
            for each in table.shape.shapes():
                each.cut.clear()
        for _, _, shape, name in costs[:gone]:
            if _others_left(shape, name):
                shape.cut.add(name)
        return sample.measure()

    def fits(gone: int) -> bool:
        whole, row = cut(gone)
        return whole <= room.target or (row <= enough and gone * 2 >= last) or (row <= max(LONG_ROW, 2 * enough) and gone >= last)

    low, high = 0, len(costs)  # `high` columns are enough, or all that may go
    while low < high:
        middle = (low + high) // 2
        low, high = (low, middle) if fits(middle) else (middle + 1, high)
    while high and (cut(high)[0] < room.floor or share(tables) < room.quality):
        high -= 1
    cut(high)


def _in_order(tables: Iterable[Table], asked: frozenset[str]) -> tuple[list[tuple[float, int, Shape, str]], int]:
    """The columns that may go, those that tell least first, and how many of them are no name or place of an inner element."""
    costs: list[tuple[float, int, Shape, str]] = []
    late: list[tuple[float, int, Shape, str]] = []
    for table in tables:
        anchors = list(table.shape.anchors(named=table.keys is not None))
        for cost in table.shape.costs(asked):
            rare = cost[2].census.columns[cost[3]].seen * RARE <= cost[2].census.rows
            held = any(shape is cost[2] and name == cost[3] for shape, name in anchors)
            if held and cost[2].name and not cost[2].split:
                late.append(cost)
            elif not held and cost[0] < CORE and (not rare or cost[0] < 1.0):
                costs.append(cost)
    costs.sort(key=lambda cost: (cost[0], -cost[1], cost[3]))
    return [*costs, *late], len(costs)


def restore(units: Records, room: Room, sample: Sample) -> None:
    """Give columns back to all rows while the target has room for them, those first that tell most for their tokens."""
    whole, _ = sample.measure()
    gone = [(shape, name) for table in _tables(units) for shape in table.shape.shapes() for name in shape.cut]
    order = []
    for shape, name in gone:
        column = shape.census.columns[name]
        value = worth(column, shape.census.rows, frozenset(), f"{shape.name}.{name}" if shape.name else name)
        tokens = 1 if name in shape.constant else column.seen * (2 + min(column.mean, units.limit or column.mean)) / 4
        if value > IDLE and not column.hashed:
            order.append(((value - IDLE) / (tokens + 20), tokens, shape, name))
    order.sort(key=lambda each: (-each[0], each[3]))
    tries = 0
    for _, tokens, shape, name in order:
        if tries >= TRIES or whole + tokens / 2 > room.target:
            continue
        tries += 1
        shape.cut.discard(name)
        if (now := sample.measure()[0]) > room.target:
            shape.cut.add(name)
        else:
            whole = now
    units.forget()


def under_rows(units: Records, tokens: Sequence[int], answers: Sequence[int], others: Sequence[int], room: Room, counter: TokenCounter) -> None:
    """Give rows back what their table leaves out, under them: first those that answer, then `others` in their order, as far as there is
    room; where rows must go, they alone."""
    left = room.target - sum(tokens)
    levels = LEVELS if left > 0 else ()
    lines = [(level, unit, line) for unit in answers for level, line in _left_out(units, unit, WIDE)]
    left = max(left, int(room.target * RESERVED)) if lines or left <= 0 else left
    for least in levels:
        for unit in [unit for unit in others if unit not in answers]:
            lines += [(least, unit, line) for level, line in _left_out(units, unit, SHORT) if level == least]
    for (_, unit, line), cost in zip(lines, counter.count_many([line + "\n" for _, _, line in lines]), strict=True):
        if cost <= left:
            units.extras.setdefault(unit, []).append(line)
            left -= cost
        elif left < 8:
            return


def _left_out(units: Records, unit: int, limit: int) -> list[tuple[float, str]]:
    """The lines that a row could get with the level of what they tell, those that tell most first."""
    table = units.regions[units.region_of[unit]]
    if units.is_head(unit) or not isinstance(table, Table):
        return []
    shape = units.rows(units.region_of[unit], units.records[unit])[units.subs[unit]].shape
    columns = shape.census.columns
    order = sorted(((worth(columns[name], shape.census.rows), name) for name in shape.cut if name not in shape.constant and not columns[name].hashed), key=lambda each: (-each[0], each[1]))
    lines = [(next(level for level in LEVELS if value >= level), units.extra(unit, name, limit)) for value, name in order if value >= LEVELS[-1]]
    return [(level, line) for level, line in lines if line]


def share(tables: Iterable[Table]) -> float:
    """How much (0-1) of what the columns tell is in the rows."""
    every = kept = 0.0
    for table in tables:
        for shape in table.shape.shapes():
            for name, column in shape.census.columns.items():
                if name not in shape.constant and name not in shape.same:
                    own = max(LEAST, worth(column, shape.census.rows, frozenset(), f"{shape.name}.{name}")) * column.seen
                    every += own
                    kept += 0.0 if name in shape.cut else own
    return kept / every if every else 1.0


def _tables(units: Records) -> list[Table]:
    return [region for region in units.regions if isinstance(region, Table)]


def _others_left(shape: Shape, name: str) -> bool:
    """Whether a row of units still says something without `name`."""
    if shape.name and not shape.split:
        return True
    return name in shape.constant or any(other not in (name, *shape.cut, *shape.constant, *shape.same) for other in shape.census.columns)
