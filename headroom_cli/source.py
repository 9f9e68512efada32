"""Decides what a source's bytes are: encoding, BOM, line ends, packing, text or not.

`b"\\xff\\xfea\\x00\\r\\x00\\n\\x00"` becomes a Document with data `b"a\\r\\n"`, encoding utf-16-le, that BOM and newline CRLF;
`encode_output` turns data back into bytes of the same kind. Bytes that are not UTF-8 stay as they are.
"""

from __future__ import annotations

import mmap
import os
import sys
from typing import TYPE_CHECKING

from headroom_cli.errors import InputError
from headroom_cli.model import Document

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from typing import Any

__all__ = ["UNPACKED_LIMIT", "encode_output", "open_document", "read_document", "read_stdin"]

UNPACKED_LIMIT = 2 << 30  # bytes: a packed source may not become larger
MAPPED_FROM = 1 << 20  # bytes: larger files are mapped, not read
BINARY_SCAN = 64 << 10  # bytes in which a NUL tells binary data

_STEP = 1 << 20  # bytes unpacked or scanned at a time
_UTF8_BOM = b"\xef\xbb\xbf"
_UTF16 = {b"\xff\xfe": "utf-16-le", b"\xfe\xff": "utf-16-be"}
_PACKED = {b"\x1f\x8b": "gz", b"\x28\xb5\x2f\xfd": "zst"}


def read_document(data: bytes | mmap.mmap, *, name: str, path: str | None) -> Document:
    """Return the Document of raw bytes; InputError where they are packed and cannot be unpacked."""
    packed = next((kind for magic, kind in _PACKED.items() if data[: len(magic)] == magic), "")
    if packed:
        data = _unpacked(data, packed, name)
    bom, encoding = b"", "utf-8"
    if data[:3] == _UTF8_BOM:
        bom, data = _UTF8_BOM, data[3:]
    elif data[:2] in _UTF16:
        text = _from_utf16(data[2:], _UTF16[data[:2]])
        if text is not None:
            bom, encoding, data = data[:2], _UTF16[data[:2]], text
    elif data.find(b"\0", 0, BINARY_SCAN) >= 0 and (bare := _bare_utf16(data[:BINARY_SCAN])):
        text = _from_utf16(data[:], bare)
        if text is not None:
            encoding, data = bare, text
    return Document(
        data=data,
        name=name,
        path=path,
        encoding=encoding,
        bom=bom,
        newline=_newline(data),
        packed=packed,
        binary=data.find(b"\0", 0, BINARY_SCAN) >= 0,
    )


def open_document(path: str) -> Document:
    """Return the Document of a file, mapped into memory where it is large; InputError where it cannot be read."""
    try:
        if os.path.isdir(path):
            raise InputError("is a directory", place=path, hint="name files, or use compress-batch --input 'DIR/**'")
        with open(path, "rb") as file:
            size = os.fstat(file.fileno()).st_size
            if size > MAPPED_FROM:
                data: bytes | mmap.mmap = mmap.mmap(file.fileno(), size, access=mmap.ACCESS_READ)
            else:
                data = file.read()
    except FileNotFoundError:
        raise InputError("no such file", place=path, hint="check the name, or quote a glob for --input") from None
    except PermissionError:
        raise InputError("permission denied", place=path, hint="check who may read it: ls -l") from None
    except (OSError, ValueError) as error:
        raise InputError(f"cannot be read: {getattr(error, 'strerror', None) or error}", place=path) from None
    return read_document(data, name=path, path=path)


def read_stdin() -> Document:
    """Return the Document of standard input, read to its end."""
    if sys.stdin is None:
        raise InputError("is closed", place="<stdin>", hint="name a file, or pipe something in")
    try:
        data = sys.stdin.buffer.read()
    except OSError as error:
        raise InputError(f"cannot be read: {error.strerror or error}", place="<stdin>") from None
    return read_document(data, name="<stdin>", path=None)


