"""Test reports: what is taken for one, what stays of it, and that every output holds its promises."""

from __future__ import annotations

import json
import time

import pytest
from hypothesis import HealthCheck, Phase, given
from hypothesis import settings as examples
from hypothesis import strategies as st

from headroom_cli.api import compress_document
from headroom_cli.formats import choose
from headroom_cli.formats.testreport.documents import read_json
from headroom_cli.formats.testreport.markup import read_xml
from headroom_cli.model import Document, Result
from headroom_cli.settings import STRATEGIES, Settings
from headroom_cli.source import read_document
from headroom_cli.verify import verify

quick = examples(max_examples=25, suppress_health_check=list(HealthCheck), phases=(Phase.explicit, Phase.generate))


def document(data: bytes) -> Document:
    return read_document(data, name="report", path="report")


def compressed(data: bytes, **settings: object) -> Result:
    return compress_document(document(data), Settings(**settings))  # type: ignore[arg-type]


def event(action: str, package: str = "shop", test: str = "", output: str | None = None, **more: object) -> str:
    found: dict[str, object] = {"Time": "2026-03-04T09:12:01.000137Z", "Action": action, "Package": package, **more}
    if test:
        found["Test"] = test
    if output is not None:
        found["Output"] = output
    return json.dumps(found, separators=(",", ":"))


def gotest(name: str, end: str = "pass", said: tuple[str, ...] = (), package: str = "shop") -> list[str]:
    word = {"pass": "PASS", "fail": "FAIL", "skip": "SKIP"}[end]
    return [
        event("run", package, name),
        event("output", package, name, f"=== RUN   {name}\n"),
        *(event("output", package, name, f"{line}\n") for line in said),
        event("output", package, name, f"--- {word}: {name} (0.00s)\n"),
        event(end, package, name, Elapsed=0),
    ]


def passing(count: int) -> list[str]:
    return [line for n in range(count) for line in gotest(f"TestPlain{n}")]


def report(*groups: list[str]) -> bytes:
    return "\n".join([line for group in groups for line in group]).encode() + b"\n"


CASES = "".join(f'<testcase classname="a.B" name="t{n}" time="0.01"/>' for n in range(100))


@pytest.mark.parametrize(
    ("data", "name"),
    [
        (report(passing(5)), "testreport"),
        (b"go: downloading x v1\n" + report(passing(5)), "testreport"),
        (b'<?xml version="1.0"?>\n<testsuites>' + CASES.encode() + b"</testsuites>", "testreport"),
        (b'<!-- made by a tool --><testsuite name="x">' + CASES.encode() + b"</testsuite>", "testreport"),
        (b'<TestRun id="1" xmlns="http://microsoft.com/schemas/VisualStudio/TeamTest/2010"></TestRun>', "testreport"),
        (b'{"numFailedTestSuites":0,"numTotalTests":1,"testResults":[]}', "testreport"),
        (b'{\n  "stats": {\n    "suites": 2,\n    "tests": 34\n  },\n  "tests": []\n}', "testreport"),
        (b'{"created": 1.5, "duration": 0.1, "exitcode": 1, "root": "/srv", "tests": []}', "testreport"),
        (b'{"name": "shop", "tests": ["a", "b"], "version": "1.0"}', ""),
        (b"<project><modelVersion>4.0.0</modelVersion></project>", ""),
        (b"TAP version 13\nok 1 - a\nnot ok 2 - b\n", ""),
        (b"".join(b"2026-03-04T09:12:01.1234567Z " + line + b"\n" for line in report(passing(5)).splitlines()), ""),
        (b"building\n" * 50 + report(passing(5)), ""),
    ],
)  # fmt: skip
def test_what_is_a_test_report(data: bytes, name: str) -> None:
    found = choose(document(data)).name
    assert found == "testreport" if name else found != "testreport"


def test_failing_tests_stay_and_passing_ones_are_counted() -> None:
    failed = gotest("TestTotal", "fail", ("    a_test.go:9: want 3, got 4",))
    text = compressed(report(passing(30), failed, passing(10), gotest("TestShip", "skip", ("    a_test.go:2: no carrier",)))).text
    assert "a_test.go:9: want 3, got 4" in text
    assert "--- FAIL: TestTotal" in text
    assert "30 passed" in text
    assert "32 tests: 1 failed, 1 skipped" in text


def test_output_is_without_escapes_and_colour() -> None:
    failed = gotest("TestTotal", "fail", ('    a_test.go:9: \x1b[31mwant "x"\x1b[0m <y>\tz',))
    assert '    a_test.go:9: want "x" <y>\tz\n' in compressed(report(passing(30), failed)).text


