r"""What a marker says of records and fields that are not there: how many, of which values, from where to where.

    [$.vulnerabilities[1:97] severity: High 44, Medium 52, score: 2.1-8.8]
    [$.images[0].findings[3] .. $.images[4].findings[9] findings 61: LOW 40, HIGH 21]
    [$.images[0].findings[3:60] severity: LOW 40, HIGH 17]
    [$.a.b .. $.a.q 12 objects, 96 keys]
"""

from __future__ import annotations

from collections import Counter
from math import isnan
from typing import TYPE_CHECKING, Any

from headroom_cli.formats.json.outline import Fields, Table, Values

if TYPE_CHECKING:
    from headroom_cli.formats.json.units import Records

__all__ = ["counts"]

FEW = 3
"""Rows from which a marker says what their telling column holds; what is a severity it always says."""
MANY = 8
"""Rows from which it says from where to where they go."""
MANY_INNER = 20
"""The same of elements of one inner array, whose place says how many they are."""
SHOWN = 4
"""Values that are counted by name."""


def counts(units: Records, first: int, stop: int, place: str) -> str:
    """What the units `first` to `stop` (exclusive) hold, with a blank before it; "" where their `place` says it all."""
    number = units.region_of[first]
    if number != units.region_of[stop - 1]:
        return _children(units, first, stop)
    region = units.regions[number]
    if isinstance(region, Fields):
        keys = _keys(units, region, first, stop)
        return f" {keys} keys" if keys > 1 else ""
    if isinstance(region, Values):
        return ""
    one = " .. " not in place
    records = sum(1 for unit in range(first, stop) if not units.subs[unit] and not units.is_head(unit))
    said = [f"{records} records"] if records > 1 and not one and not units.is_head(first) else []
    said += [*_values(units, number, first, stop), *_inner(units, first, stop, one)]
    return " " + ", ".join(said) if said else ""


def _values(units: Records, number: int, first: int, stop: int) -> list[str]:
    """`severity: High 44, Medium 52` and `score: 2.1 to 8.8` of the records that are in the gap whole."""
    low, high = _begin(units, first), 0 if units.is_head(stop - 1) else units.records[stop - 1] + 1
    said = []
    if number in units.tells:
        name, values = units.tells[number]
        found = Counter(value for value in values[low:high] if value)
        if sum(found.values()) >= (1 if units.graded(number) else FEW):
            said.append(f"{name}: {_most(found)}")
    if number in units.ranges and high - low >= MANY:
        name, numbers = units.ranges[number]
        known = [value for value in numbers[low:high] if not isnan(value)]
        if len(known) >= MANY and min(known) < max(known):
            said.append(f"{name}: {min(known):.12g} to {max(known):.12g}")
    return said


def _inner(units: Records, first: int, stop: int, one: bool) -> list[str]:
    """`findings 61: LOW 40, HIGH 21` of elements of inner arrays that say how bad they are; without the array where the place names it."""
    arrays: dict[int, Counter[str]] = {}
    marks = Counter(units.marks[first:stop])
    for unit, times in units.folded(first, stop):
        marks[units.marks[unit]] += times - 1
    for mark, times in marks.items():
        array, value = units.kinds[mark]
        if mark:
            arrays.setdefault(array, Counter())[value] += times
    own = units.rows(units.region_of[first], units.records[first])[units.subs[first]].shape if one and units.subs[first] else None
    out = []
    for array, found in arrays.items():
        if (total := sum(found.values())) >= (MANY_INNER if one else 1) and any(found):
            shape = units.arrays[array - 1]
            said = shape.tell if shape is own else f"{shape.name.removesuffix('[]').rpartition('.')[2]} {total}"
            out.append(f"{said}: {_most(found)}")
    return out


def _most(found: Counter[str]) -> str:
    """The values that most records have, and how many others there are; of one record its value alone."""
    found = Counter({value: count for value, count in found.items() if value})
    if sum(found.values()) == 1:
        return _short(next(iter(found)))
    shown = ", ".join(f"{_short(value)} {count}" for value, count in found.most_common(SHOWN))
    others = len(found) - SHOWN
    return shown + (f", {others} other value{'s' * (others > 1)}" if others > 0 else "")


def _children(units: Records, first: int, stop: int) -> str:
    """` 12 objects, 96 keys, 340 records`: what is in a gap over several regions."""
    keys = records = values = 0
    paths = set()
    grades: dict[str, Counter[str]] = {}
    for number in range(units.region_of[first], units.region_of[stop - 1] + 1):
        region = units.regions[number]
        low = max(first, units.firsts[number])
        high = min(stop, units.firsts[number + 1] if number + 1 < len(units.regions) else stop)
        paths.add(region.path)
        if isinstance(region, Fields):
            keys += _keys(units, region, low, high)
        elif isinstance(region, Table):
            records += sum(1 for unit in range(low, high) if not units.subs[unit] and not units.is_head(unit))
            if units.graded(number):
                name, own = units.tells[number]
                grades.setdefault(name, Counter()).update(own[_begin(units, low) : units.records[high - 1] + 1 if not units.is_head(high - 1) else 0])
        else:
            values += sum(units.subs[unit] for unit in range(low, high) if not units.is_head(unit))
    told = ((len(paths), "object"), (keys, "key"), (records, "record"), (values, "value"))
    said = [f"{count} {noun}{'s' * (count != 1)}" for count, noun in told if count]
    return " " + ", ".join([*said, *(f"{name}: {_most(found)}" for name, found in grades.items() if any(found))])


def _begin(units: Records, first: int) -> int:
    """The first record that is whole in a gap from `first` on."""
    return 0 if units.is_head(first) else units.records[first] + (1 if units.subs[first] else 0)


def _keys(units: Records, region: Fields, first: int, stop: int) -> int:
    """How many fields of an object are in the gap."""
    last = units.firsts[units.region_of[stop - 1] + 1] if units.region_of[stop - 1] + 1 < len(units.regions) else len(units)
    return (len(region.pairs) if stop == last else units.records[stop]) - units.records[first]


def _short(value: Any) -> str:
    text = " ".join(str(value).replace("]", ")").replace("[", "(").split())
    return text if len(text) <= 24 else text[:21] + "..."
