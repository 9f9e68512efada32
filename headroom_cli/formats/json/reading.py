r"""The proposal for a JSON document: what its units weigh, which rungs there are, what a question asks for.

    rung        risk      a row
    table       NOISE     CVE-2022-28391,Critical,busybox,"BusyBox through 1.35.0 allows remote attackers to ..."
    values      DETAIL    CVE-2022-28391,Critical,busybox,BusyBox through 1.35.0 [... 312 characters ...] ters.
    columns     CONTENT   CVE-2022-28391,Critical,busybox
"""

from __future__ import annotations

import re
from array import array
from heapq import nsmallest
from itertools import compress
from math import nan
from sys import intern
from typing import TYPE_CHECKING, Any, NamedTuple

from headroom_cli.draft import Draft
from headroom_cli.formats.json.columns import MOST_UNDER, Room, Sample, leave, restore, share, under_rows
from headroom_cli.formats.json.outline import Fields, Table, records_in
from headroom_cli.formats.json.shapes import Shape
from headroom_cli.formats.json.units import CHUNK, Records, Unit
from headroom_cli.model import Risk
from headroom_cli.settings import STRATEGIES, target_tokens
from headroom_cli.stages.blocks import Block
from headroom_cli.stages.proposal import Stage
from headroom_cli.stages.quality import above_median
from headroom_cli.stages.select import Item
from headroom_cli.stages.views import Singles
from headroom_cli.text.query import Query
from headroom_cli.text.records import Column, number_of, rank, words, worth
from headroom_cli.tokens import count_buffer

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from headroom_cli.formats.json.outline import Region
    from headroom_cli.model import Document
    from headroom_cli.settings import Settings
    from headroom_cli.text.jsontext import JsonText
    from headroom_cli.tokens import TokenCounter

__all__ = ["LIMITS", "TIGHT", "JsonReading"]

LIMITS = (1000, 300, 120)
"""Characters of a string at the rungs of DETAIL."""
TIGHT = 72
"""Characters of a string once columns have gone."""
BATCH = 4096
MOST_NAMED = 2_000
"""Records of evidence whose names are held; those of others are read again when a marker wants them."""
MOST_KINDS = 60_000
MOST_CANDIDATES = 20_000
PLAIN = 2.0
"""What selection adds to every weight: a record that says nothing in particular is still worth its place where there is room."""
ANSWER = 8.0
"""What the unit that answers a question best gains."""
HEADER_TOKENS = 40


class _Found(NamedTuple):
    """What is known of one unit."""

    weight: float
    kind: str = ""  # of evidence, "" where it is none
    name: str = ""
    times: int = 1  # elements that it stands for


