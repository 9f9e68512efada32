"""Holds the promises against a finished output: is every line the source's own, is every cut marked, is every block accounted for?

    [headroom: build.log, 900 lines; ...]
    line 1                       the source's line 1, or its body
    [L2-890: 3 errors: a, b, c]  lines 2-890 are missing here; they hold three blocks
    line 891                     the source's line 891

Nothing of the run that made the output is needed: the source is read again, the same bytes give the same reading.
"""

from __future__ import annotations

import re
from collections import Counter
from typing import TYPE_CHECKING, NamedTuple

from headroom_cli.draft import HEADER, is_marker, plural, unwrapped
from headroom_cli.engine import without_secrets
from headroom_cli.formats import FORMATS, choose
from headroom_cli.settings import Settings
from headroom_cli.source import read_document
from headroom_cli.tokens import count_buffer, get_counter

if TYPE_CHECKING:
    from collections.abc import Sequence

    from headroom_cli.draft import Draft, Units
    from headroom_cli.model import Document

__all__ = ["verify"]

NO_HEAD = "no block of the kind"
_GAP = re.compile(rb"^\[L(\d+)(?:-(\d+))?(?:: (.*))?\]$")
_MORE = re.compile(rb"^(\d+) more like L(\d+)$")
_MEGABYTES = re.compile(rb"\[\.\.\. about (\d+) MB \.\.\.\]")
_MIDDLE = re.compile(rb"\[\.\.\. (\d{1,15}) characters \.\.\.\]")


class _Gap(NamedTuple):
    """Lines `first` to `stop` (exclusive) are missing; `note` is what the marker says of them."""

    first: int
    stop: int
    note: bytes


def verify(output: bytes, document: Document, settings: Settings | None = None, pack_dirs: Sequence[str] = ()) -> list[str]:
    """What in `output` breaks a promise: one sentence each, empty where all hold. `settings`: format, packs and limits of the run; an
    output within its `max_tokens` may lack last heads, and counts in markers."""
    settings = settings or Settings()
    output = _section(output, document.name)
    read = read_document(output, name="output", path=None)
    data = bytes(read.data)
    if data == bytes(document.data):
        return []
    problems = _against(data, document, settings, pack_dirs)
    if problems and b"[redacted:" in data:  # of this run, or the source's own words: then nothing had been taken out
        document, _ = without_secrets(document)
        if data == bytes(document.data):
            return []
        problems = _against(data, document, settings, pack_dirs)
    if problems and settings.format is None:  # it may have been made from a pipe, where no name said what it is
        unnamed = document._replace(name="", path=None)
        if choose(unnamed).name != choose(document).name and not _against(data, unnamed, settings, pack_dirs):
            return []
    return problems


def _against(data: bytes, document: Document, settings: Settings, pack_dirs: Sequence[str]) -> list[str]:
    """The same, for an output that is not the source as it was."""
    choice = choose(document, settings.format)
    proposal = FORMATS[choice.name].read(document, choice.envelope, settings, get_counter("estimate"), pack_dirs)
    tight = settings.max_tokens is not None and count_buffer(get_counter(settings.tokenizer), data) <= settings.max_tokens
    own = getattr(FORMATS[choice.name], "check", None)  # a format whose units are no lines follows an output itself
    if own is not None and (found := own(data, document, proposal)) is not None:
        found = [problem for problem in found if not (tight and problem.startswith(NO_HEAD))]
        return [*found, *_larger(data, document, settings)]
    if not data.startswith(HEADER):
        return ["1: the output has no header and is not the source"]
    newline = document.newline
    lines = data.split(newline)
    if not lines[-1] and document.data[-1:] == b"\n":
        lines.pop()
    units = proposal.draft.units if b"; cut: " in lines[0] else proposal.verbatim
    problems, gaps, kept = _walk(lines, units)
    problems += [] if tight else _blocks(proposal.draft, gaps, kept)
    problems += _cited(proposal.draft, gaps, kept)
    return [*problems, *_larger(data, document, settings)]


def _section(output: bytes, name: str) -> bytes:
    """The part of an output of several files that stands under the source's name; any other output as it is."""
    if output[:4] != b"==> ":
        return output
    parts = re.split(rb"(?m)^==> ([^\n]*) <==\r?\n", output)
    named = {title.decode("utf-8", "surrogateescape"): text for title, text in zip(parts[1::2], parts[2::2], strict=True)}
    text = named.get(name, output)
    return text.removesuffix(b"\n") if text is not output and text != parts[-1] else text


