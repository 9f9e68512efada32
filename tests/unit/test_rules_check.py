"""What `rules check` finds beyond the grammar, and which patterns backtrack."""

from __future__ import annotations

import os
import re
import time
from pathlib import Path

import pytest

from headroom_cli.config import Found
from headroom_cli.errors import UsageError
from headroom_cli.rulecheck import check, covers
from headroom_cli.schema import Rule
from headroom_cli.text.backtrack import slow_part
from headroom_cli.text.patterns import looks_like_glob, looks_like_regex, quoted


def findings(tmp_path: Path, text: str, against: str | None = None) -> list[str]:
    path = tmp_path / "c.yaml"
    path.write_text(text, encoding="utf-8")
    return [f"{p.line} {p.code}" for p in check(Found(str(path), "c.yaml", str(tmp_path)), against)[1]]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        # never wins
        ("rules:\n- {glob: '*.a', dedup: no}\n- {glob: '*.a', dedup: yes}\n", ["2 R004"]),
        ("rules:\n- {glob: 'x/*.a', dedup: no}\n- {glob: '*.a', dedup: yes}\n", ["2 R004"]),
        ("rules:\n- {pattern: 'test_.*\\.py$', dedup: no}\n- {pattern: '\\.py$', dedup: yes}\n", ["2 R004"]),
        ("rules:\n- {pattern: 'a', dedup: no}\n- {glob: '**', dedup: yes}\n", ["2 R004"]),
        ("rules:\n- {glob: 'a', dedup: no}\n- {pattern: '.*', dedup: yes}\n", ["2 R004"]),
        ("rules:\n- {glob: a, dedup: no, keep: x}\n- {glob: '*', dedup: yes}\n- {glob: a, keep: y}\n", ["2 R004"]),
        ("rules:\n- {glob: a}\n", ["2 R004"]),
        ("rules:\n- {glob: a, dedup: no, keep: x}\n- {glob: '*', dedup: yes}\n", []),
        ("rules:\n- {pattern: '\\.py$', dedup: no}\n- {pattern: 'test_.*\\.py$', dedup: yes}\n", []),
        ("rules:\n- {pattern: 'a|b', dedup: no}\n- {pattern: 'b', dedup: yes}\n", []),
        ("rules:\n- {pattern: '(?i)ab', dedup: no}\n- {pattern: 'b', dedup: yes}\n", []),
        ("rules:\n- {pattern: 'x[a.]', dedup: no}\n- {pattern: '.', dedup: yes}\n", ["2 R004"]),
        ("rules:\n- {glob: a, max_tokens: 0}\n", ["2 R007"]),  # refused, not empty
        # meant as the other kind
        ("rules:\n- {pattern: 'logs/*.log', dedup: no}\n", ["2 R005"]),
        (
            "rules:\n- {glob: '\\.py$', dedup: no}\n- {glob: '^a', dedup: no}\n- {glob: '(a|b)', dedup: no}\n",
            ["2 R005", "3 R005", "4 R005"],
        ),
        ("exclude:\n- '\\.min\\.js$'\n", ["2 R005"]),
        ("rules:\n- {glob: '.*', dedup: no}\n- {glob: 'a.*', keep: x}\n- {pattern: 'a/.*', drop: x}\n", []),
        # contradictions
        (
            "rules:\n- glob: a\n  compress: false\n  strategy: lossless\n  max_tokens: 5\n  keep: x\n",
            ["4 R006", "5 R006", "6 R006"],
        ),
        ("rules:\n- glob: a\n  compress: false\n  dedup: true\n", []),
        ("rules:\n- glob: a\n  strategy: off\n  compress: false\n", []),
        ("rules:\n- glob: a\n  strategy: off\n  max_tokens: 5\n", ["4 R006"]),
        ("rules:\n- glob: a\n  strategy: off\n  compress: true\n", ["4 R006"]),
        ("defaults:\n  max_tokens: 5\n  min_compress_ratio: 0.1\n", ["3 R006"]),
        ("defaults:\n  max_savings: 50\n  min_compress_ratio: 0.6\n", ["3 R006"]),
        ("defaults:\n  max_savings: 60\n  min_compress_ratio: 0.6\n", []),
        ("defaults:\n  dedup: false\n  dedup_threshold: 0.5\n", ["3 R006"]),
        ("defaults:\n  keep: [a, b]\n  drop: [b, c]\n", ["3 R006"]),
        # names
        ("defaults: {format: nothing}", ["1 R007"]),
        ("defaults: {packs: [pytest, nothing]}", ["1 R007"]),
        ("defaults: {packs: [pytest], format: plain}", []),
        # backtracking
        ("rules:\n- pattern: '(a+)+$'\n  keep: ['x', '(\\w+\\s?)*;']\n", ["2 R009", "3 R009"]),
        # errors of the grammar and the others, together
        (
            "version: 9\nrules:\n- {glob: a, keyp: x}\n- {pattern: '(', dedup: no}\n- {glob: b}\n",
            ["1 R012", "3 R002", "4 R003", "5 R004"],
        ),
    ],
)
def test_findings(tmp_path: Path, text: str, expected: list[str]) -> None:
    assert findings(tmp_path, text) == expected


def test_every_finding_points_at_the_value(tmp_path: Path) -> None:
    text = "rules:\n- pattern: 'logs/*.log'\n  dedup: no\n- glob: '\\.py$'\n  drop: [a]\n  packs: [nothing]\n  keep: [a]\n"
    text += "- glob: 'x'\n  compress: false\n  max_tokens: 5\n"
    path = tmp_path / "c.yaml"
    path.write_text(text, encoding="utf-8")
    problems = check(Found(str(path), "c.yaml", str(tmp_path)), str(tmp_path))[1]
    found = [f"{p.line}:{p.column} {p.code}" for p in problems]
    assert found == ["2:12 R005", "2:12 R008", "4:9 R005", "4:9 R008", "5:9 R006", "6:10 R007", "8:9 R008", "10:15 R006"]


