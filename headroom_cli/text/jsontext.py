r"""JSON as it is written: whitespace off without touching a token, values with their numbers as written, and where elements stand.

    {"a": 1.10,  "b": [1e400, "\u00e9"]}   ->   {"a":1.10,"b":[1e400,"\u00e9"]}

Nothing goes through a float: numbers stay the text that they were, so 1.10 and 12345678901234567890 come out as they came in. The
bytes of a source are never one string: values are read through windows, and all places are offsets of bytes.
"""

from __future__ import annotations

import re
from array import array
from collections.abc import Callable, Iterator
from functools import lru_cache
from json.decoder import JSONDecodeError, JSONDecoder
from json.encoder import encode_basestring
from typing import TYPE_CHECKING, Any

from headroom_cli.text.regex import compiled

if TYPE_CHECKING:
    from mmap import mmap

__all__ = [
    "JsonText", "Number", "Pairs", "cell", "compact", "decode", "elements", "encode", "entries", "key_path", "line_text", "minify", "shortened",
]  # fmt: skip

WINDOW = 256 << 10
"""Bytes that are minified or decoded at a time."""
TOKEN = 16
"""Characters before the end of a window in which an error may be that of a token that goes on after it."""


class Number(str):
    """A number as the source writes it."""

    __slots__ = ()


class Pairs(list):  # type: ignore[type-arg]
    """An object in which a key occurs twice."""

    __slots__ = ()


def minify(data: bytes) -> bytes:
    """Valid JSON without the whitespace between its tokens; every token is byte for byte what it was."""
    return bytes(compact(data).data)


def compact(data: bytes | mmap) -> JsonText:
    """The same to be read value by value; without a copy where there is hardly any whitespace but at the end."""
    out: bytearray | None = None
    done = 0
    for part, stop in _minified(data):
        if out is None and len(part) < stop - done:
            if stop == len(data) and data[done : done + len(part)] == part:  # blanks at the end
                return JsonText(data, done + len(part))
            out = bytearray(data[:done])
        if out is not None:
            out += part
        done = stop
    return JsonText(data if out is None else out)


def _minified(data: bytes | mmap) -> Iterator[tuple[bytes, int]]:
    """Parts without whitespace, and where each ends in `data`: outside of strings."""
    tokens = re.compile(rb'"[^"\\]*(?:\\.[^"\\]*)*"|[^" \t\r\n]+', re.DOTALL)
    at, width = 0, WINDOW
    while at < len(data):
        stop = _outside_strings(data, at, min(len(data), at + width))
        if stop == at:  # a string longer than the window
            width *= 2
            continue
        yield b"".join(tokens.findall(data[at:stop])), stop
        at, width = stop, WINDOW


def _outside_strings(data: bytes | mmap, first: int, stop: int) -> int:
    """The last place up to `stop` that is not inside a string; `first` is outside."""
    if stop == len(data):
        return stop
    window = data[first:stop]
    escaped = re.findall(rb"\\.", window, re.DOTALL) if b"\\" in window else []
    if (window.count(b'"') - escaped.count(b'\\"')) % 2 == 0:
        return stop
    last = 0
    for found in re.finditer(rb'"|\\.', window, re.DOTALL):
        if found.group() == b'"':
            last = found.start()
    return first + last


def _object(pairs: list[tuple[str, Any]]) -> Any:
    made = dict(pairs)
    return made if len(made) == len(pairs) else Pairs(pairs)


@lru_cache(maxsize=1)
def decode() -> Callable[[str, int], tuple[Any, int]]:
    """A function from text and place to the value there and its end. ValueError where there is none, RecursionError where it is too deep."""
    decoder = JSONDecoder(parse_int=Number, parse_float=Number, parse_constant=Number, object_pairs_hook=_object)
    scan: Callable[[str, int], tuple[Any, int]] = decoder.raw_decode
    return scan


