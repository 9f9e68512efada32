"""`rules explain --line`: why a line was kept or cut."""

from __future__ import annotations

import pytest

from headroom_cli.api import compress_document, explain_line
from headroom_cli.errors import UsageError
from headroom_cli.settings import Settings
from headroom_cli.source import read_document

LOG = "\n".join([*(f"step {n} of the build is running on host {n % 5}" for n in range(600)), "src/a.c:3:1: error: unknown type name 'foo'", "make: *** [all] Error 2"]) + "\n"


def _told(line: int) -> dict[str, str]:
    return dict(explain_line(read_document(LOG.encode(), name="b.log", path=None), Settings(), line))


def test_a_failure_says_its_block_and_that_it_stayed() -> None:
    told = _told(601)
    assert "error" in told["block"]
    assert told["kept"] == "as it is"


def test_a_cut_line_says_its_template_stage_and_marker() -> None:
    told = _told(300)
    assert "480 lines" in told["template"]
    assert told["cut"].startswith("marker [L")


def test_what_is_told_is_what_happens() -> None:
    document = read_document(LOG.encode(), name="b.log", path=None)
    output = compress_document(document, Settings()).text.splitlines()
    for line in (1, 2, 300, 599, 600, 601, 602):
        told = dict(explain_line(document, Settings(), line))
        assert (LOG.splitlines()[line - 1] in output) is ("kept" in told), told


def test_a_line_that_is_not_there_is_refused() -> None:
    with pytest.raises(UsageError, match="602 lines"):
        _told(603)
