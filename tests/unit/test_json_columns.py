"""Columns of JSON tables: names and places stay, what there is room for comes back, and quality counts what went."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest

from headroom_cli.api import compress_document
from headroom_cli.model import Result
from headroom_cli.settings import Settings
from headroom_cli.source import read_document
from headroom_cli.text.records import Column, place_of, words, worth
from headroom_cli.verify import verify

PROSE = "A crafted request lets the parser read past the end of its buffer, which may crash the service or disclose what was in memory."


def compressed(value: Any, **changes: Any) -> Result:
    document = read_document(json.dumps(value, indent=1).encode(), name="a.json", path="a.json")
    result = compress_document(document, Settings(**changes))
    assert verify(result.data, document, Settings(**changes)) == []
    return result


def findings(count: int = 90) -> list[dict[str, Any]]:
    return [
        {
            "check": {"code": f"check_{n % 7}", "severity": ["Low", "Medium", "High"][n % 3] if n != 40 else "Critical"},
            "info": {"uid": f"scan-aws-{n}-{n * 7919 % 99991:05x}", "title": f"Rule {n % 7} is broken here", "desc": f"{PROSE} {n}"},
            "where": [{"spot": {"doc": {"uri": f"src/m{n}/file{n * 3}.js"}, "startLine": n + 3, "endColumn": 7}}],
            "risk": f"{PROSE} Case {n}.",
            "fingerprint": f"{n * 7919:040x}",
        }
        for n in range(count)
    ]


@pytest.mark.parametrize("strategy", ["balanced", "aggressive"])
def test_the_last_name_and_the_last_place_of_records_are_never_left_out(strategy: str) -> None:
    text = compressed(findings(), strategy=strategy).text
    shown = re.findall(r"scan-aws-\d+-[0-9a-f]{5}", text)
    assert "scan-aws-40-" in text
    assert len(set(shown)) > 10
    assert len(re.findall(r"src/m\d+/file\d+\.js", text)) == len(shown)


def test_columns_come_back_to_all_rows_where_the_target_has_room() -> None:
    rows = [{"name": f"item-{n}", "note": f"{PROSE} {n}", "kind": "ab"[n % 2], "owner": f"team {n % 5}", "sum": f"{n:064x}"} for n in range(40)]
    result = compressed(rows, strategy="balanced")
    assert result.text.split("\n")[1] == "$[40]: name,kind,owner"


def test_what_there_is_room_for_beyond_that_stands_under_the_rows_that_are_evidence() -> None:
    rows = [{"name": f"item-{n}", "state": "failed" if n in (7, 30) else "ok", "note": f"{PROSE} {n}"} for n in range(70)]
    lines = compressed(rows, strategy="balanced").text.split("\n")
    assert lines[lines.index("item-7,failed") + 1].startswith("  note: A crafted request")
    assert lines[lines.index("item-30,failed") + 1].startswith("  note: A crafted request")
    assert sum(line.startswith("  note:") for line in lines) < 20


@pytest.mark.parametrize("strategy", ["conservative", "balanced", "aggressive"])
def test_a_value_that_answers_the_question_stays_though_its_column_goes(strategy: str) -> None:
    rows = [{"page": f"Page {n}", "matter": f"{PROSE} {n}. {PROSE} The opera was composed by nobody. {PROSE}"} for n in range(20)]
    rows[13]["matter"] = f"{PROSE} The harbour opera was composed by Ingrid Solheim. {PROSE}"
    assert "Ingrid Solheim" in compressed(rows, strategy=strategy, query="who composed the harbour opera").text


def test_quality_counts_the_columns_that_went() -> None:
    assert compressed(findings(), strategy="conservative").quality == 1.0
    assert compressed(findings(), strategy="balanced").quality < 1.0


def column(name: str, values: list[str]) -> Column:
    made = Column(name)
    for value in values:
        made.add(value)
    return made


@pytest.mark.parametrize(
    ("more", "less"),
    [
        (("desc", [f"{PROSE} {n}" for n in range(60)]), ("fingerprint", [f"{n:040x}" for n in range(60)])),
        (("desc", [f"{PROSE} {n}" for n in range(60)]), ("ruleIndex", [str(n) for n in range(60)])),
        (("artifact.uri", [f"src/{n}.js" for n in range(60)]), ("info.uri", [f"https://example.test/{n}" for n in range(60)])),
        (("message.text", [f"Broken {n}" for n in range(60)]), ("text", [f"Broken {n}" for n in range(60)])),
        (("severity.label", ["LOW", "HIGH"] * 30), ("product.label", ["LOW", "HIGH"] * 30)),
        (("uid", [f"a-{n}" for n in range(60)]), ("uid", [f"{n:036x}" for n in range(60)])),
        (("region.startLine", [str(n) for n in range(60)]), ("region.endLine", [str(n) for n in range(60)])),
    ],
)
def test_what_tells_more_goes_later(more: tuple[str, list[str]], less: tuple[str, list[str]]) -> None:
    assert worth(column(*more), 60) > worth(column(*less), 60)


@pytest.mark.parametrize(
    ("name", "values", "expected"),
    [
        ("uid", [f"prowl-{n}" for n in range(60)], True),
        ("uid", [f"prowl-{n % 20}" for n in range(60)], False),
        ("note", [f"what is {n}" for n in range(60)], False),
        ("digest", [f"{n:064x}" for n in range(60)], False),
        ("created", [f"2026-01-01T00:00:{n:02}Z" for n in range(60)], False),
        ("startLine", [str(n) for n in range(60)], False),
    ],
)
def test_a_record_is_named_by_short_values_that_differ(name: str, values: list[str], expected: bool) -> None:
    assert column(name, values).identifies(60) is expected


def test_a_name_says_whether_a_column_is_a_place() -> None:
    assert [place_of(name) for name in ("artifact.uri", "filePath", "startLine", "endLine", "title")] == ["file", "file", "line", "", ""]
    assert [words("message.text"), words("text")] == [("message",), ("text",)]


IMAGES = [
    {
        "image": f"registry.test/app-{n}",
        "vendor": [{"type": "maker", "value": f"acme {n}"}] * 4,
        "licenses": [{"license": {"id": "MIT"}}],
        "findings": [{"id": f"F-{n}-{k}", "severity": ["LOW", "MEDIUM"][k % 2] if (n, k) != (3, 7) else "CRITICAL", "note": f"{PROSE} {n} {k}"} for k in range(40)],
    }
    for n in range(12)
]


def test_markers_count_inner_records_by_severity() -> None:
    text = compressed(IMAGES, strategy="aggressive").text
    assert "F-3-7,CRITICAL" in text
    assert re.search(r"^\[\$\[\d+\].* findings \d+: LOW \d+, MEDIUM \d+\]$", text, re.MULTILINE)


def test_equal_inner_rows_are_one_row_with_their_number() -> None:
    text = compressed(IMAGES, strategy="conservative").text
    assert "\n  vendor[]x4: acme 3\n" in text
    assert "vendor[]: acme" not in text


def test_numbers_and_texts_of_the_same_look_are_not_equal() -> None:
    rows = [{"name": f"row {n}", "part": [{"v": 1, "w": n}, {"v": "1", "w": n}], "pad": PROSE} for n in range(30)]
    assert "x2" not in compressed(rows, strategy="conservative").text


def test_an_inner_element_that_is_the_same_in_every_record_is_said_once() -> None:
    lines = compressed(IMAGES, strategy="conservative").text.split("\n")
    at = lines.index("  licenses[1]:")
    assert lines[at + 1] == "    =license.id: MIT"
    assert sum("licenses" in line for line in lines) == 1


def test_markers_say_from_where_to_where_and_how_many_values_went() -> None:
    rows = [{"name": f"item {n}", "total": n / 4, "shop": f"shop {n * 7 % 9}"} for n in range(2000)]
    text = compressed(rows, strategy="aggressive").text
    assert re.search(r"shop: shop \d \d+, .*, 5 other values, total: \d[\d.]* to \d[\d.]*\]$", text, re.MULTILINE)


def tree(depth: int, width: int, seed: int = 1) -> dict[str, Any]:
    return {
        f"package-{seed}-{n}": {"version": f"{n}.{seed % 9}.0", "linked": False, **({"dependencies": tree(depth - 1, width, seed * 10 + n)} if depth and (n + seed) % 3 else {})}
        for n in range(width)
    }


def test_a_tree_costs_no_more_with_a_stricter_strategy_and_markers_count_its_keys() -> None:
    value = {"name": "app", "dependencies": tree(4, 6)}
    results = [compressed(value, strategy=strategy) for strategy in ("lossless", "conservative", "balanced", "aggressive")]
    sizes = [result.compressed_tokens for result in results]
    assert sizes == sorted(sizes, reverse=True)
    assert sizes[0] < results[0].original_tokens
    assert sizes[2] > 1000
    assert re.search(r"^\[\$\.dependencies\S* \.\. \S+ (?:\d+ objects?, )?(?:\d+ keys|.*\d+ records)", results[2].text, re.MULTILINE)


@pytest.mark.parametrize("strategy", ["balanced", "aggressive"])
def test_savings_grow_with_the_limit_and_stay_near_below_it(strategy: str) -> None:
    saved = [compressed(findings(), strategy=strategy, max_savings=limit).savings_pct for limit in (50, 60, 70, 80)]
    assert saved == sorted(saved)
    assert all(limit - 5 <= own <= limit for own, limit in zip(saved, (50, 60, 70, 80), strict=True))
