"""The library: what `import headroom` offers."""

from __future__ import annotations

import json
import pickle
from typing import Any

import pytest

import headroom
from headroom import BlockCount, Compressor, HeadroomError, Result, UsageError, compress
from headroom_cli.api import INPUT_TYPES, preview
from headroom_cli.settings import STRATEGIES, Settings
from headroom_cli.source import read_document

LOG = "".join(f"compiling part {n} of the engine with care\n" for n in range(300)) + "error: bad wheel in cart.c\n" + "done\n" * 100


def test_a_text_becomes_a_result() -> None:
    result = compress(LOG)
    assert isinstance(result, Result)
    assert "error: bad wheel in cart.c" in result.text
    assert result.compressed_tokens < result.original_tokens
    assert result.savings_pct == round(100 * (1 - result.compressed_tokens / result.original_tokens), 2)
    assert 0 <= result.quality <= 1
    assert result.input_type == result.format in ("ci_log", "plain", "app_log")
    assert isinstance(result.blocks, BlockCount)


def test_bytes_are_text_too() -> None:
    assert compress(LOG.encode()).data == compress(LOG).data
    assert compress(bytearray(LOG.encode())) == compress(memoryview(LOG.encode())) == compress(LOG)
    buffer: Any = bytearray(LOG.encode())
    assert Compressor().compress(buffer) == Compressor().compress(LOG)
    assert compress(b"\xff\xfe" + LOG.encode("utf-16-le")).encoding == "utf-16-le"


def test_text_with_lone_surrogates_comes_back() -> None:
    text = "caf\udce9 x\n" * 3
    assert compress(text).text == text


@pytest.mark.parametrize(
    "settings",
    [
        {"strategy": "aggressive"},
        {"max_tokens": 200},
        {"keep": ["done"]},
        {"drop": ["care"]},
        {"format": "plain"},
        {"markers": "short"},
    ],
)
def test_settings_are_the_configuration_s_keys(settings: dict[str, Any]) -> None:
    assert compress(LOG, **settings).changed


@pytest.mark.parametrize(
    "settings",
    [
        {"strategy": "brutal"},
        {"max_tokens": 0},
        {"max_savings": 101},
        {"max_savings": -1},
        {"min_quality": 1.5},
        {"min_compress_ratio": 2},
        {"dedup_threshold": -0.1},
        {"markers": "long"},
        {"format": "cobol"},
        {"tokenizer": "gpt-99"},
        {"no_such_key": 1},
    ],
)
def test_wrong_settings_are_refused_with_their_name(settings: dict[str, Any]) -> None:
    with pytest.raises(UsageError) as caught:
        compress(LOG, **settings)
    ((key, value),) = settings.items()
    assert key in str(caught.value) or repr(value) in str(caught.value)
    assert isinstance(caught.value, HeadroomError)


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"keep": ["("]}, "keep: '(' is not a regular expression"),
        ({"drop": [b"x"]}, "drop is b'x', but must be a regular expression or a list of them"),
        ({"max_savings": "x"}, "max_savings is 'x', but must be a percentage from 0 to 100"),
        ({"max_savings": float("nan")}, "must be a percentage from 0 to 100"),
        ({"max_tokens": "500"}, "max_tokens is '500', but must be a whole number of tokens, 1 or more"),
        ({"max_tokens": 500.5}, "must be a whole number of tokens, 1 or more"),
        ({"max_tokens": True}, "must be a whole number of tokens, 1 or more"),
        ({"dedup": "no"}, "dedup is 'no', but must be true or false"),
        ({"query": 5}, "query is 5, but must be a question in words"),
        ({"strategy": ["balanced"]}, "strategy is a list, but must be one of off"),
        ({"tokenizer": 5}, "tokenizer is 5, but must be the name of a vocabulary"),
        ({"name": 5}, "name is 5, but must be text"),
        ({"packs": "nothing"}, "there is no pack 'nothing'"),
        ({"baseline": "/not/there"}, "/not/there: no such file"),
        ({"strategi": "off"}, "unknown setting 'strategi' (did you mean strategy?)"),
        ({"force_drop": ["x"]}, "unknown setting 'force_drop'"),
        ({"boilerplate": frozenset()}, "unknown setting 'boilerplate'"),
    ],
)
def test_a_value_of_the_wrong_kind_is_refused_in_a_sentence(settings: dict[str, Any], message: str) -> None:
    with pytest.raises(HeadroomError) as caught:
        compress(LOG, **settings)
    assert message in str(caught.value)
    (key,) = settings
    assert {"force_drop", "boilerplate"}.isdisjoint(str(caught.value).replace(repr(key), "").replace(",", " ").split())


