"""Code: what stays of a source file, in eight languages, with a parser and without; what is left of Python parses."""

from __future__ import annotations

import ast
import re
import sys

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from headroom_cli.api import compress_document
from headroom_cli.formats import choose, code
from headroom_cli.formats.code import braces as grammar_braces
from headroom_cli.formats.code import python as grammar_python
from headroom_cli.formats.code.grammar import LANGUAGES, language_of
from headroom_cli.model import Result
from headroom_cli.settings import Settings
from headroom_cli.source import read_document
from headroom_cli.verify import verify

MARKER = re.compile(rb"^[ \t]*(?:\.\.\.  )?(?:#|//) (\[L\d+(?:-\d+)?\])$", re.M)


def compressed(text: str, name: str = "input.py", **wanted: object) -> Result:
    wanted.setdefault("format", "code")
    return compress_document(read_document(text.encode(), name=name, path=name), Settings(**wanted))  # type: ignore[arg-type]


def body_of(result: Result) -> str:
    """The output without its header."""
    return result.text.partition("\n")[2]


def promises(result: Result, text: str, name: str, **wanted: object) -> list[str]:
    """What verify says of an output whose markers stand free of their comments."""
    return verify(MARKER.sub(rb"\1", result.data), read_document(text.encode(), name=name, path=name), Settings(format="code", **wanted))  # type: ignore[arg-type]


FILLER = "\n".join(f"    total = total + step_{n}(total, {n}) * rate" for n in range(12))
PYTHON = "\n".join(
    ["# Copyright 2026 Example", "# Permission is hereby granted, free of charge, to any person", '"""Prices."""', "from decimal import Decimal", "RATE = Decimal('0.2')", ""]
    + [
        f'@cached(size={n})\ndef price_{n}(\n    total: int,\n    rate: int = {n},\n) -> int:\n    """Price number {n}.\n\n    It has a longer story, told here.\n    """\n{FILLER}\n    if total > {n}:\n'
        f"        raise ValueError(total)\n    else:\n        # TODO: {n} is wrong\n        total = 1\n    return total\n"
        for n in range(8)
    ]
)

SOURCES = {
    "go": ("package shop\n\nimport (\n\t\"fmt\"\n)\n\ntype Cart struct {\n\titems []Item\n}\n", "func (c *Cart) Total{n}(rate float64) (float64, error) {{\n{body}\n}}\n", "Total{n}("),
    "rs": ("use std::fmt;\n\npub struct Cart<'a> {\n    items: &'a [Item],\n}\n", "/// Total number {n}.\n#[inline]\npub fn total_{n}<'a>(cart: &Cart<'a>, sep: char) -> Result<f64, Error> {{\n    let open = '{{';\n{body}\n}}\n", "fn total_{n}"),
    "java": ("package shop;\n\nimport java.util.List;\n\npublic class Cart {\n  private final List<Item> items;\n", "  @Named(value = \"t{n}\")\n  public double total{n}(double rate) throws IOException {{\n{body}\n  }}\n", "double total{n}("),
    "ts": ("import {{ Item }} from './item'\n\nexport interface Cart {{\n  items: Item[]\n}}\n".replace("{{", "{").replace("}}", "}"), "export const total{n} = async (cart: Cart, rate = 1): Promise<number> => {{\n{body}\n}}\n", "const total{n}"),
    "js": ("'use strict'\n\nconst fs = require('fs')\nconst brace = /[{]/g\n", "exports.total{n} = function (cart, rate) {{\n{body}\n}}\n", "exports.total{n}"),
    "c": ("#include <stdio.h>\n\n#define RATE 2\n\nstruct cart {\n  int items;\n};\n", "static double\ntotal_{n}(struct cart *cart, double rate)\n{{\n{body}\n}}\n", "total_{n}(struct"),
    "cpp": ("#include <vector>\n\nnamespace shop {\n", "template <typename T>\nT Cart<T>::total_{n}(const T& rate) const {{\n{body}\n}}\n", "total_{n}("),
}  # fmt: skip
BODY = "\n".join(f'    sum{n} += scaled(item[{n}], "}} not an end", rate) * {n}; // {{ nor a start' if n % 3 else f"    if (item[{n}] > {n}) {{ return; }}" for n in range(10))


def source(extension: str) -> tuple[str, list[str]]:
    start, each, head = SOURCES[extension]
    text = start + "\n".join(each.format(n=n, body=BODY) for n in range(9)) + ("}\n" if extension in ("java", "cpp") else "")
    return text, [head.format(n=n) for n in range(9)]


