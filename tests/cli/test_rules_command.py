"""`headroom rules ...` and `headroom init` through the command line."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from running import Run

from headroom_cli.cli import run
from headroom_cli.cli.init import STARTER

ROOT = Path(__file__).resolve().parents[2]
FILE = "headroom-config.yaml"
BROKEN = "rules:\n  - patern: a\n    max_tokens: 0\n  - glob: b\n    compress: false\n    max_tokens: 5\n"
CASCADE = """\
rules:
  - glob: '*.log'
    max_tokens: 1
    dedup: no
  - pattern: a
    max_tokens: 2
  - pattern: zz
    keep: x
"""
WARNS = "defaults: {compress: false, max_tokens: 5}\n"


@pytest.fixture(autouse=True)
def _here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / ".git").mkdir()
    monkeypatch.chdir(tmp_path)


def rules(capfd: pytest.CaptureFixture[str], *words: str, env: dict[str, str] | None = None) -> tuple[int, str, str]:
    code = run(["rules", *words], env or {})
    out, err = capfd.readouterr()
    return code, out, err


def put(text: str, name: str = FILE) -> None:
    Path(name).parent.mkdir(parents=True, exist_ok=True)
    Path(name).write_text(text, encoding="utf-8")


def test_check_prints_every_problem_with_its_place(capfd: pytest.CaptureFixture[str]) -> None:
    put(BROKEN)
    code, out, err = rules(capfd, "check")
    assert code == 1
    assert out.splitlines() == [
        "headroom-config.yaml:2:5: R002 error: unknown key 'patern' (did you mean pattern?)",
        "headroom-config.yaml:3:17: R007 error: max_tokens is 0, but must be a whole number of tokens, 1 or more",
        "headroom-config.yaml:6:17: R006 warning: max_tokens has no effect beside compress: false (remove one of the two)",
    ]
    assert err == "headroom-config.yaml: 1 rule, 2 errors, 1 warning\n"


@pytest.mark.parametrize(
    ("text", "words", "expected"),
    [
        (BROKEN, (), 1),
        (WARNS, (), 0),
        (WARNS, ("--strict",), 1),
        (STARTER, ("--strict",), 0),
        ("", ("--strict",), 0),
        ("rules: [{glob: '*.none', dedup: no}]", ("--against", ".", "--strict"), 1),
        ("rules: [{glob: '*.yaml', dedup: no}]", ("--against", ".", "--strict"), 0),
        ("", ("--against", "nowhere"), 2),
    ],
)
def test_check_answers_with_its_exit_code(
    capfd: pytest.CaptureFixture[str], text: str, words: tuple[str, ...], expected: int
) -> None:
    put(text)
    assert rules(capfd, "check", *words)[0] == expected


def test_check_writes_json_and_annotations(capfd: pytest.CaptureFixture[str]) -> None:
    put(BROKEN, "a,b.yaml")
    code, out, _ = rules(capfd, "check", "--format", "json", "a,b.yaml")
    told = json.loads(out)
    assert (code, told["version"], told["errors"], told["warnings"]) == (1, 1, 2, 1)
    first = {"file": "a,b.yaml", "line": 2, "column": 5, "code": "R002", "severity": "error"}
    assert told["problems"][0] == {**first, "message": "unknown key 'patern'", "hint": "did you mean pattern?"}
    _, out, _ = rules(capfd, "check", "--format", "github", "a,b.yaml")
    assert out.splitlines()[0] == "::error file=a%2Cb.yaml,line=2,col=5,title=R002::unknown key 'patern' (did you mean pattern?)"
    assert out.splitlines()[2].startswith("::warning ")


def test_check_takes_several_files_and_says_where_none_is(capfd: pytest.CaptureFixture[str]) -> None:
    put(BROKEN, "a.yaml")
    put(WARNS, "b.yaml")
    code, out, _ = rules(capfd, "check", "a.yaml", "b.yaml")
    assert (code, len(out.splitlines())) == (1, 4)
    code, _, err = rules(capfd, "check")
    assert (code, err) == (
        2,
        "headroom: error: no configuration holds here (`headroom init` writes a first headroom-config.yaml)\n",
    )
    assert rules(capfd, "check", "gone.yaml")[0] == 2


def test_check_reads_the_table_of_a_pyproject(capfd: pytest.CaptureFixture[str]) -> None:
    put("[tool.headroom]\nversio = 1\n", "pyproject.toml")
    assert rules(capfd, "check")[1] == "pyproject.toml:2:1: R002 error: unknown key 'versio' (did you mean version?)\n"


def test_list_shows_rules_and_packs(capfd: pytest.CaptureFixture[str]) -> None:
    put("defaults: {strategy: off}\nexclude: ['*.js']\nrules:\n  - glob: '*.log'\n    max_tokens: 1\n    keep: x\n")
    code, out, _ = rules(capfd, "list")
    assert code == 0
    for wanted in (
        r"   1  defaults +strategy: off",
        r"   2  exclude \*\.js",
        r"   4  glob \*\.log +max_tokens: 1, keep: \['x'\]",
        "pytest +",
    ):
        assert re.search(wanted, out), wanted
    told = json.loads(rules(capfd, "list", "--json")[1])
    assert told["rules"] == [{"line": 4, "kind": "glob", "pattern": "*.log", "sets": {"max_tokens": 1, "keep": ["x"]}}]
    assert {"name", "about", "origin", "tool_version", "cues"} == set(told["packs"][0])
    run(["--no-config", "rules", "list", "--json"], {})
    assert json.loads(capfd.readouterr().out)["config"] is None


def test_explain_shows_who_won(capfd: pytest.CaptureFixture[str]) -> None:
    put(CASCADE)
    _, out, _ = rules(capfd, "explain", "a.log", env={"HEADROOM_STRATEGY": "lossless"})
    assert out.splitlines() == [
        "a.log",
        "  headroom-config.yaml:2  applies   glob *.log  ->  max_tokens: 1 (overridden), dedup: false",
        "  headroom-config.yaml:5  applies   pattern a  ->  max_tokens: 2",
        "  headroom-config.yaml:7  no match  pattern zz",
        "  holds:",
        "    strategy    lossless  (HEADROOM_STRATEGY)",
        "    max_tokens  2  (headroom-config.yaml:6)",
        "    dedup       false  (headroom-config.yaml:4)",
    ]
    told = json.loads(rules(capfd, "explain", "a.log", "b", "--json")[1])
    assert [path["path"] for path in told["paths"]] == ["a.log", "b"]
    assert told["paths"][0]["settings"]["dedup"] == {"value": False, "origin": "headroom-config.yaml:4"}
    assert told["paths"][0]["steps"][0]["won"] == ["dedup"]


def test_explain_says_so_where_nothing_is_set(capfd: pytest.CaptureFixture[str]) -> None:
    assert rules(capfd, "explain", "./a")[1] == "./a\n  holds: the defaults\n"
    assert rules(capfd, "explain")[0] == 2


PACK = """\
pack: mine
about: our own tool
origin: documented
version: "1"
cues: ["MINE:"]
evidence:
  - name: failure
    match: "^MINE: bad"
    yes: ["MINE: bad thing"]
    no: ["MINE: %s"]
