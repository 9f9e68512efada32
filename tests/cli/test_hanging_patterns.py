"""A regular expression that could keep a run busy for ages is refused, wherever it comes from: exit 2, with its place."""

from __future__ import annotations

from pathlib import Path

import pytest
from running import Run

TRAP = b"a" * 40 + b"!\n"
PACK = """\
pack: mine
about: a trap
origin: documented
version: "1"
cues: ["aaaa"]
noise:
  - {name: x, match: "^(a+)+$", yes: ["aaa"]}
"""


@pytest.mark.parametrize(
    ("name", "text", "place"),
    [
        ("headroom-config.yaml", "defaults:\n  keep: ['(a+)+$']\n", "headroom-config.yaml:2:10: "),
        ("headroom-config.yaml", "rules:\n- pattern: '(a+)+$'\n  dedup: no\n", "headroom-config.yaml:2:12: "),
        ("pyproject.toml", '[tool.headroom.defaults]\ndrop = "(a+)+$"\n', "pyproject.toml:2:1: "),
        (".headroom/rules/mine.yaml", PACK, ".headroom/rules/mine.yaml:7:22: match: "),
    ],
)
def test_a_project_s_own_is_a_configuration_error(headroom: Run, tmp_path: Path, name: str, text: str, place: str) -> None:
    (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
    (tmp_path / name).write_text(text, encoding="utf-8")
    ran = headroom("compress", "--stdin-filename", "a" * 40 + "!", stdin=TRAP * 100)
    assert (ran.code, ran.out) == (2, b"")
    assert place in ran.err
    assert "can take exponential time" in ran.err
    assert headroom("--no-config", "compress", stdin=TRAP * 100).code == 0


@pytest.mark.parametrize("words", [("compress", "--keep", "(a+)+$"), ("compress", "--drop", "(a|a)*b"), ("retrieve", "x", "--grep", "(a+)+$")])
def test_on_the_command_line_it_is_a_usage_error(headroom: Run, words: tuple[str, ...]) -> None:
    ran = headroom(*words, stdin=TRAP)
    assert (ran.code, ran.out) == (2, b"")
    assert f"{words[-2]}: " in ran.err
    assert "can take exponential time" in ran.err
