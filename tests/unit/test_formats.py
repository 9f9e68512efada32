"""Which format a document is taken for: tables of what tools, runners and programs print, in every envelope and size."""

from __future__ import annotations

import pytest

from headroom_cli.api import compress_document
from headroom_cli.errors import UsageError
from headroom_cli.formats import FORMATS, choose
from headroom_cli.model import Document
from headroom_cli.settings import Settings
from headroom_cli.source import read_document

CI = {
    "github": [
        "Current runner version: '2.330.0'",
        "##[group]Run make test",
        "make test",
        "##[endgroup]",
        "ok 1",
        "##[error]Process completed with exit code 2.",
    ],
    "gitlab": [
        "Running with gitlab-runner 17.0.0",
        'Executing "step_script" stage of the job script',
        "$ npm ci",
        "added 12 packages",
        "ERROR: Job failed: exit code 1",
    ],
    "jenkins": [
        "Started by user admin",
        "Running on agent-3 in /home/jenkins",
        "[Pipeline] { (Build)",
        "+ make",
        "Finished: FAILURE",
    ],
    "travis": ["travis_fold:start:system_info", "$ npm install", "added 3 packages", 'The command "npm test" exited with 1.'],
    "pytest": [
        "============================= test session starts ==============================",
        "collected 3 items",
        "tests/test_a.py ..F [100%]",
        "FAILED tests/test_a.py::test_x - assert 1 == 2",
    ],
    "make": ["gcc -c -o a.o a.c", "a.c:3:5: error: 'x' undeclared", "make: *** [Makefile:3: a.o] Error 1"],
    "maven": [
        "[INFO] Scanning for projects...",
        "[INFO] Building shop 1.0",
        "[ERROR] COMPILATION ERROR :",
        "[INFO] BUILD FAILURE",
    ],
    "gradle": ["> Task :compileJava", "> Task :test FAILED", "FAILURE: Build failed with an exception.", "BUILD FAILED in 3s"],
    "cargo": [
        "   Compiling cart v0.1.0",
        "error[E0609]: no field `item` on type `&mut Cart`",
        " --> src/lib.rs:6:58",
        "error: could not compile `cart`",
    ],
    "go": ["=== RUN   TestTotal", "--- FAIL: TestTotal (0.00s)", "FAIL\tacme/cart\t0.01s", "ok  \tacme/order\t0.02s"],
    "npm": ["npm error code ERESOLVE", "npm error ERESOLVE unable to resolve dependency tree", "npm error Found: react@18.0.0"],
    "pip": [
        "Collecting flask==3.0.3",
        "  Downloading flask-3.0.3-py3-none-any.whl (101 kB)",
        "Installing collected packages: flask",
        "ERROR: No matching distribution found for x==9",
    ],
    "cmake": [
        "-- The C compiler identification is GNU 12.2.0",
        "[ 50%] Building C object CMakeFiles/app.dir/main.c.o",
        "[100%] Linking C executable app",
        "make[2]: *** [app] Error 1",
    ],
    "apt": [
        "Get:1 http://deb.debian.org/debian bookworm/main amd64 curl 7.88.1 [315 kB]",
        "Unpacking curl (7.88.1) ...",
        "Setting up curl (7.88.1) ...",
    ],
}
APP = {
    "log4j": [
        "INFO  [main] com.acme.Cart - started in 12 ms",
        "WARN  [pool-1] com.acme.Pool - nearly empty",
        "ERROR [http-3] com.acme.Cart - order 42 failed",
    ],
    "python": ["INFO:app.cart:request 12", "ERROR:app.cart:request 13 failed", "DEBUG:app.db:select"],
    "logfmt": [
        'time=2026-01-02T03:04:05Z level=info msg="started" port=80',
        'time=2026-01-02T03:04:06Z level=error msg="db gone" err=timeout',
    ],
    "json": ['{"level":"info","ts":1700000000,"msg":"started"}', '{"level":"error","ts":1700000001,"msg":"db gone"}'],
    "access": [
        '10.0.0.7 - - [10/Oct/2026:13:55:36 +0000] "GET /users/42 HTTP/1.1" 500 12',
        '10.0.0.8 - bob [10/Oct/2026:13:55:37 +0000] "POST /a HTTP/1.1" 200 7 "-" "curl/8"',
    ],
}
STAMPED = {
    "syslog": [
        "Jan  2 03:04:05 web-1 sshd[812]: Accepted publickey for bob",
        "Jan  2 03:04:06 web-1 kernel: eth0: link up",
        "Jan  2 03:04:07 web-1 CRON[9]: (root) CMD (run)",
    ],
    "dated": ["2026-01-02 03:04:05,123 INFO started", "2026-01-02 03:04:06,123 ERROR order 42 failed"],
    "plain text with a clock": ["[03:04:05] started the engine", "[03:04:06] lost the anchor"],
}
PLAIN = {
    "prose": [
        "The cart is a small thing with four wheels.",
        "It was invented long ago, nobody knows by whom.",
        "",
        "Most of them are still in use today.",
    ],
    "list": ["alpha", "beta", "gamma", "delta"],
    "table": ["name   size  owner", "cart   12    bob", "order  7     eve"],
    "nothing": [],
    "blank": ["", "", ""],
}


