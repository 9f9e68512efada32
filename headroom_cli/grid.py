"""Cells as a table: plain for a pipe or a CI log, drawn for a terminal.

    file       before  after
    ---------  ------  -----
    build.log  41,210  4,012

The first columns (`left` of them) are text, the others numbers. Only a terminal's table loses the middle of a long text.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import TextIO

__all__ = ["columns", "drawn", "fitting", "plain", "shorten"]

_LEAST = 14  # columns that a text keeps in the narrowest terminal

Cells = tuple[str, ...]


def columns(stream: TextIO | None) -> int:
    """Columns of the terminal behind `stream`; 0 where there is none or it cannot draw a table."""
    import os

    try:
        if stream is None or not stream.isatty() or os.environ.get("TERM") == "dumb":
            return 0
        if "utf" not in (stream.encoding or "").lower():
            return 0
        return os.get_terminal_size(stream.fileno()).columns or 80
    except (OSError, ValueError):
        return 0


def plain(head: Cells, rows: Sequence[Cells], last: Cells, *, left: int) -> str:
    """Whole texts in plain characters, no colour; `last` stands below a rule."""
    widths = [max(map(len, column)) for column in zip(head, *rows, last, strict=True)]
    rule = "  ".join("-" * width for width in widths)

    def text(cells: Cells) -> str:
        sided = [
            cell.ljust(width) if at < left else cell.rjust(width)
            for at, (cell, width) in enumerate(zip(cells, widths, strict=True))
        ]
        return "  ".join(sided).rstrip()

    return "\n".join([text(head), rule, *map(text, rows), rule, text(last)]) + "\n"


def drawn(
    head: Cells,
    rows: Sequence[Cells],
    last: Cells,
    *,
    left: int,
    width: int,
    colour: bool = False,
    tones: Sequence[str] = (),
    notes: Sequence[tuple[str, str]] = (),
) -> str:
    """A table for a terminal of `width` columns. `tones` colour the last cell of each row, `notes` are (tone, line) below."""
    from rich import box
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    view = Table(box=box.ROUNDED)
    for at, title in enumerate(head):
        view.add_column(title, justify="left" if at < left else "right", no_wrap=True, overflow="ellipsis")
    rooms = _rooms((head, *rows, last), left, width)
    for at, row in enumerate(rows):
        cells = [shorten(cell, room) for cell, room in zip(row, rooms, strict=False)]
        *others, end = [*cells, *row[left:]]
        view.add_row(*map(Text, others), Text(end, tones[at] if tones else ""))
    view.add_section()
    view.add_row(*map(Text, last), style="bold")
    console = Console(width=width, color_system="standard" if colour else None, force_terminal=colour, markup=False)
    with console.capture() as captured:
        console.print(view)
        for tone, note in notes:
            console.print(Text(note, tone), soft_wrap=True)
    return captured.get()


def _rooms(grid: Sequence[Cells], left: int, width: int) -> list[int]:
    """Columns for each text, after numbers, borders and padding have theirs; the longest texts give way first."""
    needs = [max(map(len, column)) for column in zip(*grid, strict=True)]
    spare = width - sum(needs[left:]) - 3 * len(needs) - 1
    rooms = needs[:left]
    while sum(rooms) > spare and max(rooms) > _LEAST:
        widest = rooms.index(max(rooms))
        rooms[widest] -= 1
    return rooms


def shorten(text: str, limit: int) -> str:
    """`ci-logs/2025/11/build.log` in 16 columns is `ci-lo.../ild.log`: the end says more than the start."""
    if len(text) <= limit:
        return text
    tail = (limit - 3) * 2 // 3
    return f"{text[: limit - 3 - tail]}...{text[-tail:]}"


def fitting(head: Cells, rows: Sequence[Cells], last: Cells, *, left: int, width: int) -> str:
    """The drawn table, without colour, where `width` is not 0; else the plain one."""
    return drawn(head, rows, last, left=left, width=width) if width else plain(head, rows, last, left=left)
