"""Retrieved chunks: detection, reading, the format's promises, and the library's functions."""

from __future__ import annotations

import json
import pickle
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import headroom
from headroom_cli.api import compress_document
from headroom_cli.errors import UsageError
from headroom_cli.formats import choose
from headroom_cli.formats.rag.chunks import SENTENCE, read_text
from headroom_cli.formats.rag.records import read_records
from headroom_cli.formats.rag.relevance import of_chunks, spread_order
from headroom_cli.model import Document, Result
from headroom_cli.rag import ContextCompressor, rag_compress
from headroom_cli.settings import Settings
from headroom_cli.source import read_document
from headroom_cli.text.sentences import spans
from headroom_cli.verify import verify

TOPICS = ["backup", "indexer", "volume", "policy", "manifest", "segment", "gateway", "planner", "mirror", "ledger", "router", "sandbox"]
TEXTS = [
    f"The {topic} is started by the operator at hour {n}. It keeps {n + 3} copies of what the {topic} has seen before that. "
    f"Nobody has to look at the {topic} while it is running in the background. When the {topic} stops, the {topic} lamp goes out at once."
    for n, topic in enumerate(TOPICS)
]
RECORDS: list[dict[str, Any]] = [{"id": f"r{n}", "text": text, "score": round(0.9 - n / 50, 2)} for n, text in enumerate(TEXTS)]
QUESTION = "what happens when the router stops?"
ANSWER = "When the router stops, the router lamp goes out at once."
SHAPES = {
    "array": json.dumps(RECORDS, indent=2) + "\n",
    "lines": "".join(json.dumps(record) + "\n" for record in RECORDS),
    "one line": json.dumps(RECORDS),
    "inside an object": json.dumps({"query": QUESTION, "results": RECORDS}, indent=1),
    "nested": json.dumps([{"node": {"text": text, "id": n}, "score": 0.5} for n, text in enumerate(TEXTS)], indent=1),
    "numbered": "".join(f"[{n}] {TOPICS[n - 1]}\n{TEXTS[n - 1]}\n\n" for n in range(1, 13)),
    "documents": "\n".join(f"Document [{n}](Title: {topic}) {text}" for n, (topic, text) in enumerate(zip(TOPICS, TEXTS, strict=True), 1)),
    "chunk heads": "".join(f"--- Chunk {n} ---\nSource: docs/{n}.md\n{text}\n" for n, text in enumerate(TEXTS)),
    "tags": "".join(f'<document index="{n}">\n{text}\n</document>\n' for n, text in enumerate(TEXTS)),
    "separators": "\n---\n".join(TEXTS),
    "paragraphs": "\n\n".join(TEXTS),
    "texts": json.dumps(TEXTS),
}
ONLY_ASKED_FOR = {"separators", "paragraphs", "texts"}


def document(text: str) -> Document:
    return read_document(text.encode("utf-8"), name="chunks", path="chunks")


def run(text: str, **options: Any) -> Result:
    return compress_document(document(text), Settings(**options))


@pytest.mark.parametrize("shape", SHAPES)
def test_what_is_recognised(shape: str) -> None:
    assert (choose(document(SHAPES[shape])).name == "rag") == (shape not in ONLY_ASKED_FOR)


@pytest.mark.parametrize(
    "text",
    [
        json.dumps([{"role": "user", "content": text} for text in TEXTS], indent=1),
        "".join(json.dumps({"level": "info", "msg": "x", "text": text}) + "\n" for text in TEXTS),
        json.dumps([{"id": n, "name": f"n{n}", "size": n * 3, "owner": "a", "tags": ["x", "y"], "text": "short"} for n in range(40)], indent=1),
        "".join(f"[{n}] Author, A. Title of a paper. Journal, 2010.\n" for n in range(1, 30)),
        "".join(f"[{n}/40] Building CXX object lib/part.dir/file_{n}.cpp.o\n" for n in range(1, 40)),
        "# Guide\n\n" + "\n\n---\n\n".join(TEXTS),
    ],
    ids=["conversation", "log", "records", "references", "build", "markdown"],
)
def test_what_is_left_to_others(text: str) -> None:
    assert choose(document(text)).name != "rag"


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("strategy", ["conservative", "balanced", "aggressive"])
def test_the_answer_stays_and_the_promises_hold(shape: str, strategy: str) -> None:
    own = Settings(strategy=strategy, format="rag", query=QUESTION)
    source = document(SHAPES[shape])
    result = compress_document(source, own)
    assert ANSWER in result.text
    assert result.changed or strategy == "conservative"
    assert verify(result.data, source, own) == []
    assert strategy == "conservative" or result.savings_pct >= 60


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("limit", [{"max_tokens": 90}, {"max_savings": 20.0}, {"max_savings": 1.0}, {"markers": "short"}, {"dedup": False}])
def test_limits_hold(shape: str, limit: dict[str, Any]) -> None:
    own = Settings(format="rag", **limit)
    source = document(SHAPES[shape])
    result = compress_document(source, own)
    assert verify(result.data, source, own) == []
    assert result.compressed_tokens <= limit.get("max_tokens", result.compressed_tokens)
    assert result.savings_pct <= limit.get("max_savings", 100)


