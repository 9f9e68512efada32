"""Decides how many tokens a text costs, and with which vocabulary that is known.

`get_counter("gpt-4o").count("hello world")` is 2, counted with o200k_base. Backends in order: splintr-rs (vocabulary in
its wheel), tiktoken where its vocabulary already lies in its cache (nothing is ever downloaded), an estimate. Counts with
`exact` False are shown with `~`. Special tokens such as `<|endoftext|>` are counted as the plain text they are in a log.

`count_buffer` counts a source of any size: windows are cut where the vocabulary's own pattern cuts, digits are mapped to
`0` (both vocabularies give every group of one to three digits one token), and each distinct line is encoded once.
"""

from __future__ import annotations

import os
import re
from array import array
from collections import Counter
from functools import lru_cache
from itertools import islice
from operator import sub
from typing import TYPE_CHECKING, Protocol

from headroom_cli.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from mmap import mmap
    from typing import Any

__all__ = ["TokenCounter", "count_buffer", "get_counter", "tiktoken_counter"]

WINDOW = 1 << 20  # bytes of a source looked at together: lines repeat within it
SMALL = 16 << 10  # bytes that are encoded before lines that repeat could be sorted out
CHUNK = 64 << 10  # bytes of one text given to an encoder, which needs up to 100 bytes of memory for each
BATCH = 8  # such texts encoded at the same time
CACHED = 6 << 20  # characters after which the encoder's own cache is emptied
MEMO = 8 << 20  # bytes of distinct lines remembered from window to window

ESTIMATE = "estimate"
SIZES = {"o200k_base": 199998, "cl100k_base": 100256}  # ranks of a whole vocabulary file
MODELS = (
    (("gpt-4o", "gpt-4.1", "gpt-4.5", "gpt-5", "chatgpt-", "gpt-oss", "o1", "o3", "o4"), "o200k_base", True),
    (("gpt-4", "gpt-3.5", "gpt-35"), "cl100k_base", True),
    (("claude", "gemini"), "o200k_base", False),
)
"""Prefixes of model names, the vocabulary, and whether it is the model's own. Claude's and Gemini's are not public."""

_DIGITS = bytes.maketrans(b"123456789", b"000000000")
_STARTS = rb"!-.0-~\x1b\xc3-\xdf\xe4-\xff"  # after a newline: neither a blank (of Unicode either) nor `/`
_SPARE = b"\x01\x02\x03\x04\x05\x06\x0e\x0f\x10\x11\x12\x13\x14\x15\x16\x17\x18\x19\x1a"


class TokenCounter(Protocol):
    """What the engine asks of a vocabulary. `exact` False: an estimate, shown with `~`."""

    @property
    def name(self) -> str: ...

    @property
    def exact(self) -> bool: ...

    def count(self, text: str) -> int:
        """Tokens of `text`; lone surrogates (undecodable bytes) count as U+FFFD."""

    def count_many(self, texts: Sequence[str]) -> array[int]:
        """Tokens of each text by itself, as array('I')."""


def get_counter(name: str = "o200k_base") -> TokenCounter:
    """Return the best counter for a vocabulary, a model name or "estimate"; UsageError for an unknown name."""
    if name == ESTIMATE:
        return _Estimate()
    if name in SIZES:
        return _backend(name) or _Estimate()
    for prefixes, vocabulary, own in MODELS:
        if name.startswith(prefixes):
            counter = _backend(vocabulary)
            if counter is None or own:
                return counter or _Estimate()
            return _Borrowed(name, counter)
    raise _unknown(name)


def check_name(name: str) -> None:
    """Raise UsageError where `get_counter` would, without loading a vocabulary."""
    if name != ESTIMATE and name not in SIZES and not any(name.startswith(prefixes) for prefixes, _, _ in MODELS):
        raise _unknown(name)


def _unknown(name: str) -> UsageError:
    known = ", ".join([*SIZES, ESTIMATE, *(p[0] for p, _, _ in MODELS)])
    return UsageError(f"unknown tokenizer {name!r}", hint=f"known are {known} and other models of these makers")


