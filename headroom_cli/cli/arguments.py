"""The parser every command fills: options and operands mix, nothing is abbreviated, and mistakes are told in our words.

`argparse` holds the definitions, so one `add_argument` feeds the parser, the help and the man page. The words of the
command line are arranged before it sees them (`arrange`), because its own ordering rules, messages and help layout
differ between Python 3.10 and 3.14:

    before  log.txt -vs balanced --keep -Werror -- -odd-name
    after   options --verbose --strategy=balanced --keep=-Werror   operands log.txt -odd-name
"""

from __future__ import annotations

import argparse
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, NoReturn

from headroom_cli.cli.startup import WIDTH
from headroom_cli.errors import UsageError

__all__ = ["CommandParser", "arrange", "did_you_mean", "parse", "sub_parsers"]


class CommandParser(argparse.ArgumentParser):
    """One command's definitions. `build(parser)` of the command's module adds groups and arguments to it."""

    color: bool

    def __init__(self, **settings: Any) -> None:
        settings.update(add_help=False, allow_abbrev=False, formatter_class=_formatter)
        super().__init__(**settings)
        self.color = False  # Python 3.14 colours help by its own rules; ours are in session.colour

    def error(self, message: str) -> NoReturn:
        """Raise UsageError instead of writing to stderr and leaving the process."""
        text = message.removeprefix("argument ").replace("the following arguments are required:", "needed:")
        text = text.replace("unrecognized arguments:", "too many operands:")
        raise UsageError(text, hint=f"see `{self.prog} --help`")

    def format_help(self) -> str:
        """The help text, the same on every Python version."""
        from headroom_cli.cli.helptext import render_help

        return render_help(self)


def _formatter(prog: str) -> argparse.HelpFormatter:
    return argparse.HelpFormatter(prog, width=WIDTH)  # a given width saves the import of shutil


def parse(parser: CommandParser, words: Sequence[str]) -> argparse.Namespace | str:
    """The values of the words; the help text or "version" where one of these was asked for."""
    asked: list[str] = []
    leaf, arranged = arrange(parser, words, asked)
    if "help" in asked:
        return leaf.format_help()
    if "version" in asked:
        return "version"
    return parser.parse_args(arranged)


def arrange(parser: CommandParser, words: Sequence[str], asked: list[str]) -> tuple[CommandParser, list[str]]:
    """Options in front and spelled out, operands behind; `asked` gains "help" and "version". Raises UsageError."""
    known = {name: action for action in parser._actions for name in action.option_strings}
    options: list[str] = []
    operands: list[str] = []
    subs = sub_parsers(parser)
    rest = iter(words)
    for word in rest:
        if word == "--":
            operands.extend(rest)
        elif word == "-" or not word.startswith("-"):
            if subs:
                return _arrange_sub(parser, subs, word, [*rest], options, asked)
            operands.append(word)
        else:
            for action, text in _options(parser, known, word, rest):
                if action.dest in ("help", "version"):
                    asked.append(action.dest)
                else:
                    options.append(text)
    if subs and not asked:
        raise UsageError(f"{parser.prog} needs one of {', '.join(subs)}", hint=f"see `{parser.prog} --help`")
    guard = ["--"] if any(word.startswith("-") and word != "-" for word in operands) else []
    return parser, [*options, *guard, *operands]


def sub_parsers(parser: argparse.ArgumentParser) -> dict[str, CommandParser]:
    """The parsers of a command's own sub-commands (`rules check`), by name."""
    for action in parser._actions:
        if isinstance(action, argparse._SubParsersAction):
            return {name: sub for name, sub in action.choices.items() if isinstance(sub, CommandParser)}
    return {}


def _arrange_sub(
    parser: CommandParser, subs: dict[str, CommandParser], word: str, rest: list[str], options: list[str], asked: list[str]
) -> tuple[CommandParser, list[str]]:
    if word not in subs:
        raise UsageError(f"{parser.prog} has no {word!r}", hint=did_you_mean(word, subs) or "one of " + ", ".join(subs))
    leaf, arranged = arrange(subs[word], rest, asked)
    return leaf, [*options, word, *arranged]


def _options(
    parser: CommandParser, known: dict[str, argparse.Action], word: str, rest: Iterator[str]
) -> Iterator[tuple[argparse.Action, str]]:
    """The options in one word: one long one, or a cluster of short ones with the last one's value."""
    if word.startswith("--"):
        name, equals, given = word.partition("=")
        action = known.get(name) or _unknown(parser, name, known)
        yield action, _spelled(action, name, given if equals else None, rest)
        return
    letters = word[1:]
    while letters:
        name, letters = "-" + letters[0], letters[1:]
        action = known.get(name) or _unknown(parser, name if len(word) == 2 else word, known)
        value: str | None = None
        if letters and action.nargs != 0:
            value, letters = letters, ""
        yield action, _spelled(action, name, value, rest)


def _spelled(action: argparse.Action, name: str, value: str | None, rest: Iterator[str]) -> str:
    """`--name` or `--name=value`, taking the value from the next word where it was not given with the name."""
    long = name if name.startswith("--") else action.option_strings[-1]
    if action.nargs == 0:
        if value is not None:
            raise UsageError(f"{name} takes no value")
        return long
    if value is None:
        value = next(rest, None)
    if value is None or value == "--":  # argparse before Python 3.13 loses a value that is `--`
        raise UsageError(f"{name} needs a value: {name} {action.metavar or action.dest.upper()}")
    if action.choices is not None and action.type is None and value not in action.choices:
        names = [str(choice) for choice in action.choices]
        raise UsageError(f"{name} is {value!r}, but must be one of {', '.join(names)}", hint=did_you_mean(value, names))
    return f"{long}={value}"


def _unknown(parser: CommandParser, name: str, known: Iterable[str]) -> NoReturn:
    near = did_you_mean(name, [option for option in known if option.startswith("--")])
    raise UsageError(f"unknown option {name}", hint=near or f"see `{parser.prog} --help`; -- ends options")


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """`did you mean X?` with the nearest of `known`, or "" where none is near."""
    from difflib import get_close_matches

    names = {name.lstrip("-"): name for name in known}
    bare = word.lstrip("-")
    begins = [name for name in names if len(bare) > 1 and name.startswith(bare)]
    near = (begins or get_close_matches(bare, names, 1, 0.7))[:1]  # looser, --prompt would be taken for --drop
    return f"did you mean {names[near[0]]}?" if near else ""
