"""What counts as evidence in a log, by what the whole of it says: findings in a step that fails, warnings where nothing worse is there.

    lib/gate.xy:7:3: warning: too long     in a step that failed after two such lines and said nothing else: a finding
    lib/gate.c:7:3: warning: unused        beside a compiler error: a detail
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from headroom_cli.formats.logs.steps import Steps, find_steps
from headroom_cli.stages.blocks import find_blocks
from headroom_cli.stages.labels import FINDING, dampen_warnings, label_findings, placed_warnings, raise_warnings
from headroom_cli.text.regex import compiled
from headroom_cli.text.severity import WARNING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from headroom_cli.stages.blocks import Block
    from headroom_cli.stages.labels import Labels
    from headroom_cli.stages.survey import Survey

__all__ = ["find_evidence", "prepare"]

STRONG_HEAD = 4
"""Weight of a block from which its head stands in for an outcome that no runner printed."""
LAST_WORDS = 60
"""Lines at the end of a failing step in which it says what it failed for."""
_VERDICTS = ("exit code", "failed job", "failed command", "failed step", "failed build", "failed target", "annotation", "error summary")
"""Kinds of evidence that say that something failed, but not what."""
_TOTALS = r"\b\d+ (?:\w+ )?(?:violations?|warnings?|problems?|issues?|errors?|findings?|offen[cs]es?)\b"


def prepare(found: Survey, labels: Labels, *, structure: bool, warnings: bool) -> None:
    """Adjust labels to the kind of log: in a build log (`structure`) places in files are findings and warnings step back beside failures;
    `warnings`: they are evidence."""
    if structure:
        label_findings(found, labels)
        dampen_warnings(labels)
    elif warnings:
        labels.evidence[:] = bytes(1 if level == WARNING or flag else 0 for level, flag in zip(found.levels, labels.evidence, strict=True))


def find_evidence(found: Survey, labels: Labels, *, structure: bool) -> tuple[list[Block], Steps]:
    """The blocks of a log, and its steps where it has such."""
    blocks = find_blocks(found, labels)
    if not structure:
        return blocks, Steps((), None, len(found))
    steps = find_steps(found, [block.head for block in blocks if block.weight >= STRONG_HEAD])
    failing = steps.failing
    if failing is None:
        return blocks, steps
    if strict := _strict_warnings(found, labels, blocks, range(failing.first, min(steps.end, len(found)))):
        raise_warnings(labels, strict)
        blocks = find_blocks(found, labels)
    # what is said of files in steps that passed is no evidence
    return [block for block in blocks if block.kind != FINDING or failing.first <= block.head < steps.end], steps


def _strict_warnings(found: Survey, labels: Labels, blocks: Sequence[Block], within: range) -> list[int]:
    """Templates of the warnings that the step `within` failed for: it ends with at least two, and says nothing worse but that it failed."""
    worse = [block.head for block in blocks if block.head in within and "warning" not in block.kind and not block.kind.startswith(_VERDICTS)]
    if any(not compiled(_TOTALS).search(found.glance(head)) for head in worse):
        return []
    placed = set(placed_warnings(found, labels))
    last = [tid for tid in found.tids[max(within.start, within.stop - LAST_WORDS) : within.stop] if tid in placed]
    return sorted(placed) if len(last) >= 2 else []
