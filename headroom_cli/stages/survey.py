"""Surveys a line document once: where lines start, which template each line is, how bad each template sounds.

No object per line: two columns (`starts`, `tids`) and tables over distinct templates. The buffer is read in windows cut at
newlines, each window in whole-buffer operations and in operations on distinct text. Memory is bounded: past `MAX_TEMPLATES` new
lines share one template, and only those that sound like a failure still get their own.

    3,000 lines "Downloading a-1.2.whl ..."   ->  one template, count 3,000, level 0
"""

from __future__ import annotations

from array import array
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from itertools import accumulate, repeat
from operator import sub
from typing import TYPE_CHECKING

from headroom_cli.text.clean import clean_line, clean_window
from headroom_cli.text.excerpt import LONG_LINE, excerpt, telling_spans
from headroom_cli.text.mask import DIGITS, first_words, is_blank, mask, shape
from headroom_cli.text.severity import severity, suspects, verdicts

if TYPE_CHECKING:
    from headroom_cli.model import Document
    from headroom_cli.text.envelope import Envelope

__all__ = ["MAX_TEMPLATES", "SHAPE", "Survey", "sample_lines", "survey"]

WINDOW = 2 << 20
"""Bytes of one window: large enough for bulk work, small against the memory that a user lends."""
MAX_TEMPLATES = 6_000
MAX_TELLING = 12_000
"""Templates, counting those that only a line that sounds like a failure may still add."""
MAX_CACHED = 30_000
SHAPE = b" \x00"
"""What stands in a template before that which tells it from another of the same mask."""
FEW = 8
"""Lines that are read one by one; more are read as one window."""


class Survey:
    """Columns over lines and tables over templates (index: template id)."""

    __slots__ = (
        "colour", "counts", "document", "envelope", "exemplars", "firsts", "group_counts", "group_ids",
        "groups", "kinds", "known", "levels", "longest", "redraws", "shared", "starts", "templates", "tids", "whole",
    )  # fmt: skip

    def __init__(self, document: Document, envelope: Envelope) -> None:
        self.document = document
        self.envelope = envelope
        self.starts = array("Q")  # byte offset of every line, and the end of the buffer
        self.tids = array("I")  # template of every line
        self.templates: list[bytes] = []
        self.exemplars: list[str] = []  # body of the template's first line, long ones shortened
        self.whole = ""  # all exemplars, a line each: what no template holds stands nowhere
        self.firsts = array("Q")  # its line
        self.counts = array("Q")
        self.levels = bytearray()  # 0-3, see text.severity
        self.kinds: list[str] = []
        self.groups = array("I")  # templates of one group begin with the same two words
        self.group_counts = array("Q")
        self.longest = 0  # bytes of the longest line
        self.known: dict[bytes, int] = {}
        self.group_ids: dict[bytes, int] = {}
        self.colour = False  # terminal escapes were taken off
        self.redraws = False  # carriage returns were taken off, with what they overwrite
        self.shared: int | None = None  # the template of lines that got none of their own, once there are any

    def __len__(self) -> int:
        return len(self.tids)

    def glance(self, line: int) -> str:
        """The body of `line` for judging it: of a very long one its telling spans."""
        start, stop = self.starts[line], self.starts[line + 1]
        if stop - start <= LONG_LINE:
            return self.body(line).decode("utf-8", "surrogateescape")
        return self.envelope.strip_line(clean_line(_spans(self.document, start, stop))).decode("utf-8", "surrogateescape")

    def glances(self, first: int, stop: int) -> list[str]:
        """The same for lines `first` to `stop` (exclusive)."""
        if max(map(sub, self.starts[first + 1 : stop + 1], self.starts[first:stop]), default=0) > LONG_LINE:
            return [self.glance(line) for line in range(first, stop)]
        return [body.decode("utf-8", "surrogateescape") for body in self.bodies(first, stop)]

    def raw(self, line: int) -> bytes:
        """The source's bytes of `line`, without its newline."""
        return self.document.data[self.starts[line] : self.starts[line + 1]].rstrip(b"\n")

    def body(self, line: int) -> bytes:
        """`line` as the tool printed it: without envelope and colour, the last redraw."""
        return self.envelope.strip_line(clean_line(self.raw(line)))

    def bodies(self, first: int, stop: int) -> list[bytes]:
        """The bodies of lines `first` to `stop` (exclusive)."""
        if stop - first < FEW:
            return [self.body(line) for line in range(first, stop)]
        window = self.document.data[self.starts[first] : self.starts[stop]]
        if window.endswith(b"\n"):
            window = window[:-1]
        return self.envelope.strip_window(clean_window(window)).split(b"\n")


