"""Markers of JSON tables: their ranges begin and end where what is shown does, and their numbers are those of the source."""

from __future__ import annotations

import json
import re
from collections import Counter
from typing import Any, NamedTuple

import pytest
from hypothesis import HealthCheck, Phase, given
from hypothesis import settings as examples
from hypothesis import strategies as st

from headroom_cli.api import compress_document
from headroom_cli.formats import json as jsondoc
from headroom_cli.formats.json.units import Records
from headroom_cli.settings import Settings
from headroom_cli.source import read_document
from headroom_cli.text.envelope import find_envelope
from headroom_cli.tokens import get_counter
from headroom_cli.verify import verify

GRADES = {"items": "severity", "known": "level", "refs": "risk"}
"""Array -> the column that its elements are counted by."""
VALUES = ("Low", "Medium", "High", "Critical")


class Node(NamedTuple):
    """One element of an array of records."""

    path: str
    array: str
    grade: str


def nodes_of(data: Any, path: str = "$") -> list[Node]:
    """All elements in the order of the document."""
    out: list[Node] = []
    for name, value in data.items():
        for number, each in enumerate(value) if isinstance(value, list) else ():
            own = f"{path}.{name}[{number}]"
            out += [Node(own, name, each.get(GRADES[name], "")), *nodes_of(each, own)]
    return out


def held(nodes: list[Node], place: str) -> list[Node]:
    """The elements that a marker's place names."""
    first, _, last = place.partition(" .. ")
    begin = [at for at, node in enumerate(nodes) if names(first, node.path)]
    end = [at for at, node in enumerate(nodes) if names(last or first, node.path)]
    return nodes[begin[0] if begin else 0 : end[-1] + 1]  # a field before the first table is no element


def names(place: str, path: str) -> bool:
    """Whether `place`, a path or a range, holds the element `path`."""
    found = re.fullmatch(r"(.*)\[(\d+)(?::(\d+))?\]", place)
    if not found:
        return path.startswith(place)
    own = re.match(re.escape(found[1]) + r"\[(\d+)\]", path)
    return bool(own) and int(found[2]) <= int(own[1]) < int(found[3] or int(found[2]) + 1)


def check_counts(said: str, place: str, inside: list[Node]) -> int:
    """Compare each `name: value count, ...` of a marker with the source. Returns how many there were."""
    checked = 0
    grades = "|".join(VALUES)
    for name, total, counts in re.findall(rf"(\w+)(?: (\d+))?: ((?:{grades})(?: \d+)?(?:, (?:{grades}) \d+)*)(?=[,:]|$)", said):
        array = name if total else next(array for array, grade in GRADES.items() if grade == name)
        found = Counter(node.grade for node in inside if node.array == array)
        assert {value: int(count or 1) for value, count in re.findall(r"(\w+)(?: (\d+))?", counts)} == found, (place, said)
        assert not total or int(total) == sum(found.values()), (place, said)
        checked += 1
    for count, grade in re.findall(r"(\d+) (low|medium|high|critical) records?", said):
        assert int(count) == sum(node.grade.lower() == grade for node in inside), (place, said)
    if records := re.search(r"(?:^|, )(\d+) records?\b", said):
        assert int(records[1]) == sum(node.array == "items" for node in inside), (place, said)
    return checked


def check_output(text: str, data: Any) -> int:
    """Follow an output's rows and markers through the elements of the source. Returns how many counts were compared."""
    nodes = nodes_of(data)
    at = checked = 0
    for line in text.split("\n")[1:]:
        if marker := re.match(r"\[(\$[^ ]*?(?: \.\. \$[^ ]*?)?)(?:: | |(?=\]$))(.*)\]$", line):
            inside = held(nodes, marker[1]) if marker[1] != "$.scan" else []
            assert not inside or inside[0] == nodes[at], line
            at += len(inside)
            checked += check_counts(marker[2], marker[1], inside)
        elif row := re.match(r" *(known|refs)\[\](?:x(\d+))?: ", line):
            if at:  # not the head's
                assert nodes[at].array == row[1], line
                at += int(row[2] or 1)
        elif re.match(r"I-\d+", line):
            assert nodes[at].array == "items", line
            at += 1
    assert at == len(nodes)
    return checked


LEAVES = st.lists(st.tuples(st.sampled_from(VALUES), st.integers(1, 7), st.booleans()), min_size=3, max_size=9)


