"""JSON read through windows: the same values at the same places as of the whole text, whatever a window cuts."""

from __future__ import annotations

import json
import mmap
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import settings as examples
from hypothesis import strategies as st

from headroom_cli.text import jsontext
from headroom_cli.text.jsontext import JsonText, compact, decode, elements, entries

SCALARS = (
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=12) | st.sampled_from(["é中\U0001f600", '"\\', "\\u12"])
)
VALUES = st.recursive(SCALARS, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=6), inner, max_size=4), max_leaves=12)


@given(st.lists(VALUES, max_size=12), st.integers(1, 80), st.booleans())
@examples(max_examples=150)
def test_elements_are_those_of_the_whole_text(values: list[Any], window: int, ascii_only: bool) -> None:
    data = json.dumps(values, ensure_ascii=ascii_only, separators=(",", ":")).encode()
    seen: list[Any] = []
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(jsontext, "WINDOW", window)
        text = JsonText(data)
        starts, end = elements(text, 0, seen.append)
        assert end == len(data)
        assert seen == decode()(data.decode(), 0)[0]
        bounds = [*starts, end]
        assert [text.value(first, stop) for first, stop in pairwise(bounds)] == seen


@given(st.dictionaries(st.text(max_size=6), VALUES, max_size=8), st.integers(1, 80))
@examples(max_examples=150)
def test_entries_are_those_of_the_whole_text(values: dict[str, Any], window: int) -> None:
    data = json.dumps(values, ensure_ascii=False, separators=(",", ":")).encode()
    seen: dict[str, Any] = {}
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(jsontext, "WINDOW", window)
        text = JsonText(data)

        def see(key: str, at: int) -> int:
            seen[key], end = text.scan(at)
            return end

        assert entries(text, 0, see) == len(data)
    assert seen == decode()(data.decode(), 0)[0]


@pytest.mark.parametrize("broken", ["[1,2 3]", '[1,"a', '[{"a":1,}]', "[tru]", '["\\x"]', '["a\nb"]', "[1,", "[nul", '["\\u12"]', "[-]"])
@pytest.mark.parametrize("window", [1, 3, 1000])
def test_what_is_broken_is_refused_whatever_the_window(monkeypatch: pytest.MonkeyPatch, broken: str, window: int) -> None:
    monkeypatch.setattr(jsontext, "WINDOW", window)
    with pytest.raises(ValueError, match=r"."):
        elements(JsonText(broken.encode()), 0, lambda _value: None)


def test_an_error_is_seen_before_all_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(jsontext, "WINDOW", 1000)
    text = JsonText(b'[{"a":1},{"a":x},' + b'{"a":1},' * 100_000 + b"{}]")
    with pytest.raises(ValueError, match="Expecting value"):
        elements(text, 0, lambda _value: None)
    assert len(text._text) <= 1000


def test_bytes_that_are_no_utf8_are_refused() -> None:
    with pytest.raises(ValueError, match="utf-8"):
        JsonText(b'["\xff"]').scan(0)


@given(VALUES, st.sampled_from([None, 1, "\t"]), st.sampled_from([b"", b"\n", b" \n\n"]))
@examples(max_examples=100)
def test_compact_is_the_text_without_blanks(value: Any, indent: Any, end: bytes) -> None:
    text = json.dumps(value, ensure_ascii=False, indent=indent)
    found = compact(text.encode() + end)
    small = json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()
    assert bytes(found.data[: found.size]) == small


def test_what_has_no_blanks_is_not_copied(tmp_path: Path) -> None:
    path = tmp_path / "one.json"
    path.write_bytes(b'{"a":[1,2,"x y"]}\n')
    with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data:
        assert compact(data).data is data
        assert compact(data).size == len(data) - 1
        assert compact(data).scan(0)[0] == {"a": ["1", "2", "x y"]}
