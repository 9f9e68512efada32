"""What a good run prints too is boilerplate."""

from __future__ import annotations

from pathlib import Path

import pytest

import headroom
from headroom_cli.errors import InputError


def _run(steps: int, extra: list[str]) -> str:
    lines = [f"compiling unit_{n}.c with flags -O2 -g for target {n % 9}" for n in range(steps)]
    lines += ["ERROR: optional plugin foo not found, going on without it", "warning: clock skew detected"]
    return "\n".join(lines + extra) + "\n"


def test_an_error_of_the_good_run_is_no_evidence(tmp_path: Path) -> None:
    good = tmp_path / "good.log"
    good.write_text(_run(300, ["all done"]))
    bad = _run(400, ["linker script is stale", "make: *** [app] Error 2"])
    without = headroom.compress(bad)
    result = headroom.compress(bad, baseline=[str(good)])
    assert "optional plugin" in without.text
    assert "optional plugin" not in result.text
    assert "linker script is stale" in result.text
    assert "baseline lines" in result.text
    assert result.blocks.found == without.blocks.found - 1


def test_several_baselines_add_up_and_order_does_not_matter(tmp_path: Path) -> None:
    paths = []
    for number in range(2):
        path = tmp_path / f"good{number}.log"
        path.write_text(_run(200, [f"phase {'one' if number else 'two'} is over and nothing was left to do"]))
        paths.append(str(path))
    bad = _run(400, ["phase one is over and nothing was left to do", "phase two is over and nothing was left to do", "Segmentation fault"])
    first = headroom.compress(bad, baseline=paths)
    assert first.data == headroom.compress(bad, baseline=paths[::-1]).data
    assert "Segmentation fault" in first.text
    assert "phase one" not in first.text
    assert "phase two" not in first.text


def test_a_baseline_that_is_gone_is_said(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"gone\.log"):
        headroom.compress(_run(400, []), baseline=[str(tmp_path / "gone.log")])
