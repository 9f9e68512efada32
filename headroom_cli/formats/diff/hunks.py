"""Where a diff's files, hunks and changed lines are: unified, combined, context and plain diffs, with what git and mail put around them.

    diff --git a/x.py b/x.py      MARK    names the file once more
    index 1111111..2222222        NOISE
    --- a/x.py                    MARK
    +++ b/x.py                    HEAD    the one line that names the file
    @@ -1,3 +1,3 @@ def run():     HUNK
     one                          CONTEXT
    -two                          CHANGED
    3,4c3                         PLACE   of plain diff: what a marker for it would say, and as short

A hunk ends where the counts of its header say, so a changed line may look like anything.
"""

from __future__ import annotations

from array import array
from sys import intern
from typing import TYPE_CHECKING

from headroom_cli.formats.diff import others
from headroom_cli.text.regex import compiled

if TYPE_CHECKING:
    import re
    from collections.abc import Sequence

__all__ = ["CHANGED", "CONTEXT", "HEAD", "HUNK", "MARK", "NOISE", "OTHER", "PLACE", "STAT", "Parsed", "Part", "parse"]

OTHER, HEAD, MARK, NOISE, HUNK, CONTEXT, CHANGED, STAT, PLACE = range(9)
_ABOUT = ("old mode", "new mode", "new file mode", "deleted file mode", "rename ", "copy ", "Binary files ", "GIT binary patch", "Submodule ")
_UNIFIED = r"^(@@+) ((?:-\d+(?:,\d+)? )+)\+(\d+)(?:,(\d+))? @@+ ?(.*)"
_OLD = r"-(\d+)(?:,(\d+))?"
_RANGE = r"^(?:\*\*\* (\d+)(?:,(\d+))? \*\*\*\*|--- (\d+)(?:,(\d+))? ----)$"
_NORMAL = r"^(\d+)(?:,(\d+))?([acd])(\d+)(?:,(\d+))?$"
_COMMIT = r"^(?:commit [0-9a-f]{7,64}|From [0-9a-f]{40} )"
_STAT = r"^ \S.* \| +(?:\d+ [+-]*|\d+|Bin .*)$"


class Part:
    """One file of the diff: lines `first` to `stop` (exclusive)."""

    __slots__ = ("first", "head", "minus", "path", "plus", "stop")

    def __init__(self, first: int) -> None:
        self.first = first
        self.stop = first + 1
        self.head = first  # the line that names it, -1 where none does
        self.path = ""
        self.plus = 0
        self.minus = 0


class Parsed:
    """Columns over lines, and the files."""

    __slots__ = ("hunks", "numbers", "owners", "parts", "roles", "sections", "signs")

    def __init__(self, size: int) -> None:
        self.roles = bytearray(size)  # OTHER: what is no part of a file's change: commits, messages, notes
        self.signs = bytearray(size)  # of CHANGED lines: +, - or | for both (a combined line that is both counts as +)
        self.numbers = array("I", bytes(4 * size))  # line of the new file, from 1
        self.owners = array("i", [-1]) * size  # index of the file
        self.hunks = array("i", [-1]) * size  # line of the hunk's header
        self.sections: dict[int, str] = {}  # line of a hunk's header -> what git wrote behind it
        self.parts: list[Part] = []


def parse(texts: Sequence[str]) -> Parsed:
    """Roles of all lines."""
    return _beside(texts) if others.beside(texts[:400]) >= 0.9 else _Reader(texts).run()


def _beside(texts: Sequence[str]) -> Parsed:
    """`diff -y` names no file: one part without a head."""
    parsed, part, number = Parsed(len(texts)), Part(0), 1
    part.head, part.stop = -1, len(texts)
    parsed.parts.append(part)
    for line, text in enumerate(texts):
        sign = others.side(text)
        parsed.owners[line], parsed.numbers[line] = 0, number
        number += sign != "<"
        parsed.roles[line] = CONTEXT if sign == " " else CHANGED
        parsed.signs[line] = ord({"<": "-", ">": "+", "|": "|"}.get(sign, " "))
        part.plus += sign in "|>" and sign != ""
        part.minus += sign in "|<" and sign != ""
    return parsed


