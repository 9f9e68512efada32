"""Bytes in, bytes out: encodings, BOMs, line ends, packed and unreadable sources."""

from __future__ import annotations

import codecs
import gzip
import io
import mmap
import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from headroom_cli import source
from headroom_cli.errors import InputError
from headroom_cli.model import Document
from headroom_cli.source import encode_output, open_document, read_document, read_stdin

MAGIC = (b"\x1f\x8b", b"\x28\xb5\x2f\xfd")


def read(data: bytes) -> Document:
    return read_document(data, name="x.log", path=None)


@pytest.mark.parametrize(
    ("raw", "data", "encoding", "bom"),
    [
        (b"", b"", "utf-8", b""),
        (b"a\n", b"a\n", "utf-8", b""),
        (b"\xef\xbb\xbfa\n", b"a\n", "utf-8", codecs.BOM_UTF8),
        (b"bad \xff\xc3 bytes", b"bad \xff\xc3 bytes", "utf-8", b""),
        ("é\r\n".encode("utf-16"), "é\r\n".encode(), "utf-16-le", codecs.BOM_UTF16_LE),
        (b"\xfe\xff" + "é😀".encode("utf-16-be"), "é😀".encode(), "utf-16-be", codecs.BOM_UTF16_BE),
        (b"\xff\xfe", b"", "utf-16-le", codecs.BOM_UTF16_LE),
        (b"\xff\xfea", b"\xff\xfea", "utf-8", b""),
    ],
)
def test_encoding_and_bom(raw: bytes, data: bytes, encoding: str, bom: bytes) -> None:
    document = read(raw)
    assert (document.data, document.encoding, document.bom) == (data, encoding, bom)
    assert encode_output(bytes(document.data), document) == raw


@pytest.mark.parametrize(
    ("raw", "newline"),
    [
        (b"", b"\n"),
        (b"no end", b"\n"),
        (b"a\nb\n", b"\n"),
        (b"a\r\nb\r\n", b"\r\n"),
        (b"a\r\nb", b"\r\n"),
        (b"a\r\nb\n", b"\n"),
        (b" 10 %\r 20 %\r\n", b"\r\n"),
        (b"a" * (source._STEP - 1) + b"\r\nb\r\n", b"\r\n"),
        (b"a" * (source._STEP - 1) + b"\r\nb\n", b"\n"),
    ],
)
def test_crlf_only_where_every_line_ends_so(raw: bytes, newline: bytes) -> None:
    assert read(raw).newline == newline


def test_nul_in_the_first_64_kib_is_binary_but_not_in_utf16() -> None:
    assert read(b"ab\0c").binary
    assert not read(b"a" * source.BINARY_SCAN + b"\0").binary
    assert not read("ab".encode("utf-16")).binary
    assert read("a\0b".encode("utf-16")).binary


@given(
    st.binary().filter(lambda raw: not raw.startswith(MAGIC)), st.sampled_from([b"", b"\xef\xbb\xbf", b"\xff\xfe", b"\xfe\xff"])
)
def test_every_unpacked_source_comes_back_byte_for_byte(raw: bytes, bom: bytes) -> None:
    document = read(bom + raw)
    assert encode_output(bytes(document.data), document) == bom + raw


@given(st.text(st.characters(exclude_categories=())))
def test_utf16_with_half_pairs_comes_back(text: str) -> None:
    raw = b"\xff\xfe" + text.encode("utf-16-le", "surrogatepass")
    document = read(raw)
    assert encode_output(bytes(document.data), document) == raw


def test_output_cut_inside_a_character_is_still_written_in_utf16() -> None:
    document = read("é".encode("utf-16"))
    assert encode_output(b"a\xc3", document) == "a\ufffd".encode("utf-16")


def test_gz_is_known_by_its_magic_and_may_have_members() -> None:
    document = read(gzip.compress(b"one\r\n") + gzip.compress(b"two\r\n"))
    assert (document.data, document.packed, document.newline) == (b"one\r\ntwo\r\n", "gz", b"\r\n")


def test_utf16_inside_gz() -> None:
    document = read(gzip.compress("é\n".encode("utf-16")))
    assert (document.data, document.encoding, document.packed) == ("é\n".encode(), "utf-16-le", "gz")
    assert encode_output(bytes(document.data), document) == "é\n".encode("utf-16")


