r"""Takes colour off the lines of a sheet, as logs do: a terminal's escapes are no text, and they are half of a coloured result's tokens.

    b"\x1b[32m+\x1b[m\x1b[32mimport os\x1b[m"   ->   b"+import os", and the header says `cut: colour`
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from headroom_cli.stages.lines import counted, texts_of
from headroom_cli.text.clean import clean_line

if TYPE_CHECKING:
    from collections.abc import Sequence

    from headroom_cli.stages.lines import Lines
    from headroom_cli.stages.sheet import Sheet
    from headroom_cli.tokens import TokenCounter

__all__ = ["CUT", "bare_texts"]

CUT = "cut: "
"""How the header's fact begins that says what was taken off every line."""


class _Bare:
    """Lines as a terminal shows them."""

    __slots__ = ("lines",)

    def __init__(self, lines: Lines) -> None:
        self.lines = lines

    def __len__(self) -> int:
        return len(self.lines)

    def body(self, line: int) -> bytes:
        return clean_line(self.lines.body(line))

    def bodies(self, first: int, stop: int) -> list[bytes]:
        return [self.body(line) for line in range(first, stop)]


def bare_texts(sheet: Sheet, counter: TokenCounter) -> Sequence[str]:
    """All lines as text without colour; where there was some, the draft prints them so too."""
    if sheet.document.data.find(b"\x1b") < 0:
        return sheet.lines.texts()
    units = _Bare(sheet.lines)
    sheet.draft.units = units
    redraws = any(b"\r" in sheet.lines.body(line).rstrip(b"\r") for line in range(len(units)))
    sheet.draft.facts.append(f"{CUT}colour, redraws" if redraws else f"{CUT}colour")
    sheet.tokens = counted(units, counter)
    return texts_of(units, len(sheet.document.data))
