"""A search result beside other output: what defines the searched word stays before its uses.

    src/cart.py:12:def total(items):         src/cart.py:12:def total(items):
    src/shop.py:3:from cart import total     [L2-61]
    ... 59 more

Findings of compilers and linters begin with a place too; they are evidence, and none of this.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from headroom_cli.text.paths import is_generated, is_test, is_vendored
from headroom_cli.text.regex import compiled
from headroom_cli.text.uses import definition, searched, use

if TYPE_CHECKING:
    from headroom_cli.stages.nested import Regions

__all__ = ["opens", "read"]

KIND = "match"
MOST_LINES = 20_000
USES = 2.0
"""What a line that only uses the word tells; the log's own weights say which of these stay."""
LEAST = 8
"""Matches of a search result."""
_PLACE = r"([\w@~+./-]{1,400}):(\d{1,9}):(?:\d{1,6}:(?=\S*\s*\S))?"
_FINDING = r" ?(?:(?:fatal )?error|warning|note|info|style|convention|refactor|hint|ERROR|WARNING|[A-Z]{1,4}\d{2,5}\b)|[ \d]*$"


def opens(text: str) -> bool:
    """Whether this is a match: a place in a file and a line of it, no finding."""
    if ":" not in text[:400] or text[:1] in " \t:":
        return False
    found = compiled(_PLACE).match(text)
    return found is not None and ("." in found[1] or "/" in found[1]) and compiled(_FINDING).match(text, found.end()) is None


def read(found: Regions, first: int) -> int:
    """Weigh the matches that begin at line `first`; the line where reading goes on."""
    line, hits = first, list[tuple[int, str, str]]()
    while line < min(len(found.bodies), first + MOST_LINES) and opens(text := found.bodies[line]):
        place = compiled(_PLACE).match(text)
        assert place is not None
        hits.append((line, place[1], text[place.end() :].strip()))
        line += 1
    if len(hits) < LEAST:
        return max(line, first + 1)
    word = searched([text for _, _, text in hits], parts=True)
    defines = definition(word, None)
    for at, path, text in hits if word else ():
        told = use(text, defines)
        if told > USES and not (is_vendored(path) or is_generated(path)):
            found.weigh(at, min(4.8, 0.95 * told) * (0.6 if is_test(path) else 1.0))
    found.kinds.append((first, line, KIND))
    return line
