"""The five promises of the design, over generated documents and the golden inputs, for every format and every strategy.

What is asked of an output is read from the output and its source with `documents.walk`, which shares no code with the engine;
`verify` must agree. `slow` runs the same properties over many more documents: the same ones each time, so that what fails in one
place fails in the other, and with HEADROOM_SEARCH=1 others each time.
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

import pytest
from documents import Walk, documents, is_body, large_documents, lines_of, quick, walk
from hypothesis import HealthCheck, given
from hypothesis import settings as examples
from hypothesis import strategies as st

from headroom_cli.api import compress_document
from headroom_cli.draft import is_marker, plural
from headroom_cli.formats import FORMATS, choose
from headroom_cli.model import Document, Result
from headroom_cli.settings import PASS_THROUGH_TOKENS, STRATEGIES, Settings
from headroom_cli.source import read_document
from headroom_cli.stages.blocks import Block
from headroom_cli.tokens import get_counter, tiktoken_counter
from headroom_cli.verify import verify

ROOT = Path(__file__).resolve().parents[2]
GOLDEN = sorted(path for path in (ROOT / "tests" / "golden").glob("*/*/input.*") if path.is_file())
CUTTING = [name for name in STRATEGIES if name != "off"]
long = examples(max_examples=150, suppress_health_check=list(HealthCheck))


class Case(NamedTuple):
    """A source, how it was compressed, and what came out."""

    source: bytes
    document: Document
    settings: Settings
    result: Result

    def walk(self) -> Walk:
        return walk(self.result.data.removeprefix(bytes(self.document.bom)), bytes(self.document.data))

    def blocks(self) -> list[Block]:
        choice = choose(self.document, self.settings.format)
        return FORMATS[choice.name].read(self.document, choice.envelope, self.settings, get_counter("estimate"), ()).blocks


def compressed(source: bytes, settings: Settings) -> Case:
    document = read_document(source, name="build.log", path="build.log")
    return Case(source, document, settings, compress_document(document, settings))


def text_of(data: bytes) -> str:
    return data.removeprefix(b"\xef\xbb\xbf").decode("utf-8", "surrogateescape")


def is_bare(case: Case, found: Walk) -> bool:
    """Whether `max_tokens` left room for nothing but places in markers."""
    return case.settings.max_tokens is not None and not any(note for _, _, note in found.gaps)


def nothing_important_goes(case: Case) -> None:
    """Promise 1: blocks found = shown + named, one head of each kind is shown, hidden ones are counted where they are missing."""
    found, count = case.walk(), case.result.blocks
    kept, blocks = {line for line, _ in found.kept}, case.blocks()
    told = {line for line, text in found.kept if not is_marker(text.removesuffix(b"\r"))}  # a forged marker is kept of a cut block too
    visible = [block for block in blocks if block.head in kept or told.intersection(range(block.first, block.stop))]
    assert (count.found, count.shown, count.named) == (len(blocks), len(visible), len(blocks) - len(visible))
    if case.settings.max_tokens is None:
        assert {block.kind for block in blocks} == {block.kind for block in blocks if block.head in kept}
        headless = [block for block in blocks if block.head not in kept and told.intersection(block.core)]
        assert headless == [], "what a block says is shown without its head: it would be read as another's"
    if is_bare(case, found):
        return
    for first, stop, note in found.gaps:
        if " more like L" in note:
            continue
        hidden: dict[str, int] = {}
        for block in blocks:
            if first <= block.first and block.stop <= stop:
                hidden[block.kind] = hidden.get(block.kind, 0) + 1
        parts = note.split("; ")
        for kind, times in hidden.items():
            said = plural(kind, times)
            assert any(part == said or part.startswith(f"{said}: ") for part in parts), f"L{first + 1}-{stop} hides {said}, but says {note!r}"


def nothing_goes_silently(case: Case) -> None:
    """Promise 2: kept lines and markers' ranges are all of the source's lines, in order and once; a fold says what it folds."""
    found, source = case.walk(), lines_of(bytes(case.document.data))
    places = [line for line, _ in found.kept] + [line for first, stop, _ in found.gaps for line in range(first, stop)]
    assert sorted(places) == list(range(len(source)))
    assert case.result.units == len(source)
    assert case.result.kept == len(found.kept)
    assert f", {len(source)} lines".encode() in found.header or b"[headroom: %d lines" % len(source) in found.header
    assert b"headroom retrieve" in found.header
    for (first, stop, _), (after, _, _) in zip(found.gaps, found.gaps[1:], strict=False):
        assert stop < after or found.silences, f"two markers for one gap at line {stop}"
        assert first < stop
    for first, stop, note in found.gaps:
        if note.endswith(f"more like L{first}"):
            assert note == f"{stop - first} more like L{first}"
            text = next(text for line, text in found.kept if line == first - 1)
            assert all(is_body(text, line.removesuffix(b"\r"), verbatim=False) for line in source[first:stop])


def nothing_is_falsified(case: Case) -> None:
    """Promise 3: kept lines are the source's own, in order (`walk` fails else); forged markers stay and are told; ends stay."""
    found, source = case.walk(), bytes(case.document.data)
    order = [line for line, _ in found.kept]
    assert order == sorted(set(order))
    assert case.result.data.endswith(b"\n") == source.endswith(b"\n")
    if case.settings.max_tokens is not None:
        return
    kept = set(order)
    forged = [line for line, text in enumerate(lines_of(source)) if is_marker(text.removesuffix(b"\r"))]
    assert kept.issuperset(forged)
    if forged:
        assert any("look like Headroom's markers" in text for text in case.result.warnings)