class JsonReading:
    """Units, weights and rungs of one JSON document."""

    __slots__ = (
        "_blocks", "_counter", "_evident", "_kinds", "_names", "_settings", "_size", "answers", "asked", "draft", "needs", "tokens", "units", "weights",
    )  # fmt: skip

    def __init__(self, text: JsonText, regions: list[Region], document: Document, settings: Settings, counter: TokenCounter) -> None:
        self.units = Records(text, regions)
        self.weights = array("f")
        self.needs = array("i")
        self.tokens = array("I")
        self.answers: list[int] = []
        self._counter = counter
        self._settings = settings
        self._size = count_buffer(counter, document.data)
        self._kinds = {"": 0}  # of evidence: its number
        self._evident = array("H")  # unit -> the number of its kind
        self._blocks = Singles(array("I"), self._block)  # each once for every element that it stands for
        self._names: dict[int, str] = {}  # of the first ones
        self.asked = frozenset(word.lower() for word in re.findall(r"[^\W\d]+", settings.query or "")) - {"what", "which", "the", "of", "is", "whose", "entry", "value"}
        self._survey(settings)
        self.draft = Draft(self.units, self._blocks, b"\n", self._name)
        self.draft.end = b"\n" if document.data[-1:] == b"\n" else b""
        self.draft.noun, self.draft.counted = "records", records_in(regions)
        self.draft.locator = "'$.a[1:9]'"
        self.draft.terms = settings.markers
        self.draft.facts = ["not JSON"]
        self.units.short = settings.markers != "full"

    def _survey(self, settings: Settings) -> None:
        """One pass over all units: tokens, weights, evidence, and how well they answer."""
        tables = [region for region in self.units.regions if isinstance(region, Table)]
        top = max((table.shape.top() for table in tables), default=0)
        fields = (pair for region in self.units.regions if isinstance(region, Fields) for pair in region.pairs)
        top = max(top, max((found for name, value in fields for found, _ in _grades(name, value)), default=0))
        for number, region in enumerate(self.units.regions):
            if isinstance(region, Table) and (tell := region.shape.tell):
                self.units.tells[number] = (tell, [])
            if isinstance(region, Table) and (measure := _measuring(region.shape)):
                self.units.ranges[number] = (measure, array("d"))
        places: dict[int, int] = {}
        tells: dict[tuple[int, str], int] = {}
        texts: list[str] = []
        batch: list[str] = []
        for at, unit in enumerate(self.units.walk()):
            self.needs.append(unit.needs)
            self.units.marks.append(self._mark(unit, tells))
            found = self._weigh(at, unit, top, places)
            self.weights.append(found.weight)
            self._note(at, found)
            batch.append(unit.text + "\n")
            if len(batch) == BATCH:
                self.tokens.extend(self._counter.count_many(batch))
                batch.clear()
            if settings.query:
                texts.append(unit.text)
        self.tokens.extend(self._counter.count_many(batch))
        if settings.query:
            self._ask(settings.query, texts)

    def _weigh(self, at: int, unit: Unit, top: int, places: dict[int, int]) -> _Found:
        number = self.units.region_of[at]
        region = self.units.regions[number]
        row = unit.row
        if row is None and isinstance(region, Fields):
            pairs = region.pairs[unit.record : unit.record + CHUNK]
            weight, kind = _weight_of_fields(pairs, region.path.count("."), top)
            return _Found(weight, kind, next((str(value) for name, value in pairs if {"name", "title", "id"} & set(words(name))), ""))
        if row is None:
            return _Found(1.0)
        if not unit.sub:
            cells = dict(row.cells)
            if number in self.units.tells:
                self.units.tells[number][1].append(intern(cells.get(self.units.tells[number][0], "")))
            if number in self.units.ranges:
                found = number_of(cells.get(self.units.ranges[number][0], ""))
                self.units.ranges[number][1].append(nan if found is None else found)
        place = places.get(id(row.shape), 0)
        places[id(row.shape)] = place + 1
        if not row.cells and row.text.startswith("? "):
            return _Found(4.0)  # a line among JSON lines that is none
        weight, kind = row.shape.census.weigh(row.cells, place, top)
        return _Found(weight - 0.3 * row.where.count("["), kind, _identity(row.shape, row.cells) if kind else "", row.times)

    def _mark(self, unit: Unit, known: dict[tuple[int, str], int]) -> int:
        """What kind of inner element a unit is, among `units.kinds`; 0 where it is none that says how bad it is."""
        shape = unit.row.shape if unit.row is not None and unit.sub else None
        if shape is None or not shape.tell or not (shape.census.columns[shape.tell].grade or shape.census.columns[shape.tell].state):
            return 0
        value = dict(unit.row.cells).get(shape.tell, "") if unit.row else ""
        if (id(shape), value) not in known and len(self.units.kinds) < MOST_KINDS:
            if shape not in self.units.arrays:
                self.units.arrays.append(shape)
            known[id(shape), value] = len(self.units.kinds)
            self.units.kinds.append((self.units.arrays.index(shape) + 1, value))
        return known.get((id(shape), value), 0)

    def _note(self, at: int, found: _Found) -> None:
        """Note the unit as evidence, if it is some, once for each of the elements it stands for."""
        self._evident.append(self._kinds.setdefault(found.kind, min(len(self._kinds), MOST_KINDS)))
        if found.kind:
            self._blocks.heads.extend([at] * found.times)
            if len(self._names) < MOST_NAMED:
                self._names[at] = found.name

    def _block(self, unit: int) -> Block:
        kind = next(kind for kind, number in self._kinds.items() if number == self._evident[unit])
        return Block(unit, unit + 1, unit, kind, "cause", self.weights[unit])

    def _ask(self, query: str, texts: Sequence[str]) -> None:
        scores = Query(query).scores(texts)
        top = max(scores, default=0.0)
        if top <= 0:
            return
        for unit, score in enumerate(scores):
            if score > 0.3 * top:
                self.weights[unit] += ANSWER * (score / top) ** 2
        best = sorted((unit for unit, score in enumerate(scores) if score > 0.7 * top), key=lambda unit: (-scores[unit], unit))
        self.answers = best[:3]
        self.units.wide = set(self.answers)

    def _name(self, block: Block) -> str:
        if block.head in self._names:
            return self._names[block.head]
        region = self.units.regions[self.units.region_of[block.head]]
        if not isinstance(region, Table):
            return ""
        row = self.units.rows(self.units.region_of[block.head], self.units.records[block.head])[self.units.subs[block.head]]
        return _identity(row.shape, row.cells)

    @property
    def verbatim(self) -> Records:
        return self.units

    @property
    def families(self) -> int:
        return len(self.units) + len(self.units.regions) + 1

    @property
    def stages(self) -> tuple[Stage, ...]:
        return (
            Stage("values", Risk.DETAIL, lambda reading, settings: reading.shorten(settings)),
            Stage("columns", Risk.CONTENT, lambda reading, settings: reading.leave_columns(settings)),
        )

    def _target(self, settings: Settings) -> int:
        """Tokens that the units may have, header and floor regarded."""
        target = target_tokens(STRATEGIES[settings.strategy], self._size) or self._size
        return max(min(target, settings.max_tokens or target) - HEADER_TOKENS, int(self._floor()))

    def shorten(self, settings: Settings) -> None:
        """Take the middle out of long strings: of as few as will do, and not so that more is saved than allowed."""
        target, floor = self._target(settings), self._floor()
        sample = Sample(self.units, self._counter)
        before = 0
        for limit in LIMITS:
            self.units.limit = limit
            whole, _ = sample.measure()
            if whole < floor * 1.03:
                self.units.limit = before
                break
            if whole <= target:
                break
            before = limit
        self.units.forget()
        if whole <= target * 1.3 or floor:
            self._count_again()

    def too_short(self) -> bool:
        """Whether tables alone save more than `max_savings` allows."""
        return self.estimate() < self._floor()

    def least(self) -> float:
        """Tokens of all units with strings as short as DETAIL makes them; 0 where tables are far shorter than their source."""
        if self.estimate() * 2 < self._size:
            return 0.0
        self.units.limit = LIMITS[-1]
        whole, _ = Sample(self.units, self._counter).measure()
        self.units.limit = 0
        self.units.forget()
        return whole

    def _floor(self) -> float:
        """Tokens that must remain, by `max_savings`."""
        settings = self._settings
        if settings.max_savings is None or settings.max_tokens is not None:
            return 0.0
        return self._size * (1 - settings.max_savings / 100)

    def _count_again(self, places: Iterable[int] | None = None) -> None:
        self.units.forget()
        for unit in places or ():
            self.tokens[unit] = self._counter.count(self.units.row_text(unit) + "\n")
        if places is not None:
            return
        self.tokens = array("I")
        for first in range(0, len(self.units), BATCH):
            stop = min(len(self.units), first + BATCH)
            self.tokens.extend(self._counter.count_many([self.units.row_text(unit) + "\n" for unit in range(first, stop)]))

    def leave_columns(self, settings: Settings) -> None:
        """Leave columns out of all rows of a table, give back what there is room for, and shorten what is left."""
        floor = self._floor()
        room = Room(self._target(settings), floor * 1.02, (1.0 + settings.min_quality) / 2 if settings.min_quality else 0.0)
        sample = Sample(self.units, self._counter)
        leave(self.units, self.asked, room, sample)
        restore(self.units, room, sample)
        if sample.measure()[0] > room.target and not floor:
            self.units.limit = TIGHT
        self._count_again()
        if not floor:
            heads = nsmallest(MOST_UNDER, set(self._blocks.heads), key=lambda unit: (-self.weights[unit], unit))
            under_rows(self.units, self.tokens, self.answers, heads, room, self._counter)
            self._count_again(self.units.extras)

    def cost(self, first: int, stop: int) -> int:
        return sum(self.tokens[first:stop])

    def estimate(self) -> int:
        keep = self.draft.keep
        return sum(compress(self.tokens, keep)) + 12 * (keep.count(b"\x01\x00") + (1 if keep[:1] == b"\x00" else 0))

    def quality(self) -> float:
        """Retained share of weight above the median unit's, times what is left of the columns."""
        return round(above_median(self.weights, self.draft.keep) * share([region for region in self.units.regions if isinstance(region, Table)]), 4)

    def trivial(self, unit: int) -> bool:
        """No record is."""
        del unit
        return False

    def describe(self, unit: int) -> list[tuple[str, str]]:
        """What is known of one unit: (what, how)."""
        kinds = dict.fromkeys(block.kind for block in self._blocks if block.head == unit)
        said = [("record", self.units.locator(unit)), ("weight", f"{self.weights[unit]:.1f}"), ("tokens", str(self.tokens[unit]))]
        return [*said, *(("evidence", kind) for kind in kinds)]

    def items(self, counter: TokenCounter) -> tuple[dict[int, Item], list[int]]:
        del counter  # counted when the rung was chosen
        draft, size = self.draft, len(self.units)
        alive: Iterable[int] = compress(range(size), draft.keep)
        if draft.keep.count(1) > MOST_CANDIDATES:
            best = set(nsmallest(MOST_CANDIDATES, alive, key=lambda unit: (-self.weights[unit], unit)))
            best.update(*(self._chain(unit) for unit in list(best)))
            alive = sorted(best)
        items = {}
        for unit in alive:
            group = size + self.units.region_of[unit]
            items[unit] = Item(self.weights[unit] + PLAIN, self.tokens[unit], unit, group, False, b"%d" % unit, needs=self.needs[unit])
        heads: dict[str, Block] = {}
        for block in self._blocks:
            if block.kind not in heads or block.weight > heads[block.kind].weight:
                heads[block.kind] = block
        wanted = [*compress(range(size), draft.held), *self.answers, *(block.head for block in heads.values())]
        return items, [each for unit in dict.fromkeys(wanted) if unit in items for each in self._chain(unit)]

    def _chain(self, unit: int) -> list[int]:
        """What `unit` needs, outermost first, and itself."""
        chain = [unit]
        while (above := self.needs[chain[-1]]) >= 0:
            chain.append(above)
        return chain[::-1]


