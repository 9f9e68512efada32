"""Counters by name, their backends, and sources of any size."""

from __future__ import annotations

import base64
import hashlib
import mmap
import os
import random
import subprocess
import sys
import time
from array import array
from pathlib import Path

import pytest

from headroom_cli import tokens
from headroom_cli.errors import UsageError
from headroom_cli.tokens import TokenCounter, count_buffer, get_counter, tiktoken_counter

VOCABULARIES = ("o200k_base", "cl100k_base")
SPECIAL = "a <|endoftext|> b <|fim_prefix|>\n"


def oracle(vocabulary: str) -> TokenCounter:
    counter = tiktoken_counter(vocabulary)
    assert counter is not None
    return counter


@pytest.mark.parametrize(
    ("asked", "name", "exact"),
    [
        ("o200k_base", "o200k_base", True),
        ("cl100k_base", "cl100k_base", True),
        ("estimate", "estimate", False),
        ("gpt-4o-mini", "o200k_base", True),
        ("gpt-4.1", "o200k_base", True),
        ("gpt-5", "o200k_base", True),
        ("o3-mini", "o200k_base", True),
        ("gpt-4-turbo", "cl100k_base", True),
        ("gpt-3.5-turbo", "cl100k_base", True),
        ("claude-sonnet", "claude-sonnet~o200k_base", False),
        ("gemini-pro", "gemini-pro~o200k_base", False),
    ],
)
def test_names_and_models(asked: str, name: str, exact: bool) -> None:
    counter = get_counter(asked)
    assert (counter.name, counter.exact) == (name, exact)
    assert counter.count("hello world") == 2
    assert counter.count_many(["hello world", "", "hello"]) == array("I", [2, 0, 1])


def test_an_unknown_name_is_a_usage_error_that_lists_the_names() -> None:
    with pytest.raises(UsageError, match=r"unknown tokenizer 'gpt2'.*o200k_base, cl100k_base, estimate, gpt-4o"):
        get_counter("gpt2")


@pytest.mark.parametrize("vocabulary", VOCABULARIES)
@pytest.mark.parametrize("text", ["", "x", SPECIAL, "\ud800\udcff a", "<|\udc80", "é漢字😀\n", "it's 12345²³ \r\n\t\t//x\n\n"])
def test_splintr_counts_what_tiktoken_counts(vocabulary: str, text: str) -> None:
    expected = oracle(vocabulary).count(text)
    counter = get_counter(vocabulary)
    assert counter.count(text) == expected
    assert list(counter.count_many(["a", text, text])) == [1, expected, expected]


def test_special_tokens_are_plain_text() -> None:
    assert get_counter().count("<|endoftext|>") == 7
    assert count_buffer(get_counter(), SPECIAL.encode() * 50) == oracle("o200k_base").count(SPECIAL * 50)


def test_lone_surrogates_count_as_the_replacement_character() -> None:
    for name in (*VOCABULARIES, "estimate"):
        counter = get_counter(name)
        assert counter.count("a\udcff\udcfeb") == counter.count("a\ufffd\ufffdb") == count_buffer(counter, b"a\xff\xfeb")


@pytest.mark.parametrize("vocabulary", VOCABULARIES)
def test_digits_mapped_to_zero_cost_the_same(vocabulary: str) -> None:
    counter = get_counter(vocabulary)
    groups = [str(number).zfill(width) for width in (1, 2, 3) for number in range(10**width)]
    assert set(counter.count_many(groups)) == {1}
    ranks = tokens._splintr_ranks(vocabulary)
    digits = set(b"0123456789")
    assert not [token for token in ranks if digits & set(token) and set(token) - digits]


@pytest.mark.parametrize("vocabulary", VOCABULARIES)
def test_patterns_are_those_of_tiktoken(vocabulary: str, monkeypatch: pytest.MonkeyPatch) -> None:
    openai = pytest.importorskip("tiktoken_ext.openai_public")
    monkeypatch.setattr(openai, "load_tiktoken_bpe", lambda *_args, **_named: {})  # it would download
    assert tokens._pattern(vocabulary) == getattr(openai, vocabulary)()["pat_str"]