def _backend(vocabulary: str) -> TokenCounter | None:
    tokenizer = _splintr(vocabulary)
    if tokenizer is not None:
        return _Splintr(vocabulary, tokenizer)
    return tiktoken_counter(vocabulary)


@lru_cache(maxsize=4)
def _splintr(vocabulary: str) -> Any | None:
    try:
        from splintr._core import Tokenizer
    except ImportError:
        return None
    return Tokenizer.from_pretrained(vocabulary)


@lru_cache(maxsize=4)
def tiktoken_counter(vocabulary: str) -> TokenCounter | None:
    """Return a tiktoken counter with splintr's ranks or those in tiktoken's cache, None where neither is there."""
    try:
        import tiktoken
    except ImportError:
        return None
    ranks = _splintr_ranks(vocabulary) or _cached_ranks(vocabulary)
    if len(ranks) != SIZES[vocabulary]:
        return None
    pattern = _pattern(vocabulary)
    return _Tiktoken(vocabulary, tiktoken.Encoding(vocabulary, pat_str=pattern, mergeable_ranks=ranks, special_tokens={}))


def _splintr_ranks(vocabulary: str) -> dict[bytes, int]:
    tokenizer = _splintr(vocabulary)
    if tokenizer is None:
        return {}
    return {tokenizer.decode_token_bytes(rank): rank for rank in range(SIZES[vocabulary])}


def _cached_ranks(vocabulary: str) -> dict[bytes, int]:
    """The vocabulary file tiktoken keeps under the SHA-1 of its address (tiktoken/load.py), {} where there is none."""
    import hashlib
    import tempfile
    from base64 import b64decode

    address = f"https://openaipublic.blob.core.windows.net/encodings/{vocabulary}.tiktoken"
    folder = os.environ.get("TIKTOKEN_CACHE_DIR", os.environ.get("DATA_GYM_CACHE_DIR"))
    if folder is None:
        folder = os.path.join(tempfile.gettempdir(), "data-gym-cache")
    try:
        with open(os.path.join(folder, hashlib.sha1(address.encode()).hexdigest()), "rb") as file:
            pairs = [line.split() for line in file.read().splitlines() if line]
        return {b64decode(token): int(rank) for token, rank in pairs}
    except (OSError, ValueError):
        return {}


def _pattern(vocabulary: str) -> str:
    """How the vocabulary splits text before merging (tiktoken_ext/openai_public.py)."""
    if vocabulary == "cl100k_base":
        return (
            r"'(?i:[sdmt]|ll|ve|re)|[^\r\n\p{L}\p{N}]?+\p{L}++|\p{N}{1,3}+"
            r"| ?[^\s\p{L}\p{N}]++[\r\n]*+|\s++$|\s*[\r\n]|\s+(?!\S)|\s"
        )
    upper, lower, ending = r"[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]", r"[\p{Ll}\p{Lm}\p{Lo}\p{M}]", r"(?i:'s|'t|'re|'ve|'m|'ll|'d)?"
    return (
        rf"[^\r\n\p{{L}}\p{{N}}]?{upper}*{lower}+{ending}|[^\r\n\p{{L}}\p{{N}}]?{upper}+{lower}*{ending}"
        r"|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n/]*|\s*[\r\n]+|\s+(?!\S)|\s+"
    )


class _Splintr:
    """Counts with splintr-rs. Its flat encoders give 4 bytes a token, but read special tokens, which a text has not."""

    __slots__ = ("_cached", "_tokenizer", "exact", "name")

    def __init__(self, name: str, tokenizer: Any) -> None:
        self.name = name
        self.exact = True
        self._tokenizer = tokenizer
        self._cached = 0

    def count(self, text: str) -> int:
        if len(text) > CHUNK:
            return count_buffer(self, _printable(text).encode())
        try:
            if "<|" in text:
                return len(self._tokenizer.encode_ordinary(text))
            return len(self._tokenizer.encode_flat(text)) // 4
        except UnicodeEncodeError:
            return self.count(_printable(text))

    def count_many(self, texts: Sequence[str]) -> array[int]:
        apart = [at for at, text in enumerate(texts) if "<|" in text or len(text) > CHUNK]
        plain = list(texts)
        for at in apart:
            plain[at] = ""
        try:
            offsets = array("Q", self._tokenizer.encode_batch_flat(plain)[1])
        except UnicodeEncodeError:
            offsets = array("Q", self._tokenizer.encode_batch_flat([_printable(text) for text in plain])[1])
        counts = array("I", map(sub, offsets[1:], offsets))
        for at in apart:
            counts[at] = self.count(texts[at])
        self._forget(sum(map(len, plain)))
        return counts

    def _forget(self, characters: int) -> None:
        """Empty the encoder's cache from time to time: it is bounded in words, and a word may be a chunk long."""
        self._cached += characters
        if self._cached > CACHED:
            self._tokenizer.clear_cache()
            self._cached = 0


