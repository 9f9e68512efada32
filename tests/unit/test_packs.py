"""Packs: the loader refuses what is wrong with its place, the built-in packs keep what their samples promise."""

import os
import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from headroom_cli import packs
from headroom_cli.api import compress_document
from headroom_cli.errors import ConfigError
from headroom_cli.settings import Settings
from headroom_cli.source import read_document

ROOT = Path(packs.RULES).parent
ALL = packs.load_all()
MINIMAL = """pack: demo
about: a tool
origin: run
version: "1"
cues: ["demo says"]
"""


def write(folder: Path, text: str, name: str = "demo") -> str:
    path = folder / f"{name}.yaml"
    path.write_text(text, encoding="utf-8")
    return str(path)


def patterns(pack: packs.Pack) -> list[str]:
    lines = [rule.match for rule in (*pack.noise, *pack.evidence, *pack.summary)]
    blocks = [p for b in pack.blocks for p in (b.start, b.lead, b.end, b.last, b.core, b.fold) if p]
    return lines + blocks


def telling(pack: packs.Pack) -> list[str]:
    return [line for rule in (*pack.evidence, *pack.summary) if rule.weight >= 4 for line in rule.yes]


@pytest.mark.parametrize("pack", ALL, ids=lambda pack: pack.name)
def test_samples_hold(pack: packs.Pack) -> None:
    assert packs.check_samples(pack) == []


@pytest.mark.parametrize("pack", ALL, ids=lambda pack: pack.name)
def test_patterns_hold_in_a_whole_buffer_too(pack: packs.Pack) -> None:
    for pattern in patterns(pack):
        assert not re.search(r"\\[sWD]", pattern), pattern
        for negated in re.findall(r"\[\^(?:\\.|[^\]\\])*\]", pattern):
            assert "\\n" in negated or " -~" in negated, pattern


@pytest.mark.parametrize("pack", ALL, ids=lambda pack: pack.name)
def test_noise_of_one_pack_is_no_evidence_of_another(pack: packs.Pack) -> None:
    for rule in pack.noise:
        search = re.compile(rule.match).search
        for other in ALL:
            assert [line for line in telling(other) if search(line)] == [], (pack.name, rule.name, other.name)


@pytest.mark.parametrize("pack", ALL, ids=lambda pack: pack.name)
def test_noise_says_what_it_must_not_take(pack: packs.Pack) -> None:
    assert not pack.noise or any(rule.no for rule in pack.noise)


def test_every_yaml_file_is_a_pack() -> None:
    assert [pack.name for pack in ALL] == sorted(path.stem for path in (ROOT / "rules").glob("*.yaml"))


def test_prose_opens_no_pack() -> None:
    text = b"Dear reader,\n\nthe meeting was moved to Tuesday. Bring the report, please.\n" * 30
    assert packs.open_packs(text.__contains__, None) == []


def test_only_named_packs_open() -> None:
    text = b"===== test session starts =====\nCollecting flask\n"
    assert [pack.name for pack in packs.open_packs(text.__contains__, None)] == ["pip", "pytest"]
    assert [pack.name for pack in packs.open_packs(text.__contains__, ("pip", "git"))] == ["pip"]
    assert packs.open_packs(text.__contains__, ()) == []
    with pytest.raises(ConfigError, match="no pack 'pytset'"):
        packs.open_packs(text.__contains__, ("pytset",))


def test_a_project_pack_joins_and_replaces(tmp_path: Path) -> None:
    write(tmp_path, MINIMAL)
    write(tmp_path, MINIMAL.replace("pack: demo", "pack: git"), "git")
    opened = packs.open_packs(b"demo says hi".__contains__, None, [str(tmp_path)])
    assert [(pack.name, pack.about) for pack in opened] == [("demo", "a tool"), ("git", "a tool")]
    assert {pack.name: pack.about for pack in packs.load_all([str(tmp_path)])}["git"] == "a tool"
    assert packs.load_all([str(tmp_path / "none")]) == ALL


