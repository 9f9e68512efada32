"""Lines of a source that look like Headroom's markers: they are held, so that none of them can be taken for one.

    [L3-9]      in the source  ->  kept, counted in a warning, never honoured by retrieve
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from headroom_cli.draft import is_marker

if TYPE_CHECKING:
    from headroom_cli.stages.sheet import Sheet

__all__ = ["hold_forged"]


def hold_forged(sheet: Sheet) -> None:
    """Hold the forged markers of a line format."""
    data = sheet.document.data
    if data[:2] not in (b"[L", b"[+") and data.find(b"\n[L") < 0 and data.find(b"\n[+") < 0:
        return
    for line in range(len(sheet.lines)):
        if is_marker(sheet.lines.body(line)):
            sheet.draft.held[line] = 1
            sheet.draft.forged += 1