class _Reader:
    """One pass over the lines."""

    __slots__ = ("at", "open", "parsed", "roots", "texts", "wordwise")

    def __init__(self, texts: Sequence[str]) -> None:
        self.texts = texts
        self.wordwise = others.wordwise(texts)
        self.roots = {("", "")}  # what old and new names begin with where they differ: told once
        self.parsed = Parsed(len(texts))
        self.at = 0
        self.open: Part | None = None  # the file whose header or hunks are being read

    def run(self) -> Parsed:
        while self.at < len(self.texts):
            text = self.texts[self.at]
            if text.startswith("@@"):
                self._unified(text)
            elif text.startswith("***************"):
                self._context_hunk()
            elif text[:1].isdigit() and (found := compiled(_NORMAL).match(text)) and self._fits(found):
                self._normal(found)
            elif text.startswith("diff -"):
                self._begin()
                self._mark(MARK)
            elif text.startswith(("--- ", "*** ")) and self._names_a_pair(text):
                self._pair(text)
            else:
                self._loose(text)
        for part in self.parsed.parts:
            self._name(part)
        return self.parsed

    def _mark(self, role: int) -> None:
        self.parsed.roles[self.at] = role
        if self.open is not None:
            self.parsed.owners[self.at] = len(self.parsed.parts) - 1
            self.open.stop = self.at + 1
        self.at += 1

    def _begin(self) -> None:
        self.open = Part(self.at)
        self.parsed.parts.append(self.open)

    def _names_a_pair(self, text: str) -> bool:
        """`--- a` and `+++ b`, or `*** a` and `--- b` of a context diff."""
        following = self.texts[self.at + 1] if self.at + 1 < len(self.texts) else ""
        return following.startswith("+++ " if text[0] == "-" else "--- ")

    def _pair(self, text: str) -> None:
        if self.open is None or any(role in (HUNK, HEAD) for role in self.parsed.roles[self.open.first : self.at]):
            self._begin()
        assert self.open is not None
        new, old = _file_name(self.texts[self.at + 1]), _file_name(text)
        gone = new == "/dev/null"
        self.open.path = old if gone else new
        self.open.head = self.at if gone else self.at + 1
        roots = _roots(old, new)
        tells = "/dev/null" in (old, new) or "\t1970-01-01" in text or roots not in self.roots
        self.roots.add(roots)
        self._mark(HEAD if gone or tells else MARK)
        self._mark(HEAD if not gone or tells else MARK)

    def _loose(self, text: str) -> None:
        """A line outside hunks: git's notes on a file, or what stands between files."""
        if self.open is None or self.parsed.roles[self.at - 1] in (HUNK, CONTEXT, CHANGED):
            note = text.startswith("\\ ")
            if not note:
                self.open = None
            self._mark(OTHER if not note else CHANGED if self.parsed.roles[self.at - 1] == CHANGED else CONTEXT)
            if not note and compiled(_STAT).match(text):
                self.parsed.roles[self.at - 1] = STAT
            return
        if text.startswith("index ") or text.startswith(("similarity index", "dissimilarity index")):
            self._mark(NOISE)
        elif text.startswith(_ABOUT):
            self._mark(HEAD)
            if text.startswith("GIT binary patch"):
                self._binary()
        elif text.startswith(("literal ", "delta ")):
            self._binary()
        else:
            self.open = None
            self._mark(OTHER)

    def _binary(self) -> None:
        """`literal 1234` and its lines of base 85, to the blank line."""
        while self.at < len(self.texts) and self.texts[self.at]:
            self._mark(HEAD if self.texts[self.at].startswith(("literal ", "delta ")) else NOISE)
        if self.at < len(self.texts):
            self._mark(NOISE)

    def _unified(self, text: str) -> None:
        found = compiled(_UNIFIED).match(text)
        if found is None or (self.open is None and not self._plausible()):
            self._loose(text)
            return
        if self.open is None:
            self._begin()
        signs = len(found[1]) - 1
        left = [int(count) if count else 1 for _, count in compiled(_OLD).findall(found[2])]
        added, number, head = int(found[4]) if found[4] else 1, int(found[3]), self.at
        self.parsed.sections[head] = intern(found[5].strip())
        self._mark(HUNK)
        if self.wordwise:
            self._by_words(max(added, *left), added + sum(left), head, number)
            return
        while self.at < len(self.texts) and (added > 0 or any(count > 0 for count in left)):
            line = self.texts[self.at]
            sign = line[:signs]
            if line and sign.strip(" +-") and line[0] != "\\":
                return  # cut short: the next thing begins
            self.parsed.hunks[self.at] = head
            self.parsed.numbers[self.at] = max(1, number)
            if line[:1] == "\\":
                self._mark(self.parsed.roles[self.at - 1])
                continue
            here = "-" not in sign
            added, number = added - here, number + here
            left = [count - (sign[which : which + 1] in ("-", " ", "") and (signs == 1 or here or sign[which : which + 1] == "-")) for which, count in enumerate(left)]
            self._line(sign)

    def _by_words(self, least: int, most: int, head: int, number: int) -> None:
        """Of `--word-diff` the counts say only between how many lines a hunk has."""
        first = self.at
        while self.at < len(self.texts) and self.at - first < most:
            text = self.texts[self.at]
            if text.startswith(("@@ -", "diff --git ")) or (self.at - first >= least and compiled(_COMMIT).match(text)):
                return
            self.parsed.hunks[self.at], self.parsed.numbers[self.at] = head, number
            sign = others.words(text)
            number += sign != "-"
            self._line(sign)

    def _fits(self, found: re.Match[str]) -> bool:
        """`3,4c3` and, below, as many lines with `<` and `>` as it says."""
        gone, new = _counts(found)
        below = self.texts[self.at + 1 : self.at + 1 + gone + new + (3 if gone and new else 0)]
        olds = sum(1 for text in below if text[:2] in ("< ", "<"))
        return bool(below) and below[0][:1] == ("<" if gone else ">") and olds >= min(gone, len(below))

    def _normal(self, found: re.Match[str]) -> None:
        """`3,4c3` and its lines: `< old`, `---`, `> new`."""
        if self.open is None:
            self._begin()
            assert self.open is not None
            self.open.head = -1
        head, number = self.at, int(found[4])
        left = dict(zip("<>", _counts(found), strict=True))
        self.parsed.sections[head] = ""
        self._mark(PLACE)
        while self.at < len(self.texts):
            sign = self.texts[self.at][:1]
            if sign in left and left[sign] > 0:
                left[sign] -= 1
            elif not (sign == "\\" or (self.texts[self.at] == "---" and not left["<"] and left[">"])):
                return
            self.parsed.hunks[self.at], self.parsed.numbers[self.at] = head, number
            number += sign == ">"
            if sign in left:
                self._line("+" if sign == ">" else "-")
            else:
                self._mark(PLACE)

    def _plausible(self) -> bool:
        """A hunk without a file's header: a piece of a diff, if a changed line follows soon."""
        return any(text[:1] in ("+", "-") for text in self.texts[self.at + 1 : self.at + 10])

    def _line(self, sign: str) -> None:
        part = self.open
        if part is None or not any(mark in sign for mark in "+-|"):
            self._mark(CONTEXT)
            return
        both, plus = sign == "|", "+" in sign
        part.plus += plus or both
        part.minus += not plus
        self.parsed.signs[self.at] = ord("|" if both else "+" if plus else "-")
        self._mark(CHANGED)

    def _context_hunk(self) -> None:
        """`*** 1,5 ****` and its lines, `--- 1,6 ----` and its lines."""
        if self.open is None:
            self._loose(self.texts[self.at])
            return
        head = self.at
        self.parsed.sections[head] = self.texts[self.at][15:].strip()
        self._mark(HUNK)
        number, new = 0, False
        while self.at < len(self.texts):
            text = self.texts[self.at]
            found = compiled(_RANGE).match(text)
            if found is None and text[:2] not in ("  ", "+ ", "- ", "! ") and text[:1] != "\\" and text not in ("+", "-", "!"):
                return
            self.parsed.hunks[self.at] = head
            if found is not None:
                new = found[3] is not None
                number = int(found[3] or found[1])
                self._mark(MARK)
                continue
            self.parsed.numbers[self.at] = number
            number += 1
            self._line(("+" if new else "-") if text[:1] in "+-!" and text else " ")

    def _name(self, part: Part) -> None:
        """The head and path of a file without `+++`: renamed, of a new mode, binary."""
        roles = self.parsed.roles
        if part.path or part.head < 0:
            return
        first = self.texts[part.first]
        part.path = _of_git(first)
        told = [line for line in range(part.first, part.stop) if self.texts[line].startswith(("rename to ", "copy to ", "Binary files "))]
        part.head = told[0] if told else part.first
        if not told:
            roles[part.first] = HUNK if roles[part.first] == HUNK else HEAD