def test_python_keeps_heads_and_cuts_bodies() -> None:
    text = compressed(PYTHON).text
    for n in range(8):
        assert f"def price_{n}(" in text
        assert f"@cached(size={n})" in text
    assert "from decimal import Decimal" in text
    assert "# Copyright 2026 Example" in text
    assert "step_11" not in text
    assert re.search(r"\n    \.\.\.  # \[L\d+-\d+\]\n", text) or re.search(r"\n    # \[L\d+-\d+\]\n", text)


@pytest.mark.parametrize("strategy", ["lossless", "conservative", "balanced", "aggressive"])
@pytest.mark.parametrize("query", [None, "Where does price_3 raise?"])
def test_what_is_left_of_python_parses(strategy: str, query: str | None) -> None:
    result = compressed(PYTHON, strategy=strategy, query=query)
    ast.parse(body_of(result) if result.changed else result.text)
    assert promises(result, PYTHON, "input.py", strategy=strategy, query=query) == []


def test_the_function_a_question_names_stays_whole() -> None:
    text = compressed(PYTHON, query="Why does price_5 fail?").text
    whole = PYTHON[PYTHON.index("@cached(size=5)") : PYTHON.index("@cached(size=6)")].rstrip()
    assert whole in text
    assert text.count("step_11") == 1


@pytest.mark.parametrize("tree", [True, False], ids=["tree-sitter", "scan"])
@pytest.mark.parametrize("extension", sorted(SOURCES))
def test_heads_stay_in_every_language(extension: str, tree: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    if tree:
        pytest.importorskip("tree_sitter")
    else:
        monkeypatch.setitem(sys.modules, "tree_sitter", None)
    text, heads = source(extension)
    result = compressed(text, f"input.{extension}")
    assert [head for head in heads if head not in result.text] == []
    assert "// [L" in result.text
    assert result.savings_pct >= 55
    assert promises(result, text, f"input.{extension}") == []


@pytest.mark.parametrize("extension", sorted(SOURCES))
def test_a_language_is_recognised_by_its_lines(extension: str) -> None:
    text, _ = source(extension)
    language = language_of("<stdin>", text.splitlines())
    assert language is not None
    assert f".{extension}" in language.extensions
    assert choose(read_document(text.encode(), name="<stdin>", path=None)).name == "code"


def test_other_texts_are_not_code() -> None:
    for text in ("import of goods\nfrom the north\nclass of 1999\ndefault is no\n" * 5, "diff --git a/x b/x\n+def f():\n+    return 1\n-import os\n" * 5, '{"a": 1}\n' * 9):
        document = read_document(text.encode(), name="<stdin>", path=None)
        assert choose(document).name != "code"


def test_python_that_does_not_parse_still_has_heads() -> None:
    text = PYTHON.replace("raise ValueError(total)", "print total")
    result = compressed(text)
    assert all(f"def price_{n}(" in result.text for n in range(8))
    assert promises(result, text, "input.py") == []


def test_a_scan_knows_strings_comments_and_nested_names() -> None:
    lines = ["class A {", "  run(a) { // }", "    const s = '}'; if (a) { b() }", "  }", "  stop() {", "  }", "}", "function after() {", "}"]
    found = grammar_braces.outline(lines, LANGUAGES["javascript"]).definitions
    assert [(own.name, own.first, own.stop, own.outer) for own in found] == [("A", 0, 7, True), ("A.run", 1, 4, True), ("A.stop", 4, 6, True), ("after", 7, 9, True)]


def test_parts_of_a_try_need_each_other() -> None:
    lines = ["try:", "    a()", "except E:", "    b()", "finally:", "    c()"]
    assert list(grammar_python.outline(lines).needs) == [-1, 4, 0, 4, 2, 4]


def test_detection_says_why() -> None:
    sure, why = code.score(PYTHON.encode().splitlines(), choose(read_document(PYTHON.encode(), name="x", path=None)).envelope)
    assert sure > 0.6
    assert "python" in why


NAMES = st.sampled_from(["alpha", "beta", "gamma", "delta"])
SIMPLE = st.one_of(
    NAMES.map(lambda name: [f"{name} = call({name}, 1)"]),
    NAMES.map(lambda name: [f"{name} = [", "    1,", "", "    2,", "]"]),
    NAMES.map(lambda name: [f'{name} = """one', "  two  # three", '"""']),
    NAMES.map(lambda name: ["# TODO: " + name]),
    NAMES.map(lambda name: [f"import {name}; {name}.go()"]),
    st.just([""]),
)


def block(head: str, body: list[list[str]]) -> list[str]:
    return [head, *("    " + line if line else line for piece in [*body, ["pass"]] for line in piece)]


def compound(inner: st.SearchStrategy[list[str]]) -> st.SearchStrategy[list[str]]:
    bodies = st.lists(inner, max_size=4)
    return st.one_of(
        st.tuples(NAMES, bodies).map(lambda pair: ["@wraps", *block(f"def {pair[0]}(a,", [])[:1], "        b):", *block("", [['"""Doc.', "", "More.", '"""'], *pair[1]])[1:]]),
        st.tuples(NAMES, bodies).map(lambda pair: block(f"class {pair[0].title()}:", pair[1])),
        st.tuples(bodies, bodies).map(lambda pair: block("if a:", pair[0]) + block("elif b:", pair[1]) + block("else:", pair[0])),
        st.tuples(bodies, bodies).map(lambda pair: block("try:", pair[0]) + block("except (A, B):", pair[1]) + ["# on its own", *block("finally:", pair[0])]),
        bodies.map(lambda body: block("async def run(): # note", [*body, ["async with a as b:", "    pass"]])),
        bodies.map(lambda body: block("for x in y:", body)),
    )


@settings(max_examples=25, suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much])
@given(st.lists(st.recursive(SIMPLE, compound, max_leaves=25), min_size=4, max_size=14), st.sampled_from(["conservative", "balanced", "aggressive"]), st.sampled_from([None, "alpha call"]))
def test_generated_python_parses_and_keeps_the_promises(pieces: list[list[str]], strategy: str, query: str | None) -> None:
    text = "\n".join(line for piece in pieces * 4 for line in piece) + "\n"
    ast.parse(text)
    result = compressed(text, strategy=strategy, query=query)
    ast.parse(body_of(result) if result.changed else text)
    assert promises(result, text, "input.py", strategy=strategy, query=query) == []


