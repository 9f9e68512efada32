r"""What `diff -y` and `git diff --word-diff` print: no sign at the start of a line says what changed.

    import os            import os          two versions of one line: context
    rate = 2           | rate = 3           changed
                       > import re          added
    total = [-a-]{+b+}                      a hunk's line with the words that changed
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from headroom_cli.text.regex import compiled

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["beside", "side", "words", "wordwise"]

_GUTTER = r"^(.*?)(?:[\t ] |\t)([|<>/\\()])(?:\t(.*))?$"
LEAST = 3
"""Lines with a sign between the versions, from which they are two versions."""


def side(text: str) -> str:
    """`|`, `<` or `>` where the line differs, " " where both versions are the same, "" where there are no two."""
    if not text.strip():
        return " "
    found = compiled(_GUTTER).match(text)
    if found:
        left, sign, right = found[1].strip(), found[2], (found[3] or "").strip()
        if (sign == "<" and not right) or (sign == ">" and not left) or (sign in "|/\\" and left and right):
            return sign if sign in "<>" else "|"
        if sign == ")" and not left:
            return ">"
        if sign == "(" and not right:
            return " "
    return " " if _same_twice(text) else ""


def _same_twice(text: str) -> bool:
    """Whether the line says the same twice, with tabs between; a long line is cut where its column ends."""
    at = text.find("\t")
    while at >= 0:
        left, right = text[:at].strip(), text[at:].strip()
        if left == right or (len(left) > 20 and len(right) > 20 and (left.startswith(right) or right.startswith(left))):
            return True
        at = text.find("\t", at + 1)
    return False


def beside(texts: Sequence[str]) -> float:
    """The share of lines (0-1) that are of two versions side by side; 0 where hardly any differs or hardly any is the same."""
    sides = [side(text) for text in texts]
    twice = sum(1 for sign, text in zip(sides, texts, strict=True) if sign == " " and text.strip())
    if sum(1 for sign in sides if sign in ("|", "<", ">")) < LEAST or twice < LEAST:
        return 0.0
    return sum(1 for sign in sides if sign) / max(1, len(sides))


def wordwise(texts: Sequence[str]) -> bool:
    """Whether hunks show words that changed instead of lines."""
    words = sum(1 for text in texts if _changed(text, "[-", "-]") or _changed(text, "{+", "+}"))
    return words > 0 and words > sum(1 for text in texts if text[:1] in ("+", "-") and text[:3] not in ("+++", "---"))


def _changed(text: str, opens: str, closes: str) -> bool:
    """Whether something stands between two signs."""
    first = text.find(opens)
    return first >= 0 and text.find(closes, first + len(opens)) >= 0


def words(text: str) -> str:
    """`+`, `-` or `|` (both) for a line with words that changed, "" for others."""
    plus, minus = "{+" in text and "+}" in text, "[-" in text and "-]" in text
    return "|" if plus and minus else "+" if plus else "-" if minus else ""
