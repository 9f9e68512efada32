"""Large texts of other kinds than logs, made up line by line: for `speed.py --kinds`.

    MAKERS["json"](20_000_000)  ->  the lines of about 20 MB of records
"""

from __future__ import annotations

import json
import random
from collections.abc import Callable, Iterator

__all__ = ["MAKERS"]

WORDS = [a + b for a in "bdfgklmnprstvz" for b in ("ato", "eru", "ile", "oma", "unde")]


def _sized(size: int, lines: Iterator[str]) -> Iterator[bytes]:
    written = 0
    for line in lines:
        raw = line.encode() + b"\n"
        written += len(raw)
        yield raw
        if written > size:
            return


def _words(draw: random.Random, count: int) -> str:
    return " ".join(draw.choices(WORDS, k=count))


def records(size: int) -> Iterator[bytes]:
    """One array of findings, indented, as scanners write them."""
    draw, number, written = random.Random(5), 0, 0
    yield b"[\n"
    while written < size:
        number += 1
        one = {
            "id": f"ADV-{number}", "severity": draw.choice(["low", "low", "medium", "high"]), "score": draw.randint(0, 99) / 10,
            "package": {"name": draw.choice(WORDS), "version": f"{number % 9}.{number % 31}"}, "description": _words(draw, 12),
        }  # fmt: skip
        raw = (",\n" if number > 1 else "").encode() + json.dumps(one, indent=2).encode()
        written += len(raw)
        yield raw
    yield b"\n]\n"


def source(size: int) -> Iterator[bytes]:
    """Python functions."""

    def lines() -> Iterator[str]:
        draw, number = random.Random(6), 0
        while True:
            number += 1
            yield from (f"def {draw.choice(WORDS)}_{number}(alpha, beta={number % 7}):", f'    """{_words(draw, 8)}."""')
            yield from (f"    {draw.choice(WORDS)} = alpha.{draw.choice(WORDS)}(beta, {step})" for step in range(8))
            yield from ("    return alpha", "", "")

    return _sized(size, lines())


def matches(size: int) -> Iterator[bytes]:
    """What grep -rn prints."""

    def lines() -> Iterator[str]:
        draw = random.Random(7)
        for number in range(10**9):
            yield f"src/{WORDS[number // 900 % 70]}/{WORDS[number // 30 % 70]}_{number // 63_000}.c:{number % 30 * 17}:    {_words(draw, 6)}(total);"

    return _sized(size, lines())


def patch(size: int) -> Iterator[bytes]:
    """What git diff prints."""

    def lines() -> Iterator[str]:
        draw, number = random.Random(8), 0
        while True:
            number += 1
            name = f"src/{draw.choice(WORDS)}_{number}.c"
            yield from (f"diff --git a/{name} b/{name}", "index 1234567..89abcde 100644", f"--- a/{name}", f"+++ b/{name}")
            for hunk in range(4):
                yield f"@@ -{hunk * 50 + 1},7 +{hunk * 50 + 1},7 @@ int {draw.choice(WORDS)}(void)"
                yield from (f" {_words(draw, 5)}" for _ in range(3))
                yield from (f"-{_words(draw, 6)}", f"+{_words(draw, 6)}")
                yield from (f" {_words(draw, 5)}" for _ in range(3))

    return _sized(size, lines())


def rows(size: int) -> Iterator[bytes]:
    """CSV with a header."""

    def lines() -> Iterator[str]:
        draw = random.Random(9)
        yield "order,customer,country,total,state"
        for number in range(10**9):
            yield f"{number},{draw.choice(WORDS)},{draw.choice(WORDS[:9])},{draw.randint(1, 99_999) / 100},{draw.choice(['paid', 'paid', 'open'])}"

    return _sized(size, lines())


def documentation(size: int) -> Iterator[bytes]:
    """Markdown with headings, prose, lists and commands."""

    def lines() -> Iterator[str]:
        draw, number = random.Random(10), 0
        while True:
            number += 1
            yield from (f"## {_words(draw, 3)} {number}", "", f"{_words(draw, 40).capitalize()}. {_words(draw, 30).capitalize()}.", "")
            yield from (f"- {_words(draw, 9)}" for _ in range(4))
            yield from ("", "```sh", f"tool {draw.choice(WORDS)} --count {number}", "```", "")

    return _sized(size, lines())


MAKERS: dict[str, tuple[str, Callable[[int], Iterator[bytes]]]] = {
    "JSON records": (".json", records),
    "Python source": (".py", source),
    "search results": (".txt", matches),
    "diff": (".diff", patch),
    "CSV": (".csv", rows),
    "Markdown": (".md", documentation),
}
