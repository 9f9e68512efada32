r"""Takes secrets out of a document: keys, tokens, passwords, private keys, e-mail addresses.

    export API_TOKEN=ghp_0aB...      ->  export API_TOKEN=[redacted:github-pat:1]
    cloning with ghp_0aB...          ->  cloning with [redacted:github-pat:1]
    mail ann@example.org             ->  mail [redacted:email:1]

The same secret has the same number within a document, numbers go up in the order of the text, and nothing in a placeholder is
made from the secret. Lines stay lines. What is looked for is in `text/secrets`; a document without cues costs one bulk pass.
"""

from __future__ import annotations

import re
from io import BytesIO
from typing import TYPE_CHECKING, NamedTuple

from headroom_cli.text.regex import Bulk, any_of
from headroom_cli.text.secrets import finder

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from mmap import mmap

__all__ = ["redact"]

WINDOW = 8 << 20  # bytes looked at together, in whole lines
SWEPT = 12  # characters from which a secret that was found is looked for everywhere, without its cue
MOST_SWEPT = 1000  # different secrets looked for so
LONGEST_SWEPT = 200
KEY_LINES = 400  # lines that a private key may have
LONGEST_KEY = 20_000  # characters of one on a single line
LONG_FIND = 1000  # bytes of a secret that is not looked into again

_SPARE = b"\x01\x02\x03\x04\x05\x06\x0e\x0f\x10\x11\x12\x13\x14\x15\x16\x17\x18\x19\x1a"
_LOCAL = re.compile(rb"[\w.%+-]{1,64}\Z")
_BEGIN = re.compile(rb"-----BEGIN[ A-Z0-9_-]{0,100}PRIVATE KEY(?: BLOCK)?-----")
_END = re.compile(rb"-----END[ A-Z0-9_-]{0,100}PRIVATE KEY(?: BLOCK)?-----")
_INLINE = re.compile(rb"-----BEGIN[ A-Z0-9_-]{0,100}PRIVATE KEY(?: BLOCK)?-----(?P<v>[^-\r\n]{16,})(?:-----END|)")
_KEY_BODY = re.compile(rb"(?P<v>(?<![A-Za-z0-9+/=])[A-Za-z0-9+/=]+)(?=[\"',\\nr ;]*\r?\Z)")
_KEY_RUN = re.compile(rb"[A-Za-z0-9+/=]{32}")
_KEY_HEADER = re.compile(rb"(?:Proc-Type|DEK-Info|Version|Comment|Charset|Hash|MessageID): [^\r\n]*\Z")
_PLACEHOLDER = re.compile(rb"\[redacted:(?P<kind>[a-z0-9-]{1,60}):(?P<number>[1-9]\d{0,8})\]")
_WHOLE_LINE = 16  # characters of a key's line that is not its last


class _Find(NamedTuple):
    """A place that has to go. `secret` is what it is numbered by; only the `counted` places count."""

    start: int
    end: int
    rank: int
    kind: str
    secret: bytes
    counted: bool = True


def redact(data: bytes | mmap) -> tuple[bytes | mmap, dict[str, int]]:
    """`data` with placeholders for secrets, and how many were replaced of each kind; `data` itself where there are none."""
    found = [*_private_keys(data), *_by_cue(data)]
    if not found:
        return data, {}
    found += _again(data, found)
    out = BytesIO()  # its value is not copied: pieces and their sum would be twice the document
    names: dict[bytes, bytes] = {}
    numbers = _taken(data)
    counts: dict[str, int] = {}
    done = 0
    for find in _joined(found, data):
        if find.secret not in names:
            numbers[find.kind] = numbers.get(find.kind, 0) + 1
            names[find.secret] = f"[redacted:{find.kind}:{numbers[find.kind]}]".encode()
        name = names[find.secret]
        kind = name[len("[redacted:") :].rpartition(b":")[0].decode()
        counts[kind] = counts.get(kind, 0) + find.counted
        out.write(data[done : find.start])
        out.write(name)
        done = find.end
    out.write(data[done:])
    return out.getvalue(), counts


def _taken(data: bytes | mmap) -> dict[str, int]:
    """The highest number of each kind that the document itself has: it may have been redacted before."""
    taken: dict[str, int] = {}
    if data.find(b"[redacted:") >= 0:
        for match in _PLACEHOLDER.finditer(data):
            kind = match["kind"].decode()
            taken[kind] = max(taken.get(kind, 0), int(match["number"]))
    return taken


def _joined(found: Iterable[_Find], data: bytes | mmap) -> Iterator[_Find]:
    """The places in order, those that overlap as one: it has the surest one's kind."""
    last: _Find | None = None
    for find in sorted(found):
        if last is None or find.start >= last.end:
            if last:
                yield last
            last = find
            continue
        best = min(last, find, key=lambda each: each.rank)
        end = max(last.end, find.end)
        whole = best.start == last.start and best.end == end
        last = best._replace(start=last.start, end=end, secret=best.secret if whole else bytes(data[last.start : end]))
    if last:
        yield last