def _larger(data: bytes, document: Document, settings: Settings) -> list[str]:
    """Promise 4: the output is smaller."""
    exact = get_counter(settings.tokenizer)
    return ["the output is not smaller than the source"] if count_buffer(exact, data) >= count_buffer(exact, document.data) else []


def _walk(lines: Sequence[bytes], units: Units) -> tuple[list[str], list[_Gap], set[int]]:
    """Follow the output line by line through the source."""
    problems: list[str] = []
    gaps: list[_Gap] = []
    kept: set[int] = set()
    at, size = 0, len(units)
    for number, line in enumerate(lines[1:], 2):
        body = units.body(at) if at < size else None
        if body is not None and (line == body or _shortened(line, body)):
            kept.add(at)
            at += 1
        elif is_marker(unwrapped(line)):
            gap = _gap(unwrapped(line))
            if gap is None:
                continue
            if gap.first != at or gap.stop > size or gap.stop <= gap.first:
                problems.append(f"{number}: the marker {line.decode('utf-8', 'replace')} stands where line {at + 1} of the source is due")
            problems += _same(gap, units, number)
            gaps.append(gap)
            at = max(at, min(gap.stop, size))
        else:
            problems.append(f"{number}: not line {at + 1} of the source: {line[:80].decode('utf-8', 'replace')!r}")
            at += 1
        if len(problems) > 20:
            return [*problems, "..."], gaps, kept
    if at < size:
        problems.append(f"lines {at + 1}-{size} of the source are missing without a marker")
    return problems, gaps, kept


def _gap(line: bytes) -> _Gap | None:
    found = _GAP.match(line)
    if found is None:
        return None
    first = int(found[1])
    return _Gap(first - 1, int(found[2] or first), found[3] or b"")


def _shortened(line: bytes, body: bytes) -> bool:
    """Whether `line` is `body` with as many characters left out, at each of its gaps, as the gap says."""
    gaps = list(_MIDDLE.finditer(line))
    if not gaps:
        return _huge(line, body)
    text, at, end = body.decode("utf-8", "surrogateescape"), 0, 0
    for gap in gaps:
        piece = line[end : gap.start()].decode("utf-8", "surrogateescape")
        if not text.startswith(piece, at):
            return False
        at, end = at + len(piece) + int(gap[1]), gap.end()
    return text[at:] == line[end:].decode("utf-8", "surrogateescape") and at <= len(text)


def _huge(line: bytes, body: bytes) -> bool:
    found = _MEGABYTES.search(line)
    return found is not None and body.startswith(line[: found.start()]) and body.endswith(line[found.end() :]) and len(body) > 1 << 20


def _same(gap: _Gap, units: Units, number: int) -> list[str]:
    found = _MORE.match(gap.note)
    if found is None:
        return []
    like = units.body(int(found[2]) - 1)
    if int(found[1]) == gap.stop - gap.first and all(body == like for body in units.bodies(gap.first, gap.stop)):
        return []
    return [f"{number}: lines {gap.first + 1}-{gap.stop} are not all like line {int(found[2])}"]


def _blocks(draft: Draft, gaps: Sequence[_Gap], kept: set[int]) -> list[str]:
    """Promise 1: found = shown + named, and one head of each kind is shown."""
    problems: list[str] = []
    shown = {block.kind for block in draft.blocks if block.head in kept}
    for kind in dict.fromkeys(block.kind for block in draft.blocks):
        if kind not in shown:
            problems.append(f"{NO_HEAD} {kind!r} is shown")
    for gap in gaps:
        if _MORE.match(gap.note):
            continue
        hidden = Counter(block.kind for block in draft.hidden(gap.first, gap.stop))
        note = gap.note.decode("utf-8", "surrogateescape")
        for kind, count in hidden.items():
            if plural(kind, count) not in note:
                problems.append(f"L{gap.first + 1}-{gap.stop} hides {plural(kind, count)} that its marker does not count")
    return problems


def _cited(draft: Draft, gaps: Sequence[_Gap], kept: set[int]) -> list[str]:
    """What a marker says is the same as a shown line is."""
    problems: list[str] = []
    for gap in gaps:
        twins = {head for block in draft.hidden(gap.first, gap.stop) for head in draft.twins.get(block.head, ())}
        for cited in re.findall(rb"(?:: |, )same as (L\d+(?:, L\d+)*)(?=[,;]|$)", gap.note):
            for place in re.findall(rb"\d+", cited):
                if int(place) - 1 not in twins & kept:
                    problems.append(f"L{gap.first + 1}-{gap.stop} holds no failure that is the same as a shown L{int(place)}")
    return problems
