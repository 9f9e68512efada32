"""Long JSON in one line of a log: what names and judges stays, the insides of long arrays and of dull values go.

    {"id":7,"items":[{"sku":"a"}, ... 60 more ... ,{"sku":"z"}],"status":"failed"}
    {"id":7,"items":[{"sku":"a"},[... 900 characters ...],{"sku":"z"}],"status":"failed"}
"""

from __future__ import annotations

from functools import lru_cache

from headroom_cli.text.records import Column, worth
from headroom_cli.text.regex import compiled

__all__ = ["is_long_json", "shortened"]

LONG = 400
"""Characters of a line from which it is looked at."""
TOO_LONG = 1_600
"""Characters that a line may still have; where it has more, the general rule takes its middle out."""
LEAST_GAP = 60
"""Characters that a gap saves at least: it costs some twenty itself."""
MOST_GAPS = 40
DEEPEST = 60
_TELLS = r"(?i)\b(?:err(?:or|ors)?|fail\w*|critical|fatal|exception|denied|refused|timed? ?out|panic)\b"
_TOKEN = r'"(?:[^"\\]|\\.)*"|[{}\[\],:]|[^\s{}\[\],:"]+'
_BEGINS = r'\{"|\[\{"|\["|\{ "|\[ ?\{ ?"'


def is_long_json(text: str) -> bool:
    """Whether a line's body looks like long JSON, alone or behind what introduces it."""
    return len(text) > LONG and text.rstrip()[-1:] in ("}", "]") and compiled(_BEGINS).search(text, 0, 400) is not None


def shortened(text: str, gentle: bool = False) -> str | None:
    """`text` with gaps `[... N characters ...]`; None where it does not become shorter by a quarter or is no JSON. `gentle`: evidence,
    of which only what the general rule would not leave either is cut."""
    begin = compiled(_BEGINS).search(text, 0, 400)
    if begin is None or "[... " in text or (gentle and len(text) <= TOO_LONG):
        return None
    for limit, few in ((240, 3), (80, 2)):
        gaps = _gaps(text, begin.start(), limit, few)
        if gaps is None:
            return None
        out = _render(text, gaps)
        if len(out) <= TOO_LONG:
            return out if len(out) <= 0.75 * len(text) else None
    return None


class _Open:
    """An open array or object while it is read."""

    __slots__ = ("array", "elements", "key", "start", "value")

    def __init__(self, array: bool, start: int, key: str) -> None:
        self.array = array
        self.start = start
        self.key = key if array else ""  # of an array: its own; of an object: the last one read
        self.value = start + 1
        self.elements: list[tuple[int, int]] = []


def _gaps(text: str, begin: int, limit: int, few: int) -> list[tuple[int, int]] | None:
    """Spans to leave out, in order, none inside another; None where the brackets do not match."""
    stack: list[_Open] = []
    gaps: list[tuple[int, int]] = []
    before = ""
    for token in compiled(_TOKEN).finditer(text, begin):
        sign = token.group()
        if sign in ("{", "["):
            stack.append(_Open(sign == "[", token.start(), stack[-1].key if stack else ""))
            stack[-1].value = token.end()
            if len(stack) > DEEPEST:
                return None
        elif sign in ("}", "]"):
            if not stack or stack[-1].array != (sign == "]"):
                return None
            done = stack.pop()
            if done.array:
                done.elements.append((done.value, token.start()))
                _middle(text, done.elements, few, gaps)
            if not stack:
                return _outermost(gaps)
        elif not stack:
            return None
        elif sign == ",":
            if stack[-1].array:
                stack[-1].elements.append((stack[-1].value, token.start()))
            stack[-1].value = token.end()
        elif sign == ":":
            stack[-1].key = before.strip('"')
        elif sign[0] == '"':
            before = sign
            most = limit if _worth(stack[-1].key) >= 2.4 else limit // 4
            if len(sign) > most + LEAST_GAP and not compiled(r"\s*:").match(text, token.end()):
                gaps.append((token.start() + 1 + most * 3 // 4, token.end() - 1 - most // 4))
    return None


def _outermost(gaps: list[tuple[int, int]]) -> list[tuple[int, int]]:
    out: list[tuple[int, int]] = []
    for gap in sorted(gaps, key=lambda gap: (gap[0], -gap[1])):
        if not out or gap[0] >= out[-1][1]:
            out.append(gap)
    return out


@lru_cache(maxsize=4096)
def _worth(key: str) -> float:
    return worth(Column(key), 1)


def _middle(text: str, elements: list[tuple[int, int]], few: int, gaps: list[tuple[int, int]]) -> None:
    """Leave the middle of an array out, but for up to five elements in it that sound like a failure."""
    if len(elements) <= few:
        return
    telling = [place for place in range(few - 1, len(elements) - 1) if compiled(_TELLS).search(text, *elements[place])]
    stays = {*range(few - 1), *telling[:5], len(elements) - 1}
    first = -1
    for place, (start, _) in enumerate(elements):
        if place in stays:
            if first >= 0 and start - first >= LEAST_GAP:
                gaps.append((first, elements[place - 1][1]))
            first = -1
        elif first < 0:
            first = start


def _render(text: str, gaps: list[tuple[int, int]]) -> str:
    out, at = [], 0
    for first, stop in gaps[:MOST_GAPS]:
        out += [text[at:first], f"[... {stop - first} characters ...]"]
        at = stop
    return "".join([*out, text[at:]])
