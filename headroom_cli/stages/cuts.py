"""The stages before selection, in risk order. Each cuts what its risk allows and nothing else.

repeats    LOSSLESS   the same line again and again          [L5-90: 86 more like L4]
noise      NOISE      progress, downloads, boilerplate       [L5-90]
regions    DETAIL     the middle of JSON, diffs and tables inside a log (stages/nested)
templates  DETAIL     lines that differ in numbers only: the first and the last stay
traces     DETAIL     library frames of a traceback; the middle of a very long line
"""

from __future__ import annotations

from array import array
from itertools import compress, islice, pairwise
from operator import and_, eq
from typing import TYPE_CHECKING

from headroom_cli.model import Risk
from headroom_cli.stages.proposal import Stage
from headroom_cli.stages.survey import SHAPE
from headroom_cli.text.clean import clean_line
from headroom_cli.text.excerpt import telling_spans
from headroom_cli.text.mask import is_blank
from headroom_cli.text.regex import compiled

if TYPE_CHECKING:
    from collections.abc import Iterator
    from mmap import mmap

    from headroom_cli.settings import Settings
    from headroom_cli.stages.reading import LogReading
    from headroom_cli.stages.survey import Survey

__all__ = ["LIST", "STAGES", "cut_noise", "cut_regions", "fold_repeats", "fold_traces", "middle_out", "shorten", "thin_templates"]

NEAR_FRAMES = 120
LIST = 40
"""Lines at the end of the failing step that are left alone."""
_WORDS = r"\s*(?:[A-Za-z]{3,15}[-_]?\d{1,6}\W{1,3}){2,}[A-Za-z]{3,15}[-_]?\d{1,6}\s*"
"""Numbered names: `delta606 green133 stone937`. Paths, hashes and numbers alone are no such words."""
PASSED, OTHERS = "passed", ("skipped", "ignored", "expected failure")
"""How kinds of noise begin that say what became of a test."""
START = "test start"
"""The kind of noise that announces a test: its outcome is counted."""
HUGE = 1 << 20
LONG = 1_600
"""Bytes from which the middle of a line may be left out."""
HEAD, TAIL = 1_000, 300
"""Bytes of it that stay at its ends."""


def fold_repeats(log: LogReading, settings: Settings) -> None:
    """Runs of three or more equal lines become the first and a count."""
    if not settings.dedup:
        return
    draft = log.draft
    shared = log.survey.shared
    for first, stop in _runs(log.survey.tids, 3, -1 if shared is None else shared):
        _fold_run(log, first, stop)
    if 1 in draft.held:
        draft.keep[:] = bytes(map(max, draft.keep, draft.held))


def _runs(column: array[int], least: int, but: int) -> Iterator[tuple[int, int]]:
    """First and stop of every run of at least `least` equal values other than `but`; only where one can begin is looked at closely."""
    size, stop = len(column), 0
    for first in compress(range(size), map(and_, map(eq, column, islice(column, least - 1, None)), map(but.__ne__, column))):
        if first < stop:
            continue
        value, stop = column[first], first + 1
        while stop < size and column[stop] == value:
            stop += 1
        if stop - first >= least:
            yield first, stop


def _fold_run(log: LogReading, first: int, stop: int) -> None:
    draft = log.draft
    lines = draft.units.bodies(first, stop)
    at = 0
    while at < len(lines):
        end = at + 1
        while end < len(lines) and lines[end] == lines[at]:
            end += 1
        if end - at >= 3 and lines[at].strip() and 1 not in draft.held[first + at + 1 : first + end]:
            draft.keep[first + at + 1 : first + end] = bytes(end - at - 1)
            draft.notes[first + at + 1, first + end] = f"{end - at - 1} more like L{first + at + 1}"
        at = end


def cut_noise(log: LogReading, _settings: Settings) -> None:
    """What packs call noise goes, and all but one of several blank lines."""
    draft, survey = log.draft, log.survey
    noise = log.labels.noise
    kept = bytes(0 if flag else 1 for flag in noise)
    mask = bytearray(map(kept.__getitem__, survey.tids))
    for line in _announcements(log):  # their tests are counted by their outcomes
        mask[line] = 0
    _and_keep(log, bytes(mask))
    counted = bytes(1 if flag and kind != START else 0 for flag, kind in zip(noise, log.labels.kinds, strict=True))
    for line in compress(range(len(survey)), map(counted.__getitem__, survey.tids)):
        draft.cut_kinds[line] = log.labels.kinds[survey.tids[line]] or "noise"
        if len(draft.cut_kinds) > 200_000:
            break


