"""Cosines; static vectors where the extra is installed, and what is said where it is not."""

from __future__ import annotations

from importlib.util import find_spec

import pytest

from headroom_cli.errors import UsageError
from headroom_cli.text.vectors import cosines, embed

INSTALLED = all(find_spec(name) for name in ("numpy", "tokenizers", "wordllama"))


def test_cosines() -> None:
    assert cosines([1.0, 0.0], [[2.0, 0.0], [0.0, 1.0], [-1.0, 0.0], [0.0, 0.0], None]) == [1.0, 0.0, -1.0, 0.0, 0.0]


def test_lengths_must_agree() -> None:
    with pytest.raises(UsageError, match="3 numbers, but 2"):
        cosines([1.0, 0.0], [[1.0, 2.0, 3.0]])


@pytest.mark.skipif(INSTALLED, reason="the extra is installed")
def test_without_the_extra_it_says_what_to_install() -> None:
    with pytest.raises(UsageError, match=r"headroom-compress\[rag\]"):
        embed(["a text"])


@pytest.mark.skipif(not INSTALLED, reason="the extra `rag` is not installed")
def test_words_of_one_meaning_are_near() -> None:
    film, movie, segment = embed(["a new film", "the latest movie", "segment files on a volume"])
    near, far = cosines(film, [movie, segment])
    assert near > far + 0.2