def never_worse(case: Case) -> None:
    """Promise 4: what comes out is smaller, or it is the input byte for byte; small inputs pass."""
    result = case.result
    if result.reason:
        assert result.data == case.source
        assert result.compressed_tokens == result.original_tokens
        assert result.savings_pct == 0.0
    else:
        assert result.compressed_tokens < result.original_tokens >= PASS_THROUGH_TOKENS
        assert result.data != case.source


def numbers_are_exact(case: Case) -> None:
    """Promise 5: the counts are those of the whole texts (but a byte order mark), header and markers included, as another
    implementation of the vocabulary counts them."""
    oracle = tiktoken_counter("o200k_base")
    assert oracle is not None
    assert case.result.exact
    assert case.result.compressed_tokens == oracle.count(text_of(case.result.data))
    assert case.result.original_tokens == oracle.count(text_of(case.source))


def verify_agrees(case: Case) -> None:
    """`headroom verify` finds nothing; it finds a line that is left out, one that is changed, and a marker that lies."""
    assert verify(case.result.data, case.document, case.settings) == []
    found = case.walk()
    lines = case.result.data.splitlines(keepends=True) if b"\r" not in case.result.data else []
    if not lines or not found.gaps or len(found.kept) < 2 or found.silences:
        return
    at = next((n for n, line in enumerate(lines[1:], 1) if line == found.kept[-1][1] + b"\n" and line.strip()), None)
    if at is not None and lines.count(lines[at]) == 1:
        assert verify(b"".join(lines[:at] + lines[at + 1 :]), case.document, case.settings)
        assert verify(b"".join([*lines[:at], b"not the source's: %b" % lines[at], *lines[at + 1 :]]), case.document, case.settings)


def a_second_run_changes_nothing(case: Case) -> None:
    """Idempotence: an output is recognised by its header and passes, whatever the strategy."""
    for strategy in CUTTING:
        again = compress_document(read_document(case.result.data, name="out", path=None), Settings(strategy=strategy))
        assert again.data == case.result.data


def the_same_bytes_come_out(case: Case) -> None:
    """Determinism within a process; across processes see below."""
    assert compress_document(case.document, case.settings) == case.result


