"""Promise 5, exact numbers: cutting, memoising and mapping digits never change a count."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from headroom_cli import tokens
from headroom_cli.tokens import TokenCounter, count_buffer, get_counter, tiktoken_counter

SAFE = ["\nx", "\n[", "\n\x1b[0m", "\né", "\n漢", "\n\ufeff", "a b", "9 b", "1,2", ":7", "a.b", "x\t", "(0"]
ODD = [
    "",
    "\n",
    "\r\n",
    " ",
    "\t",
    "/",
    "//",
    "'",
    "'s",
    "'ll ",
    "\x0b",
    "\x0c",
    "\x1c",
    "\x1f",
    "\x00",
    "\x85",
    "\xa0",
    "\u3000",
]
ODD += [
    "e\u0301",
    "é",
    "漢",
    "😀",
    "Ⅷ",
    "²",
    "½",
    "٣",
    "\ufffd",
    "ǅ",
    "12345",
    "Ab",
    "ABc",
    "--",
    ".\n",
    "\n/",
    "\n \n",
    "<|endoftext|>",
]
texts = st.lists(st.tuples(st.sampled_from(ODD), st.sampled_from(ODD), st.sampled_from(SAFE)), max_size=30).map(
    lambda parts: "".join(map("".join, parts))
)


@pytest.fixture(scope="module", autouse=True)
def _small_windows() -> Iterator[None]:
    """Sizes at which a text of a few hundred bytes is cut many times."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(tokens, "WINDOW", 200)
        patch.setattr(tokens, "CHUNK", 64)
        patch.setattr(tokens, "MEMO", 50)
        yield


def both(vocabulary: str) -> tuple[TokenCounter, TokenCounter]:
    oracle = tiktoken_counter(vocabulary)
    assert oracle is not None
    return get_counter(vocabulary), oracle


@pytest.mark.parametrize("vocabulary", ["o200k_base", "cl100k_base"])
@given(text=texts)
@settings(max_examples=100)
def test_a_source_counts_what_its_whole_text_counts(vocabulary: str, text: str) -> None:
    counter, oracle = both(vocabulary)
    assert count_buffer(counter, text.encode()) == oracle.count(text)


@pytest.mark.parametrize("vocabulary", ["o200k_base", "cl100k_base"])
@given(text=texts)
@settings(max_examples=100)
def test_pieces_cut_at_safe_places_add_up(vocabulary: str, text: str) -> None:
    _, oracle = both(vocabulary)
    pieces = list(tokens._cut(text.encode(), 64))
    assert b"".join(pieces) == text.encode()
    assert all(0 < len(piece) <= 64 for piece in pieces)
    assert sum(oracle.count(piece.decode()) for piece in pieces) == oracle.count(text)


@pytest.mark.parametrize("vocabulary", ["o200k_base", "cl100k_base"])
@given(text=texts.filter(bool))
@settings(max_examples=100)
def test_every_safe_place_of_a_text_is_one(vocabulary: str, text: str) -> None:
    _, oracle = both(vocabulary)
    data, whole = text.encode(), oracle.count(text)
    first = next(at for at in range(1, len(data)) if any(data[: at + 1].endswith(safe.encode()) for safe in SAFE))
    for cut in {tokens._cut_at(data[: end + 1]) for end in range(first, len(data))}:
        assert oracle.count(data[:cut].decode()) + oracle.count(data[cut:].decode()) == whole


@given(lines=st.lists(st.sampled_from(["step 12 ok", "  at f (x:3)", "/usr/bin", "", "\tq", "é", "ERROR: no 7"]), max_size=80))
@settings(max_examples=100)
def test_repeated_lines_are_counted_once_and_right(lines: list[str]) -> None:
    counter, oracle = both("o200k_base")
    text = "\n".join(lines)
    assert count_buffer(counter, text.encode()) == oracle.count(text)


@given(data=st.binary(max_size=60), counter=st.sampled_from(["o200k_base", "cl100k_base", "estimate"]))
@settings(deadline=None)
def test_undecodable_bytes_count_as_replacement_characters(data: bytes, counter: str) -> None:
    text = data.decode("utf-8", "surrogateescape")
    assert count_buffer(get_counter(counter), data) == get_counter(counter).count(text)


@given(texts=st.lists(st.text(st.characters(exclude_categories=()), max_size=60), max_size=10))
@settings(deadline=None)
def test_many_texts_count_as_each_by_itself(texts: list[str]) -> None:
    counter, oracle = both("o200k_base")
    assert list(counter.count_many(texts)) == list(oracle.count_many(texts)) == [counter.count(text) for text in texts]
