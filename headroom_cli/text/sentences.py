"""Sentences as spans, and whether one can hold the answer to a question of its kind.

    "Dr. Ray left in 1981.  Then ... . "  ->  ["Dr. Ray left in 1981.  ", "Then ... . "]
    "when did Ray leave?"                 ->  a sentence with a date may answer it
"""

from __future__ import annotations

import re
from collections.abc import Callable

from headroom_cli.text.prose import sentences
from headroom_cli.text.regex import compiled

__all__ = ["answers", "spans"]

LONGEST = 600
"""Characters from which a sentence without an end is cut at clauses: tables and lists flattened into one line."""
_CLAUSE = r"(?<=[;:|•·])\s+|(?<=,)\s+(?=[A-Z\d])"
_STOP = r"(?<=[。！？])(?![。！？」』”’）\s])"  # writings without blanks
_DATE = (
    r"\b(?:1[0-9]|20)\d\d\b|\b(?:January|February|March|April|May|June|July|August|September|October|November|December|Monday|Tuesday|Wednesday|"
    r"Thursday|Friday|Saturday|Sunday)\b|\b\d{1,2}(?:st|nd|rd|th) century\b|\b\d{4}-\d\d-\d\d\b"
)
_NAME = r"(?<=[a-z0-9,;:'\"(-] )[\"'(]?[A-Z][\w'’.-]+|^[A-Z]\w+ [A-Z]\w+"
_NUMBER = r"\d|\b(?:two|three|four|five|six|seven|eight|nine|ten|dozen|hundred|thousand|million|twice|once)\b"
_KINDS = (
    (r"\b(?:when|what (?:year|date|day|month)|which year|since when|how old)\b", _DATE),
    (r"\b(?:how (?:many|much|long|far|high|tall|big|large|often|fast)|what (?:number|percentage|share|size|version|port))\b", _NUMBER),
    (r"\b(?:who|whom|whose)\b", _NAME),
    (r"\b(?:where|which (?:city|country|state)|what (?:city|country|state|place))\b", r"\b(?:in|at|near|from|on|of|to) (?:the )?[A-Z]\w+"),
    (r"\bwhy\b", r"\b(?:because|since|due to|so that|therefore|as a result|caused|in order to)\b"),
)


def spans(text: str) -> list[str]:
    """The sentences of one line, blanks after them included: joined they are the line. Overlong ones are cut at clauses."""
    out: list[str] = []
    parts = sentences(text)
    if not text.isascii():
        parts = [part for sentence in parts for part in compiled(_STOP).split(sentence) if part]
    for sentence in parts:
        if len(sentence) <= LONGEST:
            out.append(sentence)
            continue
        at = 0
        for found in compiled(_CLAUSE).finditer(sentence):
            if found.end() - at >= LONGEST // 2:
                out.append(sentence[at : found.end()])
                at = found.end()
        out.append(sentence[at:])
    return [piece for piece in out if piece] or [text]


def answers(question: str) -> Callable[[str], bool]:
    """A test of sentences by what the question asks for: a date, a number, a name, a place, a reason; never true for other questions."""
    for asked, wanted in _KINDS:
        if compiled(asked, re.IGNORECASE).search(question):
            search = compiled(wanted).search
            return lambda sentence: search(sentence) is not None
    return lambda _sentence: False
