"""Reports tell what happened: nothing floored, estimates marked, names that cannot break a row."""

from __future__ import annotations

import json

import pytest

from headroom_cli.model import BlockCount, Result
from headroom_cli.report import (
    GITHUB_ROWS,
    KINDS,
    Row,
    as_json,
    ascii_table,
    github,
    line,
    markdown,
    number,
    percent,
    render,
    table,
    totals,
)


def result(before: int, after: int, **fields: object) -> Result:
    base = Result(b"", "x", before, after, "ci_log", "balanced", quality=0.94)
    return base._replace(**fields)  # type: ignore[arg-type]


SAVED = Row("ci-logs/build.log", result(41210, 4012, rule="headroom-config.yaml:12"))
GREW = Row("grew.txt", result(100, 105, format="plain"))
GUESSED = Row("guess.txt", result(2000, 500, exact=False))
PASSED = Row("small.txt", result(312, 312, reason="under 500 tokens"))
FAILED = Row("bad.log", error="permission denied")
BINARY = Row("core", skipped="binary")
DONE = Row("old.log", result(1000, 100), skipped="unchanged")
ALL = [SAVED, GREW, GUESSED, PASSED, FAILED, BINARY, DONE]


@pytest.mark.parametrize(
    ("row", "text"),
    [
        (SAVED, "ci-logs/build.log: ci_log, 41,210 -> 4,012 tokens, 90.3 % saved, quality 0.94, balanced"),
        (GREW, "grew.txt: plain, 100 -> 105 tokens, -5.0 % saved, quality 0.94, balanced"),
        (GUESSED, "guess.txt: ci_log, ~2,000 -> ~500 tokens, ~75.0 % saved, quality 0.94, balanced"),
        (PASSED, "small.txt: ci_log, 312 tokens, unchanged: under 500 tokens"),
        (FAILED, "bad.log: failed: permission denied"),
        (BINARY, "core: skipped: binary"),
        (DONE, "old.log: ci_log, 1,000 -> 100 tokens, 90.0 % saved, quality 0.94, balanced, unchanged since the last run"),
        (
            Row("b", result(1000, 100, blocks=BlockCount(5, 3, 2))),
            "b: ci_log, 1,000 -> 100 tokens, 90.0 % saved, quality 0.94, balanced, evidence: 3 shown, 2 named",
        ),
    ],
)
def test_a_line_is_one_sentence(row: Row, text: str) -> None:
    assert line(row) == text


@pytest.mark.parametrize(
    ("value", "exact", "text"),
    [(0, True, "0"), (999, True, "999"), (1234567, True, "1,234,567"), (1234, False, "~1,234"), (-1234, True, "-1,234")],
)
def test_numbers(value: int, exact: bool, text: str) -> None:
    assert number(value, exact) == text


@pytest.mark.parametrize(("value", "exact", "text"), [(90.26, True, "90.3 %"), (-0.4, True, "-0.4 %"), (50, False, "~50.0 %")])
def test_percentages(value: float, exact: bool, text: str) -> None:
    assert percent(value, exact) == text


def test_totals_count_what_has_a_result_and_one_estimate_taints_them() -> None:
    total = totals(ALL)
    assert (total.files, total.failed, total.skipped, total.exact) == (5, 1, 2, False)
    assert (total.before, total.after) == (41210 + 100 + 2000 + 312 + 1000, 4012 + 105 + 500 + 312 + 100)
    assert totals([]).savings_pct == 0.0
    assert totals([GREW]).savings_pct == -5.0


def test_ascii_table() -> None:
    assert ascii_table([SAVED, GREW, FAILED, BINARY, DONE]) == (
        "file               format  rule                     before  after    saved\n"
        "-----------------  ------  -----------------------  ------  -----  -------\n"
        "ci-logs/build.log  ci_log  headroom-config.yaml:12  41,210  4,012   90.3 %\n"
        "grew.txt           plain   -                           100    105   -5.0 %\n"
        "bad.log            -       -                             -      -   failed\n"
        "core               -       -                             -      -  skipped\n"
        "old.log            ci_log  -                         1,000    100   90.0 %\n"
        "-----------------  ------  -----------------------  ------  -----  -------\n"
        "total (3 files)                                     42,310  4,217   90.0 %\n"
        "1 file unchanged since the last run\n"
        "skipped: core: binary\n"
        "failed: bad.log: permission denied\n"
    )