class _Tiktoken:
    """Counts with tiktoken: the second backend, and the oracle of the tests."""

    __slots__ = ("_encoding", "exact", "name")

    def __init__(self, name: str, encoding: Any) -> None:
        self.name = name
        self.exact = True
        self._encoding = encoding

    def count(self, text: str) -> int:
        return len(self._encoding.encode_ordinary(_printable(text)))

    def count_many(self, texts: Sequence[str]) -> array[int]:
        return array("I", map(self.count, texts))


class _Borrowed:
    """A model whose vocabulary is not public, counted with another one."""

    __slots__ = ("_counter", "exact", "name")

    def __init__(self, model: str, counter: TokenCounter) -> None:
        self.name = f"{model}~{counter.name}"
        self.exact = False
        self._counter = counter

    def count(self, text: str) -> int:
        return self._counter.count(text)

    def count_many(self, texts: Sequence[str]) -> array[int]:
        return self._counter.count_many(texts)


class _Estimate:
    """Counts pieces that are mostly one token: words up to a length, digit groups, punctuation, indentation.

    Measured against o200k_base: within 9 % on nine of ten build and application logs (all of them together -3 %), within
    3 % on nine of ten Python modules; base64, minified and hexadecimal text can be off by half.
    """

    __slots__ = ("exact", "name")

    def __init__(self) -> None:
        self.name = ESTIMATE
        self.exact = False

    def count(self, text: str) -> int:
        return len(_estimate_pattern().findall(text))

    def count_many(self, texts: Sequence[str]) -> array[int]:
        find = _estimate_pattern().findall
        return array("I", [len(find(text)) for text in texts])


@lru_cache(maxsize=1)
def _estimate_pattern() -> re.Pattern[str]:
    marks = r"[!-/:-@\[-`{-~]"
    return re.compile(
        rf"[ ._/(]?[A-Z]?[a-z]{{1,8}}|[ ._/(]?[A-Z]{{1,3}}|[0-9]{{1,3}}| ?{marks}{{1,4}}\n*|[ \t\r\f\v]+\n?|\n|[^\x00-\x7f]{{1,2}}|."
    )


def _printable(text: str) -> str:
    """`text` with every lone surrogate replaced by U+FFFD."""
    return text if text.isascii() else re.sub("[\ud800-\udfff]", "\ufffd", text)


def _decoded(data: bytes) -> str:
    """UTF-8 as text, every byte that is not UTF-8 as U+FFFD."""
    try:
        return data.decode()
    except UnicodeDecodeError:
        return _printable(data.decode("utf-8", "surrogateescape"))


