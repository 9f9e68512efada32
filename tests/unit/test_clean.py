"""What a terminal would show of a line."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import settings as examples
from hypothesis import strategies as st

from headroom_cli.text.clean import clean_line, clean_window


@pytest.mark.parametrize(
    ("line", "shown"),
    [
        (b"plain", b"plain"),
        (b"\x1b[31mFAILED\x1b[0m", b"FAILED"),
        (b"\x1b[1;38;5;196mred\x1b[m end", b"red end"),
        (b"\x1b[38:2::255:0:0mrgb\x1b[0m", b"rgb"),
        (b"\x1b[2K\x1b[1Gdone", b"done"),
        (b"\x1b]0;title\x07text", b"text"),
        (b"\x1b]8;;https://x\x1b\\link\x1b]8;;\x1b\\", b"link"),
        (b"\x1b(Btext", b"text"),
        (b"\x1b[?25lhidden cursor\x1b[?25h", b"hidden cursor"),
        (b" 10 %\r 50 %\r100 % done", b"100 % done"),
        (b" 10 %\r 50 %\r100 % done\r", b"100 % done"),
        (b"text\r", b"text"),
        (b"text\r\r", b"text"),
        (b"section_start:1700000000:build\r\x1b[0K$ make", b"$ make"),
        (b"\x1b[31m\x1b[0m", b""),
        (b"[31m is no escape", b"[31m is no escape"),
        (b"", b""),
        (b"\r", b""),
        (b"caf\xe9 \xff\x1b[0m", b"caf\xe9 \xff"),
    ],
)
def test_a_line_is_shown_as_a_terminal_would(line: bytes, shown: bytes) -> None:
    assert clean_line(line) == shown
    assert clean_window(line) == shown


_PIECES = st.sampled_from([b"\x1b[31m", b"\x1b[0m", b"\r", b"a", b" b ", b"\x1b", b"[", b"\x1b]0;t\x07", b"\x1b]8;;x\x1b\\", b"\xff", b"50 %"])


@given(st.lists(st.lists(_PIECES, max_size=6).map(b"".join), max_size=6))
@examples(max_examples=300)
def test_a_window_is_cleaned_as_its_lines(lines: list[bytes]) -> None:
    assert clean_window(b"\n".join(lines)) == b"\n".join(map(clean_line, lines))


@given(st.lists(_PIECES, max_size=8).map(b"".join))
@examples(max_examples=200)
def test_cleaning_keeps_the_characters_that_are_shown_in_order(line: bytes) -> None:
    shown = iter(line)
    assert all(byte in shown for byte in clean_line(line))
