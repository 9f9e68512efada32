"""JSON: tokens stay as they are, tables hold every value, evidence stays, and every cut is said."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from headroom_cli.api import compress_document
from headroom_cli.formats import json as jsondoc
from headroom_cli.formats.json.pieces import Pieces
from headroom_cli.formats.json.reading import JsonReading
from headroom_cli.model import Document
from headroom_cli.settings import Settings
from headroom_cli.source import read_document
from headroom_cli.text.envelope import find_envelope
from headroom_cli.text.jsontext import minify
from headroom_cli.tokens import get_counter
from headroom_cli.verify import verify

NO_ENVELOPE = find_envelope([])
NAME = r'(?:"(?:[^"\\]|\\.)*"|[^":,=\s])+?'


class Number(str):
    """A number as it is written."""


def value_of(text: str) -> Any:
    return json.loads(text, parse_int=Number, parse_float=Number, parse_constant=Number)


def document(data: bytes) -> Document:
    return read_document(data, name="a.json", path="a.json")


def reading(data: bytes, **changes: Any) -> Any:
    return jsondoc.read(document(data), NO_ENVELOPE, Settings(**changes), get_counter("estimate"), ())


def table_of(data: bytes) -> list[str]:
    """The lines of the table rung, nothing cut."""
    proposal = reading(data)
    assert isinstance(proposal, JsonReading)
    return b"\n".join(proposal.draft.render()).decode().split("\n")


# What follows reads a table back into the data, as a reader would.


def plain_value(text: str) -> Any:
    if text[:1] in ('"', "[", "{") or re.fullmatch(r"-?\d+(\.\d+)?([eE][+-]?\d+)?|null|true|false|NaN|-?Infinity", text):
        return value_of(text)
    return text


def cells_of(text: str) -> Iterator[Any]:
    """Values of a row; None object `...` where a cell is empty."""
    decoder = json.JSONDecoder(parse_int=Number, parse_float=Number, parse_constant=Number)
    at = 0
    while at <= len(text):
        if text[at : at + 1] in ('"', "[", "{"):
            value, end = decoder.raw_decode(text, at)
        else:
            end = text.find(",", at)
            end = len(text) if end < 0 else end
            value = plain_value(text[at:end]) if end > at else ...
        yield value
        at = end + 1


def names_of(text: str) -> list[str]:
    return [found.group() for found in re.finditer(r'(?:"(?:[^"\\]|\\.)*"|[^,"])+', text)]


def steps_of(path: str) -> list[str | int]:
    return [
        json.loads(found[1]) if found[1] else int(found[2]) if found[2] else found[3]
        for found in re.finditer(r'("(?:[^"\\]|\\.)*")|\[(\d+)\]|([^.\[\]"]+)', path)
    ]


def put(target: Any, path: str, value: Any) -> None:
    steps = steps_of(path)
    for step, following in pairwise(steps):
        empty: Any = [] if isinstance(following, int) else {}
        if isinstance(target, list):
            while len(target) <= int(step):
                target.append({})
            if not target[int(step)]:
                target[int(step)] = empty
            target = target[int(step)]
        else:
            target = target.setdefault(step, empty)
    if isinstance(target, list):
        while len(target) <= int(steps[-1]):
            target.append({})
    target[steps[-1]] = value


class Head:
    """Columns of a table or an inner array."""

    def __init__(self, titles: str) -> None:
        self.titles = names_of(titles)
        self.inner: dict[str, Head] = {}
        self.constant: dict[str, Any] = {}
        self.same: dict[str, str] = {}
        self.times = 0  # elements that every record has, all the same

    def read(self, lines: list[str], at: int, indent: str) -> int:
        while at < len(lines):
            found = re.match(rf"{indent}(?:=({NAME}(?:,{NAME})*): (= )?(.*)|({NAME})\[(\d*)\]:(?: (.*))?)$", lines[at])
            if not found:
                return at
            at += 1
            if found[4]:
                self.inner[found[4]] = Head(found[6] or "")
                self.inner[found[4]].times = int(found[5] or 0)
                at = self.inner[found[4]].read(lines, at, indent + "  ")
            elif found[2]:
                self.same[found[1]] = found[3]
            else:
                self.constant.update(dict.fromkeys(names_of(found[1]), plain_value(found[3])))
        return at

    def record(self, cells: list[Any], lines: list[str], at: int, indent: str) -> tuple[dict[str, Any], int]:
        fields = {name: value for name, value in zip(self.titles, cells, strict=False) if value is not ...}
        while at < len(lines):
            found = re.match(rf"{indent}  ({NAME})(\[\](?:x(\d+))?)?: (.*)$", lines[at])
            if not found:
                break
            at += 1
            if found[2]:
                own = [] if found[4] == "-" else list(cells_of(found[4]))
                value, at = self.inner[found[1]].record(own, lines, at, indent + "  ")
                fields.setdefault(found[1], []).extend([value] * int(found[3] or 1))
            else:
                fields[found[1]] = plain_value(found[4])
        fields.update(self.constant)
        fields.update({name: [inner.record([], [], 0, "")[0]] * inner.times for name, inner in self.inner.items() if inner.times})
        fields.update({name: fields[other] for name, other in self.same.items()})
        record: dict[str, Any] = {}
        for name, value in fields.items():
            put(record, name, value)
        return record, at


def rebuilt(lines: list[str]) -> Any:
    """The data that a whole table rung shows."""
    root: dict[str, Any] = {}
    at = 0
    while at < len(lines):
        table = re.match(r"\$(.*)([\[{])(\d+)[\]}]:(?: (.*))?$", lines[at])
        if table:
            value, at = table_value(table, lines, at + 1)
            put(root, f"_{table[1]}", value)
            continue
        group = re.match(rf"((?:\$|{NAME})(?:\[\d+\])?(?:{NAME})?):$", lines[at])
        if group:
            at += 1
            while at < len(lines) and (field := re.match(rf"  ({NAME}): (.*)$", lines[at])):
                put(root, "_" + ("" if group[1].startswith("$") else ".") + f"{group[1].removeprefix('$')}.{field[1]}", plain_value(field[2]))
                at += 1
            continue
        field = re.match(rf"({NAME}): (.*)$", lines[at])
        put(root, f"_.{field[1]}" if field else "_", plain_value(field[2] if field else lines[at]))
        at += 1
    return root["_"]


def table_value(table: re.Match[str], lines: list[str], at: int) -> tuple[Any, int]:
    count, titles = int(table[3]), table[4] or ""
    if titles == "*" and table[2] == "[":
        values: list[Any] = []
        while len(values) < count:
            values += cells_of(lines[at])
            at += 1
        return values, at
    head = Head(titles.removeprefix("*,").removeprefix("*") if table[2] == "{" else titles)
    at = head.read(lines, at, "  ")
    rows: list[Any] = []
    keys: list[str] = []
    for _ in range(count):
        cells = [] if lines[at] == "-" else list(cells_of(lines[at]))
        if table[2] == "{":
            keys.append(str(cells.pop(0)))
        record, at = head.record(cells, lines, at + 1, "")
        rows.append(record)
    return (dict(zip(keys, rows, strict=True)) if table[2] == "{" else rows), at


RECORDS = [
    {
        "id": f"F-{n}",
        "severity": "critical" if n == 31 else ("low", "medium")[n % 2],
        "tool": {"name": "scan", "version": 1.10},
        "at": {"file": f"src/mod{n % 7}.py", "line": n},
        "title": f"Finding, number {n}",
        "description": f"Text of finding {n}. " * 9,
        "refs": [{"type": "web", "url": f"https://x.test/{n}/{k}"} for k in range(2)],
        **({"note": "null"} if n == 3 else {}),
    }
    for n in range(60)
]
REPORT = {"version": "14.0", "total": len(RECORDS), "items": RECORDS, "codes": list(range(200)), "empty": [], "none": None}


@pytest.mark.parametrize("indent", [None, 2], ids=["compact", "pretty"])
@pytest.mark.parametrize("data", [RECORDS, REPORT, {"runs": [{"name": "a", "results": RECORDS}]}, {f"k{n}": each for n, each in enumerate(RECORDS)}])
def test_a_table_holds_every_value(data: Any, indent: int | None) -> None:
    text = json.dumps(data, indent=indent)
    assert rebuilt(table_of(text.encode())) == value_of(text)


def test_an_array_of_records_costs_little_more_than_half() -> None:
    records = [{"id": n, "name": f"user {n}", "active": n % 3 == 0, "team": "core", "address": {"city": "Bern", "zip": 3000 + n}} for n in range(200)]
    text = json.dumps(records, indent=2)
    counter = get_counter()
    assert counter.count("\n".join(table_of(text.encode()))) < 0.55 * counter.count(text)
    assert counter.count("\n".join(table_of(text.encode()))) < 0.55 * counter.count(json.dumps(records))


SCALARS = st.one_of(
    st.none(), st.booleans(), st.integers(), st.floats(allow_nan=False), st.text(max_size=12), st.sampled_from(["-", "null", "1.0", "a,b", ' x"', "=y", "? z", "$.a[1]:", "[$]", "", "{"])
)
KEYS = st.one_of(st.sampled_from(["id", "name", "a.b", "x y", "severity", "refs", "-", "="]), st.text(max_size=4))
VALUES = st.recursive(SCALARS, lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(KEYS, inner, max_size=3)), max_leaves=8)


@settings(max_examples=150)
@given(st.lists(st.dictionaries(KEYS, VALUES, min_size=1, max_size=5), min_size=2, max_size=6))
def test_any_records_can_be_read_back(records: list[dict[str, Any]]) -> None:
    text = json.dumps({"k": "v", "items": records})
    assert rebuilt(table_of(text.encode())) == value_of(text)


@settings(max_examples=150)
@given(VALUES, st.sampled_from([None, 1, "\t"]), st.booleans())
def test_minified_text_has_the_same_tokens(value: Any, indent: Any, ascii_only: bool) -> None:
    text = json.dumps(value, indent=indent, ensure_ascii=ascii_only)
    pattern = r'"(?:[^"\\]|\\.)*"|[\[\]{}:,]|[^\s\[\]{}:,"]+'
    small = minify(text.encode()).decode()
    assert re.findall(pattern, small) == re.findall(pattern, text)
    assert not re.search(r"\s", re.sub(r'"(?:[^"\\]|\\.)*"', "", small))


def test_numbers_escapes_and_double_keys_stay_as_written() -> None:
    text = rb'{ "a": 1.10, "big": 123456789012345678901234567890, "e": 1E400, "u": "\u00e9\/\ud83d", "a": -0.0 }'
    assert minify(text) == rb'{"a":1.10,"big":123456789012345678901234567890,"e":1E400,"u":"\u00e9\/\ud83d","a":-0.0}'


def test_minifying_works_across_windows(monkeypatch: pytest.MonkeyPatch) -> None:
    text = json.dumps([{"k": 'a "q" \\ b' * (n % 5), "n": [n, {}]} for n in range(60)], indent=3)
    for width in (1, 7, 64):
        monkeypatch.setattr("headroom_cli.text.jsontext.WINDOW", width)
        assert minify(text.encode()) == json.dumps(json.loads(text), separators=(",", ":")).encode()


def test_lossless_pieces_are_the_document() -> None:
    text = json.dumps(REPORT, indent=2)
    pieces = reading(text.encode(), strategy="lossless")
    assert isinstance(pieces, Pieces)
    assert value_of(b"\n".join(pieces.bodies(0, len(pieces))).decode()) == value_of(text)


@pytest.mark.parametrize("text", [b'{"a" 1}', b'{"a": 1} and more words than JSON', b"{'a': 1}", b'{"a": "\xff"}', b"[" * 100_000])
def test_what_is_no_json_is_read_as_text(text: bytes) -> None:
    proposal = reading(text)
    assert not isinstance(proposal, (JsonReading, Pieces))
    assert any("read as text" in fact for fact in proposal.draft.facts)


def test_json_lines_are_records_and_a_cut_off_last_line_stays() -> None:
    lines = [json.dumps({"id": n, "state": "ok", "size": n * 7}) for n in range(50)]
    table = table_of("\n".join([*lines, '{"id": 50, "sta']).encode())
    assert table[0] == "$[51]: id,size"
    assert table[-1] == '? {"id": 50, "sta'


@pytest.mark.parametrize(
    ("lines", "least", "most"),
    [
        (b'{\n  "a": [\n    {\n      "b": 1\n    }\n  ]\n}', 0.9, 1.0),
        (b'{"id":1}\n{"id":2}\n{"id":3}\n{"id":4}', 0.9, 1.0),
        (b'{"ts":1,"level":"info","msg":"a"}\n' * 5, 0.0, 0.0),
        (b'{"Action":"run","Test":"TestA"}\n' * 5, 0.0, 0.0),
        (b"[INFO] started\n[INFO] done\n", 0.0, 0.0),
        (b"[12:30:01] started\n[12:30:02] done\n", 0.0, 0.0),
        (b"plain words\nand more\n", 0.0, 0.0),
    ],
)
def test_detection(lines: bytes, least: float, most: float) -> None:
    sure, _ = jsondoc.score([line for line in lines.split(b"\n") if line], NO_ENVELOPE)
    assert least <= sure <= most


def test_places_name_the_gap() -> None:
    proposal = reading(json.dumps(REPORT).encode())
    units = proposal.units
    head = next(unit for unit in range(len(units)) if units.is_head(unit))
    assert units.span(head + 2, head + 5) == "$.items[1:4]"
    assert units.locator(head + 1) == "$.items[0]"
    assert units.place(head + 2, head + 21).startswith("$.items[1:20] severity: ")


def promises(**changes: Any) -> list[str]:
    """What an output of REPORT and of its records as lines breaks."""
    problems = []
    for text in (json.dumps(REPORT, indent=2), "\n".join(map(json.dumps, RECORDS)), json.dumps({"runs": [{"tool": "x", "results": RECORDS}] * 2})):
        source, chosen = document(text.encode()), Settings(format="json", **changes)
        result = compress_document(source, chosen)
        problems += verify(result.data, source, chosen)
        if result.compressed_tokens > (chosen.max_tokens or result.original_tokens):
            problems.append("over max_tokens")
        if chosen.max_savings is not None and result.savings_pct > chosen.max_savings:
            problems.append("over max_savings")
    return problems


@pytest.mark.parametrize(
    "changes",
    [
        {"strategy": "conservative"},
        {"strategy": "balanced"},
        {"strategy": "aggressive"},
        {"max_tokens": 900},
        {"max_savings": 20.0},
        {"max_savings": 60.0},
        {"keep": ("F-1",)},
        {"drop": ("F-2",)},
        {"query": "where is F-17?"},
        {"markers": "short"},
    ],
    ids=str,
)
def test_promises_hold(changes: dict[str, Any]) -> None:
    assert promises(**changes) == []


def test_a_question_keeps_its_record_and_the_columns_it_names() -> None:
    result = compress_document(document(json.dumps(REPORT).encode()), Settings(strategy="aggressive", query='What is the description of "F-17"?'))
    assert "F-17," in result.text
    assert "Text of finding 17." in result.text
    assert "critical" in result.text
