"""How bad a line says it is: tables of lines as tools print them. Add a line that taught you something to its table."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import settings as examples
from hypothesis import strategies as st

from headroom_cli.text.severity import CUES, FAILURE, NOTHING, STRONG, WARNING, severity, suspects

# (what a marker calls it, "" where any name will do; the line)
STRONG_LINES = [
    ("error", "src/main.c:14:5: error: 'totl' undeclared (first use in this function)"),
    ("not found", "main.cpp:3:10: fatal error: boost/asio.hpp: No such file or directory"),
    ("error", "error[E0382]: borrow of moved value: `config`"),
    ("error", "error: could not compile `cart` (lib) due to 2 previous errors"),
    ("not found", "src/App.java:[12,34] error: cannot find symbol"),
    ("error", "Main.java:7: error: ';' expected"),
    ("error", "src/index.ts(12,7): error TS2322: Type 'string' is not assignable to type 'number'."),
    ("error", "Program.cs(9,13): error CS1002: ; expected [/src/app.csproj]"),
    ("not found", "e: file:///src/Main.kt:5:9 Unresolved reference: foo"),
    ("undefined symbol", "/usr/bin/ld: main.o: in function `main': undefined reference to `tax'"),
    ("undefined symbol", "main.obj : error LNK2019: unresolved external symbol foo"),
    ("exit code", "collect2: error: ld returned 1 exit status"),
    ("undefined symbol", "ld.lld: error: undefined symbol: foo"),
    ("error", "SyntaxError: invalid syntax"),
    ("not found", "Module not found: Error: Can't resolve './cart' in '/app/src'"),
    ("", "ERROR in ./src/index.js 3:0-24"),
    (
        "",
        "[ERROR] Failed to execute goal org.apache.maven.plugins:maven-compiler-plugin:compile on project x: Compilation failure",
    ),
    ("", "> Task :compileJava FAILED"),
    ("", "FAILURE: Build failed with an exception."),
    ("", "BUILD FAILED in 12s"),
    ("", "ninja: build stopped: subcommand failed."),
    ("", "FAILED: CMakeFiles/app.dir/main.cpp.o"),
    ("", "CMake Error at CMakeLists.txt:3 (find_package):"),
    ("exit code", "make: *** [Makefile:12: all] Error 2"),
    ("exit code", "make[2]: *** [CMakeFiles/app.dir/build.make:76: main.o] Error 1"),
    ("", "ERROR: /src/BUILD:3:10: Compiling main.cc failed: (Exit 1): gcc failed: error executing command"),
    ("", "configure: error: C compiler cannot create executables"),
    ("failed test", "FAILED tests/test_cart.py::test_total - assert 41 == 42"),
    ("failed test", "--- FAIL: TestTotal (0.00s)"),
    ("failed test", "FAIL\tgithub.com/acme/cart\t0.012s"),
    ("failed test", "FAIL src/cart.test.ts"),
    ("failed test", "not ok 3 - adds two numbers"),
    ("failed test", "  ✕ adds two numbers (5 ms)"),
    ("failed test", "test tests::adds ... FAILED"),
    ("failed test", "test result: FAILED. 3 passed; 1 failed; 0 ignored"),
    ("failed test", "[  FAILED  ] CartTest.Total (0 ms)"),
    ("failed test", "Tests run: 12, Failures: 1, Errors: 0, Skipped: 0"),
    ("failed test", "Tests run: 5, Failures: 0, Errors: 2, Skipped: 0 <<< ERROR!"),
    ("failed test", "=================== 1 failed, 12 passed in 3.21s ==================="),
    ("failed test", "FAILED (failures=2, errors=1)"),
    ("failed test", "  1 failing"),
    ("", "12 examples, 2 failures"),
    ("failed test", "Failed!  - Failed:     1, Passed:    11, Skipped:     0, Total:    12"),
    ("failed test", "The following tests FAILED:"),
    ("exception", "AssertionError: assert 3 == 4"),
    ("exception", "Assertion failed: (x > 0), function f, file x.c, line 3."),
    ("exception", "app: main.c:12: main: Assertion `n > 0' failed."),
    ("", "thread 'tests::adds' panicked at src/lib.rs:4:22:"),
    ("exception", "Traceback (most recent call last):"),
    ("error", "ValueError: invalid literal for int() with base 10: 'x'"),
    ("error", "KeyError: 'port'"),
    ("not found", "ModuleNotFoundError: No module named 'shop'"),
    ("exception", 'Exception in thread "main" java.lang.NullPointerException: Cannot invoke "String.length()"'),
    ("exception", "Caused by: java.io.IOException: disk full"),
    ("exception", "Unhandled exception. System.InvalidOperationException: Sequence contains no elements"),
    ("", "Uncaught TypeError: Cannot read properties of undefined (reading 'map')"),
    ("crash", "panic: runtime error: index out of range [3] with length 3"),
    ("crash", "Segmentation fault (core dumped)"),
    ("crash", "==9995==ERROR: AddressSanitizer: heap-buffer-overflow on address 0x602000000015"),
    ("crash", "WARNING: ThreadSanitizer: data race (pid=1234)"),
    ("crash", "terminate called after throwing an instance of 'std::runtime_error'"),
    ("", "fatal error: all goroutines are asleep - deadlock!"),
    ("crash", "Aborted (core dumped)"),
    ("", "signal: killed"),
    ("out of memory", "Killed"),
    ("out of memory", "java.lang.OutOfMemoryError: Java heap space"),
    ("out of memory", "FATAL ERROR: Reached heap limit Allocation failed - JavaScript heap out of memory"),
    ("out of memory", "Out of memory: Killed process 1234 (java) total-vm:8000000kB"),
    ("disk full", "OSError: [Errno 28] No space left on device"),
    ("out of memory", "    Reason:       OOMKilled"),
    ("network", "curl: (7) Failed to connect to localhost port 80: Connection refused"),
    ("network", "Error: connect ECONNREFUSED 127.0.0.1:5432"),
    ("", "dial tcp 10.0.0.1:443: i/o timeout"),
    ("timeout", "context deadline exceeded"),
    ("timeout", "ERROR: Job failed: execution took longer than 1h0m0s seconds: timed out"),
    ("", "fatal: unable to access 'https://github.com/x/y.git/': Could not resolve host: github.com"),
    ("permission", "mkdir: cannot create directory '/data': Permission denied"),
    ("", "npm ERR! code EACCES"),
    ("permission", "AccessDenied: User: arn:aws:sts::1:assumed-role/x is not authorized to perform: s3:PutObject"),
    ("", "remote: HTTP Basic: Access denied"),
    ("", "npm ERR! code ERESOLVE"),
    ("exit code", "npm ERR! code ELIFECYCLE"),
    ("", "ERROR: Could not find a version that satisfies the requirement flask==99"),
    ("", "ERROR: No matching distribution found for flask==99"),
    ("", "E: Unable to locate package libfoo-dev"),
    ("", "Error: Process completed with exit code 1."),
    ("", "##[error]Process completed with exit code 137."),
    ("", "::error file=app.js,line=1::Missing semicolon"),
    ("", "ERROR: Job failed: exit code 1"),
    ("", 'The command "npm test" exited with 1.'),
    ("", "ERROR: script returned exit code 1"),
    ("not found", "bash: line 1: terraform: command not found"),
    ("not found", "/bin/sh: 1: go: not found"),
    ("", "fatal: not a git repository (or any of the parent directories): .git"),
    ("error", "CONFLICT (content): Merge conflict in src/cart.c"),
    ("error", " ! [rejected]        main -> main (fetch first)"),
    ("", 'error: failed to solve: process "/bin/sh -c npm ci" did not complete successfully: exit code: 1'),
    ("", "executor failed running [/bin/sh -c make]: exit code: 2"),
    ("", "Error: Invalid reference from destination value"),
    ("", "│ Error: Unsupported argument"),
    ("", 'Error from server (NotFound): deployments.apps "web" not found'),
    ("", 'level=error msg="cannot open database" path=/data/db'),
    ("", '{"level":"error","msg":"db gone"}'),
    ("", "2026-01-02 ERROR com.example.Cart - payment of order 42 failed"),
    ("", "CRITICAL: worker lost"),
    ("", "[FATAL] tini (7)] exec ./app failed: No such file or directory"),
    ("", "SEVERE: Servlet.service() threw exception"),
    ("", "would reformat src/cart.py"),
    ("", "Oh no! 1 file would be reformatted."),
]

# Failure words without a strong form: they weigh, but are no block of their own unless a pack says so.
WEAK_LINES = [
    "./main.go:12:2: undefined: strngs",
    "Execution failed for task ':app:compileDebugKotlin'.",
    "denied: requested access to the resource is denied",
    "npm error code E404",
    "Build step 'Execute shell' marked build as failure",
    "0/3 nodes are available: 3 Insufficient cpu. FailedScheduling",
]

WARNINGS = [
    "src/main.c:3:9: warning: unused variable 'n' [-Wunused-variable]",
    "warning: unused import: `std::fs`",
    "npm WARN deprecated har-validator@5.1.5: this library is no longer supported",
    "DeprecationWarning: pkg_resources is deprecated as an API",
    "WARNING: Running pip as the 'root' user can result in broken permissions",
    "[WARNING] Using platform encoding (UTF-8 actually) to copy filtered resources",
    "WARN  com.example.Pool - pool is nearly empty",
    "Warning: Unexpected input(s) 'foo', valid inputs are ['bar']",
]

HARMLESS = [
    "0 errors, 0 warnings",
    "Found 0 errors in 12 files",
    "12 passed, 0 failed",
    "Tests run: 12, Failures: 0, Errors: 0, Skipped: 0",
    "test result: ok. 12 passed; 0 failed; 0 ignored",
    "No errors found",
    "gcc -Wall -Werror -O2 -c main.c",
    "Downloading error-ex-1.3.2.tgz",
    "added error-stack-parser@2.1.4",
    "strategy: fail-fast: false",
    "  continue-on-error: false",
    "[ 34%] Building CXX object src/CMakeFiles/app.dir/error_handler.cpp.o",
    "CC       lib/failover.o",
    "tests/test_errors.py::test_total PASSED [ 50%]",
    "ok 12 - rejects an invalid token",
    "  ✓ throws an error if the port is invalid (3 ms)",
    "test_missing_key_raises_error (tests.Test.test) ... ok",
    "PASS src/error.test.ts",
    "test errors::fails_on_bad_input ... ok",
    "--- PASS: TestErrorPath (0.00s)",
    "checking whether segmentation violations can be caught... yes",
    "inflating: lib/exceptions.py",
    "create mode 100644 src/errors.ts",
    "exit code: 0",
    "Process finished with exit code 0",
    "Finished: SUCCESS",
    "Job succeeded",
    "[ERROR] ",
    "[ERROR]",
    "/usr/include/c++/12/bits/stl_iterator.h:1246:5: note:   template argument deduction/substitution failed:",
    "ok 6 should be deeply equivalent",
    "INFO 0 failures since start",
    "set -e; set -o errexit",
    "added 138 packages, and audited 139 packages in 3s; found 0 vulnerabilities",
    'time="2026-01-02T03:04:05Z" level=info msg="no errors"',
    "Using timeout of 30 s",
    "--timeout=30 --retries=3",
    "Compiling assert_cmd v2.0.12",
]

# They hold a failure word as a part of a name: never a block, at most a little weight.
NAMES = [
    "Compiling thiserror v1.0.50",
    "   Compiling error-chain v0.12.4",
    "pytest --maxfail=3 -x",
    "tests/test_error_handling.py ........ [100%]",
    "ok  \tgithub.com/acme/errors\t0.012s",
    "checking for strerror... yes",
    "Setting up libgpg-error0:amd64 (1.46-1) ...",
    "Unpacking liberror-perl (0.17029-2) ...",
    "Get:12 http://deb.debian.org/debian bookworm/main amd64 liberror-perl all 0.17029-2 [29.0 kB]",
    "Collecting exceptiongroup>=1.0.0",
    "if: failure()",
    "Running tests/panic_handling.rs (target/debug/deps/panic_handling-1a2b)",
]


@pytest.mark.parametrize(("kind", "line"), STRONG_LINES)
def test_a_failure_is_strong(kind: str, line: str) -> None:
    found = severity(line)
    assert found.level == STRONG
    assert found.kind == (kind or found.kind)
    assert found.kind


@pytest.mark.parametrize("line", WEAK_LINES)
def test_a_failure_word_weighs(line: str) -> None:
    assert severity(line).level >= FAILURE


@pytest.mark.parametrize("line", WARNINGS)
def test_a_warning_is_one(line: str) -> None:
    assert severity(line).level == WARNING


@pytest.mark.parametrize("line", HARMLESS)
def test_what_only_looks_like_a_failure_is_nothing(line: str) -> None:
    assert severity(line).level == NOTHING


@pytest.mark.parametrize("line", NAMES)
def test_a_name_with_a_failure_word_is_no_block(line: str) -> None:
    assert severity(line).level < STRONG


@pytest.mark.parametrize("line", [line for _, line in STRONG_LINES] + WEAK_LINES + WARNINGS)
def test_every_line_that_tells_is_a_suspect(line: str) -> None:
    assert suspects(f"first\n{line}\nlast".encode()) == [1]


@pytest.mark.parametrize("line", [line for _, line in STRONG_LINES])
def test_indentation_and_colour_of_the_words_around_do_not_matter(line: str) -> None:
    assert severity("  " + line).level >= FAILURE


@pytest.mark.parametrize("word", ["failed", "timed out", "permission denied", "cannot open x", "not found", "no such file", "fatal: x"])
@pytest.mark.parametrize("before", ["command", "subcommand", "the exit", "out of time", "signal", "can", "not"])
def test_one_failure_word_does_not_hide_another(before: str, word: str) -> None:
    assert severity(f"{before} {word}").level >= FAILURE


def test_long_lines_are_read_at_both_ends() -> None:
    assert severity("x " * 50_000 + "Segmentation fault").level == STRONG
    assert severity("error: bad port " + "y " * 50_000).level == STRONG


def test_cues_are_few_and_short() -> None:
    assert len(CUES) == len(set(CUES)) < 110
    assert all(cue == cue.lower() and len(cue) <= 14 for cue in CUES)


@given(st.text(max_size=300))
@examples(max_examples=200)
def test_any_text_has_a_severity(line: str) -> None:
    found = severity(line)
    assert 0 <= found.level <= 3
    assert bool(found.kind) == (found.level >= FAILURE)


@given(st.lists(st.sampled_from([*CUES, "x", "0 ", ": ", "Error", "\xe9", "warning"]), max_size=12).map(" ".join))
@examples(max_examples=200)
def test_lines_of_cues_alone_take_no_time_and_are_suspects_if_they_tell(line: str) -> None:
    if severity(line).level:
        assert suspects(line.encode()) == [0]


def test_the_tree_of_cues_is_that_of_the_cues() -> None:
    from headroom_cli.text import severity as module
    from headroom_cli.text.regex import any_of

    assert any_of((*module.CUES, *module._WARNS)) == module._CUE_TREE
