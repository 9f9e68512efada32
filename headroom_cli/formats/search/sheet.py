"""What each match is worth: by what the line does with the searched word, and by whose file it is in.

    src/cart.py:12:def total(items):          9.0     defines it
    src/cart.py:40:    return total(rows)     2.0     uses it
    tests/test_cart.py:9:import total         0.45    imports it in a test
"""

from __future__ import annotations

from array import array
from itertools import islice
from math import log2
from typing import TYPE_CHECKING

from headroom_cli.formats.search.matches import CONTEXT, HEADING, MATCH, OTHER, SEPARATOR, Found, find_events, find_matches, is_json
from headroom_cli.formats.search.notes import MatchNotes, short_names
from headroom_cli.model import Risk
from headroom_cli.settings import STRATEGIES, target_tokens
from headroom_cli.stages.bare import CUT, bare_texts
from headroom_cli.stages.blocks import Block
from headroom_cli.stages.lines import counted
from headroom_cli.stages.sheet import Sheet, spread
from headroom_cli.stages.strangers import heed, merged, rare, trailing
from headroom_cli.stages.views import Singles
from headroom_cli.text.paths import common_directory, is_generated, is_test, is_vendored
from headroom_cli.text.query import Query
from headroom_cli.text.uses import SEARCHED, definition, searched, use

if TYPE_CHECKING:
    from collections.abc import Sequence

    from headroom_cli.draft import Units
    from headroom_cli.model import Document
    from headroom_cli.settings import Settings
    from headroom_cli.tokens import TokenCounter

__all__ = ["read_sheet"]

MOST_ANSWERS = 12
"""Lines that may answer a question nearly as well as the best one, for them to be told from all others."""
_NAMES = 0.3
"""Share of the target that the names of files may take; beyond it folders stand for their files."""


