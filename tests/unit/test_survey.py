"""One reading of a document: where lines start, which template each is."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import settings as examples
from hypothesis import strategies as st

import headroom
from headroom_cli.source import read_document
from headroom_cli.stages import survey as module
from headroom_cli.stages.survey import Survey, sample_lines, survey
from headroom_cli.text.envelope import Envelope, find_envelope
from headroom_cli.text.mask import shape


def read(data: bytes, envelope: Envelope | None = None) -> Survey:
    return survey(read_document(data, name="x", path=None), envelope or Envelope(()))


def test_lines_that_say_the_same_share_a_template() -> None:
    found = read(b"get 1\nget 2\nput 3\nget 44\n")
    assert len(found) == 4
    assert found.tids[0] == found.tids[1] == found.tids[3] != found.tids[2]
    assert [found.counts[tid] for tid in dict.fromkeys(found.tids)] == [3, 1]
    assert found.exemplars[found.tids[0]] == "get 1"
    assert list(found.firsts) == [0, 2]


@pytest.mark.parametrize(
    ("data", "lines"),
    [(b"", 0), (b"\n", 1), (b"a", 1), (b"a\n", 1), (b"a\n\n", 2), (b"\na", 2), (b"a\r\nb\r\n", 2), (b"a\rb\n", 1)],
)
def test_lines_are_split_at_newlines_only(data: bytes, lines: int) -> None:
    assert len(read(data)) == lines


def test_a_failure_has_its_level_and_kind() -> None:
    found = read(b"step 1\nSegmentation fault (core dumped)\nwarning: x is unused\n")
    assert [found.levels[tid] for tid in found.tids] == [0, 3, 1]
    assert found.kinds[found.tids[1]] == "crash"


def test_zero_is_not_masked() -> None:
    found = read(b"exit code 0\nexit code 1\nexit code 2\n")
    assert found.tids[0] != found.tids[1] == found.tids[2]


def test_colour_and_redraws_are_told() -> None:
    assert read(b"\x1b[1ma\x1b[0m\n").colour
    assert not read(b"a\n").colour
    assert read(b"10 %\r20 %\n").redraws
    assert not read(b"a\r\nb\r\n").redraws


def test_the_envelope_is_off_before_templates_are_made() -> None:
    lines = [b"2026-01-02T03:04:%02d.1234567Z same" % n for n in range(30)]
    found = read(b"\n".join(lines), find_envelope(lines))
    assert len(set(found.tids)) == 1
    assert found.body(3) == b"same"
    assert found.raw(3) == lines[3]


_LINE = st.one_of(
    st.sampled_from(
        [
            b"get 1",
            b"get 22",
            b"",
            b"error: x",
            b"\x1b[1mred\x1b[0m",
            b"10 %\r20 %",
            b"caf\xe9",
            b"x\r",
            "é 漢".encode(),
            b"2026-01-02T03:04:05.1234567Z body",
            b"y" * 5000,
        ]
    ),
    st.binary(max_size=12).map(lambda data: data.replace(b"\n", b"")),
)


@given(lines=st.lists(_LINE, min_size=1, max_size=60), stamped=st.booleans(), window=st.sampled_from([16, 200, 1 << 20]))
@examples(max_examples=150)
def test_columns_agree_with_the_source(lines: list[bytes], stamped: bool, window: int) -> None:
    if stamped:
        lines = [b"2026-01-02T03:04:05.1234567Z " + line for line in lines]
    data = b"\n".join(lines) + b"\n"
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(module, "WINDOW", window)
        found = read(data, find_envelope(lines))
    assert len(found) == len(lines)
    assert [found.raw(n) for n in range(len(lines))] == lines
    assert [found.body(n) for n in range(len(lines))] == found.bodies(0, len(lines))
    assert sum(found.counts) == len(lines)
    assert sum(found.group_counts) == len(lines)
    assert all(found.tids[line] == tid for tid, line in enumerate(found.firsts))
    assert all(found.counts[tid] == list(found.tids).count(tid) for tid in set(found.tids))


@given(lines=st.lists(_LINE, min_size=1, max_size=40))
@examples(max_examples=60)
def test_windows_do_not_change_what_is_found(lines: list[bytes]) -> None:
    data = b"\n".join(lines)
    whole = read(data)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(module, "WINDOW", 32)
        cut = read(data)
    assert list(whole.tids) == list(cut.tids)
    assert whole.templates == cut.templates


def test_tables_stay_bounded_and_failures_keep_their_own_template() -> None:
    words = [bytes([97 + n // 676, 97 + n // 26 % 26, 97 + n % 26]) for n in range(3_000)]
    lines = [b"word %b here" % word for word in words] + [b"fatal error: %b is gone" % word for word in words[:20]]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(module, "MAX_TEMPLATES", 500)
        patch.setattr(module, "MAX_TELLING", 700)
        found = read(b"\n".join(lines))
    assert len(found.templates) <= 702
    assert found.shared is not None
    assert sum(found.counts) == len(lines)
    assert len({found.tids[line] for line in range(3_000, 3_020)}) == 20


def test_a_sample_comes_from_all_over_and_is_the_same_again() -> None:
    data = b"".join(b"line %d of the log is long enough to be told apart\n" % n for n in range(20_000))
    sample = sample_lines(data)
    assert sample == sample_lines(data)
    assert len(sample) <= 410
    numbers = [int(line.split()[1]) for line in sample]
    assert numbers[0] == 0
    assert max(numbers) > 18_000
    assert all(line.endswith(b"told apart") for line in sample)


PLANTED = [
    ("main process exited, code=exited, status=0/SUCCESS", "main process exited, code=exited, status=1/FAILURE"),
    ("worker {n} finished with exit code 0.", "worker {n} finished with exit code 137."),
    ("[{n}/900]:build_{n}:OK", "[{n}/900]:build_{n}:FAILED"),
    ("job-{n}:result:SUCCESS", "job-{n}:result:FAILURE"),
    ("src/b.c:{n}:3:note:", "src/b.c:{n}:3:error:"),
    ("0/12 tests failed", "3/12 tests failed"),
    ("0% failed", "25% failed"),
    ("errors: 0, warnings: 0 in file{n}", "errors: 3, warnings: 0 in file{n}"),
    ("shard {n} reported 0 failures", "shard {n} reported 4 failures"),
]


@pytest.mark.parametrize("strategy", ["conservative", "balanced", "aggressive"])
@pytest.mark.parametrize(("good", "bad"), PLANTED)
def test_one_failure_among_lines_that_look_like_it_is_shown(good: str, bad: str, strategy: str) -> None:
    lines = [good.format(n=n) for n in range(900)]
    lines[600] = bad.format(n=600)
    assert lines[600] in headroom.compress("\n".join(lines) + "\n", strategy=strategy).text


def test_counts_of_nothing_are_no_failures() -> None:
    text = "\n".join(f"0/12 tests failed, 0 errors, 0% failed, errors: 0, exit code 0. in shard {n}" for n in range(400)) + "\n"
    assert headroom.compress(text).blocks.found == 0


def test_a_list_of_bare_paths_is_not_taken_for_a_runners_marks() -> None:
    marks = [f"section_start:17110101{n:02d}:step_{n}" for n in range(9)]
    files = [f"pkg/queue_{n}/tensor_{n}.go" for n in range(7)]
    log = ["Running with gitlab-runner 16.9.1", *marks, *(f"compiled package {n} of all" for n in range(300)), "$ gofmt -l .", *files, "ERROR: Job failed: exit code 1"]
    text = headroom.compress("\n".join(log) + "\n").text
    assert all(name in text for name in files)


@pytest.mark.parametrize(
    ("text", "looks"),
    [(b"pkg/queue/a.go", b"a/a.a"), (b"section_start:171:x", b"a_a:1:a"), (b"12 7", b"1 1"), (b"9f3ac1", b"w"), (b"a/b-1/c.go:3\nx", b"a/a.a:1\na")],
)
def test_shapes(text: bytes, looks: bytes) -> None:
    assert shape(text) == looks