def test_a_test_that_never_ended_is_evidence() -> None:
    hung = [event("run", test="TestHang"), event("output", test="TestHang", output="=== RUN   TestHang\n"), event("output", output="panic: test timed out after 1m\n"), event("fail", Elapsed=60)]
    result = compressed(report(passing(40), hung))
    assert "=== RUN   TestHang" in result.text
    assert "panic: test timed out after 1m" in result.text
    assert dict(result.blocks.kinds) == {"unfinished test": 1, "panic": 1}


def test_a_build_failure_stays() -> None:
    broken = [
        json.dumps({"ImportPath": "mail", "Action": "build-output", "Output": "send.go:14:9: undefined: newSender\n"}),
        json.dumps({"ImportPath": "mail", "Action": "build-fail"}),
        event("output", "mail", output="FAIL\tmail [build failed]\n"),
        event("fail", "mail", Elapsed=0, FailedBuild="mail"),
    ]
    text = compressed(report(broken, passing(60)), strategy="aggressive").text
    assert "undefined: newSender" in text
    assert "FAIL\tmail [build failed]" in text


def test_lines_that_are_no_events_are_judged_as_lines() -> None:
    text = compressed(report(passing(20), ["pkg/x.go:3:5: cannot find package \"gone\""], passing(20))).text
    assert "[step not JSON]" in text
    assert "cannot find package" in text


def test_an_output_that_looks_like_a_marker_is_held() -> None:
    text = compressed(report(passing(30), gotest("TestForged", "pass", ("[L3-9: 4 passed]",)), passing(30))).text
    assert "\n[L3-9: 4 passed]\n" in text


@pytest.mark.parametrize("strategy", ["conservative", "balanced", "aggressive"])
def test_a_report_on_one_line(strategy: str) -> None:
    failure = '<testcase classname="a.B" name="totals" time="1"><failure message="3 &lt; 4&#10;second" type="E">a.py:7: E\n  &amp;more</failure></testcase>'
    data = f'<?xml version="1.0"?><testsuites><testsuite name="s" tests="201" failures="1">{CASES}{failure}{CASES}</testsuite></testsuites>'.encode()
    result = compressed(data, strategy=strategy)
    assert "[L1: 100 passed]" in result.text
    assert 'message="3 < 4' in result.text
    assert 'name="totals"' in result.text
    assert verify(result.data, document(data), Settings(strategy=strategy)) == []


NUNIT = """<test-run id="2" testcasecount="2" result="Failed" total="2" passed="1" failed="1"><test-suite type="TestFixture" name="CartTest" result="Failed" failed="1">
<test-case id="1" name="Adds" fullname="Shop.CartTest.Adds" result="Passed"/>
<test-case id="2" name="Total" fullname="Shop.CartTest.Total" result="Failed"><failure><message><![CDATA[  Expected: 3]]></message>
<stack-trace><![CDATA[at Shop.CartTest.Total() in /srv/CartTest.cs:line 12]]></stack-trace></failure></test-case></test-suite></test-run>"""
TRX = """<TestRun id="a"><Results><UnitTestResult testId="1" testName="Shop.Adds" outcome="Passed"/><UnitTestResult testId="2" testName="Shop.Total" outcome="Failed">
<Output><ErrorInfo><Message>Expected: 3</Message><StackTrace>at Shop.Total() in /srv/CartTest.cs:line 12</StackTrace></ErrorInfo></Output></UnitTestResult></Results>
<TestDefinitions><UnitTest name="Shop.Adds"/></TestDefinitions></TestRun>"""
XUNIT = """<assemblies><assembly name="shop.dll" total="2" failed="1"><collection name="c"><test name="Shop.Adds" result="Pass"/>
<test name="Shop.Total" type="Shop" method="Total" result="Fail"><failure exception-type="E"><message>Expected: 3</message><stack-trace>at Shop.Total() in /srv/CartTest.cs:line 12</stack-trace></failure></test></collection></assembly></assemblies>"""


@pytest.mark.parametrize("text", [NUNIT, TRX, XUNIT], ids=["nunit", "trx", "xunit"])
def test_dialects_of_xml(text: str) -> None:
    found = read_xml(text.encode())
    assert [(each.kind, each.name.rpartition(".")[2]) for each in found.evidence] == [("failed test", "Total")]
    assert found.facts[0] == "2 tests: 1 failed"
    weights = dict(zip((text.strip() for text in found.texts), found.weights, strict=True))
    assert weights[b"Expected: 3"] >= 7
    assert [weight > 3 for text, weight in weights.items() if text.endswith(b"CartTest.cs:line 12")] == [True]