def test_a_rule_that_never_wins_says_which_rule_does(tmp_path: Path) -> None:
    path = tmp_path / "c.yaml"
    path.write_text("rules:\n- {glob: a, strategy: off}\n- {glob: '*', strategy: lossless}\n", encoding="utf-8")
    (problem,) = check(Found(str(path), "c.yaml", str(tmp_path)))[1]
    assert problem.message == "this rule can never win: the rule of line 3 matches all its paths and sets strategy again"


def test_against_a_folder_names_what_meets_no_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for name in ("src/a.py", "logs/b.log", ".git/x.txt"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text("")
    text = "exclude: ['*.py', '!x.py', '*.js']\nrules:\n"
    text += "- {glob: '*.log', dedup: no}\n- {pattern: 'x\\.txt', keep: a}\n- {glob: src/, drop: a}\n"
    assert findings(tmp_path, text, str(tmp_path)) == ["1 R008", "4 R008"]
    assert findings(tmp_path, text, "logs") == ["1 R008", "1 R008", "4 R008", "5 R008"]
    assert findings(tmp_path, text) == []
    with pytest.raises(UsageError, match="not a folder"):
        findings(tmp_path, text, os.path.join("no", "where"))


@pytest.mark.parametrize(
    ("later", "earlier", "expected"),
    [
        ("./a", "a", True),
        ("*.log", "logs/**/*.log", True),
        ("logs/*.log", "*.log", False),
        ("a*", "ab", False),  # true, but not told
    ],
)
def test_a_glob_covers_another_only_where_that_is_sure(later: str, earlier: str, expected: bool) -> None:
    assert covers(Rule("glob", later, 2, 1, {}), Rule("glob", earlier, 1, 1, {})) is expected


SLOW = (
    "(a+)+", "(a*)*b", "(a|a)*", r"(\w+\s?)*x", "(.*,)*x", "(aa?)*b", r"(?:-?\d+)+", "(a?){30}", r"(\w+|\d+)*!", "((a+)b?)+",
    "(?:a+|b)+c",
    "^(([a-z])+.)+[A-Z]([a-z])+$", "(x+x+)+y", "(?=(a+)+b)", "(a{1,30}){1,30}", "(?i)(A+a+)*", "(?:([^:]+)+:)?x", "((ab|c)+)+",
)  # fmt: skip
QUICK = (
    r"\.py$", r"test_.*\.py$", r"(\w+,)+", "(/[^/]+)+", "(?:[0-9a-f]{1,4}:){7}", r"(\S+\s+)*x", "a+b+", ".*.*", "(ab|cd)*",
    r"(?:\s?\w)*", "(foo|bar)+",
    r"TICKET-\d+", r"(\d{1,3}\.){3}\d{1,3}", "(a)(b)?", "^(?:(?:ERROR|WARN): )*x", "(?:[a-z]+-)*[a-z]+", r"\bfoo\b",
    r"(\.\w+)+$", r"(?:\n[^\n]*)+", r"(\w+\W+)*", "(a|ab)*c", "", "(?P<x>a)(?P=x)*", "(?!x)y", r"(é|\d)+",
)  # fmt: skip


@pytest.mark.parametrize("pattern", SLOW)
def test_nested_repetitions_are_named(pattern: str) -> None:
    assert slow_part(pattern)


@pytest.mark.parametrize("pattern", QUICK)
def test_other_repetitions_are_not(pattern: str) -> None:
    assert slow_part(pattern) == ""


def test_the_judgement_itself_takes_no_time() -> None:
    patterns = ["(" + "(aa|b)" * 150 + ")*", "(" * 90 + "a" + ")*" * 90, "(?:a?){9}" * 100, "(" + "(a|b(c|d(e|f)))" * 60 + "x)*"]
    patterns += ["(" * 300 + "a" + ")" * 300]
    began = time.process_time()
    for pattern in patterns:
        slow_part(pattern)
        assert not covers(Rule("pattern", "zz", 2, 1, {}), Rule("pattern", pattern, 1, 1, {}))
    assert time.process_time() - began < 2


@pytest.mark.parametrize("pattern", QUICK)
def test_what_is_not_named_is_quick(pattern: str) -> None:
    began = time.process_time()
    for text in ("a" * 40 + "!", "ab" * 20 + "!", "1-a:" * 10 + "\0", " a" * 20 + "\0"):
        re.search(pattern, text)
    assert time.process_time() - began < 1


@pytest.mark.parametrize(
    ("text", "glob", "regex"),
    [
        ("*.py", True, False),
        ("**/*.py", True, False),
        ("src/**", True, False),
        ("logs/*.log", True, False),
        ("a*b", False, False),
        ("logs/.*", False, False),
        ("a/*$", False, True),
        (r"\.py$", False, True),
        (r"a\.py", False, True),
        ("(py|js)", False, True),
        ("^src/", False, True),
        ("name (1).txt", False, False),
        (r"\#odd", False, False),
    ],
)
def test_the_look_of_a_pattern(text: str, glob: bool, regex: bool) -> None:
    assert (looks_like_glob(text), looks_like_regex(text)) == (glob, regex)


def test_patterns_are_quoted_on_one_line_as_yaml_takes_them() -> None:
    assert [quoted(text) for text in (r"\d", "it's", "a\nb")] == [r"'\d'", "'it''s'", r"'a\nb'"]
