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

from headroom_cli.text.regex import compiled

if TYPE_CHECKING:
    from collections.abc import Sequence

    from headroom_cli.model import Document
    from headroom_cli.settings import Settings
    from headroom_cli.stages.proposal import Proposal
    from headroom_cli.text.envelope import Envelope
    from headroom_cli.tokens import TokenCounter

__all__ = ["NAME", "about", "read", "score"]

NAME = "diff"
about = "diffs and patches: git diff, git log -p, format-patch, diff, diff -u, -r and -y, combined, context and word diffs"

_STARTS = (
    b"diff -", b"index ", b"--- ", b"+++ ", b"@@", b"commit ", b"Author:", b"Date:", b"new file mode", b"deleted file", b"similarity",
    b"rename ", b"Binary files", b"Only in ", b"***", b"! ", b"\\ ",
)  # fmt: skip
_FIRST = rb"diff -|From [0-9a-f]{40} |commit [0-9a-f]{7,64}\b|Index: |--- \S"
"""What only a diff, a log of commits or a mailed patch begins with."""
_BASE85 = rb"[A-Za-z](?:[0-9A-Za-z!#-&(-+;<=>?@^_`{|}~-]{5}){1,13}"
_NORMAL = rb"\d+(?:,\d+)?[acd]\d+(?:,\d+)?"
_WORDS = rb"\[-.*-\]|\{\+.*\+\}"
LEAST = 0.5
"""Share of the lines that must be a diff's: what is mostly something else is read as text with diffs in it."""


def score(lines: Sequence[bytes], _envelope: Envelope) -> tuple[float, str]:
    """How sure (0-1) that these sampled lines are a diff, and what says so."""
    if any(line.startswith((b"< ", b"> ")) or b"\t" in line for line in lines[:100]) and (told := _of_diff(lines)):
        return 0.97, told
    hunks = sum(1 for line in lines if line.startswith((b"@@ -", b"@@@ -", b"*** ")))
    names = sum(1 for line in lines if line.startswith((b"+++ ", b"diff -", b"--- ")))
    if not hunks or not names:
        return 0.0, "no hunks"
    first = compiled(_FIRST).match(lines[0]) is not None
    share = sum(1 for line in lines if line[:1] in b" +-" or line.startswith(_STARTS)) / len(lines)
    if first and share < 0.85:
        own = _WORDS if any(compiled(_WORDS).search(line) for line in lines) else _BASE85
        share += sum(1 for line in lines if line[:1] not in b" +-" and _fits(own, line)) / len(lines)
        share = 0.85 if own == _WORDS and _whole(lines) else share
    return (0.97 if share >= (0.7 if first else 0.85) else 0.0), f"{hunks} hunks, {share:.0%} of sampled lines are a diff's"


def _fits(pattern: bytes, line: bytes) -> bool:
    found = compiled(pattern)
    return (found.fullmatch(line) if pattern == _BASE85 else found.search(line)) is not None


def _whole(lines: Sequence[bytes]) -> bool:
    """Whether hunks without signs (`--word-diff`) are all there is: words that changed stand in most parts of the sample."""
    parts = [lines[at : at + 40] for at in range(0, len(lines), 40)]
    return sum(1 for part in parts if any(_fits(_WORDS, line) or line.startswith((b"@@ -", b"diff -")) for line in part)) >= 0.8 * len(parts)


def _of_diff(lines: Sequence[bytes]) -> str:
    """What says that these are lines of plain `diff`, or of `diff -y`; "" where they are not."""
    hunks = sum(1 for line in lines if line[:1].isdigit() and compiled(_NORMAL).fullmatch(line))
    if hunks:
        shaped = sum(1 for line in lines if line.startswith((b"< ", b"> ", b"diff ", b"Only in ", b"Binary files ", b"\\ ")) or line in (b"---", b"<", b">"))
        return f"{hunks} hunks of plain diff" if shaped and shaped + hunks >= 0.95 * len(lines) else ""
    if 2 * sum(1 for line in lines if b"\t" in line or line.endswith((b"<", b"("))) < len(lines):
        return ""
    from headroom_cli.formats.diff.others import beside  # only where columns of tabs are

    share = beside([line.decode("utf-8", "replace") for line in lines[:200]])
    return f"{share:.0%} of sampled lines are two versions side by side" if share >= 0.95 else ""


def read(document: Document, envelope: Envelope, settings: Settings, counter: TokenCounter, pack_dirs: Sequence[str]) -> Proposal:
    """Lines with roles, files as blocks; text with diffs in it where most lines are none's."""
    from headroom_cli.formats import plain
    from headroom_cli.formats.diff.sheet import read_sheet  # only where there is one: the start of every other run is quicker

    sheet = read_sheet(document, settings, counter, 0.0 if settings.format == NAME else LEAST)
    return sheet if sheet is not None else plain.read(document, envelope, settings, counter, pack_dirs)