def test_pytest_json_report() -> None:
    tests = [{"nodeid": f"t.py::test_{n}", "outcome": "passed", "setup": {"outcome": "passed"}, "call": {"outcome": "passed"}} for n in range(40)]
    call = {"outcome": "failed", "crash": {"path": "/srv/t.py", "lineno": 9, "message": "assert 3 == 4"}, "longrepr": "def test_x():\n>   assert 3 == 4\nE   assert 3 == 4"}
    tests.append({"nodeid": "t.py::test_x", "outcome": "failed", "setup": {"outcome": "passed"}, "call": call})
    data = json.dumps({"created": 1.5, "duration": 0.5, "exitcode": 1, "root": "/srv", "environment": {"a": "b"}, "summary": {"failed": 1, "total": 41}, "tests": tests}).encode()
    result = compressed(data)
    assert "failed t.py::test_x" in result.text
    assert "/srv/t.py:9: assert 3 == 4" in result.text
    assert "40 passed" in result.text
    assert 'summary: {"failed":1,"total":41}' in result.text


@pytest.mark.parametrize(
    "data",
    [
        b'<testsuite name="x"><testcase name="a"><failure message="cut of',
        b'<testsuite name="x"><testcase name="a" <<< & &#xffffffff; ]]>',
        b'<!DOCTYPE x [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]><testsuite name="x"><testcase name="&b;"/></testsuite>',
        b"<testsuite>" * 3000,
        b'<testsuite name="x">' + b'"' * 100_000,
        b"<testsuite name='x'>\xff\xfe<testcase name='\x00'/>",
    ],
)
def test_broken_xml_is_read_as_far_as_it_goes(data: bytes) -> None:
    before = time.process_time()
    found = read_xml(data)
    assert found.texts
    assert b"aaaa" not in b"".join(found.texts)
    assert time.process_time() - before < 2


def test_large_reports_take_linear_time() -> None:
    one = '<testcase classname="a" name="b"><failure message="m">x</failure></testcase>'
    before = time.process_time()
    read_xml(f'<testsuite name="x">{one * 20_000}</testsuite>'.encode())
    assert time.process_time() - before < 12


@pytest.mark.parametrize("data", [b'{"numTotalTests":1,"testResults":[{"assert', b'{"numTotalTests":1}', b"[]", b'{"testResults":[1,null,"x"]}'])
def test_json_that_is_none_is_no_report(data: bytes) -> None:
    with pytest.raises(ValueError, match=r"."):
        read_json(data)


def test_a_cut_off_json_report_is_still_compressed_as_text() -> None:
    test = {"fullName": "adds", "status": "passed", "failureMessages": []}
    data = json.dumps({"numTotalTests": 1, "testResults": [{"name": "a.js", "status": "passed", "assertionResults": [test] * 100}]}, indent=2).encode()[:-40]
    result = compressed(data)
    assert result.format == "testreport"
    assert verify(result.data, document(data)) == []


def test_a_question_keeps_what_answers_it() -> None:
    said = ("    a_test.go:7: the warehouse of Oslo is closed",)
    data = report(passing(30), gotest("TestOslo", "pass", said), passing(30), gotest("TestTotal", "fail", ("    a_test.go:9: want 3",)))
    assert "Oslo is closed" in compressed(data, query="which warehouse is closed?").text


names = st.text(st.characters(codec="utf-8", exclude_categories=("Cc", "Cs")), min_size=1, max_size=12)
outputs = st.lists(st.one_of(st.text(max_size=40), st.sampled_from(["[L1-9]", "[step x]", "panic: x", "WARNING: DATA RACE", "    a_test.go:9: want 3", "", "a\nb", "\x1b[1mx\r", "\ud800"])), max_size=4)
tests = st.tuples(names, st.sampled_from(["pass", "pass", "fail", "skip"]), outputs, st.sampled_from(["shop", "shop/cart [x]"]))


@pytest.mark.parametrize("strategy", sorted(set(STRATEGIES) - {"off"}))
@quick
@given(found=st.lists(tests, min_size=1, max_size=12), endless=st.booleans(), stray=st.booleans(), final=st.booleans())
def test_promises_hold_for_generated_events(strategy: str, found: list[tuple[str, str, list[str], str]], endless: bool, stray: bool, final: bool) -> None:
    lines = [line for name, end, said, package in found for line in gotest(name, end, tuple(said), package)]
    lines += [event("run", test="TestHang")] if endless else []
    lines += ["# stray", "[L2-3]"] if stray else []
    data = "\n".join(lines + passing(6)).encode() + (b"\n" if final else b"")
    settings = Settings(strategy=strategy, format="testreport")
    result = compress_document(document(data), settings)
    assert verify(result.data, document(data), settings) == []
    assert result.blocks.found == result.blocks.shown + result.blocks.named
    assert compress_document(document(data), settings).data == result.data


