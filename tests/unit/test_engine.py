"""What one run does with a document: what passes, what the header says, what markers say."""

from __future__ import annotations

import pytest

from headroom_cli.draft import HEADER, is_marker, plural
from headroom_cli.engine import run, run_shared
from headroom_cli.model import Document, Result
from headroom_cli.settings import STRATEGIES, Settings
from headroom_cli.source import read_document
from headroom_cli.tokens import get_counter
from headroom_cli.work import HEADER_TOKENS

COUNTER = get_counter("o200k_base")
BUILD = "".join(f"compiling part {n} of the engine with care\n" for n in range(300)) + "error: bad wheel in cart.c\n" + "done\n" * 100


def document(data: str | bytes = BUILD, name: str = "build.log", path: str | None = None) -> Document:
    return read_document(data.encode() if isinstance(data, str) else data, name=name, path=path)


def compress(data: str | bytes = BUILD, **settings: object) -> Result:
    return run(document(data), Settings(**settings), COUNTER)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("data", "settings", "reason"),
    [
        (BUILD, {"strategy": "off"}, "off"),
        (BUILD, {"compress": False}, "compress: false"),
        ("short\n", {}, "under 500 tokens"),
        ("", {}, "under 500 tokens"),
        (b"\x7fELF\0\0" + b"x " * 4000, {}, "binary"),
        ("[headroom: a.log, 9 lines; cut [L1-9]: headroom retrieve FILE:L1-9]\n" + BUILD, {}, "already compressed"),
        (
            "".join(f"{chr(97 + n % 26)}{n * n} is unlike {n * 7919}\n" for n in range(60)),
            {"strategy": "lossless"},
            "not smaller",
        ),
    ],
)
def test_what_passes_unchanged_says_why(data: str | bytes, settings: dict[str, object], reason: str) -> None:
    result = compress(data, **settings)
    assert result.reason == reason
    assert result.data == (data.encode() if isinstance(data, str) else data)
    assert not result.changed
    assert result.quality == 1.0


def test_binary_input_warns() -> None:
    assert any("binary" in text for text in compress(b"\0" * 9000).warnings)


def header(result: Result) -> str:
    return result.text.split("\n", 1)[0]


def test_the_header_names_the_source_and_how_to_retrieve() -> None:
    stored = run(document(path="build.log"), Settings(), COUNTER)
    assert header(stored).startswith("[headroom: build.log, 401 lines")
    assert "headroom retrieve" in header(stored)
    assert "not stored" in header(compress())


@pytest.mark.parametrize(
    "name",
    ["b", "build.log", "a/very/long/" + "path/" * 40 + "build.log", "x" * 300, "é漢😀" * 40, "two words [x].log", "new\nline"],
)
@pytest.mark.parametrize("path", [None, "build.log"])
def test_the_header_is_one_line_of_at_most_40_tokens(name: str, path: str | None) -> None:
    stamped = "".join(f"2026-01-02T03:04:{n % 60:02d}.1234567Z \x1b[1m{line}\x1b[0m\n" for n, line in enumerate(BUILD.splitlines()))
    for data in (
        BUILD,
        stamped,
        "##[group]Run a step with a very long name that goes on and on " + "x" * 99 + "\n" + BUILD + "##[error]Process completed with exit code 1.\n",
    ):
        result = run(document(data, name, path), Settings(), COUNTER)
        assert header(result).startswith(HEADER.decode())
        assert header(result).endswith("]")
        assert COUNTER.count(header(result)) <= HEADER_TOKENS
        assert f"{data.count(chr(10))} lines" in header(result)


def test_the_header_says_what_was_cut_from_every_line() -> None:
    stamped = "".join(f"2026-01-02T03:04:05.1234567Z \x1b[1m{line}\x1b[0m\n" for line in BUILD.splitlines())
    result = compress(stamped)
    assert "cut: timestamps, colour" in header(result)
    assert "\x1b" not in result.text
    lossless = compress(stamped, strategy="lossless")
    assert "cut: timestamps" not in header(lossless)
    assert "\x1b[1m" in lossless.text


def test_the_header_names_the_failing_step() -> None:
    log = "##[group]Run make test\n" + BUILD + "##[error]Process completed with exit code 2.\nPost job cleanup.\n" + "removing\n" * 30
    assert "failed: 'make test' L1-" in header(compress(log))


def test_repeats_fold_into_one_line_and_a_count() -> None:
    lines = compress(strategy="lossless").text.splitlines()
    assert lines[-2:] == ["done", "[L303-401: 99 more like L302]"]


def test_no_dedup_folds_nothing() -> None:
    assert "more like" not in compress(dedup=False).text
    assert compress(strategy="lossless", dedup=False).reason == "not smaller"


def test_the_failure_is_kept_and_a_gap_says_what_it_hides() -> None:
    text = BUILD + "".join(f"error: bad spoke {chr(97 + n % 26)}{chr(97 + n // 26)} in wheel\n" for n in range(120))
    result = compress(text, max_tokens=300)
    assert "error: bad" in result.text
    assert result.blocks.found == result.blocks.shown + result.blocks.named
    assert result.blocks.named > 0
    assert any(" errors: " in line for line in result.text.splitlines() if is_marker(line.encode()))


