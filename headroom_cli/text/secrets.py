r"""Which secret stands at a cue: rules from `redact_rules.json` and `text/credentials`, and the one pattern that finds their cues.

    API_TOKEN = "8f3k..."       a name, `=`, and a value that looks random
    ghp_..., AKIA..., eyJ...    a literal that only such keys begin with

The file's rules are those of gitleaks, converted once by `tools/redact_rules.py`; source, version and licence are in it.
"""

from __future__ import annotations

import os
import re
from collections import Counter
from functools import lru_cache
from math import log2
from typing import TYPE_CHECKING, Any, NamedTuple

from headroom_cli.text.credentials import ANSI, CREDENTIALS, Rule, always
from headroom_cli.text.regex import Bulk, any_of

if TYPE_CHECKING:
    from collections.abc import Iterable

    from headroom_cli.text.credentials import Check

__all__ = ["Finder", "finder"]

GENERIC = "api-key"  # the kind whose names say little: its values are held against more lists

_DATA = os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), "redact_rules.json")
_AT = 0x40  # @
_MIDDLE = r"""[ \t\w.-]{0,20}[ \t'"\\]{0,4}(?:=>|\?=|\|\||:{1,3}=|[=>:,])[`'" \t=\\]{0,6}""" + ANSI
_VALUE = r"[A-Za-z0-9_.=~%:+/-]{10}"  # what every value of a named rule begins with
_LONG_CUE = 4  # characters: whatever begins so is a key, how regular it may look
_TOKEN_CHARACTERS = re.compile(rb"[A-Za-z0-9_-]{0,2000}")
_LETTERS = ("a", "b", "c", "de", "f", "g", "h", "ijk", "l", "mn", "o", "p", "qr", "s", "t", "uvwxyz")
_SEEN = 20_000  # different values whose judgement is remembered


class Finder(NamedTuple):
    """All rules: where to look, and what to try there."""

    marks: Bulk  # matches one byte wherever a cue stands
    rules: dict[bytes, list[Rule]]  # the first bytes at a cue -> what may stand there

    def at(self, data: bytes, place: int) -> tuple[int, int, Rule] | None:
        """Start, end and rule of the secret whose cue is at `place`, None where there is none after all."""
        for rule in self.rules.get(b"@" if data[place] == _AT else data[place : place + 2], ()):
            match = _compiled(rule.pattern).match(data, max(0, place - rule.back))
            if match is None:
                continue
            start, end = _span(match)
            if start == end or not rule.check(match, data[start:end]):
                continue
            if rule.grows:
                grown = _TOKEN_CHARACTERS.match(data, end)
                end = grown.end() if grown else end
            return start, end, rule
        return None


@lru_cache(maxsize=1)
def finder() -> Finder:
    """The rules, read and put in order at the first use; surest first."""
    import json

    with open(_DATA, encoding="ascii") as file:
        source = json.load(file)
    tokens = [rule for rule in source["rules"] if "pattern" in rule]
    named = [rule for rule in source["rules"] if "name" in rule]
    rules: dict[bytes, list[Rule]] = {}
    for rule in tokens:
        _enter(rules, rule["cues"], rule.get("any_case", False), _token(rule))
    for own in CREDENTIALS:
        _enter(rules, [own.cue], True, own.rule)
    judge = _Judge(source)
    for rule in sorted(named, key=lambda rule: rule["kind"] == GENERIC):
        _enter(rules, rule["cues"], True, _named(rule, judge))
    marks = [(own.cue[0], own.mark) for own in CREDENTIALS if own.mark]
    marks += _marks({cue: rule.get("tails", {}).get(cue, "") for rule in tokens for cue in rule["cues"] if not rule.get("any_case")}, "")
    marks += _marks({cue.lower(): "" for rule in tokens for cue in rule["cues"] if rule.get("any_case")}, "", any_case=True)
    marks += _marks({cue: "" for rule in named for cue in rule["cues"]}, _MIDDLE + _VALUE, any_case=True)
    return Finder(Bulk(_grouped(marks).encode()), rules)


def _token(rule: dict[str, Any]) -> Rule:
    """A rule whose secret begins with its cue. What is not bounded by its pattern grows: half a key is a leak."""
    check = always if max(map(len, rule["cues"])) >= _LONG_CUE else _random(rule["entropy"])
    bounded = rule["pattern"].endswith((r"\b", '")', "))"))
    return Rule(rule["kind"], rule["pattern"], check, 0, rule["back"], grows=not bounded)


