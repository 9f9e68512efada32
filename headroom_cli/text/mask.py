"""Templates: a line with its variable parts masked, so that lines that say the same count as one.

    Downloading https://host/a-1.2.whl (12.3 kB)  ->  Downloading # (# kB)
    GET /users/42 -> 500 in 12 ms                 ->  GET # -> # in # ms

A word that holds a digit or a slash is variable; a lone `0` stays, since `0 errors` and `3 errors` are not the same.
"""

from __future__ import annotations

import re
from functools import lru_cache

__all__ = ["DIGITS", "first_words", "mask"]

DIGITS = bytes(ord("1") if 50 <= b <= 57 else b for b in range(256))
"""Translation table: 2-9 -> 1. Lines that differ in digits only become equal, and `0` keeps its meaning."""


@lru_cache(maxsize=None)
def _variable() -> re.Pattern[bytes]:
    # A word starts after a delimiter; the first class has no digit and no slash, so a failing word costs its length once.
    edge = rb"\s\"'()\[\]{},;=<>|`"
    return re.compile(rb"(?<![^" + edge + rb"])(?!0(?![^" + edge + rb"]))[^" + edge + rb"\d/\\]*[\d/\\][^" + edge + rb"]*")


@lru_cache(maxsize=None)
def _blanks() -> re.Pattern[bytes]:
    return re.compile(rb"[ \t]{2,}|\t")


def mask(text: bytes) -> bytes:
    """`text` (one or many lines) with variable words as `#`; the number of lines stays."""
    masked = _variable().sub(b"#", text)
    return _blanks().sub(b" ", masked)


def first_words(template: bytes) -> bytes:
    """The first two words of a template: what an unknown template backs off to."""
    return b" ".join(template.split(None, 2)[:2])