"""


@pytest.mark.parametrize(("sample", "expected"), [("good thing", 0), ("bad indeed", 1)])
def test_test_runs_the_samples_of_every_pack(capfd: pytest.CaptureFixture[str], sample: str, expected: int) -> None:
    put(PACK % sample, ".headroom/rules/mine.yaml")
    code, out, err = rules(capfd, "test")
    assert code == expected
    assert ("mine: 2 samples, ok" if not expected else "mine: 2 samples, 1 failure") in out
    assert "pytest: " in out
    assert re.fullmatch(rf"\d+ packs, \d+ samples, {expected} failures?\n", err)
    told = json.loads(rules(capfd, "test", "--json")[1])
    assert told["failed"] == expected
    assert [len(pack["problems"]) for pack in told["packs"] if pack["name"] == "mine"] == [expected]


def test_a_pack_that_cannot_be_read_is_reported_and_the_others_are_tested(capfd: pytest.CaptureFixture[str]) -> None:
    put("pack: other\n", ".headroom/rules/broken.yaml")
    put(PACK % "good thing", ".headroom/rules/mine.yaml")
    code, out, err = rules(capfd, "test")
    assert code == 1
    assert "broken.yaml:1:1: " in out
    assert "mine: 2 samples, ok" in out
    assert err.endswith(", 1 failure\n")
    told = json.loads(rules(capfd, "test", "--json")[1])
    assert (told["failed"], len(told["broken"])) == (1, 1)
    code, _, err = rules(capfd, "list")
    assert code == 2
    assert "broken.yaml:1:1" in err


@pytest.mark.parametrize("action", ["list", "test"])
def test_without_a_configuration_the_project_s_packs_are_left_out(capfd: pytest.CaptureFixture[str], action: str) -> None:
    put("pack: other\n", ".headroom/rules/broken.yaml")
    assert run(["--no-config", "rules", action], {}) == 0
    out = capfd.readouterr().out
    assert "pytest" in out
    assert "broken.yaml" not in out


def test_explain_names_what_the_user_named(capfd: pytest.CaptureFixture[str]) -> None:
    put("defaults: {drop: a}\n")
    _, out, _ = rules(capfd, "explain", "x.log", "--drop", "b")
    assert "    drop  ['a', 'b']  (defaults headroom-config.yaml:1 and --drop)" in out.splitlines()
    for words in (("-v",), ("--json",)):
        _, out, _ = rules(capfd, "explain", "x.log", *words)
        assert "force_drop" not in out
        assert "boilerplate" not in out


def test_explain_takes_stdin_as_one_line_or_as_a_path_that_no_rule_sees(headroom: Run, log: bytes) -> None:
    put("defaults: {strategy: aggressive}\nrules: [{glob: '*', keep: x}]\n")
    ran = headroom("rules", "explain", "--line", "896", "-", stdin=log)
    assert (ran.code, ran.out.splitlines()[0]) == (0, b"<stdin>:896")
    assert b"  kept " in ran.out
    out = headroom("rules", "explain", "-").out.decode()
    assert out.startswith("<stdin>\n")
    assert "no match  glob *" in out


@pytest.mark.parametrize(
    "words",
    [
        ("rules",),
        ("rules", "chek"),
        ("rules", "check", "--format", "xml"),
        ("rules", "list", "x"),
        ("init", "a", "b"),
        ("init", "no/folder"),
    ],
)
def test_usage_errors_are_exit_2(capfd: pytest.CaptureFixture[str], words: tuple[str, ...]) -> None:
    assert run(words, {}) == 2
    assert capfd.readouterr().err.startswith("headroom: error: ")


def test_init_writes_a_file_that_passes_and_never_overwrites(capfd: pytest.CaptureFixture[str]) -> None:
    assert run(["init"], {}) == 0
    assert Path(FILE).read_text() == STARTER
    assert rules(capfd, "check", "--strict")[0] == 0
    Path(FILE).write_text("mine")
    assert run(["init"], {}) == 2
    assert "--force" in capfd.readouterr().err
    assert Path(FILE).read_text() == "mine"
    assert run(["init", "--force", "."], {}) == 0
    assert Path(FILE).read_text() == STARTER


def test_the_commented_lines_of_the_starter_are_right_too(capfd: pytest.CaptureFixture[str]) -> None:
    head, body = STARTER.split("rules:\n")
    put(head + "rules:\n" + re.sub(r"(?m)^#(?=  ? ?[-a-z ])", " ", body))
    assert rules(capfd, "check", "--strict")[:2] == (0, "")
    put(STARTER)
    assert rules(capfd, "check", "--strict")[:2] == (0, "")


@pytest.mark.parametrize(
    ("path", "untouched"),
    [("test_big.py", True), ("api/openapi-v1.yaml", True), ("a.min.js", True), ("big.log", False)],
)
def test_the_documented_example_holds_for_compress(headroom: Run, log: bytes, path: str, untouched: bool) -> None:
    docs = (ROOT / "docs" / "configuration.md").read_text(encoding="utf-8")
    put(re.search(r"```yaml\n(.*?)```", docs, re.S)[1])  # type: ignore[index]
    done = headroom("compress", "--stdin-filename", path, stdin=log)
    assert done.code == 0, done.err
    assert (done.out == log) is untouched


def test_the_documented_limit_of_a_folder_holds_for_compress(headroom: Run, tmp_path: Path) -> None:
    docs = (ROOT / "docs" / "configuration.md").read_text(encoding="utf-8")
    put(re.search(r"```yaml\n(.*?)```", docs, re.S)[1])  # type: ignore[index]
    (tmp_path / "ci-logs").mkdir()
    words = ("alpha", "beta", "gamma", "delta", "epsilon", "zeta", "eta")
    lines = [f"{words[n % 7]} {words[n // 7 % 7]} error {words[n // 49 % 7]} broke {n}" for n in range(900)]
    for name in ("ci-logs/a.log", "a.log"):
        (tmp_path / name).write_text("\n".join(lines))
    limited, free = (json.loads(headroom("compress", name, "--json").out) for name in ("ci-logs/a.log", "a.log"))
    assert 0 < limited["compressed_tokens"] <= 500 < free["compressed_tokens"]
