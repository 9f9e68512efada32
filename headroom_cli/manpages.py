r"""Writes the man pages from the definitions that the parser and the help are made of.

    python -m headroom_cli.manpages --write     man/headroom.1, man/headroom-compress.1, ..., man/headroom-config.5
    python -m headroom_cli.manpages --check     exit 1 and the names of the pages that are not up to date

An argument becomes `.TP`, `\fB\-\-max\-tokens\fR \fIN\fR` and its sentence. Nothing in a page depends on the day or the machine.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Iterator, Sequence

from headroom_cli import __version__
from headroom_cli.cli import COMMANDS, parser_for, top_parser
from headroom_cli.cli.arguments import sub_parsers
from headroom_cli.cli.helptext import explained, invocation, sections, usage
from headroom_cli.config import FILE_NAME
from headroom_cli.schema import KEYS

__all__ = ["main", "pages"]

_EXIT = (
    ("0", "done"),
    ("1", "the answer is no: --check, --strict, --fail-under, --fail-over, rules check, verify, a range that is not there"),
    ("2", "a mistake in the command line or the configuration; nothing was written"),
    ("3", "some inputs failed, the rest were done"),
    ("70", "a bug; HEADROOM_DEBUG=1 shows the traceback"),
    ("130", "interrupted with Ctrl-C"),
)
_ENVIRONMENT = (
    ("HEADROOM_CONFIG", "the configuration file, as --config"),
    ("HEADROOM_STRATEGY", "the strategy where --strategy is not given"),
    ("HEADROOM_MAX_TOKENS", "the limit where --max-tokens is not given"),
    ("HEADROOM_TOKENIZER", "the vocabulary where --tokenizer is not given"),
    ("HEADROOM_COLOR", "auto, always or never where --color is not given"),
    ("NO_COLOR, FORCE_COLOR, CLICOLOR_FORCE", "switch the colour of messages off or on; stdout never carries any"),
    ("HEADROOM_LEDGER", "the file of the local counts, or off; in CI it is off unless this is set"),
    ("HEADROOM_STATE_DIR", "the folder of the local counts; else $XDG_STATE_HOME/headroom"),
    ("HEADROOM_JOBS", "worker processes of compress-batch where -j is not given"),
    ("HEADROOM_DEBUG", "show the traceback of a bug"),
)
_SAMPLE = r"""version: 1
defaults: {strategy: balanced}
exclude: ["**/*.min.js"]
rules:
  - pattern: "\\.py$"
    min_compress_ratio: 0.5
  - pattern: "test_.*\\.py$"
    compress: false
  - pattern: "ci-logs/"
    max_tokens: 500
    strategy: aggressive
  - pattern: "openapi.*\\.yaml$"
    compress: false
    dedup: true
  - glob: "logs/**/*.log"
    keep: ["TICKET-\\d+"]"""


def pages() -> dict[str, str]:
    """File name -> text of every page."""
    found = {"headroom.1": _top_page(), "headroom-config.5": _config_page()}
    found.update({f"headroom-{name}.1": _command_page(name) for name in COMMANDS})
    return found


def _top_page() -> str:
    parser = top_parser()
    also = [*(f"headroom-{name}(1)" for name in COMMANDS), "headroom-config(5)"]
    return _page(
        _title("headroom", 1, "make text cheap for a language model"),
        _section("SYNOPSIS", _bold(usage(parser))),
        _section("DESCRIPTION", *_paragraphs(parser.description or "")),
        *_options(parser, "COMMANDS"),
        _section("EXIT STATUS", *(_entry(_bold(code), text) for code, text in _EXIT)),
        _section("ENVIRONMENT", *(_entry(_bold(name), text) for name, text in _ENVIRONMENT)),
        _section("FILES", *(_entry(_italic(name), text) for name, text in _files())),
        _examples(parser),
        _also(also),
    )


def _files() -> tuple[tuple[str, str], ...]:
    return (
        (FILE_NAME, "settings per path, from the nearest folder up to the repository root; see headroom-config(5)"),
        ("pyproject.toml", "the same under [tool.headroom]"),
        (f"$XDG_CONFIG_HOME/headroom/{FILE_NAME}", "the user's own, where a project has none"),
        ("$XDG_STATE_HOME/headroom/ledger.jsonl", "local counts of what was saved; no names and no contents"),
    )


def _command_page(name: str) -> str:
    parser = parser_for(name)
    subs = sub_parsers(parser)
    lead = [_bold(usage(each)) for each in (subs.values() or [parser])]
    parts = [_section("SYNOPSIS", "\n.br\n".join(lead)), _section("DESCRIPTION", *_paragraphs(parser.description or ""))]
    parts += _options(parser, "OPTIONS")
    for sub, each in subs.items():
        parts += [_section(f"{name} {sub}".upper(), *_paragraphs(each.description or "")), *_options(each, "", _own(parser))]
        parts += [_sample(each.epilog)] if each.epilog else []
    parts += [_examples(parser), _also(["headroom(1)", "headroom-config(5)"])]
    summary = COMMANDS[name][1].rstrip(".")
    return _page(_title(f"headroom-{name}", 1, summary[0].lower() + summary[1:]), *parts)


def _own(parser: argparse.ArgumentParser) -> set[str]:
    return {invocation(action) for _, actions in sections(parser) for action in actions}


def _config_page() -> str:
    keys = [_entry(f"{_bold(name)} ({_text(key.wanted)})", key.about) for name, key in KEYS.items()]
    return _page(
        _title("headroom-config", 5, "settings of headroom per path"),
        _section("SYNOPSIS", _italic(FILE_NAME)),
        _section("DESCRIPTION", *_paragraphs(_ABOUT_CONFIG)),
        _section("KEYS", *keys),
        _section("EXAMPLE", _sample(_SAMPLE)),
        _also(["headroom(1)", "headroom-rules(1)"]),
    )


_ABOUT_CONFIG = f"""{FILE_NAME} says how files are compressed, by their paths. `defaults` holds for all of them; every entry \
of `rules` that matches a path applies, top to bottom, and later keys override earlier ones, key by key. Paths that match \
an entry of `exclude` come out byte for byte.

