"""Templates: a line with its variable parts masked, so that lines that say the same count as one.

    Downloading https://host/a-1.2.whl (12.3 kB)  ->  Downloading # (# kB)
    GET /users/42 -> 500 in 12 ms                 ->  GET # -> # in # ms

A word that holds a digit or a slash is variable; a `0` that counts stays (`0 errors`, `exit code 0.`, `0/12 failed`), since it says the
opposite of any other number.
"""

from __future__ import annotations

from headroom_cli.text.regex import Bulk

__all__ = ["DIGITS", "first_words", "mask"]

DIGITS = bytes(ord("1") if 50 <= b <= 57 else b for b in range(256))
"""Translation table: 2-9 -> 1. Lines that differ in digits only become equal, and `0` keeps its meaning."""


_EDGE = rb"\s\"'()\[\]{},;=<>|`"
# A word starts after a delimiter; the first class has no digit and no slash, so a word that fails costs its length once.
_VARIABLE = Bulk(rb"(?<![^" + _EDGE + rb"])(?!0(?:[.:]?(?![^" + _EDGE + rb"])|/|%(?= [a-z])))[^" + _EDGE + rb"\d/\\]*[\d/\\][^" + _EDGE + rb"]*")
_BLANKS = Bulk(rb"[ \t]{2,}|\t")


def mask(text: bytes) -> bytes:
    """`text` (one or many lines) with variable words as `#`; the number of lines stays."""
    return _BLANKS.sub(b" ", _VARIABLE.sub(b"#", text))


def first_words(template: bytes) -> bytes:
    """The first two words of a template: what an unknown template backs off to."""
    return b" ".join(template.split(None, 2)[:2])
