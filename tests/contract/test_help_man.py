"""Help, man pages and what the documents show come from one definition, and agree."""

from __future__ import annotations

import os
import re
import shlex
import shutil
import subprocess
from pathlib import Path

import pytest

from headroom_cli.cli import COMMANDS, parser_for
from headroom_cli.cli.arguments import arrange, sub_parsers
from headroom_cli.manpages import main, pages

ROOT = Path(__file__).resolve().parents[2]


def test_the_man_pages_are_up_to_date(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--check"]) == 0, capsys.readouterr().out + "write them: python -m headroom_cli.manpages --write"


def test_stale_pages_are_found_and_written(tmp_path: Path) -> None:
    (tmp_path / "headroom-old.1").write_text("a command that is gone")
    assert main(["--check", "--folder", str(tmp_path)]) == 1
    assert main(["--write", "--folder", str(tmp_path)]) == 0
    assert main(["--check", "--folder", str(tmp_path)]) == 0
    assert sorted(os.listdir(tmp_path)) == sorted(pages())


@pytest.mark.skipif(not shutil.which("groff"), reason="groff is not installed")
def test_groff_has_no_complaint() -> None:
    for name, text in pages().items():
        done = subprocess.run(["groff", "-man", "-Tutf8", "-ww", "-z"], input=text, capture_output=True, text=True, check=True)
        assert done.stderr == "", name


def test_the_variables_are_those_that_are_read() -> None:
    sources = "".join(path.read_text() for path in (ROOT / "headroom_cli").rglob("*.py") if path.name != "manpages.py")
    read = set(re.findall(r"\"(HEADROOM_[A-Z_]+)\"", sources))
    assert set(re.findall(r"HEADROOM_[A-Z_]+", pages()["headroom.1"])) == read


@pytest.mark.parametrize("name", COMMANDS)
def test_every_argument_explains_itself(name: str) -> None:
    parser = parser_for(name)
    for each in (parser, *sub_parsers(parser).values()):
        for action in each._actions:
            assert action.help, action
        longs = [option for action in each._actions for option in action.option_strings if option.startswith("--")]
        assert all(any(o.startswith("--") for o in a.option_strings) for a in each._actions if a.option_strings), longs


def shown() -> list[str]:
    """Every `headroom ...` command line that a document or an epilog shows."""
    texts = [(ROOT / name).read_text() for name in ("README.md", "CONTRIBUTING.md") if (ROOT / name).exists()]
    blocks = [block for text in texts for block in re.findall(r"```(?:sh|bash|console|shell)\n(.*?)```", text, re.DOTALL)]
    blocks += [parser_for(name).epilog or "" for name in COMMANDS]
    lines = re.sub(r" \d?>&?\S+", "", "\n".join(blocks).replace("\\\n", " ")).split("\n")
    quoted = r"""(?:'[^']*'|"[^"]*"|[^|#;&>'"\n])*"""
    return sorted({part for line in lines for part in re.findall(rf"(?<![\w./-])headroom [a-z-]+{quoted}", line)})


@pytest.mark.parametrize("line", shown())
def test_what_is_shown_is_accepted(line: str) -> None:
    words = shlex.split(line.rstrip(" ("), comments=True)[1:]
    while words and words[0].startswith("-"):
        words.pop(0)
    if words and words[0] in COMMANDS:
        parser = parser_for(words[0])
        parser.parse_args(arrange(parser, [word for word in words[1:] if word != "..."], [])[1])