def test_ascii_table_never_cuts_a_path() -> None:
    path = "a/" * 150 + "build.log"
    text = ascii_table([Row(path, result(10, 5))])
    assert path in text
    assert text.isascii()
    assert "\x1b" not in text


def test_table_for_a_terminal_fits_it_and_shortens_the_middle_of_paths() -> None:
    row = Row(
        "ci-logs/2025/11/22/runner-17/some-long-job-name/build.log", result(41210, 4012, rule="config/headroom-config.yaml:120")
    )
    text = table([row, FAILED], 80)
    assert max(len(each) for each in text.splitlines()) <= 80
    assert "..." in text
    assert "build.log" in text
    assert ".yaml:120" in text
    assert "total (1 file)" in text
    assert "failed: bad.log: permission denied" in text
    assert "\x1b" not in text
    assert "\x1b[31m" in table([row, GREW], 80, colour=True)


def test_markup_in_names_is_text() -> None:
    row = Row("[red]x[/red].log", result(10, 5))
    assert "[red]x[/red].log" in table([row], 100)


def test_a_name_cannot_steer_the_terminal_or_break_a_row() -> None:
    row = Row("a\x1b[31m\nb.log", result(10, 5))
    for kind in ("line", "table", "markdown", "github"):
        text = render(kind, [row])
        assert "\x1b" not in text
        assert "a\\x1b" in text or "a\\\\x1b" in text
    assert len(render("line", [row]).splitlines()) == 1


def test_markdown_is_whole_and_escaped() -> None:
    text = markdown([SAVED, Row("a|b*`c`.log", result(1000, 250)), FAILED])
    assert text == (
        "| file | format | rule | before | after | saved |\n"
        "|:---|:---|:---|---:|---:|---:|\n"
        "| ci-logs/build.log | ci_log | headroom-config.yaml:12 | 41,210 | 4,012 | 90.3 % |\n"
        "| a\\|b\\*\\`c\\`.log | ci_log | - | 1,000 | 250 | 75.0 % |\n"
        "| bad.log | - | - | - | - | failed |\n"
        "| **total (2 files)** |  |  | **42,210** | **4,262** | **89.9 %** |\n"
        "\n"
        "- failed: bad.log: permission denied\n"
    )


def test_github_shows_failures_then_the_least_saved_and_at_most_100_rows() -> None:
    rows = [Row(f"f{n:03}.log", result(1000, 1000 - n)) for n in range(150)]
    text = github([*rows, FAILED])
    body = [each for each in text.splitlines() if each.startswith("| ") and not each.startswith(("| file", "| **"))]
    assert len(body) == GITHUB_ROWS
    assert body[0].startswith("| bad.log ")
    assert [each.split()[1] for each in body[1:4]] == ["f000.log", "f001.log", "f002.log"]
    assert "51 more files, which saved more, are not shown" in text
    assert "**total (150 files)**" in text


def test_json_has_a_version_and_every_row() -> None:
    answer = json.loads(render("json", ALL))
    assert answer["version"] == 1
    assert [each["status"] for each in answer["files"]] == [
        "compressed", "compressed", "compressed", "passed", "failed", "skipped", "unchanged",
    ]  # fmt: skip
    assert answer["files"][1]["savings_pct"] == -5.0
    assert answer["files"][2]["exact"] is False
    assert answer["files"][4] == {"name": "bad.log", "status": "failed", "error": "permission denied"}
    assert answer["totals"]["failed"] == 1
    assert answer["totals"]["exact"] is False


def test_json_keeps_undecodable_names() -> None:
    name = b"caf\xe9.log".decode("utf-8", "surrogateescape")
    text = render("json", [Row(name, result(10, 5))])
    assert text.isascii()
    assert json.loads(text)["files"][0]["name"] == name


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_renders_no_rows_and_all_rows(kind: str) -> None:
    assert render(kind, [], 80) == "" or kind not in ("none", "line")
    text = render(kind, ALL, 120, True)
    assert text == "" if kind == "none" else text.endswith("\n")


def test_as_json_is_plain_values() -> None:
    assert json.loads(json.dumps(as_json(ALL))) == as_json(ALL)
