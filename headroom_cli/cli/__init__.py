"""The command line: picks the command, imports its module only, and turns every failure into an exit code.

    headroom -q compress build.log --max-tokens 2000    the global options stand before or after the command

0 done · 1 the answer is no · 2 usage or configuration · 3 some inputs failed · 70 a bug · 130 Ctrl-C.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping, Sequence
from typing import NoReturn

import headroom_cli.cli.startup  # noqa: F401  before all that it spares
from headroom_cli.cli.arguments import CommandParser, did_you_mean, parse, sub_parsers
from headroom_cli.cli.options import add_global
from headroom_cli.cli.session import Session, colour, complain, put
from headroom_cli.errors import HeadroomError, UsageError

__all__ = ["COMMANDS", "main", "parser_for", "run"]

COMMANDS: dict[str, tuple[str, str]] = {
    "compress": ("headroom_cli.cli.compress", "Compress files or stdin: the filter."),
    "compress-batch": ("headroom_cli.cli.batch", "Compress many files into a folder, with a table of savings."),
    "retrieve": ("headroom_cli.cli.retrieve", "Print lines that a compressed output cut, byte for byte."),
    "verify": ("headroom_cli.cli.verify", "Hold a compressed output against its source."),
    "stats": ("headroom_cli.cli.stats", "Show what was saved so far, or measure files."),
    "rules": ("headroom_cli.cli.rules", "Check, list, explain and test the rules."),
    "bench": ("headroom_cli.cli.bench", "Measure savings and retention over labelled cases."),
    "formats": ("headroom_cli.cli.formats", "List the formats that are recognised."),
    "init": ("headroom_cli.cli.init", "Write a first headroom-config.yaml."),
}

_WITH_VALUE = ("--config", "--color")
_ABOUT = """\
Makes text cheap for a language model: takes 60-95 % of the tokens out of logs and tool output, and keeps what is needed
to answer. Works offline; the same bytes in give the same bytes out."""

_EXAMPLES = """\
make test 2>&1 | headroom compress | llm "why does this fail?"
headroom compress build.log --max-tokens 2000
headroom compress-batch --input './ci-logs/*.log' --output ./compressed-logs/
headroom retrieve build.log:L37-1240"""

_BUG = 70
_INTERRUPTED = 130


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command line. Without `argv` the process's own words are used, and the process ends here."""
    if argv is not None:
        return run(argv, os.environ)
    return _leave(run(sys.argv[1:], os.environ))


def run(argv: Sequence[str], env: Mapping[str, str]) -> int:
    """The exit code of one command line; every message has been written."""
    try:
        code = _command(list(argv), env)
        if sys.stdout is not None:
            sys.stdout.flush()
        return code
    except HeadroomError as error:
        return _failed(str(error), error.exit_code, env)
    except BrokenPipeError:
        return 0
    except KeyboardInterrupt:
        return _INTERRUPTED
    except OSError as error:  # stdout: the disk is full, the terminal is gone
        return _failed(f"{error.filename or '<stdout>'}: {error.strerror or error}", 3, env)
    except Exception as error:
        return _bug(error, env)


def parser_for(name: str) -> CommandParser:
    """The complete parser of the command `name`: its own arguments and the global ones."""
    from importlib import import_module

    module, summary = COMMANDS[name]
    parser = CommandParser(prog=f"headroom {name}", description=summary)
    import_module(module).build(parser)
    for each in (parser, *sub_parsers(parser).values()):
        add_global(each)
    return parser


def top_parser() -> CommandParser:
    """The parser of the words before the command."""
    parser = CommandParser(prog="headroom", description=_ABOUT)
    group = parser.add_argument_group("commands")
    for name, (_, summary) in COMMANDS.items():
        group.add_argument(name.replace("-", "_"), metavar=name, nargs="?", help=summary)
    add_global(parser)
    parser.epilog = _EXAMPLES
    return parser


def _command(words: list[str], env: Mapping[str, str]) -> int:
    before, name, rest = _split(words)
    if name is None:
        return _without_command(before)
    if name not in COMMANDS:
        near = did_you_mean(name, COMMANDS)
        hint = f"for a file: headroom compress {name}" if os.path.exists(name) else "see `headroom --help`"
        raise UsageError(f"there is no command {name!r}", hint=near or hint)
    parser = parser_for(name)
    args = parse(parser, before + rest)
    if isinstance(args, str):
        return _print(args)
    session = Session(
        config=getattr(args, "config", None),
        no_config=getattr(args, "no_config", False),
        color=getattr(args, "color", "auto"),
        quiet=getattr(args, "quiet", 0),
        verbose=getattr(args, "verbose", 0),
        env=env,
    )
    if session.config is not None and session.no_config:
        raise UsageError("--config and --no-config cannot be used together", hint="leave out one of them")
    colour(session, None)  # a HEADROOM_COLOR that is none is told before any work
    code: int = sys.modules[COMMANDS[name][0]].run(args, session)
    return code


def _split(words: list[str]) -> tuple[list[str], str | None, list[str]]:
    """The global options, the command, and the command's words."""
    at = 0
    while at < len(words) and words[at].startswith("-") and words[at] != "-":
        at += 2 if words[at] in _WITH_VALUE else 1
    return words[:at], words[at] if at < len(words) else None, words[at + 1 :]


def _without_command(words: list[str]) -> int:
    parser = top_parser()
    asked = parse(parser, words)
    if isinstance(asked, str):
        return _print(asked)
    sys.stderr.write(f"Usage: headroom COMMAND [OPTION]... [FILE]...\nCommands: {', '.join(COMMANDS)}\nSee `headroom --help`.\n")
    return UsageError.exit_code


def _print(text: str) -> int:
    from headroom_cli import __version__

    put(f"headroom {__version__}\n" if text == "version" else text)
    return 0


def _failed(text: str, code: int, env: Mapping[str, str]) -> int:
    try:
        complain(Session(env=env), "error", text)
    except HeadroomError:  # HEADROOM_COLOR itself is what is wrong
        complain(Session(color="never", env=env), "error", text)
    return code


def _bug(error: Exception, env: Mapping[str, str]) -> int:
    if env.get("HEADROOM_DEBUG"):
        import traceback

        traceback.print_exc()
    text = f"a bug in headroom: {type(error).__name__}: {error}".split("\n")[0]
    return _failed(f"{text} (HEADROOM_DEBUG=1 shows the traceback)", _BUG, env)


def _leave(code: int) -> NoReturn:
    """End the process without taking the tokenizer's tables apart: 5 ms saved, and nothing is left to write."""
    for stream in (sys.stdout, sys.stderr):
        try:
            if stream is not None:
                stream.flush()
        except (OSError, ValueError):
            continue
    os._exit(code)
