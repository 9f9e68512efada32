"""The "how hard" options that `compress`, `compress-batch` and `rules explain` share, the global ones, and what they set.

    --max-tokens 500 --keep 'TICKET-\\d+'   ->   {"max_tokens": (500, "--max-tokens"), "keep": (("TICKET-\\d+",), "--keep")}

Flags win over `HEADROOM_*`; both win over the configuration file (headroom_cli.rules.resolve).
"""

from __future__ import annotations

import argparse
from collections.abc import Mapping
from typing import TYPE_CHECKING

from headroom_cli.errors import ConfigError, UsageError
from headroom_cli.settings import STRATEGIES

if TYPE_CHECKING:
    from headroom_cli.cli.session import Session

__all__ = ["add_global", "add_strength", "jobs", "overrides", "percent", "regex", "share", "tokens"]

_FLAGS = {
    "strategy": "--strategy",
    "max_tokens": "--max-tokens",
    "max_savings": "--max-savings",
    "min_quality": "--min-quality",
    "keep": "--keep",
    "force_drop": "--drop",
    "dedup": "--dedup",
    "tokenizer": "--tokenizer",
    "format": "--format",
    "markers": "--markers",
    "query": "--query",
    "redact": "--redact",
    "baseline": "--baseline",
}

_VARIABLES = {
    "strategy": "HEADROOM_STRATEGY",
    "max_tokens": "HEADROOM_MAX_TOKENS",
    "tokenizer": "HEADROOM_TOKENIZER",
}


def add_strength(parser: argparse.ArgumentParser) -> None:
    """Add the options that say how hard a document is compressed. They default to None: not given."""
    group = parser.add_argument_group("how hard")
    group.add_argument(
        "-s",
        "--strategy",
        metavar="NAME",
        choices=tuple(STRATEGIES),
        help="off, lossless, conservative, balanced (the default) or aggressive",
    )
    group.add_argument("--max-tokens", metavar="N", type=tokens, help="at most N tokens of output, header and markers included")
    group.add_argument("--max-savings", metavar="PCT", type=percent, help="never save more than PCT %% of the tokens")
    group.add_argument("--min-quality", metavar="X", type=share, help="keep at least this share (0-1) of what stands out")
    group.add_argument("--query", metavar="TEXT", help="a question: what answers it is kept first")
    group.add_argument("--redact", action="store_true", default=None, help="replace keys, tokens, passwords and e-mail addresses by placeholders")
    group.add_argument("--baseline", metavar="FILE", action="append", help="a log of a good run: what it prints too is boilerplate; may be repeated")
    group.add_argument("--keep", metavar="REGEX", type=regex, action="append", help="lines that match stay; may be repeated")
    group.add_argument("--drop", metavar="REGEX", type=regex, action="append", help="lines that match go; may be repeated")
    group.add_argument(
        "--dedup", action=argparse.BooleanOptionalAction, default=None, help="fold repeated lines (the default), or leave them"
    )
    group.add_argument("--tokenizer", metavar="NAME", help="o200k_base (the default), cl100k_base or estimate")
    group.add_argument("--format", metavar="NAME", help="treat the input as this format; see `headroom formats`")
    group.add_argument("--markers", choices=("full", "short"), metavar="FORM", help="full (the default) or short: ranges only")


def add_global(parser: argparse.ArgumentParser) -> None:
    """Add the options that every command takes, before or after its name."""
    group = parser.add_argument_group("everywhere")
    off = argparse.SUPPRESS
    group.add_argument("--config", metavar="FILE", default=off, help="use this configuration file")
    group.add_argument("--no-config", action="store_true", default=off, help="use no configuration file")
    group.add_argument(
        "--color", metavar="WHEN", choices=("auto", "always", "never"), default=off, help="colour messages: auto, always or never"
    )
    group.add_argument("-q", "--quiet", action="count", default=off, help="no notes; -qq: no warnings either")
    group.add_argument("-v", "--verbose", action="count", default=off, help="say what was decided; -vv: and where it was set")
    group.add_argument("--version", action="store_true", default=off, help="print the version")
    group.add_argument("-h", "--help", action="store_true", default=off, help="print this help")


def overrides(args: argparse.Namespace, session: Session) -> dict[str, tuple[object, str]]:
    """Settings field -> (value, origin) of what flags and HEADROOM_* variables set, flags winning. Raises ConfigError."""
    found = _from_environment(session.env)
    for field, flag in _FLAGS.items():
        value = getattr(args, "drop" if field == "force_drop" else field, None)
        if value is None:
            continue
        if field == "dedup" and value is False:
            flag = "--no-dedup"
        found[field] = (tuple(value) if isinstance(value, list) else value, flag)
    return found


def _from_environment(env: Mapping[str, str]) -> dict[str, tuple[object, str]]:
    found: dict[str, tuple[object, str]] = {}
    for field, variable in _VARIABLES.items():
        text = env.get(variable)
        if not text:
            continue
        try:
            value: object = tokens(text) if field == "max_tokens" else text
        except argparse.ArgumentTypeError as error:
            raise ConfigError(str(error), place=variable) from None
        if field == "strategy" and text not in STRATEGIES:
            raise ConfigError(f"{text!r} must be one of {', '.join(STRATEGIES)}", place=variable)
        if field == "tokenizer":
            _check_tokenizer(text, variable)
        found[field] = (value, variable)
    return found


def _check_tokenizer(name: str, variable: str) -> None:
    from headroom_cli.tokens import check_name

    try:
        check_name(name)
    except UsageError as error:
        raise ConfigError(error.message, place=variable, hint=error.hint) from None


def tokens(text: str) -> int:
    """A number of tokens: `500`, `12_000`, `8k`."""
    digits, factor = (text[:-1], 1000) if text[-1:] in ("k", "K") else (text, 1)
    number = int(digits) * factor if digits.replace("_", "").isascii() and digits.replace("_", "").isdigit() else 0
    if number < 1:
        raise argparse.ArgumentTypeError(f"{text!r} must be a whole number of tokens, 1 or more")
    return number


def percent(text: str) -> float:
    """A percentage from 0 to 100: `70`, `70%`."""
    return _number(text.removesuffix("%"), text, 100, "a percentage from 0 to 100")


def share(text: str) -> float:
    """A share from 0 to 1: `0.85`."""
    return _number(text, text, 1, "a share from 0 to 1")


def _number(digits: str, text: str, high: float, wanted: str) -> float:
    try:
        number = float(digits)
    except ValueError:
        number = -1.0
    if not 0 <= number <= high:
        raise argparse.ArgumentTypeError(f"{text!r} must be {wanted}")
    return number


def jobs(text: str) -> int:
    """A number of worker processes, 1 or more."""
    if not text.isascii() or not text.isdigit() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"{text!r} must be a whole number, 1 or more")
    return int(text)


def regex(text: str) -> str:
    """A regular expression that compiles and cannot take exponential time."""
    from headroom_cli.text.backtrack import ADVICE, slow
    from headroom_cli.text.patterns import bad_regex

    wrong = bad_regex(text, lines=True)
    if wrong:
        raise argparse.ArgumentTypeError(wrong)
    wrong = slow(text)
    if wrong:
        raise argparse.ArgumentTypeError(f"{wrong}; {ADVICE}")
    return text
