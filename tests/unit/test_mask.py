"""Templates: which lines say the same."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from headroom_cli.text.mask import DIGITS, first_words, mask


@pytest.mark.parametrize(
    ("line", "template"),
    [
        (b"Downloading https://host/a-1.2.whl (12.3 kB)", b"Downloading # (# kB)"),
        (b"GET /users/42 -> 500 in 12 ms", b"GET # -> # in # ms"),
        (b"step 12 of 40", b"step # of #"),
        (b"plain words only", b"plain words only"),
        (b"0 errors", b"0 errors"),
        (b"3 errors", b"# errors"),
        (b"exit code=0, took=12ms", b"exit code=0, took=#"),
        (b"src/main.c:14:5: error: 'totl' undeclared", b"# error: 'totl' undeclared"),
        (b"req 9f86d081-884c-4d65-9a2f-eaa0c55ad015 done", b"req # done"),
        (b"at 10.0.0.7:8080", b"at #"),
        (b"C:\\Users\\x is gone", b"# is gone"),
        (b"a  b\tc", b"a b c"),
        (b"sha256:abc1", b"#"),
        (b"'key1' => \"v2\"", b"'#' => \"#\""),
        (b"", b""),
    ],
)
def test_variable_words_are_masked(line: bytes, template: bytes) -> None:
    assert mask(line) == template


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (b"0 errors", b"3 errors"),
        (b"exit code 0", b"exit code 1"),
        (b"test_a PASSED", b"test_a FAILED"),
        (b"error: a", b"warning: a"),
        (b"cannot open x", b"cannot open y"),
    ],
)
def test_lines_that_tell_different_things_differ(one: bytes, other: bytes) -> None:
    assert mask(one) != mask(other)
    assert mask(one.translate(DIGITS)) != mask(other.translate(DIGITS))


@given(st.lists(st.text(st.characters(exclude_characters="\n"), max_size=40), max_size=8))
def test_a_window_is_masked_as_its_lines(lines: list[str]) -> None:
    window = "\n".join(lines).encode("utf-8", "surrogatepass")
    assert mask(window) == b"\n".join(map(mask, window.split(b"\n")))


@given(st.text(max_size=60))
def test_digits_may_be_mapped_first(text: str) -> None:
    data = text.encode("utf-8", "surrogatepass")
    assert mask(data.translate(DIGITS)) == mask(data) or b"0" in data or b"1" in data.translate(DIGITS)
    assert len(data.translate(DIGITS)) == len(data)
    assert data.translate(DIGITS).count(b"0") == data.count(b"0")


@pytest.mark.parametrize(("template", "words"), [(b"make # error", b"make #"), (b"one", b"one"), (b"", b""), (b"  a  b c", b"a b")])
def test_the_first_two_words_are_what_a_template_backs_off_to(template: bytes, words: bytes) -> None:
    assert first_words(template) == words
