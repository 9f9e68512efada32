"""Holds a compressed test report against its source: every line is a part of it, in order, and every gap has its marker.

    part 1        place 1
    [L3-40: ...]  any place from which `L3-40` ends before the next kept part
    part 18       place 18

Several parts may stand on one line of the source, so a marker can end at more than one of them: all are followed.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from headroom_cli.draft import HEADER, is_marker

if TYPE_CHECKING:
    from collections.abc import Sequence

    from headroom_cli.formats.testreport.reading import ReportReading
    from headroom_cli.model import Document

__all__ = ["check_report"]

MOST_PLACES = 64


def check_report(output: bytes, document: Document, proposal: ReportReading) -> list[str]:
    """One sentence for each break; empty where all holds."""
    if not output.startswith(HEADER):
        return ["1: the output has no header and is not the source"]
    lines = output.split(document.newline)
    if not lines[-1]:
        lines.pop()
    draft = proposal.draft
    if b"; cut: " not in lines[0]:
        draft.units = proposal.verbatim
        lines = _rejoined(lines, proposal)
    for terms in ("full", "short", "bare"):
        draft.terms = terms
        problems = _follow(lines[1:], proposal)
        if not problems:
            return []
    return problems


def _rejoined(lines: Sequence[bytes], proposal: ReportReading) -> list[bytes]:
    """Parts of a document that stand in it over several lines, each as one."""
    bodies = [proposal.verbatim.body(part) for part in range(len(proposal.units))]
    out, at, spans = [lines[0]], 1, {body.split(b"\n")[0]: body for body in bodies}
    while at < len(lines):
        body = spans.get(lines[at], lines[at])
        size = body.count(b"\n") + 1
        whole = b"\n".join(lines[at : at + size]) == body
        out.append(body if whole else lines[at])
        at += size if whole else 1
    return out


def _follow(lines: Sequence[bytes], proposal: ReportReading) -> list[str]:
    units = proposal.draft.units
    where: dict[bytes, list[int]] = {}
    for part in range(len(units)):
        where.setdefault(units.body(part), []).append(part)
    places: set[int] = {0}
    for number, line in enumerate(lines, 2):
        found = set(places) if line.startswith(b"[step ") and is_marker(line) else set()
        found |= {place + 1 for place in places if place < len(units) and units.body(place) == line}
        if line.startswith(b"[L"):
            stops = _after(lines[number - 1 :], where, len(units))
            found |= {stop for place in places for stop in stops if stop > place and _marker(proposal, place, stop) == line}
        if not found:
            shown = line[:80].decode("utf-8", "replace")
            return [f"{number}: no part of the report from {min(places) + 1} on, and no marker of a gap there: {shown!r}"]
        places = set(sorted(found)[:MOST_PLACES])
    return [] if len(units) in places else [f"parts {max(places) + 1}-{len(units)} of the report are missing without a marker"]


def _after(lines: Sequence[bytes], where: dict[bytes, list[int]], size: int) -> list[int]:
    """Parts that may follow a gap: those with the text of the next line, or of the next after headings."""
    stops: list[int] = []
    for line in lines:
        stops += where.get(line, [])
        if not line.startswith(b"[step "):
            return stops
    return [*stops, size]


def _marker(proposal: ReportReading, first: int, stop: int) -> bytes:
    """The marker that the gap must have."""
    draft = proposal.draft
    marker = draft.marker(first, stop)
    return marker if draft.wrap is None else draft.wrap(marker, first, stop)
