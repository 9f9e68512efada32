"""Options and operands: any order, no abbreviations, and mistakes told with a next step."""

from __future__ import annotations

import argparse

import pytest

from headroom_cli.cli import COMMANDS, parser_for, run, top_parser
from headroom_cli.cli.arguments import CommandParser, arrange, parse
from headroom_cli.errors import UsageError


def make() -> CommandParser:
    parser = CommandParser(prog="headroom toy")
    parser.add_argument("files", nargs="*")
    parser.add_argument("-s", "--strategy", choices=("gentle", "hard"))
    parser.add_argument("-n", "--dry-run", action="store_true")
    parser.add_argument("-C", "--context", type=int)
    parser.add_argument("--keep", action="append", metavar="REGEX")
    parser.add_argument("--dedup", action=argparse.BooleanOptionalAction)
    parser.add_argument("-h", "--help", action="store_true")
    return parser


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("a b", {"files": ["a", "b"]}),
        ("a -n b", {"files": ["a", "b"], "dry_run": True}),
        ("a --keep x b --keep y c", {"files": ["a", "b", "c"], "keep": ["x", "y"]}),
        ("-ns gentle a", {"dry_run": True, "strategy": "gentle", "files": ["a"]}),
        ("-nsgentle a", {"dry_run": True, "strategy": "gentle", "files": ["a"]}),
        ("-C3 -", {"context": 3, "files": ["-"]}),
        ("--keep -Werror", {"keep": ["-Werror"]}),
        ("--keep=a=b --keep=", {"keep": ["a=b", ""]}),
        ("--no-dedup", {"dedup": False}),
        ("--dedup", {"dedup": True}),
        ("a -- -n --keep", {"files": ["a", "-n", "--keep"], "dry_run": False}),
        ("-- -", {"files": ["-"]}),
    ],
)
def test_options_and_operands_mix(words: str, expected: dict[str, object]) -> None:
    args = parse(make(), words.split())
    assert isinstance(args, argparse.Namespace)
    assert {key: getattr(args, key) for key in expected} == expected


@pytest.mark.parametrize(
    ("words", "message", "hint"),
    [
        ("--strat gentle", "unknown option --strat", "did you mean --strategy?"),
        ("--contxt 3", "unknown option --contxt", "did you mean --context?"),
        ("--zzz", "unknown option --zzz", "see `headroom toy --help`; -- ends options"),
        ("-x", "unknown option -x", ""),
        ("-nx", "unknown option -nx", ""),
        ("--keep", "--keep needs a value: --keep REGEX", ""),
        ("--keep -- a", "--keep needs a value: --keep REGEX", ""),
        ("-C", "-C needs a value: -C CONTEXT", ""),
        ("-n --dry-run=yes", "--dry-run takes no value", ""),
        ("-s gentel", "-s is 'gentel', but must be one of gentle, hard", "did you mean gentle?"),
        ("-C many", "-C/--context: invalid int value: 'many'", "see `headroom toy --help`"),
    ],
)
def test_mistakes_name_the_option_and_what_to_do(words: str, message: str, hint: str) -> None:
    with pytest.raises(UsageError) as caught:
        parse(make(), words.split())
    assert caught.value.message == message
    assert hint in caught.value.hint


def test_operands_that_look_like_options_are_guarded() -> None:
    assert arrange(make(), ["--", "-n"], [])[1] == ["--", "-n"]
    assert arrange(make(), ["a", "-n"], [])[1] == ["--dry-run", "a"]


def test_help_wins_over_what_is_missing() -> None:
    assert str(parse(make(), ["-nh", "a"])).startswith("Usage: headroom toy [OPTION]... [FILES]...")


@pytest.mark.parametrize("name", COMMANDS)
def test_every_help_text_fits_80_columns(name: str) -> None:
    for line in parser_for(name).format_help().splitlines():
        assert len(line) <= 80 or line.startswith(("Usage: ", "  headroom ")), line


def test_the_top_help_names_every_command() -> None:
    text = top_parser().format_help()
    assert [line.split()[0] for line in text.splitlines() if line.startswith("  ") and line.split()[0] in COMMANDS] == list(
        COMMANDS
    )


@pytest.mark.parametrize(
    "option",
    ["--store", "--step-safe", "--explain", "--max-token=3"],
)
def test_options_that_do_not_exist_are_refused(option: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["compress", option, "x.log"], {}) == 2
    assert f"unknown option {option.partition('=')[0]}" in capsys.readouterr().err


@pytest.mark.parametrize("command", ["run", "serve", "mcp-serve", "completion"])
def test_commands_that_do_not_exist_are_refused(command: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run([command], {}) == 2
    assert f"there is no command '{command}'" in capsys.readouterr().err


@pytest.mark.parametrize("words", [["--version"], ["compress", "--version"], ["-q", "compress", "--version", "x"]])
def test_version(words: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    from headroom_cli import __version__

    assert run(words, {}) == 0
    assert capsys.readouterr().out == f"headroom {__version__}\n"


def test_a_misspelt_command_is_guessed(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["compres", "x"], {}) == 2
    assert capsys.readouterr().err == "headroom: error: there is no command 'compres' (did you mean compress?)\n"


def test_without_a_command_there_is_a_short_help(capsys: pytest.CaptureFixture[str]) -> None:
    assert run([], {}) == 2
    assert capsys.readouterr().err.startswith("Usage: headroom COMMAND")
