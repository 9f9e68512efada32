"""What stands inside a log and is no log: JSON, diffs, tables. Their own knowledge says what of them goes; evidence is left alone."""

from __future__ import annotations

import json
import time

import pytest

from headroom_cli.api import compress_document
from headroom_cli.formats import choose
from headroom_cli.formats.ci_log import read
from headroom_cli.model import Document, Result
from headroom_cli.settings import Settings
from headroom_cli.source import read_document
from headroom_cli.stages.nested import matches
from headroom_cli.stages.nested.oneline import is_long_json, shortened
from headroom_cli.stages.reading import LogReading
from headroom_cli.text.envelope import find_envelope
from headroom_cli.tokens import get_counter
from headroom_cli.verify import verify

CHATTER = [f"step {n}: reading part {n * 7} of the configuration for {name}" for n, name in enumerate(["web", "api", "mail", "jobs"] * 5)]
END = ["Error: the deployment did not become ready", "##[error]Process completed with exit code 1."]


def github(lines: list[str]) -> Document:
    stamped = [f"2026-02-03T09:{n // 3600:02}:{n // 60 % 60:02}.{n % 60:07}Z {line}" for n, line in enumerate([*CHATTER, *lines, *END])]
    return read_document(("\n".join(stamped) + "\n").encode(), name="job.log", path="job.log")


def reading(lines: list[str]) -> LogReading:
    data = ("\n".join([*CHATTER, *lines, *END]) + "\n").encode()
    return read(read_document(data, name="job.log", path=None), find_envelope([]), Settings(), get_counter("estimate"), ())


def compressed(lines: list[str], strategy: str = "balanced") -> Result:
    document = github(lines)
    result = compress_document(document, Settings(strategy=strategy, format="ci_log"))
    assert verify(result.data, document, Settings(strategy=strategy, format="ci_log")) == []
    return result


def plan() -> list[str]:
    changes = [
        {
            "address": f"aws_security_group_rule.{name}[{n}]",
            "mode": "managed",
            "type": "aws_security_group_rule",
            "change": {"actions": ["no-op"], "before": None, "after": {"cidr_blocks": [f"10.{n}.0.0/16"], "self": False}},
        }
        for n, name in enumerate(["ingress", "egress"] * 20)
    ]
    changes[23]["address"] = "aws_db_instance.orders"
    return ["+ terraform show -json tfplan", *json.dumps({"format_version": "1.2", "resource_changes": changes, "errored": True}, indent=2).split("\n")]


def instances() -> list[str]:
    items = [{"InstanceId": f"i-0{n:07x}", "ImageId": "ami-1", "State": {"Code": 16, "Name": "running"}, "Status": "ok"} for n in range(60)]
    items[41]["Status"] = "failed"
    return ["+ aws ec2 describe-instance-status", *json.dumps({"Reservations": items}, indent=4).split("\n")]


def patch() -> list[str]:
    out = ["+ git diff --exit-code"]
    for name, changed in (("src/cart.py", "total = price"), ("src/mail.py", "subject = name")):
        out += [f"diff --git a/{name} b/{name}", "index 1111111..2222222 100644", f"--- a/{name}", f"+++ b/{name}", "@@ -10,41 +10,41 @@ def run():"]
        out += [f"     value_{n} = compute_{name[4]}({n})" for n in range(20)] + [f"-    {changed}+tax", f"+    {changed} + tax"]
        out += [f"     other_{n} = compute_{name[4]}({n})" for n in range(20)]
    lock = [f'+    "node_modules/dep-{n}": {{"version": "1.{n}.0"}},' for n in range(120)]
    return [*out, "diff --git a/package-lock.json b/package-lock.json", "--- a/package-lock.json", "+++ b/package-lock.json", "@@ -1,0 +1,120 @@", *lock]


def coverage() -> list[str]:
    rows = [f"src/shop/module_{n}.py{n + 20:10}{n % 3:7}{99 if n % 3 else 100:6}%" for n in range(70)]
    rows[37] = "src/shop/payments.py       210    180    14%"
    return ["Name                       Stmts   Miss  Cover", "-" * 46, *rows, "-" * 46, "TOTAL                       3815    249    93%", ""]


def pods() -> list[str]:
    rows = [f"web-7c9d{n:04}   1/1     Running            0          {n}m" for n in range(60)]
    rows[33] = "mail-58f70033  0/1     CrashLoopBackOff   57         33m"
    return ["+ kubectl get pods", "NAME           READY   STATUS             RESTARTS   AGE", *rows, ""]


