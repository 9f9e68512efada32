"""Listings: the unusual stays, the rest is counted by folder and kind."""

from __future__ import annotations

import re
from itertools import product

import pytest
from hypothesis import HealthCheck, Phase, given
from hypothesis import settings as examples
from hypothesis import strategies as st

from headroom_cli.api import compress_document
from headroom_cli.formats import choose, listing
from headroom_cli.formats.listing.entries import ENTRY, Entry, kind_of, read_entries
from headroom_cli.formats.listing.notes import ending
from headroom_cli.model import Document, Result
from headroom_cli.settings import Settings
from headroom_cli.source import read_document
from headroom_cli.text.envelope import find_envelope
from headroom_cli.verify import verify

quick = examples(max_examples=20, suppress_health_check=list(HealthCheck), phases=(Phase.explicit, Phase.generate))


def document(text: str) -> Document:
    return read_document(text.encode("utf-8", "surrogateescape"), name="ls.txt", path="ls.txt")


def compressed(text: str, **settings: object) -> Result:
    return compress_document(document(text), Settings(format="listing", **settings))  # type: ignore[arg-type]


def files(folder: str, count: int, first: str = "-rw-r--r--") -> list[str]:
    return [f"./{folder}:", f"total {count * 4}", *(f"{first} 1 me me {1000 + n} 2026-01-02 03:04 part_{n}.py" for n in range(count)), ""]


UNUSUAL = [
    "lrwxrwxrwx 1 me me 9 2026-01-02 03:04 current -> /srv/app/7",
    "-rwsr-xr-x 1 root root 1007 2026-01-02 03:04 helper",
    "-rwxr-xr-x 1 me me 1008 2026-01-02 03:04 run.sh",
    "-rw-r--r-- 1 me me 999999999 2026-01-02 03:04 core.dump",
    "-rw-r--r-- 1 me me 1001 2026-03-04 05:06 newest.py",
    "-rw-r--r-- 1 me me 1002 2026-01-02 03:04 .env",
]


def test_the_unusual_stays_and_the_rest_is_counted() -> None:
    lines = files("src", 60)
    lines[30:30] = UNUSUAL
    result = compressed("\n".join(lines) + "\n")
    assert [line for line in UNUSUAL if line not in result.text] == []
    assert "part_59.py" in result.text or " .py]" in result.text
    assert result.savings_pct > 58


def test_names_fill_the_target_and_the_rest_is_counted() -> None:
    words = ["".join(letters) for letters in product("abcdefghijklmnopq", repeat=3)]
    few = compressed("total 9\n" + "\n".join(f"drwxr-xr-x 2 me me 4096 2026-01-02 03:04 dep_{word}" for word in words[::16]) + "\n")
    assert all(f"dep_{word}" in few.text for word in words[::16])
    assert few.savings_pct > 70
    many = compressed("\n".join(f"-rw-r--r-- 1 me me {n} 2026-01-02 03:04 one_of_many_files_{word}.py" for n, word in enumerate(words)) + "\n")
    assert re.search(r" and [34]\d\d\d \.py\]", many.text)
    assert 4000 < many.compressed_tokens <= 6000


def test_names_that_differ_in_numbers_alone_are_counted() -> None:
    text = compressed("\n".join(f"-rw-r--r-- 1 me me 120 2026-01-02 03:04 part_{n}.py" for n in range(300)) + "\n").text
    assert len(text) < 1200
    assert " .py]" in text


IDS = "9a579644a8cc074f662c94cb67c3f2e46d7b7c48 9a579644a8cc074f662c94cb67c3f2e46d7b7c48"


def test_the_ids_of_objects_go_and_the_header_says_so() -> None:
    changed = [f"1 {'.D' if n == 40 else '.M'} N... 100644 100644 100644 {IDS} src/part_{n}.py" for n in range(60)]
    lines = ["# branch.oid " + IDS[:40], f"u UU N... 100644 100644 100644 100644 {IDS} {IDS[:40]} src/both.py", *changed, "? new.txt"]
    text = "\n".join(lines) + "\n"
    result = compressed(text, strategy="conservative")
    assert "; cut: object ids;" in result.text.splitlines()[0]
    assert "\n1 .M N... 100644 100644 100644 src/part_3.py\n" in result.text
    assert verify(result.data, document(text)) == []
    assert "1 .D N... 100644 100644 100644 src/part_40.py" in compressed(text, strategy="balanced").text
    assert "src/both.py" in compressed(text, strategy="aggressive").text


