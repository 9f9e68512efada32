"""What a text must hold for a regular expression to match in it: literal text, found a hundred times faster than the match.

    ^npm (error|ERR!) code (?P<var>\\S+)    ->  ("npm error code ", "npm ERR! code ")
    \\d+ (passed|failed)                    ->  (" failed", " passed")
    \\w+: \\d                               ->  (": ",)
    \\d+|x                                  ->  (), nothing is known

The judgement looks at the syntax tree and errs to silence: where case is ignored or an alternative has no literal, nothing is known.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Sequence
from importlib import import_module
from typing import Any

__all__ = ["needed"]

MOST = 6
"""Literals of which one must be there, at most: more take longer to find than they spare."""
LEAST = 2
"""Characters of a literal that tells something: every text has an `a` or a blank."""
LONGEST = 24
"""Characters of a literal; more tell no more."""

Words = frozenset[str]
_EMPTY: Words = frozenset(("",))


def needed(pattern: str) -> tuple[str, ...]:
    """Literals of which every text that `pattern` matches in holds at least one; () where none are known. `pattern` must compile."""
    parser: Any = import_module("re._parser" if sys.version_info >= (3, 11) else "sre_parse")
    tree = parser.parse(pattern)
    if tree.state.flags & re.IGNORECASE:
        return ()
    words = _best(list(tree))
    if min(map(len, words)) < LEAST:
        return ()
    return tuple(sorted(word for word in words if not any(other in word for other in words - {word})))


def _best(body: Sequence[tuple[Any, Any]]) -> Words:
    """The literals that tell most of those that a sequence of items needs."""
    found: list[Words] = []
    run = _EMPTY
    for op, value in body:
        exact = _exact(str(op), value)
        joined = _joined(run, exact) if exact is not None else None
        if joined is not None:
            run = joined
            continue
        found.append(run)
        found.append(_inside(str(op), value))
        run = exact if exact is not None else _EMPTY
    return max([*found, run], key=_tells)


def _tells(words: Words) -> tuple[int, int]:
    """How much is known when one of `words` must be there: the length of the shortest, then how few they are."""
    return min(map(len, words), default=0), -len(words)


def _joined(left: Words, right: Words) -> Words | None:
    """Each of `left` followed by each of `right`; None where they are too many or too long."""
    if len(left) * len(right) > MOST or max(map(len, left)) + max(map(len, right)) > LONGEST:
        return None
    return frozenset(a + b for a in left for b in right)


def _exact(op: str, value: Any) -> Words | None:
    """Everything that the item can match, None where that is more than a few words."""
    if op == "LITERAL":
        return frozenset((chr(value),))
    if op in ("AT", "ASSERT", "ASSERT_NOT"):  # takes nothing; what it looks at need not be ours
        return _EMPTY
    if op == "IN":
        signs = [chr(point) for kind, point in value if str(kind) == "LITERAL"]
        return frozenset(signs) if len(signs) == len(value) <= MOST else None
    if op == "SUBPATTERN" and not value[1] & re.IGNORECASE:
        return _sequence(value[3])
    if op == "BRANCH":
        ways = [_sequence(way) for way in value[1]]
        words = frozenset[str]().union(*(way for way in ways if way is not None))
        return words if None not in ways and len(words) <= MOST else None
    if op in ("MAX_REPEAT", "MIN_REPEAT", "POSSESSIVE_REPEAT") and (value[0], value[1]) == (0, 1):
        once = _sequence(value[2])
        return once | _EMPTY if once is not None and len(once) < MOST else None
    return None


def _sequence(body: Any) -> Words | None:
    words: Words | None = _EMPTY
    for op, value in body:
        exact = _exact(str(op), value)
        words = _joined(words, exact) if words is not None and exact is not None else None
    return words


def _inside(op: str, value: Any) -> Words:
    """What an item that can match many texts needs; nothing known is the empty word."""
    if op == "SUBPATTERN" and not value[1] & re.IGNORECASE:
        return _best(list(value[3]))
    if op == "ATOMIC_GROUP":
        return _best(list(value))
    if op == "BRANCH":
        words = frozenset[str]().union(*(_best(list(way)) for way in value[1]))
        return words if len(words) <= MOST else _EMPTY
    if op in ("MAX_REPEAT", "MIN_REPEAT", "POSSESSIVE_REPEAT") and value[0] >= 1:
        return _best(list(value[2]))
    return _EMPTY