CASES = {
    "terraform plan": (plan(), "JSON line", ["resource_changes", "errored"]),
    "aws": (instances(), "JSON line", ["Reservations", '"i-00000029"', '"failed"']),
    "git diff": (patch(), "diff line", ["+++ b/src/cart.py", "-    total = price+tax", "+    subject = name + tax", "@@ -10,41"]),
    "coverage": (coverage(), "table row", ["Name       ", "src/shop/payments.py", "TOTAL"]),
    "kubectl": (pods(), "table row", ["NAME  ", "CrashLoopBackOff   57"]),
}


@pytest.mark.parametrize(("lines", "kind", "kept"), CASES.values(), ids=CASES)
def test_a_region_is_found_and_keeps_what_tells(lines: list[str], kind: str, kept: list[str]) -> None:
    regions = reading(lines).regions
    assert regions is not None
    assert {found for _, _, found in regions.kinds} == {kind}
    assert sum(stop - first for first, stop, _ in regions.kinds) >= 0.8 * len(lines)
    for strategy in ("conservative", "balanced", "aggressive"):
        text = compressed(lines, strategy).text
        assert [piece for piece in [*kept, *END] if piece not in text] == []
    assert compressed(lines).savings_pct > 70


@pytest.mark.parametrize(("lines", "kind", "_kept"), CASES.values(), ids=CASES)
def test_a_span_says_what_it_held(lines: list[str], kind: str, _kept: list[str]) -> None:
    log = reading(lines)
    assert log.regions is not None
    log.regions.cut(log.draft)
    assert any(kind in log.draft.marker(first, stop).decode() for first, stop in log.draft.gaps())


def test_files_that_a_tool_writes_go_whole() -> None:
    text = compressed(patch()).text
    assert "node_modules/dep-60" not in text


def test_what_the_evidence_names_stays() -> None:
    lines = [*pods(), "Error: pod web-7c9d0044 is not ready"]
    assert "web-7c9d0044   1/1" in compressed(lines).text


def test_evidence_inside_a_region_is_not_cut() -> None:
    lines = instances()
    place = len(lines) // 2
    while '"ImageId"' not in lines[place]:
        place += 1
    lines[place] = '            "Message": "ERROR: AccessDenied: not allowed to describe volumes",'
    log = reading(lines)
    assert log.regions is not None
    log.regions.cut(log.draft)
    assert log.draft.keep[len(CHATTER) + place] == 1


@pytest.mark.parametrize(
    "lines",
    [
        ["void run() {", "    call(1);", "    call(2);", "}"] * 10,
        ["{", '  "a": 1,', "  oops", "}"] * 6,
        ["{", '  "open": [', '    "never closed"', *['    "more",'] * 20],
        ["@@ -1,2 +1,2 @@ not a hunk"] * 5,
        ["NAME   READY   STATUS", "that was all"],
        ["--- --- ---"] * 12,
        ["Some words here", "- - - - -", "more words"] * 5,
    ],
    ids=["code", "broken", "open", "no hunk", "no rows", "rulers", "prose"],
)
def test_what_is_no_region_is_left_alone(lines: list[str]) -> None:
    assert reading(lines).regions is None


def test_a_log_without_cues_is_not_looked_at() -> None:
    assert reading(["nothing here", "nor here"] * 30).regions is None


def payload(items: int, status: str = "failed") -> str:
    rows = [{"sku": f"A-{n}", "title": f"An article of the shop, number {n}", "amount": n} for n in range(items)]
    return json.dumps({"id": 7, "checksum": "0f" * 200, "items": rows, "status": status})


@pytest.mark.parametrize("before", ["", "POST /orders body=", "response: "])
def test_long_json_in_one_line_keeps_what_judges(before: str) -> None:
    line = before + payload(60)
    assert is_long_json(line)
    short = shortened(line)
    assert short is not None
    assert len(short) < 0.4 * len(line)
    assert [piece for piece in ('"id": 7', '"status": "failed"', "A-0", "A-59") if piece not in short] == []
    assert short.count(" characters ...]") >= 2


@pytest.mark.parametrize("line", [payload(60)[:-9], payload(60)[:-1] + "]", '{"a": "[... 5 characters ...]' + "x" * 900 + '"}', "x" * 900, '{"' + "[" * 900 + "]" * 900 + "}"])
def test_what_is_no_json_is_not_shortened(line: str) -> None:
    assert shortened(line) is None