def _named(rule: dict[str, Any], judge: _Judge) -> Rule:
    """A rule whose value stands behind its name."""
    name, value = rule["name"] + _MIDDLE, f"(?P<v>{rule['value']})"
    pattern = f"(?i:{name}{value})" if rule["any_case"] else f"(?i:{name}){value}"
    generic = rule["kind"] == GENERIC
    return Rule(rule["kind"], pattern + "(?![A-Za-z0-9+/=])", judge.generic if generic else judge.named(rule["entropy"]), 3 if generic else 2)


def _enter(rules: dict[bytes, list[Rule]], cues: Iterable[str], any_case: bool, rule: Rule) -> None:
    """Under the first two bytes of its cues, in every spelling."""
    places = {cue[:2] for cue in cues}
    if any_case:
        places = {a + b for cue in places for a in (cue[:1].lower(), cue[:1].upper()) for b in (cue[1:].lower(), cue[1:].upper())}
    for place in places:
        rules.setdefault(place.encode(), []).append(rule)


def _marks(cues: dict[str, str], tail: str, *, any_case: bool = False) -> list[tuple[str, str]]:
    """First letters, and patterns that take the first byte of a cue where the rest of it and its tail follow."""
    plain: dict[str, list[str]] = {}
    parts = []
    for cue, own in cues.items():
        if own:
            parts.append((cue[0], f"{re.escape(cue[0])}(?={re.escape(cue[1:])}{own})"))
        else:
            plain.setdefault(cue[0], []).append(cue[1:])
    parts += [(first, f"{re.escape(first)}(?={any_of(rests)}{tail})") for first, rests in plain.items()]
    return [(first, f"(?i:{part})") for first, part in parts] if any_case else parts


def _grouped(marks: Iterable[tuple[str, str]]) -> str:
    """One pattern for all marks, those of a few letters behind one test: at most places few alternatives are tried."""
    groups: dict[str, list[str]] = {}
    for first, mark in marks:
        letters = next((letters for letters in _LETTERS if first.lower() in letters), "")
        groups.setdefault(letters, []).append(mark)
    return "|".join(
        f"(?=[{letters}{letters.upper()}])(?:{'|'.join(parts)})" if letters else "|".join(parts) for letters, parts in groups.items()
    )


@lru_cache(maxsize=512)
def _compiled(pattern: str) -> re.Pattern[bytes]:
    return re.compile(pattern.encode())


@lru_cache(maxsize=1)
def _words(words: str) -> re.Pattern[bytes]:
    """Words as one pattern: 1,400 of them are looked for in 10 us, one by one in 400."""
    return re.compile(any_of(words.split(" ")).encode())


def _span(match: re.Match[bytes]) -> tuple[int, int]:
    """The group that holds the secret: `v`, `a` or `b`, else the first, else all."""
    for name in ("v", "a", "b"):
        if name in match.re.groupindex and match.start(name) >= 0:
            return match.span(name)
    return match.span(1 if match.re.groups and match.start(1) >= 0 else 0)


def _random(least: float) -> Check:
    return (lambda _match, value: _bits(value) > least) if least else always


def _bits(value: bytes) -> float:
    """Shannon's entropy of `value`, bits for each byte."""
    return -sum(count / len(value) * log2(count / len(value)) for count in Counter(value).values())


class _Judge:
    """What the rules by name let pass: gitleaks' own lists, of which those for `key`, `token`, ... are long."""

    __slots__ = ("allowed", "generic_allowed", "least", "names", "seen", "stopwords")

    def __init__(self, source: dict[str, Any]) -> None:
        self.allowed = source["allowed"]
        self.generic_allowed = source["generic"]["allowed"]
        self.names = source["generic"]["names"]
        self.stopwords: str = source["generic"]["stopwords"]
        self.least = next(rule["entropy"] for rule in source["rules"] if rule["kind"] == GENERIC)
        self.seen: dict[bytes, bool] = {}

    def named(self, least: float) -> Check:
        """A check for a rule that wants more than `least` bits for each byte."""
        return lambda _match, value: _bits(value) > least and not _any(self.allowed, value)

    def generic(self, match: re.Match[bytes], value: bytes) -> bool:
        """Whether the value of a name that says little is a secret."""
        known = self.seen.get(value)
        if known is None:
            if len(self.seen) >= _SEEN:
                self.seen.clear()
            known = self.seen[value] = _bits(value) > self.least and not self._stops(value)
        if not known:
            return False
        left = match.string[max(0, match.start() - 50) : match.start()]
        word = re.search(rb"[\w.-]*\Z", left)
        return not _any(self.names, (word[0] if word else b"") + match[0])

    def _stops(self, value: bytes) -> bool:
        return _any(self.allowed, value) or _any(self.generic_allowed, value) or bool(_words(self.stopwords).search(value.lower()))


def _any(patterns: Iterable[str], text: bytes) -> bool:
    return any(_compiled(pattern).search(text) for pattern in patterns)
