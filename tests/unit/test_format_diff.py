"""Diffs: what changed stays to the letter, what stands around it goes, and what tools write goes to one note."""

from __future__ import annotations

from functools import partial

import pytest
from hypothesis import HealthCheck, Phase, given
from hypothesis import settings as examples
from hypothesis import strategies as st

from headroom_cli.api import compress_document
from headroom_cli.formats import choose, diff
from headroom_cli.formats.diff.hunks import CHANGED, HEAD, HUNK, NOISE, parse
from headroom_cli.model import Document, Result
from headroom_cli.settings import Settings
from headroom_cli.source import read_document
from headroom_cli.text.envelope import find_envelope
from headroom_cli.text.paths import common_directory, is_generated, is_test, is_vendored
from headroom_cli.verify import verify

quick = examples(max_examples=20, suppress_health_check=list(HealthCheck), phases=(Phase.explicit, Phase.generate))


def document(text: str) -> Document:
    return read_document(text.encode("utf-8", "surrogateescape"), name="a.diff", path="a.diff")


def compressed(text: str, **settings: object) -> Result:
    return compress_document(document(text), Settings(format="diff", **settings))  # type: ignore[arg-type]


def hunk(start: int, changes: list[str], context: int = 3, section: str = "") -> str:
    """One hunk with `context` lines around its changes."""
    around = [f" context of line {start + n} which nobody changed at all" for n in range(context)]
    old = 2 * context + sum(1 for line in changes if line[0] == "-")
    new = 2 * context + sum(1 for line in changes if line[0] == "+")
    return "\n".join([f"@@ -{start},{old} +{start},{new} @@{' ' + section if section else ''}", *around, *changes, *around]) + "\n"


def git_file(path: str, *hunks: str) -> str:
    return f"diff --git a/{path} b/{path}\nindex 1111111..2222222 100644\n--- a/{path}\n+++ b/{path}\n" + "".join(hunks)


MANY = [hunk(n * 40 + 1, [f"-    old value {n}", f"+    new value {n}"], section=f"def part_{n}():") for n in range(12)]


def test_every_changed_line_stays_and_context_goes() -> None:
    result = compressed(git_file("src/cart.py", *MANY))
    for n in range(12):
        assert f"\n-    old value {n}\n+    new value {n}\n" in result.text
        assert f"line {n * 40 + 4}, def part_{n}():]" in result.text
    assert "which nobody changed" not in result.text
    assert "+++ b/src/cart.py" in result.text
    assert "index 1111111" not in result.text


@pytest.mark.parametrize(
    "path",
    [
        "package-lock.json",
        "web/yarn.lock",
        "Cargo.lock",
        "go.sum",
        "static/app.min.js",
        "vendor/yaml/scan.go",
        "third_party/zlib/inflate.c",
        "src/__snapshots__/a.test.js.snap",
        "api/v1/types.pb.go",
        "static/app.js.map",
    ],
)
def test_what_tools_write_goes_to_one_note(path: str) -> None:
    result = compressed(git_file("src/cart.py", *MANY[:2]) + git_file(path, *MANY))
    assert f"{path} +12 -12" in result.text
    assert "new value 1" in result.text
    assert "new value 2" not in result.text


@pytest.mark.parametrize(
    ("path", "beside"),
    [("dist/index.js", "src/index.ts"), ("lib/commonjs/ui/Cart.js", "src/ui/Cart.tsx"), ("web/esm/cart.d.ts", "web/src/cart.ts"), ("dist/app-3f9a21bc.js", "README")],
)
def test_a_folder_that_builders_write_to_needs_a_second_sign(path: str, beside: str) -> None:
    other = git_file("lib/other.py", *MANY[:1])
    result = compressed(git_file(path, *MANY) + git_file(beside, *MANY[:2]) + other)
    assert f"{path} +12 -12" in result.text


@pytest.mark.parametrize("path", ["src/dist/matrix.py", "esm/index.js", "app/bundle/rows.go", "src/generated/hand.c"])
def test_a_folder_alone_makes_no_file_a_tools(path: str) -> None:
    result = compressed(git_file("src/cart.py", *MANY[:2]) + git_file(path, *MANY))
    assert f"+++ b/{path}" in result.text
    assert all(f"+    new value {n}\n" in result.text for n in range(12))