def test_what_is_hidden_is_counted_by_folder_and_named_where_it_is_unusual() -> None:
    lines = [*files("src", 80), *files("lib", 80), *files("bin", 60, "-rwxr-xr-x")]
    result = compressed("\n".join(lines) + "\n", strategy="aggressive")
    assert verify(result.data, document("\n".join(lines) + "\n"), Settings(format="listing")) == []
    assert "executables: part_" in result.text
    assert " .py" in result.text


def test_short_markers_have_no_names() -> None:
    result = compressed("\n".join([*files("src", 80), *files("bin", 9, "-rwxr-xr-x")]) + "\n", markers="short", strategy="aggressive")
    assert "entries" in result.text
    assert "executables:" not in result.text


def test_conflicts_and_deletions_of_git_status_all_stay() -> None:
    short = [f"UU src/a{n}.py" for n in range(9)] + [f" D src/b{n}.py" for n in range(30)] + [f"?? out/c{n}.tmp" for n in range(300)]
    result = compressed("\n".join(short) + "\n")
    assert [line for line in short[:39] if line not in result.text] == []
    assert result.savings_pct > 50
    long = ["On branch main", "", "Unmerged paths:", *(f"\tboth modified:   src/a{n}.py" for n in range(9)), "", "Untracked files:", *(f"\tout/c{n}.tmp" for n in range(300))]
    assert [line for line in long[:12] if line not in compressed("\n".join(long) + "\n").text] == []


def test_a_question_raises_what_answers_it() -> None:
    lines = [f"src/module_{n}/part_{n}.py" for n in range(300)]
    lines[170] = "src/module_170/billing_gateway.py"
    assert "billing_gateway.py" in compressed("\n".join(lines) + "\n", query="Where is the billing gateway?").text


@pytest.mark.parametrize(
    ("text", "entry"),
    [
        ("-rwxr-xr-x. 1 me me 4.5K Jan  2 03:04 run.sh", Entry(ENTRY, "", "run.sh", -1, "executable", 4608, "9999-01-02 03:04")),
        ("-rw-r--r--  1 me  staff  120 Jan  2  2024 a b.txt", Entry(ENTRY, "", "a b.txt", -1, "", 120, "2024-01-02 2024")),
        ("drwxr-xr-x 2 me me 4096 2026-01-02 03:04 src", Entry(ENTRY, "", "src", -1, "folder", 4096, "2026-01-02 03:04")),
        ("lrwxrwxrwx 1 me me 9 2026-01-02 03:04 a -> /b", Entry(ENTRY, "", "a", -1, "symlink", 9, "2026-01-02 03:04")),
        ("crw-rw-rw- 1 root root 1, 3 2026-01-02 03:04 null", Entry(ENTRY, "", "null", -1, "special file", 13, "2026-01-02 03:04")),
    ],
)
def test_lines_of_ls_are_read(text: str, entry: Entry) -> None:
    assert read_entries([text])[0] == entry


@pytest.mark.parametrize(
    ("lines", "entry"),
    [
        ([f"1 .D N... 100644 100644 000000 {IDS} src/a.py"], Entry(ENTRY, "src", "a.py", -1, "deletion")),
        ([f"2 R. N... 100644 100644 100644 {IDS} R100 b.md\ta.md"], Entry(ENTRY, "", "b.md", -1, "change")),
        (["? out/a.tmp"], Entry(ENTRY, "out", "a.tmp", -1, "untracked")),
        ([f"100755 {IDS[:40]} 0\tbin/run"], Entry(ENTRY, "bin", "run", -1, "executable")),
        (["-rw-r--r-- 120 2026-01-02 src/a b.py"], Entry(ENTRY, "src", "a b.py", -1, "", 120, "2026-01-02")),
        (["apt/now 2.6.1 amd64 [installed,upgradable to: 2.6.2]"], Entry(ENTRY, "", "apt", -1, "change", sort="installed,upgradable")),
    ],
)
def test_lines_of_other_tools_are_read(lines: list[str], entry: Entry) -> None:
    assert read_entries(lines)[0] == entry


def test_names_of_ls_r_have_folders() -> None:
    lines = [".:", "src", "README.md", "", "./src:", "cart.py", "deep", "", "./src/deep:", "a.py"]
    assert [(entry.folder, entry.name, entry.mark) for entry in read_entries(lines) if entry.role == ENTRY] == [
        (".", "src", "folder"), (".", "README.md", ""), ("./src", "cart.py", ""), ("./src", "deep", "folder"), ("./src/deep", "a.py", ""),
    ]  # fmt: skip


def test_trees_have_folders() -> None:
    tree = [".", "├── src", "│   ├── a.py", "│   └── deep", "│       └── b.py -> c.py", "└── README.md", "", "2 directories, 3 files"]
    entries = read_entries(tree)
    assert [(entry.folder, entry.name, entry.mark) for entry in entries[1:6]] == [
        ("", "src", "folder"),
        ("src", "a.py", ""),
        ("src", "deep", "folder"),
        ("src/deep", "b.py", "symlink"),
        ("", "README.md", ""),
    ]


