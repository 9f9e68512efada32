"""Listings of files: ls -l, ls -R, find, tree, du, git status, git ls-files, and of packages: apt list. Folders with what is unusual in them; the rest is counted by folder.

    ./src:                                             ./src:
    -rw-r--r-- 1 me me  120 Jan  2 03:04 a.py          [L2-41: 39 .py, 1 .json in src/]
    ... 40 more                                        lrwxrwxrwx 1 me me 9 Jan 2 03:04 cfg -> /etc/cfg
    lrwxrwxrwx 1 me me 9 Jan 2 03:04 cfg -> /etc/cfg

Unusual: symlinks, executables among files that are not, special files, dotfiles, the biggest and the newest, kinds of file that are rare
here. In git status what is in conflict or deleted stays before what is changed, that before what is untracked.
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

NAME = "listing"
about = "listings of files: ls -l, ls -R, find, tree, du, git status, git ls-files, apt list"

_LEAST = {"ls": 0.9, "tree": 0.9, "du": 0.95, "short": 0.97, "find-ls": 0.95, "status": 0.9, "paths": 0.97, "names": 0.97, "printed": 0.97, "status2": 0.95, "staged": 0.97, "packages": 0.95}
_CODES = frozenset({"M", "A", "D", "R", "C", "U", "T", "??", "!!", "AM", "MM", "RM", "AD", "MD", "UU", "AA", "DD", "AU", "UA", "DU", "UD"})


def score(lines: Sequence[bytes], _envelope: Envelope) -> tuple[float, str]:
    """How sure (0-1) that these sampled lines list files, and what says so."""
    probe = [line.decode("utf-8", "replace") for line in lines[:40]]
    if len(lines) < 8 or not _likely(probe):
        return 0.0, "no list of files"
    from headroom_cli.formats.listing.entries import kind_of  # only where there may be one: the start of every other run is quicker

    kind, share = kind_of(probe)
    if share < 0.8 * _LEAST[kind]:
        return 0.0, "no list of files"
    kind, share = kind_of([line.decode("utf-8", "replace") for line in lines])
    if share < _LEAST[kind]:
        return 0.0, "no list of files"
    return {"paths": 0.8, "short": 0.85, "du": 0.85}.get(kind, 0.96), f"{share:.0%} of sampled lines are those of {kind}"


def _likely(texts: Sequence[str]) -> bool:
    """A look without regular expressions, for the many documents that are no list of files."""
    if texts[0].startswith(("On branch ", "HEAD detached ", "interactive rebase", "rebase in progress", "# branch.")) or (texts[0].endswith(":") and " " not in texts[0]):
        return True
    seen = 0
    for text in texts:
        permitted = text[1:2] in ("r", "-") and text[4:5] in ("r", "-") and text[:1] in "-dlbcps"
        drawn = "── " in text[:80] or "|-- " in text[:80] or "`-- " in text[:80]
        path = "/" in text and text.count(" ") <= 2 and ":" not in text[:-1]
        seen += permitted or drawn or path or (text[:1].isdigit() and "\t" in text[:16]) or (text[2:3] == " " and text[:2].strip() in _CODES) or (text[:1] in " 0123456789" and "rw" in text[:40]) or (text[:6].isdigit() and "\t" in text) or text.endswith("]") or text[:2] in ("1 ", "2 ", "u ", "? ")
    return 2 * seen >= len(texts)


def read(document: Document, _envelope: Envelope, settings: Settings, counter: TokenCounter, _pack_dirs: Sequence[str]) -> Sheet:
    """Lines with their folder; what is unusual as blocks."""
    from headroom_cli.formats.listing.sheet import read_sheet  # only where there is one: the start of every other run is quicker

    return read_sheet(document, settings, counter)