Promise = Callable[[Case], None]
OF_ALL: tuple[Promise, ...] = (never_worse, numbers_are_exact, the_same_bytes_come_out)
OF_CUT: tuple[Promise, ...] = (
    nothing_important_goes,
    nothing_goes_silently,
    nothing_is_falsified,
    verify_agrees,
    a_second_run_changes_nothing,
)


LINES = {"ci_log", "app_log", "plain", "diff", "listing"}
"""Formats whose outputs are the source's own lines: their promises are held here a second time, by a walk that shares nothing with the
engine. The others write rows, headings or comments; for them `verify` follows what each format writes."""


def verify_finds_nothing(case: Case) -> None:
    assert verify(case.result.data, case.document, case.settings) == []


def hold(source: bytes, settings: Settings, promises: tuple[Promise, ...] = OF_ALL + OF_CUT) -> None:
    case = compressed(source, settings)
    if case.result.format not in LINES:
        promises = tuple(dict.fromkeys(promise if promise in OF_ALL else verify_finds_nothing for promise in promises))
    for promise in promises:
        if promise in OF_ALL or not case.result.reason:
            promise(case)


def _id(value: object) -> str:
    return value.__name__ if callable(value) else str(value)  # type: ignore[attr-defined]


@pytest.mark.parametrize("format_name", sorted(FORMATS))
@pytest.mark.parametrize("promises", [(promise,) for promise in OF_ALL + OF_CUT], ids=lambda promises: _id(promises[0]))
@given(source=st.one_of(large_documents, documents), strategy=st.sampled_from(CUTTING))
@quick
def test_every_promise_holds_for_every_format(format_name: str, promises: tuple[Promise, ...], source: bytes, strategy: str) -> None:
    hold(source, Settings(strategy=strategy, format=format_name), promises)


@pytest.mark.parametrize("strategy", CUTTING)
@given(source=large_documents)
@quick
def test_all_promises_hold_for_every_strategy(strategy: str, source: bytes) -> None:
    hold(source, Settings(strategy=strategy))


@pytest.mark.slow
@pytest.mark.parametrize("strategy", CUTTING)
@pytest.mark.parametrize("format_name", sorted(FORMATS))
@given(source=st.one_of(large_documents, documents), markers=st.sampled_from(["full", "short"]), dedup=st.booleans())
@long
def test_all_promises_hold_for_many_documents(strategy: str, format_name: str, source: bytes, markers: str, dedup: bool) -> None:
    hold(source, Settings(strategy=strategy, format=format_name, markers=markers, dedup=dedup))


@given(source=large_documents, strategy=st.sampled_from(CUTTING), limit=st.integers(150, 1500))
@examples(quick, max_examples=20)
def test_under_max_tokens_all_but_the_heads_hold(source: bytes, strategy: str, limit: int) -> None:
    case = compressed(source, Settings(strategy=strategy, max_tokens=limit))
    numbers_are_exact(case)
    assert case.result.compressed_tokens <= max(limit, case.result.original_tokens if case.result.reason else 0)
    if case.result.reason:
        assert case.result.original_tokens <= limit or case.result.data == case.source
        return
    for promise in (nothing_important_goes, nothing_goes_silently, nothing_is_falsified):
        promise(case)
    problems = verify(case.result.data, case.document, case.settings)
    allowed = ("is shown", "does not count") if is_bare(case, case.walk()) else ("is shown",)
    assert [text for text in problems if not any(part in text for part in allowed)] == []


@given(source=documents, strategy=st.sampled_from([*CUTTING, "off"]))
@examples(quick, max_examples=15)
def test_under_500_tokens_every_byte_stays(source: bytes, strategy: str) -> None:
    result = compressed(source, Settings(strategy=strategy)).result
    if result.original_tokens < PASS_THROUGH_TOKENS or strategy == "off":
        assert result.data == source
        assert result.reason