def test_kinds_of_file() -> None:
    assert [ending(Entry(name=name)) for name in ("a.py", "Makefile", ".env", "a.tar.gz", "x.verylongending")] == [".py", "file", "file", ".gz", "file"]
    assert ending(Entry(name="a.d", mark="folder")) == "folder"


def score(text: str) -> float:
    lines = text.encode().split(b"\n")
    return listing.score([line for line in lines if line.strip()], find_envelope(lines))[0]


@pytest.mark.parametrize(
    "text",
    [
        "\n".join(files("src", 20)),
        "\n".join(f"./src/part_{n}/file.py" for n in range(20)),
        ".\n" + "\n".join(f"├── file_{n}.py" for n in range(20)) + "\n\n0 directories, 20 files",
        "\n".join(f"{n * 4}\t./src/part_{n}" for n in range(20)),
        "\n".join(f" M src/part_{n}.py" for n in range(20)),
        "\n".join(f"1 .M N... 100644 100644 100644 {IDS} src/part_{n}.py" for n in range(20)),
        "\n".join(f"100644 {IDS[:40]} 0\tsrc/part_{n}.py" for n in range(20)),
        "\n".join(f"drwxr-xr-x {n} 2026-01-02 src/part_{n}" for n in range(20)),
        "\n".join(f"./part_{n}:\na.py\nb c.py" if n else ".:" for n in range(20)),
        "Listing...\n" + "\n".join(f"lib{n}/stable,now 1.{n}-1 amd64 [installed,automatic]" for n in range(20)),
        "On branch main\nUntracked files:\n" + "\n".join(f"\tsrc/part_{n}.py" for n in range(20)),
        "\n".join(f"  1234   4 -rw-r--r--   1 me  me  120 Jan  2 03:04 ./src/part_{n}.py" for n in range(20)),
    ],
)
def test_listings_are_known(text: str) -> None:
    assert score(text) >= 0.8
    assert choose(document(text)).name == "listing"


@pytest.mark.parametrize(
    "text",
    [
        "\n".join(f"tests/test_a.py::test_{n} PASSED" for n in range(20)),
        "\n".join(f"Compiling src/part_{n}.c" for n in range(20)),
        "\n".join(f"https://example.org/page/{n}" for n in range(20)),
        "\n".join(f"- item {n} of a/b" for n in range(20)),
        "\n".join(f"key{n}:\n  value" for n in range(20)),
        "steps:\n" + "\n".join(f"first {n}" for n in range(20)),
        "\n".join(f"step {n} took 4 [ok]" for n in range(20)),
        "\n".join(f"A line of prose about either/or number {n}." for n in range(20)),
        "\n".join(f"{n}\tvalue\tother" for n in range(20)) + "\nend",
        "a/b\nc/d",
        "",
    ],
)
def test_other_texts_are_no_listing(text: str) -> None:
    assert score(text) == 0.0


def test_no_line_is_no_listing() -> None:
    assert kind_of([])[1] == 0.0


names = st.sampled_from(["a.py", ".env", "b c.txt", "run.sh", "x[1].js", "Makefile", "漢.md"])
entries = st.one_of(
    st.builds(lambda bits, size, name: f"{bits} 1 me me {size} 2026-01-02 03:04 {name}", st.sampled_from(["-rw-r--r--", "-rwxr-xr-x", "drwxr-xr-x", "lrwxrwxrwx"]), st.integers(0, 9**9), names),
    st.builds(lambda folder, name: f"./{folder}/{name}", st.sampled_from(["src", "a/b", ".git/x", "node_modules/y"]), names),
    st.builds(lambda code, name: f"{code} {name}", st.sampled_from(["UU", " D", "??", " M"]), names),
    st.sampled_from(["./src:", "total 12", "", "[L3-4]", "├── a", "│   └── b", "4\t./c"]),
)
listings = st.lists(entries, min_size=1, max_size=150).map(lambda lines: "\n".join(lines) + "\n")


@quick
@given(listings, st.sampled_from(["conservative", "balanced", "aggressive"]), st.sampled_from([None, 150]))
def test_promises_hold_for_any_listing(text: str, strategy: str, max_tokens: int | None) -> None:
    own = Settings(format="listing", strategy=strategy, max_tokens=max_tokens)
    result = compress_document(document(text), own)
    problems = verify(result.data, document(text), own)
    assert max_tokens is not None or problems == []
    assert [problem for problem in problems if "not line" in problem or "missing" in problem] == []