PLAIN_DIFF = "diff -r old/a.py new/a.py\n" + "".join(
    f"{n * 9 + 1},{n * 9 + 2}c{n * 9 + 1}\n< old = {n}  # 12:00:00 ERROR\n< gone = {n}\n---\n> new = {n} of the changed lines of this file\n{n * 9 + 5}a{n * 9 + 5}\n> added = {n} to the very same file\n" for n in range(30)
)


def test_plain_diff_is_a_diff_and_all_its_changed_lines_stay() -> None:
    text = "diff -r old/yarn.lock new/yarn.lock\n" + "".join(f"{n}c{n}\n< version {n}\n---\n> version {n}.1\n" for n in range(1, 200)) + PLAIN_DIFF
    result = compressed(text, strategy="conservative")
    assert choose(document(text)).name == "diff"
    assert "new/yarn.lock +199 -199" in result.text
    assert PLAIN_DIFF in result.text
    assert verify(result.data, document(text)) == []


def test_plain_diff_says_where_a_shown_line_stands() -> None:
    result = compressed(PLAIN_DIFF, max_tokens=200)
    assert "; line 2" in result.text or ": line 2" in result.text
    parsed = parse(PLAIN_DIFF.splitlines())
    assert (parsed.parts[0].plus, parsed.parts[0].minus) == (60, 60)


def test_a_quotation_is_no_plain_diff() -> None:
    assert diff.score([b"> I said so", b"3 of them", b"> and again", b"no"] * 4, find_envelope([]))[0] == 0.0


WORDS = "diff --git a/a.py b/a.py\nindex 1111111..2222222 100644\n--- a/a.py\n+++ b/a.py\n" + "".join(
    f"@@ -{n * 40 + 1},7 +{n * 40 + 1},8 @@ def part_{n}():\n" + "import os and more that nobody changed\n" * 3 + f"rate = [-{n}-]{{+{n + 1}+}}\n{{+added = {n}+}}\n" + "    return what nobody changed\n" * 3 for n in range(12)
)


def test_words_that_changed_stay_and_what_has_none_goes() -> None:
    result = compressed(WORDS)
    assert choose(document(WORDS)).name == "diff"
    assert all(f"rate = [-{n}-]{{+{n + 1}+}}\n{{+added = {n}+}}\n" in result.text for n in range(12))
    assert "nobody changed" not in result.text
    assert "line 44, def part_1()" in result.text


def test_two_versions_side_by_side_lose_what_is_the_same() -> None:
    text = "".join(f"line = {n}\t\t\t\t\tline = {n}\n" if n % 10 else f"old = {n}\t\t\t      |\tnew = {n}\n\t\t\t\t      >\tadded = {n}\n" for n in range(200))
    result = compressed(text)
    assert choose(document(text)).name == "diff"
    assert all(f"new = {n}\n\t\t\t\t      >\tadded = {n}\n" in result.text for n in range(0, 200, 10))
    assert "line = 11" not in result.text
    assert verify(result.data, document(text)) == []


def test_columns_of_tabs_are_no_diff() -> None:
    table = [b"name\tsize\tkind", *(b"row%d\t%d\t>\tx" % (n, n) for n in range(50))]
    assert diff.score(table, find_envelope([]))[0] == 0.0


def test_a_mailed_patch_stays_a_diff_whatever_its_lines_hold() -> None:
    head = "From c6c3c26d6f8231ce0deb5398f493a914d162f879 Mon Sep 17 00:00:00 2001\nFrom: Ada <ada@example.org>\nDate: Sun, 22 Nov 2026 12:08:32 +0000\nSubject: [PATCH] Logs\n\nWhy.\n---\n"
    binary = "diff --git a/a.gz b/a.gz\nindex 111..222 100644\nGIT binary patch\ndelta 9000\n" + "zQPYw)hPHHeySA(9N?N!*@R$c}M28igUGRyP6bCh4KsqkU3HJtnuJ<kRX49M8nc0|r\n" * 150 + "\n"
    logs = [hunk(n * 40 + 1, [f"+2026-01-02T03:04:05.1234567Z ##[error]make: *** [all] Error {n}"]) for n in range(9)]
    text = head + binary + git_file("fixtures/build.log", *logs)
    assert choose(document(text)).name == "diff"
    assert all(f"##[error]make: *** [all] Error {n}\n" in compressed(text).text for n in range(9))