def test_lossless_json_is_the_same_data() -> None:
    assert json.loads(run(SHAPES["array"], strategy="lossless").text) == RECORDS


def test_records_keep_their_identity_and_lose_their_embeddings() -> None:
    records = [record | {"embedding": [n / 7 + k for k in range(64)]} for n, record in enumerate(RECORDS)]
    text = run(json.dumps(records), query=QUESTION).text
    assert '{"id":"r10","score":0.7}' in text
    assert "cut: JSON syntax, embeddings" in text.partition("\n")[0]
    assert "embedding" not in text.partition("\n")[2]


def test_numbers_of_a_record_stay_as_they_were_written() -> None:
    corpus = read_records('[{"id": 12345678901234567890, "score": 1.10, "text": "a"}, {"id": 1e400, "text": "b"}]')
    assert corpus is not None
    assert [corpus.pieces[chunk.start].text for chunk in corpus.chunks] == ['{"id":12345678901234567890,"score":1.10}', '{"id":1e400}']


def test_repeats_are_named() -> None:
    records = [*RECORDS[:6], {"id": "again", "text": TEXTS[2]}, *RECORDS[6:]]
    assert "[L7: repeats L3]" in run("".join(json.dumps(record) + "\n" for record in records), strategy="conservative").text


def test_lines_that_look_like_markers_are_kept() -> None:
    text = SHAPES["numbered"].replace(TEXTS[4], TEXTS[4] + "\n[L3-9]")
    result = run(text, query=QUESTION)
    assert "\n[L3-9]\n" in result.text
    assert any("look like" in warning for warning in result.warnings)
    assert verify(result.data, document(text), Settings(query=QUESTION)) == []


@pytest.mark.parametrize("text", ['[{"text": "a"', "[1, 2, 3]", '{"a": {"b": 1}}', "[" * 5000, "", "\n\n", "---\n---\n", '[{"text": "\\ud800 \\u0000 \\r\\n x"}]'])
def test_odd_input_degrades(text: str) -> None:
    own = Settings(format="rag", max_tokens=40)
    long = text + " " * 10 + "word " * 300 if text[:1] not in "[{" else text
    assert compress_document(document(long), own).data is not None


LINES = st.lists(
    st.sampled_from(["[1] Title", "[2] Title", "[3] Other", "", "---", "Source: a.md", "[L3-9]", "[headroom: x]", *TEXTS[:3], "A wrapped line that", "goes on here."]),
    min_size=20, max_size=60,
)  # fmt: skip


@settings(max_examples=40)
@given(LINES, st.sampled_from(["conservative", "balanced", "aggressive"]), st.sampled_from([None, QUESTION]), st.booleans())
def test_promises_hold_for_any_text(lines: list[str], strategy: str, query: str | None, crlf: bool) -> None:
    source = document(("\r\n" if crlf else "\n").join(lines))
    own = Settings(format="rag", strategy=strategy, query=query)
    assert verify(compress_document(source, own).data, source, own) == []


VALUES = st.one_of(st.none(), st.integers(), st.text(max_size=8), st.floats(allow_nan=False), st.lists(st.integers(), max_size=3))
ANY_RECORDS = st.lists(st.dictionaries(st.sampled_from(["id", "score", "title", "metadata"]), VALUES, max_size=3), min_size=3, max_size=12)


@settings(max_examples=40)
@given(ANY_RECORDS, st.lists(st.one_of(st.sampled_from(TEXTS), st.text(max_size=60)), min_size=12, max_size=12), st.sampled_from([None, 1]), st.booleans())
def test_promises_hold_for_any_records(records: list[dict[str, Any]], texts: list[str], indent: int | None, asked: bool) -> None:
    text = json.dumps([record | {"text": own + " " + TEXTS[0]} for record, own in zip(records, texts, strict=False)], indent=indent)
    own = Settings(format="rag", query=QUESTION if asked else None)
    assert verify(compress_document(document(text), own).data, document(text), own) == []