def encode_output(data: bytes, document: Document) -> bytes:
    """Return UTF-8 `data` in the encoding of `document`, with its BOM; the inverse of `read_document`, unpacked."""
    if document.encoding == "utf-8":
        return document.bom + data if document.bom else data
    try:
        text = data.decode("utf-8", "surrogatepass")
    except UnicodeDecodeError:  # cut inside a character
        text = data.decode("utf-8", "replace")
    return document.bom + text.encode(document.encoding, "surrogatepass")


def _bare_utf16(start: bytes) -> str:
    """UTF-16 as the encoding of what begins with `start`, without a byte-order mark; "" where it is not clearly so.

    Clearly: NULs at every other byte, none beside them, and what comes out is printable.
    """
    even, odd = start[: len(start) & ~1][::2], start[1::2]
    few, many, encoding = (even, odd, "utf-16-le") if odd.count(0) > even.count(0) else (odd, even, "utf-16-be")
    if few.count(0) or many.count(0) < 0.8 * len(many) or len(start) < 16:
        return ""
    text = few.translate(None, b"\n\r\t\x1b").decode("latin-1")
    return encoding if sum(map(str.isprintable, text)) >= 0.95 * len(text) else ""


def _from_utf16(data: bytes, encoding: str) -> bytes | None:
    """UTF-16 as UTF-8, half pairs kept as they are (surrogatepass); None for half a character: that is not text."""
    try:
        return data.decode(encoding, "surrogatepass").encode("utf-8", "surrogatepass")
    except UnicodeDecodeError:
        return None


def _newline(data: bytes | mmap.mmap) -> bytes:
    """CRLF where every line ends so, else LF. A last line without an end says nothing."""
    found = False
    start = 0
    while start < len(data):
        end = start + _STEP
        if data[end - 1 : end] == b"\r":
            end += 1
        window = data[start:end]
        ends = window.count(b"\n")
        if ends != window.count(b"\r\n"):
            return b"\n"
        found = found or ends > 0
        start = end
    return b"\r\n" if found else b"\n"


def _unpacked(data: bytes | mmap.mmap, kind: str, name: str, limit: int = UNPACKED_LIMIT) -> bytes:
    """The contents of gz or zst data, all members of it; InputError where it is damaged, too large or not supported."""
    import io
    from zlib import error as zlib_error

    file = io.BytesIO(data) if isinstance(data, bytes) else data
    reader, failure = _READERS[kind](file, name)
    unpacked = io.BytesIO()
    try:
        for block in _blocks(reader):
            if unpacked.tell() + len(block) > limit:
                raise InputError(f"unpacks to over {limit >> 20} MiB", place=name, hint="unpack it to a file and cut that")
            unpacked.write(block)
    except (EOFError, OSError, zlib_error, failure) as error:
        hint = "test it with gzip -t" if kind == "gz" else "test it with zstd -t"
        raise InputError(f"damaged {kind} data: {error}", place=name, hint=hint) from None
    return unpacked.getvalue()


def _blocks(reader: Any) -> Iterator[bytes]:
    while block := reader.read(_STEP):
        yield block


def _gz_reader(file: Any, _name: str) -> tuple[Any, type[Exception]]:
    import gzip

    return gzip.GzipFile(fileobj=file, mode="rb"), gzip.BadGzipFile


def _zst_reader(file: Any, name: str) -> tuple[Any, type[Exception]]:
    """The reader of Python 3.14 or of the package zstandard, and what it raises."""
    from importlib import import_module

    try:
        zstd = import_module("compression.zstd")
        return zstd.ZstdFile(file), zstd.ZstdError
    except ImportError:
        pass
    try:
        zstandard = import_module("zstandard")
    except ImportError:
        hint = "pip install zstandard, or unpack it first: zstd -dc FILE | headroom compress"
        raise InputError("zst data, which this Python cannot unpack", place=name, hint=hint) from None
    reader = zstandard.ZstdDecompressor().stream_reader(file, read_across_frames=True)
    return reader, zstandard.ZstdError


_READERS: dict[str, Callable[[Any, str], tuple[Any, type[Exception]]]] = {"gz": _gz_reader, "zst": _zst_reader}
