r"""JSON that breaks off, or is written as people write it: what can be read of it, and what follows the place where it cannot.

    {"a": [1, 2,], // two        ->   {"a":[1,2],"b":{"c":3}}     rest: "d": "cut o
     "b": {"c": 3, "d": "cut o

Commas before a closing bracket and comments go; open brackets are closed after the last whole value. Every token that stays is the source's own.
"""

from __future__ import annotations

import re
from typing import NamedTuple

__all__ = ["Mended", "mend"]

_TOKEN = r"\"[^\"\\]*(?:\\.[^\"\\]*)*\"|//[^\n]*|/\*.*?\*/|[{}\[\],:]|[^\s{}\[\],:\"/]+|\S"
_SCALAR = r"-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?|true|false|null|NaN|-?Infinity"
VALUE, KEY, COLON, COMMA = range(4)
"""What may come next."""


class Mended(NamedTuple):
    """`values`: the documents that were read, minified. `rest`: the source from where nothing could be read on. `comments`: how many went."""

    values: list[str]
    rest: str
    comments: int


class _Walk:
    """The tokens so far, and the last place after which all open brackets can be closed."""

    __slots__ = ("next", "out", "safe", "stack", "values")

    def __init__(self) -> None:
        self.out: list[str] = []
        self.stack: list[str] = []  # the brackets that will close what is open
        self.next = VALUE
        self.safe: tuple[int, tuple[str, ...], int] = (0, (), 0)  # tokens, open brackets, place in the source
        self.values: list[str] = []

    def take(self, token: str, end: int) -> bool:
        """One token that ends at `end` of the source; False where it cannot stand here."""
        mark = token[0]
        if mark in "}]":
            return self._close(token, end)
        if token == '"':
            return False  # a string without its end
        if self.next == KEY and mark == '"':
            self.next = COLON
        elif self.next == VALUE and mark in "{[":
            self.stack.append("}" if mark == "{" else "]")
            self.next = KEY if mark == "{" else VALUE
        elif (self.next, token) == (COLON, ":"):
            self.next = VALUE
        elif (self.next, token) == (COMMA, ","):
            self.next = VALUE if self.stack[-1] == "]" else KEY
        elif self.next == VALUE and (mark == '"' or re.fullmatch(_SCALAR, token)):
            self.out.append(token)
            self._whole(end)
            return True
        else:
            return False
        self.out.append(token)
        return True

    def _close(self, token: str, end: int) -> bool:
        if not self.stack or self.stack[-1] != token or self.next == COLON or (self.next == VALUE and token == "}"):
            return False
        if self.out[-1] == ",":
            self.out.pop()
        self.out.append(self.stack.pop())
        self._whole(end)
        return True

    def _whole(self, end: int) -> None:
        """A value has ended."""
        if self.stack:
            self.next = COMMA
            self.safe = (len(self.out), tuple(self.stack), end)
            return
        self.values.append("".join(self.out))
        self.out.clear()
        self.next, self.safe = VALUE, (0, (), end)


def mend(text: str) -> Mended:
    """What can be read of `text`."""
    walk, comments, broken = _Walk(), 0, False
    for found in re.compile(_TOKEN, re.DOTALL).finditer(text):
        token = found.group()
        if token[:2] in ("//", "/*"):
            comments += 1
        elif not walk.take(token, found.end()):
            broken = True
            break
    tokens, stack, end = walk.safe
    if stack:
        walk.values.append("".join(walk.out[:tokens]) + "".join(reversed(stack)))
    return Mended(walk.values, text[end:].strip().removeprefix(",").lstrip() if broken or walk.out else "", comments)