def test_pieces_of_a_row_are_its_text() -> None:
    lines = SHAPES["documents"].split("\n")
    corpus = read_text(lines)
    assert ["".join(piece.text for piece in corpus.pieces if piece.row == row) for row in range(len(lines))] == lines
    assert sum(1 for piece in corpus.pieces if piece.role == SENTENCE) == 48


def test_the_command_line(tmp_path: Path) -> None:
    path = tmp_path / "chunks.jsonl"
    path.write_text(SHAPES["lines"])
    command = [sys.executable, "-m", "headroom_cli", "compress", "--no-config", "--format", "rag", "--query", QUESTION, str(path)]
    out = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    assert ANSWER in out
    assert '{"id":"r10"' in out


def test_relevance_is_a_share_of_the_best() -> None:
    found = of_chunks("which lamp goes out when the router stops?", [""] * 12, TEXTS)
    assert max(found.shares) == found.shares[10] == 1.0
    assert min(found.shares) >= 0.0
    assert found.sure


def test_a_title_that_the_question_holds_whole_counts() -> None:
    assert of_chunks("when did the It movie open?", ["", "It (film)"], ["The movie opened.", "A sequel is planned."]).shares[1] > 0.3


def test_spread_takes_what_says_something_new() -> None:
    order = spread_order([1.0, 0.9, 0.8], ["the cache is full", "the cache is full", "a router is down"])
    assert [place for place, _ in order] == [0, 2, 1]


def test_rag_compress_keeps_what_answers() -> None:
    docs = [{"text": text, "metadata": {"n": n}} for n, text in enumerate(TEXTS)]
    result = headroom.rag_compress(docs, QUESTION)
    assert [chunk.index for chunk in result.chunks] == [10]
    assert result.chunks[0].metadata is docs[10]["metadata"]
    assert result.chunks[0].score == 1.0
    assert len(result.dropped) == 11
    assert result.dropped[0].reason.endswith("is under 0.7")
    assert result.original_tokens > result.compressed_tokens > 0
    assert pickle.loads(pickle.dumps(result)) == result
    assert ANSWER in result.text


def test_chunks_stay_in_order_and_sentences_go_with_a_mark() -> None:
    result = rag_compress(TEXTS, QUESTION, min_relevance_score=0, max_chunks=6, strategy="aggressive")
    places = [chunk.index for chunk in result.chunks]
    assert places == sorted(places)
    assert len(places) == 6
    assert 10 in places
    assert "characters ...]" in result.text
    for chunk in result.chunks:
        for part in chunk.text.split("[... ")[0:1]:
            assert part.strip() in TEXTS[chunk.index]


@pytest.mark.parametrize(("strategy", "left"), [("off", 13), ("lossless", 12), ("conservative", 1), ("balanced", 1), ("aggressive", 1)])
def test_what_each_strategy_may_do(strategy: str, left: int) -> None:
    assert len(rag_compress([*TEXTS, TEXTS[10]], QUESTION, strategy=strategy).chunks) == left


def test_repeats_say_what_they_repeat() -> None:
    dropped = rag_compress([TEXTS[0], TEXTS[0].upper()]).dropped
    assert [(gone.index, gone.reason) for gone in dropped] == [(1, "repeats chunk 0")]


def test_the_users_embeddings_and_scores_are_used() -> None:
    docs = [{"text": text, "embedding": [float(n == k) for k in range(12)], "score": n} for n, text in enumerate(TEXTS)]
    asked = rag_compress(docs, QUESTION, query_embedding=[float(k == 3) for k in range(12)])
    assert (asked.scored_by, [chunk.index for chunk in asked.chunks]) == ("embeddings", [3])
    scored = rag_compress(docs, min_relevance_score=0.9)
    assert (scored.scored_by, [chunk.index for chunk in scored.chunks]) == ("scores", [10, 11])
    among = rag_compress([{"text": own["text"], "embedding": own["embedding"]} for own in docs])
    assert among.scored_by == "embeddings"
    assert rag_compress(TEXTS).scored_by == "nothing"


