"""What is taken off in front of a line's body, and that not a character of the body goes with it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import settings as examples
from hypothesis import strategies as st

from headroom_cli.text.envelope import LAYERS, Envelope, find_envelope

# (layers, what the header says, a prefix as the runner or the logger writes it)
PREFIXES = [
    (["github"], "timestamps", b"2026-01-02T03:04:05.1234567Z "),
    (["github-columns"], "job columns, timestamps", b"build (3.11)\tRun make test\t2026-01-02T03:04:05.1234567Z "),
    (["gitlab"], "timestamps", b"2026-01-02T03:04:05.123456Z 00O "),
    (["gitlab"], "timestamps", b"2026-01-02T03:04:05.123456Z 01E "),
    (["gitlab"], "timestamps", b"2026-01-02T03:04:05.123456Z 00O+"),
    (["jenkins"], "timestamps", b"[2026-01-02T03:04:05.123Z] "),
    (["iso"], "timestamps", b"2026-01-02 03:04:05,123 "),
    (["iso"], "timestamps", b"2026-01-02T03:04:05+00:00 "),
    (["iso"], "timestamps", b"2026/01/02 03:04:05 "),
    (["iso"], "timestamps", b"[2026-01-02 03:04:05] "),
    (["syslog"], "timestamps, host", b"Jan  2 03:04:05 web-1 "),
    (["weekday"], "timestamps", b"[Mon Jan  2 03:04:05.123456 2026] "),
    (["clock"], "timestamps", b"[03:04:05] "),
    (["clock"], "timestamps", b"03:04:05.123 "),
    (["kernel"], "timestamps", b"[   12.345678] "),
    (["epoch"], "timestamps", b"1700000000.123 "),
]
BODIES = [
    b"Run make test",
    b"    def test_total():",
    b"\tat shop.Cart.main(Cart.java:10)",
    b"--- FAIL: TestCart (0.00s)",
    b"-rw-r--r-- 1 root root 12 a.log",
    b": then",
    b"| cell | cell |",
    b"[ERROR] x",
    b"- item",
    b'  File "app.py", line 3, in main',
    b"          ^",
    b'{"a": 1}',
    b"07 monkeys",
    b"::error::x",
    b"T",
    b"Z end",
    b"=== RUN",
    b"  - nested",
]


@pytest.mark.parametrize(("layers", "says", "prefix"), PREFIXES)
def test_an_envelope_is_found_and_said(layers: list[str], says: str, prefix: bytes) -> None:
    found = find_envelope([prefix + b"line %d of it" % n for n in range(30)])
    assert [layer.name for layer in found.layers] == layers
    assert found.says == says


@pytest.mark.parametrize("body", BODIES)
@pytest.mark.parametrize(("layers", "says", "prefix"), PREFIXES)
def test_the_body_stays_whole(layers: list[str], says: str, prefix: bytes, body: bytes) -> None:
    assert says
    if layers == ["iso"] and body.startswith((b"- ", b"| ", b": ", b"Z ")):
        return  # loggers write ` - `, ` | ` and `: ` between the time and the text, and a zone
    found = find_envelope([prefix + b"line %d of it" % n for n in range(30)])
    assert found.strip_line(prefix + body) == body
    assert found.strip_window(prefix + body + b"\n" + prefix + body) == body + b"\n" + body


def test_a_runner_s_stamp_and_a_tool_s_own_are_both_taken_off() -> None:
    found = find_envelope([b"2026-01-02T03:04:05.1234567Z 2026-01-02 03:04:05,123 INFO step %d" % n for n in range(30)])
    assert [layer.name for layer in found.layers] == ["github", "iso"]
    assert found.says == "timestamps"
    assert found.strip_line(b"2026-01-02T03:04:05.1234567Z 2026-01-02 03:04:05,123 WARN x") == b"WARN x"
    assert found.strip_line(b"2026-01-02T03:04:05.1234567Z plain") == b"plain"


NO_ENVELOPE = [
    b"step %d of the build is done",
    b'10.0.0.%d - - [10/Oct/2026:13:55:36 +0000] "GET / HTTP/1.1" 200 12',
    b"%d passed",
    b"v1.2.%d released on 2026-01-02 03:04:05",
    b"tests/test_a.py::test_%d PASSED",
    b'time="2026-01-02T03:04:05Z" level=info msg=%d',
    b"[%d/120] Building CXX object a.o",
    b"[ 12%%] Building %d",
    b"https://host/%d",
]


@pytest.mark.parametrize("line", NO_ENVELOPE)
def test_what_is_no_envelope_stays(line: bytes) -> None:
    found = find_envelope([line % n for n in range(30)])
    assert found.layers == ()
    assert found.says == ""
    assert found.strip_line(line % 7) == line % 7
    assert found.strip_window(line % 7) == line % 7


def test_few_stamped_lines_make_no_envelope() -> None:
    lines = [b"2026-01-02 03:04:05 x"] * 5 + [b"plain line %d" % n for n in range(30)]
    assert find_envelope(lines).layers == ()


def test_a_line_without_its_envelope_is_body() -> None:
    found = find_envelope([b"2026-01-02T03:04:05.1234567Z a"] * 30)
    assert found.strip_line(b"    continued 2026-01-02T03:04:05.1234567Z") == b"    continued 2026-01-02T03:04:05.1234567Z"


def test_an_empty_sample_has_none() -> None:
    assert find_envelope([]).layers == ()
    assert find_envelope([b"", b"  "]).layers == ()


_LINES = st.lists(
    st.one_of(
        st.sampled_from([prefix + body for _, _, prefix in PREFIXES for body in BODIES[:5]]),
        st.binary(max_size=30).map(lambda data: data.replace(b"\n", b"")),
    ),
    max_size=30,
)


@given(lines=_LINES, layers=st.lists(st.sampled_from(LAYERS), unique=True, max_size=3))
@examples(max_examples=150)
def test_windows_and_lines_are_stripped_alike(lines: list[bytes], layers: list[object]) -> None:
    envelope = Envelope(layers)  # type: ignore[arg-type]
    assert envelope.strip_window(b"\n".join(lines)) == b"\n".join(map(envelope.strip_line, lines))


@given(lines=_LINES)
@examples(max_examples=100)
def test_only_a_prefix_goes(lines: list[bytes]) -> None:
    envelope = find_envelope(lines)
    assert all(line.endswith(envelope.strip_line(line)) for line in lines)
