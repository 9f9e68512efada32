"""Generated documents: what logs are made of, in every mixture, and a reading of outputs that shares no code with the engine.

A document is a few segments (a tool's progress, a traceback, a list of errors, forged markers, ...) in one envelope, with one
newline style. `Walk` follows an output through its source and says what each line of it is.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import NamedTuple

from hypothesis import HealthCheck, Phase
from hypothesis import settings as examples
from hypothesis import strategies as st

__all__ = ["Walk", "documents", "large_documents", "quick", "walk"]

quick = examples(
    max_examples=6,
    suppress_health_check=list(HealthCheck),
    phases=(Phase.explicit, Phase.generate),
)  # without shrinking: a failure is told at once, and `slow` makes it small

Segment = Callable[[int, int], list[str]]


def _progress(seed: int, size: int) -> list[str]:
    return [f"Downloading package_{seed}_{n}-1.{n}.0-py3-none-any.whl ({n * 7 + 3} kB)" for n in range(size * 5)]


def _compile(seed: int, size: int) -> list[str]:
    return [f"[{n * 3 % 100:3d}%] Building CXX object lib/part{seed}/CMakeFiles/part.dir/file_{n}.cpp.o" for n in range(size * 4)]


def _prose(seed: int, size: int) -> list[str]:
    words = ["module", "cache", "worker", "queue", "result", "network", "handler", "session", "table", "branch"]
    return [
        f"{words[(seed + n) % 10]} {words[(seed * 3 + n * 7) % 10]} of {words[n % 10]} is done, {words[(n * n) % 10]} next" for n in range(size * 3)
    ]


def _errors(seed: int, size: int) -> list[str]:
    return [f"src/file{seed}.c:{n + 10}:5: error: 'name_{seed}_{n}' undeclared (first use in this function)" for n in range(size)]


def _symbols(seed: int, size: int) -> list[str]:
    return [f"/usr/bin/ld: main.o: undefined reference to `symbol_{seed}_{n}'" for n in range(size * 2)] + [
        "collect2: error: ld returned 1 exit status"
    ]


def _traceback(seed: int, size: int) -> list[str]:
    lines = ["Traceback (most recent call last):"]
    for n in range(size):
        lines += [
            f'  File "/opt/venv/lib/python3.11/site-packages/pkg/part{n}.py", line {n + seed + 1}, in run',
            f"    return inner_{n}(value)",
        ]
    return [*lines, '  File "app/main.py", line 12, in main', "    start(port)", f"ValueError: bad port {seed}"]


def _java(seed: int, size: int) -> list[str]:
    frames = [f"\tat org.example.lib.Class{n}.call(Class{n}.java:{seed + n})" for n in range(size * 2)]
    return [
        f'Exception in thread "main" java.lang.IllegalStateException: state {seed}',
        *frames,
        "Caused by: java.io.IOException: disk",
        *frames[:3],
        "\t... 12 more",
    ]


def _pytest(seed: int, size: int) -> list[str]:
    lines = [f"tests/test_part_{n}.py::test_{seed}_{n} PASSED [{n % 100:3d}%]" for n in range(size * 3)]
    return [
        *lines,
        "=================================== FAILURES ===================================",
        f"_________________________________ test_{seed} _________________________________",
        "",
        "    def test_total():",
        f">       assert total({seed}) == 42",
        f"E       AssertionError: assert {seed} == 42",
        "",
        f"tests/test_total.py:{seed + 1}: AssertionError",
        "=========================== short test summary info ============================",
        f"FAILED tests/test_total.py::test_{seed} - AssertionError: assert {seed} == 42",
        f"========================= 1 failed, {size * 3} passed in 1.23s =========================",
    ]


def _repeats(seed: int, size: int) -> list[str]:
    return [f"waiting for worker {seed}"] * (size * 6)


def _blank(_seed: int, size: int) -> list[str]:
    return [""] * size


def _levels(seed: int, size: int) -> list[str]:
    level = ("INFO", "DEBUG", "WARN", "ERROR")
    return [f"{level[n % 4 if n % 9 == 8 else 0]} com.example.Service{seed % 3} request {n} took {n * 13 % 97} ms" for n in range(size * 4)]


def _json(seed: int, size: int) -> list[str]:
    return [f'{{"level":"{"error" if n % 7 == 6 else "info"}","ts":{1700000000 + n},"msg":"handled {seed}","n":{n}}}' for n in range(size * 3)]


def _access(seed: int, size: int) -> list[str]:
    return [
        f'10.0.0.{n % 9} - - [10/Oct/2026:13:55:{n % 60:02d} +0000] "GET /users/{n} HTTP/1.1" {500 if n % 11 == seed % 11 else 200} {n * 3}'
        for n in range(size * 3)
    ]


def _runner(seed: int, size: int) -> list[str]:
    lines = [f"##[group]Run make part{seed}", "make part", "##[endgroup]"] + [f"ok {n} - case {n} of {seed}" for n in range(size * 2)]
    return [*lines, f"make: *** [Makefile:{seed + 1}: part] Error 2", "##[error]Process completed with exit code 2."]


def _colour(seed: int, size: int) -> list[str]:
    return [f"\x1b[3{seed % 8}mstep {n}\x1b[0m of \x1b[1m{seed}\x1b[22m is \x1b]8;;http://x/{n}\x07here\x1b]8;;\x07" for n in range(size * 2)]


def _redraw(seed: int, size: int) -> list[str]:
    return ["\r".join(f"fetch {seed}: {n * 10} %" for n in range(size)) + tail for tail in ("\rdone", "", "\r")]


def _forged(seed: int, size: int) -> list[str]:
    return [
        f"[L{seed + 1}-{seed + 9}]",
        f"[L{seed + 2}]",
        "[L1-9: 3 errors: a, b, c]",
        f"[L5-90: {seed} more like L4]",
        "[+187 s]",
        "[headroom: x.log, 9 lines]",
    ][: size + 1]


def _unicode(seed: int, size: int) -> list[str]:
    return [f"été {n} 漢字 😀 \u2028 \u00a0 ✗ não {seed}" for n in range(size)]


def _invalid(seed: int, size: int) -> list[str]:
    return [b"caf\xe9 \xff\xfe %d \xc3".decode("utf-8", "surrogateescape") % (n + seed) for n in range(size)]


def _long(seed: int, size: int) -> list[str]:
    return [f"bundle {seed} " + "abc,def;é1" * (size * 90)]


def _odd(seed: int, size: int) -> list[str]:
    return ["]", "[", "[]", "[L", "   ", "\t", ": ", "0", "[... 12 characters ...]", "x" * seed, "==> a.log <==", "\\", "'''"][: size * 2]


def _marks(seed: int, size: int) -> list[str]:
    """Failure lines of many kinds, each alone."""
    lines = [
        "Segmentation fault (core dumped)",
        "Killed",
        "npm ERR! code ELIFECYCLE",
        "E: Unable to locate package foo",
        "fatal: not a git repository",
        "--- FAIL: TestCart (0.00s)",
        "panic: runtime error: index out of range",
        "bash: foo: command not found",
        "curl: (7) Failed to connect to host",
        "ERROR: Job failed: exit code 1",
        "java.lang.OutOfMemoryError: Java heap space",
        "thread 'main' panicked at src/main.rs:4:5:",
        "mkdir: cannot create directory 'x': Permission denied",
        "error[E0382]: borrow of moved value: `v`",
        "dial tcp: connect: connection refused",
        "context deadline exceeded",
    ]
    return [lines[(seed + n * 5) % len(lines)] for n in range(size)]


SEGMENTS: tuple[Segment, ...] = (
    _progress,
    _compile,
    _prose,
    _errors,
    _symbols,
    _traceback,
    _java,
    _pytest,
    _repeats,
    _blank,
    _levels,
    _json,
    _access,
    _runner,
    _colour,
    _redraw,
    _forged,
    _unicode,
    _invalid,
    _long,
    _odd,
    _marks,
)

ENVELOPES: dict[str, Callable[[int, str], str]] = {
    "none": lambda _n, body: body,
    "github": lambda n, body: f"2026-01-02T03:{n // 60 % 60:02d}:{n % 60:02d}.{n:07d}Z {body}",
    "columns": lambda n, body: f"build\tRun tests\t2026-01-02T03:{n // 60 % 60:02d}:{n % 60:02d}.{n:07d}Z {body}",
    "gitlab": lambda n, body: f"2026-01-02T03:{n // 60 % 60:02d}:{n % 60:02d}.{n:06d}Z 0{n % 2}O {body}",
    "iso": lambda n, body: f"2026-01-02 03:{n // 60 % 60:02d}:{n % 60:02d},{n % 1000:03d} {body}",
    "syslog": lambda n, body: f"Jan  2 03:{n // 60 % 60:02d}:{n % 60:02d} host-1 app[{n}]: {body}",
    "clock": lambda n, body: f"[03:{n // 60 % 60:02d}:{n % 60:02d}] {body}",
    "silent": lambda n, body: f"2026-01-02T{n * 7 // 60 % 24:02d}:{n * 7 % 60:02d}:00.{n:07d}Z {body}",
}

_STAMP = rb"(?:[\d:T.,/Z+\[\]-]|[ |](?![ \t]))*"
_COLUMNS = rb"(?:[^\t\n]{1,120}\t[^\t\n]{1,120}\t)?"
_SYSLOG = rb"(?:(?:<\d+>)?[A-Z][a-z]{2} [ \d]\d \d\d:\d\d:\d\d \S+ )?"
_PREFIX = re.compile(_COLUMNS + _SYSLOG + _STAMP + rb"(?:\d\d[OE][ +])?" + _STAMP)
"""What only a runner or a logger writes before a body: it ends with one blank at most, as a second one is the body's."""


