"""What each line of a text with headings is.

    # Install              HEADING
    ```sh                  FENCE
    pip install tool       CODE
    ```                    FENCE
    Run it **twice**.      PROSE
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from headroom_cli.text.regex import compiled

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["BADGE", "BLANK", "CODE", "COMMENT", "FENCE", "HEADING", "ITEM", "MATTER", "NAVIGATION", "PROSE", "ROW", "TABLE_HEAD", "TARGET", "kinds_of"]

BLANK, PROSE, HEADING, FENCE, CODE, ITEM, TABLE_HEAD, ROW, BADGE, MATTER, COMMENT, NAVIGATION, TARGET = range(13)
_HEADING = r"^#{1,6}[ \t]+\S"
_ITEM = r"^\s*(?:[-*+]|\d{1,3}[.)]|#\.)\s+\S"
_FENCE = r"^[ >\t]*(?:[-*+] +|\d+\. +)?(`{3,}|~{3,})\s*([^`\s]*)[^`]*$"
_ONLY_IMAGES = r"^[\s>*|-]*(?:\[?!\[[^\]]*\]\([^)]*\)(?:\]\([^)]*\))?[\s|]*)+$|^\s*</?(?:p|div|a|img|br|center|picture|source|h1|h2|details|summary)\b[^>]*>(?:\s*<[^>]*>)*\s*$|^\.\. (?:\|[^|]*\| )?(?:image|figure)::"
_ONLY_LINK = r"^\s*(?:[-*+]|\d+[.)])\s+\[[^\]]*\]\([#./][^)]*\)\s*$|^\[(?:TOC|toc)\]$|^\.\. (?:toctree|contents)::"
_TARGET = r"^\s*\[[^\]]+\]:\s+\S+|^\.\. _[^:]+:\s*\S*"
_RULE = r"^\s*\|?\s*:?-{2,}:?\s*(?:\|\s*:?-{2,}:?\s*)*\|?\s*$"
_UNDERLINE = r"^([=\-~^\"'*+#`:.])\1{2,}\s*$"


def kinds_of(texts: Sequence[str]) -> tuple[list[int], dict[int, tuple[int, str]]]:
    """What each line is; and for each line of a fence the fence's first line and language."""
    kinds: list[int] = []
    opened: dict[int, tuple[int, str]] = {}
    fence: tuple[int, str] | None = None  # its first line and language
    sign = ""  # that opened it
    matter, comment = texts[:1] == ["---"] and "---" in texts[1:60], False
    for line, text in enumerate(texts):
        found = compiled(_FENCE).match(text) if "```" in text or "~~~" in text else None
        if matter:
            kinds.append(MATTER)
            matter = not (line and text.rstrip() == "---")
        elif fence is not None:
            opened[line] = fence
            ends = found is not None and found[1].startswith(sign) and not found[2]
            kinds.append(FENCE if ends else CODE)
            fence = None if ends else fence
        elif found is not None and not comment:
            sign, fence = found[1], (line, found[2].lower().strip("{}.").split(",")[0])
            opened[line] = fence
            kinds.append(FENCE)
        elif comment or text.lstrip().startswith("<!--"):
            comment = "-->" not in text
            kinds.append(COMMENT)
        else:
            kinds.append(_kind(line, texts, kinds))
    return kinds, opened


def _kind(line: int, texts: Sequence[str], kinds: list[int]) -> int:
    """What a line outside of fences is; an underline makes the line above it a heading."""
    text, before = texts[line], kinds[-1] if kinds else BLANK
    stripped = text.strip()
    if not stripped:
        return BLANK
    if compiled(_HEADING).match(text):
        return HEADING
    if before == PROSE and compiled(_UNDERLINE).match(text) and len(stripped) + 3 >= len(texts[line - 1].strip()) and (stripped[0] in "=-" or len(stripped) >= len(texts[line - 1].strip())):
        kinds[-1] = HEADING
        return HEADING
    if ("|" in text and (before in (TABLE_HEAD, ROW))) or stripped.startswith("+-"):
        return TABLE_HEAD if compiled(_RULE).match(text) else ROW
    if "|" in text and line + 1 < len(texts) and "-" in texts[line + 1] and compiled(_RULE).match(texts[line + 1]):
        return TABLE_HEAD
    if text.startswith(("    ", "\t")) and before in (BLANK, CODE) and _last(kinds) not in (ITEM,):
        return CODE
    for kind, pattern in ((BADGE, _ONLY_IMAGES), (NAVIGATION, _ONLY_LINK), (TARGET, _TARGET)):
        if compiled(pattern).match(text):
            return kind
    return ITEM if compiled(_ITEM).match(text) else PROSE


def _last(kinds: Sequence[int]) -> int:
    """The last kind that is not blank; text under a list item goes on with the item."""
    for kind in reversed(kinds):
        if kind != BLANK:
            return kind
    return BLANK
