"""Texts that repeat an earlier one, and those that only look so."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from headroom_cli.text.similar import jaccard, near_duplicates, normal

LONG = "The worker flushes the cache every few minutes and writes the list of changed segments to the manifest beside the volume of the account."


@pytest.mark.parametrize(
    ("other", "like"),
    [
        (LONG, 0),
        (LONG.lower().replace(",", ""), 0),
        (LONG.replace("of the account", "of an account"), 0),
        (LONG.replace("few", "5"), -1),  # a number of its own
        (LONG.replace("flushes", "never flushes"), -1),  # a negation of its own
        (LONG.replace("worker", "Janitor"), -1),  # a name of its own
        ("Another text altogether.", -1),
        ("", -1),
    ],
)
def test_what_repeats_the_first(other: str, like: int) -> None:
    assert near_duplicates([LONG, other]) == [-1, like]


def test_empty_texts_repeat_nothing() -> None:
    assert near_duplicates(["", "", "..."]) == [-1, -1, -1]


def test_shared_share() -> None:
    assert jaccard({1, 2, 3}, {2, 3, 4}) == 0.5
    assert jaccard(set(), set()) == 0.0


@given(st.lists(st.text("ab 1.", max_size=30), max_size=12))
def test_only_earlier_texts_that_stay_are_named(texts: list[str]) -> None:
    like = near_duplicates(texts)
    assert all(first < place and like[first] == -1 for place, first in enumerate(like) if first >= 0)
    for place, text in enumerate(texts):
        if normal(text) and normal(text) in [normal(own) for own in texts[:place]]:
            assert like[place] >= 0


def test_time_is_linear_where_all_share_a_phrase() -> None:
    texts = [f"All of these begin with the same phrase as all others and then {n} {n * n} {n * 7} differ." for n in range(4000)]
    started = time.process_time()
    assert set(near_duplicates(texts)) == {-1}
    assert time.process_time() - started < 2