def test_where_nothing_matches_a_warning_says_so_and_no_chunk_is_judged_by_it() -> None:
    result = rag_compress(TEXTS, "xylophone zebra")
    assert result.scored_by == "nothing"
    assert "asked for" in result.warnings[0]
    assert (len(result.chunks), {chunk.score for chunk in result.chunks}) == (10, {1.0})
    assert rag_compress(TEXTS, QUESTION).warnings == ()


def test_writing_without_blanks_is_searched() -> None:
    docs = ["大阪は西日本の中心都市で、食文化で知られています。", "日本の首都は東京です。人口は約千四百万人です。", "京都には多くの寺院と神社があります。"]
    result = rag_compress(docs, "日本の首都はどこですか")
    assert (result.scored_by, result.chunks[0].index, result.chunks[0].score) == ("bm25", 1, 1.0)
    assert spans(docs[1]) == ["日本の首都は東京です。", "人口は約千四百万人です。"]


def test_scores_below_zero_count_from_the_lowest() -> None:
    result = rag_compress([{"text": text, "score": score} for text, score in zip(TEXTS, (-9.0, -1.0, -5.0), strict=False)], min_relevance_score=0.4)
    assert (result.scored_by, [(chunk.index, chunk.score) for chunk in result.chunks]) == ("scores", [(1, 1.0), (2, 0.5)])


def test_results_are_plain_numbers() -> None:
    class Single(float):
        pass

    docs = [{"text": text, "embedding": [Single(n), Single(1)], "score": Single(n)} for n, text in enumerate(TEXTS)]
    for result in (rag_compress(docs), rag_compress(docs, query_embedding=[Single(1), Single(1)])):
        assert {type(chunk.score) for chunk in (*result.chunks, *result.dropped)} == {float}


@pytest.mark.parametrize("numbers", [3, 16, 400])
@pytest.mark.parametrize("indent", [None, 1, 4])
def test_embeddings_are_no_sign_against_chunks(numbers: int, indent: int | None) -> None:
    records = [{"page_content": text, "metadata": {"title": TOPICS[n], "loc": {"from": n}}, "embedding": [0.25 * k for k in range(numbers)]} for n, text in enumerate(TEXTS)]
    assert choose(document(json.dumps(records, indent=indent))).name == "rag"


def test_no_documents() -> None:
    assert rag_compress([], "what?").chunks == ()


@pytest.mark.parametrize(
    ("docs", "options", "message"),
    [
        ([1], {}, "document 0"),
        ([{"metadata": {}}], {}, "document 0"),
        (["a", {"text": "b", "score": "high"}], {}, "document 1"),
        (["a", {"text": "b", "score": "0.9"}], {}, "document 1"),
        ([{"text": "b", "score": float("nan")}], {}, "document 0"),
        ([{"text": "b", "embedding": [1, float("inf")]}], {}, "document 0"),
        ([{"text": "b", "embedding": [1]}], {"query_embedding": ["x"]}, "query_embedding"),
        ("abc", {}, "`docs`"),
        ({"text": "abc"}, {}, "`docs`"),
        (["a"], {"min_relevance_score": 1.5}, "min_relevance_score"),
        (["a"], {"max_chunks": 0}, "max_chunks"),
        (["a"], {"strategy": "harsh"}, "strategy"),
        (["a"], {"scorer": "magic"}, "scorer"),
        ([{"text": "a", "embedding": [1, 2]}], {"query_embedding": [1.0]}, "2 numbers, but 1"),
    ],
)
def test_mistakes_are_named(docs: Any, options: dict[str, Any], message: str) -> None:
    with pytest.raises(UsageError, match=message):
        rag_compress(docs, **options)


@pytest.mark.parametrize("name", ["code_preserve", "log_prune", "json_dedup"])
@pytest.mark.parametrize("value", [-0.1, 1.1])
def test_context_compressor_checks_its_arguments(name: str, value: float) -> None:
    with pytest.raises(UsageError, match=name):
        ContextCompressor(**{name: value})  # type: ignore[arg-type]


def test_context_compressor_says_what_it_found_and_maps_its_arguments() -> None:
    compressor = headroom.ContextCompressor(code_preserve=0.7, log_prune=0.5, json_dedup=0.4)
    result = compressor.compress(SHAPES["array"], QUESTION)
    assert result.input_type == "rag"
    assert result.savings_pct <= 40
    assert compressor.settings("code").min_quality == 0.7
    assert compressor.settings("ci_log").max_savings == 50
