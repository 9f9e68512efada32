"""What each entry of a listing is worth: by what is unusual in it, against the other entries.

    -rw-r--r-- 1 me me  120 Jan  2 03:04 a.py           0.7     one of forty
    lrwxrwxrwx 1 me me    9 Jan  2 03:04 cfg -> /etc    3.0     the only link
"""

from __future__ import annotations

from array import array
from collections import Counter
from heapq import nlargest
from typing import TYPE_CHECKING

from headroom_cli.formats.listing.entries import ENTRY, HEADING, IDS, NOISE, Entry, kind_of, read_entries, telling_lines
from headroom_cli.formats.listing.notes import EntryNotes, ending
from headroom_cli.model import Risk
from headroom_cli.settings import STRATEGIES, target_tokens
from headroom_cli.stages.bare import CUT, bare_texts
from headroom_cli.stages.blocks import Block
from headroom_cli.stages.fit import Goal, Part, select_lines
from headroom_cli.stages.lines import counted
from headroom_cli.stages.sheet import Sheet, spread
from headroom_cli.text.paths import is_generated, is_vendored
from headroom_cli.text.query import Query
from headroom_cli.text.regex import compiled

if TYPE_CHECKING:
    from collections.abc import Sequence

    from headroom_cli.draft import Units
    from headroom_cli.model import Document
    from headroom_cli.settings import Settings
    from headroom_cli.tokens import TokenCounter

__all__ = ["read_sheet"]

_WEIGHTS = {"conflict": 9.0, "deletion": 6.0, "special file": 6.0, "symlink": 3.0, "change": 3.0, "executable": 2.5, "folder": 1.6, "untracked": 1.2}
_BLOCKS = frozenset({"conflict", "deletion", "special file", "symlink", "executable"})
HEADER = 40
"""Tokens of the target for the header."""
CHARACTERS = 2.2
"""Of names, in a token."""
EXTREMES = 8
"""Entries that count as the biggest, and as the newest."""


def read_sheet(document: Document, settings: Settings, counter: TokenCounter) -> Sheet:
    """Lines with their folder; what is unusual as blocks."""
    sheet = Sheet(document, counter)
    texts = bare_texts(sheet, counter)
    entries = read_entries(texts)
    if kind_of(telling_lines(texts))[0] in ("status2", "staged"):
        _without_ids(sheet, counter)
    _weigh(sheet, entries, texts)
    if settings.query:
        spread(sheet, Query(settings.query).scores(texts), 4.0, reach=0)
    sheet.blocks = _blocks(entries, sheet)
    if settings.max_tokens is None and settings.strategy != "aggressive":
        sheet.first = [line for line, entry in enumerate(entries) if entry.mark in ("conflict", "deletion", "special file")]
    notes = EntryNotes(sheet, entries)
    sheet.finish(settings, lambda block: entries[block.head].name, notes)
    _fill(sheet, notes, entries, settings, counter)
    return sheet


class _Named:
    """Lines without the ids of objects."""

    __slots__ = ("units",)

    def __init__(self, units: Units) -> None:
        self.units = units

    def __len__(self) -> int:
        return len(self.units)

    def body(self, line: int) -> bytes:
        return compiled(IDS.encode()).sub(b"", self.units.body(line))

    def bodies(self, first: int, stop: int) -> list[bytes]:
        return [self.body(line) for line in range(first, stop)]


def _without_ids(sheet: Sheet, counter: TokenCounter) -> None:
    """The ids of objects, which are most of what `git status --porcelain=v2` and `git ls-files -s` print, are taken off all lines."""
    sheet.draft.units = _Named(sheet.draft.units)
    sheet.draft.facts = [f"cut: object ids, {said[len(CUT) :]}" for said in sheet.draft.facts] or ["cut: object ids"]
    sheet.tokens = counted(sheet.draft.units, counter)


