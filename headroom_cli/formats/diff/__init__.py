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

if TYPE_CHECKING:
    from collections.abc import Sequence

    from headroom_cli.model import Document
    from headroom_cli.settings import Settings
    from headroom_cli.stages.sheet import Sheet
    from headroom_cli.text.envelope import Envelope
    from headroom_cli.tokens import TokenCounter

__all__ = ["NAME", "about", "read", "score"]

NAME = "diff"
about = "diffs and patches: git diff, git log -p, format-patch, diff -u, diff -r, combined and context diffs"

_STARTS = (
    b"diff -", b"index ", b"--- ", b"+++ ", b"@@", b"commit ", b"Author:", b"Date:", b"new file mode", b"deleted file", b"similarity",
    b"rename ", b"Binary files", b"Only in ", b"***", b"! ", b"\\ ",
)  # fmt: skip


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
    from headroom_cli.formats.diff.sheet import read_sheet  # only where there is one: the start of every other run is quicker

    return read_sheet(document, settings, counter)
