"""The ledger holds counts only, survives damage and crowds, and stays small."""

from __future__ import annotations

import os
import re
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from headroom_cli import ledger
from headroom_cli.ledger import Entry
from headroom_cli.model import Result
from headroom_cli.report import Row

DAY = "2025-11-22"


def row(before: int = 1000, after: int = 100, format: str = "ci_log", name: str = "secret/path.log", **fields: object) -> Row:
    return Row(name, Result(b"secret content", name, before, after, format, "balanced")._replace(**fields))  # type: ignore[arg-type]


@pytest.fixture
def env(tmp_path: Path) -> dict[str, str]:
    return {"HEADROOM_STATE_DIR": str(tmp_path / "state")}


@pytest.mark.parametrize(
    ("env", "path"),
    [
        ({"HOME": "/h"}, "/h/.local/state/headroom/ledger.jsonl"),
        ({"HOME": "/h", "XDG_STATE_HOME": "/s"}, "/s/headroom/ledger.jsonl"),
        ({"HOME": "/h", "XDG_STATE_HOME": "relative"}, "/h/.local/state/headroom/ledger.jsonl"),
        ({"HOME": "/h", "XDG_STATE_HOME": "/s", "HEADROOM_STATE_DIR": "/d"}, "/d/ledger.jsonl"),
        ({"HOME": "/h", "HEADROOM_STATE_DIR": "/d", "HEADROOM_LEDGER": "/l.jsonl"}, "/l.jsonl"),
        ({"HOME": "/h", "HEADROOM_LEDGER": "off"}, ""),
        ({"HOME": "/h", "HEADROOM_LEDGER": "0"}, ""),
        ({"HOME": "/h", "HEADROOM_LEDGER": ""}, ""),
        ({"HOME": "/h", "CI": "true"}, ""),
        ({"HOME": "/h", "CI": "false"}, "/h/.local/state/headroom/ledger.jsonl"),
        ({"HOME": "/h", "CI": "1", "HEADROOM_LEDGER": "/l.jsonl"}, "/l.jsonl"),
        ({"HOME": "/h", "CI": "1", "HEADROOM_LEDGER": "on"}, "/h/.local/state/headroom/ledger.jsonl"),
    ],
)
def test_where_it_lies(env: dict[str, str], path: str) -> None:
    assert ledger.path(env) == path


def test_a_run_is_one_line_per_format_strategy_and_rule(env: dict[str, str]) -> None:
    rows = [
        row(),
        row(2000, 300),
        row(500, 400, "plain"),
        row(rule="my-secret-config.yaml:12"),
        Row("x", error="no"),
        Row("y", skipped="binary"),
    ]
    assert ledger.record(env, rows, DAY) == ""
    entries = ledger.read(env).entries
    assert entries == (
        Entry(DAY, "ci_log", "balanced", "", 2, 3000, 400, True),
        Entry(DAY, "plain", "balanced", "", 1, 500, 400, True),
        Entry(DAY, "ci_log", "balanced", entries[2].rule, 1, 1000, 100, True),
    )
    assert re.fullmatch(r"other:12 \([0-9a-f]{6}\)", entries[2].rule)


