"""A question raises what answers it: words, parts of identifiers, kinds of failure."""

from __future__ import annotations

import pytest

import headroom
from headroom_cli.text.query import Query


@pytest.mark.parametrize(
    ("question", "texts", "best"),
    [
        ("where is parseHeader defined?", ["import os", "def parse_header(text):", "def parse(text):"], 1),
        ("Which requests timed out?", ["GET /a 200", "request 7 timed out after 30 s", "retrying"], 1),
        ("who penned the ramayana", ["the weather is fine", "the Ramayana was penned by Valmiki"], 1),
        ("what does `--fail-under` do", ["exit codes", "options: --fail-under PCT", "fail under pressure"], 1),
        ("errors in the cart service", ["cart service error", "card services", "error"], 0),
    ],
)
def test_the_text_that_answers_scores_best(question: str, texts: list[str], best: int) -> None:
    scores = Query(question).scores(texts)
    assert max(range(len(texts)), key=lambda place: scores[place]) == best


def test_words_that_only_ask_score_nothing() -> None:
    assert list(Query("where is the file that has this line?").scores(["where is the line of that file", "x"])) == [0.0, 0.0]


def test_nothing_to_score_is_no_error() -> None:
    assert list(Query("").scores(["a"])) == [0.0]
    assert list(Query("a question").scores([])) == []


def _log() -> str:
    lines = [f"2026-01-02T03:{n // 60 % 60:02d}:{n % 60:02d}Z INFO worker {n % 7} handled order {n * 37} in {n % 90} ms" for n in range(3000)]
    lines[1234] = "2026-01-02T03:20:34Z INFO worker 3 moved warehouse stock of article lantern-77 to shelf nine"
    return "\n".join(lines) + "\n"


def test_a_quiet_line_that_answers_the_query_stays() -> None:
    assert "lantern-77" in headroom.compress(_log(), query="where did article lantern-77 go?", strategy="aggressive").text


def test_a_line_whose_template_is_common_is_found_by_its_number() -> None:
    found = headroom.compress(_log(), query="what happened to order 55500?", strategy="aggressive")
    assert "order 55500 " in found.text
    assert found.compressed_tokens < 2_600


def test_a_question_is_asked_of_short_inputs_too() -> None:
    lines = [f"worker {n} is at rest and waits for work of kind {n % 3}" for n in range(24)]
    lines[7] = "the backup of the archive is restored with `tool restore --all`"
    text = "\n".join(lines) + "\n"
    assert headroom.compress(text).text == text
    asked = headroom.compress(text, query="How is the backup restored?")
    assert lines[7] in asked.text
    assert asked.compressed_tokens < asked.original_tokens < 500


@pytest.mark.parametrize(
    ("question", "text"),
    [
        ("node", "nodes"), ("hide", "hides"), ("time", "timed"), ("try", "tried"), ("drop", "dropped"), ("run", "running"),
        ("permit", "permitted"), ("cookie", "cookies"), ("status", "statuses"), ("query", "queries"), ("box", "boxes"), ("warn", "warnings"),
    ],
)  # fmt: skip
def test_a_word_is_known_in_its_forms(question: str, text: str) -> None:
    assert Query(question).scores([text, "other"])[0] > 0
    assert Query(text).scores([question, "other"])[0] > 0


@pytest.mark.parametrize(("question", "text"), [("class", "clas"), ("need", "ned"), ("string", "str"), ("thing", "th")])
def test_other_words_are_not(question: str, text: str) -> None:
    assert Query(question).scores([text, "other"])[0] == 0
