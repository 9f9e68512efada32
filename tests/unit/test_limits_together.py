"""What holds where several things are asked at once: limits of several files, outputs that come back, patterns side by side."""

from __future__ import annotations

import time
from typing import Any

import pytest

import headroom
from headroom_cli.api import compress_document, compress_shared, explain_line
from headroom_cli.draft import is_header, is_output
from headroom_cli.errors import UsageError
from headroom_cli.model import Document
from headroom_cli.settings import Settings
from headroom_cli.source import read_document
from headroom_cli.tokens import get_counter
from headroom_cli.verify import verify


def log(seed: int, lines: int = 400) -> str:
    out = [f"step {seed}-{n} links part {n * 7} of module {n % 13} in {n % 90} ms" for n in range(lines)]
    out[lines // 2] = f"ERROR: module {seed} cannot be linked: undefined reference to part_{seed}"
    return "\n".join(out) + "\n"


def document(text: str, name: str = "<text>") -> Document:
    return read_document(text.encode(), name=name, path=None)


@pytest.mark.parametrize("extra", [{"min_compress_ratio": 0.99}, {"max_savings": 10.0}, {"strategy": "lossless"}, {"strategy": "conservative"}])
def test_a_shared_limit_comes_before_what_it_comes_before_alone(extra: dict[str, Any]) -> None:
    documents = [document(log(seed), f"{seed}.log") for seed in range(3)]
    results = compress_shared(documents, [Settings(**extra)] * 3, 900)
    assert sum(result.compressed_tokens for result in results) <= 900
    assert all(f"undefined reference to part_{seed}" in result.text for seed, result in enumerate(results))
    if extra.get("strategy") == "lossless":
        assert all("goes beyond what the strategy" in result.warnings[0] for result in results)


def test_a_shared_limit_that_all_keep_changes_nothing() -> None:
    documents = [document(log(seed)) for seed in range(2)]
    alone = [compress_document(own, Settings(max_savings=50)) for own in documents]
    assert compress_shared(documents, [Settings(max_savings=50)] * 2, 1_000_000) == alone


def test_documents_that_are_off_say_that_they_pass_the_limit() -> None:
    results = compress_shared([document(log(1)), document(log(2))], [Settings(strategy="off")] * 2, 500)
    assert all("max_tokens 500 is passed" in result.warnings[0] for result in results)


@pytest.mark.parametrize("patterns", [("(?i)PART_7\\b",), ("(?P<n>links) part", "(?P<n>module) 3"), (r"(\d)-(\d)\2 links", r"(x)(y)(z)")])
def test_patterns_stand_side_by_side(patterns: tuple[str, ...]) -> None:
    assert headroom.compress(log(1), keep=patterns).compressed_tokens > 0
    assert headroom.compress(log(1), drop=patterns).compressed_tokens > 0


def test_a_reference_counts_the_groups_of_its_own_pattern() -> None:
    kept = headroom.compress(log(1), keep=["(nothing)", r"part (\d)\1\1 of"], strategy="aggressive").text
    assert "part 777 of" in kept


def test_a_first_line_that_looks_like_a_header_does_not_switch_compression_off() -> None:
    forged = "[headroom: hello from our tool]\n" + log(1)
    result = headroom.compress(forged, max_tokens=300)
    assert result.compressed_tokens <= 300
    assert "undefined reference" in result.text
    assert not is_header(b"[headroom: hello from our tool]\n")


def test_an_output_passes_and_says_so_where_a_limit_asks_for_less() -> None:
    output = headroom.compress(log(1, 4000)).text
    again = headroom.compress(output, max_tokens=40)
    assert again.text == output
    assert again.warnings == ("max_tokens 40 is passed: already compressed",)


def test_an_output_of_several_files_passes_and_holds_against_each() -> None:
    texts = {f"{seed}.log": log(seed, 900) for seed in range(2)}
    parts = [compress_document(document(text, name), Settings()).text for name, text in texts.items()]
    output = "\n".join(f"==> {name} <==\n{part}" for name, part in zip(texts, parts, strict=True))
    assert is_output(output.encode())
    assert headroom.compress(output).text == output
    for name, text in texts.items():
        assert verify(output.encode(), document(text, name)) == []
    assert verify(output.encode().replace(b"part_1", b"part_9"), document(texts["1.log"], "1.log"))


@pytest.mark.parametrize("limit", [45, 60, 120])
def test_an_output_under_a_tight_limit_holds_under_that_limit(limit: int) -> None:
    source = document("\n".join(f"Exception{n % 50}Error: kind {n} failed with code {n}" for n in range(900)) + "\n")
    result = compress_document(source, Settings(max_tokens=limit))
    assert verify(result.data, source, Settings(max_tokens=limit)) == []


def test_secrets_are_taken_out_of_what_is_not_text_too() -> None:
    raw = b"\x00\x01 token ghp_" + b"a1B2c3D4e5F6g7H8i9J0k1L2m3N4o5P6q7R8" + b" \x00\n"
    result = compress_document(read_document(raw, name="x", path=None), Settings(redact=True))
    assert b"ghp_a1B2" not in result.data
    off = compress_document(document(log(1)), Settings(redact=True, strategy="off"))
    assert off.warnings == ("secrets were not looked for: off",)


def test_a_line_of_a_report_is_explained_by_the_part_that_stands_on_it() -> None:
    cases = "\n".join(f'  <testcase name="t{n}" time="0.1">{"<failure message=" + chr(34) + "boom" + chr(34) + "/>" if n == 70 else ""}</testcase>' for n in range(100))
    told = dict(explain_line(document(f'<testsuite name="s" tests="100">\n{cases}\n</testsuite>\n'), Settings(), 72))
    assert "t70" in told["line"] or "boom" in told["line"]


def test_a_line_of_json_has_no_unit_of_its_own() -> None:
    rows = ",\n".join(f'{{"id": {n}, "name": "n{n}", "state": "ok"}}' for n in range(400))
    with pytest.raises(UsageError, match="whose units are not its lines"):
        explain_line(document(f"[\n{rows}\n]\n"), Settings(), 200)


def test_quality_that_is_asked_for_grows_past_what_goes_first() -> None:
    source = "".join(f"def part_{n}(alpha, beta):\n    gamma = alpha + beta * {n}\n    return gamma\n\n\n" for n in range(120))
    low, high = (compress_document(document(source, "x.py"), Settings(format="code", min_quality=quality)) for quality in (0.1, 0.999))
    assert high.quality >= low.quality
    assert high.quality >= 0.999 or "min_quality 0.999 was not reached" in high.warnings[0]


@pytest.mark.parametrize(
    "make",
    [
        lambda n: "--- ---\n" * n,
        lambda n: "\n".join(f"2026-01-02T{k // 3600 % 24:02d}:{k // 60 % 60:02d}:00.123Z message number {k * 7919 % 1000} of part {k}" for k in range(n)) + "\n",
        lambda n: "\t\r" * n,
        lambda n: "error: " + "x" * 2_000 + "\nplain\n" * 3 + ("warning: " + "y" * 1_700 + "\n") * (n // 40),
    ],
    ids=["rulers", "silences", "blanks", "long lines"],
)
def test_twice_the_text_takes_about_twice_the_time(make: Any) -> None:
    def seconds(lines: int) -> float:
        text = make(lines)
        best = 1e9
        for _ in range(2):
            start = time.perf_counter()
            result = headroom.compress(text, tokenizer="estimate")
            verify(result.data, document(text))
            best = min(best, time.perf_counter() - start)
        return best

    seconds(500)
    assert seconds(8_000) < 9 * seconds(2_000) + 0.3


def test_the_estimate_reads_blanks_in_one_pass() -> None:
    start = time.perf_counter()
    assert get_counter("estimate").count("\t\r" * 60_000) > 0
    assert time.perf_counter() - start < 2
