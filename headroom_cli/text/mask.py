"""Templates: a line with its variable parts masked, so that lines that say the same count as one.

    Downloading https://host/a-1.2.whl (12.3 kB)  ->  Downloading # (# kB)
    GET /users/42 -> 500 in 12 ms                 ->  GET # -> # in # ms

A word that holds a digit or a slash is variable; a `0` that counts stays (`0 errors`, `exit code 0.`, `0/12 failed`), since it says the
opposite of any other number.
"""

from __future__ import annotations

from headroom_cli.text.regex import Bulk

__all__ = ["DIGITS", "first_words", "is_blank", "mask", "shape"]

DIGITS = bytes(ord("1") if 50 <= b <= 57 else b for b in range(256))
"""Translation table: 2-9 -> 1. Lines that differ in digits only become equal, and `0` keeps its meaning."""


_EDGE = rb"\s\"'()\[\]{},;=<>|`"
# A word starts after a delimiter; the first class has no digit and no slash, so a word that fails costs its length once.
_VARIABLE = Bulk(rb"(?<![^" + _EDGE + rb"])(?!0(?:[.:]?(?![^" + _EDGE + rb"])|/|%(?= [a-z])))[^" + _EDGE + rb"\d/\\]*[\d/\\][^" + _EDGE + rb"]*")
_BLANKS = Bulk(rb"[ \t]{2,}|\t")


def mask(text: bytes) -> bytes:
    """`text` (one or many lines) with variable words as `#`; the number of lines stays."""
    return _BLANKS.sub(b" ", _VARIABLE.sub(b"#", text))


_CLASSES = bytes(ord("1") if 48 <= b <= 57 else ord("a") if 65 <= b <= 90 or 97 <= b <= 122 or b >= 128 else b for b in range(256))
_MIXED = Bulk(rb"[a1]*(?:a1|1a)[a1]*")
_LETTERS, _NUMBERS = Bulk(rb"a+"), Bulk(rb"1+")
_FOLDERS = Bulk(rb"(?:[a1w][._@+-]*)+/(?:[a1w._@+-]+/)*")


def is_blank(template: bytes) -> bool:
    """Whether a template holds no letter: what its lines say is all in their variable words."""
    return template.swapcase() == template


def shape(text: bytes) -> bytes:
    """What the words of `text` (one or many lines) look like: `section_start:17:x` -> `a_a:1:a`, `pkg/queue/a.go:3` -> `a/a.a:1`.

    It tells the lines of blank templates apart: a path is no runner's mark.
    """
    runs = _NUMBERS.sub(b"1", _LETTERS.sub(b"a", _MIXED.sub(b"w", text.translate(_CLASSES))))
    return _FOLDERS.sub(b"a/", runs)


def first_words(template: bytes) -> bytes:
    """The first two words of a template: what an unknown template backs off to."""
    return b" ".join(template.split(None, 2)[:2])