def test_failures_in_the_middle_of_an_array_stay() -> None:
    short = shortened(payload(60).replace("number 31", "refused with an error"))
    assert short is not None
    assert "A-31" in short


def test_verify_follows_several_gaps_and_refuses_wrong_ones() -> None:
    lines = [f"order {n} " + payload(40 + n) for n in range(6)]
    document = github(lines)
    settings = Settings(strategy="conservative", format="ci_log")
    result = compress_document(document, settings)
    assert result.text.count(" characters ...]") > 6
    assert verify(result.data, document, settings) == []
    wrong = result.data.replace(b'"status": "failed"', b'"status": "passed"', 1)
    assert verify(wrong, document, settings) != []


@pytest.mark.parametrize("unit", [["{", '  "a": 1,', "}"], ['{"a": [', '  "b",'], ["@@ -1,9000 +1,9000 @@", " x", "+y"], ["NAME  READY  STATUS", "a  b  c", "A-1  B-1  C-1"]])
def test_time_is_linear(unit: list[str]) -> None:
    def seconds(times: int) -> float:
        best = 9.0
        for _ in range(2):
            start = time.process_time()
            reading(unit * times)
            best = min(best, time.process_time() - start)
        return best

    assert seconds(16_000) < 10 * seconds(4_000) + 0.2


def test_a_definition_in_a_search_result_stays_beside_other_output() -> None:
    uses = [f"src/part_{n}.py:{n + 3}:    rows_{n} = total(items_{n}, rate={n})" for n in range(60)]
    uses[40] = "src/shop/cart.py:12:def total(items, rate):"
    table = ["NAME       READY   STATUS    RESTARTS", *(f"web-{n:<6} 1/1     Running   {n % 2}" for n in range(60))]
    data = ("\n".join([*table, "", *uses, "", *(f"and a line of prose that says {n}" for n in range(60))]) + "\n").encode()
    document = read_document(data, name="out.txt", path="out.txt")
    result = compress_document(document, Settings(strategy="aggressive"))
    assert result.format == "plain"
    assert "src/shop/cart.py:12:def total(items, rate):" in result.text
    assert verify(result.data, document) == []


@pytest.mark.parametrize(
    ("line", "found"),
    [
        ("src/a.py:12:def total():", True),
        ("HEAD~1/a.py:12:5:x = total()", True),
        ("src/a.c:12:5: error: no member", False),
        ("src/a.py:12: E501 line too long", False),
        ("src/a.py:12: warning: unused", False),
        ("12:30:45 started", False),
        ("  at src/a.js:12:7", False),
        ("src/a.js:12:7", False),
    ],
)
def test_findings_are_no_matches(line: str, found: bool) -> None:
    assert matches.opens(line) is found


def test_json_that_a_tag_closes_is_read_and_its_outlier_stays() -> None:
    rows = [{"id": n, "amount": round(n * 7.3 % 90, 2), "state": "paid"} for n in range(200)]
    rows[120]["amount"] = 98765.43
    text = "<tool_result>\n" + json.dumps({"rows": rows}, indent=2) + "</tool_result>\n"
    document = read_document(text.encode(), name="out.txt", path="out.txt")
    for strategy in ("conservative", "balanced", "aggressive"):
        result = compress_document(document, Settings(strategy=strategy))
        assert "98765.43" in result.text
        assert result.savings_pct > 80


def test_a_text_with_diffs_and_code_is_no_code_file() -> None:
    diff = ["$ git diff", "diff --git a/a.py b/a.py", "--- a/a.py", "+++ b/a.py"]
    for n in range(4):
        diff += [f"@@ -{n * 40 + 1},3 +{n * 40 + 1},3 @@", " import os", "-x = 1", "+x = 2", " import sys"]
    code = [line for n in range(60) for line in (f"def part_{n}(items):", f'    """Part {n}."""', f"    return [item + {n} for item in items]", "")]
    data = ("\n".join([*diff, "$ cat a.py", *code, "ERROR: deployment failed: quota exceeded for cpu (limit 40)"]) + "\n").encode()
    document = read_document(data, name="out.txt", path="out.txt")
    for strategy in ("balanced", "aggressive"):
        text = compress_document(document, Settings(strategy=strategy)).text
        assert "quota exceeded" in text
        assert "failed: 'cat" not in text
    assert choose(document).name in ("ci_log", "plain")
