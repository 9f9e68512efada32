"""Search results: definitions before uses, every file named with what is hidden of it, for all tools that print them."""

from __future__ import annotations

import json
import re

import pytest
from hypothesis import HealthCheck, Phase, given
from hypothesis import settings as examples
from hypothesis import strategies as st

from headroom_cli.api import compress_document
from headroom_cli.formats import choose, search
from headroom_cli.formats.search.matches import CONTEXT, HEADING, MATCH, SEPARATOR, find_events, find_matches
from headroom_cli.formats.search.notes import short_names
from headroom_cli.model import Document, Result
from headroom_cli.settings import Settings
from headroom_cli.source import read_document
from headroom_cli.text.envelope import find_envelope
from headroom_cli.verify import verify

quick = examples(max_examples=20, suppress_health_check=list(HealthCheck), phases=(Phase.explicit, Phase.generate))


def document(text: str) -> Document:
    return read_document(text.encode("utf-8", "surrogateescape"), name="found.txt", path="found.txt")


def compressed(text: str, **settings: object) -> Result:
    return compress_document(document(text), Settings(format="search", **settings))  # type: ignore[arg-type]


def uses(path: str, count: int, word: str = "total", first: int = 1) -> list[str]:
    return [f"{path}:{first + n * 3}:        rows_{n} = {word}(items_{n}, rate={n})" for n in range(count)]


def test_the_definition_stays_and_every_file_is_named_with_its_count() -> None:
    lines = [*uses("src/a.py", 30), *uses("src/shop/b.py", 30), "src/shop/cart.py:12:def total(items, rate):", *uses("src/shop/cart.py", 20, first=40), *uses("tests/test_c.py", 40)]
    result = compressed("\n".join(lines) + "\n")
    assert "cart.py]" in result.text
    assert "12:def total(items, rate):" in result.text
    assert result.savings_pct > 65
    for name in ("a.py", "b.py", "cart.py", "test_c.py"):
        assert name in result.text
    assert verify(result.data, document("\n".join(lines) + "\n"), Settings(format="search")) == []


@pytest.mark.parametrize(
    "definition",
    [
        "class Total:",
        "export class Total<T> extends Base {",
        "type Total struct {",
        "func (c *Cart) Total(items []Item) int {",
        "pub fn Total(items: &[Item]) -> u32 {",
        "public abstract class Total extends View {",
        "export interface Total {",
        "#define Total(x) ((x) + 1)",
        "Total = function (items) {",
        "struct Total {",
        "enum class Total {",
        "trait Total {",
        "impl Total for Cart {",
        "public int Total(List<Item> items) {",
    ],
)
def test_definitions_of_many_languages_are_found_among_uses(definition: str) -> None:
    lines = [*(f"lib/a{n}.x:{n + 3}:    value_{n} = compute(Total, other_{n}, {n})" for n in range(60)), f"lib/b.x:9:{definition}"]
    lines += [f"lib/c{n}.x:{n + 3}:    return compute(Total, other_{n})" for n in range(60)]
    assert f"b.x]\n9:{definition}" in compressed("\n".join(lines) + "\n", strategy="aggressive").text


def test_sources_come_before_tests_and_copies_of_others() -> None:
    lines = [*uses("node_modules/x/a.js", 40), *uses("src/a.js", 40), *uses("test/a.test.js", 40)]
    text = compressed("\n".join(lines) + "\n").text
    under, shown = "", {"src/": 0, "test/": 0, "node_modules/": 0}
    for line in text.split("\n"):
        under = line[len("[file ") :] if line.startswith("[file ") else under
        shown.update({path: count + 1 for path, count in shown.items() if under.startswith(path) and not line.startswith("[")})
    assert shown["src/"] >= shown["test/"] >= shown["node_modules/"]
    assert shown["src/"]


def test_a_question_raises_what_answers_it() -> None:
    lines = uses("src/a.py", 80)
    lines[47] = "src/a.py:142:        discount = total(voucher, rate=coupon_rate)"
    assert lines[47].removeprefix("src/a.py:") in compressed("\n".join(lines) + "\n", query="How is the coupon_rate of a voucher used?").text


def test_short_markers_count_without_names() -> None:
    text = "\n".join([*uses("src/a.py", 60), *uses("src/b.py", 60)]) + "\n"
    result = compressed(text, markers="short")
    assert "matches]" in result.text
    assert "matches:" not in result.text


