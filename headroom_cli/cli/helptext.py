"""The help text of a command, made from its parser's definitions; the man pages use the same parts.

-o, --output FILE       write to FILE, atomically; - is stdout
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator

from headroom_cli.cli.startup import WIDTH

__all__ = ["explained", "invocation", "render_help", "sections", "usage"]

_COLUMN = 26
_TITLES = {"positional arguments": "operands", "optional arguments": "options"}


def render_help(parser: argparse.ArgumentParser) -> str:
    """Usage, description, one section per group of arguments, examples; 80 columns."""
    from textwrap import fill

    parts = ["Usage: " + usage(parser)]
    if parser.description:
        parts += [fill(paragraph, WIDTH) for paragraph in parser.description.split("\n\n")]
    for title, actions in sections(parser):
        parts.append(title.capitalize() + ":\n" + "\n".join(_help_entry(parser, action) for action in actions))
    if parser.epilog:
        parts.append("Examples:\n" + "\n".join("  " + line for line in parser.epilog.strip("\n").split("\n")))
    return "\n\n".join(parts) + "\n"


def usage(parser: argparse.ArgumentParser) -> str:
    """`headroom compress [OPTION]... [FILE]...`, with the options that must be given."""
    if parser.prog == "headroom":
        return "headroom COMMAND [OPTION]... [FILE]..."
    words = [parser.prog]
    if any(a.option_strings and not a.required for a in parser._actions):
        words.append("[OPTION]...")
    words += [f"{a.option_strings[-1]} {a.metavar or a.dest.upper()}" for a in parser._actions if a.option_strings and a.required]
    return " ".join(words + [_operand_usage(a) for a in parser._actions if not a.option_strings])


def _operand_usage(action: argparse.Action) -> str:
    if isinstance(action, argparse._SubParsersAction):
        return "|".join(action.choices)
    name = str(action.metavar or action.dest.upper())
    return {"*": f"[{name}]...", "+": f"{name}...", "?": f"[{name}]"}.get(str(action.nargs), name)


def sections(parser: argparse.ArgumentParser) -> Iterator[tuple[str, list[argparse.Action]]]:
    """The groups that hold something to show: (title, actions), operands first, global options last."""
    last: list[tuple[str, list[argparse.Action]]] = []
    for group in parser._action_groups:
        shown = [a for a in group._group_actions if a.help != argparse.SUPPRESS]
        if not shown:
            continue
        title = _TITLES.get(group.title or "", group.title or "options")
        if title == "everywhere":
            last.append((title, shown))
        else:
            yield title, shown
    yield from last


def invocation(action: argparse.Action) -> str:
    """`-s, --strategy NAME`, as help and man page show it."""
    if not action.option_strings:
        return str(action.metavar or action.dest.upper())
    names = ", ".join(action.option_strings)
    if isinstance(action, argparse.BooleanOptionalAction):
        names = action.option_strings[0].replace("--", "--[no-]", 1)
    return names if action.nargs == 0 else f"{names} {action.metavar or action.dest.upper()}"


def explained(parser: argparse.ArgumentParser, action: argparse.Action) -> str:
    """The sentence about one argument."""
    return (action.help or "") % {"default": action.default, "prog": parser.prog}


def _help_entry(parser: argparse.ArgumentParser, action: argparse.Action) -> str:
    from textwrap import wrap

    if isinstance(action, argparse._SubParsersAction):
        rows = [(choice.dest, choice.help or "") for choice in action._choices_actions]
    else:
        rows = [(invocation(action), explained(parser, action))]
    lines: list[str] = []
    for name, text in rows:
        wrapped = wrap(text, WIDTH - _COLUMN) or [""]
        head = f"      {name}" if name.startswith("--") else f"  {name}"
        if len(head) > _COLUMN - 2:
            lines.append(head)
            head = ""
        lines.append(f"{head:<{_COLUMN}}{wrapped[0]}".rstrip())
        lines += [" " * _COLUMN + line for line in wrapped[1:]]
    return "\n".join(lines)
