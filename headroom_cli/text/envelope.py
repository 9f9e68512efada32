r"""The envelope of a log line: what the runner or the logger put before the body.

    2026-01-02T03:04:05.1234567Z npm error code E404   ->  npm error code E404
    build\tRun tests\t2026-01-02T03:04:05.1Z ok 1      ->  ok 1

It is taken off before anything is detected or matched. Layers are found one after another (a runner's timestamp, then a
tool's own), each by the share of sampled lines that carry it. What was taken off is said once in the header.
"""

import re
from collections.abc import Sequence
from functools import cache
from typing import NamedTuple

from headroom_cli.text.regex import Bulk

__all__ = ["LAYERS", "Envelope", "Layer", "find_envelope"]


class Layer(NamedTuple):
    """One kind of prefix. `share` is the part of sampled lines (0-1) from which it counts as there."""

    name: str
    says: str  # what the header calls it
    sign: bytes  # every line that carries it holds this, once all its digits are 0
    pattern: str
    share: float = 0.5


_ISO = r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d"
_DIGITS = bytes.maketrans(b"123456789", b"000000000")
_OFFSET = r"(?: ?(?:Z|[+-]\d\d:?\d\d))?"

LAYERS: tuple[Layer, ...] = (
    Layer("gitlab", "timestamps", b"00:00:00", rf"{_ISO}\.\d+Z \d\d[OE][ +]", 0.4),
    Layer("github-columns", "job columns, timestamps", b"00:00:00", rf"[^\t\n]{{1,120}}\t[^\t\n]{{1,120}}\t(?:\xef\xbb\xbf)?{_ISO}\.\d+Z ?", 0.4),
    Layer("github", "timestamps", b"00:00:00", rf"(?:\xef\xbb\xbf)?{_ISO}\.\d{{5,9}}Z ?", 0.4),
    Layer("buildkit", "step numbers", b"#0", r"#\d{1,4} \d+\.\d{1,3} ", 0.5),
    Layer("jenkins", "timestamps", b"00:00:00", rf"\[{_ISO}\.\d+Z\] ", 0.4),
    Layer("compose", "container names", b" | ", r"[\w.-]{1,60} +\| ", 0.8),
    Layer("iso", "timestamps", b"00:00:00", rf"\[?\d{{4}}[-/.]\d\d[-/.]\d\d[T ]\d\d:\d\d:\d\d(?:[.,:]\d{{1,9}})?{_OFFSET}\]?:?[ \t]"),
    Layer("syslog", "timestamps, host", b" 00:00:00 ", r"(?:<\d{1,3}>\d? ?)?[A-Z][a-z]{2} [ \d]\d \d\d:\d\d:\d\d [\w.-]{1,64} "),
    Layer("weekday", "timestamps", b"00:00:00", r"\[?[A-Z][a-z]{2} [A-Z][a-z]{2} [ \d]\d \d\d:\d\d:\d\d(?:\.\d+)? (?:[A-Z]{2,5} )?\d{4}\]?:? "),
    Layer("compact", "timestamps", b"00:00:00", r"\d\d?[-/](?:\d\d|[A-Z][a-z]{2})[-/]\d{2,4} \d\d:\d\d:\d\d(?:[.,]\d{1,9})? "),
    Layer("clock", "timestamps", b"00:00:00", r"\[?\d\d:\d\d:\d\d(?:[.,]\d{1,9})?\]? "),
    Layer("kernel", "timestamps", b".000000] ", r"\[ *\d{1,7}\.\d{6}\] "),
    Layer("epoch", "timestamps", b"0000000000", r"\[?\d{10}(?:\.\d{1,9})?\]?[ \t]"),
)


class Envelope:
    """The layers of one document, outermost first, as one prefix pattern. Empty: lines have no envelope."""

    __slots__ = ("_bulk", "_line", "layers")

    def __init__(self, layers: Sequence[Layer]) -> None:
        self.layers = tuple(layers)
        self._bulk: Bulk | None = None
        self._line: re.Pattern[bytes] | None = None

    @property
    def says(self) -> str:
        """What the header says was taken off, "" for nothing."""
        parts: list[str] = []
        for layer in self.layers:
            parts += [part for part in layer.says.split(", ") if part not in parts]
        return ", ".join(parts)

    @property
    def pattern(self) -> str:
        """The prefix as a regular expression without anchor."""
        out = ""
        for layer in reversed(self.layers):
            out = f"{layer.pattern}(?:{out})?" if out else layer.pattern
        # an inner layer may stand without its outer one
        inner = "".join(f"|{layer.pattern}" for layer in self.layers[1:])
        return f"(?:{out}{inner})" if inner else f"(?:{out})"

    def strip_window(self, window: bytes) -> bytes:
        """Every line of a cleaned window without its envelope."""
        if not self.layers:
            return window
        if self._bulk is None:
            self._bulk = Bulk(b"(?m)^" + self.pattern.encode("latin-1"))
        return self._bulk.sub(b"", window)

    def strip_line(self, line: bytes) -> bytes:
        """One cleaned line without its envelope: what `strip_window` makes of it."""
        if not self.layers:
            return line
        if self._line is None:
            self._line = re.compile(self.pattern.encode("latin-1"))
        found = self._line.match(line)
        return line[found.end() :] if found else line


@cache
def _compiled(pattern: str) -> re.Pattern[bytes]:
    return re.compile(pattern.encode("latin-1"))


def _shared_start(lines: Sequence[bytes]) -> bytes:
    """Blanks and separators that every line begins with: only what stands before all bodies is not a body's own."""
    out = b""
    while len(out) < 6 and lines:
        sign = next((sign for sign in (b" ", b"- ", b"| ", b": ") if all(line.startswith(out + sign) for line in lines)), b"")
        if not sign:
            break
        out += sign
    return out


def find_envelope(sample: Sequence[bytes]) -> Envelope:
    """The envelope that most of `sample` (cleaned lines from all over the document) carries; at most three layers."""
    lines = [line for line in sample if line.strip()]
    layers: list[Layer] = []
    while len(layers) < 3 and lines:
        best: tuple[float, Layer] | None = None
        taken = {layer.name for layer in layers}
        masked = b"\n".join(lines).translate(_DIGITS)
        for layer in LAYERS:
            if masked.count(layer.sign) < layer.share * len(lines) or layer.name in taken or (layers and layer.name in ("compose", "epoch")):
                continue
            found = [line[: match.end()] for line in lines if (match := _compiled(layer.pattern).match(line))]
            share = len(found) / len(lines)
            if layer.name == "compose" and len(set(found)) > 1:  # which container it was is what tells
                continue
            if share >= layer.share and (best is None or share > best[0] + 0.02):
                best = share, layer
            if share > 0.97:  # no other can be clearly better, and most need not be compiled
                break
        if best is None:
            break
        pattern = _compiled(best[1].pattern)
        lines = [line[match.end() :] for line in lines if (match := pattern.match(line)) and line[match.end() :].strip()]
        rest = _shared_start(lines)
        layers.append(best[1]._replace(pattern=best[1].pattern + re.escape(rest.decode("latin-1"))))
        lines = [line[len(rest) :] for line in lines]
    return Envelope(layers)