RULE = '\n  - {name: x, match: "^x", yes: ["x"]}\n'
BROKEN = [
    ("", "the pack is empty", ""),
    ("pack: [", "not YAML", ":2:1"),
    ("- a", "must be a mapping", ":1"),
    (MINIMAL.replace("about", "abuot"), "unknown key 'abuot' (did you mean about?)", ":2:1"),
    (MINIMAL.replace("origin: run\n", ""), "origin is missing", ":1"),
    (MINIMAL.replace("run", "guess"), "origin is 'guess', but must be one of run, documented", ":3:9"),
    (MINIMAL.replace("demo says", "x"), "a pack needs cues", ":5:7"),
    (MINIMAL.replace("pack: demo", "pack: other"), "called 'other', its file is not", ":1:7"),
    (MINIMAL + "noise: 3\n", "noise must be a list", ":6:8"),
    (MINIMAL + "noise:" + RULE.replace("^x", "("), "match: '(' is not a regular expression", ":7:22"),
    (MINIMAL + "noise:" + RULE.replace("^x", "x" * 1001), "1001 characters, but at most 1000 are allowed", ":7:22"),
    (MINIMAL + "noise:" + RULE.replace("^x", "(x+)+$"), "match: '(x+)+$' can take exponential time", ":7:22"),
    (MINIMAL + "noize: []\n", "unknown key 'noize' (did you mean noise?)", ":6:1"),
    (MINIMAL + "noise:" + RULE.replace("yes:", "weight: 3, yes:"), "noise has no weight", ":7:36"),
    (MINIMAL + "evidence:" + RULE.replace("yes:", "weight: 11, yes:"), "weight must be a number from 0 to 10", ":7:36"),
    (MINIMAL + "evidence:" + RULE.replace('["x"]', "[]"), "at least one sample is needed", ":7:33"),
    (MINIMAL + 'blocks:\n  - {name: b, kind: k, start: "^b", rank: cause, yes: [b]}\n', "one of `end`", ":7:5"),
    (MINIMAL + "blocks:\n  - {name: b, kind: k, start: b, last: c, rank: why, yes: [b]}\n", "rank is 'why'", ":7:49"),
    (MINIMAL + "about: again\n", "about is there twice", ":6:1"),
]


@pytest.mark.parametrize(("text", "message", "place"), BROKEN, ids=[message for _, message, _ in BROKEN])
def test_a_malformed_pack_is_refused_with_its_place(tmp_path: Path, text: str, message: str, place: str) -> None:
    path = write(tmp_path, text)
    with pytest.raises(ConfigError) as caught:
        packs.read_pack(path)
    assert message in str(caught.value)
    assert caught.value.place.startswith(path + place)


def test_samples_that_do_not_hold_are_named(tmp_path: Path) -> None:
    text = (
        MINIMAL
        + """noise:
  - {name: quiet, match: "^fail", yes: ["ok 1"], no: ["fail 2"]}
evidence:
  - {name: loud, match: "^fail", yes: ["fail 3"]}
blocks:
  - {name: b, kind: k, start: "^head", end: "^end", rank: cause, yes: ["head\\nend\\nmore"], no: ["a\\nhead"], after: ["more"]}
"""
    )
    problems = packs.check_samples(packs.read_pack(write(tmp_path, text)))
    assert problems == [
        "demo: quiet: does not match 'ok 1'",
        "demo: quiet: matches 'fail 2'",
        "demo: b: covers lines 1-1 of the 3 of 'head'",
        "demo: b: goes on after 'more'",
        "demo: b: starts in 'a\\nhead'",
        "demo: quiet: noise, but it matches the evidence 'fail 3'",
    ]


BLOCK = packs.BlockRule("b", "k", "^head", "^pre", "^end", "", 5, "", "", "cause", 6, False, (), (), ())


@pytest.mark.parametrize(
    ("rule", "bodies", "head", "span"),
    [
        (BLOCK, "x head a end", 1, (1, 3)),
        (BLOCK, "pre pre head a", 2, (0, 4)),
        (BLOCK, "head a head end", 0, (0, 2)),
        (BLOCK, "head 1 2 3 4 5 6", 0, (0, 5)),
        (BLOCK._replace(end="", last="^end"), "head a end b", 0, (0, 3)),
        (BLOCK._replace(end="", last="^end"), "head", 0, (0, 1)),
    ],
)
def test_extent(rule: packs.BlockRule, bodies: str, head: int, span: tuple[int, int]) -> None:
    assert packs.extent(rule, bodies.split(), head) == span