def test_names_of_many_files_give_way_to_their_folders() -> None:
    assert short_names(["a/b/c.py", "a/d.py", "a/b/e/f.py"], "a/", 1) == ["b/", "d.py", "b/"]
    lines = [f"src/part{n % 7}/deep/inner/file_with_a_long_name_{n}.py:{n + 1}:    rows = total(items_{n})" for n in range(700)]
    result = compressed("\n".join(lines) + "\n")
    assert "part3/" in result.text
    assert " files " in result.text
    assert result.savings_pct > 65


@pytest.mark.parametrize(
    ("text", "kinds", "numbers"),
    [
        ("a.py:3:x = 1\na.py-4-y = 2\n--\nb-2-c.py:9:x", [MATCH, CONTEXT, SEPARATOR, MATCH], [3, 4, 0, 9]),
        ("a.py:3:5:x = 1\nb.py:4:1:x = 2\nb.py:5:1:x", [MATCH, MATCH, MATCH], [3, 4, 5]),
        ("src/a.py\n3:x = 1\n4-y = 2\n\nsrc/b.py\n7:x", [HEADING, MATCH, CONTEXT, 0, HEADING, MATCH], [0, 3, 4, 0, 0, 7]),
        ("C:\\a\\b.py:3:x\nC:\\a\\b.py:4:x", [MATCH, MATCH], [3, 4]),
        ("HEAD~1:src/a.py:3:x = 1\nHEAD~1:src/b.py:9:x", [MATCH, MATCH], [3, 9]),
        ("a.py=1=class Cart:\na.py:3:x = 1", [CONTEXT, MATCH], [1, 3]),
        ("3:x = 1\n4-y\n--\n9:x\n10-\n20:x", [MATCH, CONTEXT, SEPARATOR, MATCH, CONTEXT, MATCH], [3, 4, 0, 9, 10, 20]),
        ("src/a.py:x = 1\nsrc/b.py:y = 2", [MATCH, MATCH], [0, 0]),
    ],
    ids=["grep", "vimgrep", "heading", "windows", "revision", "function", "one file", "no numbers"],
)
def test_lines_of_all_tools_are_read(text: str, kinds: list[int], numbers: list[int]) -> None:
    found, _ = find_matches(text.split("\n"))
    assert list(found.kinds) == kinds
    assert list(found.numbers) == numbers


def event(kind: str, path: str, line: int = 0, text: str = "") -> str:
    data = {"path": {"text": path}} | ({"lines": {"text": text + "\n"}, "line_number": line, "absolute_offset": 99, "submatches": []} if line else {})
    return json.dumps({"type": kind, "data": data}, separators=(",", ":"))


def test_events_stand_as_the_lines_that_people_see() -> None:
    files = [f"src/part_{n}.py" for n in range(9)]
    events = [[event("begin", path), *(event("match", path, n * 3 + 1, f"    x_{n} = total(items, \"rate\")") for n in range(12)), event("end", path)] for path in files]
    text = "\n".join(line for lines in events for line in lines) + "\n"
    result = compressed(text, strategy="conservative")
    assert "; cut: JSON keys, offsets;" in result.text.splitlines()[0]
    assert '[file src/part_3.py]\n1:    x_0 = total(items, "rate")\n4:' in result.text
    assert '{"' not in result.text
    assert result.savings_pct > 60
    assert verify(result.data, document(text)) == []
    assert verify(compressed(text).data, document(text)) == []
    found, read = find_events([*text.splitlines(), '{"type":"match","data":{"lines":{"bytes":"YQpi/w=="}}}', "{"])
    assert list(found.kinds[:3]) == [SEPARATOR, MATCH, MATCH]
    assert read[-2].text == "a\\nb\udcff"
    assert read[-1].kind == ""


def test_every_file_and_its_count_is_named_or_counted() -> None:
    text = "".join(f"src/shop/part_{n}.py:{n * 7 % 50 + 1}\n" for n in range(120))
    result = compressed(text)
    shown = sum(int(line.rpartition(":")[2]) for line in result.text.splitlines()[1:] if not line.startswith("["))
    hidden = sum(int(count) for count in re.findall(r"file(?:s)?, (\d+) match", result.text))
    assert shown + hidden == sum(n * 7 % 50 + 1 for n in range(120))
    assert verify(result.data, document(text)) == []