def _measuring(shape: Shape) -> str:
    """The column whose range a marker gives: of those that measure something the one that tells most; "" for none."""
    columns = [column for name, column in shape.census.columns.items() if column.numeric and name not in shape.constant and not column.few]
    return max(columns, key=lambda column: (worth(column, shape.census.rows), column.name)).name if columns else ""


_NAMING = {"name": 3.0, "title": 3.2, "id": 2.5, "cve": 3.4, "message": 2.0}


def _identity(shape: Shape, cells: Sequence[tuple[str, str]]) -> str:
    """What a marker calls a record: its name, title or id."""
    best, most = "", -1.0
    for name, text in cells:
        column = shape.census.columns.get(name)
        own = words(name)[-1:]
        if column is None or not text or column.grade or column.state or column.mean > 80:
            continue
        value = _NAMING.get("".join(own), 0.5) - 0.4 * name.count(".")
        value += 1.0 if column.values is None or len(column.values) * 2 > shape.census.rows else 0.0
        if value > most:
            best, most = text, value
    return best


_SUMMARY = frozenset(("name", "version", "status", "state", "total", "count", "error", "errors", "message", "result", "summary", "success", "ok", "passed", "failed", "title", "id", "verdict"))


def _weight_of_fields(pairs: Sequence[tuple[str, Any]], depth: int, top: int) -> tuple[float, str]:
    """The weight of fields that are one unit, and the kind of evidence among them."""
    told = sum(1 for name, _ in pairs if _SUMMARY & set(words(name))) / max(1, len(pairs))
    weight, kind = 0.6 + 2.5 * told - 0.4 * min(4, depth), ""
    highest, text = max((found for name, value in pairs for found in _grades(name, value)), default=(0, ""))
    if highest >= 3:
        weight = max(weight, 9.0 if highest == top else 2.0 * highest - 4.0)
        kind = f"{text.strip().lower()[:24]} record" if highest >= 4 and highest == top else ""
    return weight, kind


def _grades(name: str, value: Any) -> Iterator[tuple[int, str]]:
    """Severities in a field, as far down as it goes."""
    if type(value) is str:
        if Column(name).grade and (found := rank(value)):
            yield found, value
    elif type(value) is dict:
        for key, each in value.items():
            yield from _grades(key, each)
    elif type(value) is list:
        for each in value:
            if type(each) is dict:
                yield from _grades("", each)