class JsonText:
    """Bytes of JSON, read value by value through a window: no more of them is a string than one window, or one value."""

    __slots__ = ("_at", "_char", "_text", "_whole", "data", "size")

    def __init__(self, data: bytes | bytearray | mmap, size: int | None = None) -> None:
        self.data = data
        self.size = len(data) if size is None else size  # bytes; what is behind them is whitespace
        self._text = ""  # the window
        self._whole = True  # it reaches to the end
        self._at = self._char = -1  # a byte of it and which character that is: after the last value

    def mark(self, at: int) -> bytes:
        """The byte at `at`, b"" behind the end."""
        return bytes(self.data[at : at + 1]) if at < self.size else b""

    def piece(self, first: int, stop: int) -> str:
        """Bytes `first` to `stop` (exclusive) as text. ValueError where they are no UTF-8."""
        return str(self.data[first:stop], "utf-8")

    def value(self, first: int, stop: int) -> Any:
        """The value at `first`, which ends before `stop`."""
        return decode()(self.piece(first, stop), 0)[0]

    def scan(self, at: int) -> tuple[Any, int]:
        """The value at `at`, and its end. ValueError where there is none, RecursionError where it is too deep."""
        width = WINDOW
        place = self._place(at)
        while True:
            if place < 0:
                self._load(at, width)
                place = 0
            try:
                value, end = decode()(self._text, place)
                left = len(self._text) - end
                if self._whole or left >= TOKEN or (left and type(value) is not Number):  # `1` may be the start of `1.5e3`
                    break
            except JSONDecodeError as error:
                cut = error.pos >= len(self._text) - TOKEN or error.msg.startswith("Unterminated string")
                if self._whole or not cut:
                    raise
            width = width if place else 2 * width  # the value goes on behind the window
            place = -1
        taken = self._text[place:end]
        self._at = at + (len(taken) if taken.isascii() else len(taken.encode()))
        self._char = end
        return value, self._at

    def _place(self, at: int) -> int:
        """Which character of the window the byte `at` is; -1 where that is not known: only signs stand between it and the last value."""
        near = at - self._at
        return self._char + near if self._at >= 0 and 0 <= near <= TOKEN and self._char + near < len(self._text) else -1

    def _load(self, at: int, width: int) -> None:
        stop = min(self.size, at + width)
        data = bytes(self.data[at:stop])
        if stop < self.size:  # not inside a character
            lead = next((back for back in range(1, 5) if data[-back] & 0xC0 != 0x80), 1)
            data = data if data[-lead] < 0xC0 else data[:-lead]
        self._text, self._whole = data.decode(), stop == self.size


def elements(text: JsonText, at: int, see: Callable[[Any], None]) -> tuple[array[int], int]:
    """Where the elements of the array at `at` start (minified text), and where it ends; `see` gets each value."""
    starts = array("Q")
    at += 1
    if text.mark(at) == b"]":
        return starts, at + 1
    while True:
        starts.append(at)
        value, at = text.scan(at)
        see(value)
        mark = text.mark(at)
        at += 1
        if mark == b"]":
            return starts, at
        if mark != b",":
            raise ValueError(f"no comma at {at - 1}")


def entries(text: JsonText, at: int, see: Callable[[str, int], int]) -> int:
    """Walk the object at `at` (minified text): `see(key, place of value)` gives the value's end. Returns the object's end."""
    at += 1
    if text.mark(at) == b"}":
        return at + 1
    while True:
        if text.mark(at) != b'"':
            raise ValueError(f"no key at {at}")
        key, at = text.scan(at)
        if text.mark(at) != b":":
            raise ValueError(f"no colon at {at}")
        at = see(key, at + 1)
        mark = text.mark(at)
        at += 1
        if mark == b"}":
            return at
        if mark != b",":
            raise ValueError(f"no comma at {at - 1}")


def _quoted(text: str) -> str:
    """A JSON string; what is no character by itself, and line ends of other alphabets, as escapes."""
    return compiled("[\x7f-\x9f\u2028\u2029\ud800-\udfff]").sub(lambda found: f"\\u{ord(found.group()):04x}", encode_basestring(text))


def encode(value: Any, limit: int = 0) -> str:
    """Compact JSON of `value`; strings over `limit` characters lose their middle (0: none does)."""
    if type(value) is str:
        return _quoted(shortened(value, limit))
    if value is None or value is True or value is False:
        return "null" if value is None else "true" if value else "false"
    if type(value) is Number:
        return str(value)
    if type(value) is list:
        return "[" + ",".join([encode(each, limit) for each in value]) + "]"
    pairs = value if type(value) is Pairs else value.items()
    return "{" + ",".join([_quoted(key) + ":" + encode(each, limit) for key, each in pairs]) + "}"


def shortened(text: str, limit: int) -> str:
    """`text` without its middle where it has more than `limit` characters."""
    if not limit or len(text) <= limit + 30:
        return text
    tail = limit // 4
    head = limit - tail
    return f"{text[:head]}[... {len(text) - limit} characters ...]{text[-tail:]}"


_PLAIN = r"[^\s,\"\[{$=?\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff][^,\"\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]*(?<!\s)"
_PLAIN_LINE = r"[^\s\"\[{\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff][^\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]*(?<!\s)"
_OTHER = r"-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?|null|true|false|NaN|-?Infinity|-"


def cell(value: Any, limit: int = 0) -> str:
    """`value` as one cell of a row: a string without quotes where it cannot be taken for anything else, all others as JSON."""
    if type(value) is not str:
        return encode(value, limit)
    text = shortened(value, limit)
    return text if compiled(_PLAIN).fullmatch(text) and not compiled(_OTHER).fullmatch(text) else _quoted(text)


def line_text(value: Any, limit: int = 0) -> str:
    """`value` as the rest of a line: as a cell, but commas and quotes need none."""
    if type(value) is not str:
        return encode(value, limit)
    text = shortened(value, limit)
    return text if compiled(_PLAIN_LINE).fullmatch(text) and not compiled(_OTHER).fullmatch(text) else _quoted(text)


@lru_cache(maxsize=4096)
def key_path(key: str) -> str:
    """`key` as a segment of a column's name or a locator: `name`, `"a.b"`."""
    return key if compiled(r"[^\W\d][\w-]*").fullmatch(key) else _quoted(key)
