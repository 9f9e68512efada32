"""Markdown, reStructuredText and prose with headings: headings, commands and table heads stay, prose goes by weight.

    # Install                                # Install
    [![build](https://...)](https://...)     [L2-5]
    The tool is easy to install.             ```sh
    ...                                      pip install tool
    ```sh                                    ```
    pip install tool
    ```
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from headroom_cli.model import Risk
from headroom_cli.settings import STRATEGIES
from headroom_cli.stages.sheet import Sheet, spread
from headroom_cli.text.prose import sentences, shortened, telling
from headroom_cli.text.regex import compiled

if TYPE_CHECKING:
    from collections.abc import Sequence

    from headroom_cli.model import Document
    from headroom_cli.settings import Settings
    from headroom_cli.text.envelope import Envelope
    from headroom_cli.tokens import TokenCounter

__all__ = ["NAME", "about", "read", "score"]

NAME = "markdown"
about = "Markdown, reStructuredText, prose with headings: headings and commands stay, prose by weight"

BLANK, PROSE, HEADING, FENCE, CODE, ITEM, TABLE_HEAD, ROW, BADGE, MATTER, COMMENT, NAVIGATION, TARGET = range(13)
_HEADING = r"^#{1,6}[ \t]+\S"
_ITEM = r"^\s*(?:[-*+]|\d{1,3}[.)]|#\.)\s+\S"
_FENCE = r"^[ >\t]*(?:[-*+] +|\d+\. +)?(`{3,}|~{3,})\s*([^`\s]*)[^`]*$"
_ONLY_IMAGES = r"^[\s>*|-]*(?:\[?!\[[^\]]*\]\([^)]*\)(?:\]\([^)]*\))?[\s|]*)+$|^\s*</?(?:p|div|a|img|br|center|picture|source|h1|h2|details|summary)\b[^>]*>(?:\s*<[^>]*>)*\s*$|^\.\. (?:\|[^|]*\| )?(?:image|figure)::"
_ONLY_LINK = r"^\s*(?:[-*+]|\d+[.)])\s+\[[^\]]*\]\([#./][^)]*\)\s*$|^\[(?:TOC|toc)\]$|^\.\. (?:toctree|contents)::"
_TARGET = r"^\s*\[[^\]]+\]:\s+\S+|^\.\. _[^:]+:\s*\S*"
_RULE = r"^\s*\|?\s*:?-{2,}:?\s*(?:\|\s*:?-{2,}:?\s*)*\|?\s*$"
_UNDERLINE = r"^([=\-~^\"'*+#`:.])\1{2,}\s*$"
_COMMANDS = r"^[\s>*+-]*(?:\d+[.)]\s+)?(?:\$|>|%|#) ?\w|`(?:\./|\$ )?[a-z][\w./-]* [^`]+`"
_SHELL = frozenset(("", "bash", "sh", "shell", "console", "zsh", "fish", "powershell", "ps1", "cmd", "bat", "shell-session", "sh-session", "terminal", "dockerfile", "makefile", "text", "none"))
MOST_HEADINGS = 0.15
MOST_CODE = 0.5
"""Shares of a document's tokens that headings and code may take before all else."""
SAMPLED = 240
"""Lines that detection looks at."""
LONG_LINE = 60
"""Tokens from which a line of prose is shortened by sentences; where only detail may go, three times as many."""


