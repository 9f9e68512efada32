"""Reads one pack's YAML and checks its samples. Slow beside packs.bin: only the build, `rules test`, a checkout with
edited YAML and a project's own packs come here.

    evidence:
      - {name: code, match: "^npm error code", yes: ["npm ERR! code E404"]}

is read, and `check` then says: npm: code: does not match 'npm ERR! code E404'
"""

from __future__ import annotations

import os
import re
from collections.abc import Sequence
from typing import Any, NamedTuple

import yaml

from headroom_cli.errors import ConfigError
from headroom_cli.packs import BlockRule, LineRule, Pack, extent
from headroom_cli.text.backtrack import ADVICE, slow
from headroom_cli.text.literals import needed
from headroom_cli.text.patterns import bad_regex

__all__ = ["check", "read"]


class _Field(NamedTuple):
    """One value of a pack's file, with what is needed to complain about it: `file:line:column`."""

    path: str
    key: str
    node: Any  # yaml.Node; its stubs lack `id`

    def wrong(self, message: str, hint: str = "") -> ConfigError:
        mark = self.node.start_mark
        named = f"{self.key}: {message}" if self.key and self.key not in message else message
        return ConfigError(named, place=f"{self.path}:{mark.line + 1}:{mark.column + 1}", hint=hint)


_PACK_KEYS = {"pack", "about", "origin", "version", "cues", "noise", "evidence", "blocks", "summary"}
_LINE_KEYS = {"name", "kind", "match", "weight", "yes", "no"}
_BLOCK_KEYS = {*BlockRule._fields} - {"var", "needs"}
_ORIGINS = ("run", "documented")
_RANKS = ("cause", "symptom")


def read(path: str) -> Pack:
    """The pack in one YAML file. Raises ConfigError with `file:line:column`; its samples are not checked."""
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    try:
        with open(path, encoding="utf-8") as file:
            node = yaml.compose(file, Loader=loader)
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"cannot be read: {error}", place=path) from None
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        place = f"{path}:{mark.line + 1}:{mark.column + 1}" if mark else path
        raise ConfigError(f"not YAML: {getattr(error, 'problem', error)}", place=place) from None
    if node is None:
        raise ConfigError("the pack is empty", place=path)
    return _pack(path, _fields(_Field(path, "", node), _PACK_KEYS, ("pack", "about", "origin", "version", "cues")))


def _pack(path: str, top: dict[str, _Field]) -> Pack:
    name = _text(top["pack"])
    if name != os.path.basename(path)[: -len(".yaml")]:
        raise top["pack"].wrong(f"the pack is called {name!r}, its file is not", "name both alike")
    cues = _texts(top["cues"])
    if not cues or any(len(cue) < 3 or "\n" in cue for cue in cues):
        raise top["cues"].wrong("a pack needs cues: literal text of at least 3 characters, within one line")
    return Pack(
        name,
        _text(top["about"]),
        _one_of(top["origin"], _ORIGINS),
        _text(top["version"]),
        cues,
        tuple(_line_rule(field, 0) for field in _items(top.get("noise"))),
        tuple(_line_rule(field, 5) for field in _items(top.get("evidence"))),
        tuple(_block_rule(field) for field in _items(top.get("blocks"))),
        tuple(_line_rule(field, 4) for field in _items(top.get("summary"))),
    )


def _line_rule(field: _Field, weight: float) -> LineRule:
    keys = _fields(field, _LINE_KEYS, ("name", "match", "yes"))
    if not weight and "weight" in keys:
        raise keys["weight"].wrong("noise has no weight")
    name, match = _text(keys["name"]), _regex(keys["match"])
    kind = _text(keys["kind"]) if "kind" in keys else name
    weight = _number(keys["weight"], 0, 10) if "weight" in keys else weight
    return LineRule(name, kind, match, weight, "(?P<var>" in match, _samples(keys["yes"]), _optional(keys, "no"), needed(match))


def _block_rule(field: _Field) -> BlockRule:
    keys = _fields(field, _BLOCK_KEYS, ("name", "kind", "start", "rank", "yes"))
    if ("end" in keys) == ("last" in keys):
        raise field.wrong("a block has one of `end` (first line after it) and `last` (its last line)")
    patterns = {key: _regex(keys[key]) if key in keys else "" for key in ("start", "lead", "end", "last", "core", "fold")}
    rank = _one_of(keys["rank"], _RANKS)
    weight = _number(keys["weight"], 0, 10) if "weight" in keys else 6 if rank == "cause" else 5
    return BlockRule(
        name=_text(keys["name"]),
        kind=_text(keys["kind"]),
        max=int(_number(keys["max"], 1, 100_000)) if "max" in keys else 200,
        rank=rank,
        weight=weight,
        var="(?P<var>" in patterns["start"],
        yes=_samples(keys["yes"]),
        no=_optional(keys, "no"),
        after=_optional(keys, "after"),
        needs=needed(patterns["start"]),
        **patterns,
    )


