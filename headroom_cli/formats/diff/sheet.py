"""What each line of a diff is worth: what changed and what names it first, what stands around it last.

    def total(items):     context     detail, worth little
    -    return 0         changed     first of all
"""

from __future__ import annotations

from array import array
from typing import TYPE_CHECKING

from headroom_cli.formats.diff.hunks import CHANGED, CONTEXT, HEAD, HUNK, MARK, NOISE, OTHER, PLACE, STAT, Parsed, parse
from headroom_cli.formats.diff.notes import Notes
from headroom_cli.formats.diff.tools import by_tools
from headroom_cli.model import Risk
from headroom_cli.stages.bare import bare_texts
from headroom_cli.stages.blocks import Block
from headroom_cli.stages.sheet import Sheet, spread
from headroom_cli.text.paths import is_prose, is_test
from headroom_cli.text.query import Query

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from headroom_cli.model import Document
    from headroom_cli.settings import Settings
    from headroom_cli.tokens import TokenCounter

__all__ = ["read_sheet"]

_RISKS = {
    HEAD: Risk.CONTENT, OTHER: Risk.CONTENT, CHANGED: Risk.CONTENT, PLACE: Risk.CONTENT, MARK: Risk.DETAIL,
    HUNK: Risk.DETAIL, CONTEXT: Risk.DETAIL, STAT: Risk.DETAIL, NOISE: Risk.NOISE,
}  # fmt: skip


MOST_ANSWERS, AFTER = 12, 5
"""Lines that may answer a question nearly as well as the best one; lines after one of them in which what it names may have changed."""
_STANDS = ("commit ", "From ", "Only in ", "Common subdirectories: ", "Files ", "Binary files ", "Index: ", "=====", "-- ")


def read_sheet(document: Document, settings: Settings, counter: TokenCounter, least: float = 0.0) -> Sheet | None:
    """Lines with roles, files as blocks; None where less than `least` (0-1) of the lines are a diff's."""
    sheet = Sheet(document, counter)
    texts = bare_texts(sheet, counter)
    parsed = parse(texts)
    if _covered(parsed, texts) < least:
        return None
    for line, role in enumerate(parsed.roles):
        sheet.risks[line] = _RISKS[role]
    by_tool = by_tools(parsed, texts)
    written = [part for at, part in enumerate(parsed.parts) if at not in by_tool]
    _weigh(sheet, parsed, texts, 7.0 if _keeps_all(settings) else 3.0)
    for at in by_tool:
        part = parsed.parts[at]
        sheet.risks[part.first : part.stop] = bytes([Risk.NOISE]) * (part.stop - part.first)
    asked: list[int] = []
    if settings.query:
        scores = Query(settings.query).scores(texts)
        spread(sheet, scores, 3.0)
        asked = _asked_of_tools(sheet, parsed, by_tool, scores)
    sheet.blocks = [Block(part.first, part.stop, part.head, "file", "symptom", 7.0) for part in written if part.plus + part.minus and part.head >= 0]
    known = frozenset(asked)
    sheet.first = array("I", (*asked, *(line for line in _first(sheet, parsed, settings) if line not in known)))
    names = {part.head: part.path for part in written}
    return sheet.finish(settings, lambda block: names[block.head], Notes(sheet, parsed, texts, by_tool))


def _asked_of_tools(sheet: Sheet, parsed: Parsed, by_tool: Collection[int], scores: Sequence[float]) -> list[int]:
    """Of files that a tool wrote the few lines that answer a question best, with what changed right after them: which version a lock moved to."""
    top = max(scores, default=0.0)
    best = [line for line, score in enumerate(scores) if top and score > 0.7 * top]
    if len(best) > MOST_ANSWERS:
        return []
    out: dict[int, None] = {}
    for line in best:
        owner = parsed.owners[line]
        if owner in by_tool:
            after = range(line + 1, min(line + 1 + AFTER, parsed.parts[owner].stop))
            out.update(dict.fromkeys((parsed.parts[owner].head, line, *(each for each in after if parsed.roles[each] == CHANGED))))
    lines = sorted(line for line in out if line >= 0)
    for line in lines:
        sheet.risks[line], sheet.weights[line] = Risk.CONTENT, max(sheet.weights[line], 6.0)
    return lines


def _covered(parsed: Parsed, texts: Sequence[str]) -> float:
    """The share (0-1) of lines that belong to files or to what stands above them: commits, mails, statistics."""
    inside = size = 0
    message = False
    for line, role in enumerate(parsed.roles):
        if not texts[line].strip():
            continue
        size += 1
        if parsed.owners[line] >= 0:
            inside, message = inside + 1, False
        elif message or role == STAT or texts[line].startswith(_STANDS):
            inside, message = inside + 1, message or texts[line].startswith(("commit ", "From "))
    return inside / max(1, size)


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
        elif role == PLACE:
            sheet.weights[line] = 1.0
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


def _first(sheet: Sheet, parsed: Parsed, settings: Settings) -> Sequence[int]:
    """All that changed, heaviest first."""
    if not _keeps_all(settings):
        return []
    lines = (line for line, role in enumerate(parsed.roles) if role in (HEAD, CHANGED, OTHER, PLACE) and sheet.risks[line] == Risk.CONTENT)
    wanted = array("I", (line for line in lines if parsed.roles[line] != OTHER or sheet.weights[line] > 0.1))
    return array("I", sorted(wanted, key=sheet.weights.__getitem__, reverse=True))  # the first of equals first