@pytest.fixture
def tree(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A checkout of its own with one pack, `demo`."""
    (tmp_path / "rules").mkdir()
    (tmp_path / "build_packs.py").touch()
    write(tmp_path / "rules", MINIMAL)
    monkeypatch.setattr(packs, "RULES", str(tmp_path / "rules"))
    monkeypatch.setattr(packs, "BINARY", str(tmp_path / "packs.bin"))
    return tmp_path


def built(tree: Path, about: str, seconds: int) -> None:
    """Compile `demo` with another `about`, `seconds` newer than the YAML: which one is read shows."""
    pack = packs.read_pack(str(tree / "rules/demo.yaml"))._replace(about=about)
    (tree / "packs.bin").write_bytes(packs.compile_packs([pack]))
    when = os.stat(tree / "rules/demo.yaml").st_mtime + seconds
    os.utime(tree / "packs.bin", (when, when))


def test_the_compiled_file_is_read_where_it_is_current(tree: Path) -> None:
    built(tree, "compiled", 10)
    assert [pack.about for pack in packs.load_all()] == ["compiled"]


def test_edited_yaml_wins_over_a_stale_compiled_file(tree: Path) -> None:
    built(tree, "compiled", -10)
    assert [pack.about for pack in packs.load_all()] == ["a tool"]


def test_a_removed_pack_makes_the_compiled_file_stale(tree: Path) -> None:
    built(tree, "compiled", 10)
    os.rename(tree / "rules/demo.yaml", tree / "rules/other.yaml")
    write(tree / "rules", MINIMAL.replace("pack: demo", "pack: other"), "other")
    os.utime(tree / "rules/other.yaml", (0, 0))
    assert [pack.name for pack in packs.load_all()] == ["other"]


@pytest.mark.parametrize("content", [b"", b"rubbish", b"i\x00\x00\x00\x00"])
def test_a_damaged_compiled_file_is_passed_over(tree: Path, content: bytes) -> None:
    built(tree, "compiled", 10)
    when = os.stat(tree / "packs.bin").st_mtime
    (tree / "packs.bin").write_bytes(content)
    os.utime(tree / "packs.bin", (when, when))
    assert [pack.about for pack in packs.load_all()] == ["a tool"]


def test_an_installation_has_the_compiled_file_alone(tree: Path) -> None:
    built(tree, "compiled", 10)
    (tree / "build_packs.py").unlink()
    assert [pack.about for pack in packs.load_all()] == ["compiled"]
    (tree / "packs.bin").unlink()
    with pytest.raises(ConfigError, match="install headroom-compress again"):
        packs.load_all()


def cases() -> list[tuple[str, list[str]]]:
    found = [(str(ROOT / "examples" / row["file"]), row["must_keep"]) for row in load(ROOT / "examples/cases.yaml")]
    found += [(str(path.parent / "input.log"), load(path)["must_keep"]) for path in ROOT.glob("tests/golden/logs/*/case.yaml")]
    return sorted(found)


def load(path: Path) -> Any:
    return yaml.safe_load(path.read_text("utf-8"))


ENVELOPE = re.compile(r"\ufeff|\x1b\[[0-9;?]*[A-Za-z]|^\[?\d{4}-\d\d-\d\dT[\d:.]+Z\]? ", re.M)


@pytest.mark.parametrize(("path", "must_keep"), cases())
def test_no_answer_is_noise_alone(path: str, must_keep: list[str]) -> None:
    text = ENVELOPE.sub("", Path(path).read_bytes().decode("utf-8", "replace"))
    opened = packs.open_packs(text.encode().__contains__, None)
    noise = [re.compile(rule.match).search for pack in opened for rule in pack.noise]
    bodies = text.split("\n")
    for needle in must_keep:
        lines = [body for body in bodies if needle in body]
        assert lines, needle
        assert not all(any(search(line) for search in noise) for line in lines), needle


def test_the_documented_list_of_packs_is_the_one_there_is() -> None:
    text = (ROOT / "docs" / "packs.md").read_text(encoding="utf-8")
    for pack in packs.load_all():
        assert f"| `{pack.name}` | {pack.about}{' (documented)' if pack.origin == 'documented' else ''} |" in text


def test_the_short_summary_stays_where_blocks_do_not_fit() -> None:
    """One line of a summary is the cheapest that can be said of a failure."""
    failures = {
        "test_bound": ("ValueError", "limit must be at most 80, got 96", "i = 96", "    check(i)", "E       assert 96 <= 80"),
        "test_key": ("KeyError", "'zz'", "d = {'a': {'b': 1}}", "    return d['a']['zz']", "E       the last key is not there"),
        "test_port": ("RuntimeError", "fixture exploded at port 8080", "host = 'db'", "    connect(host)", "E       nobody listens"),
        "test_name": ("TypeError", "name must be a string", "name = 7", "    greet(name)", "E       got an integer"),
        "test_rows": ("AssertionError", "assert {'a': 1, 'b': [1, 2, 3]} == {'a': 1, 'b': [1, 2, 4]}", "", "    assert rows() == {'b': [1, 2, 4]}", "E         Differing items:\nE         {'b': [1, 2, 3]} != {'b': [1, 2, 4]}"),
    }
    out = ["....................................FF................F....F........F [100%]"] * 2 + ["=================================== FAILURES ==================================="]
    for name, (kind, message, local, line, detail) in failures.items():
        out += [f"{f' {name} ':_^80}", "", local, "", f"    def {name}():", f">   {line}", f"E       {kind}: {message}", *detail.split("\n"), "", f"test_x.py:{len(out)}: {kind}"]
        out += ["----------------------------- Captured stdout call -----------------------------", f"out of {name}"]
    summary = [f"FAILED test_x.py::{name} - {kind}: {message}" for name, (kind, message, *_) in failures.items()]
    out += ["=========================== short test summary info ============================", *summary, "5 failed, 119 passed in 0.08s"]
    text = compress_document(read_document(("\n".join(out) + "\n").encode(), name="t.log", path=None), Settings()).text
    assert text.startswith("[headroom: ")
    assert [line for line in summary if line not in text] == []