def _counts(found: re.Match[str]) -> tuple[int, int]:
    """Of `3,4c3` the lines that went and those that came."""
    gone, new = (int(found[last] or found[first]) - int(found[first]) + 1 for first, last in ((1, 2), (4, 5)))
    return (0 if found[3] == "a" else gone), (0 if found[3] == "d" else new)


def _file_name(text: str) -> str:
    """`+++ b/x.py<TAB>2026-01-02 ...` -> `x.py`."""
    name = text[4:].split("\t", 1)[0].strip()
    if name.startswith('"') and name.endswith('"'):
        name = name[1:-1]
    return name[2:] if name[:2] in ("a/", "b/", "i/", "w/", "c/", "o/") else name


def _of_git(text: str) -> str:
    """`diff --git a/x.py b/x.py` -> `x.py`; of other commands the last word."""
    if text.startswith("diff --git "):
        names = text[11:]
        half = len(names) // 2
        if names[half : half + 1] == " " and names[2:half] == names[half + 3 :]:
            return names[2:half]
        return names.rpartition(" b/")[2]
    return text.rpartition(" ")[2]


def _roots(old: str, new: str) -> tuple[str, str]:
    """`click-8.1.7/click/core.py` and `click-8.1.8/click/core.py` -> what stands before the folders they share."""
    one, other = old.split("/"), new.split("/")
    while one and other and one[-1] == other[-1]:
        one.pop()
        other.pop()
    return "/".join(one), "/".join(other)