def test_text_that_holds_a_diff_is_read_as_text() -> None:
    result = compress_document(document(git_file("src/cart.py", *MANY[:2]) + "- - -\n" + "".join(f" row {n} of something else\n" for n in range(300)) + "ERROR: quota exceeded\n"), Settings())
    assert "ERROR: quota exceeded" in result.text
    assert "+    new value 1" in result.text


def test_colour_is_taken_off_and_the_header_says_so() -> None:
    plain = git_file("src/cart.py", *MANY)
    text = "".join(f"\x1b[32m{line[0]}\x1b[m\x1b[32m{line[1:]}\x1b[m\n" if line[:1] in "+-" else f"{line}\n" for line in plain.splitlines())
    result = compressed(text)
    assert "; cut: colour;" in result.text.splitlines()[0]
    assert "\x1b" not in result.text
    assert "+    new value 3\n" in result.text
    assert verify(result.data, document(text), Settings(format="diff")) == []


def test_a_file_that_says_it_is_generated_goes_to_one_note() -> None:
    says = hunk(1, ["-// Code generated by stringer; DO NOT EDIT.", "+// Code generated by stringer v2; DO NOT EDIT."])
    result = compressed(git_file("kinds.go", says, *MANY) + git_file("src/cart.py", *MANY[:2]))
    assert "kinds.go +13 -13" in result.text


def test_lines_that_nobody_writes_make_a_file_minified_but_paragraphs_do_not() -> None:
    long = "+" + "var a=function(){return b.c};" * 40
    prose = "+" + "A paragraph is one long line in many Markdown files and still somebody wrote it. " * 12
    result = compressed(git_file("site.js", hunk(1, [long])) + git_file("docs.md", hunk(1, [prose])) + git_file("a.py", *MANY[:2]))
    assert "site.js +1 -0" in result.text
    assert prose.strip() in result.text


def test_names_modes_renames_and_binary_notes_stay() -> None:
    text = (
        "diff --git a/run.sh b/run.sh\nold mode 100644\nnew mode 100755\n"
        "diff --git a/one.py b/two.py\nsimilarity index 98%\nrename from one.py\nrename to two.py\n"
        "diff --git a/logo.png b/logo.png\nindex 111..222 100644\nBinary files a/logo.png and b/logo.png differ\n"
        "diff --git a/gone.py b/gone.py\ndeleted file mode 100644\nindex 111..000\n--- a/gone.py\n+++ /dev/null\n@@ -1,2 +0,0 @@\n-import os\n-print(os.name)\n"
    )
    result = compressed(text + git_file("src/cart.py", *MANY))
    for line in ("run.sh b/run.sh", "new mode 100755", "rename from one.py", "rename to two.py", "Binary files a/logo.png", "deleted file mode", "--- a/gone.py", "-import os"):
        assert line in result.text


def test_commits_authors_and_messages_stay() -> None:
    log = "commit 13736ecff12be3a2c653f0643955ad368a6e2d1c\nAuthor: Ada <ada@example.org>\nDate:   Fri Jan 9 03:04:05 2026 +0000\n\n    Count rows\n\n    They were never counted.\n\n"
    result = compressed(log + git_file("src/cart.py", *MANY) + "\n" + log.replace("13736e", "24847f") + git_file("src/shop.py", *MANY))
    for line in ("commit 13736ecff12be3a2c653f0643955ad368a6e2d1c", "commit 24847fcff12be3a2c653f0643955ad368a6e2d1c", "Author: Ada <ada@example.org>", "    They were never counted."):
        assert line in result.text