@pytest.mark.parametrize(
    "raw", [b"\x1f\x8b", gzip.compress(b"a" * 999, mtime=0)[:-9], gzip.compress(b"abc", mtime=0)[:-8] + b"x" * 8, b"\x1f\x8b\x08abcdefghijkl"]
)
def test_damaged_gz_is_an_input_error_with_a_next_step(raw: bytes) -> None:
    with pytest.raises(InputError, match=r"x\.log: damaged gz data: .*gzip -t"):
        read(raw)


def test_packed_data_that_grows_without_end_is_refused() -> None:
    with pytest.raises(InputError, match="unpacks to over 1 MiB"):
        source._unpacked(gzip.compress(b"\0" * (2 << 20)), "gz", "bomb.gz", limit=1 << 20)


def test_zst_is_unpacked_where_a_library_is_installed() -> None:
    packer = pytest.importorskip("zstandard").ZstdCompressor()
    document = read(packer.compress(b"one\n") + packer.compress(b"two\n"))
    assert (document.data, document.packed) == (b"one\ntwo\n", "zst")


def test_zst_that_cannot_be_unpacked_is_an_input_error_with_a_next_step() -> None:
    with pytest.raises(InputError, match="zst") as error:
        read(b"\x28\xb5\x2f\xfd damaged")
    assert "zstd" in error.value.hint


@pytest.mark.parametrize("size", [0, 10, source.MAPPED_FROM, source.MAPPED_FROM + 1])
def test_open_document_reads_small_files_and_maps_large_ones(tmp_path: Path, size: int) -> None:
    path = tmp_path / "build.log"
    path.write_bytes((b"line\n" * (size // 5 + 1))[:size])
    document = open_document(str(path))
    assert isinstance(document.data, mmap.mmap) == (size > source.MAPPED_FROM)
    assert (document.data[:], document.name, document.path) == (path.read_bytes(), str(path), str(path))


def test_a_large_mapped_file_is_recognised_like_a_small_one(tmp_path: Path) -> None:
    text = "zeile\r\n" * 200_000
    for codec in ("utf-8-sig", "utf-16"):
        (tmp_path / codec).write_bytes(text.encode(codec))
        document = open_document(str(tmp_path / codec))
        assert (bytes(document.data), document.newline) == (text.encode(), b"\r\n")
    (tmp_path / "gz").write_bytes(gzip.compress(os.urandom(2 << 20)))
    assert open_document(str(tmp_path / "gz")).packed == "gz"


def test_unreadable_files_are_input_errors(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no such file") as missing:
        open_document(str(tmp_path / "missing.log"))
    assert missing.value.exit_code == 3
    assert missing.value.hint
    with pytest.raises(InputError, match="is a directory"):
        open_document(str(tmp_path))
    with pytest.raises(InputError, match="cannot be read"):
        open_document("a\0b")


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root may read everything")
def test_a_file_without_permission_is_an_input_error(tmp_path: Path) -> None:
    path = tmp_path / "secret.log"
    path.write_bytes(b"x")
    path.chmod(0)
    with pytest.raises(InputError, match="permission denied"):
        open_document(str(path))


def test_stdin_has_a_name_and_no_path(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(b"\xef\xbb\xbfa\xff\n")))
    document = read_stdin()
    assert (document.data, document.name, document.path, document.bom) == (b"a\xff\n", "<stdin>", None, b"\xef\xbb\xbf")


@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be"])
@pytest.mark.parametrize("text", ["error: bad wheel\r\nin the cart\r\n" * 20, "caf\u00e9 \u2013 caf\u00e9, 100 times\n" * 9])
def test_utf_16_without_a_mark_is_recognised(encoding: str, text: str) -> None:
    document = read_document(text.encode(encoding), name="x", path=None)
    assert (bytes(document.data), document.encoding, document.bom, document.binary) == (text.encode(), encoding, b"", False)
    assert encode_output(bytes(document.data), document) == text.encode(encoding)


@pytest.mark.parametrize(
    "data",
    [
        b"\0\1\2" * 100,
        b"\0" * 200,
        bytes(range(256)) * 4,
        b"".join(n.to_bytes(2, "little") for n in range(200)),  # small numbers, two bytes each
        b"".join(n.to_bytes(4, "little") for n in range(65, 120)),
        b"a\0b\0",
        "odd".encode("utf-16-le") * 20 + b"x",
        b"text with \0 in it, long enough to be looked at\n" * 3,
    ],
)
def test_what_is_not_clearly_utf_16_stays_binary(data: bytes) -> None:
    document = read_document(data, name="x", path=None)
    assert (document.binary, document.encoding, bytes(document.data)) == (True, "utf-8", data)