def _by_cue(data: bytes | mmap) -> Iterator[_Find]:
    """What a rule finds where a cue of its stands."""
    rules = finder()
    for offset, window in _windows(data):
        done = 0
        for place in _marked(window, rules.marks):
            if place < done:
                continue
            if window[place] == 0x40:
                find = _address(window, place)
            else:
                at = rules.at(window, place)
                find = _Find(at[0], at[1], at[2].rank, at[2].kind, window[at[0] : at[1]]) if at else None
            if find:
                done = find.end if find.end - find.start > LONG_FIND else 0
                yield find._replace(start=offset + find.start, end=offset + find.end)


def _marked(window: bytes, marks: Bulk) -> Iterator[int]:
    """Places of the marks. To replace a byte and look for it is much faster than to ask for places."""
    spare = next((bytes([code]) for code in _SPARE if code not in window), b"")
    if not spare:
        yield from (start for start, _ in marks.spans(window))
        return
    marked = marks.sub(spare, window)
    place = marked.find(spare)
    while place >= 0:
        yield place
        place = marked.find(spare, place + 1)


def _address(window: bytes, place: int) -> _Find | None:
    """The e-mail address whose `@` is at `place`; `git@host` and the user of a URL are none."""
    local = _LOCAL.search(window[max(0, place - 64) : place])
    at = finder().at(window, place)
    if local is None or at is None:
        return None
    start = place - len(local[0])
    before = window[max(0, start - 300) : start]
    word = before[max(before.rfind(b" "), before.rfind(b"\n"), before.rfind(b"\t")) + 1 :]
    if local[0] in (b"git", b"hg", b"svn") or (b"://" in word and b"/" not in word.partition(b"://")[2]):
        return None
    return _Find(start, at[1], at[2].rank, at[2].kind, window[start : at[1]].lower())


def _windows(data: bytes | mmap) -> Iterator[tuple[int, bytes]]:
    start = 0
    while start < len(data):
        end = start + WINDOW
        if end < len(data):
            end = data.rfind(b"\n", start, end) + 1 or data.find(b"\n", end) + 1 or len(data)
        yield start, data[start:end] if start or end < len(data) or not isinstance(data, bytes) else data
        start = end


def _again(data: bytes | mmap, found: Iterable[_Find]) -> list[_Find]:
    """The other places of secrets that are long enough to be no accident."""
    kinds = {
        find.secret: find.kind
        for find in found
        if find.kind not in ("email", "private-key", "cookie") and SWEPT <= len(find.secret) <= LONGEST_SWEPT and b"\n" not in find.secret
    }
    words = list(kinds)[:MOST_SWEPT]
    if not words:
        return []
    again = []
    for start, end in Bulk(any_of(word.decode("latin-1") for word in words).encode("latin-1")).spans(data):
        again.append(_Find(start, end, 5, kinds[bytes(data[start:end])], bytes(data[start:end])))
    return again


def _private_keys(data: bytes | mmap) -> Iterator[_Find]:
    """The body of every private key in PEM form: on one line, or on lines of their own behind whatever envelope."""
    place = data.find(b"-----BEGIN")
    while place >= 0:
        line_end = data.find(b"\n", place, place + LONGEST_KEY)
        line_end = min(len(data), place + LONGEST_KEY) if line_end < 0 else line_end
        line = bytes(data[place:line_end])
        inline, begin = _INLINE.match(line), _BEGIN.match(line)
        if inline and _KEY_RUN.search(inline["v"]):
            start, end = (place + each for each in inline.span("v"))
            yield _Find(start, end, -1, "private-key", inline["v"])
        elif begin and data[line_end : line_end + 1] == b"\n":
            yield from _key_lines(data, line_end + 1)
        place = data.find(b"-----BEGIN", place + 10)


def _key_lines(data: bytes | mmap, start: int) -> list[_Find]:
    """The body's lines from `start` to the end of the key; where that is missing, as far as they look like one."""
    lines = list(_lines(data, start))
    end = next((at for at, (first, stop) in enumerate(lines) if _END.search(data[first:stop])), None)
    spans: list[tuple[int, int]] = []
    for at, (first, stop) in enumerate(lines[:end]):
        line = bytes(data[first:stop])
        body = _KEY_BODY.search(line)
        if body and (len(body["v"]) >= _WHOLE_LINE or (spans and at + 1 == end)):
            spans.append((first + body.start("v"), first + body.end("v")))
        elif end is None and line.strip() and not _KEY_HEADER.search(line):
            break
    secret = b"\n".join(bytes(data[a:b]) for a, b in spans)
    return [_Find(a, b, -1, "private-key", secret, counted=at == 0) for at, (a, b) in enumerate(spans)]


def _lines(data: bytes | mmap, start: int) -> Iterator[tuple[int, int]]:
    """Start and end of at most KEY_LINES lines, up to where another key begins."""
    for _ in range(KEY_LINES):
        if start >= len(data):
            return
        stop = data.find(b"\n", start)
        stop = len(data) if stop < 0 else stop
        if data.find(b"-----BEGIN", start, stop) >= 0:
            return
        yield start, stop
        start = stop + 1