def test_diff_r_tells_the_folders_once_and_where_nothing_says_a_function_the_context_does() -> None:
    parts = []
    for n in range(6):
        body = "@@ -10,5 +10,5 @@\n def total(items):\n     rows = 0\n-    return 0\n+    return rows\n     # nothing below is ever reached\n \n"
        parts.append(f"diff -ruN old/m{n}.py new/m{n}.py\n--- old/m{n}.py\t2026-01-02 03:04:05.000000000 +0000\n+++ new/m{n}.py\t2026-01-03 03:04:05.000000000 +0000\n{body}")
    result = compressed("".join(parts))
    assert result.text.count("--- old/m") == 1
    assert result.text.count("+++ new/m") == 6
    assert result.text.count("line 12, def total(items):]") == 6


def test_hunks_end_where_their_counts_say() -> None:
    texts = ["--- a/x.sql", "+++ b/x.sql", "@@ -1,3 +1,3 @@", " select 1", "--- drop the table", "+++ keep the table", " from t", "@@ -9 +9 @@", "-a", "+b"]
    parsed = parse(texts)
    assert [parsed.roles[line] == CHANGED for line in range(len(texts))] == [False, False, False, False, True, True, False, False, True, True]
    assert [(part.path, part.plus, part.minus) for part in parsed.parts] == [("x.sql", 2, 2)]
    assert parsed.numbers[8] == 9


def test_a_hunk_that_is_cut_short_ends_at_the_next_file() -> None:
    parsed = parse([*git_file("a.py", "@@ -1,9 +1,9 @@\n one\n-two\n").splitlines(), *git_file("b.py", MANY[0]).splitlines()])
    assert [part.path for part in parsed.parts] == ["a.py", "b.py"]


def test_combined_diffs_count_a_column_for_each_parent() -> None:
    texts = ["diff --cc a.py", "index 1,2..3", "--- a/a.py", "+++ b/a.py", "@@@ -1,3 -1,3 +1,4 @@@", "  one", "- two", " -three", "++both", "+ mine", "  four"]
    parsed = parse(texts)
    assert [parsed.roles[line] for line in (1, 3, 4)] == [NOISE, HEAD, HUNK]
    assert (parsed.parts[0].plus, parsed.parts[0].minus) == (2, 2)


def test_context_diffs_are_read() -> None:
    texts = ["*** a/x.c\t2026", "--- b/x.c\t2026", "***************", "*** 1,3 ****", "  int a;", "! int b;", "  int c;", "--- 1,3 ----", "  int a;", "! int d;", "  int c;"]
    parsed = parse(texts)
    assert [line for line in range(len(texts)) if parsed.roles[line] == CHANGED] == [5, 9]
    assert (parsed.parts[0].path, parsed.parts[0].plus, parsed.parts[0].minus) == ("x.c", 1, 1)


def test_aggressive_chooses_and_counts_what_it_hides() -> None:
    result = compressed(git_file("src/cart.py", *MANY) + git_file("src/shop.py", *MANY), strategy="aggressive")
    assert result.savings_pct > 70
    assert "hunks" in result.text
    assert verify(result.data, document(git_file("src/cart.py", *MANY) + git_file("src/shop.py", *MANY)), Settings(format="diff")) == []


def score(text: str) -> float:
    lines = text.encode().split(b"\n")
    return diff.score([line for line in lines if line.strip()], find_envelope(lines))[0]


@pytest.mark.parametrize(
    "text",
    [
        "make: *** [all] Error 2\n--- FAIL: TestCart (0.00s)\n+++ done\n" * 10,
        "# Title\n\nA text with a diff:\n\n```diff\n@@ -1 +1 @@\n-a\n+b\n```\n" + "More text follows here.\n" * 30,
        "--- a\n+++ b\nno hunks at all\n",
        "",
    ],
)
def test_other_texts_are_no_diffs(text: str) -> None:
    assert score(text) == 0.0


def test_a_diff_is_known() -> None:
    assert score(git_file("src/cart.py", *MANY)) > 0.9
    assert choose(document(git_file("src/cart.py", *MANY))).name == "diff"