def _announcements(log: LogReading) -> list[int]:
    """Lines that announce a test whose outcome, on the next line, is noise: only where most that passed are announced so. What is before
    another outcome must begin as those do."""
    survey, labels = log.survey, log.labels
    telling = bytes(1 if labels.noise[tid] or labels.evidence[tid] or tid in labels.starts else 0 for tid in range(len(labels.noise)))

    def before(*kinds: str) -> tuple[list[int], int]:
        flags = bytes(1 if flag and kind.startswith(kinds) else 0 for flag, kind in zip(labels.noise, labels.kinds, strict=True))
        outcomes = list(compress(range(len(survey)), map(flags.__getitem__, survey.tids))) if 1 in flags else []
        return [line - 1 for line in outcomes if line and not telling[survey.tids[line - 1]]], len(outcomes)

    passed, outcomes = before(PASSED)
    if len(passed) < 20 or len(passed) <= 0.6 * outcomes:
        return []
    beginnings = {survey.groups[survey.tids[line]] for line in passed}
    return [*passed, *(line for line in before(*OTHERS)[0] if survey.groups[survey.tids[line]] in beginnings)]


def cut_regions(log: LogReading, _settings: Settings) -> None:
    """JSON, diffs and tables inside a log lose what their own knowledge says may go."""
    if log.regions is not None:
        log.regions.cut(log.draft)
        log.regions.shorten(log.draft)


def thin_templates(log: LogReading, settings: Settings) -> None:
    """Of lines that say the same but for numbers, and of neighbours that nearly do, the first and the last stay; evidence and what is
    in a block is left alone."""
    if not settings.dedup:
        return
    survey, labels = log.survey, log.labels
    size = len(survey)
    often = [survey.counts[tid] > 3 and not labels.evidence[tid] and tid not in labels.starts for tid in range(len(labels.noise))]
    thin = bytes(0 if many and not _all_variable(survey, tid) else 1 for tid, many in enumerate(often))
    kept = bytearray(map(thin.__getitem__, survey.tids))
    for line in survey.firsts:
        kept[line] = 1
    lasts: dict[int, int] = dict(zip(survey.tids, range(size), strict=True))
    for line in lasts.values():
        kept[line] = 1
    _thin_neighbours(log, settings.dedup_threshold, kept)
    if log.focus.towards_end:  # a failure may be nothing but a list at the end of its step
        last = slice(max(log.focus.first, log.focus.end - LIST), log.focus.end)
        kept[last] = b"\x01" * len(kept[last])
    for first, stop, _ in log.regions.kinds if log.regions is not None else ():
        kept[first:stop] = b"\x01" * (stop - first)
    for block in log.blocks:
        kept[block.first : block.stop] = b"\x01" * (block.stop - block.first)
    _and_keep(log, bytes(kept))


def _all_variable(survey: Survey, tid: int) -> bool:
    """Whether a template is nothing but variable words that are words of a kind: its lines differ in all that they say."""
    template = survey.templates[tid].partition(SHAPE)[0]
    return is_blank(template) and compiled(_WORDS).fullmatch(survey.exemplars[tid]) is not None


def _thin_neighbours(log: LogReading, threshold: float, kept: bytearray) -> None:
    """Of four or more neighbours that share at least `threshold` of their words, numbers aside, the first and the last stay."""
    survey, labels = log.survey, log.labels
    tids = survey.tids
    alike: dict[tuple[int, int], bool] = {}
    shared = -1 if survey.shared is None else survey.groups[survey.shared]
    for start, end in _runs(array("I", map(survey.groups.__getitem__, tids)), 4, shared):
        first = start
        for line in range(start + 1, end + 1):
            if line < end:
                pair = tids[first], tids[line]
                same = alike.get(pair)
                if same is None and pair[0] == pair[1]:
                    same = alike[pair] = not _all_variable(survey, pair[0])
                elif same is None:
                    quiet = not survey.levels[pair[0]] and not survey.levels[pair[1]]
                    same = alike[pair] = quiet and _similar(survey.templates[pair[0]], survey.templates[pair[1]], threshold)
                if same:
                    continue
            if line - first >= 4 and not labels.evidence[tids[first]]:
                kept[first + 1 : line - 1] = bytes(line - first - 2)
            first = line