def score(lines: Sequence[bytes], envelope: Envelope) -> tuple[float, str]:
    """How sure (0-1) that these sampled lines are a text with headings, and what says so."""
    if envelope.layers or len(lines) < 3 or not any(line.startswith((b"#", b"===", b"---", b"~~~")) for line in lines) or lines[0].startswith((b"#!", b"diff ", b"{", b"<?xml", b"<!D", b"<html")):
        return 0.0, "no headings"
    texts = [line.decode("utf-8", "replace") for line in lines[:SAMPLED]]
    kinds, _ = _kinds(texts)
    headings, fences = kinds.count(HEADING), kinds.count(FENCE) // 2
    prose = sum(1 for kind, text in zip(kinds, texts, strict=True) if kind in (PROSE, ITEM, BADGE) and _reads(text))
    links = sum(1 for text in texts if "](" in text or "`_" in text or "**" in text or "``" in text)
    outside = max(1, len(texts) - kinds.count(CODE) - kinds.count(FENCE))
    odd = sum(1 for kind, text in zip(kinds, texts, strict=True) if kind == PROSE and (text.rstrip()[-1:] in "{};)" or text[:1] in "+@=" or text[:4].isdigit())) / outside
    items = kinds.count(ITEM) + kinds.count(ROW)
    if not headings or headings > 0.6 * outside or odd > 0.25 or not (fences or links > 1 or items > 1 or prose > 3) or prose + items + kinds.count(CODE) < headings:
        return 0.0, "few headings over text"
    if not fences and prose + items < 0.4 * (outside - headings):
        return 0.0, "headings over lines that do not read as text"
    sure = 0.4 + min(0.2, 0.05 * headings) + min(0.2, 0.1 * fences) + min(0.15, 0.05 * links) + min(0.1, 0.4 * prose / outside) - odd
    return max(0.0, min(0.94, sure)), f"{headings} headings, {fences} code fences"


def _reads(text: str) -> bool:
    words = text.split()
    return len(words) >= 4 and sum(1 for word in words if word.strip(".,:;()*_\"'`").isalpha()) >= 0.6 * len(words)


def read(document: Document, _envelope: Envelope, settings: Settings, counter: TokenCounter, _pack_dirs: Sequence[str]) -> Sheet:
    """Lines with the weights of what they are in the document."""
    sheet = Sheet(document, counter)
    texts = sheet.lines.texts()
    kinds, opened = _kinds(texts)
    _weigh(sheet, texts, kinds, opened)
    scores: Sequence[float] = ()
    if settings.query:
        from headroom_cli.text.query import Query

        scores = Query(settings.query).scores(texts)
        spread(sheet, scores, 6.0)
    _shorten(sheet, texts, kinds, settings, scores)
    _code(sheet, kinds, opened, texts, settings)
    return sheet.finish(settings)


def _kinds(texts: Sequence[str]) -> tuple[list[int], dict[int, tuple[int, str]]]:
    """What each line is; and for each line of a fence the fence's first line and language."""
    kinds: list[int] = []
    opened: dict[int, tuple[int, str]] = {}
    fence: tuple[int, str, str] | None = None
    matter, comment = texts[:1] == ["---"] and "---" in texts[1:60], False
    for line, text in enumerate(texts):
        found = compiled(_FENCE).match(text) if "```" in text or "~~~" in text else None
        if matter:
            kinds.append(MATTER)
            matter = not (line and text.rstrip() == "---")
        elif fence is not None:
            opened[line] = fence[0], fence[2]
            ends = found is not None and found[1].startswith(fence[1]) and not found[2]
            kinds.append(FENCE if ends else CODE)
            fence = None if ends else fence
        elif found is not None and not comment:
            fence = line, found[1], found[2].lower().strip("{}.").split(",")[0]
            opened[line] = line, fence[2]
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


def _weigh(sheet: Sheet, texts: Sequence[str], kinds: Sequence[int], opened: dict[int, tuple[int, str]]) -> None:
    """Weights by kind; what goes on needs what it goes on from; noise by kind."""
    lead = True  # nothing but headings since the last heading
    tables = len(texts)
    for line, (text, kind) in enumerate(zip(texts, kinds, strict=True)):
        if kind == HEADING:
            level = len(text) - len(text.lstrip("#"))
            sheet.weights[line], lead = 6.5 - 0.5 * max(1, level), True
            if not level and line and kinds[line - 1] == HEADING and text[:1] == text[1:2]:
                sheet.needs[line - 1], sheet.weights[line - 1], sheet.needs[line] = line, 5.5, -1
        elif kind in (PROSE, ITEM):
            goes_on = kind == PROSE and line > 0 and kinds[line - 1] in (PROSE, ITEM)
            sheet.needs[line] = line - 1 if goes_on else -1
            first = 1.0 if lead else 0.0
            sheet.weights[line] = (0.1 if goes_on else 0.4) + first + telling(text) + (2.5 if compiled(_COMMANDS).search(text) else 0.0)
            lead = lead and goes_on
        elif kind in (CODE, FENCE):
            sheet.weights[line] = 2.5
            sheet.needs[line] = opened[line][0] if line in opened and opened[line][0] != line else -1
        elif kind in (ROW, TABLE_HEAD):
            tables = line if kind == TABLE_HEAD and kinds[line - 1] != TABLE_HEAD else tables
            sheet.weights[line] = 2.5 if kind == TABLE_HEAD else 0.6 + 0.5 * telling(text)
            sheet.needs[line] = line - 1 if kind == TABLE_HEAD and line > tables else tables if kind == ROW and tables < line else -1
            sheet.families_of[line], sheet.slow[line] = (len(texts) + tables, 1) if kind == ROW else (line, 0)
        else:
            sheet.weights[line] = -6.0
        sheet.risks[line] = _risk(line, kinds)


