"""The words of the engine as values: risk, document, blocks, result. What cuts and renders is in `draft`."""

from enum import IntEnum
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from mmap import mmap

__all__ = ["BlockCount", "Document", "Result", "Risk"]


class Risk(IntEnum):
    """What a rendering may cost the reader. A strategy's ceiling bounds it."""

    LOSSLESS = 0  # the source can be rebuilt from the output alone
    NOISE = 1  # progress, timestamps, colour: nobody reads it
    DETAIL = 2  # the middle of a trace, repeats that differ in numbers
    CONTENT = 3  # lines by weight


class Document(NamedTuple):
    """A decoded source: UTF-8 bytes without BOM; undecodable bytes stand as they were (surrogateescape)."""

    data: "bytes | mmap"
    name: str  # what a message calls it: the path as given, or "<stdin>"
    path: str | None = None  # the file that holds the original, for `retrieve`; None where it is not stored
    encoding: str = "utf-8"  # the encoding of the source and of the output: utf-8, utf-16-le, utf-16-be
    bom: bytes = b""
    newline: bytes = b"\n"  # b"\r\n" where every line ends so
    packed: str = ""  # "gz" or "zst" where the source was compressed; the output is not
    binary: bool = False  # NUL bytes: not text, passes through


class BlockCount(NamedTuple):
    """Evidence blocks of a document. Promise 1: found = shown + named."""

    found: int = 0
    shown: int = 0  # at least the head is in the output
    named: int = 0  # counted in a marker, by the variable part of the head where there is room
    kinds: tuple[tuple[str, int], ...] = ()  # (kind, found), most first


class Result(NamedTuple):
    """What became of one document. Plain values: picklable, comparable."""

    data: bytes  # the output in the source's encoding
    name: str
    original_tokens: int
    compressed_tokens: int
    format: str
    strategy: str
    quality: float = 1.0  # retained share of excess weight, 0-1
    exact: bool = True  # counted with the real vocabulary; False: an estimate, shown with `~`
    tokenizer: str = "o200k_base"
    blocks: BlockCount = BlockCount()
    units: int = 0  # lines, records, ... of the source
    kept: int = 0  # of them, in the output
    original_bytes: int = 0
    reason: str = ""  # why the input passed unchanged; "" where it was compressed
    rule: str = ""  # `file:line` of the last configuration rule that applied
    why_format: str = ""  # what made the format be chosen
    warnings: tuple[str, ...] = ()
    encoding: str = "utf-8"
    redacted: tuple[tuple[str, int], ...] = ()  # (kind of secret, places replaced), by kind

    @property
    def text(self) -> str:
        """The output as text (undecodable bytes as surrogates)."""
        if not self.encoding.startswith("utf-16"):
            return self.data.decode("utf-8", "surrogateescape")
        return self.data.decode("utf-16" if self.data[:2] in (b"\xff\xfe", b"\xfe\xff") else self.encoding, "replace")

    @property
    def savings_pct(self) -> float:
        """Percent of tokens saved; 0.0 where nothing was."""
        if not self.original_tokens:
            return 0.0
        return round(100 * (1 - self.compressed_tokens / self.original_tokens), 2)

    @property
    def changed(self) -> bool:
        """Whether the output differs from the input."""
        return not self.reason

    @property
    def input_type(self) -> str:
        """The format's name, under the name the library's users know."""
        return self.format