def test_rules_of_two_projects_on_one_line_are_told_apart(env: dict[str, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for folder in ("a", "b", "a/sub"):
        (tmp_path / folder).mkdir()
        monkeypatch.chdir(tmp_path / folder)
        ledger.record(env, [row(rule="../headroom-config.yaml:5" if folder == "a/sub" else "headroom-config.yaml:5")], DAY)
    first, second, third = (each.rule for each in ledger.read(env).entries)
    assert first == third != second
    assert re.fullmatch(r"headroom-config\.yaml:5 \([0-9a-f]{6}\)", first)


def test_what_an_older_headroom_wrote_is_read(env: dict[str, str]) -> None:
    line = '{"v":1,"day":"2025-11-22","format":"ci_log","strategy":"balanced","rule":%d,"files":1,"before":10,"after":5,"exact":true}\n'
    path = Path(ledger.path(env))
    path.parent.mkdir()
    path.write_text(line % 12 + line % 0)
    assert [each.rule for each in ledger.read(env).entries] == ["line 12", ""]
    assert ledger.compact(str(path))
    assert [each.rule for each in ledger.read(env).entries] == ["line 12", ""]


def test_nothing_but_counts_is_written_and_only_the_user_may_read_it(env: dict[str, str]) -> None:
    ledger.record(env, [row(rule="secret.yaml:3"), row(format='pl"ain\n')], DAY)
    path = Path(ledger.path(env))
    text = path.read_text()
    assert "secret" not in text
    assert '"format":"other"' in text
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700


def test_an_unchanged_file_of_an_earlier_run_is_not_counted_again(env: dict[str, str]) -> None:
    ledger.record(env, [row()._replace(skipped="unchanged")], DAY)
    assert not os.path.exists(ledger.path(env))


def test_off_writes_nothing(env: dict[str, str]) -> None:
    assert ledger.record(env | {"HEADROOM_LEDGER": "off"}, [row()], DAY) == ""
    assert not os.path.exists(env["HEADROOM_STATE_DIR"])
    assert ledger.read({"HEADROOM_LEDGER": "off"}) == ledger.History("")


def test_broken_lines_are_skipped_and_counted(env: dict[str, str]) -> None:
    ledger.record(env, [row()], DAY)
    good = Path(ledger.path(env)).read_text()
    broken = ["{", "[]", "7", '{"v":3}', good.replace('"files":1', '"files":"1"'), good.replace('"v":2', '"v":9'), "\xff"]
    Path(ledger.path(env)).write_bytes("\n".join([good.strip(), *(each.strip() for each in broken), good]).encode("latin-1"))
    history = ledger.read(env)
    assert (len(history.entries), history.broken) == (2, len(broken))


def test_a_ledger_that_cannot_be_written_is_told_not_raised(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    problem = ledger.record({"HEADROOM_LEDGER": str(tmp_path / "file" / "x" / "ledger.jsonl")}, [row()], DAY)
    assert problem.startswith("ledger not written: ")


def test_compaction_adds_up_days_and_loses_no_token(env: dict[str, str]) -> None:
    for day in ("2025-11-20", "2025-11-21"):
        for _ in range(50):
            ledger.record(env, [row(), row(500, 400, "plain")], day)
    before = ledger.read(env).entries
    assert ledger.compact(ledger.path(env))
    after = ledger.read(env).entries
    assert len(after) == 4
    assert after[0] == Entry("2025-11-20", "ci_log", "balanced", "", 50, 50_000, 5_000, True)
    for field in ("files", "before", "after"):
        assert sum(getattr(each, field) for each in before) == sum(getattr(each, field) for each in after)
    assert stat.S_IMODE(os.stat(ledger.path(env)).st_mode) == 0o600


def test_a_long_history_keeps_days_of_the_last_months_only(env: dict[str, str]) -> None:
    days = [f"20{year:02}-{month:02}-{day:02}" for year in (23, 24) for month in range(1, 13) for day in range(1, 29)]
    for day in days:
        ledger.record(env, [row(rule="c.yaml:7")], day)
    assert ledger.compact(ledger.path(env), cap=1000)
    entries = ledger.read(env).entries
    assert sum(each.files for each in entries) == len(days)
    assert {each.day for each in entries if len(each.day) == 10} == set(days[-90:])
    assert all(each.rule == "" for each in entries if len(each.day) == 7)


def test_it_compacts_by_itself_beyond_the_cap(env: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ledger, "CAP_BYTES", 2000)
    for _ in range(100):
        ledger.record(env, [row()], DAY)
    assert os.path.getsize(ledger.path(env)) <= 2000 + 200
    assert sum(each.files for each in ledger.read(env).entries) == 100


def test_concurrent_runs_lose_nothing_even_while_compacting(env: dict[str, str]) -> None:
    code = (
        "from headroom_cli import ledger\n"
        "from headroom_cli.model import Result\n"
        "from headroom_cli.report import Row\n"
        "import os\n"
        "ledger.CAP_BYTES = 3000\n"
        "row = Row('x', Result(b'', 'x', 1000, 100, 'ci_log', 'balanced'))\n"
        "for _ in range(200):\n"
        "    problem = ledger.record(os.environ, [row], '2025-11-22')\n"
        "    assert not problem, problem\n"
    )
    children = [
        subprocess.Popen([sys.executable, "-c", code], env={**os.environ, **env, "HEADROOM_LEDGER": "on"}) for _ in range(4)
    ]
    assert [child.wait() for child in children] == [0] * 4
    history = ledger.read(env)
    assert history.broken == 0
    assert sum(each.files for each in history.entries) == 800


def test_reset_removes_it_and_says_what_it_held(env: dict[str, str]) -> None:
    ledger.record(env, [row(), row()], DAY)
    assert ledger.reset(env).entries == (Entry(DAY, "ci_log", "balanced", "", 2, 2000, 200, True),)
    assert not os.path.exists(ledger.path(env))
    assert ledger.reset(env).entries == ()


def test_recording_loads_no_json() -> None:
    code = (
        "import sys\n"
        "from headroom_cli import ledger\n"
        "from headroom_cli.model import Result\n"
        "from headroom_cli.report import Row\n"
        "ledger.record({'HEADROOM_LEDGER': '/dev/null'}, [Row('x', Result(b'', 'x', 9, 1, 'plain', 'balanced'))], '2025-11-22')\n"
        "heavy = {'json', 'rich', 'dataclasses', 'inspect', 'pathlib', 'tempfile', 'logging', 'datetime'} & set(sys.modules)\n"
        "sys.stderr.write(','.join(sorted(heavy)))\n"
    )
    run = subprocess.run(
        [sys.executable, "-S", "-c", code], capture_output=True, text=True, cwd=Path(__file__).parents[2], check=False
    )
    assert run.stderr == ""
