"""Says whether a regular expression can backtrack for ages: two ways to match the same text inside one repetition.

    (a+)+b            a run of a can be cut into runs in 2^n ways, and all are tried when no b follows
    (\\w+\\s?)*x        the same: nothing between two rounds must be there
    (\\w+,)*x          fine: a round ends where the comma is, and \\w does not match one

The judgement looks at the syntax tree and errs to silence: only loops in loops and alternatives that overlap are named.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Iterator
from functools import lru_cache
from importlib import import_module
from typing import Any

from headroom_cli.text.patterns import quoted

__all__ = ["ADVICE", "slow", "slow_part"]

ADVICE = "end each round with something the next cannot begin with"

MANY = 10
"""Rounds from which a repetition counts as a loop: with 9 rounds of an optional part 2^9 tries are soon over."""
OTHER = 256
"""Stands for every character beyond Latin-1 in a character set."""
_ALL = frozenset(range(OTHER + 1))
Chars = frozenset[int]


def slow(pattern: str) -> str:
    """Why `pattern` is refused as one that can hang, as a sentence; "" where it is not. `pattern` must compile."""
    why = slow_part(pattern)
    return f"{quoted(pattern)} can take exponential time: {why}" if why else ""


def slow_part(pattern: str) -> str:
    """What in `pattern` can backtrack exponentially, in words; "" where nothing is known to. `pattern` must compile."""
    parser: Any = import_module("re._parser" if sys.version_info >= (3, 11) else "sre_parse")
    try:
        return next(filter(None, map(_ambiguous, _loops(parser.parse(pattern)))), "")
    except RecursionError:
        return "groups nested too deep to judge"


def _items(body: Any) -> list[tuple[str, Any]]:
    return [(str(op), value) for op, value in body]


def _loops(body: Any) -> Iterator[list[tuple[str, Any]]]:
    """The bodies of all repetitions with many rounds, outermost first."""
    for op, value in _items(body):
        if op in ("MAX_REPEAT", "MIN_REPEAT") and value[1] >= MANY:
            yield _flat(value[2])
        for inner in _children(op, value):
            yield from _loops(inner)


def _children(op: str, value: Any) -> list[Any]:
    """The sequences inside one item."""
    if op in ("MAX_REPEAT", "MIN_REPEAT", "POSSESSIVE_REPEAT"):
        return [value[2]]
    if op == "SUBPATTERN":
        return [value[3]]
    if op == "BRANCH":
        return list(value[1])
    if op in ("ASSERT", "ASSERT_NOT"):
        return [value[1]]
    if op == "ATOMIC_GROUP":
        return [value]
    return [part for part in value[1:] if part is not None] if op == "GROUPREF_EXISTS" else []


def _flat(body: Any) -> list[tuple[str, Any]]:
    """The items of a sequence, those of plain groups in their group's place."""
    flat: list[tuple[str, Any]] = []
    for op, value in _items(body):
        flat.extend(_flat(value[3]) if op == "SUBPATTERN" else [(op, value)])
    return flat


def _ambiguous(body: list[tuple[str, Any]], begin: int = 0, end: int | None = None) -> str:
    """Why one text can be split into rounds of `body` in several ways, as far as items `begin` to `end` are the cause."""
    for at, (op, value) in list(enumerate(body))[begin:end]:
        if op in ("MAX_REPEAT", "MIN_REPEAT") and value[0] != value[1]:
            others = [item for i, item in enumerate(body) if i != at and _least(item)]
            own = _chars(value[2])
            if own and not any(own.isdisjoint(_chars([item])) for item in others):
                return "a repetition inside a repetition, with nothing between two rounds that tells them apart"
        if op == "BRANCH":
            ways = [_flat(way) for way in value[1]]
            if _overlap(ways):
                return "two alternatives inside a repetition can match the same text"
            for way in ways:
                why = _ambiguous([*body[:at], *way, *body[at + 1 :]], at, at + len(way))
                if why:
                    return why
    return ""


def _overlap(ways: list[list[tuple[str, Any]]]) -> bool:
    if sum(not any(_least(item) for item in way) for way in ways) > 1:
        return True
    firsts = [_first(way) for way in ways]
    return any(not a.isdisjoint(b) for i, a in enumerate(firsts) for b in firsts[i + 1 :])


def _first(way: list[tuple[str, Any]]) -> Chars:
    """The characters `way` may begin with."""
    found: Chars = frozenset()
    for item in way:
        found |= _chars([item]) if item[0] in ("LITERAL", "NOT_LITERAL", "IN", "ANY") else _first_of(item)
        if _least(item):
            break
    return found


def _first_of(item: tuple[str, Any]) -> Chars:
    return frozenset().union(*(_first(_flat(inner)) for inner in _children(*item) if not item[0].startswith("ASSERT")))


def _least(item: tuple[str, Any]) -> int:
    """Characters that `item` matches at least."""
    op, value = item
    if op in ("LITERAL", "NOT_LITERAL", "IN", "ANY"):
        return 1
    if op in ("MAX_REPEAT", "MIN_REPEAT", "POSSESSIVE_REPEAT"):
        return int(value[0]) * sum(map(_least, _items(value[2])))
    if op == "BRANCH":
        return min(sum(map(_least, _items(way))) for way in value[1])
    if op in ("SUBPATTERN", "ATOMIC_GROUP"):
        return sum(map(_least, _items(_children(op, value)[0])))
    return 0


def _chars(body: Any) -> Chars:
    """Every character that can occur in what `body` matches."""
    found: Chars = frozenset()
    for op, value in _items(body):
        if op == "LITERAL":
            found |= _cased(value)
        elif op == "NOT_LITERAL":
            found |= _ALL - {value}
        elif op == "ANY":
            found |= _ALL - {10}
        elif op == "IN":
            found |= _set(value)
        elif op == "GROUPREF":
            found = _ALL
        elif not op.startswith("ASSERT"):
            found = found.union(*map(_chars, _children(op, value)))
    return found


def _set(parts: Iterable[tuple[Any, Any]]) -> Chars:
    found: set[int] = set()
    negated = False
    for op, value in ((str(op), value) for op, value in parts):
        if op == "NEGATE":
            negated = True
        elif op == "LITERAL":
            found |= _cased(value)
        elif op == "RANGE":
            found.update(*(_cased(point) for point in range(value[0], min(value[1], OTHER) + 1)))
            found |= {OTHER} if value[1] >= OTHER else set()
        elif op == "CATEGORY":
            found |= _category(str(value))
    return _ALL - found if negated else frozenset(found)


def _cased(point: int) -> Chars:
    """The point and its other case: flags may fold them."""
    return frozenset(min(ord(form), OTHER) for form in (chr(point), *chr(point).swapcase()))


@lru_cache(maxsize=8)
def _category(name: str) -> Chars:
    tests: dict[str, Callable[[str], bool]] = {"DIGIT": str.isdigit, "SPACE": str.isspace, "WORD": _is_word}
    kind = name.rsplit("_", 1)[1]
    inside = frozenset(point for point in range(OTHER) if tests[kind](chr(point)))
    whole = _ALL - inside if "_NOT_" in name else inside
    return whole | {OTHER} if (kind == "WORD") != ("_NOT_" in name) else whole - {OTHER}


def _is_word(char: str) -> bool:
    return char.isalnum() or char == "_"
