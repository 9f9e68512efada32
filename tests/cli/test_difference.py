"""The diff of `--diff` is one that patch(1) can apply, whatever the texts."""

from __future__ import annotations

import subprocess
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from headroom_cli.cli.difference import unified

TEXTS = st.lists(st.sampled_from([b"a", b"b", b"c", b"d\r", b"", b"x y"]), max_size=30).map(b"\n".join)


def applied(old: bytes, diff: list[bytes]) -> bytes:
    """`old` with the hunks of `diff` applied, checking every line they name."""
    lines = old.split(b"\n")
    lines = [line + b"\n" for line in lines[:-1]] + ([lines[-1]] if lines[-1] else [])
    out: list[bytes] = []
    at = 0
    for piece in diff[2:]:
        body = piece.removesuffix(b"\n\\ No newline at end of file\n") if piece.endswith(b"at end of file\n") else piece
        if piece.startswith(b"@@"):
            start, _, count = piece.split()[1][1:].partition(b",")
            first = int(start) - (count != b"0")
            out += lines[at:first]
            at = first
        elif piece[:1] in b" -":
            assert lines[at] == body[1:]
            at += 1
        if piece[:1] in (b" ", b"+"):
            out.append(body[1:])
    return b"".join(out + lines[at:])


@given(TEXTS, TEXTS)
def test_the_diff_leads_from_the_old_to_the_new(old: bytes, new: bytes) -> None:
    assert applied(old, list(unified(old, new, "old", "new"))) == new


@settings(max_examples=25)
@given(TEXTS, TEXTS)
def test_patch_applies_it(tmp_path_factory: pytest.TempPathFactory, old: bytes, new: bytes) -> None:
    folder = tmp_path_factory.mktemp("patch")
    (folder / "f").write_bytes(old)
    diff = b"".join(unified(old, new, "f", "f"))
    if diff and new:  # patch removes a file that becomes empty
        subprocess.run(["patch", "--binary", "-s", "f"], input=diff, cwd=folder, check=True)
        assert (folder / "f").read_bytes() == new


def test_equal_texts_have_no_diff() -> None:
    assert list(unified(b"a\nb\n", b"a\nb\n", "x", "y")) == []


def test_a_small_one_reads_as_usual() -> None:
    old = b"".join(b"line %d\n" % n for n in range(1, 9))
    diff = b"".join(unified(old, old.replace(b"line 5\n", b""), "a.log", "a.log (compressed)"))
    assert (
        diff
        == b"--- a.log\n+++ a.log (compressed)\n@@ -2,7 +2,6 @@\n line 2\n line 3\n line 4\n-line 5\n line 6\n line 7\n line 8\n"
    )


def test_a_large_log_takes_no_minutes() -> None:
    old = b"".join(b"%d some work on item %d\n" % (n, n % 977) for n in range(100_000))
    new = b"".join(line + b"\n" for n, line in enumerate(old.split(b"\n")) if n % 20 == 0)
    start = time.process_time()
    assert sum(1 for _ in unified(old, new, "a", "b")) > 100_000
    assert time.process_time() - start < 10


def test_a_file_that_becomes_empty() -> None:
    assert list(unified(b"a\n", b"", "a", "b"))[2:] == [b"@@ -1 +0,0 @@\n", b"-a\n"]