@given(source=large_documents)
@examples(quick, max_examples=20)
def test_conservative_keeps_at_least_what_balanced_keeps(source: bytes) -> None:
    kept = []
    for strategy in ("conservative", "balanced"):
        case = compressed(source, Settings(strategy=strategy))
        kept.append(set(range(len(lines_of(source)))) if case.result.reason else {line for line, _ in case.walk().kept})
    assert kept[0] >= kept[1]


@given(source=large_documents)
@examples(quick, max_examples=20)
def test_lossless_can_be_undone(source: bytes) -> None:
    """The source is rebuilt from the output alone: folds are the only thing that is missing."""
    case = compressed(source, Settings(strategy="lossless"))
    if case.result.reason:
        return
    found = case.walk()
    lines: dict[int, bytes] = dict(found.kept)
    for first, stop, note in found.gaps:
        assert note == f"{stop - first} more like L{first}"
        lines |= dict.fromkeys(range(first, stop), lines[first - 1])
    newline = bytes(case.document.newline)
    rebuilt = newline.join(lines[n] for n in range(len(lines))) + (newline if source.endswith(b"\n") else b"")
    assert rebuilt == source


def _encodings(source: bytes) -> dict[str, bytes]:
    text = source.decode("utf-8", "replace")
    return {
        "utf-8 with BOM": b"\xef\xbb\xbf" + source,
        "utf-16-le": b"\xff\xfe" + text.encode("utf-16-le"),
        "utf-16-be": b"\xfe\xff" + text.encode("utf-16-be"),
    }


@given(source=large_documents)
@examples(quick, max_examples=5)
def test_the_source_s_encoding_and_mark_stay(source: bytes) -> None:
    for name, data in _encodings(source).items():
        case = compressed(data, Settings())
        assert case.result.data[:2] == data[:2], name
        output = read_document(case.result.data, name="out", path=None)
        if not case.result.reason:
            walk(bytes(output.data), bytes(case.document.data))


@pytest.mark.parametrize("strategy", CUTTING)
@pytest.mark.parametrize("path", GOLDEN, ids=lambda path: path.parent.name)
def test_all_promises_hold_for_golden_inputs(path: Path, strategy: str) -> None:
    hold(path.read_bytes(), Settings(strategy=strategy))


@lru_cache(maxsize=1)
def _samples() -> tuple[bytes, ...]:
    from documents import ENVELOPES, SEGMENTS, _render

    out = []
    for number, envelope in enumerate(sorted(ENVELOPES)):
        order = [(SEGMENTS[(number * 5 + n * 3) % len(SEGMENTS)], number + n, 6) for n in range(14)]
        out.append(_render(order, envelope, 0, "\n", True))
    return tuple(out)


_SCRIPT = """
import hashlib, os, sys
from headroom import compress
for source in open(sys.argv[1], "rb").read().split(b"\\0"):
    for strategy in ("lossless", "conservative", "balanced", "aggressive"):
        result = compress(source, strategy=strategy)
        print(hashlib.sha256(repr(result).encode("utf-8", "surrogateescape")).hexdigest())
"""


def test_other_processes_make_the_same_bytes(tmp_path: Path) -> None:
    """Whatever the seed of Python's hashes: no set's order shows."""
    (tmp_path / "sources").write_bytes(b"\0".join(_samples()))
    outputs = set()
    for hash_seed in ("0", "1", "424242"):
        done = subprocess.run(
            [sys.executable, "-c", _SCRIPT, str(tmp_path / "sources")],
            capture_output=True,
            env={"PATH": os.environ["PATH"], "HOME": str(tmp_path), "PYTHONPATH": str(ROOT), "PYTHONHASHSEED": hash_seed},
            check=True,
        )
        assert len(done.stdout.split()) == 4 * len(_samples())
        outputs.add(done.stdout)
    assert len(outputs) == 1
