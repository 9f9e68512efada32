"""What the markers of a listing say: what is missing, by folder and kind of file, and the unusual among it by name.

    [L2-41: src/: 39 .py, 1 .json]
    [L50-900: src/: 12 .py; tests/: 80 .py, 3 folders; 2 symlinks: cfg, data]
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from headroom_cli.draft import plural
from headroom_cli.formats.listing.entries import ENTRY, Entry

if TYPE_CHECKING:
    from collections.abc import Sequence

    from headroom_cli.stages.blocks import Block
    from headroom_cli.stages.sheet import Sheet

__all__ = ["EntryNotes", "ending"]

FOLDERS = 12
"""Folders that one marker names; of more, those above them."""


def ending(entry: Entry) -> str:
    """What sort of file it is, for counting: `.py`, `folder`, `file`."""
    if entry.mark == "folder":
        return "folder"
    _, dot, last = entry.name.lstrip(".").rpartition(".")
    return f".{last.lower()}" if dot and 0 < len(last) <= 8 and last.isalnum() else "file"


class EntryNotes:
    """Writes a gap's marker."""

    __slots__ = ("entries", "said", "sheet")

    def __init__(self, sheet: Sheet, entries: Sequence[Entry]) -> None:
        self.sheet = sheet
        self.entries = entries
        self.said: dict[tuple[int, int, str], bytes] = {}

    def __call__(self, marker: bytes, first: int, stop: int) -> bytes:
        terms = self.sheet.draft.terms
        if terms == "bare":
            return marker
        key = (first, stop, terms)
        if key not in self.said:
            place = f"L{first + 1}" if stop == first + 1 else f"L{first + 1}-{stop}"
            parts = self._folders(first, stop) if terms == "full" else self._count(first, stop)
            parts += self._unusual(self.sheet.draft.hidden(first, stop), names=terms == "full")
            text = "; ".join(parts).replace("]", ")").replace("[", "(")
            self.said[key] = " ".join((f"[{place}: {text}]" if text else f"[{place}]").split()).encode("utf-8", "surrogateescape")
        return self.said[key]

    def _hidden(self, first: int, stop: int) -> list[Entry]:
        return [entry for entry in self.entries[first:stop] if entry.role == ENTRY]

    def _count(self, first: int, stop: int) -> list[str]:
        count = len(self._hidden(first, stop))
        return [f"{count} entries" if count > 1 else "1 entry"] if count else []

    def _folders(self, first: int, stop: int) -> list[str]:
        hidden = self._hidden(first, stop)
        depth = max((entry.folder.count("/") + 1 for entry in hidden), default=1)
        while depth > 1 and len({_above(entry.folder, depth) for entry in hidden}) > FOLDERS:
            depth -= 1
        folders: dict[str, Counter[str]] = {}
        for entry in hidden:
            folders.setdefault(_above(entry.folder, depth), Counter())[ending(entry)] += 1
        around = {self.entries[line].folder for line in (first - 1, stop) if 0 <= line < len(self.entries)}
        parts = []
        for at, (folder, kinds) in enumerate(folders.items()):
            if at == FOLDERS:
                parts.append(f"{sum(sum(count.values()) for count in list(folders.values())[at:])} entries of {len(folders) - at} more folders")
                break
            name = "" if len(folders) == 1 and folder in around else f"{folder[-60:] or '.'}/: "
            parts.append(name + _kinds(kinds))
        return parts

    def _unusual(self, blocks: Sequence[Block], *, names: bool) -> list[str]:
        kinds: dict[str, list[str]] = {}
        for block in blocks:
            kinds.setdefault(block.kind, []).append(self.sheet.draft.name(block)[:40])
        return [
            plural(kind, len(found)) + (": " + ", ".join(dict.fromkeys(found[:3])) + (", ..." if len(found) > 3 else "") if names else "")
            for kind, found in kinds.items()
        ]


def _above(folder: str, depth: int) -> str:
    return "/".join(folder.split("/")[:depth])


def _kinds(kinds: Counter[str]) -> str:
    shown = kinds.most_common(3)
    rest = sum(kinds.values()) - sum(count for _, count in shown)
    said = [f"{count} {kind}" if kind[0] == "." else plural(kind, count) for kind, count in shown]
    return ", ".join([*said, f"{rest} more"] if rest else said)
