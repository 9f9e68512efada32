r"""Holds an output of JSON tables against its source: every unit is there at one rung, or in a gap that a marker stands for.

    $.items[3]: id,level     the head, with the columns that it says are left out
    a,low                    unit 2 of the source
    [$.items[1:3]]           units 3 and 4
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from headroom_cli.draft import plural
from headroom_cli.formats.json.columns import SHORT
from headroom_cli.formats.json.outline import Table
from headroom_cli.formats.json.reading import LIMITS, TIGHT
from headroom_cli.formats.json.units import WIDE
from headroom_cli.text.jsonpath import locate
from headroom_cli.text.jsontext import decode

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from headroom_cli.formats.json.reading import JsonReading
    from headroom_cli.formats.json.shapes import Shape
    from headroom_cli.formats.json.units import Records

__all__ = ["check_tables"]


def check_tables(output: bytes, proposal: JsonReading) -> list[str]:
    """Follow an output with a header through the source at the rung that its heads name."""
    lines = output.removesuffix(b"\n").split(b"\n")[1:]
    units = proposal.units
    _take_cuts(lines, units)
    best: list[str] = []
    for limit in (0, *LIMITS, TIGHT):
        units.limit = limit
        units.forget()
        problems = _follow(lines, proposal)
        if not problems:
            return []
        best = problems if not best or len(problems) < len(best) else best
    return best


def _take_cuts(lines: Sequence[bytes], units: Records) -> None:
    """The columns that the heads of an output say are left out."""
    for unit in range(len(units)):
        region = units.regions[units.region_of[unit]]
        if not units.is_head(unit) or not isinstance(region, Table):
            continue
        mark = "{" if region.keys is not None else "["
        start = f"{region.path}{mark}{len(region.starts)}".encode()
        at = next((at for at, line in enumerate(lines) if line.startswith(start)), -1)
        if at >= 0:
            _take_cut(lines, at + 1, region.shape, "  ")


def _take_cut(lines: Sequence[bytes], at: int, shape: Shape, indent: str) -> int:
    """Read what stands under one head; inner arrays that are not named are left out as a whole."""
    named: set[str] = set()
    while at < len(lines):
        line = lines[at].decode("utf-8", "replace")
        body = line.removeprefix(indent)
        if body == line or body.startswith(" "):
            break
        at += 1
        found = re.match(r"(.*?)\[\d*\]:(?= |$)", body)
        if found and (name := found[1]) in shape.nested:
            named.add(name)
            at = _take_cut(lines, at, shape.nested[name], indent + "  ")
        elif body.startswith("-"):
            gone = set(_names(body[1:]))
            groups = tuple(name[:-1] for name in gone if name.endswith(".*"))
            shape.cut |= {name for name in shape.census.columns if name not in shape.same and (name in gone or (groups and name.startswith(groups)))}
    for name, inner in shape.nested.items():
        if name not in named:
            for each in inner.shapes():
                each.cut |= set(each.census.columns)
    return at


def _names(text: str) -> Iterator[str]:
    for found in re.finditer(r'(?:"(?:[^"\\]|\\.)*"|[^,"])+', text):
        yield found.group()


def _follow(lines: Sequence[bytes], proposal: JsonReading) -> list[str]:
    """Unit by unit: each is there, or in a gap with a marker that counts its evidence."""
    units = proposal.units
    problems: list[str] = []
    kept: set[int] = set()
    at = number = 0
    while number < len(lines) and len(problems) < 20:
        if size := _length(lines, number, units, at):
            kept.add(at)
            at, number = at + 1, number + size
            continue
        line = lines[number].decode("utf-8", "replace")
        stop = _gap(units, at, line) if line.startswith("[$") else 0
        if stop:
            problems += [*_uncounted(proposal, at, stop, line), *_misplaced(units, at, stop, line)]
        else:
            problems.append(f"{number + 2}: not unit {at + 1} of the source ({line[:80]!r})")
        at, number = max(at + 1, stop), number + 1
    if at < len(units) and len(problems) < 20:
        problems.append(f"units {at + 1}-{len(units)} of the source are missing without a marker")
    shown = {block.kind for block in proposal.draft.blocks if block.head in kept}
    return problems + [f"no block of the kind {kind!r} is shown" for kind in {block.kind for block in proposal.draft.blocks} - shown]


def _length(lines: Sequence[bytes], number: int, units: Records, at: int) -> int:
    """How many lines from `number` on are the unit `at`, with what stands under its row of columns that others lack; 0: they are not."""
    if at >= len(units):
        return 0
    for wide in (False, True):
        units.wide = {at} if wide else set()
        units.forget()
        body = units.body(at).split(b"\n")
        if list(lines[number : number + len(body)]) == body:
            break
    else:
        return 0
    stop = number + len(body)
    if not isinstance(units.regions[units.region_of[at]], Table) or units.is_head(at):
        return len(body)
    row = units.rows(units.region_of[at], units.records[at])[units.subs[at]]
    extra = {units.extra(at, name, limit).encode() for name in row.shape.cut for limit in (SHORT, WIDE)}
    while stop < len(lines) and lines[stop] in extra:
        stop += 1
    return stop - number


def _gap(units: Records, first: int, line: str) -> int:
    """Where the gap ends that `line` stands for, 0 where it is no marker of one that begins at `first`."""
    for stop in range(first + 1, len(units) + 1):
        span = f"[{units.span(first, stop)}"
        if line.startswith(span) and line[len(span) : len(span) + 1] in ("]", ":", " "):
            if line[len(span) :].startswith(" .. "):
                continue
            return stop
    return 0


def _uncounted(proposal: JsonReading, first: int, stop: int, line: str) -> list[str]:
    counts: dict[str, int] = {}
    for block in proposal.draft.hidden(first, stop):
        counts[block.kind] = counts.get(block.kind, 0) + 1
    return [f"{line[:60]} hides {plural(kind, count)} that it does not count" for kind, count in counts.items() if plural(kind, count) not in line]


def _misplaced(units: Records, first: int, stop: int, line: str) -> list[str]:
    """Whether a marker's range ends where what follows begins, in elements of the source: folded rows in full."""
    found = re.match(r"\[(\$.*)\[(\d+)(?::(\d+))?\](?=[\]: ])", line)
    region, record = units.regions[units.region_of[first]], units.records[first]
    if not found or " .. " in units.span(first, stop) or not isinstance(region, Table) or units.is_head(first) or f"[{units.locator(first)}".rpartition("[")[0] != f"[{found[1]}":
        return []
    end, due = int(found[3] or int(found[2]) + 1), len(region.starts)
    following = re.match(re.escape(found[1]) + r"\[(\d+)\]", units.locator(stop)) if stop < len(units) else None
    if following:
        due = int(following[1])
    elif units.subs[first]:
        text = units.text.piece(region.starts[record], region.starts[record + 1] if record + 1 < len(region.starts) else region.end)
        below = found[1].removeprefix(units.locator(first - units.subs[first]))
        due = len(decode()(text, locate(text, "$" + below)[0])[0])
    return [f"{line[:60]} ends before element {end}, what follows begins with {due}"] if end != due else []
