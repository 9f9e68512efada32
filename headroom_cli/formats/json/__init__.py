r"""JSON and JSON lines: whitespace off, then tables, then rows by weight.

    {"version": "1", "items": [                          version: 1
      {"id": "a", "level": "low", "at": {"line": 3}},    $.items[2]: id,level,at.line
      {"id": "b", "level": "high", "at": {"line": 7}}    a,low,3
    ]}                                                   b,high,7

`lossless` stays valid JSON, byte for byte but for the whitespace between tokens. All other strategies write tables that hold every value
as the source does; then long strings lose their middle, columns of prose, links and checksums go from all rows of a table, which its
head says (`-description,links`), and at last rows, which markers say. A text that is no valid JSON is read as plain text.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from headroom_cli.formats import plain
from headroom_cli.model import Risk
from headroom_cli.settings import STRATEGIES
from headroom_cli.text.jsonlog import is_log
from headroom_cli.text.regex import compiled

if TYPE_CHECKING:
    from mmap import mmap

    from headroom_cli.formats.json.outline import Region
    from headroom_cli.model import Document
    from headroom_cli.settings import Settings
    from headroom_cli.stages.proposal import Proposal
    from headroom_cli.text.envelope import Envelope
    from headroom_cli.text.jsontext import JsonText
    from headroom_cli.tokens import TokenCounter

__all__ = ["NAME", "about", "check", "read", "score"]

NAME = "json"
about = "JSON, JSON lines and concatenated JSON: tables of records, then rows by weight"

_START = rb"^\s*(?:\{\s*(?:\"|\}|$)|\[\s*(?:[\[{\"\]]|$|(?:-?\d[\d.eE+-]*|true|false|null)\s*(?:,|\]|$)))"
_LINE = rb"^\s*(?:\"(?:[^\"\\]|\\.)*\"\s*:\s*\S.*|[\]}\[{]+,?|[\]}],\s*[\[{]|\"(?:[^\"\\]|\\.)*\",?|-?\d[\d.eE+-]*,?|(?:true|false|null),?)\s*$"
_RECORD = rb"^\s*[\[{].*[\]}],?\s*$"
LONGEST_MENDED = 20 << 20
"""Bytes up to which a text that is no valid JSON is read as far as it goes."""
_TESTS = rb"\"Action\" ?: ?\"(?:start|run|pause|cont|pass|bench|fail|output|skip|build-\\w+)\""


def _share(pattern: bytes, lines: Sequence[bytes]) -> float:
    match = compiled(pattern).search
    return sum(1 for line in lines if match(line)) / max(1, len(lines))


def score(lines: Sequence[bytes], envelope: Envelope) -> tuple[float, str]:
    """How sure (0-1) that these sampled lines are JSON, and what says so. JSON lines with a level and a time or
    message are a log, those of `go test -json` a test report."""
    lines = [line for line in lines if not line.lstrip().startswith((b"//", b"/*"))]
    if not lines or lines[0].lstrip()[:1] not in (b"{", b"[") or envelope.layers or not compiled(_START).match(lines[0]):
        return 0.0, ""
    records = _share(_RECORD, lines)
    if len(lines) > 1 and records > 0.9 and (_share(_TESTS, lines) > 0.5 or sum(map(is_log, lines)) > 0.5 * len(lines)):
        return 0.0, ""
    share = max(records, _share(_LINE, lines), (_share(_LINE, lines) + _share(_RECORD, lines)) * 0.95)
    if len(lines) <= 3:  # one or two long lines: the sample may have cut them
        share = 0.96
    return (min(0.97, share + 0.02) if share >= 0.8 else 0.0), f"{min(1.0, share):.0%} of sampled lines are JSON"


def read(document: Document, envelope: Envelope, settings: Settings, counter: TokenCounter, pack_dirs: Sequence[str]) -> Proposal:
    """Records as rows; minified pieces where the output must stay JSON; plain text where the input is none."""
    from headroom_cli.formats.json.pieces import Pieces
    from headroom_cli.formats.json.reading import JsonReading

    try:
        facts: list[str] = []
        text, regions = _outlined_or_nothing(document.data)
        if text is None:
            text, regions, facts = _mended(document.data, settings)
        if not regions or not text.size:
            raise ValueError("nothing in it")
        if STRATEGIES[settings.strategy].ceiling == Risk.LOSSLESS:
            pieces = Pieces(text, regions, document, settings, counter)
            if settings.max_tokens is None or pieces.size <= settings.max_tokens:
                return pieces
        reading = JsonReading(text, regions, document, settings, counter)
        reading.draft.facts += facts
        if facts:
            return reading
        if settings.max_tokens is None and reading.too_short():
            return Pieces(text, regions, document, settings, counter)
        if STRATEGIES[settings.strategy].ceiling != Risk.CONTENT and settings.max_tokens is None and (least := reading.least()):
            pieces = Pieces(text, regions, document, settings, counter)  # trees: names with all that is above them cost more than brackets
            return pieces if least >= pieces.size else reading
        return reading
    except (ValueError, RecursionError) as error:
        proposal = plain.read(document, envelope, settings, counter, pack_dirs)
        reason = "nested too deeply" if isinstance(error, RecursionError) else "no valid JSON"
        proposal.draft.facts = [*proposal.draft.facts, f"{reason}: read as text"]
        return proposal


def _outlined_or_nothing(data: bytes | mmap) -> tuple[JsonText | None, list[Region]]:
    """The text and its regions, nothing where it is no JSON: what was read so far is let go."""
    try:
        return _outlined(data)
    except ValueError:
        return None, []


def _mended(data: bytes | mmap, settings: Settings) -> tuple[JsonText, list[Region], list[str]]:
    """The same of JSON that breaks off or has comments and trailing commas, and what the header says of it: its values, then by lines
    what follows them. ValueError where that is more than a quarter, or nothing but JSON may come out."""
    from headroom_cli.formats.json.outline import REST, Values, outline, outline_lines
    from headroom_cli.text.jsontext import JsonText, elements, encode
    from headroom_cli.text.mend import mend

    if len(data) > LONGEST_MENDED or (STRATEGIES[settings.strategy].ceiling == Risk.LOSSLESS and settings.max_tokens is None):
        raise ValueError("no valid JSON")
    found = mend(str(memoryview(data), "utf-8"))
    if not found.values or len(found.rest) * 4 > len(data) or found.values == ["{}"]:
        raise ValueError("no valid JSON")
    values = "\n".join(found.values).encode()
    text = JsonText(values)
    regions = outline(text) if len(found.values) == 1 else outline_lines(text)
    facts = [f"cut: {found.comments} comments"] if found.comments else []
    if found.rest:
        lines = [line.strip() for line in found.rest.split("\n")]
        at = text.size
        text = JsonText(values + encode([line for line in lines if line]).encode())
        regions.append(Values(REST, *elements(text, at, lambda _value: None)))
        return text, regions, [f"no valid JSON after {len(data) - len(found.rest.encode())} bytes", *facts]
    return text, regions, facts or ["no valid JSON: read as it is meant"]


def _outlined(data: bytes | mmap) -> tuple[JsonText, list[Region]]:
    """The text that records are read from, and its regions: minified, but for JSON lines."""
    from headroom_cli.formats.json.outline import outline, outline_lines
    from headroom_cli.text.jsontext import JsonText, compact

    at = data.find(b"\n", _begin(data))
    if at >= 0 and bytes(data[at : at + 200]).lstrip()[:1] in (b"{", b"[") and bytes(data[max(0, at - 200) : at]).rstrip()[-1:] in (b"}", b"]"):
        text = JsonText(data)
        return text, outline_lines(text)
    if at < 0 and bytes(data[-200:]).rstrip()[-1:] not in (b"}", b"]"):
        raise ValueError("one line without its end")  # known before all of it is read
    text = compact(data)
    try:
        return text, outline(text)
    except ValueError:
        if text.mark(0) not in (b"{", b"["):
            raise
        text = JsonText(data)
        return text, outline_lines(text)


def _begin(data: bytes | mmap) -> int:
    """Where the first value starts."""
    head = bytes(data[:4096])
    return len(head) - len(head.lstrip())


def check(output: bytes, document: Document, proposal: Proposal) -> list[str] | None:
    """What in `output` is not what the source holds: one sentence each; None where the document was read as text."""
    from headroom_cli.formats.json.pieces import Pieces
    from headroom_cli.formats.json.reading import JsonReading
    from headroom_cli.formats.json.verdict import check_tables
    from headroom_cli.settings import Settings
    from headroom_cli.tokens import get_counter

    if not isinstance(proposal, (JsonReading, Pieces)):
        return None
    units = proposal.units if isinstance(proposal, JsonReading) else proposal
    if b"; not JSON" not in output.partition(b"\n")[0]:
        return Pieces(units.text, units.regions, document, Settings(), get_counter("estimate")).check(output)
    return check_tables(output, JsonReading(units.text, units.regions, document, Settings(), get_counter("estimate")))
