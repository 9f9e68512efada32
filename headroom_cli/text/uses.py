"""What a line does with a word that was searched for: it defines, uses, imports or explains it.

    def total(items):          9.0     defines it
    return total(rows)         2.0     uses it
    from cart import total     1.0     imports it
"""

from __future__ import annotations

import re
from collections import Counter
from typing import TYPE_CHECKING

from headroom_cli.text.regex import compiled

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["SEARCHED", "definition", "searched", "use"]

SEARCHED = 2_000
"""Matches from which the word is told that was searched for."""


def searched(matches: Sequence[str], *, parts: bool = False) -> str:
    """The word that was searched for, as an expression: the longest of those that nearly every match holds; with `parts` else the words
    with the longest part of a word that they hold; "" where there is none."""
    matches = matches[:SEARCHED]
    words = Counter(word for text in matches for word in set(compiled(r"[A-Za-z_$][\w$]{2,}").findall(text)))
    common = [str(word) for word, count in words.items() if count >= 0.8 * len(matches)]
    if common:
        return re.escape(max(common, key=lambda word: (words[word], len(word))))
    lower = [text.lower() for text in matches if parts]
    known = {part.lower() for text in matches[:5] for part in compiled(r"[A-Za-z]?[a-z]{3,}|[A-Z]{4,}").findall(text)}
    held = [str(part) for part in sorted(known) if sum(part in text for text in lower) >= max(1, 0.9 * len(lower))]
    return rf"[\w$]*(?i:{max(held, key=len)})[\w$]*" if held else ""


def definition(word: str, query: str | None) -> re.Pattern[str]:
    """What defines `word` (an expression) or an identifier of the question."""
    asked = [name for name in re.findall(r"[A-Za-z_$][\w$]{2,}", query or "") if "_" in name or any(map(str.isupper, name[1:])) or name == word]
    names = "|".join(name for name in dict.fromkeys([word, *map(re.escape, asked)]) if name) or r"\w+"
    return re.compile(
        r"(?P<head>(?:#define|macro_rules!|\b(?:def|class|function\s*\*?|func(?:\s*\([^)]*\))?|fn|interface|struct|enum|union|type|trait|module|namespace|impl|object|record|protocol|create\s+table))"
        rf"\s*\s(?:[\w.:]+(?:\.|::))?(?:{names})\b)"
        rf"|^(?P<method>(?:(?:public|private|protected|static|async|final|abstract|override|virtual|inline|export|default|const|unsafe|get|set|[\w:<>,\[\]*&?]+)\s+)*(?:\w+::)*(?:{names})\s*\([^;]*\)?[^;.]*[{{,(]?$)"
        rf"|^(?P<bound>(?:(?:export|default|const|let|var|static|final|readonly|val|lazy|pub|this\.|self\.|(?:module\.)?exports\.)\s*)*(?:{names})\s*(?::[^=]*)?[:=]\s*(?!=))"
    )


def use(text: str, defines: re.Pattern[str]) -> float:
    """What a match tells: 9 where it defines the word for certain, 4.5 where it may, 2 where it uses it, less where it imports or explains it."""
    if text.startswith(("import ", "from ", "use ", "#include", "using ", "require", "} from ")) or "require(" in text[:80]:
        return 1.0
    if text.startswith(("# ", "##", "//", "*", "/*", '"""', "--", ";", "<!--")):
        return 1.2
    hit = defines.search(text)
    if hit is None or text.startswith(("return ", "await ", "if ", "for ", "while ", "yield ", "assert ", "throw ", "raise ", "new ", "else ")):
        return 2.0
    return 9.0 if hit["head"] else 4.5
