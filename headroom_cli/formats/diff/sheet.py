"""What each line of a diff is worth: what changed and what names it first, what stands around it last.

    def total(items):     context     detail, worth little
    -    return 0         changed     first of all
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from headroom_cli.formats.diff.hunks import CHANGED, CONTEXT, HEAD, HUNK, MARK, NOISE, OTHER, STAT, Parsed, Part, parse
from headroom_cli.formats.diff.notes import Notes
from headroom_cli.model import Risk
from headroom_cli.stages.blocks import Block
from headroom_cli.stages.sheet import Sheet, spread
from headroom_cli.text.clean import clean_line
from headroom_cli.text.paths import is_generated, is_prose, is_test, is_vendored
from headroom_cli.text.query import Query

if TYPE_CHECKING:
    from collections.abc import Sequence

    from headroom_cli.model import Document
    from headroom_cli.settings import Settings
    from headroom_cli.tokens import TokenCounter

__all__ = ["read_sheet"]

_RISKS = {
    HEAD: Risk.CONTENT, OTHER: Risk.CONTENT, CHANGED: Risk.CONTENT, MARK: Risk.DETAIL,
    HUNK: Risk.DETAIL, CONTEXT: Risk.DETAIL, STAT: Risk.DETAIL, NOISE: Risk.NOISE,
}  # fmt: skip
LONG = 500
"""Characters from which a changed line may be no line that anybody wrote."""


def read_sheet(document: Document, settings: Settings, counter: TokenCounter) -> Sheet:
    """Lines with roles, files as blocks."""
    sheet = Sheet(document, counter)
    texts = sheet.lines.texts()
    if document.data.find(b"\x1b") >= 0:
        texts = [clean_line(text.encode("utf-8", "surrogateescape")).decode("utf-8", "surrogateescape") for text in texts]
    parsed = parse(texts)
    for line, role in enumerate(parsed.roles):
        sheet.risks[line] = _RISKS[role]
    by_tool = {at for at, part in enumerate(parsed.parts) if _by_a_tool(part, parsed, texts)}
    written = [part for at, part in enumerate(parsed.parts) if at not in by_tool]
    _weigh(sheet, parsed, texts, 7.0 if _keeps_all(settings) else 3.0)
    for at in by_tool:
        part = parsed.parts[at]
        sheet.risks[part.first : part.stop] = bytes([Risk.NOISE]) * (part.stop - part.first)
    if settings.query:
        spread(sheet, Query(settings.query).scores(texts), 3.0)
    sheet.blocks = [Block(part.first, part.stop, part.head, "file", "symptom", 7.0) for part in written if part.plus + part.minus]
    sheet.first = _first(sheet, parsed, settings)
    names = {part.head: part.path for part in written}
    return sheet.finish(settings, lambda block: names[block.head], Notes(sheet, parsed, texts, by_tool))


def _by_a_tool(part: Part, parsed: Parsed, texts: Sequence[str]) -> bool:
    """Whether the file is generated, vendored or minified: by its name, its own words, or lines that nobody writes."""
    if is_generated(part.path) or is_vendored(part.path):
        return bool(part.plus + part.minus)
    if any("DO NOT EDIT" in texts[line] or "@generated" in texts[line] for line in range(part.first, min(part.stop, part.first + 14)) if parsed.hunks[line] >= 0):
        return True
    if is_prose(part.path):
        return False
    changed = [len(texts[line]) for line in range(part.first, part.stop) if parsed.roles[line] == CHANGED]
    return sum(size for size in changed if size > LONG) * 2 > sum(changed)


def _keeps_all(settings: Settings) -> bool:
    """Only `aggressive` and `max_tokens` may choose among changed lines."""
    return settings.strategy != "aggressive" and settings.max_tokens is None


def _weigh(sheet: Sheet, parsed: Parsed, texts: Sequence[str], naming: float) -> None:
    """Weights by role; a hunk's lines are one family; nothing is shown without the line that names its file, which is worth `naming`."""
    commit = -1
    for line, role in enumerate(parsed.roles):
        owner = parsed.owners[line]
        head = parsed.parts[owner].head if owner >= 0 else commit
        if role == OTHER:
            sheet.weights[line] = 4.0 if texts[line].strip() else 0.1
            if texts[line].startswith(("commit ", "From ", "Subject: ", "Only in ")):
                sheet.weights[line], commit, head = 7.0, line, -1
        elif role == HEAD:
            sheet.weights[line] = naming if line == head else naming - 1
            head = head if line != head else commit
        elif role == CHANGED:
            sheet.weights[line] = _weight(texts[line], parsed.parts[owner].path)
        else:
            sheet.weights[line] = 0.3
        sheet.needs[line] = head if head != line else -1
        if parsed.hunks[line] >= 0:
            sheet.families_of[line] = parsed.hunks[line]
            sheet.slow[line] = 1


def _weight(text: str, path: str) -> float:
    """What a changed line tells, where not all of them may stay."""
    body = text[1:].strip()
    if sum(map(str.isalnum, body)) < 2:
        return 0.4
    if body.startswith(("#", "//", "*", "/*", "import ", "from ", "use ", '"""')):
        weight = 1.5
    elif body.startswith(("def ", "class ", "func ", "fn ", "function ", "export ", "pub ", "public ", "interface ", "type ", "struct ", "async ")):
        weight = 4.0
    else:
        weight = 3.0
    return weight * (0.6 if is_test(path) or is_prose(path) else 1.0)


def _first(sheet: Sheet, parsed: Parsed, settings: Settings) -> list[int]:
    """All that changed, heaviest first."""
    if not _keeps_all(settings):
        return []
    lines = [line for line, role in enumerate(parsed.roles) if role in (HEAD, CHANGED, OTHER) and sheet.risks[line] == Risk.CONTENT]
    lines = [line for line in lines if parsed.roles[line] != OTHER or sheet.weights[line] > 0.1]
    return sorted(lines, key=lambda line: (-sheet.weights[line], line))
