"""What the markers of a search result say: how many matches are missing, and every file that they are in.

    [L30-41: 12 matches]                                                  all in the file of the lines around them
    [L42-98: 57 matches: core/: app.py 12, cli.py 4; tests/test_app.py 41]
    [L3-9: 7 files, 120 matches: src/: a.py 40, ...]                      of `rg -c`
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from headroom_cli.draft import plural
from headroom_cli.formats.search.matches import CONTEXT, MATCH, Found

if TYPE_CHECKING:
    from headroom_cli.stages.sheet import Sheet

__all__ = ["MatchNotes", "short_names"]


def short_names(files: list[str], root: str, depth: int) -> list[str]:
    """Names for markers: below `root`, and folders alone from `depth` folders on."""
    names = []
    for path in files:
        parts = path[len(root) :].replace("]", ")").replace("[", "(").split("/")
        names.append("/".join(parts) if len(parts) <= depth else "/".join(parts[:depth]) + "/")
    return names


class MatchNotes:
    """Writes a gap's marker."""

    __slots__ = ("found", "most", "names", "said", "sheet")

    def __init__(self, sheet: Sheet, found: Found, names: list[str], most: int) -> None:
        self.sheet = sheet
        self.found = found
        self.names = names
        self.most = most  # names in one marker; of further files their number
        self.said: dict[tuple[int, int, str, int], bytes] = {}

    def __call__(self, marker: bytes, first: int, stop: int) -> bytes:
        terms = self.sheet.draft.terms
        if terms == "bare":
            return marker
        around = {self.found.owners[line] for line in (first - 1, stop) if 0 <= line < len(self.found.kinds)}
        key = (first, stop, terms, len(around))
        if key not in self.said:
            place = f"L{first + 1}" if stop == first + 1 else f"L{first + 1}-{stop}"
            note = "; ".join(filter(None, (self._strange(first, stop), self._note(first, stop, around, names=terms == "full"))))
            self.said[key] = (f"[{place}: {note}]" if note else f"[{place}]").encode("utf-8", "surrogateescape")
        return self.said[key]

    def _strange(self, first: int, stop: int) -> str:
        """What the tool itself said in the gap that sounds like a failure."""
        kinds = Counter(block.kind for block in self.sheet.draft.hidden(first, stop) if self.found.kinds[block.head] != MATCH)
        return ", ".join(plural(kind, count) for kind, count in kinds.items())

    def _note(self, first: int, stop: int, around: set[int], *, names: bool) -> str:
        counts: dict[int, int] = {}
        context = 0
        for line in range(first, stop):
            if self.found.kinds[line] == MATCH:
                owner = self.found.owners[line]
                counts[owner] = counts.get(owner, 0) + self.found.counts.get(line, 1)
            context += self.found.kinds[line] == CONTEXT
        if not counts:
            return ""
        text = plural("match", sum(counts.values()))
        if self.found.counts:
            text = f"{plural('file', len(counts))}, {text}"
        elif len(counts) == 1 and (around == counts.keys() or not self.found.files[next(iter(counts))]):
            return text
        if not names:
            return text
        return f"{text}: {self._named(counts)}"

    def _named(self, counts: dict[int, int]) -> str:
        """Each name with its count; a folder once for the files that follow each other in it."""
        by_name: dict[str, list[int]] = {}
        for owner, count in counts.items():
            by_name.setdefault(self.names[owner], []).append(count)
        parts: list[str] = []
        before = ""
        rest = list(by_name.values())[self.most :]
        for name, found in list(by_name.items())[: self.most]:
            folder, _, base = name.rpartition("/")
            files = f" {len(found)} files" if not base and len(found) > 1 else ""
            said = f"{base or name}{files} {sum(found)}"
            if base and folder and folder == before:
                parts[-1] += f", {said}"
            elif base and folder:
                parts.append(f"{folder}/: {said}")
            elif parts and not before:
                parts[-1] += f", {said}"
            else:
                parts.append(said)
            before = folder if base else ""
        if rest:
            parts.append(f"{sum(map(len, rest))} more files {sum(map(sum, rest))}")
        return "; ".join(parts)