def _similar(one: bytes, other: bytes, threshold: float) -> bool:
    """Whether two templates of at least four words share `threshold` of them, place by place."""
    ours, theirs = one.split(), other.split()
    if len(ours) != len(theirs) or len(ours) < 4:
        return False
    return sum(map(bytes.__eq__, ours, theirs)) >= threshold * len(ours)


def fold_traces(log: LogReading, _settings: Settings) -> None:
    """Library frames go, but for the first NEAR_FRAMES lines of the first trace of a template; what a block says stays."""
    seen: set[int] = set()
    for block in log.blocks:
        tid = log.survey.tids[block.head]
        near = block.first + NEAR_FRAMES if tid not in seen else 0
        seen.add(tid)
        for line in block.fold:
            if line >= near and not log.draft.held[line]:
                log.draft.keep[line] = 0


def shorten(log: LogReading, _settings: Settings) -> None:
    """The middle of a very long line goes, but for the failures in it: `first 1,000 bytes [... 49,000 characters ...] last 300`."""
    survey, draft = log.survey, log.draft
    starts = survey.starts
    if survey.longest <= LONG:
        return
    for line in range(len(survey)):
        size = starts[line + 1] - starts[line]
        if size <= LONG or not draft.keep[line] or draft.held[line] or line in draft.swaps:
            continue
        body = _huge_middle_out(survey, line) if size > HUGE else middle_out(draft.units.body(line))
        if body is not None:
            draft.swaps[line] = body


def _huge_middle_out(survey: Survey, line: int) -> bytes:
    """The same for a line that is not worth copying: only its ends are cleaned, its characters are counted in pieces."""
    data, start, stop = survey.document.data, survey.starts[line], survey.starts[line + 1]
    stop -= data[stop - 1 : stop] == b"\n"
    if data.find(b"\x1b", start, stop) < 0 and data.find(b"\r", start, stop) < 0:
        probe = bytes(data[start : start + 3_000])
        return _without_middle(data, start + len(probe) - len(survey.envelope.strip_line(probe)), stop) or b""
    head = survey.envelope.strip_line(clean_line(bytes(data[start : start + 3_000]))).decode("utf-8", "surrogateescape")[:1_000]
    tail = bytes(data[stop - 1_500 : stop]).rstrip(b"\r\n").decode("utf-8", "surrogateescape")[-300:]
    return f"{head}[... about {(stop - start - 1_300) >> 20} MB ...]{tail}".encode("utf-8", "surrogateescape")


def middle_out(body: bytes) -> bytes | None:
    """A long body without its middle; None for one that is not long."""
    return _without_middle(body, 0, len(body)) if len(body) > LONG else None


def _without_middle(data: bytes | mmap, start: int, stop: int) -> bytes | None:
    """The telling spans of a line, with how many characters are not shown between them; None where that is all of it."""
    spans = telling_spans(data, start, stop, HEAD, TAIL)
    out = [bytes(data[slice(*spans[0])])]
    for (_, end), (first, last) in pairwise(spans):
        out += [b"[... %d characters ...]" % _characters(data, end, first), bytes(data[first:last])]
    return b"".join(out) if len(spans) > 1 else None


def _characters(data: bytes | mmap, start: int, stop: int) -> int:
    """Characters of a part of the data, counted piece by piece."""
    from codecs import getincrementaldecoder

    decoder = getincrementaldecoder("utf-8")("surrogateescape")
    pieces = range(start, stop, HUGE)
    return sum(len(decoder.decode(bytes(data[at : min(stop, at + HUGE)]), at + HUGE >= stop)) for at in pieces)


def _and_keep(log: LogReading, mask: bytes) -> None:
    draft = log.draft
    size = len(mask)
    both = int.from_bytes(draft.keep, "little") & int.from_bytes(mask, "little") | int.from_bytes(draft.held, "little")
    draft.keep[:] = both.to_bytes(size, "little")


STAGES: tuple[Stage, ...] = (
    Stage("repeats", Risk.LOSSLESS, fold_repeats),
    Stage("noise", Risk.NOISE, cut_noise),
    Stage("regions", Risk.DETAIL, cut_regions),
    Stage("templates", Risk.DETAIL, thin_templates),
    Stage("traces", Risk.DETAIL, fold_traces),
    Stage("long lines", Risk.DETAIL, shorten),
)
