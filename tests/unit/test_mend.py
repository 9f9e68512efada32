"""JSON that breaks off or is written by hand: read as far as it goes, the rest is shown."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from headroom_cli.api import compress_document
from headroom_cli.formats import choose
from headroom_cli.settings import Settings
from headroom_cli.source import read_document
from headroom_cli.text.jsonlog import is_log
from headroom_cli.text.jsonpath import locate
from headroom_cli.text.mend import mend
from headroom_cli.verify import verify


@pytest.mark.parametrize(
    ("text", "values", "rest"),
    [
        ('{"a": [1, 2,], "b": {"c": 3,},}', ['{"a":[1,2],"b":{"c":3}}'], ""),
        ('// by hand\n{"a": "http://x"} /* end */', ['{"a":"http://x"}'], ""),
        ('{"a": [{"b": 1}, {"b": "cut o', ['{"a":[{"b":1}]}'], '{"b": "cut o'),
        ('[{"a": 1}, {"a": tru', ['[{"a":1}]'], '{"a": tru'),
        ('{"a": 1}\n{"b":', ['{"a":1}'], '{"b":'),
        ('{"a": 1}}', ['{"a":1}'], "}"),
        ('{"a": 1} {"b": 2}', ['{"a":1}', '{"b":2}'], ""),
        ('{"a": 1} and words', ['{"a":1}'], "and words"),
        ('{"a": "x" "b": 2}', ['{"a":"x"}'], '"b": 2}'),
        ('{"a" 1}', [], '{"a" 1}'),
        ("words", [], "words"),
    ],
)
def test_what_can_be_read_and_what_is_left(text: str, values: list[str], rest: str) -> None:
    assert mend(text)[:2] == (values, rest)


@given(st.recursive(st.one_of(st.none(), st.booleans(), st.integers(), st.text(max_size=6)), lambda inner: st.one_of(st.lists(inner), st.dictionaries(st.text(max_size=4), inner))), st.data())
def test_any_beginning_of_a_document_gives_json(value: object, data: st.DataObject) -> None:
    text = json.dumps({"k": value}, indent=1)
    at = data.draw(st.integers(0, len(text)))
    found = mend(text[:at])
    assert all(type(json.loads(own)) is dict for own in found.values)
    if at == len(text):
        assert json.loads(found.values[0]) == {"k": value}


ROWS = [{"id": f"F-{n}", "severity": "critical" if n == 31 else "low", "title": f"Finding number {n}", "note": f"What was found in part {n} of the tree. " * 4} for n in range(120)]
WHOLE = json.dumps({"version": 2, "items": ROWS}, indent=2)
BROKEN = {
    "cut off": WHOLE[: int(len(WHOLE) * 0.8)],
    "cut off on one line": json.dumps({"version": 2, "items": ROWS})[:-800],
    "trailing comma": WHOLE.replace("\n  ]\n}", "\n  ],\n}"),
    "comment": "// made by hand\n" + WHOLE,
    "a second one begins": WHOLE + '\n{\n  "version":\n',
}


@pytest.mark.parametrize("strategy", ["lossless", "conservative", "balanced", "aggressive"])
@pytest.mark.parametrize("name", BROKEN)
def test_broken_json_is_read_as_records(name: str, strategy: str) -> None:
    document = read_document(BROKEN[name].encode(), name="a.json", path="a.json")
    assert choose(document).name == "json"
    result = compress_document(document, Settings(strategy=strategy))
    assert verify(result.data, document, Settings(strategy=strategy)) == []
    if strategy == "lossless":
        assert not result.changed
        return
    assert "$.items[" in result.text
    assert "F-31,critical" in result.text
    assert "cut: 1 comments" in result.text or "no valid JSON" in result.text


def test_a_path_reaches_what_stands_before_the_place_where_a_text_breaks_off() -> None:
    text = BROKEN["cut off"]
    first, stop = locate(text, "$.items[3:5]")
    assert json.loads(f"[{text[first:stop]}]") == ROWS[3:5]
    with pytest.raises(KeyError):
        locate(text, "$.items[119]")


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ('{"level":"error","ts":1,"msg":"db gone"}', True),
        ('{"severity":"ERROR","message":"db gone"}', True),
        ('{"@timestamp":"2026-01-01","log":{"level":"error"},"message":"x"}', True),
        ('{"info":{"severity":"high","name":"x"},"timestamp":"2026-01-01","host":"h"}', False),
        ('{"severity":"high","rule":"x","date":"2026-01-01"}', False),
        ('{"level":"error","rule":"x"}', False),
        ('[{"level":"error","msg":"x"}]', False),
    ],
)
def test_a_line_of_a_log_has_a_level_and_a_time_or_message_of_its_own(line: str, expected: bool) -> None:
    assert is_log(line.encode()) is expected


def test_findings_with_a_severity_inside_are_records() -> None:
    lines = "".join(json.dumps({"rule": f"r-{n}", "info": {"name": f"Name {n}", "severity": "low"}, "url": f"http://h{n}.test/x", "timestamp": f"2026-01-01T00:00:{n:02}Z"}) + "\n" for n in range(60))
    assert choose(read_document(lines.encode(), name="a", path=None)).name == "json"
