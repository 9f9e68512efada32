"""What the markers of a listing say: what is missing, by folder and kind of file, and the unusual among it by name.

    [L2-41: src/: a.py, b.py and 37 .py, 1 .json]
    [L50-900: src/: 12 .py; tests/: 80 .py, 3 folders; 2 symlinks: cfg, data]

Names stand there as far as the lines that are shown leave room in the target: a name costs a fifth of the line of `ls -l` that it is from.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from headroom_cli.draft import plural
from headroom_cli.formats.listing.entries import ENTRY, Entry
from headroom_cli.text.regex import compiled

if TYPE_CHECKING:
    from collections.abc import Sequence

    from headroom_cli.stages.blocks import Block
    from headroom_cli.stages.sheet import Sheet

__all__ = ["EntryNotes", "ending"]

FEWEST = 3
"""Names of a folder that are worth saying where not all of them fit."""
ALIKE = 2
"""Names that differ in numbers alone: of more, their number tells as much."""
FOLDERS = 12
"""Folders that one marker names, where there is no room for more; of more, those above them."""
A_FOLDER = 45
"""Characters of a folder's name with its counts."""


def ending(entry: Entry) -> str:
    """What sort of file it is, for counting: `.py`, `folder`, `file`."""
    if entry.mark == "folder" or entry.sort:
        return entry.sort or "folder"
    _, dot, last = entry.name.lstrip(".").rpartition(".")
    return f".{last.lower()}" if dot and 0 < len(last) <= 8 and last.isalnum() else "file"


class EntryNotes:
    """Writes a gap's marker."""

    __slots__ = ("entries", "room", "said", "sheet")

    def __init__(self, sheet: Sheet, entries: Sequence[Entry]) -> None:
        self.sheet = sheet
        self.entries = entries
        self.room = 0.0  # characters of names for each hidden entry
        self.said: dict[tuple[int, int, str], bytes] = {}

    def fill(self, characters: float, hidden: int) -> None:
        """Share `characters` of names between `hidden` entries; what was said is forgotten."""
        self.room = max(0.0, characters) / max(1, hidden)
        self.said.clear()

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
        hidden = [line for line in range(first, stop) if self.entries[line].role == ENTRY]
        room = self.room * len(hidden)
        most = max(FOLDERS, int(room / A_FOLDER))
        whole = depth = max((self.entries[line].folder.count("/") + 1 for line in hidden), default=1)
        while depth > 1 and len({_above(self.entries[line].folder, depth) for line in hidden}) > most:
            depth -= 1
        folders: dict[str, list[int]] = {}
        for line in hidden:
            folders.setdefault(_above(self.entries[line].folder, depth), []).append(line)
        around = {self.entries[line].folder for line in (first - 1, stop) if 0 <= line < len(self.entries)}
        parts: list[str] = []
        room = room if depth == whole else 0.0
        for at, (folder, lines) in enumerate(folders.items()):
            if at == most:
                parts.append(f"{sum(map(len, list(folders.values())[at:]))} entries of {len(folders) - at} more folders")
                break
            name = "" if len(folders) == 1 and folder in around else f"{folder[-60:] or '.'}/: "
            said, used = self._named(lines, room)
            room -= used
            parts.append(name + said)
        return parts

    def _named(self, lines: Sequence[int], room: float) -> tuple[str, int]:
        """The weightiest names of one folder that `room` characters hold, the rest by kind; the characters used."""
        chosen: set[int] = set()
        shapes: Counter[str] = Counter()
        used = 0
        for line in sorted(lines, key=lambda line: (-self.sheet.weights[line], line)) if room > 0 else ():
            size, shape = len(self.entries[line].name) + 2, compiled(r"\d+").sub("0", self.entries[line].name)
            if used + size > room or shapes[shape] >= ALIKE:
                continue
            chosen.add(line)
            shapes[shape] += 1
            used += size
        if len(chosen) < min(len(lines), FEWEST):
            return _kinds(Counter(ending(self.entries[line]) for line in lines)), 0
        names = ", ".join(self.entries[line].name + "/" * (self.entries[line].mark == "folder") for line in lines if line in chosen)
        rest = Counter(ending(self.entries[line]) for line in lines if line not in chosen)
        return names + (f" and {_kinds(rest)}" if rest else ""), used

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