def sample_lines(data: Sequence[int], most: int = 400) -> list[bytes]:
    """Cleaned lines from the start, the end and all over `data`, for detection; the same for the same bytes."""
    buffer: bytes = data  # type: ignore[assignment]
    size, spans = len(buffer), [(0, 24_000)]
    if size > 24_000:
        step = max(4_000, size // 20)
        spans += [(at, min(at + 4_000, size)) for at in range(step, size - 1, step)]
    out: list[bytes] = []
    for number, (first, stop) in enumerate(spans):
        lines = clean_window(bytes(buffer[first:stop])).split(b"\n")
        lines = lines if not number else lines[1:]  # a span may start inside a line
        out += lines[:-1] if stop < size and len(lines) > 1 else lines
    out = [line[:LONG_LINE] for line in out if line.strip()]
    return out if len(out) <= most else out[: most // 4] + out[most // 4 :: max(1, len(out) // (3 * most // 4))]


def _windows(data: bytes) -> Iterator[tuple[int, int]]:
    size, first = len(data), 0
    while first < size:
        stop = min(first + WINDOW, size)
        if stop < size:
            cut = data.rfind(b"\n", first, stop)
            if cut < 0:
                cut = data.find(b"\n", stop)
            stop = size if cut < 0 else cut + 1
        yield first, stop
        first = stop


def survey(document: Document, envelope: Envelope, key: Callable[[bytes], bytes] | None = None) -> Survey:
    """Read `document` once. `key` makes a template of one body where the general mask would hide what tells (a status code)."""
    found = Survey(document, envelope)
    cache: dict[bytes, int] = {}
    for first, stop in _windows(document.data):  # type: ignore[arg-type]
        if stop - first > max(WINDOW, 1 << 20):  # one line alone: what tells of it is judged, the rest is never copied
            raw = _spans(document, first, stop)
            found.longest = max(found.longest, stop - first)
        else:
            raw = bytes(document.data[first:stop])
        _add_window(found, raw.removesuffix(b"\n"), first, cache, key)
    found.starts.append(len(document.data))
    found.whole = "\n".join(found.exemplars)
    for tid, count in Counter(found.tids).items():
        found.counts[tid] = count
        found.group_counts[found.groups[tid]] += count
    return found


def _add_window(found: Survey, raw: bytes, offset: int, cache: dict[bytes, int], key: Callable[[bytes], bytes] | None) -> None:
    body = found.envelope.strip_window(clean_window(raw))
    lines = body.split(b"\n")
    lengths = list(map(len, lines if body == raw else raw.split(b"\n")))
    found.longest = max(found.longest, max(lengths) + 1)
    found.starts.extend(accumulate(map((1).__add__, lengths), initial=offset))
    found.starts.pop()  # the start of the next window
    found.colour = found.colour or b"\x1b" in raw
    found.redraws = found.redraws or raw.count(b"\r") > (raw.count(b"\r\n") if found.document.newline == b"\r\n" else 0) + raw.endswith(b"\r")
    keys = lines if key else body.translate(DIGITS).split(b"\n")
    if max(map(len, keys)) > LONG_LINE:
        lines, keys = list(map(excerpt, lines)), list(map(excerpt, keys))
    new = [text for text in dict.fromkeys(keys) if text not in cache]
    if new:
        _add_templates(found, new, keys, lines, cache, key)
    found.tids.extend(map(cache.__getitem__, keys))
    if len(cache) > MAX_CACHED:
        cache.clear()


def _spans(document: Document, start: int, stop: int) -> bytes:
    """What tells of one very long line, without a copy of the rest."""
    return b" ".join(bytes(document.data[first:last]) for first, last in telling_spans(document.data, start, stop))


def _add_templates(
    found: Survey, new: list[bytes], keys: list[bytes], lines: list[bytes], cache: dict[bytes, int], key: Callable[[bytes], bytes] | None
) -> None:
    whole = b"\n".join(new)
    masked = [key(text) for text in new] if key else mask(whole).split(b"\n")
    blank = [place for place, text in enumerate(masked) if is_blank(text)] if not key else []
    shapes = shape(b"\n".join(new[place] for place in blank)).split(b"\n") if blank else []
    for place, own in zip(blank, shapes, strict=True):
        masked[place] += SHAPE + own
    telling = suspects(whole) if len(found.templates) < MAX_TELLING else []
    _unmask(masked, new, telling)
    tids: list[int | None] = list(map(found.known.get, masked))
    unseen = [place for place, tid in enumerate(tids) if tid is None]
    if unseen:
        heard = set(telling)
        suspicious = [number for number, place in enumerate(unseen) if place in heard]
        _choose(found, [new[place] for place in unseen], [masked[place] for place in unseen], suspicious, keys, lines)
        tids = list(map(found.known.get, masked, repeat(found.shared)))
    cache.update(zip(new, tids, strict=True))  # type: ignore[arg-type]


def _unmask(masked: list[bytes], new: list[bytes], telling: Sequence[int]) -> None:
    """A failure word inside a variable word (`build_7:FAILED`, `1/FAILURE`) is part of the template: it is not what varies."""
    if telling:
        still = set(suspects(b"\n".join(masked[place] for place in telling)))
        for number, place in enumerate(telling):
            if number not in still and (words := verdicts(new[place])):
                masked[place] += SHAPE + words


def _choose(
    found: Survey, new: list[bytes], masked: list[bytes], suspicious: Sequence[int], keys: list[bytes], lines: list[bytes]
) -> None:
    """Templates for those of `new` that may have one; the others share one with an empty text. `suspicious`: places in `new`."""
    room = MAX_TEMPLATES - len(found.templates)
    if len(found.templates) < MAX_TELLING:
        telling = set(suspicious)
        chosen = range(len(new)) if room >= len(new) else sorted({*range(room), *telling})
        first_of = dict(zip(reversed(keys), range(len(keys) - 1, -1, -1), strict=True)) if chosen else {}
        for number in chosen:
            if len(found.templates) < (MAX_TELLING if number in telling else MAX_TEMPLATES):
                line = first_of[new[number]]
                _template(found, masked[number], lines[line], len(found.tids) + line, number in telling)
    if found.shared is None and room < len(new) and not found.known.keys() >= set(masked):
        found.shared = _template(found, b"\x00", b"", len(found.tids), telling=False)


def _template(found: Survey, template: bytes, body: bytes, line: int, telling: bool) -> int:
    """The id for `template`, new where it has none."""
    known = found.known.get(template)
    if known is not None:
        return known
    size = len(found.templates)
    words = first_words(template.partition(SHAPE)[0])
    text = body.decode("utf-8", "surrogateescape")
    level, kind = severity(text) if telling else (0, "")
    group = found.group_ids.setdefault(words, len(found.group_ids))
    if group == len(found.group_counts):
        found.group_counts.append(0)
    found.known[template] = size
    found.templates.append(template)
    found.exemplars.append(text)
    found.firsts.append(line)
    found.counts.append(0)
    found.levels.append(level)
    found.kinds.append(kind)
    found.groups.append(group)
    return size
