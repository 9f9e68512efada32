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
        {"max_reduction_pct": 101},
        {"min_quality_score": -1},
        {"dedup_threshold": 2},
        {"summary_length_ratio": 1.1},
        {"summary_length_ratio": -0.1},
    ],
)
def test_a_compressor_refuses_what_is_out_of_range(arguments: dict[str, Any]) -> None:
    with pytest.raises(UsageError):
        Compressor(**arguments)


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
