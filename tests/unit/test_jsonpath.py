"""Paths of markers lead back to the source's own text."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from headroom_cli.text.jsonpath import locate

TEXT = '{"a": [10, {"b c": 1.50, "d": "x]"}, 30], "e": {"f": []}}\n'


@pytest.mark.parametrize(
    ("path", "part"),
    [
        ("$", TEXT.strip()),
        ("$.a[0]", "10"),
        ("$.a[1:3]", '{"b c": 1.50, "d": "x]"}, 30'),
        ('$.a[1]["b c"]', "1.50"),
        ('$.a[1]."b c"', "1.50"),
        ("$.a[1].d", '"x]"'),
        ("$.e.f", "[]"),
        ("$.a[0] .. $.e", '10, {"b c": 1.50, "d": "x]"}, 30], "e": {"f": []}'),
    ],
)
def test_a_path_names_a_part_of_the_text(path: str, part: str) -> None:
    start, stop = locate(TEXT, path)
    assert TEXT[start:stop] == part


@pytest.mark.parametrize("path", ["$.x", "$.a[9]", "$.a.b", "a", "$.e.f[0]", "$!"])
def test_what_is_not_there_is_said(path: str) -> None:
    with pytest.raises(KeyError):
        locate(TEXT, path)


@given(st.lists(st.integers() | st.text() | st.lists(st.booleans()), min_size=1), st.data())
def test_every_slice_of_a_list_comes_back(values: list[object], data: st.DataObject) -> None:
    low = data.draw(st.integers(0, len(values) - 1))
    high = data.draw(st.integers(low + 1, len(values)))
    text = json.dumps({"rows": values}, indent=1)
    start, stop = locate(text, f"$.rows[{low}:{high}]")
    assert json.loads("[" + text[start:stop] + "]") == values[low:high]