def _render(segments: list[tuple[Segment, int, int]], envelope: str, holes: int, newline: str, final: bool) -> bytes:
    bodies = [line for make, seed, size in segments for line in make(seed, size)]
    wrap = ENVELOPES[envelope]
    lines = [body if holes and n % holes == holes - 1 else wrap(n, body) for n, body in enumerate(bodies)]
    text = "".join(line + ("\r\n" if n % 3 else "\n") for n, line in enumerate(lines)) if newline == "mixed" else newline.join(lines) + newline
    return (text if final else text.rstrip("\r\n")).encode("utf-8", "surrogateescape")


def _documents(least: int, most: int) -> st.SearchStrategy[bytes]:
    segment = st.tuples(st.sampled_from(SEGMENTS), st.integers(0, 40), st.integers(1, 9))
    return st.builds(
        _render,
        st.lists(segment, min_size=least, max_size=most),
        st.sampled_from(sorted(ENVELOPES)),
        st.sampled_from([0, 0, 7]),
        st.sampled_from(["\n", "\n", "\r\n", "mixed"]),
        st.booleans(),
    )


documents = _documents(0, 16)
"""Documents from nothing to a few hundred lines: some pass through, most are cut."""
large_documents = _documents(8, 24)
"""Documents that are mostly well over 500 tokens."""


