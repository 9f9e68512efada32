"""Bulk regular expressions: the same answer from pcre2 and re, whatever the buffer is."""

from __future__ import annotations

import mmap
import re
from pathlib import Path

import pytest

from headroom_cli.text import regex
from headroom_cli.text.regex import PCRE2_FROM, Bulk

LINES = b"2024-01-02T03:04:05.1Z compile Foo.java\r\nERROR: a\xe9b \x85 12\xb2\n\n  at x (y)\n\tpath/to/file.c:12:3: warning\n"
EVERY_BYTE = bytes(range(256)) + b"\n"
LARGE = LINES * 800 + EVERY_BYTE * 20 + b"last line without an end"

PATTERNS = [
    (rb"(?m)^\d{4}-\d\d-\d\dT[\d:.]+Z ?", 0),
    (rb"error|warning|not found", re.IGNORECASE),
    (rb"\s+", 0),
    (rb"\w+", 0),
    (rb"\d+\W", 0),
    (rb"[^\x00-\x7f]", 0),
    (rb"(?m)^[ \t]+at .*$", 0),
    (rb"^.+$", re.MULTILINE),
    (rb".+", re.DOTALL),
    (rb" at  [ ] x # comment", re.VERBOSE),
    (rb"(?m)$", 0),
    (rb"x*", 0),
    (rb"end\Z", 0),
    (rb"a{,2}b", 0),
    (rb"(\w+)\.(\w+)", 0),
]


@pytest.mark.parametrize(("pattern", "flags"), PATTERNS)
def test_both_engines_agree_on_a_large_buffer(pattern: bytes, flags: int) -> None:
    bulk, plain = Bulk(pattern, flags), re.compile(pattern, flags)
    assert len(LARGE) > PCRE2_FROM
    assert list(bulk.spans(LARGE)) == [match.span() for match in plain.finditer(LARGE)]
    assert bulk.sub(b"<$0>", LARGE) == plain.sub(b"<$0>", LARGE)
    first = plain.search(LARGE, 100)
    assert bulk.search(LARGE, 100) == (first.span() if first else None)


def test_replacement_may_name_groups_and_hold_dollars() -> None:
    bulk = Bulk(rb"(\w+)=(\w+)")
    for times in (1, PCRE2_FROM):
        assert bulk.sub(rb"$\2:\1", b"a=b " * times) == b"$b:a " * times


def test_large_buffers_go_to_pcre2_where_it_is_installed() -> None:
    pytest.importorskip("pcre2")
    assert Bulk(rb"error")._engine(LARGE) is not None
    assert Bulk(rb"error")._engine(LINES) is None


def test_an_exhausted_pcre2_stack_falls_back_to_re() -> None:
    line = b"ab" * 600_000
    bulk = Bulk(rb"(?:a|b)*c|bab")
    assert bulk.search(line + b"c") == (0, len(line) + 1)
    assert list(Bulk(rb"(?:[ab]|x)*c").spans(line + b"c")) == [(0, len(line) + 1)]
    assert Bulk(rb"(?:[ab]|x)*c").sub(b"-", line + b"c") == b"-"


def test_a_mapped_file_gives_what_its_bytes_give(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "log"
    path.write_bytes(LARGE)
    monkeypatch.setattr(regex, "WINDOW", 70_000)
    bulk = Bulk(rb"(?m)^\s*at .*\n|[Ee]rr\w*|without an end$")
    with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data:
        assert list(bulk.spans(data)) == list(bulk.spans(LARGE))
        assert bulk.sub(b"", data) == bulk.sub(b"", LARGE)
        for pos in (0, 5, 69_999, 70_001, len(LARGE) - 3, len(LARGE)):
            assert bulk.search(data, pos) == bulk.search(LARGE, pos)


def test_empty_buffer_has_no_match() -> None:
    assert list(Bulk(rb"x").spans(b"")) == []
    assert Bulk(rb"x").search(b"") is None
    assert Bulk(rb"x").sub(b"y", b"") == b""