@st.composite
def reports(draw: st.DrawFn) -> dict[str, Any]:
    """Records with arrays of repeated records inside, some of which hold records themselves."""
    items: list[dict[str, Any]] = []
    for number in range(draw(st.integers(4, 9))):
        known: list[dict[str, Any]] = [{"level": VALUES[number % 4], "title": "Another flaw"}]
        for grade, times, deep in draw(LEAVES):
            refs = [{"risk": VALUES[k // 2], "page": "p"} for k in range(4)]
            known += [{"level": grade, "title": "A flaw in the parser", **({"refs": refs} if deep else {})}] * times
        items.append({"id": f"I-{number}", "severity": draw(st.sampled_from(VALUES)), "text": f"words of {number} " * 3, "known": known})
    return {"scan": "x", "items": items}


def reading(data: Any) -> Any:
    source = read_document(json.dumps(data).encode(), name="a.json", path="a.json")
    return jsondoc.read(source, find_envelope([]), Settings(), get_counter("estimate"), ())


def compressed(data: Any, **changes: Any) -> str:
    source = read_document(json.dumps(data, indent=1).encode(), name="a.json", path="a.json")
    chosen = Settings(format="json", **changes)
    result = compress_document(source, chosen)
    problems = verify(result.data, source, chosen)
    assert [problem for problem in problems if not problem.startswith("no block of the kind")] == []  # a limit may take last heads
    return result.text


@examples(max_examples=6, deadline=None, suppress_health_check=list(HealthCheck), phases=[Phase.explicit, Phase.reuse, Phase.generate])
@given(reports())
def test_numbers_in_markers_are_those_of_the_source(data: dict[str, Any]) -> None:
    for limit in (150, 220, 320, 480):
        text = compressed(data, max_tokens=limit)
        if text.startswith("[headroom: "):
            check_output(text, data)


FOLDED = {
    "scan": "x",
    "items": [
        {
            "id": f"I-{number}",
            "severity": "Low",
            "text": f"words about {number} that fill it",
            "known": [{"level": grade, "title": "A flaw in the parser"} for grade in ["Low", "Medium"] * 5 + ["High"] for _ in range(5)]
            + [{"level": "Critical", "title": "A flaw in the parser"}],
        }
        for number in range(6)
    ],
}


def test_a_gap_of_one_folded_row_names_all_its_elements() -> None:
    text = compressed(FOLDED, drop=("Medium", "High"), max_tokens=900)
    assert "[$.items[0].known[5:10]]" in text
    assert check_output(text, FOLDED) >= 0


def test_folded_rows_count_in_full() -> None:
    text = compressed(FOLDED, max_tokens=260)
    assert "level: Low 25, Medium 25, High 5" in text
    assert check_output(text, FOLDED) > 0


def test_verify_expands_folds(monkeypatch: pytest.MonkeyPatch) -> None:
    source = read_document(json.dumps(FOLDED).encode(), name="a.json", path="a.json")
    result = compress_document(source, Settings(format="json", drop=("Medium", "High"), max_tokens=900))
    whole, cut = b"known[5:10]", b"known[5]"
    assert whole in result.data
    assert verify(result.data.replace(whole, cut), source) != []
    span = Records.span
    monkeypatch.setattr(Records, "span", lambda units, first, stop: span(units, first, stop).replace(whole.decode(), cut.decode()))
    assert any("what follows begins with 10" in problem for problem in verify(result.data.replace(whole, cut), source))


def test_the_header_counts_the_records_of_tables() -> None:
    text = compressed(FOLDED, max_tokens=260)
    assert text.startswith("[headroom: a.json, 6 records; ")


def test_a_record_that_is_hidden_whole_says_its_severity() -> None:
    items = [{"id": f"I-{n}", "severity": VALUES[n % 4], "text": f"words {n}"} for n in range(12)]
    units = reading({"items": items, "more": {"why": "x" * 500, "items": items}}).units
    first = next(unit for unit in range(len(units)) if units.locator(unit) == "$.items[5]")
    assert units.place(first, first + 1) == "$.items[5] severity: Medium"
    assert units.place(first, first + 2) == "$.items[5:7] severity: Medium 1, High 1"
    assert units.place(first + 6, len(units)).endswith("severity: Critical 4, Low 3, Medium 3, High 3")
    units = reading(FOLDED).units
    first = next(unit for unit in range(len(units)) if units.locator(unit) == "$.items[1].known[5]")
    stop = next(unit for unit in range(len(units)) if units.locator(unit) == "$.items[3]")
    assert units.place(first, stop).startswith("$.items[1].known[5] .. $.items[2:3] known 107: ")


def test_markers_count_evidence_however_much_there_is() -> None:
    records = [{"id": f"A-{n}", "severity": "critical" if n % 2 else "low", "package": f"p{n % 50}"} for n in range(9000)]
    document = read_document(json.dumps(records).encode(), name="a.json", path="a.json")
    lines = compress_document(document, Settings()).text.split("\n")
    said = sum(int(found[1]) for line in lines if (found := re.search(r"(\d+) critical record", line)))
    assert said + sum(1 for line in lines if line.endswith(",critical")) == 4500