def document(lines: list[str], times: int = 1, newline: str = "\n") -> Document:
    return read_document(newline.join(lines * times).encode(), name="x", path=None)


@pytest.mark.parametrize("times", [1, 30])
@pytest.mark.parametrize("name", CI)
def test_what_a_build_prints_is_a_ci_log(name: str, times: int) -> None:
    choice = choose(document(CI[name], times))
    assert choice.name == "ci_log", choice.why


@pytest.mark.parametrize(
    "stamp",
    [
        "2026-01-02T03:04:05.1234567Z ",
        "build\tRun tests\t2026-01-02T03:04:05.1234567Z ",
        "[2026-01-02T03:04:05.123Z] ",
        "2026-01-02T03:04:05.123456Z 00O ",
    ],
)
@pytest.mark.parametrize("name", CI)
def test_detection_looks_past_a_runner_s_envelope(name: str, stamp: str) -> None:
    choice = choose(document([stamp + line for line in CI[name]], 10))
    assert choice.name == "ci_log", choice.why
    assert choice.envelope.layers


@pytest.mark.parametrize("name", ["github", "pytest", "maven", "npm"])
def test_detection_looks_past_the_first_screen(name: str) -> None:
    prose = [f"line {n} of a long preface that says nothing about what is to come" for n in range(2_000)]
    choice = choose(document(prose + CI[name] * 150 + prose))
    assert choice.name == "ci_log", choice.why


@pytest.mark.parametrize("times", [1, 30])
@pytest.mark.parametrize("name", APP)
def test_what_a_program_logs_is_an_app_log(name: str, times: int) -> None:
    choice = choose(document(APP[name], times))
    assert choice.name == "app_log", choice.why


@pytest.mark.parametrize("name", STAMPED)
def test_lines_with_a_stamp_are_an_app_log(name: str) -> None:
    choice = choose(document(STAMPED[name], 10))
    assert choice.name == "app_log", choice.why


@pytest.mark.parametrize("name", PLAIN)
def test_anything_else_is_plain(name: str) -> None:
    choice = choose(document(PLAIN[name], 3))
    assert choice.name == "plain", choice.why


@pytest.mark.parametrize("name", [*CI, *APP])
def test_line_ends_and_size_do_not_matter(name: str) -> None:
    lines = {**CI, **APP}[name]
    names = {choose(document(lines, times, newline)).name for times in (2, 500) for newline in ("\n", "\r\n")}
    assert len(names) == 1


@pytest.mark.parametrize("wanted", FORMATS)
def test_a_format_that_is_asked_for_is_taken(wanted: str) -> None:
    choice = choose(document(CI["github"]), wanted)
    assert choice.name == wanted
    assert choice.why == "asked for"


def test_an_unknown_format_is_refused() -> None:
    with pytest.raises(UsageError, match="'cobol'") as caught:
        choose(document(["x"]), "cobol")
    assert all(name in str(caught.value) for name in FORMATS)


def test_a_choice_says_why() -> None:
    assert "runner's line" in choose(document(CI["github"])).why
    assert "% sure" in choose(document(APP["json"], 10)).why


def test_every_format_says_what_it_is() -> None:
    for name, fmt in FORMATS.items():
        assert name == fmt.NAME
        assert fmt.about
        assert fmt.about.strip().rstrip(".") == fmt.about


@pytest.mark.parametrize("start", ["", "TAP version 13\n1..1\nnot ok 1 - a.test.js {\n"])
def test_tap_is_a_log_with_its_failures(start: str) -> None:
    lines = [f"        ok {n} - adds {n} # time=0.1ms" for n in range(1, 60)]
    lines[30:30] = ["        not ok 99 - refuses", "            ---", '            message: "payment refused: 402"', "            ..."]
    document = read_document((start + "\n".join(lines) + "\n").encode(), name="x.tap", path="x.tap")
    assert choose(document).name == "ci_log"
    result = compress_document(document, Settings())
    assert "not ok 99 - refuses" in result.text
    assert "payment refused: 402" in result.text
    assert "adds 12" not in result.text
