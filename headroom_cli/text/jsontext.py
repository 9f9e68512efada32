r"""JSON as text: whitespace off without touching a token, values with their numbers as written, and where elements stand.

    {"a": 1.10,  "b": [1e400, "\u00e9"]}   ->   {"a":1.10,"b":[1e400,"\u00e9"]}

Nothing goes through a float: numbers stay the text that they were, so 1.10 and 12345678901234567890 come out as they came in.
"""

from __future__ import annotations

import re
from array import array
from collections.abc import Callable, Iterator
from functools import lru_cache
from json.decoder import JSONDecoder, scanstring  # type: ignore[attr-defined]  # in the standard library, not in its stubs
from json.encoder import encode_basestring
from typing import TYPE_CHECKING, Any

from headroom_cli.text.regex import compiled

if TYPE_CHECKING:
    from mmap import mmap

__all__ = ["Number", "Pairs", "cell", "decode", "elements", "encode", "entries", "key_path", "line_text", "minified", "minify", "shortened"]

WINDOW = 4 << 20
"""Bytes that are minified at a time."""


class Number(str):
    """A number as the source writes it."""

    __slots__ = ()


class Pairs(list):  # type: ignore[type-arg]
    """An object in which a key occurs twice."""

    __slots__ = ()


def minify(data: bytes) -> bytes:
    """Valid JSON without the whitespace between its tokens; every token is byte for byte what it was."""
    return b"".join(minified(data))


def minified(data: bytes | mmap) -> Iterator[bytes]:
    """The same in parts that end outside of strings."""
    tokens = re.compile(rb'"[^"\\]*(?:\\.[^"\\]*)*"|[^" \t\r\n]+', re.DOTALL)
    at, width = 0, WINDOW
    while at < len(data):
        stop = _outside_strings(data, at, min(len(data), at + width))
        if stop == at:  # a string longer than the window
            width *= 2
            continue
        yield b"".join(tokens.findall(data[at:stop]))
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


def elements(text: str, at: int, see: Callable[[Any], None]) -> tuple[array[int], int]:
    """Where the elements of the array at `at` start (minified text), and where it ends; `see` gets each value."""
    scan = decode()
    starts = array("Q")
    at += 1
    if text[at : at + 1] == "]":
        return starts, at + 1
    while True:
        starts.append(at)
        value, at = scan(text, at)
        see(value)
        mark = text[at : at + 1]
        at += 1
        if mark == "]":
            return starts, at
        if mark != ",":
            raise ValueError(f"no comma at {at - 1}")


def entries(text: str, at: int, see: Callable[[str, int], int]) -> int:
    """Walk the object at `at` (minified text): `see(key, place of value)` gives the value's end. Returns the object's end."""
    at += 1
    if text[at : at + 1] == "}":
        return at + 1
    while True:
        if text[at : at + 1] != '"':
            raise ValueError(f"no key at {at}")
        key, at = scanstring(text, at + 1, True)
        if text[at : at + 1] != ":":
            raise ValueError(f"no colon at {at}")
        at = see(key, at + 1)
        mark = text[at : at + 1]
        at += 1
        if mark == "}":
            return at
        if mark != ",":
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
