"""What is wrong with a configuration beyond its grammar: rules that can never win, contradictions, globs read as regexes.

    - pattern: "test_.*\\.py$"      R004: a later rule sets compress for whatever this one matches
      compress: false
    - pattern: "\\.py$"
      compress: true

Errors of the grammar come from `schema`. Every finding has a code of `schema.CODES`; none depends on the files of the project but
R008, which is asked for with a folder.
"""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Iterable, Iterator, Mapping
from importlib import import_module
from typing import Any

from headroom_cli.config import Found, project_packs, read_config
from headroom_cli.errors import UsageError
from headroom_cli.rules import excluded_by, match_path, matches
from headroom_cli.schema import Config, Problem, Rule, Value
from headroom_cli.text.patterns import looks_like_glob, looks_like_regex, quoted

__all__ = ["check", "check_config", "covers"]

Settled = Mapping[str, Value]
_HARMLESS: tuple[object, ...] = (None, False, "off")
_PATHS = "rules see paths relative to the configuration's folder, with forward slashes"
_EVERY_GLOB = frozenset(("*", "**", "**/*", "/**", "/*", "**/**"))
_EVERY_REGEX = frozenset(("^", "$", ".", ".*", ".+", "^.", "^.*", "^.+", ".*$", ".+$", "^.*$", "^.+$", "(?s).*"))


def check(found: Found, against: str | None = None) -> tuple[Config, list[Problem]]:
    """The right part of a configuration and all its problems, by line. `against`: a folder whose files the rules should meet."""
    config, errors = read_config(found)
    more = check_config(config, against)
    if errors:  # a rule whose only key was refused does not set nothing
        broken = {max((rule.line for rule in config.rules if rule.line <= error.line), default=0) for error in errors}
        more = (problem for problem in more if problem.code != "R004" or problem.line not in broken)
    return config, sorted([*errors, *more])


def check_config(config: Config, against: str | None = None) -> Iterator[Problem]:
    """The problems of a configuration whose grammar is right. Raises UsageError if `against` is not a folder."""
    yield from _inside(config.defaults)
    for index, rule in enumerate(config.rules):
        yield from _misread(rule)
        yield from _shadowed(rule, config.rules[index + 1 :])
        yield from _inside(rule.values)
    for entry in config.exclude:
        if looks_like_regex(str(entry.value)):
            text, hint = (
                f"{quoted(str(entry.value))} is a regular expression, but exclude takes globs",
                "for example: **/*.min.js",
            )
            yield Problem(*entry.at, "R005", text, hint)
    names = [*_names(config.defaults), *(name for rule in config.rules for name in _names(rule.values))]
    yield from _unknown_names(names, config.folder)
    if against is not None:
        yield from _unmatched(config, against)


def covers(later: Rule, earlier: Rule) -> bool:
    """Whether `later` surely matches every path that `earlier` matches. False where it cannot be told."""
    if later.pattern in (_EVERY_GLOB if later.kind == "glob" else _EVERY_REGEX):
        return True
    if later.kind != earlier.kind:
        return False
    a, b = later.pattern, earlier.pattern
    if later.kind == "glob":
        a, b = a.removeprefix("./"), b.removeprefix("./")
        return a == b or ("/" not in a and a == b.rsplit("/", 1)[-1])
    return a == b or _contains(_sequence(b), _sequence(a))


def _sequence(pattern: str) -> list[str] | None:
    """The items that a regular expression demands one after another; None where that cannot be told."""
    parser: Any = import_module("re._parser" if sys.version_info >= (3, 11) else "sre_parse")
    try:
        parsed = parser.parse(pattern)
        return None if parsed.state.flags & ~re.UNICODE else [repr(item) for item in parsed]
    except RecursionError:
        return None


def _contains(whole: list[str] | None, part: list[str] | None) -> bool:
    """Whether `part` stands in `whole`: then a text that has `whole` has `part`."""
    if whole is None or not part:
        return False
    return any(whole[at : at + len(part)] == part for at in range(len(whole) - len(part) + 1))


def _shadowed(rule: Rule, later: Iterable[Rule]) -> Iterator[Problem]:
    if not rule.values:
        yield Problem(rule.line, rule.column, "R004", "this rule can never win: it sets nothing", "give it a key, or remove it")
        return
    covering = [other for other in later if covers(other, rule)]
    winners = {key: next((other for other in covering if key in other.values), None) for key in rule.values}
    if all(winners.values()):
        lines = sorted({other.line for other in winners.values() if other})
        who, again = (f"the rule of line {lines[0]} matches", "s") if len(lines) == 1 else (f"the rules of lines {_listed(lines)} match", "")
        text = f"this rule can never win: {who} all its paths and set{again} {_listed(rule.values)} again"
        yield Problem(rule.line, rule.column, "R004", text, "put the more special rule below the general one")