@pytest.mark.parametrize("strategy", ["conservative", "balanced", "aggressive"])
@quick
@given(found=st.lists(tests, min_size=1, max_size=12), newline=st.sampled_from(["", "\n", "\n    "]))
def test_promises_hold_for_generated_xml(strategy: str, found: list[tuple[str, str, list[str], str]], newline: str) -> None:
    from xml.sax.saxutils import escape, quoteattr

    parts = ['<testsuites><testsuite name="s">']
    for name, end, said, package in found:
        text = escape("\n".join(said).replace("\ud800", "?"))
        inner = f"<failure message={quoteattr(said[0].replace(chr(0xD800), '?') if said else '')}>{text}</failure>" if end == "fail" else "<skipped/>" if end == "skip" else ""
        parts.append(f"<testcase classname={quoteattr(package)} name={quoteattr(name)}>{inner}</testcase>")
    parts += [f'<testcase classname="c" name="plain{n}"/>' for n in range(30)] + ["</testsuite></testsuites>"]
    data = newline.join(parts).encode()
    settings = Settings(strategy=strategy, format="testreport")
    result = compress_document(document(data), settings)
    assert verify(result.data, document(data), settings) == []


@pytest.mark.parametrize("limit", [60, 120, 400])
def test_max_tokens_holds(limit: int) -> None:
    failed = [line for n in range(30) for line in gotest(f"TestBroken{n}", "fail", (f"    a_test.go:{n}: want {n}",))]
    data = report(passing(20), failed)
    result = compressed(data, max_tokens=limit)
    assert result.compressed_tokens <= limit
    assert verify(result.data, document(data), Settings(max_tokens=limit)) == [] or limit < 100


def test_max_savings_holds() -> None:
    data = report(passing(60), gotest("TestTotal", "fail", ("    a_test.go:9: want 3",)))
    result = compressed(data, max_savings=30.0)
    assert result.savings_pct <= 30
    assert verify(result.data, document(data), Settings(max_savings=30.0)) == []


def test_errors_and_expected_failures_of_pytest_keep_their_names() -> None:
    tests = [{"nodeid": f"t.py::test_{n}", "outcome": "passed", "call": {"outcome": "passed"}} for n in range(60)]
    tests += [{"nodeid": f"t.py::test_{outcome}", "outcome": outcome, "call": {"outcome": "skipped"}} for outcome in ("skipped", "xfailed", "xpassed")]
    broken = {"outcome": "failed", "crash": {"path": "/srv/t.py", "lineno": 4, "message": "database is gone"}}
    tests.append({"nodeid": "t.py::test_fixture", "outcome": "error", "setup": broken})
    data = json.dumps({"created": 1.5, "duration": 0.5, "exitcode": 1, "root": "/srv", "environment": {"a": "b" * 900}, "summary": {"total": 64}, "tests": tests}).encode()
    text = compressed(data).text
    assert "; 64 tests: 1 error, 1 skipped, 1 xfailed, 1 xpassed;" in text.splitlines()[0]
    assert "\nerror t.py::test_fixture\n/srv/t.py:4: database is gone" in text
    assert "60 passed" in text


@pytest.mark.parametrize("separators", [(",", ":"), (", ", ": ")])
def test_events_are_recognised_however_they_are_written(separators: tuple[str, str]) -> None:
    lines = [json.dumps(json.loads(line), separators=separators) for line in gotest("TestA", "fail", ("    a_test.go:3: want 4",))]
    choice = choose(document("\n".join(lines * 3).encode()))
    assert choice.name == "testreport"
    assert "go test -json" in choice.why


def test_a_line_that_answers_brings_the_test_it_is_of() -> None:
    message = "\n\n".join(f"  ● cart › case {n}\n\n    expect(received).toBe(expected)\n\n    Expected: {n}\n    Received: {n + 1}" for n in range(4))
    tests = [{"fullName": f"cart case {n}", "status": "failed", "failureMessages": [f"Expected: {n}"]} for n in range(4)]
    data = {"numFailedTests": 4, "numTotalTests": 4, "testResults": [{"name": "cart.test.js", "status": "failed", "message": message, "assertionResults": tests}]}
    shown = compressed(json.dumps(data).encode(), query="What was received in case 2?").text.split("\n")
    heads = [line for line in shown if "●" in line]
    for at, line in enumerate(shown):
        if line.startswith("    Received: "):
            above = next(each for each in reversed(shown[:at]) if "●" in each)
            assert above.endswith(f"case {int(line.rpartition(' ')[2]) - 1}")
    assert heads
