"""Retrieved chunks as JSON: an array, JSON lines, or an object with an array, of texts or of records with a text.

    {"id": "a7", "text": "The epic is old. It is long.", "score": 0.9}   ->   {"id":"a7","score":0.9}
                                                                             The epic is old. It is long.

A record becomes its head, which is all of it but text and embedding, and the lines of its text without JSON's escapes.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator
from functools import lru_cache
from math import isfinite
from typing import Any, NamedTuple

from headroom_cli.formats.rag.chunks import BLANK, HEAD, SENTENCE, TEXT_KEYS, Chunk, Corpus, Piece
from headroom_cli.text.jsontext import Number, decode, encode
from headroom_cli.text.sentences import spans

__all__ = ["read_records"]

_HOLDERS = ("node", "metadata", "payload", "document", "doc", "chunk", "fields", "_source")
_TITLES = ("title", "name", "heading", "section", "header")
_SCORES = ("score", "relevance_score", "relevance", "similarity", "_score", "@search.score")
LEAST_NUMBERS = 16
"""Numbers in a list from which it is an embedding."""


class _Value(NamedTuple):
    """One element: its value and where it stands in the text."""

    value: Any
    start: int
    stop: int


@lru_cache(maxsize=1)
def _blanks() -> re.Pattern[str]:
    return re.compile(r"[ \t\r\n]*")


def _skip(text: str, at: int) -> int:
    found = _blanks().match(text, at)
    return found.end() if found else at


def read_records(text: str) -> Corpus | None:
    """The chunks in a JSON text; None where its elements have no text. ValueError where it is no JSON, RecursionError where it is too deep."""
    other, values = _elements(text)
    if sum(1 for each in values if _text_path(each.value) is not None) < max(1, len(values) // 2):
        return None
    newlines = [found.start() for found in re.finditer("\n", text)]
    pieces: list[Piece] = []
    chunks: list[Chunk] = []
    facts = {"JSON syntax": None}
    if other:
        pieces.append(Piece(_line(encode(other)), 0, 0, 0, -1, HEAD))
    for number, each in enumerate(values):
        first, last = bisect_right(newlines, each.start - 1), bisect_right(newlines, max(each.start, each.stop - 1) - 1)
        chunks.append(_add(each.value, number, first, last, pieces, facts))
    on_lines = all(one.last < other.first for one, other in zip(_heads(pieces, chunks), _heads(pieces, chunks)[1:], strict=False))
    return Corpus(pieces, chunks, ("cut: " + ", ".join(facts),), on_lines)


def _heads(pieces: list[Piece], chunks: list[Chunk]) -> list[Piece]:
    return [pieces[chunk.start] for chunk in chunks]


def _elements(text: str) -> tuple[dict[str, Any], list[_Value]]:
    """The elements of the array, of the object's array, or of the lines; and what else the object has."""
    at = _skip(text, 0)
    if text[at : at + 1] == "[":
        values, end = _array(text, at)
        if _skip(text, end) != len(text):
            raise ValueError(f"more after the array at {end}")
        return {}, values
    values = list(_sequence(text, at))
    if len(values) == 1 and type(values[0].value) is dict:
        return _inside(text, values[0])
    return {}, values


def _sequence(text: str, at: int) -> Iterator[_Value]:
    """Values one after the other: JSON lines and concatenated JSON."""
    scan = decode()
    while at < len(text):
        value, end = scan(text, at)
        yield _Value(value, at, end)
        at = _skip(text, end)


def _array(text: str, at: int) -> tuple[list[_Value], int]:
    scan = decode()
    values: list[_Value] = []
    at = _skip(text, at + 1)
    while text[at : at + 1] != "]":
        value, end = scan(text, at)
        values.append(_Value(value, at, end))
        at = _skip(text, end)
        if text[at : at + 1] == ",":
            at = _skip(text, at + 1)
        elif text[at : at + 1] != "]":
            raise ValueError(f"no comma at {at}")
    return values, at + 1


def _inside(text: str, whole: _Value) -> tuple[dict[str, Any], list[_Value]]:
    """The object's first array of records with texts, found again in the text; else the object is the one record."""
    if _text_path(whole.value) is not None:
        return {}, [whole]
    scan, at = decode(), _skip(text, whole.start + 1)
    while text[at : at + 1] == '"':
        key, end = scan(text, at)
        at = _skip(text, _skip(text, end) + 1)
        value, end = scan(text, at)
        if type(value) is list and len(value) > 1 and all(_text_path(each) is not None for each in value):
            return {name: own for name, own in whole.value.items() if name != key}, _array(text, at)[0]
        at = _skip(text, end)
        at = _skip(text, at + 1) if text[at : at + 1] == "," else at
    return {}, [whole]


def _text_path(value: Any) -> tuple[str, ...] | None:
    """The keys that lead to a record's text; () where it is one, None where there is none."""
    if type(value) is str:
        return ()
    if type(value) is not dict:
        return None
    for key in TEXT_KEYS:
        if type(value.get(key)) is str:
            return (key,)
    for holder in _HOLDERS:
        inner = value.get(holder)
        if type(inner) is dict and (path := _text_path(inner)) is not None:
            return (holder, *path)
    return None


def _add(value: Any, number: int, first: int, last: int, pieces: list[Piece], facts: dict[str, None]) -> Chunk:
    """Add the pieces of one record."""
    start, row = len(pieces), pieces[-1].row + 1 if pieces else 0
    path = _text_path(value)
    if path is None:
        pieces.append(Piece(_line(encode(value)), row, first, last, number, HEAD))
        return Chunk(start, start + 1, "", "")
    text: Any = value
    for key in path:
        text = text[key]
    rest = _without(value, path, facts) if path else {}
    pieces.append(Piece(_line(encode(rest)) if rest else f"$[{number}]", row, first, last, number, HEAD))
    for line in str(text).replace("\r\n", "\n").split("\n"):
        row += 1
        role = SENTENCE if line.strip() else BLANK
        pieces += [Piece(_line(part), row, first, last, number, role) for part in (spans(line) if line.strip() else ("",))]
    return Chunk(start, len(pieces), _title(rest), str(text), _score(value))


def _score(value: Any) -> float | None:
    for key in _SCORES if type(value) is dict else ():
        if type(value.get(key)) is Number and isfinite(score := float(value[key])):
            return score
    return None


def _without(value: dict[str, Any], path: tuple[str, ...], facts: dict[str, None]) -> dict[str, Any]:
    """A record without its text and its embeddings."""
    out: dict[str, Any] = {}
    for key, own in value.items():
        if key == path[0]:
            if len(path) > 1 and (inner := _without(own, path[1:], facts)):
                out[key] = inner
        elif type(own) is list and len(own) >= LEAST_NUMBERS and all(type(each) is Number for each in own):
            facts["embeddings"] = None
        else:
            out[key] = own
    return out


def _title(rest: dict[str, Any]) -> str:
    inner = rest.get("metadata")
    for record in (rest, inner if type(inner) is dict else {}):
        for key in _TITLES:
            if type(record.get(key)) is str and record[key]:
                return str(record[key])
    return ""


@lru_cache(maxsize=1)
def _unprintable() -> re.Pattern[str]:
    return re.compile("[\x00-\x08\x0a-\x1f\x7f\ud800-\udfff]")


def _line(text: str) -> str:
    """`text` as one line that can be encoded: control characters and lone surrogates as JSON writes them."""
    return _unprintable().sub(lambda found: f"\\u{ord(found.group()):04x}", text)