def test_names_tell_whose_file_it_is() -> None:
    assert is_generated("web/package-lock.json")
    assert is_generated("esm2015/index.js")
    assert not is_generated("src/distance.py")
    assert is_vendored("a/node_modules/b/c.js")
    assert not is_vendored("src/vendor.py")
    assert is_test("tests/test_cart.py")
    assert is_test("src/cart.spec.ts")
    assert not is_test("src/latest.py")
    assert common_directory(["./a/b/c.py", "./a/b/d.py"]) == "./a/b/"
    assert common_directory(["a.py", "b.py"]) == ""
    assert common_directory(["src/a.py"]) == "src/"
    assert common_directory([]) == ""


change = st.builds(lambda sign, text: sign + text, st.sampled_from("+-"), st.text("abc (){}[]:@-+\\#", max_size=40))
hunks = st.builds(partial(hunk), st.integers(1, 900), st.lists(change, min_size=1, max_size=9), st.integers(0, 4), st.sampled_from(["", "def run(self):", "class [A]"]))
files = st.builds(
    lambda path, parts: git_file(path, *parts), st.sampled_from(["src/a.py", "lib/b c.js", "yarn.lock", "dist/x.js", "README.md"]), st.lists(hunks, min_size=1, max_size=8)
)
messages = st.sampled_from(["", "commit 13736ecff12be3a2c653f0643955ad368a6e2d1c\nAuthor: Ada <a@b.c>\n\n    A message\n\n", "[L3-9]\n", "Only in a: b.py\n"])
diffs = st.lists(st.tuples(messages, files), min_size=1, max_size=8).map(lambda parts: "".join(message + part for message, part in parts))


@quick
@given(diffs, st.sampled_from(["conservative", "balanced", "aggressive"]), st.sampled_from([None, 120, 400]))
def test_promises_hold_for_any_diff(text: str, strategy: str, max_tokens: int | None) -> None:
    own = Settings(format="diff", strategy=strategy, max_tokens=max_tokens)
    result = compress_document(document(text), own)
    problems = verify(result.data, document(text), own)
    assert max_tokens is not None or problems == []
    assert [problem for problem in problems if "line" in problem and "hides" not in problem] == []
    if strategy != "aggressive" and max_tokens is None:
        texts, kept = text.split("\n"), set(result.text.split("\n"))
        parsed = parse(texts)
        written = {at for at, part in enumerate(parsed.parts) if not is_generated(part.path)}
        changed = [line for line in range(len(texts)) if parsed.roles[line] == CHANGED and parsed.owners[line] in written]
        assert [texts[line] for line in changed if texts[line] not in kept] == []


def test_a_hunks_place_is_quoted_as_it_is() -> None:
    lines = ["diff --git a/pick.ts b/pick.ts", "--- a/pick.ts", "+++ b/pick.ts"]
    for hunk in range(40):
        lines += [f"@@ -{hunk * 50 + 1},7 +{hunk * 50 + 1},7 @@ function pick{hunk}(list: string[], at: number[])"]
        lines += [f"   const kept{hunk}{n} = list;" for n in range(3)] + [f"-  old{hunk}", f"+  new{hunk}"] + [f"   const more{hunk}{n} = at;" for n in range(3)]
    text = compressed("\n".join(lines) + "\n", strategy="balanced").text
    assert "string()" not in text
    assert "function pick7(list: string..." in text


def test_a_question_reaches_into_a_lock() -> None:
    lines = ["diff --git a/package-lock.json b/package-lock.json", "--- a/package-lock.json", "+++ b/package-lock.json"]
    for n in range(60):
        name = "node_modules/body-parser" if n == 40 else f"node_modules/part-{n}"
        lines += [f"@@ -{n * 20 + 1},3 +{n * 20 + 1},3 @@", f'     "{name}": {{', f'-      "version": "1.{n}.0",', f'+      "version": "1.{n}.3",', '       "license": "MIT",']
    plain, asked = compressed("\n".join(lines)), compressed("\n".join(lines), query="To which version did body-parser move?")
    assert '"version": "1.40.3"' not in plain.text
    assert '-      "version": "1.40.0",\n+      "version": "1.40.3",' in asked.text