@pytest.mark.parametrize("key", ["keep", "drop"])
def test_a_text_where_a_list_may_stand_is_a_list_of_one(key: str) -> None:
    settings: dict[str, Any] = {key: "wheel|care"}
    listed: dict[str, Any] = {key: ["wheel|care"]}
    assert compress(LOG, **settings) == compress(LOG, **listed)
    assert compress(LOG, **settings, packs="pytest") == compress(LOG, **listed, packs=("pytest",))


@pytest.mark.parametrize("text", [5, None, ["x"], {"type": "log_file", "data": "x"}])
def test_what_is_no_text_is_refused(text: Any) -> None:
    with pytest.raises(UsageError, match="must be str or bytes"):
        compress(text)


@pytest.mark.parametrize("text", ["\ud800 x\n", "\udbff caf\udce9\n"])
def test_half_pairs_of_utf_16_do_not_fail(text: str) -> None:
    result = compress(text * 400, name="\ud800.log", query="why \ud800?")
    assert result.changed
    assert "399 more like L2" in result.text or "[L" in result.text
    assert Compressor().compress([{"type": "log_file", "data": text}])[0].reason == "under 500 tokens"
    assert headroom.ContextCompressor().compress(text).text


def test_results_and_errors_can_be_pickled() -> None:
    result = compress(LOG)
    assert pickle.loads(pickle.dumps(result)) == result
    error = pickle.loads(pickle.dumps(UsageError("no", place="a:1", hint="try")))
    assert (str(error), error.exit_code) == ("a:1: no (try)", 2)


def test_a_compressor_keeps_its_settings() -> None:
    compressor = Compressor(strategy="aggressive", max_reduction_pct=60, min_quality_score=0.0, dedup_threshold=0.8, summary_length_ratio=0.5)
    assert compressor.settings == Settings(strategy="aggressive", max_savings=60, min_quality=0.0, dedup_threshold=0.8, summary_length_ratio=0.5)
    assert compressor.compress(LOG).savings_pct <= 60
    assert compressor.compress(LOG) == compressor.compress(LOG.encode())


def test_the_defaults_are_those_of_the_docs() -> None:
    assert Compressor().settings == Settings(strategy="balanced", max_savings=95, min_quality=0.85, dedup_threshold=0.9, summary_length_ratio=0.3)


@pytest.mark.parametrize(
    "arguments",
    [
        {"strategy": "x"},
        {"strategy": 5},
        {"max_reduction_pct": 101},
        {"max_reduction_pct": "95"},
        {"min_quality_score": -1},
        {"dedup_threshold": 2},
        {"summary_length_ratio": 1.1},
        {"summary_length_ratio": -0.1},
        {"summary_length_ratio": True},
    ],
)
def test_a_compressor_refuses_what_is_out_of_range_by_its_own_names(arguments: dict[str, Any]) -> None:
    (name,) = arguments
    with pytest.raises(UsageError, match=f"^{name} is "):
        Compressor(**arguments)


@pytest.mark.parametrize("arguments", [{"log_prune": "0.9"}, {"code_preserve": 2}, {"strategy": "x"}])
def test_a_context_compressor_refuses_the_same_way(arguments: dict[str, Any]) -> None:
    (name,) = arguments
    with pytest.raises(UsageError, match=f"^{name} is "):
        headroom.ContextCompressor(**arguments)