SHAPES = {
    "a body on the last line of a long header": "@overload\ndef load_{n}(\n    name: str,\n    size: int = {n},\n) -> int: ...\n@overload\ndef load_{n}(\n    name: bytes,\n) -> str: return name\n",
    "clauses with a body on their line": "if ready_{n}:\n    start({n})\n    wait()\nelif (\n    late_{n}\n): stop({n})\nelse: go(\n    {n},\n)\n",
    "handlers with a body on their line": "try:\n    run_{n}()\n    rest()\nexcept (\n    A,\n    B,\n): pass\nfinally: close(\n    {n}\n)\n",
    "a string that holds imports": 'TEXT_{n} = """\n\nimport os\n\nfrom shop import Cart, total_{n}\n\nCart().add({n})\n"""\n',
    "a table that does not fit": "ROWS_{n} = {{\n" + "    'name': ['a', 'b',\n        'c'],\n" * 12 + "}}\n",
}  # fmt: skip


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("strategy", ["balanced", "aggressive"])
def test_python_of_every_shape_parses_where_it_is_cut(shape: str, strategy: str) -> None:
    text = "".join(SHAPES[shape].replace("{n}", str(n)).replace("{{", "{").replace("}}", "}") + f"def work_{n}(total):\n{FILLER}\n" for n in range(14))
    ast.parse(text)
    result = compressed(text, strategy=strategy)
    assert result.changed
    ast.parse(body_of(result))
    assert promises(result, text, "input.py", strategy=strategy) == []


def test_a_statement_that_does_not_fit_is_cut_whole() -> None:
    text = "TABLE = [\n" + "".join(f"    ('name-{n}', [\n        {n}, '{'x' * (n % 7)}',\n    ]),\n" for n in range(400)) + "]\n"
    for strategy in ("balanced", "aggressive"):
        ast.parse(body_of(compressed(text, strategy=strategy)))


