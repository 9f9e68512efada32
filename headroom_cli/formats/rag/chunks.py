"""Where retrieved chunks begin and end, and the sentences in them: text with heads or separators.

    [1] Ramayana                        chunk 0: head
    The epic is old.  It is long.       chunk 0: two sentences of one row
                                        blank
    [2] Valmiki                         chunk 1: head

Pieces of one row are printed on one line again where they stay together, so a chunk that stays whole is the source's own lines.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from headroom_cli.text.regex import compiled
from headroom_cli.text.sentences import spans

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["BLANK", "HEAD", "SENTENCE", "TEXT_KEYS", "Chunk", "Corpus", "Piece", "head_of", "read_text", "scheme"]

HEAD, SENTENCE, BLANK = range(3)
TEXT_KEYS = ("text", "page_content", "pageContent", "chunk_text", "content", "chunk", "passage", "snippet", "excerpt", "document", "contents", "body")
"""Keys under which records hold their text, the most usual first."""


class Piece(NamedTuple):
    """What is kept or cut as one: a head, a sentence, a blank line. Pieces of one row stand on one line."""

    text: str
    row: int
    first: int  # lines of the source that it stands for, from 0, last included
    last: int
    chunk: int  # -1: before the first
    role: int


class Chunk(NamedTuple):
    """Pieces `start` to `stop` (exclusive): one retrieved passage."""

    start: int
    stop: int
    title: str
    text: str
    score: float | None = None


class Corpus(NamedTuple):
    """The pieces of a document in source order, and which of them are one chunk."""

    pieces: list[Piece]
    chunks: list[Chunk]
    facts: tuple[str, ...] = ()
    on_lines: bool = True  # False: several chunks on one line of the source, which are named by their number then


_NAMED = r"^(?P<head>[\W_]{0,6}(?:document|doc|chunk|passage|source|result|context|excerpt|snippet)s?\s*(?:#|no\.?|id:?)?\s*\[?(?P<number>\d{1,6})\]?\s*(?:\((?P<title>[^\n]{0,200}?)\)(?=[\s:.-]|$))?\s*[:.)\]-]*\s*)(?P<rest>.*)$"
_NUMBERED = r"^(?P<head>\[(?P<number>\d{1,6})\](?:\s+|$))(?P<rest>.*)$"
_TAGGED = r"^(?P<head>\s*<(?:document|doc|chunk|passage|result|context|snippet)\b(?P<title>[^>]*)>\s*)(?P<rest>.*)$"
_LINED = r"^(?P<head>(?:-{3,}|={3,}|\*{3,}|#{3,}|~{3,})\s*)$"
_FIELD = r"^[A-Za-z][\w .-]{0,24}: ?\S.{0,160}$"
_CLOSED = r"^\s*</\w+>\s*$"
LONGEST_TITLE = 160
"""Characters from which what follows a number is text, not a title."""


def head_of(pattern: str, line: str) -> re.Match[str] | None:
    """Whether a chunk begins with `line`."""
    return compiled(pattern, re.IGNORECASE).match(line)


def scheme(lines: Sequence[str]) -> tuple[str, int]:
    """The pattern of the chunks' heads and how many begin with one; "" where blank lines are all there is between them."""
    for pattern in (_NAMED, _TAGGED, _NUMBERED):
        found = [match for line in lines if (match := compiled(pattern, re.IGNORECASE).match(line))]
        if len(found) < 2:
            continue
        if pattern != _TAGGED:
            numbers = [int(match["number"]) for match in found]
            rising = sum(1 for place in range(1, len(numbers)) if numbers[place] == numbers[place - 1] + 1)
            if rising < 0.7 * (len(numbers) - 1):
                continue
        return pattern, len(found)
    found = [match for line in lines if (match := compiled(_LINED, re.IGNORECASE).match(line))]
    return (_LINED, len(found)) if len(found) >= 2 else ("", 0)


def read_text(lines: Sequence[str]) -> Corpus:
    """The chunks of a text: by heads, by separators, else by blank lines."""
    pattern, _ = scheme(lines)
    pieces: list[Piece] = []
    starts: list[int] = []
    titles: list[str] = []
    fields = False  # a chunk's first lines `Source: a.md` belong to its head
    for row, line in enumerate(lines):
        match = compiled(pattern, re.IGNORECASE).match(line) if pattern else None
        blank = not line.strip()
        if match is not None or (not pattern and not blank and (not pieces or pieces[-1].role == BLANK)):
            starts.append(len(pieces))
            titles.append("")
            fields = pattern in (_LINED, _TAGGED, _NAMED)
        chunk = len(starts) - 1
        if match is not None:
            rest = _open(match, line, row, chunk, pieces)
            titles[chunk] = (match.groupdict().get("title") or "") + (f" {line}" if not rest else "")
            fields = fields and not rest
        elif blank or compiled(_CLOSED, re.IGNORECASE).match(line):
            pieces.append(Piece(line, row, row, row, chunk, BLANK))
        elif fields and chunk >= 0 and compiled(_FIELD, re.IGNORECASE).match(line):
            titles[chunk] += f" {line}"
            pieces.append(Piece(line, row, row, row, chunk, HEAD))
        else:
            fields = False
            pieces += [Piece(text, row, row, row, chunk, SENTENCE) for text in spans(line)]
    return Corpus(pieces, _chunks(pieces, starts, titles))


def _open(match: re.Match[str], line: str, row: int, chunk: int, pieces: list[Piece]) -> bool:
    """Add a head's line: as a whole where it is a title, else its number apart from the sentences. Whether it has sentences."""
    rest = match.groupdict().get("rest") or ""
    if not rest.strip() or (len(rest) <= LONGEST_TITLE and not (match.groupdict().get("title") and len(rest) > 40)):
        pieces.append(Piece(line, row, row, row, chunk, HEAD))
        return False
    pieces.append(Piece(match["head"], row, row, row, chunk, HEAD))
    pieces += [Piece(text, row, row, row, chunk, SENTENCE) for text in spans(rest)]
    return True


def _chunks(pieces: Sequence[Piece], starts: Sequence[int], titles: Sequence[str]) -> list[Chunk]:
    stops = [*starts[1:], len(pieces)]
    return [
        Chunk(start, stop, title.strip(), " ".join(piece.text.strip() for piece in pieces[start:stop] if piece.role == SENTENCE))
        for start, stop, title in zip(starts, stops, titles, strict=True)
    ]