def _fill(sheet: Sheet, notes: EntryNotes, entries: Sequence[Entry], settings: Settings, counter: TokenCounter) -> None:
    """Names for the markers, in the tokens that selection will leave of its target: what it takes is worked out once without them."""
    strategy, size, keep = STRATEGIES[settings.strategy], sum(sheet.tokens), sheet.draft.keep
    target = min(target_tokens(strategy, size) or size, settings.max_tokens or size)
    if target >= size or (strategy.ceiling != Risk.CONTENT and settings.max_tokens is None):
        return

    def measure() -> int:
        return HEADER + sum(counter.count_many([line.decode("utf-8", "surrogateescape") + "\n" for line in sheet.draft.render()]))

    whole = bytes(keep)
    sheet.cut(Risk.NOISE)
    select_lines([Part(sheet, bytearray(len(keep)))], Goal(target), counter, measure)
    hidden = sum(entry.role == ENTRY and not kept for entry, kept in zip(entries, keep, strict=True))
    notes.fill((target - measure()) * CHARACTERS, hidden)
    keep[:] = whole


def _blocks(entries: Sequence[Entry], sheet: Sheet) -> list[Block]:
    """Unusual entries, each by itself; executables only where most files are none."""
    files = sum(1 for entry in entries if entry.role == ENTRY and entry.mark != "folder")
    usual = {mark for mark, count in Counter(entry.mark for entry in entries).items() if count > max(3, 0.4 * files) and mark in ("executable", "symlink")}
    out = []
    for line, entry in enumerate(entries):
        kind = entry.mark if entry.mark in _BLOCKS else "dotfile" if _is_dotfile(entry) else ""
        if entry.role == ENTRY and kind and kind not in usual:
            out.append(Block(line, line + 1, line, kind, "symptom", float(sheet.weights[line])))
    return out


def _is_dotfile(entry: Entry) -> bool:
    return entry.name.startswith(".") and entry.mark != "folder" and not any(part.startswith(".") and part.strip(".") for part in entry.folder.split("/"))


def _weigh(sheet: Sheet, entries: Sequence[Entry], texts: Sequence[str]) -> None:
    """Weights by what is unusual; a folder's entries of one ending are one family."""
    endings = Counter(ending(entry) for entry in entries if entry.role == ENTRY)
    biggest, newest = _extremes(entries)
    families: dict[tuple[str, str], int] = {}
    for line, entry in enumerate(entries):
        sheet.needs[line] = entry.parent
        if entry.role == NOISE:
            sheet.risks[line], sheet.weights[line] = Risk.NOISE, 0.0
        elif entry.role == ENTRY:
            sheet.weights[line] = _weight(entry, endings) + biggest.get(line, 0.0) + newest.get(line, 0.0)
            if (entry.mark not in _BLOCKS or entry.mark == "executable") and line not in biggest and line not in newest:
                sheet.families_of[line] = families.setdefault((entry.folder, ending(entry)), line)
            path = f"{entry.folder}/{entry.name}"
            if is_vendored(path) or is_generated(path) or "/.git/" in f"/{entry.folder}/":
                sheet.weights[line] *= 0.3
        else:
            sheet.weights[line] = 2.5 if entry.role == HEADING else 3.0 if texts[line].strip() else 0.0


def _weight(entry: Entry, endings: Counter[str]) -> float:
    rare = endings[ending(entry)]
    weight = _WEIGHTS.get(entry.mark, 0.7)
    if _is_dotfile(entry):
        weight = max(weight, 2.0)
    return weight + (1.0 if rare <= 2 else 0.4 if rare <= 5 else 0.0) * (entry.mark != "folder")


def _extremes(entries: Sequence[Entry]) -> tuple[dict[int, float], dict[int, float]]:
    """What the lines of the biggest files, and of those that are newer than most, weigh more."""
    files = array("I", (line for line, entry in enumerate(entries) if entry.role == ENTRY and entry.mark != "folder"))
    usual = Counter(entries[line].date[:10] for line in files).most_common(1)
    big = nlargest(EXTREMES, (line for line in files if entries[line].size > 0), key=lambda line: entries[line].size)
    later = (line for line in files if entries[line].date[:10] > (usual[0][0] if usual else ""))
    new = nlargest(EXTREMES, later, key=lambda line: entries[line].date)
    return {line: 2.0 - 0.2 * rank for rank, line in enumerate(big)}, {line: 2.0 - 0.2 * rank for rank, line in enumerate(new)}