@pytest.mark.slow
def test_what_is_left_of_the_standard_library_parses() -> None:
    import sysconfig
    import warnings
    from glob import glob
    from random import Random

    files = sorted(glob(sysconfig.get_paths()["stdlib"] + "/**/*.py", recursive=True))
    seen = 0
    for path in Random(4).sample(files, len(files)):
        with open(path, "rb") as file:
            data = file.read(120_000)
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                ast.parse(data)
                text = data.decode("utf-8")
        except (SyntaxError, ValueError):
            continue
        for strategy in ("balanced", "aggressive") if len(text) > 3_000 else ():
            result = compressed(text, strategy=strategy)
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                assert ast.parse(body_of(result) if result.changed else text), path
            seen += 1
        if seen >= 300:
            break
    assert seen >= 100


DEFINED = {
    "go": ("type Point struct{ X int }\n\ntype (\n\tID   string\n\tNode struct {\n\t\tid ID\n\t}\n)\n\ntype Set[T comparable] struct {\n\tm map[T]bool\n}\n\ntype Handler func(id ID) error\n", ["Point", "ID", "Node", "Set", "Handler"], ["Point", "Node", "Set"]),
    "rust": ("#[derive(Debug, Clone)]\npub struct Bucket {\n    rate: f64,\n}\nmacro_rules! limit {\n    ($b:expr) => {\n        1\n    };\n}\ntype Rate = f64;\n", ["Bucket", "limit", "Rate"], ["Bucket", "limit"]),
    "cpp": (
        "template <typename T> concept Num = requires(T a) { a + a; };\nusing Str = std::string;\ntypedef struct {\n  int a;\n} plain_t;\nenum class E : int {\n  A\n};\n"
        "template <typename T, int N = 3>\nclass Vec : public Base<T> {\n  explicit Vec(int n)\n    : n_(n) { data_ = new T[n]; }\n  explicit operator bool() const {\n    return true;\n  }\n  T& operator[](int i) {\n    return data_[i];\n  }\n};\n",
        ["Num", "Str", "plain_t", "E", "Vec", "Vec.Vec", "Vec.operator bool", "Vec.operator[]"], ["E", "Vec", "Vec.Vec", "Vec.operator bool", "Vec.operator[]"],
    ),
    "java": ("@interface Marker { String value() default \"\"; }\npublic enum Color {\n  RED\n}\n", ["Marker", "Color"], ["Marker", "Color"]),
    "typescript": ("export function make(name?: string): Command;\nexport interface Options {\n  a: number;\n}\n", ["make", "Options"], ["Options"]),
}  # fmt: skip


@pytest.mark.parametrize("tree", [True, False], ids=["tree-sitter", "scan"])
@pytest.mark.parametrize("name", DEFINED)
def test_what_a_language_defines_is_found(name: str, tree: bool) -> None:
    text, parsed, scanned = DEFINED[name]
    lines = text.splitlines()
    if tree:
        pytest.importorskip("tree_sitter")
        from headroom_cli.formats.code.trees import outline
    else:
        from headroom_cli.formats.code.braces import outline
    found = outline(lines, LANGUAGES[name])
    assert found is not None
    names = [own.name for own in found.definitions if own.outer]
    assert [wanted for wanted in (parsed if tree else scanned) if wanted not in names] == []
    if name == "java":
        assert [own.first for own in found.definitions] == [0, 1]


def test_where_the_parser_is_lost_the_scan_finds_what_it_cannot() -> None:
    pytest.importorskip("tree_sitter")
    from headroom_cli.formats.code.trees import outline

    lines = [
        "namespace shop SHOP_VISIBILITY(default)", "{", "SHOP_BEGIN", "  template <typename T, typename D = deleter<T>>", "    class unique", "    {", "    public:",
        "      template<typename U = D, typename = check<U>>", "      constexpr", "      unique(T* p) noexcept", "      : _M_t(p, D())", "      { }", "      explicit operator bool() const noexcept", "      { return true; }", "    };",
        "#if A", "  template<typename T>", "    inline", "#else", "  template<typename T> constexpr", "#endif", "    typename made<T>::single", "    make_unique(T&& one)", "    { return unique<T>(one); }", "SHOP_END", "}",
    ]  # fmt: skip
    found = outline(lines, LANGUAGES["cpp"])
    assert found is not None
    names = {own.name.split(".", 1)[-1] for own in found.definitions}
    assert {"unique", "unique.unique", "unique.operator bool", "make_unique"} <= names
    assert not any("_M_t" in name for name in names)