A rule has exactly one of `pattern`, a regular expression that is searched in the path, and `glob`, in the dialect of \
.gitignore. Both see the path relative to the file's folder, with slashes. stdin has the path given with --stdin-filename, \
else no rule matches it.

Flags win over HEADROOM_* variables, these over the nearest {FILE_NAME} up to the repository root, this over \
[tool.headroom] in pyproject.toml, this over the user's own file. An unknown key is an error that names its line; \
`headroom rules check` finds all of them at once."""


def _options(parser: argparse.ArgumentParser, heading: str, without: set[str] | None = None) -> Iterator[str]:
    """One part per group of arguments; sub-commands say themselves what they take."""
    if heading:
        yield f".SH {heading}"
    for title, actions in sections(parser):
        shown = [a for a in actions if not isinstance(a, argparse._SubParsersAction) and invocation(a) not in (without or set())]
        if shown:
            if title.upper() != heading:
                yield f".SS {_text(title.capitalize())}"
            yield from (_entry(_invocation(action), explained(parser, action)) for action in shown)


def _invocation(action: argparse.Action) -> str:
    """Names in bold, the value's name in italics."""
    text = invocation(action)
    if not action.option_strings:
        return _bold(text)
    names, _, value = text.partition(" ") if ", " not in text else (text, "", "")
    if ", " in text:
        short, _, rest = text.partition(", ")
        names, _, value = rest.partition(" ")
        names = f"{_bold(short)}, {_bold(names)}"
    else:
        names = _bold(names)
    return f"{names} {_italic(value)}" if value else names


def _page(*parts: str) -> str:
    return "\n".join(part for part in parts if part) + "\n"


def _title(name: str, number: int, about: str) -> str:
    head = '.\\" Generated by python -m headroom_cli.manpages; change the definitions, not this file.\n'
    head += f'.TH {_text(name.upper())} {number} "" "headroom {__version__}" "Headroom"\n'
    return f"{head}.SH NAME\n{_text(name)} \\- {_text(about)}"


def _section(title: str, *parts: str) -> str:
    return "\n".join((f".SH {_text(title)}", *parts))


def _paragraphs(text: str) -> list[str]:
    return [(".PP\n" if at else "") + _text(" ".join(part.split())) for at, part in enumerate(text.split("\n\n"))]


def _entry(head: str, text: str) -> str:
    return f".TP\n{head}\n{_text(text)}"


def _examples(parser: argparse.ArgumentParser) -> str:
    return _section("EXAMPLES", _sample(parser.epilog)) if parser.epilog else ""


def _sample(text: str) -> str:
    return "\n".join((".PP", ".nf", *map(_text, text.strip("\n").split("\n")), ".fi"))


def _also(names: Sequence[str]) -> str:
    return _section("SEE ALSO", ", ".join(f"{_bold(n.partition('(')[0])}({n.partition('(')[2]}" for n in names))


def _bold(text: str) -> str:
    return f"\\fB{_text(text)}\\fR"


def _italic(text: str) -> str:
    return f"\\fI{_text(text)}\\fR"


def _text(text: str) -> str:
    r"""Text that roff shows as it is: `\` and `-` escaped, no line that begins as a request."""
    escaped = text.replace("\\", "\\e").replace("-", "\\-")
    return "\\&" + escaped if escaped.startswith((".", "'")) else escaped


def main(argv: Sequence[str] | None = None) -> int:
    """Write or check the pages in `man/` of the checkout."""
    parser = argparse.ArgumentParser(prog="python -m headroom_cli.manpages", allow_abbrev=False)
    what = parser.add_mutually_exclusive_group(required=True)
    what.add_argument("--write", action="store_true", help="write the pages")
    what.add_argument("--check", action="store_true", help="exit 1 if a page is not up to date")
    folder = os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), "man")
    parser.add_argument("--folder", default=folder, help="where the pages are")
    args = parser.parse_args(argv)
    wanted = pages()
    stale = sorted({name for name, text in wanted.items() if _read(args.folder, name) != text} | _left_over(args.folder, wanted))
    for name in stale if args.write else ():
        _write(args.folder, name, wanted.get(name))
    for name in stale:
        sys.stdout.write(f"{'wrote' if args.write else 'not up to date'}: {name}\n")
    return 1 if stale and args.check else 0


def _left_over(folder: str, wanted: dict[str, str]) -> set[str]:
    """Pages of commands that no longer exist."""
    present = os.listdir(folder) if os.path.isdir(folder) else []
    return {name for name in present if name.endswith((".1", ".5")) and name not in wanted}


def _read(folder: str, name: str) -> str | None:
    try:
        with open(os.path.join(folder, name), encoding="utf-8") as stream:
            return stream.read()
    except FileNotFoundError:
        return None


def _write(folder: str, name: str, text: str | None) -> None:
    path = os.path.join(folder, name)
    if text is None:
        os.unlink(path)
        return
    with open(path, "w", encoding="utf-8", newline="\n") as stream:
        stream.write(text)


if __name__ == "__main__":
    sys.exit(main())
