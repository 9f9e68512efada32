"""What the markers of a diff say: files that went to a note, changed lines that are hidden, where the next kept line stands.

    [L12-19: line 86, def send(self, request):]
    [L120-9000: package-lock.json +812 -644; line 4]
    [L300-420: +31 -12 in 2 hunks; 1 file: src/cart.py; line 9]
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING

from headroom_cli.draft import plural
from headroom_cli.formats.diff.hunks import CHANGED, CONTEXT, HUNK, PLACE, Parsed

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from headroom_cli.stages.sheet import Sheet

__all__ = ["Notes"]

MOST_NAMES = 120
"""Files written by tools that one marker names; of more, their folders."""
MOST_TEXT = 60
MOST_SAID = 5_000


@lru_cache(maxsize=1)
def _definition() -> re.Pattern[str]:
    return re.compile(
        r"^.\s*(?:(?:export|default|public|private|protected|internal|static|final|abstract|async|pub(?:\(\w+\))?|unsafe|override|open|data|sealed) )*"
        r"(?:def|class|func|fn|function|interface|struct|enum|impl|trait|module|namespace|object) ?\*? ?[\w$(<]"
    )


class Notes:
    """Writes a gap's marker. Called for each gap of each rendering, so of MOST_SAID gaps it remembers what it has said."""

    __slots__ = ("by_tool", "parsed", "places", "said", "sheet", "texts")

    def __init__(self, sheet: Sheet, parsed: Parsed, texts: Sequence[str], by_tool: Collection[int]) -> None:
        self.sheet = sheet
        self.parsed = parsed
        self.texts = texts
        self.by_tool = by_tool  # files whose lines are not counted one by one
        self.places = parsed.sections  # hunk -> the function it is in, where that is another than of the one before
        self.said: dict[tuple[int, int, str], bytes] = {}
        self._find_places()

    def _find_places(self) -> None:
        """A function is told once for the hunks of a file that follow each other in it."""
        owner, before = -1, ""
        for head, section in self.places.items():
            place, line = section, head + 1
            while line < len(self.texts) and self.parsed.roles[line] == CONTEXT:
                if _definition().match(self.texts[line]):
                    place = self.texts[line][1:].strip()
                line += 1
            if self.parsed.owners[head] != owner:
                owner, before = self.parsed.owners[head], ""
            self.places[head] = "" if place == before else place
            before = place

    def __call__(self, marker: bytes, first: int, stop: int) -> bytes:
        terms = self.sheet.draft.terms
        if terms == "bare":
            return marker
        key = (first, stop, terms)
        found = self.said.get(key)
        if found is None:
            parts = self._parts(first, stop, names=terms == "full")
            place = marker[1 : min(at for at in (marker.find(b":"), marker.find(b"]")) if at > 0)].decode()
            found = (f"[{place}: {'; '.join(parts)}]" if parts else f"[{place}]").encode("utf-8", "surrogateescape")
            if len(self.said) < MOST_SAID:
                self.said[key] = found
        return found

    def _parts(self, first: int, stop: int, *, names: bool) -> list[str]:
        tools, plus, minus, hunks = dict.fromkeys(self.parsed.owners[first:stop]).keys() & self.by_tool, 0, 0, set()
        for line in range(first, stop):
            if self.parsed.roles[line] == CHANGED and self.parsed.owners[line] not in tools:
                plus += self.parsed.signs[line] in b"+|"
                minus += self.parsed.signs[line] in b"-|"
                hunks.add(self.parsed.hunks[line])
        parts = [*self._by_tools(sorted(tools), names=names)]
        if plus + minus:
            parts.append(f"+{plus} -{minus}" + (f" in {len(hunks)} hunks" if len(hunks) > 1 else ""))
        hidden = self.sheet.draft.hidden(first, stop)
        if hidden:
            shown = ", ".join(_clean(self.sheet.draft.name(block)) for block in hidden[:3]) + (", ..." if len(hidden) > 3 else "")
            parts.append(plural("file", len(hidden)) + (f": {shown}" if names else ""))
        return [*parts, *self._position(first, stop)]

    def _by_tools(self, owners: Sequence[int], *, names: bool) -> list[str]:
        counts: dict[str, tuple[int, int, int]] = {}
        for owner in owners:
            part = self.parsed.parts[owner]
            name = part.path if len(owners) <= MOST_NAMES else part.path.rpartition("/")[0] + "/"
            files, plus, minus = counts.get(name, (0, 0, 0))
            counts[name] = (files + 1, plus + part.plus, minus + part.minus)
        if owners and not names:
            plus, minus = sum(count[1] for count in counts.values()), sum(count[2] for count in counts.values())
            return [f"{len(owners)} written by tools +{plus} -{minus}"]
        return [", ".join(f"{_clean(name, 200)}{f' {files} files' if files > 1 else ''} +{plus} -{minus}" for name, (files, plus, minus) in counts.items())] if owners else []

    def _position(self, first: int, stop: int) -> list[str]:
        """Where the line after the gap stands, if a hunk's header is in the gap."""
        head = self.parsed.hunks[stop] if stop < len(self.texts) else -1
        if not first <= head < stop or self.parsed.roles[head] not in (HUNK, PLACE):
            return []
        place = _quoted(self.places.get(head, ""))
        return [f"line {self.parsed.numbers[stop]}" + (f", {place}" if place else "")]


def _clean(text: str, most: int = MOST_TEXT) -> str:
    """A name as a marker can hold it: a bracket would end the marker."""
    text = " ".join(text.replace("]", ")").replace("[", "(").split())
    return text if len(text) <= most else text[: most - 3] + "..."


def _quoted(text: str) -> str:
    """A line's words as they are, up to their first bracket and not too long."""
    text = " ".join(text.split())
    cut = min((at for sign in "[]" if (at := text.find(sign)) >= 0), default=len(text))
    return text if cut == len(text) <= MOST_TEXT else text[: min(cut, MOST_TEXT - 3)].rstrip() + "..."
