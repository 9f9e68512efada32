"""`headroom formats`: one line each, or JSON."""

from __future__ import annotations

import json

from running import Run


def test_the_formats_are_listed(headroom: Run) -> None:
    ran = headroom("formats")
    assert ran.code == 0
    names = [line.split()[0] for line in ran.out.decode().splitlines()]
    assert {"ci_log", "app_log", "plain"} <= set(names)
    answer = json.loads(headroom("formats", "--json").out)
    assert [entry["name"] for entry in answer["formats"]] == names
    assert all(entry["about"] for entry in answer["formats"])