SMALL = (
    "//! Rate limits.\n//! SPDX-License-Identifier: MIT\nuse std::sync::Mutex;\n\npub const MAX_BURST: u32 = 64;\n\n"
    + "".join(f"pub struct Bucket{n} {{\n    tokens: f64,\n}}\n\nimpl Bucket{n} {{\n    pub fn take_{n}(&mut self, now: Instant, extra: u32) -> Option<f64> {{\n        let gone = now - self.last;\n        self.tokens = gone * extra;\n        None\n    }}\n}}\n\n" for n in range(8))
    + "fn main() {\n    // SAFETY: the lock is held\n    unsafe { go() };\n    // FIXME: never evicts\n    run();\n}\n"
)  # fmt: skip


def test_a_short_file_shows_what_it_uses_and_what_it_warns_of() -> None:
    text = compressed(SMALL, "input.rs").text
    for line in ("//! SPDX-License-Identifier: MIT", "use std::sync::Mutex;", "pub const MAX_BURST: u32 = 64;", "// SAFETY: the lock is held", "// FIXME: never evicts", "pub fn take_7("):
        assert line in text


def test_what_a_file_declares_stays_where_heads_are_most_of_it() -> None:
    methods = "".join(f"  part{n}(name: string): this;\n  /** Say what it is, and since when it has been so. */\n" for n in range(300))
    text = compressed(f"export class Command {{\n{methods}}}\n\nexport function make(name?: string): Command;\nexport const program: Command;\n", "input.d.ts").text
    assert "export function make(name?: string): Command;" in text
    assert "export const program: Command;" in text


def test_a_licence_is_noise_and_what_a_file_says_of_itself_is_not() -> None:
    text = "// Copyright 2026 The Authors. All rights reserved.\n" + "// Use of this source is governed by a licence that stands in the file LICENSE.\n" * 4 + "\n// Package list implements a list.\n// It is quick.\npackage list\n\n" + "\n".join(f"func F{n}() int {{\n\treturn {n}\n}}\n" for n in range(60))
    out = compressed(text, "input.go", strategy="conservative").text
    assert "// Copyright 2026" in out
    assert "governed by" not in out
    assert "// Package list implements a list.\n// It is quick." in out


@pytest.mark.parametrize("extension", ["py", "go"])
def test_a_large_file_is_read_by_a_scan_in_bounded_memory(extension: str) -> None:
    import tracemalloc

    from headroom_cli.formats.code import MOST_PARSED
    from headroom_cli.formats.code import read as read_code
    from headroom_cli.text.envelope import Envelope
    from headroom_cli.tokens import get_counter

    each = "def total_{n}(rows):\n{body}\n" if extension == "py" else "func Total{n}(rows []Row) int {{\n{body}\n}}\n"
    body = "\n".join(f"    rows = add(rows, {n}, rate, scale) * share" for n in range(60))
    text = "".join(each.format(n=n, body=body) for n in range(MOST_PARSED // len(body) + 9))
    document = read_document(text.encode(), name=f"input.{extension}", path=None)
    tracemalloc.start()
    sheet = read_code(document, Envelope(()), Settings(), get_counter("estimate"), ())
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 25 * len(text)
    assert len(sheet.first) >= text.count("total_") + text.count("Total")


def test_the_middle_of_a_long_docstring_is_detail() -> None:
    story = "".join(f"    Step {n} of the story is told at length, for those who want to know.\n" for n in range(14))
    text = "".join(f'def part_{n}(rows):\n    """Part {n} of the sum.\n\n{story}    """\n    return rows[{n}]\n\n\n' for n in range(6))
    result = compressed(text, strategy="conservative")
    ast.parse(body_of(result))
    assert "Step 9" not in result.text
    assert all(f'"""Part {n} of the sum.' in result.text and f"return rows[{n}]" in result.text for n in range(6))
    asked = compressed(text, strategy="conservative", query="What does part_3 tell?").text
    assert asked.count("Step 9") == 1
    assert promises(result, text, "input.py", strategy="conservative") == []


def test_a_constant_that_is_asked_for_stays() -> None:
    body = "\n".join(f"    def step_{n}(self, x):\n        y = x + {n}\n        return self.call(y)\n" for n in range(80))
    text = f'import os\n\n\nclass Retry:\n    """Tries again."""\n\n    #: Longest wait.\n    DEFAULT_BACKOFF_MAX = 120\n\n    FIRST = 1\n\n{body}'
    result = compressed(text, "retry.py", query="What is DEFAULT_BACKOFF_MAX?")
    assert "DEFAULT_BACKOFF_MAX = 120" in result.text
