"""A very long line: what of it is read and shown, wherever in it the failure stands."""

from __future__ import annotations

import itertools
import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

import headroom
from headroom_cli.source import read_document
from headroom_cli.stages.cuts import middle_out
from headroom_cli.text.excerpt import LONG_LINE, excerpt, telling_spans
from headroom_cli.verify import verify

FAULT = "FATAL ERROR: disk quota exceeded while writing libcart.so"


def words(count: int, seed: int = 1) -> str:
    made = random.Random(seed)
    return " ".join(f"{made.choice(['alpha', 'beta', 'gamma', 'stone'])}{made.randint(0, 999)}" for _ in range(count))


@pytest.mark.parametrize("count", [150, 400, 4_000, 90_000, 300_000])
@pytest.mark.parametrize("strategy", ["conservative", "balanced", "aggressive"])
def test_a_failure_in_the_middle_of_a_long_line_is_shown(count: int, strategy: str) -> None:
    line = f"{words(count)} {FAULT} {words(count, 2)}"
    text = "\n".join([*(f"[CXX] part {n} of the library" for n in range(300)), line, "done with the rest"]) + "\n"
    result = headroom.compress(text, strategy=strategy)
    assert FAULT in result.text
    assert result.blocks.shown == 1
    assert verify(result.data, read_document(text.encode(), name="<text>", path=None)) == []


def test_the_worst_failures_are_read_and_the_first_of_equals() -> None:
    line = f"{words(900)} a failure {words(900)} {FAULT} {words(900)} it failed {words(900)}".encode()
    assert FAULT.encode() in excerpt(line)
    assert len(excerpt(line)) < LONG_LINE


@given(st.binary(max_size=9_000))
def test_spans_are_in_order_apart_and_hold_both_ends(line: bytes) -> None:
    spans = telling_spans(line, 0, len(line), 100, 50)
    assert spans[0][0] == 0
    assert spans[-1][1] == len(line)
    assert all(first <= stop for first, stop in spans)
    assert all(end < first for (_, end), (first, _) in itertools.pairwise(spans))


@given(st.text(alphabet="aé漢\N{GRINNING FACE} E", max_size=3_000))
def test_what_is_left_out_is_counted_in_characters(text: str) -> None:
    body = f"{text}{'x' * 2_000}error: {text}{'y' * 2_000}".encode()
    shorter = middle_out(body)
    assert shorter is not None
    shown = shorter.decode()
    gone = sum(int(part.split(" ")[0]) for part in shown.split("[... ")[1:])
    marks = shown.count(" characters ...]")
    assert len(shown) - sum(len(f"[... {part.split(' ')[0]} characters ...]") for part in shown.split("[... ")[1:]) + gone == len(body.decode())
    assert marks >= 1


def test_numbered_names_are_not_thinned_as_if_they_were_numbers() -> None:
    text = "\n".join(words(8, n) for n in range(600)) + "\n"
    assert headroom.compress(text, strategy="conservative").compressed_tokens > 2_000


def test_something_is_shown_of_a_text_whose_only_special_line_is_long() -> None:
    lines = [words(8, n) for n in range(600)]
    lines[300] = words(4_000)
    assert headroom.compress("\n".join(lines) + "\n").compressed_tokens > 200
