"""Tables inside a log: package lists, `kubectl get`, coverage. Head and totals stay, and rows that differ; the middle may go.

    NAME    READY  STATUS            RESTARTS     NAME    READY  STATUS            RESTARTS
    web-1   1/1    Running           0            web-1   1/1    Running           0
    ... 40 more                                   [L3-42: 40 table rows]
    web-42  0/1    CrashLoopBackOff  57           web-42  0/1    CrashLoopBackOff  57
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from headroom_cli.text.records import Census
from headroom_cli.text.regex import compiled

if TYPE_CHECKING:
    from headroom_cli.stages.nested import Regions

__all__ = ["opens", "read"]

KIND = "table row"
MOST_ROWS = 20_000
LEAST = 8
"""Rows of a table."""
SHORT = 200
"""Rows of a list that is nine tenths of its text, which the target alone may shorten; any other table loses its plain rows first."""
WORST = 4
"""Rows with the lowest coverage that stay, and as many with the most that is not covered."""
_RULER = r"[\s|+]*[-=\u2500]{2,}(?:[\s|+\u253c:]+[-=\u2500]{2,})*[\s|+:]*"
_TOTAL = ("total", "all files", "sum", "totals")
_COVER = r"(?i)cover(?:age)?|% ?(?:stmts|lines|cover)|lines ?%|line-rate"
_UPPER = r"[A-Z][A-Z0-9()%/_.-]*(?: [A-Z][A-Z0-9()%/_.-]*)*(?:\s{2,}[A-Z%][A-Z0-9()%/_.-]*(?: [A-Z0-9()%/_.-]+)*){2,}\s*"


def opens(text: str) -> bool:
    """Whether this names the columns: in capitals, or `Name Stmts Miss`, or is the ruler under such a line."""
    if len(text) > 400:
        return False
    if text[:1].isupper():
        return (text.startswith("Name ") and " Stmts " in text) or ("  " in text and compiled(_UPPER).fullmatch(text) is not None)
    return text[:1] in "-=|+\u2500" and ("- -" in text or "-|-" in text or "-+-" in text or "= =" in text) and _is_ruler(text)


def _is_ruler(text: str) -> bool:
    return compiled(_RULER).fullmatch(text) is not None


def _cells(text: str, bars: bool) -> list[str]:
    if bars:
        return [cell.strip() for cell in text.strip().strip("|").split("|")]
    return [cell for cell in compiled(r"\s{2,}").split(text.strip()) if cell]


def read(found: Regions, first: int) -> int:
    """Weigh the table whose head or ruler is line `first`; the line where reading goes on."""
    head = first
    if _is_ruler(found.bodies[first]):
        above = found.bodies.survey.glance(first - 1).strip() if first else ""
        head = first - 1 if above and not _is_ruler(above) else first + 1
    if head >= len(found.bodies):
        return first + 1
    title = found.bodies.survey.glance(head)
    bars = "|" in title
    names = _cells(title, bars)
    if not bars and (first != head or len(names) < 3):
        names = title.split() if len(title.split()) > len(names) else names
    if len(names) < 2 or any(len(name) > 48 for name in names):
        return first + 1
    rows, stop = _rows(found, max(first, head) + 1, len(names), bars)
    if len(rows) >= LEAST:
        _weigh(found, head, names, rows, stop)
        found.kinds.append((head, stop, KIND))
        return stop
    return first + 1


def _rows(found: Regions, first: int, width: int, bars: bool) -> tuple[list[tuple[int, list[str]]], int]:
    """(line, cells) of the rows that follow, and where the table ends."""
    rows: list[tuple[int, list[str]]] = []
    line, bodies = first, found.bodies
    rulers = 0
    while line < min(len(bodies), first + MOST_ROWS) and (text := bodies[line]).strip() and len(text) < 1_000:
        rulers = rulers + 1 if _is_ruler(text) else 0
        if rulers > 1:
            break
        if not rulers:
            cells = _cells(text, bars)
            plain = text.split() if not bars else cells
            if len(cells) != width and len(plain) == width:
                cells = plain
            if len(cells) != width and not (width >= 4 and (len(cells) == width - 1 or len(plain) == width - 1)):
                break
            rows.append((line, cells))
        line += 1
    return rows, line


def _percent(cells: list[str], column: int) -> float | None:
    try:
        return float(cells[column].rstrip("%")) if 0 <= column < len(cells) else None
    except ValueError:
        return None


def _missed(names: list[str]) -> int:
    return names.index("Miss") if "Miss" in names else -1


def _worst(shares: dict[int, float], missed: dict[int, float]) -> set[int]:
    """Lines of the rows that pull the total down."""
    low = sorted((line for line in shares if shares[line] < 100), key=lambda line: (shares[line], -missed.get(line, 0.0), line))
    much = sorted((line for line in missed if missed[line] > 0), key=lambda line: (-missed[line], line))
    return {*low[:WORST], *much[:WORST]}


def _weigh(found: Regions, head: int, names: list[str], rows: list[tuple[int, list[str]]], stop: int) -> None:
    totals = {line for line, cells in rows if cells[0].lower() in _TOTAL}
    plain = [(line, cells) for line, cells in rows if line not in totals]
    cover = next((at for at, name in enumerate(names) if compiled(_COVER).fullmatch(name)), -1)
    census = Census()
    for _, cells in plain:
        census.add(zip(names, cells, strict=False))
    census.close()
    shares = {line: share for line, cells in plain if (share := _percent(cells, cover)) is not None}
    worst = _worst(shares, {line: missed for line, cells in plain if (missed := _percent(cells, _missed(names))) is not None})
    for line in range(head, stop):
        found.weigh(line, 4.0 if line == head else -4.5, head)
    for line in totals:
        found.weigh(line, 5.0, head)
    spare: list[int] = []
    for place, (line, cells) in enumerate(plain):
        weight, kind = census.weigh(list(zip(names, cells, strict=False)), place, census.top) if cover < 0 else (1.0, "")
        low = 2.5 * (1 - shares.get(line, 100.0) / 100)
        stands = bool(kind) or weight >= 4.0 or line in worst or found.named(cells[0])
        found.weigh(line, min(4.8, weight + low + (1.5 if stands else 0.0)), head)
        if not stands and 0 < place < len(plain) - 1:
            spare.append(line)
    if cover >= 0 or len(spare) > SHORT or 10 * (stop - head) < 9 * len(found.bodies):
        for line in spare:
            found.spare(line, line + 1, KIND)