@pytest.mark.parametrize("data", [5, None, {"type": "log_file", "data": "x"}, ["a"], [None], [{"type": [], "data": "x"}]])
def test_a_compressor_refuses_what_is_no_list_of_items(data: Any) -> None:
    with pytest.raises(UsageError, match="must be"):
        Compressor().compress(data)
PROSE = "\n\n".join(f"The {n}th keeper of the archive wrote down what was seen from the tower that year. Nobody has read it since. It says {n} things." for n in range(60))
BUILD = "\n".join(f"[{n}/300] CC src/part{n}.o" for n in range(300)) + "\nsrc/part9.c:3:1: error: expected ';'\n"
CODE = "\n".join(["# settings", *(f"LIMIT_{n} = {n}" for n in range(300)), "def run(x):", "    return x", "class Box:", "    size = 3"])


@pytest.mark.parametrize(
    ("kind", "text", "expected"),
    [
        ("rag_chunk", PROSE, "rag"),
        ("rag_chunk", BUILD, "plain"),
        ("rag_chunk", json.dumps([{"text": part} for part in PROSE.split("\n\n")]), "rag"),
        ("rag_chunk", json.dumps([{"n": n, "name": f"box {n}"} for n in range(300)]), "json"),
        ("code_file", CODE, "code"),
        ("code_file", PROSE, "plain"),
        ("code_file", BUILD, "plain"),
        ("log_file", PROSE, "plain"),
        ("tool_output", PROSE, "plain"),
    ],
)
def test_a_type_decides_where_the_text_shows_no_format(kind: str, text: str, expected: str) -> None:
    result = Compressor().compress([{"type": kind, "data": text}])[0]
    assert result.format == expected
    assert 0 < result.compressed_tokens <= result.original_tokens


def test_one_short_chunk_of_prose_passes() -> None:
    assert Compressor().compress([{"type": "rag_chunk", "data": "One short passage."}])[0].text == "One short passage."


def test_a_list_gives_results_in_the_same_order() -> None:
    items = [{"type": kind, "data": f"{kind}\n{LOG}"} for kind in INPUT_TYPES]
    results = Compressor().compress(items)
    assert [kind in result.name for kind, result in zip(INPUT_TYPES, results, strict=True)] == [True] * 4
    assert all(kind in result.text for kind, result in zip(INPUT_TYPES, results, strict=True))
    assert Compressor().compress([]) == []
    assert len(Compressor().compress(item for item in items)) == 4


@pytest.mark.parametrize("item", [{"type": "poem", "data": "x"}, {"data": "x"}, {"type": "log_file"}, {"type": "log_file", "data": 7}])
def test_a_wrong_item_is_named_by_its_place(item: dict[str, Any]) -> None:
    with pytest.raises(UsageError, match="item 1"):
        Compressor().compress([{"type": "log_file", "data": "x"}, item])


def test_a_preview_counts_every_strategy() -> None:
    counts = preview(read_document(LOG.encode(), name="x", path=None), Settings())
    assert list(counts) == list(STRATEGIES)
    assert counts["off"] >= counts["lossless"] >= counts["conservative"] >= counts["balanced"] >= counts["aggressive"]


def test_the_package_has_a_version_and_types() -> None:
    assert headroom.__version__.count(".") == 2
    from pathlib import Path

    assert (Path(headroom.__file__).parent / "py.typed").exists()


@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be"])
def test_utf_16_without_a_mark_comes_back_as_text(encoding: str) -> None:
    result = compress(LOG.encode(encoding))
    assert result.text.startswith("[headroom: ")
    assert "error: bad wheel in cart.c" in result.text
    assert result.encoding == encoding
@pytest.mark.parametrize("text", [None, 3, ["a"]])
def test_what_is_no_text_is_a_usage_error(text: Any) -> None:
    for call in (compress, headroom.ContextCompressor().compress):
        with pytest.raises(UsageError, match="must be str or bytes"):
            call(text)
