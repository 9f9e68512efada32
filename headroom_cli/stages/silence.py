"""Silences: where a log's timestamps jump by more than a minute. The stamps are taken off every line, so the jump is kept.

    10:00:01 waiting for pod            waiting for pod
    10:03:08 pod is unhealthy     ->    [+187 s]
                                        pod is unhealthy

A hang and a timeout often print nothing else. Only lines whose minute differs from the line before are read closely.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from headroom_cli.stages.survey import Survey

__all__ = ["find_silences"]

LEAST = 60
"""Seconds."""
CHUNK = 20_000
"""Lines that are looked at together."""
LONGEST = 16 << 20
"""Bytes of such a chunk: where lines are longer than that, nobody reads their clocks."""


@lru_cache(maxsize=1)
def _clock() -> re.Pattern[bytes]:
    return re.compile(rb"(?:(\d\d)?[T ])?([0-2]\d):([0-5]\d):([0-5]\d)")


def find_silences(survey: Survey) -> dict[int, int]:
    """Line -> seconds of silence before it, for silences over LEAST. Empty where lines carry no time of day at one place."""
    if not survey.envelope.layers or len(survey) < 2:
        return {}
    place = _place(survey)
    if place is None:
        return {}
    found: dict[int, int] = {}
    before, last = b"", None
    for first in range(0, len(survey), CHUNK):
        stop = min(first + CHUNK, len(survey))
        if survey.starts[stop] - survey.starts[first] > LONGEST:
            continue
        lines = survey.document.data[survey.starts[first] : survey.starts[stop]].split(b"\n")
        minutes = [line[place : place + 5] for line in lines[: stop - first]]
        for offset, minute in enumerate(minutes):
            if minute == before:
                continue
            seconds = _seconds(lines[offset], place)
            if seconds is None:
                continue
            if last is not None:
                previous = _seconds(lines[offset - 1], place) if offset else last
                jump = (seconds - (last if previous is None else previous)) % 86_400
                if LEAST < jump < 43_200:
                    found[first + offset] = jump
            before, last = minute, seconds
        tail = _seconds(lines[stop - first - 1], place)
        last = last if tail is None else tail
    return found


def _place(survey: Survey) -> int | None:
    """Where in a line its hour stands: the same byte in most of the first lines."""
    places: dict[int, int] = {}
    sample = min(len(survey), 60)
    for line in range(sample):
        found = _clock().search(survey.raw(line)[:160])
        if found:
            places[found.start(2)] = places.get(found.start(2), 0) + 1
    best = max(places, key=lambda place: places[place], default=None)
    return best if best is not None and places[best] * 2 >= sample else None


def _seconds(line: bytes, place: int) -> int | None:
    found = _clock().match(line, place)
    return int(found[2]) * 3_600 + int(found[3]) * 60 + int(found[4]) if found else None
