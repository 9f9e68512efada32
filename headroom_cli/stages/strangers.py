"""Lines that are none of their format's own: what a tool said while it printed a table, matches or a page. They are weighed as a log's are.

    1499,node-3,ok,686
    FATAL deploy.go:402: canary aborted: p99 1840ms > 900ms      a stranger that tells: evidence, taken before all rows
    1500,node-4,ok,779

What stands after the last line of the format's own is its last word, whatever it says: `stopped.`, `exit status 4`.
"""

from __future__ import annotations

from itertools import chain
from typing import TYPE_CHECKING

from headroom_cli.model import Risk
from headroom_cli.stages.blocks import Block
from headroom_cli.stages.lines import BATCH
from headroom_cli.text.severity import FAILURE, STRONG, severity, suspects

if TYPE_CHECKING:
    from collections.abc import Sequence

    from headroom_cli.stages.lines import Lines
    from headroom_cli.stages.sheet import Sheet

__all__ = ["heed", "merged", "rare", "trailing"]

MOST = 40
"""Strangers that are taken before all else: half from the start, half from the end."""
LAST = 8
"""Lines after a format's own that are its last word."""
FOLLOW = 3
"""Strangers right after one that tells, which go on with it."""


def heed(sheet: Sheet, texts: Sequence[str], strangers: Sequence[int], least: int = FAILURE) -> list[Block]:
    """Weigh those of `strangers` (ascending lines) that sound like a failure, and what goes on with them; the blocks that they are."""
    blocks: list[Block] = []
    chosen: list[int] = []
    left = 0
    for place, line in enumerate(strangers):
        found = severity(texts[line])
        if found.level >= least:
            sheet.weights[line] = 8.0 if found.level >= STRONG else 6.0
            blocks.append(Block(line, line + 1, line, found.kind or "error", "cause", sheet.weights[line]))
            left = FOLLOW
        elif left and place and strangers[place - 1] == line - 1:
            sheet.weights[line] = max(sheet.weights[line], 4.0)
            left -= 1
        else:
            left = 0
            continue
        chosen.append(line)
        _take_in(sheet, line)
    if len(chosen) > MOST:
        chosen = chosen[: MOST // 2] + chosen[-MOST // 2 :]
    sheet.first = [*sheet.first, *chosen]
    return blocks


def trailing(sheet: Sheet, texts: Sequence[str], own: int) -> None:
    """The last words after line `own`, the last one of the format's own, are taken before all else."""
    lines = [line for line in range(own + 1, len(texts)) if texts[line].strip()][-LAST:]
    for line in lines:
        sheet.weights[line] = max(sheet.weights[line], 5.0)
        _take_in(sheet, line)
    known = set(sheet.first)
    sheet.first = [*sheet.first, *(line for line in lines if line not in known)]


def rare(lines: Lines, *, named: bool = False) -> list[int]:
    """Lines that sound like a failure where hardly any does; of a text in which many do, it is what the text is about. `named`: what a line's
    first word says is a name."""
    most = max(3, len(lines) // 100)
    out: list[int] = []
    for first in range(0, len(lines), BATCH):
        bodies = lines.bodies(first, min(len(lines), first + BATCH))
        bodies = [body.partition(b" ")[2] for body in bodies] if named else bodies
        telling = suspects(b"\n".join(bodies))
        out += [first + at for at in telling if severity(bodies[at].decode("utf-8", "surrogateescape")).level >= STRONG]
        if len(out) > most:
            return []
    return out


def merged(*groups: Sequence[int]) -> list[int]:
    """Lines of several lists, each once and in order."""
    return sorted(set(chain(*groups)))


def _take_in(sheet: Sheet, line: int) -> None:
    sheet.risks[line] = Risk.CONTENT
    sheet.families_of[line], sheet.needs[line], sheet.slow[line] = line, -1, 0
    sheet.shorter.pop(line, None)