def _risk(line: int, kinds: Sequence[int]) -> Risk:
    kind = kinds[line]
    if kind in (BADGE, COMMENT) or (kind == BLANK and line and kinds[line - 1] == BLANK):
        return Risk.NOISE
    return Risk.DETAIL if kind in (MATTER, NAVIGATION, TARGET) else Risk.CONTENT


def _shorten(sheet: Sheet, texts: Sequence[str], kinds: Sequence[int], settings: Settings, scores: Sequence[float]) -> None:
    """Long lines of prose by sentences."""
    least = LONG_LINE if STRATEGIES[settings.strategy].ceiling == Risk.CONTENT else 3 * LONG_LINE
    wanted = set(settings.query.lower().split()) if settings.query else set()
    top = max(scores, default=0.0)
    for line, (text, kind) in enumerate(zip(texts, kinds, strict=True)):
        if kind not in (PROSE, ITEM) or sheet.tokens[line] < least or "[... " in text or (top and scores[line] > 0.8 * top):
            continue
        parts = sentences(text)
        weights = [telling(part) + (1.0 if wanted & set(part.lower().split()) else 0.0) for part in parts]
        shorter = shortened(weights, parts) if len(parts) > 1 else None
        if shorter is not None:
            sheet.shorter[line] = Risk.DETAIL, shorter.encode("utf-8", "surrogateescape")


def _code(sheet: Sheet, kinds: Sequence[int], opened: dict[int, tuple[int, str]], texts: Sequence[str], settings: Settings) -> None:
    """Commands come before all else, other code with them where there is room; then headings."""
    code = [line for line, kind in enumerate(kinds) if kind in (CODE, FENCE)]
    shell = [line for line in code if _is_shell(line, opened, texts)]
    taken = set(shell)
    rest = [line for line in code if line not in taken]
    total = max(1, sum(sheet.tokens))
    if settings.strategy == "aggressive":
        for line in shell:
            sheet.weights[line] = 5.0
        return
    first = shell if sum(sheet.tokens[line] for line in shell) <= MOST_CODE * total else []
    for line in shell:
        sheet.weights[line] = 6.0
    if first and sum(sheet.tokens[line] for line in code) > MOST_CODE * total:
        rest = []
    chosen = [*first, *rest] if first or sum(sheet.tokens[line] for line in rest) <= MOST_CODE * total else []
    orders = [line for line, kind in enumerate(kinds) if kind == ITEM and compiled(_COMMANDS).search(texts[line])]
    few = orders if sum(sheet.tokens[line] for line in orders) <= MOST_HEADINGS * total else []
    sheet.first = [*_frame(sheet, kinds, total), *few, *sorted(chosen)]


def _frame(sheet: Sheet, kinds: Sequence[int], total: int) -> list[int]:
    """The headings, where they are no large part of the text, and the sentence that says what the document is."""
    headings = [line for line, kind in enumerate(kinds) if kind == HEADING]
    lead = next((line for line, kind in enumerate(kinds) if kind == PROSE), -1)
    frame = headings if sum(sheet.tokens[line] for line in headings) <= MOST_HEADINGS * total else []
    return [*frame, lead] if lead >= 0 and sheet.tokens[lead] <= MOST_HEADINGS * total else frame


def _is_shell(line: int, opened: dict[int, tuple[int, str]], texts: Sequence[str]) -> bool:
    """Whether a line of code stands in a fence for a shell, or in none that says what it is."""
    return (opened[line][1] if line in opened else "") in _SHELL and (line in opened or bool(texts[line].strip()))