def _misread(rule: Rule) -> Iterator[Problem]:
    if rule.kind == "pattern" and looks_like_glob(rule.pattern):
        text = f"{quoted(rule.pattern)} is a glob, but pattern takes a regular expression"
        yield Problem(*rule.at, "R005", text, f"write glob: {quoted(rule.pattern)}")
    if rule.kind == "glob" and looks_like_regex(rule.pattern):
        text = f"{quoted(rule.pattern)} is a regular expression, but glob takes the dialect of .gitignore"
        yield Problem(*rule.at, "R005", text, f"write pattern: {quoted(rule.pattern)}")


def _inside(values: Settled) -> Iterator[Problem]:
    """The problems of one rule's keys among themselves, or of `defaults`."""
    yield from _without_effect(values)
    yield from _at_odds(values)


def _got(values: Settled, key: str) -> Any:
    return values[key].value if key in values else None


def _without_effect(values: Settled) -> Iterator[Problem]:
    off = "compress: false" if _got(values, "compress") is False else "strategy: off" if _got(values, "strategy") == "off" else ""
    idle = {key: off for key, value in values.items() if off and key != "dedup" and value.value not in _HARMLESS}
    if not off and _got(values, "max_tokens") and _got(values, "min_compress_ratio"):
        idle["min_compress_ratio"] = "max_tokens"
    if not off and _got(values, "dedup") is False and "dedup_threshold" in values:
        idle["dedup_threshold"] = "dedup: false"
    for key, other in idle.items():
        text = f"{key} has no effect beside {other}"
        yield Problem(*values[key].at, "R006", text, "remove one of the two")


def _at_odds(values: Settled) -> Iterator[Problem]:
    least, most = _got(values, "min_compress_ratio") or 0, _got(values, "max_savings")
    if most is not None and least * 100 > most:
        text = f"no output saves at least {least * 100:g} % and at most {most:g} %"
        yield Problem(*values["min_compress_ratio"].at, "R006", text, "lower min_compress_ratio or raise max_savings")
    for text in _got(values, "drop") or ():
        if text in (_got(values, "keep") or ()):
            told = f"{quoted(text)} is both kept and dropped: keep wins"
            yield Problem(*values["drop"].at, "R006", told, "remove one of the two")


def _names(values: Settled) -> Iterator[tuple[str, str, Value]]:
    if _got(values, "format") is not None:
        yield "format", _got(values, "format"), values["format"]
    for name in _got(values, "packs") or ():
        yield "packs", name, values["packs"]


def _unknown_names(names: Iterable[tuple[str, str, Value]], folder: str) -> Iterator[Problem]:
    from difflib import get_close_matches

    known: dict[str, list[str]] = {}
    for key, name, value in names:
        if key not in known:
            known[key] = _known_formats() if key == "format" else _known_packs(folder)
        if name not in known[key]:
            close = get_close_matches(name, known[key], 1)
            hint = f"did you mean {close[0]}?" if close else f"known: {', '.join(known[key])}"
            yield Problem(*value.at, "R007", f"there is no {key.removesuffix('s')} {quoted(name)}", hint)


def _known_formats() -> list[str]:
    from headroom_cli.formats import FORMATS

    return list(FORMATS)


def _known_packs(folder: str) -> list[str]:
    from headroom_cli.packs import load_all

    own = project_packs(folder)
    return [pack.name for pack in load_all([own] if own else [])]


def _unmatched(config: Config, folder: str) -> Iterator[Problem]:
    """Rules and exclude entries that meet no file under `folder`."""
    if not os.path.isdir(folder):
        raise UsageError(f"{folder}: not a folder", hint="--against takes the folder whose files the rules are for")
    idle_rules, idle_entries, count = dict(enumerate(config.rules)), dict(enumerate(_positive(config))), 0
    for path in _files(folder):
        seen, count = match_path(config, path), count + 1
        entry = excluded_by(config, seen)
        idle_entries = {
            at: each for at, each in idle_entries.items() if each is not entry and not str(each.value).startswith("!")
        }
        idle_rules = {at: rule for at, rule in idle_rules.items() if not matches(rule, seen)}
        if not idle_rules and not idle_entries:
            return
    where = f"matches none of the {count} files in {folder}" if count != 1 else f"does not match the one file in {folder}"
    for rule in idle_rules.values():
        yield Problem(*rule.at, "R008", f"{rule.kind} {quoted(rule.pattern)} {where}", _PATHS)
    for value in idle_entries.values():
        yield Problem(*value.at, "R008", f"exclude {quoted(str(value.value))} {where}", _PATHS)


def _positive(config: Config) -> list[Value]:
    return [entry for entry in config.exclude if not str(entry.value).startswith("!")]


def _files(folder: str) -> Iterator[str]:
    for base, folders, names in os.walk(folder):
        folders[:] = sorted(name for name in folders if name != ".git")
        yield from (os.path.join(base, name) for name in sorted(names))


def _listed(items: Iterable[object]) -> str:
    *front, last = map(str, items)
    return f"{', '.join(front)} and {last}" if front else last