AGAIN = "".join(
    [
        *(f"compiling part {chr(97 + n % 26)}{chr(97 + n // 26)} of the engine with care\n" for n in range(300)),
        "error: bad wheel in cart.c\n    the hub is square and the axle that it has to go on is round\n",
        *(f"packing part {chr(97 + n % 26)}{chr(97 + n // 26)} of the engine in straw\n" for n in range(300)),
        "[ERROR] error: bad wheel in cart.c\n    the hub is square and the axle that it has to go on is round\n",
        *(f"moving part {chr(97 + n % 26)}{chr(97 + n // 26)} of the engine by cart\n" for n in range(300)),
        "error: bad wheel in cart.c\n    the hub is round\n",
    ]
)


def test_a_failure_printed_again_is_shown_once_and_cited_by_its_line() -> None:
    text = compress(AGAIN, strategy="aggressive").text
    assert text.count("the hub is square") == 1
    assert "[ERROR] error: bad wheel in cart.c\n    the hub is square and the axle that it has to go on is round\n" in text  # the last time
    assert "1 error: same as L603" in text
    assert "the hub is round" in text  # another failure


def test_without_dedup_a_failure_printed_again_is_one_of_its_own() -> None:
    text = compress(AGAIN, strategy="aggressive", dedup=False).text
    assert "the hub is square" in text
    assert "same as" not in text


def test_short_markers_count_without_names() -> None:
    text = BUILD + "".join(f"error: bad spoke {chr(97 + n % 26)}{chr(97 + n // 26)} in wheel\n" for n in range(120))
    notes = [line for line in compress(text, max_tokens=300, markers="short").text.splitlines() if is_marker(line.encode()) and "error" in line]
    assert notes
    assert all(": bad" not in note and "spoke" not in note for note in notes)


def test_very_long_lines_lose_their_middle() -> None:
    text = BUILD + "bundle " + "abcdefg;" * 5_000 + " end\n"
    result = compress(text)
    assert max(map(len, result.text.splitlines())) < 3_000
    if "bundle" in result.text:
        assert "characters ...]" in result.text


def test_forged_markers_are_kept_and_told() -> None:
    result = compress("[L3-9]\n" + BUILD + "[L1: 2 errors: x]\n")
    assert result.text.splitlines()[1] == "[L3-9]"
    assert "[L1: 2 errors: x]" in result.text.splitlines()
    assert any("2 lines of the input look like" in text for text in result.warnings)


def test_units_and_kept_count_the_source_s_lines() -> None:
    result = compress()
    assert result.units == 401
    assert 0 < result.kept < 401
    assert result.original_bytes == len(BUILD)


@pytest.mark.parametrize("strategy", [name for name in STRATEGIES if name != "off"])
def test_a_stronger_strategy_never_leaves_more(strategy: str) -> None:
    order = list(STRATEGIES)
    weaker = order[order.index(strategy) - 1]
    assert compress(strategy=strategy).compressed_tokens <= compress(strategy=weaker).compressed_tokens


def test_crlf_stays() -> None:
    result = compress(BUILD.replace("\n", "\r\n"))
    assert result.changed
    assert result.data.count(b"\r\n") == result.data.count(b"\n") > 2


def test_estimates_are_told_from_counts() -> None:
    result = run(document(), Settings(tokenizer="estimate"), get_counter("estimate"))
    assert not result.exact
    assert compress().exact


def test_a_shared_run_gives_results_in_order() -> None:
    results = run_shared([document(BUILD, "a"), document("tiny\n", "b"), document(BUILD, "c")], [Settings()] * 3, 700, COUNTER)
    assert [result.name for result in results] == ["a", "b", "c"]
    assert sum(result.compressed_tokens for result in results) <= 700


@pytest.mark.parametrize(
    ("kind", "count", "text"),
    [
        ("error", 1, "1 error"),
        ("error", 3, "3 errors"),
        ("crash", 2, "2 crashes"),
        ("failed test", 4, "4 failed tests"),
        ("out of memory", 2, "2 out of memory"),
        ("dependency", 2, "2 dependencies"),
        ("key", 2, "2 keys"),
    ],
)
def test_markers_count_in_english(kind: str, count: int, text: str) -> None:
    assert plural(kind, count) == text


@pytest.mark.parametrize("line", [b"[L3]", b"[L3-90]", b"[L3-90: 3 errors: a, b]", b"[L5-90: 86 more like L4]", b"[+187 s]"])
def test_markers_are_recognised(line: bytes) -> None:
    assert is_marker(line)


@pytest.mark.parametrize("line", [b"", b"[L]", b"[L3", b"L3-9", b" [L3]", b"[L3] x", b"[3-9]", b"[Lx]", b"[+ s]", b"[INFO] x", b"[L3-]"])
def test_other_lines_are_no_markers(line: bytes) -> None:
    assert not is_marker(line)