def test_a_mapping_is_counted_like_its_bytes(tmp_path: Path) -> None:
    data = b"".join(b"%d: step %d of the build\n" % (n, n % 7) for n in range(3000))
    (tmp_path / "log").write_bytes(data)
    with (tmp_path / "log").open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as mapped:
        assert count_buffer(get_counter(), mapped) == oracle("o200k_base").count(data.decode())


@pytest.mark.parametrize("vocabulary", VOCABULARIES)
@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\n",
        b"\n\n\n \n/\n",
        b"".join(b"2024-01-02T03:04:%02d.%07dZ  step %d\r\n" % (n % 60, n * 977, n) for n in range(9000)),
        base64.b64encode(random.Random(1).randbytes(200_000)),
        b'{"id":12,"name":"it\'s","list":[1,2,3]},' * 5000,
        b"word " * 40_000,
        b"\x1b[31mred\x1b[0m\n" * 5000,
        bytes(range(1, 32)) * 3000,
        random.Random(2).randbytes(3000),
    ],
    ids=["empty", "newline", "blanks", "log", "base64", "json", "words", "colour", "controls", "binary"],
)
def test_whole_sources_are_exact(vocabulary: str, data: bytes) -> None:
    assert count_buffer(get_counter(vocabulary), data) == oracle(vocabulary).count(tokens._decoded(data))


def test_a_run_without_any_safe_place_is_off_by_a_token_a_chunk() -> None:
    text = "".join(random.Random(3).choices("abcdefghij", k=300_000))
    assert count_buffer(get_counter(), text.encode()) == pytest.approx(
        oracle("o200k_base").count(text), abs=2 * 300_000 / tokens.CHUNK
    )


def test_a_long_text_is_counted_by_count_too() -> None:
    text = "line of a log 17\n" * 20_000
    assert get_counter().count(text) == oracle("o200k_base").count(text)
    assert list(get_counter().count_many(["a", text])) == [1, oracle("o200k_base").count(text)]


@pytest.mark.parametrize("line", [b"a", b" ", b"ab1 ", b"\xe6\xbc\xa2", b"\xff"], ids=["a", "blank", "words", "han", "invalid"])
def test_one_huge_line_takes_linear_time(line: bytes) -> None:
    counter = get_counter()
    counter.count("warm up qzxv")
    seconds = []
    for size in (2 << 20, 8 << 20):
        started = time.process_time()
        count_buffer(counter, line * (size // len(line)))
        seconds.append(time.process_time() - started)
    assert seconds[1] < 12 * seconds[0] + 0.2


def test_the_estimate_is_near_on_source_and_logs() -> None:
    estimate, exact = get_counter("estimate"), get_counter()
    for module in (subprocess, random, base64):
        text = Path(str(module.__file__)).read_text()
        assert estimate.count(text) == pytest.approx(exact.count(text), rel=0.15)
    log = "".join(
        f"2024-05-06T07:08:{n % 60:02d}.{n:07d}Z [INFO] Compiling src/main/java/Step{n}.java with javac\n" for n in range(500)
    )
    assert estimate.count(log) == pytest.approx(exact.count(log), rel=0.15)


def test_tiktokens_own_cache_is_read_and_nothing_is_downloaded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TIKTOKEN_CACHE_DIR", str(tmp_path))
    assert tokens._cached_ranks("cl100k_base") == {}
    address = b"https://openaipublic.blob.core.windows.net/encodings/cl100k_base.tiktoken"
    (tmp_path / hashlib.sha1(address).hexdigest()).write_bytes(b"IQ== 0\nIg== 1\n")
    assert tokens._cached_ranks("cl100k_base") == {b"!": 0, b'"': 1}
    (tmp_path / hashlib.sha1(address).hexdigest()).write_bytes(b"damaged")
    assert tokens._cached_ranks("cl100k_base") == {}


def test_without_splintr_and_without_a_cache_the_count_is_an_estimate(tmp_path: Path) -> None:
    code = (
        "import sys; sys.modules['splintr'] = sys.modules['splintr._core'] = None\n"
        "from headroom_cli.tokens import get_counter\n"
        "print(*[(c.name, c.exact, c.count('hello world')) for c in map(get_counter, ['o200k_base', 'claude'])])"
    )
    environment = {**os.environ, "TIKTOKEN_CACHE_DIR": str(tmp_path)}
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, env=environment, check=True)
    assert done.stdout == "('estimate', False, 2) ('estimate', False, 2)\n"
