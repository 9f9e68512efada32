r"""What `rg --json` prints, as rg prints it for people: the file as a heading, number and text of each line.

    {"type":"match","data":{"path":{"text":"a.py"},"lines":{"text":"def f():\n"},"line_number":3,...}}   ->   3:def f():
    {"type":"end","data":{"path":{"text":"a.py"},"stats":...}}                                         ->   (blank)
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["Event", "Events", "read_event"]


class Event:
    """One line of `rg --json`. `kind`: begin, match, context, end; "" for what is none of them."""

    __slots__ = ("kind", "number", "path", "text")

    def __init__(self, kind: str = "", path: str = "", number: int = 0, text: str = "") -> None:
        self.kind = kind
        self.path = path
        self.number = number
        self.text = text  # of the file; line ends inside it as \n

    def shown(self, source: bytes) -> bytes:
        """How the line stands in the output."""
        if not self.kind:
            return source
        sign = ":" if self.kind == "match" else "-"
        text = f"{self.number}{sign}{self.text}" if self.number else self.text
        return text.encode("utf-8", "surrogateescape") if self.kind in ("match", "context") else b""


def _text(value: Any) -> str:
    """The text of `{"text": ...}`, or of `{"bytes": ...}` in base 64."""
    if not isinstance(value, dict):
        return ""
    if isinstance(value.get("text"), str):
        return str(value["text"]).encode("utf-8", "replace").decode()
    import base64

    try:
        return base64.b64decode(str(value.get("bytes", ""))).decode("utf-8", "surrogateescape")
    except ValueError:
        return ""


def read_event(line: str) -> Event:
    """The event of one line; one of no kind where the line is none."""
    try:
        found = json.loads(line)
    except (ValueError, RecursionError):
        return Event()
    data = found.get("data") if isinstance(found, dict) else None
    if not isinstance(data, dict) or found.get("type") not in ("begin", "match", "context", "end"):
        return Event()
    number = data.get("line_number")
    text = _text(data.get("lines")).removesuffix("\n").removesuffix("\r").replace("\n", "\\n").replace("\r", "\\r")
    return Event(found["type"], _text(data.get("path")), number if isinstance(number, int) else 0, text)


class Events:
    """Units: every line as `Event.shown` says."""

    __slots__ = ("shown",)

    def __init__(self, events: Sequence[Event], sources: Sequence[bytes]) -> None:
        self.shown = [event.shown(source) for event, source in zip(events, sources, strict=True)]

    def __len__(self) -> int:
        return len(self.shown)

    def body(self, line: int) -> bytes:
        return self.shown[line]

    def bodies(self, first: int, stop: int) -> list[bytes]:
        return self.shown[first:stop]