def count_buffer(counter: TokenCounter, data: bytes | mmap) -> int:
    """Tokens of a whole source in time linear in its size, with at most 60 MB beside it.

    Exact, but for a run of over 64 KiB of letters alone, punctuation alone, blanks alone, or non-ASCII text without a line
    end: it is counted in chunks, each of which may add or save a token or two.
    """
    if len(data) <= SMALL:
        return _count_chunks(counter, bytes(data).translate(_DIGITS))
    memo: dict[bytes, int] = {}
    total = seen = held = 0
    for window in _cut(data, min(WINDOW, max(CHUNK, len(data) // 8))):
        held += sum(map(len, islice(memo, seen, None)))
        if held > MEMO:
            memo.clear()
            held = 0
        seen = len(memo)
        total += _count_window(counter, window, memo)
    return total


def _count_window(counter: TokenCounter, window: bytes, memo: dict[bytes, int]) -> int:
    """Tokens of `window`: lines that repeat are counted by themselves and remembered, the others together."""
    spare = next((bytes([code]) for code in _SPARE if code not in window), b"")
    mapped = window.translate(_DIGITS)
    if not spare:
        return _count_chunks(counter, mapped)
    pieces = _unsafe_newline().sub(spare, mapped).split(b"\n")
    last = pieces.pop()
    distinct = Counter(pieces)
    if len(distinct) == len(pieces) and memo.keys().isdisjoint(distinct):  # no line repeats
        return _count_chunks(counter, mapped)
    del pieces, mapped
    repeated = {piece: times for piece, times in distinct.items() if times > 1 or piece in memo}
    new = [piece for piece in repeated if piece not in memo]
    memo.update(zip(new, counter.count_many([_decoded(piece.replace(spare, b"\n") + b"\n") for piece in new]), strict=True))
    single = b"\n".join([*(piece for piece in distinct if piece not in repeated), last]).replace(spare, b"\n")
    del distinct
    return sum(memo[piece] * times for piece, times in repeated.items()) + _count_chunks(counter, single)


def _count_chunks(counter: TokenCounter, data: bytes) -> int:
    """Tokens of `data`, encoded in chunks of which equal ones (a line of 50 MB of `a`) are encoded once."""
    chunks = Counter(_cut(data, CHUNK))
    total = 0
    pending = list(chunks)
    for start in range(0, len(pending), BATCH):
        some = pending[start : start + BATCH]
        counts = counter.count_many([_decoded(chunk) for chunk in some])
        total += sum(count * chunks[chunk] for count, chunk in zip(counts, some, strict=True))
    return total


def _cut(data: bytes | mmap, size: int) -> Iterator[bytes]:
    """Pieces of at most `size` bytes whose token counts add up: cut at a line if one can be, else inside it."""
    start = 0
    while start + size < len(data):
        end = start + _cut_at(data[start : start + size + 1])
        yield data[start:end]
        start = end
    if start < len(data):
        yield data[start:]


def _cut_at(piece: bytes) -> int:
    """Where to cut before the last byte of `piece`, best place first; the start of a character where no place is safe."""
    line = _last_safe_newline().match(piece)
    if line:
        return line.end()
    table, pairs = _classes()
    for tail in (4096, len(piece)):
        classes = piece[-tail:].translate(table)
        found = max(map(classes.rfind, pairs))
        if found >= 0:
            return len(piece) - len(classes) + found + 1
    size = len(piece) - 1
    return next((at for at in range(size, max(0, size - 4), -1) if piece[at] & 0xC0 != 0x80), size)


@lru_cache(maxsize=1)
def _last_safe_newline() -> re.Pattern[bytes]:
    return re.compile(rb"(?s:.*)\n(?=[" + _STARTS + rb"])")


@lru_cache(maxsize=1)
def _unsafe_newline() -> re.Pattern[bytes]:
    """A newline that may be in the middle of a piece: a blank or `/` after it belongs to it."""
    return re.compile(rb"\n(?=[^" + _STARTS + rb"])")


@lru_cache(maxsize=1)
def _classes() -> tuple[bytes, list[bytes]]:
    """Byte -> class, and pairs of classes between which both patterns cut whatever stands around them.

    Letters end before punctuation but for the `'` of `it's`; digits stand by themselves; no piece has a blank after
    something else. Everything that is not printable ASCII is `x`, and never cut at.
    """
    members = {"a": "a-zA-Z", "0": "0-9", "'": "'", "!": r"!-/:-@\[-`{-~", " ": r" \t"}
    table = bytearray(b"x" * 256)
    for name, span in reversed(members.items()):
        for match in re.finditer(f"[{span}]".encode(), bytes(range(128))):
            table[match.start()] = ord(name)
    return bytes(table), [b"a!", b"a0", b"0a", b"0!", b"0'", b"!0", b"'0", b"a ", b"0 ", b"! ", b"' "]
