"""Sentences as spans, and which can answer what a question asks for."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from headroom_cli.text.sentences import LONGEST, answers, spans


@given(st.text(max_size=300))
def test_spans_joined_are_the_text(text: str) -> None:
    assert "".join(spans(text)) == text


def test_sentences_end_at_points_but_not_at_abbreviations() -> None:
    assert [part.strip() for part in spans("Dr. Ray left in 1981.  Then came J. Smith, e.g. at night. It rained.")] == [
        "Dr. Ray left in 1981.",
        "Then came J. Smith, e.g. at night.",
        "It rained.",
    ]


def test_a_flattened_table_is_cut_at_its_clauses() -> None:
    parts = spans("name: value; " * 200)
    assert len(parts) > 2
    assert max(map(len, parts)) <= LONGEST


@pytest.mark.parametrize(
    ("question", "yes", "no"),
    [
        ("when did it open?", "It opened on 3 May 1990.", "It opened with a speech."),
        ("how many seats has it?", "It seats two hundred.", "It has many seats."),
        ("who built it?", "It was built by Ada Smith.", "it was built quickly"),
        ("where does it stand?", "It stands near Oslo.", "It stands well."),
        ("why was it closed?", "It closed because of a leak.", "It closed."),
    ],
)
def test_a_question_asks_for_a_kind_of_answer(question: str, yes: str, no: str) -> None:
    assert answers(question)(yes)
    assert not answers(question)(no)


def test_other_questions_are_answered_by_nothing_in_particular() -> None:
    assert not answers("describe the cache")("It was built by Ada Smith in 1990.")