def read_sheet(document: Document, settings: Settings, counter: TokenCounter) -> Sheet:
    """Lines with their file; matches as blocks."""
    sheet = Sheet(document, counter)
    found, own = _found(sheet, counter)
    _weigh(sheet, found, own, settings)
    if settings.query:
        scores = Query(settings.query).scores(own)
        spread(sheet, scores, 4.0, reach=1)
        _context_that_answers(sheet, found, scores)
    root = common_directory(found.files)
    kind, weights = "file" if found.counts else "match", sheet.weights
    strange = {block.head: block for block in _strangers(sheet, found, own)}
    sheet.blocks = Singles(
        array("I", (line for line, each in enumerate(found.kinds) if each == MATCH or line in strange)),
        lambda line: strange.get(line) or Block(line, line + 1, line, kind, "symptom", weights[line]),
    )
    _under_headings(sheet, found)
    sheet.tokens = counted(sheet.draft.units, counter)
    room = _room(sheet, settings)
    names = short_names(found.files, root, _depth(found.files, root, room))
    if len(root) > 3:
        sheet.draft.facts.append(f"all in {root}")
    return sheet.finish(
        settings,
        lambda block: "" if block.head in strange else found.files[found.owners[block.head]],
        MatchNotes(sheet, found, names, max(6, room // 6)),
    )


def _context_that_answers(sheet: Sheet, found: Found, scores: Sequence[float]) -> None:
    """Context around matches goes first of all, but for the few lines that answer a question best."""
    top = max(scores, default=0.0)
    best = [line for line, score in enumerate(scores) if top and score > 0.7 * top]
    for line in best if len(best) <= MOST_ANSWERS else ():
        if found.kinds[line] == CONTEXT:
            sheet.risks[line] = Risk.CONTENT


def _strangers(sheet: Sheet, found: Found, own: Sequence[str]) -> list[Block]:
    """What the searching tool said itself, and of matches without numbers those that sound like a failure where hardly any does."""
    others = [line for line, kind in enumerate(found.kinds) if kind == OTHER and own[line].strip()]
    last = max((line for line, kind in enumerate(found.kinds) if kind != OTHER), default=-1)
    trailing(sheet, own, last)
    bare = not any(found.numbers) and not found.counts
    return heed(sheet, sheet.lines.texts(), merged(others, rare(sheet.lines)) if bare else others)


def _found(sheet: Sheet, counter: TokenCounter) -> tuple[Found, Sequence[str]]:
    """The columns and each line's own text, of any tool."""
    texts = bare_texts(sheet, counter)
    if not texts or not is_json(texts[0]):
        return find_matches(texts)
    from headroom_cli.formats.search.events import Events

    found, events = find_events(texts)
    sheet.draft.units = Events(events, sheet.lines.bodies(0, len(sheet.lines)))
    sheet.draft.facts = ["cut: JSON keys, offsets"]
    return found, [event.text for event in events]


class _Under:
    """Lines without the path that their heading says."""

    __slots__ = ("cuts", "units")

    def __init__(self, units: Units, cuts: Sequence[int]) -> None:
        self.units = units
        self.cuts = cuts

    def __len__(self) -> int:
        return len(self.units)

    def body(self, line: int) -> bytes:
        return self.units.body(line)[self.cuts[line] :]

    def bodies(self, first: int, stop: int) -> list[bytes]:
        return [self.body(line) for line in range(first, stop)]


def _under_headings(sheet: Sheet, found: Found) -> None:
    """Each file's path once above its lines, where every line has one and a number."""
    events = sheet.document.data[:2] == b'{"'
    if not events and ({HEADING, OTHER} & set(found.kinds) or not all(map(bool, found.files))):
        return
    if any("]" in path or "\n" in path for path in found.files) or not all(
        found.numbers[line] for line, kind in enumerate(found.kinds) if kind in (MATCH, CONTEXT)
    ):
        return
    paths = [path.encode("utf-8", "surrogateescape") for path in found.files]
    if not events:
        cuts = array("H", (len(paths[owner]) + 1 if owner >= 0 else 0 for owner in found.owners))
        sheet.draft.units = _Under(sheet.draft.units, cuts)
        sheet.draft.facts = [f"cut: paths, {said[len(CUT) :]}" for said in sheet.draft.facts] or ["cut: paths"]
    under = found.owners
    if events:  # what stands between two files stands below the first
        under = array("i", (under[line - 1] if line and kind == SEPARATOR else under[line] for line, kind in enumerate(found.kinds)))
    sheet.draft.heading = lambda line: paths[under[line]] if under[line] >= 0 else b""
    sheet.draft.title = b"file"


def _room(sheet: Sheet, settings: Settings) -> int:
    """Tokens that the names of files may take."""
    size = sum(sheet.tokens)
    target = target_tokens(STRATEGIES[settings.strategy], size) or size
    return int(_NAMES * min(target, settings.max_tokens or target))


def _depth(files: list[str], root: str, room: int) -> int:
    """Folders that names may show, so that all of them take at most `room` tokens or nothing is left to take off."""
    depth = max((path[len(root) :].count("/") + 1 for path in files), default=1)
    while depth > 1 and sum(3 * (len(name.rstrip("/").rpartition("/")[2]) // 8 + 1) for name in dict.fromkeys(short_names(files, root, depth))) > room:
        depth -= 1
    return depth


def _weigh(sheet: Sheet, found: Found, own: Sequence[str], settings: Settings) -> None:
    """Weights by what a line does with the word that was searched; a file's lines are one family."""
    matches = (line for line, kind in enumerate(found.kinds) if kind == MATCH)
    defines = definition(searched([own[line] for line in islice(matches, SEARCHED)]), settings.query)
    standing = [0.2 if is_vendored(path) or is_generated(path) else 0.45 if is_test(path) else 1.0 for path in found.files]
    firsts: dict[int, int] = {}
    for line, kind in enumerate(found.kinds):
        owner = found.owners[line]
        if line in found.counts:
            sheet.weights[line] = (0.2 + log2(1 + found.counts[line])) * standing[owner]
        elif kind == MATCH:
            sheet.weights[line] = use(own[line].strip(), defines) * standing[owner]
        else:
            sheet.weights[line] = {CONTEXT: 0.4, HEADING: 3.0, OTHER: 1.5 if own[line].strip() else 0.0}.get(kind, 0.0)
            sheet.risks[line] = Risk.CONTENT if kind == HEADING else Risk.DETAIL if kind == CONTEXT or (own[line].strip() and kind == OTHER) else Risk.NOISE
        if owner >= 0 and line not in found.counts and found.files[owner]:
            firsts.setdefault(owner, line)
            if sheet.weights[line] < 6:  # further definitions in a file are worth as much as the first
                sheet.families_of[line] = firsts[owner]
            if found.kinds[firsts[owner]] == HEADING and kind != HEADING:
                sheet.needs[line] = firsts[owner]