def test_colour_is_taken_off() -> None:
    text = "".join(f"\x1b[0m\x1b[35msrc/a.py\x1b[0m:\x1b[32m{n * 3 + 1}\x1b[0m:    rows_{n} = \x1b[1m\x1b[31mtotal\x1b[0m(items)\n" for n in range(90))
    result = compressed(text, strategy="conservative")
    assert "; cut: paths, colour;" in result.text.splitlines()[0]
    assert "[file src/a.py]\n1:    rows_0 = total(items)\n" in result.text
    assert verify(result.data, document(text)) == []


def score(text: str) -> float:
    lines = text.encode().split(b"\n")
    return search.score([line for line in lines if line.strip()], find_envelope(lines))[0]


@pytest.mark.parametrize(
    "text",
    [
        "\n".join(f"src/a.c:{n}:5: error: 'x{n}' undeclared" for n in range(1, 20)),
        "\n".join(f"src/a.py:{n}: error: Incompatible types in assignment  [assignment]" for n in range(1, 20)),
        "\n".join(f"src/a.py:{n}:1: E501 line too long" for n in range(1, 20)),
        "\n".join(f"2026-01-02 03:{n:02d}:10 INFO started" for n in range(20)),
        "\n".join(f"10:2{n % 10}:30 worker {n} is done" for n in range(20)),
        "\n".join(f"key{n}: value {n}" for n in range(20)),
        "\n".join(f"tests/test_a.py::test_{n} PASSED [ {n}%]" for n in range(20)),
        "\n".join(f"tests/test_a.py:{n} FAILED" for n in "abcdefghij"),
        "\n".join(f"{n}: item of a list without gaps" for n in range(1, 20)),
        "\n".join(f"db-{n}.example.org:{n + 8000}" for n in range(20)),
        "\n".join(f"http://localhost:{n + 8000}/index.html" for n in range(20)),
        "",
    ],
)
def test_other_texts_are_no_search(text: str) -> None:
    assert score(text) == 0.0


@pytest.mark.parametrize(
    "text",
    [
        "\n".join(uses("src/a.py", 9)),
        "\n".join(["src/a.py", *(f"{n + 3}:total(items)" for n in range(9))]),
        "\n".join(f"main~{n % 2}:src/a.py:{n + 9}:total()" for n in range(20)),
        "\n".join(f"{n * 7}:    total(items)" for n in range(1, 20)),
        "\n".join(f"{n * 7}-    pass\n{n * 7 + 1}:    total(items)\n--" for n in range(1, 20)),
        "\n".join(f"src/part_{n}.py:{n % 4}" for n in range(20)),
        "\n".join(f"src/a{n}.py-{n}-    pass\nsrc/a{n}.py:{n + 1}:total()\nsrc/a{n}.py-{n + 2}-    pass\n--" for n in range(1, 9)),
    ],
)
def test_searches_are_known(text: str) -> None:
    assert score(text) >= 0.9
    assert choose(document(text)).name == "search"


paths = st.sampled_from(["src/a.py", "src/b-2-c.py", "./tests/test_a.py", "lib/x y.js", "vendor/z.go", "a[1].ts"])
own = st.text("abc def():=[]{}", max_size=30)
hits = st.builds(lambda path, n, text, sign: f"{path}{sign}{n}{sign}{text}", paths, st.integers(1, 999), own, st.sampled_from("::::-"))
searches = st.lists(st.one_of(hits, hits, hits, hits, st.just("--"), st.just("[L2-9]"), st.just("")), min_size=1, max_size=150).map(lambda lines: "\n".join(lines) + "\n")


@quick
@given(searches, st.sampled_from(["conservative", "balanced", "aggressive"]), st.sampled_from([None, 150]))
def test_promises_hold_for_any_search(text: str, strategy: str, max_tokens: int | None) -> None:
    own = Settings(format="search", strategy=strategy, max_tokens=max_tokens)
    result = compress_document(document(text), own)
    problems = verify(result.data, document(text), own)
    assert max_tokens is not None or problems == []
    assert [problem for problem in problems if "not line" in problem or "missing" in problem] == []


def test_context_that_answers_stays() -> None:
    lines = [line for n in range(120) for line in (f"src/a{n}.py:{9 * n + 2}:    total = total + {n}", f"src/a{n}.py-{9 * n + 3}-    return total", "--")]
    at = lines.index("src/a60.py-543-    return total")
    lines[at] = "src/a60.py-543-    # autocompletion is renamed to shell_complete"
    result = compressed("\n".join(lines), query="What was autocompletion renamed to?")
    assert "renamed to shell_complete" in result.text