def _fields(field: _Field, known: set[str], required: Sequence[str]) -> dict[str, _Field]:
    if field.node.id != "mapping":
        raise field.wrong("must be a mapping of keys to values")
    found: dict[str, _Field] = {}
    for key_node, value_node in field.node.value:
        key = _Field(field.path, str(key_node.value), key_node)
        if key.key not in known:
            raise key.wrong(f"unknown key {key.key!r}", _nearest(key.key, sorted(known)))
        if key.key in found:
            raise key.wrong(f"{key.key} is there twice")
        found[key.key] = _Field(field.path, key.key, value_node)
    for name in required:
        if name not in found:
            raise field.wrong(f"{name} is missing")
    return found


def _nearest(name: str, known: Sequence[str]) -> str:
    from difflib import get_close_matches

    close = get_close_matches(name, known, 1)
    return f"did you mean {close[0]}?" if close else "keys: " + ", ".join(known)


def _items(field: _Field | None) -> list[_Field]:
    if field is None:
        return []
    if field.node.id != "sequence":
        raise field.wrong(f"{field.key} must be a list")
    return [_Field(field.path, field.key, node) for node in field.node.value]


def _text(field: _Field, empty: bool = False) -> str:
    if field.node.id != "scalar" or not (field.node.value or empty):
        raise field.wrong(f"{field.key} must be text")
    return str(field.node.value)


def _texts(field: _Field) -> tuple[str, ...]:
    return tuple(_text(item) for item in _items(field))


def _samples(field: _Field) -> tuple[str, ...]:
    samples = tuple(_text(item, empty=True).rstrip("\n") for item in _items(field))
    if not samples:
        raise field.wrong("at least one sample is needed")
    return samples


def _optional(keys: dict[str, _Field], key: str) -> tuple[str, ...]:
    return _samples(keys[key]) if key in keys else ()


def _one_of(field: _Field, allowed: tuple[str, ...]) -> str:
    value = _text(field)
    if value not in allowed:
        raise field.wrong(f"{field.key} is {value!r}, but must be one of {', '.join(allowed)}")
    return value


def _number(field: _Field, low: float, high: float) -> float:
    try:
        value = float(_text(field))
    except ValueError:
        value = low - 1
    if not low <= value <= high:
        raise field.wrong(f"{field.key} must be a number from {low:g} to {high:g}")
    return value


def _regex(field: _Field) -> str:
    pattern = _text(field)
    wrong = bad_regex(pattern, lines=True)
    if wrong:
        raise field.wrong(wrong)
    wrong = slow(pattern)  # packs may come with the project they judge
    if wrong:
        raise field.wrong(wrong, ADVICE)
    return pattern


def check(pack: Pack) -> list[str]:
    """What is wrong with the samples of `pack`: one sentence each, empty where all is well."""
    problems = [text for rules in (pack.noise, pack.evidence, pack.summary) for rule in rules for text in _check_line(rule)]
    problems += [text for block in pack.blocks for text in _check_block(block)]
    telling = [line for rule in (*pack.evidence, *pack.summary) for line in rule.yes]
    for block in pack.blocks:
        telling += [text.split("\n")[0] for text in block.yes]
    for rule in pack.noise:
        search = re.compile(rule.match).search
        problems += [f"{rule.name}: noise, but it matches the evidence {line!r}" for line in telling if search(line)]
    return [f"{pack.name}: {problem}" for problem in problems]


def _check_line(rule: LineRule) -> list[str]:
    text, raw = re.compile(rule.match).search, re.compile(rule.match.encode()).search
    problems = []
    for wanted, samples in ((True, rule.yes), (False, rule.no)):
        for line in samples:
            if bool(text(line)) is not wanted or bool(raw(line.encode())) is not wanted:
                problems.append(f"{rule.name}: {'does not match' if wanted else 'matches'} {line!r}")
    return problems


def _check_block(rule: BlockRule) -> list[str]:
    start, problems = re.compile(rule.start).search, []
    for sample in rule.yes:
        bodies = sample.split("\n")
        heads = [at for at, body in enumerate(bodies) if start(body)]
        span = extent(rule, bodies, heads[0]) if heads else (0, 0)
        if span != (0, len(bodies)):
            problems.append(f"{rule.name}: covers lines {span[0] + 1}-{span[1]} of the {len(bodies)} of {bodies[0]!r}")
        for line in rule.after if sample is rule.yes[0] else ():
            if heads and extent(rule, [*bodies, line], heads[0])[1] != len(bodies):
                problems.append(f"{rule.name}: goes on after {line!r}")
    problems += [f"{rule.name}: starts in {text!r}" for text in rule.no if any(map(start, text.split("\n")))]
    return problems