class Walk(NamedTuple):
    """What an output's lines are: (source line, text) of each kept line, (first, stop, note) of each marker; 0-based."""

    kept: list[tuple[int, bytes]]
    gaps: list[tuple[int, int, str]]
    silences: list[int]
    header: bytes


_GAP = re.compile(rb"\[L(\d+)(?:-(\d+))?(?:: ([^\n]*))?\]")
_ESCAPES = re.compile(rb"\x1b(?:\[[0-?]*[ -/]*[@-~]|[\]_][^\x07\x1b\n]*(?:\x07|\x1b\\)|[()][0-9A-B]|[@-Z\\^_=>])")
_IDS = re.compile(rb"(?<= )[0-9a-f]{40,64} ")
_ELLIPSIS = re.compile(rb"\[\.\.\. (\d+) characters \.\.\.\]")


def lines_of(data: bytes) -> list[bytes]:
    """Lines by `\\n` alone; a final newline ends the last line and opens none."""
    lines = data.split(b"\n")
    return lines[:-1] if lines and not lines[-1] else lines


def shown(line: bytes) -> bytes:
    """A line as a terminal shows it: without escapes, the last frame that is not empty."""
    frames = [frame for frame in _ESCAPES.sub(b"", line).split(b"\r") if frame]
    return frames[-1] if frames else b""


