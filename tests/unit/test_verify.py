"""`verify` finds every way in which an output can break a promise."""

from __future__ import annotations

import re

import pytest

from headroom_cli.api import compress_document
from headroom_cli.settings import Settings
from headroom_cli.source import read_document
from headroom_cli.verify import verify

SOURCE = "".join(
    f"{line}\n"
    for line in [
        *(f"compiling part {chr(97 + n % 26)}{chr(97 + n // 26)} of the engine with care" for n in range(200)),
        "error: bad wheel in cart.c",
        *["waiting for the paint to dry"] * 60,
        "error: bad axle in cart.c",
        *(f"packing part {chr(97 + n % 26)}{chr(97 + n // 26)} of the engine in straw" for n in range(200)),
        "Segmentation fault (core dumped)",
        "the end",
    ]
)
DOCUMENT = read_document(SOURCE.encode(), name="build.log", path=None)
OUTPUT = compress_document(DOCUMENT, Settings()).text


def problems(output: str) -> list[str]:
    return verify(output.encode(), DOCUMENT)


def test_the_engine_s_own_output_is_fine() -> None:
    assert "[headroom: " in OUTPUT
    assert problems(OUTPUT) == []


def test_the_source_itself_is_fine() -> None:
    assert problems(SOURCE) == []


def lines() -> list[str]:
    return OUTPUT.splitlines(keepends=True)


def marker_at() -> int:
    return next(n for n, line in enumerate(lines()) if re.fullmatch(r"\[L\d+-\d+\]\n", line))


def test_without_a_header_it_is_no_output() -> None:
    assert "no header" in problems("".join(lines()[1:]))[0]


def test_a_changed_line_is_found() -> None:
    assert problems(OUTPUT.replace("bad wheel", "good wheel"))


@pytest.mark.parametrize("text", ["error: bad wheel in cart.c\n", "Segmentation fault (core dumped)\n", "the end\n"])
def test_a_line_left_out_without_a_marker_is_found(text: str) -> None:
    assert text in OUTPUT
    assert problems(OUTPUT.replace(text, ""))


def test_an_added_line_is_found() -> None:
    every = lines()
    assert problems("".join([*every[:3], "compiling part zz of nothing\n", *every[3:]]))


def test_lines_in_another_order_are_found() -> None:
    kept = [n for n, line in enumerate(lines()) if not line.startswith("[")]
    every = lines()
    every[kept[0]], every[kept[-1]] = every[kept[-1]], every[kept[0]]
    assert problems("".join(every))


def test_a_marker_left_out_is_found() -> None:
    every = lines()
    assert problems("".join(every[: marker_at()] + every[marker_at() + 1 :]))


@pytest.mark.parametrize("change", [(0, 1), (1, 0), (-1, 0), (0, -1), (5, 5)])
def test_a_marker_with_wrong_numbers_is_found(change: tuple[int, int]) -> None:
    every, at = lines(), marker_at()
    first, last = map(int, re.findall(r"\d+", every[at]))
    every[at] = f"[L{first + change[0]}-{last + change[1]}]\n"
    assert problems("".join(every))


def test_a_marker_beyond_the_end_is_found() -> None:
    assert problems(OUTPUT + "[L900-901]\n")
    assert problems("".join([*lines()[:1], "[L1-99999]\n"]))


def test_a_hidden_failure_must_be_counted() -> None:
    total = SOURCE.count("\n")
    (header, *_) = lines()
    assert problems(f"{header}[L1-{total}]\n")
    assert any("error" in text for text in problems(f"{header}[L1-{total - 2}]\nSegmentation fault (core dumped)\nthe end\n"))


def test_a_kind_of_failure_without_a_head_is_found() -> None:
    total = SOURCE.count("\n")
    (header, *_) = lines()
    assert any("crash" in text for text in problems(f"{header}[L1-200]\nerror: bad wheel in cart.c\n[L202-{total}: 1 error: bad axle; 1 crash]\n"))


def test_a_citation_that_lies_is_found() -> None:
    failure = "error: bad hub in cart.c\n    the hub is square and the axle that it has to go on is round\n"
    source = read_document((failure + SOURCE + failure).encode(), name="build.log", path=None)
    text = compress_document(source, Settings(strategy="aggressive")).text
    assert "1 error: same as L467" in text
    assert verify(text.encode(), source) == []
    for lie in ("same as L264", "same as L1", "same as L467, L264"):
        assert any("same as a shown" in told for told in verify(text.replace("same as L467", lie).encode(), source)), lie


def test_a_fold_that_lies_is_found() -> None:
    total = SOURCE.count("\n")
    (header, *_) = lines()
    first = SOURCE.splitlines()[0]
    assert any("not all like" in text for text in problems(f"{header}{first}\n[L2-{total}: {total - 1} more like L1]\n"))


def test_an_output_that_is_not_smaller_is_found() -> None:
    padded = lines()[0].replace("]", "; " + "word " * 9000 + "]")
    assert any("not smaller" in text for text in problems("".join([padded, *lines()[1:]])))


def test_a_forged_marker_of_the_source_is_a_line() -> None:
    source = "[L2-9]\n" + SOURCE
    document = read_document(source.encode(), name="x", path=None)
    output = compress_document(document, Settings()).data
    assert verify(output, document) == []


@pytest.mark.parametrize(
    "settings",
    [Settings(format="plain"), Settings(strategy="lossless"), Settings(markers="short"), Settings(strategy="conservative")],
)
def test_the_settings_of_the_run_are_those_of_the_check(settings: Settings) -> None:
    result = compress_document(DOCUMENT, settings)
    assert verify(result.data, DOCUMENT, settings) == []


def test_a_source_that_speaks_of_redacted_secrets_is_no_redacted_source() -> None:
    """A line that `redact` would change stands as it is in both."""
    source = read_document(("token = [redacted: aws] ada@example.org\n" + SOURCE).encode(), name="build.log", path=None)
    result = compress_document(source, Settings(keep=("ada@",)))
    assert "[redacted: aws] ada@example.org" in result.text
    assert verify(result.data, source) == []
