"""What a question about a log is after, and that a question after the failure costs no evidence."""

from __future__ import annotations

import pytest

import headroom
from headroom_cli.text.intents import intents_of, named


@pytest.mark.parametrize(
    ("question", "names"),
    [
        ("This build failed. What is the root cause?", ["failure"]),
        ("Why did it not succeed?", ["failure"]),
        ("Which warnings were printed?", ["warnings"]),
        ("Which warnings and errors occur?", ["failure", "warnings"]),
        ("Which step took longest?", ["time"]),
        ("Which version of node was installed?", ["version"]),
        ("Which commands were run?", ["command"]),
        ("Which hosts were contacted?", ["address"]),
        ("What happened to order 55500?", []),
        ("Where did article lantern-77 go?", []),
    ],
)
def test_a_question_has_its_intents(question: str, names: list[str]) -> None:
    assert [intent.name for intent in intents_of(question)] == names


@pytest.mark.parametrize(
    ("question", "left"),
    [
        ("This CI job failed. What is the root cause of the failure?", "This is the of the"),
        ("Why did test_cart_total fail?", "Why did test_cart_total"),
        ("What went wrong with the docker registry?", "with the docker registry?"),
        ("Which order was built last?", "Which order was built last?"),
    ],
)
def test_words_of_any_failure_name_none(question: str, left: str) -> None:
    assert named(question, intents_of(question)) == left


def _log() -> str:
    lines = [f"step {n}: the package build job runs its tests, case {n} passes in {n % 9} ms" for n in range(900)]
    lines[400:400] = ["src/cart.c:41:7: error: 'total' undeclared (first use in this function)", "make: *** [cart.o] Error 1"]
    lines[100] = "fetched node 22.11.0 from the mirror"
    lines[200] = "phase link took 917 s"
    return "\n".join(lines) + "\n"


def test_a_question_after_the_failure_gets_what_no_question_gets() -> None:
    plain, asked = (headroom.compress(_log(), query=query).text for query in (None, "This package build job failed. What is the root cause?"))
    assert "src/cart.c:41:7: error: 'total' undeclared" in asked
    assert asked.count("\n") <= plain.count("\n") + 3


@pytest.mark.parametrize(
    ("question", "answer"), [("Which version of node was used?", "node 22.11.0"), ("What took longest?", "phase link took 917 s")]
)
def test_a_line_of_the_kind_that_is_asked_for_stays(question: str, answer: str) -> None:
    assert answer in headroom.compress(_log(), query=question, strategy="aggressive").text