def is_body(line: bytes, source: bytes, *, verbatim: bool) -> bool:
    """Whether an output's line is the source's own, whole or shortened, less a prefix that only a runner or a logger writes."""
    if verbatim:
        return line == source or _shortened(line, source)
    text = shown(source)
    if line == text or _shortened(line, text) or line == _IDS.sub(b"", text):
        return True
    ellipsis = _ELLIPSIS.search(line)
    if ellipsis and _behind_prefix(line, text, text.find(line[: ellipsis.start()])):
        return True
    return _behind_prefix(line, text, len(text) - len(line))


def _behind_prefix(line: bytes, text: bytes, cut: int) -> bool:
    """Whether `line` is `text` from `cut` on, and what stands before it is an envelope."""
    prefix, rest = text[: max(0, cut)], text[max(0, cut) :]
    if not 0 < cut <= 300 or not re.search(rb"\d:\d\d", prefix):
        return False
    return (line == rest or _shortened(line, rest)) and _PREFIX.fullmatch(prefix) is not None and not re.search(rb"\s\s\Z", prefix)


def _shortened(line: bytes, body: bytes) -> bool:
    found = _ELLIPSIS.search(line)
    if found is None:
        return False
    head, tail = line[: found.start()], line[found.end() :]
    middle = body[len(head) : len(body) - len(tail)]
    return body.startswith(head) and body.endswith(tail) and len(middle.decode("utf-8", "surrogateescape")) == int(found[1])


def walk(output: bytes, source: bytes) -> Walk:
    """Follow `output` (with header) through `source`; AssertionError where a line is neither kept nor a marker in its place."""
    lines, own = lines_of(output), lines_of(source)
    crlf = all(line.endswith(b"\r") for line in own[:-1]) and own[0].endswith(b"\r")
    if crlf:
        own = [line.removesuffix(b"\r") for line in own]
        assert all(line.endswith(b"\r") for line in lines[:-1]), "a line of the output has lost its CR"
        lines = [line.removesuffix(b"\r") for line in lines]
    header = lines[0]
    assert header.startswith(b"[headroom: "), header
    verbatim = b"; cut: " not in header
    found = Walk([], [], [], header)
    at = 0
    for number, line in enumerate(lines[1:], 2):
        if at < len(own) and is_body(line, own[at], verbatim=verbatim):
            found.kept.append((at, line))
            at += 1
            continue
        if re.fullmatch(rb"\[step [^\]\n]*\]", line):
            continue
        silence = re.fullmatch(rb"\[\+(\d+) s\]", line)
        if silence:
            found.silences.append(int(silence[1]))
            continue
        gap = _GAP.fullmatch(line)
        assert gap is not None, f"line {number} is neither a marker nor the source's line {at + 1}: {line[:200]!r}; that is {own[at : at + 1]!r}"
        first, stop = int(gap[1]) - 1, int(gap[2] or gap[1])
        assert first == at, f"the marker {line!r} stands where line {at + 1} is due"
        assert first < stop <= len(own), f"the marker {line!r} is no range of the source's {len(own)} lines"
        found.gaps.append((first, stop, (gap[3] or b"").decode("utf-8", "surrogateescape")))
        at = stop
    assert at == len(own), f"lines {at + 1}-{len(own)} are missing without a marker"
    return found
