"""Diffs: git diff, git log -p, mailed patches, `diff -ruN`, combined and context diffs. What changed stays, what stands around it goes.

    diff --git a/cart.py b/cart.py            [L1-9: line 14, def total(items):]
    index 3b18e51..9daeafb 100644             -    return sum(items)
    --- a/cart.py                             +    return sum(item.price for item in items)
    +++ b/cart.py                 ->          [L12-980: package-lock.json +812 -644]
    @@ -11,6 +11,6 @@ def total(items):
     ...

Kept: every changed line of files that somebody wrote by hand, the line that names each file, modes, renames, commits and messages.
Files that a tool writes (locks, maps, snapshots, minified and built files) and copies of others' files go to one note with their counts.
The marker before a hunk says at which line of the new file it goes on and in which function.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from headroom_cli.formats._diff_notes import Notes
from headroom_cli.formats._hunks import CHANGED, CONTEXT, HEAD, HUNK, MARK, NOISE, OTHER, STAT, Parsed, Part, parse
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
    from headroom_cli.text.envelope import Envelope
    from headroom_cli.tokens import TokenCounter

__all__ = ["NAME", "about", "read", "score"]

NAME = "diff"
about = "diffs and patches: git diff, git log -p, format-patch, diff -u, diff -r, combined and context diffs"

_STARTS = (b"diff -", b"index ", b"--- ", b"+++ ", b"@@", b"commit ", b"Author:", b"Date:", b"new file mode", b"deleted file", b"similarity", b"rename ", b"Binary files", b"Only in ", b"***", b"! ", b"\\ ")
_ROLES = {HEAD: Risk.CONTENT, OTHER: Risk.CONTENT, CHANGED: Risk.CONTENT, MARK: Risk.DETAIL, HUNK: Risk.DETAIL, CONTEXT: Risk.DETAIL, STAT: Risk.DETAIL, NOISE: Risk.NOISE}
LONG = 500
"""Characters from which a changed line may be no line that anybody wrote."""


def score(lines: Sequence[bytes], _envelope: Envelope) -> tuple[float, str]:
    """How sure (0-1) that these sampled lines are a diff, and what says so."""
    hunks = sum(1 for line in lines if line.startswith((b"@@ -", b"@@@ -", b"*** ")))
    names = sum(1 for line in lines if line.startswith((b"+++ ", b"diff -", b"--- ")))
    if not hunks or not names:
        return 0.0, "no hunks"
    shaped = sum(1 for line in lines if line[:1] in b" +-" or line.startswith(_STARTS))
    share = shaped / len(lines)
    return (0.97 if share >= 0.85 else 0.0), f"{hunks} hunks, {share:.0%} of sampled lines are a diff's"


def read(document: Document, _envelope: Envelope, settings: Settings, counter: TokenCounter, _pack_dirs: Sequence[str]) -> Sheet:
    """Lines with roles, files as blocks."""
    sheet = Sheet(document, counter)
    texts = sheet.lines.texts()
    if document.data.find(b"\x1b") >= 0:
        texts = [clean_line(text.encode("utf-8", "surrogateescape")).decode("utf-8", "surrogateescape") for text in texts]
    parsed = parse(texts)
    for line, role in enumerate(parsed.roles):
        sheet.risks[line] = _ROLES[role]
    written = [part for part in parsed.parts if not _by_a_tool(part, parsed, texts)]
    by_tool = {at for at, part in enumerate(parsed.parts) if part not in written}
    _weigh(sheet, parsed, texts)
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


def _weigh(sheet: Sheet, parsed: Parsed, texts: Sequence[str]) -> None:
    """Weights by role; a hunk's lines are one family; nothing is shown without the line that names its file."""
    commit = -1
    for line, role in enumerate(parsed.roles):
        owner = parsed.owners[line]
        head = parsed.parts[owner].head if owner >= 0 else commit
        if role == OTHER:
            sheet.weights[line] = 4.0 if texts[line].strip() else 0.1
            if texts[line].startswith(("commit ", "From ", "Subject: ", "Only in ")):
                sheet.weights[line], commit, head = 7.0, line, -1
        elif role == HEAD:
            sheet.weights[line] = 7.0 if line == head else 5.0
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
    """All that changed, heaviest first: only `aggressive` and `max_tokens` may choose among changed lines."""
    if settings.strategy == "aggressive" or settings.max_tokens is not None:
        return []
    lines = [line for line, role in enumerate(parsed.roles) if role in (HEAD, CHANGED, OTHER) and sheet.risks[line] == Risk.CONTENT]
    lines = [line for line in lines if parsed.roles[line] != OTHER or sheet.weights[line] > 0.1]
    return sorted(lines, key=lambda line: (-sheet.weights[line], line))
