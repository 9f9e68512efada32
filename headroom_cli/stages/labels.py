"""What packs and severity say of each template: noise or not, weight, kind, whether a block starts here.

    "Downloading # (# kB)"             ->  noise (pack pip)
    "FAILED # - AssertionError: ..."   ->  weight 5, kind "failed test"

Only one line of each template is judged: labels cost by distinct text, not by lines.
"""

from __future__ import annotations

from array import array
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, NamedTuple, TypeVar

from headroom_cli.text.regex import alternatives, compiled
from headroom_cli.text.severity import STRONG, WARNING

if TYPE_CHECKING:
    from headroom_cli.packs import BlockRule, LineRule, Pack
    from headroom_cli.stages.survey import Survey

__all__ = ["FINDING", "Labels", "dampen_warnings", "label", "label_findings", "placed_warnings", "raise_warnings"]

R = TypeVar("R", "BlockRule", "LineRule")

FINDING = "finding"
"""The kind of what a linter that no pack knows says of a place in a file."""
_FINDING = (
    r"(?:[A-Za-z]:)?(?:[\w.@+-]*[/\\])*[\w.@+-]+\.[A-Za-z]\w{0,7}(?::\d+(?::\d+)?(?:-\d+)?|\(\d+(?:,\d+)?\))(?::| -)? +"
    r"(?!(?:DEBUG|INFO|TRACE|NOTE|debug|info|trace|note|required|candidate|[Ii]n|from|at|by)\b)\S"
)
FINDING_WEIGHT = 3.9
MOST_FINDINGS = 0.5
"""Share of a log's lines from which they are its messages (`main.go:34: listening`), and no findings."""


class Labels(NamedTuple):
    """Columns over templates."""

    packs: tuple[str, ...]
    noise: bytearray  # 1: no reader needs it
    weights: array[float]  # what packs and severity add to a line of this template
    evidence: bytearray  # 1: the head of an evidence block of its own
    kinds: list[str]  # what a marker calls it, "" for none
    variables: dict[int, str]  # template -> pattern whose group `var` tells its lines apart
    starts: dict[int, BlockRule]  # template -> the block that its lines may begin
    why: dict[int, str]  # template -> pack/rule that labelled it
_LEVEL_WEIGHT = (0.0, 1.8, 2.5, 4.0)
_QUIET = (
    (("✓", "✔", "√"), r"\s*(?:@?[\w:./-]{1,60}: )?[✓✔√] "),
    (("DEBUG", "TRACE", "debug", "trace"), r"\W{0,3}(?:\S{1,60} ){0,2}?\W{0,3}(?:DEBUG|TRACE|debug|trace|level=(?:debug|trace))\b"),
)


def label(survey: Survey, packs: Sequence[Pack]) -> Labels:
    """Judge every template of `survey` by severity and by the rules of `packs` (already opened)."""
    size = len(survey.templates)
    found = Labels(tuple(pack.name for pack in packs), bytearray(size), array("f", bytes(4 * size)), bytearray(size), list(survey.kinds), {}, {}, {})
    quiet = alternatives(_QUIET, survey.whole)
    for tid, level in enumerate(survey.levels):
        found.weights[tid] = _LEVEL_WEIGHT[level]
        if level >= STRONG:
            found.evidence[tid] = 1
        elif level == WARNING:
            found.kinds[tid] = "warning"
        elif not level and quiet is not None and quiet.match(survey.exemplars[tid]):
            found.weights[tid] = -1.0
    for pack in packs:
        _apply(pack, survey, found)
    return found


def label_findings(survey: Survey, found: Labels) -> None:
    """`path:line: text` of which neither words nor packs say anything is a finding: evidence in a step that fails."""
    places = [
        tid
        for tid, text in enumerate(survey.exemplars)
        if not survey.levels[tid] and tid not in found.why and tid not in found.starts and compiled(_FINDING).match(text)
    ]
    if sum(survey.counts[tid] for tid in places) > MOST_FINDINGS * len(survey):
        return
    for tid in places:
        found.evidence[tid], found.weights[tid], found.kinds[tid] = 1, FINDING_WEIGHT, FINDING


def placed_warnings(survey: Survey, found: Labels) -> list[int]:
    """Templates of warnings that name a place in a file: what a linter reports."""
    warnings = [tid for tid, kind in enumerate(found.kinds) if "warning" in kind and not found.noise[tid]]
    return [tid for tid in warnings if compiled(_FINDING).match(survey.exemplars[tid])]


def raise_warnings(found: Labels, templates: Sequence[int]) -> None:
    """Warnings are what a step failed for (`--strict`): each is evidence."""
    for tid in templates:
        found.evidence[tid], found.weights[tid], found.kinds[tid] = 1, FINDING_WEIGHT, FINDING
        found.starts.pop(tid, None)


def dampen_warnings(found: Labels) -> None:
    """In a build log with failures a warning is a detail."""
    if 1 in found.evidence:
        for tid, kind in enumerate(found.kinds):
            if "warning" in kind and not found.evidence[tid]:
                found.weights[tid] *= 0.5


def _apply(pack: Pack, survey: Survey, found: Labels) -> None:
    """What `pack` says of every template. Of its rules only those are compiled that one can match."""
    blocks = [(compiled(block.start).search, block) for block in _possible(pack.blocks, survey.whole)]
    evidence, summary, noise = (_searches(_possible(rules, survey.whole)) for rules in (pack.evidence, pack.summary, pack.noise))
    if not blocks and not evidence and not summary and not noise:
        return
    for tid, text in enumerate(survey.exemplars):
        if not text:
            continue
        if tid not in found.starts:
            for search, block in blocks:
                if search(text):
                    found.starts[tid] = block
                    found.kinds[tid] = block.kind
                    found.noise[tid] = 0
                    found.why[tid] = f"{pack.name}/{block.name}"
                    break
        if tid in found.starts:
            continue
        if rule := _first(evidence, text):
            _set(found, tid, rule, pack, evidence=rule.weight >= 4)
        elif rule := _first(summary, text):
            _set(found, tid, rule, pack, evidence=bool(found.evidence[tid]))
        elif found.evidence[tid] and tid in found.why:  # another pack's evidence is stronger than this one's noise
            continue
        elif rule := _first(noise, text):
            found.noise[tid] = 1
            found.evidence[tid] = 0
            found.kinds[tid] = rule.kind
            found.weights[tid] = 0.0
            found.why[tid] = f"{pack.name}/{rule.name}"


def _possible(rules: Sequence[R], whole: str) -> list[R]:
    """The rules for which one of the literals that they need is there."""
    return [rule for rule in rules if not rule.needs or any(word in whole for word in rule.needs)]


def _searches(rules: Sequence[LineRule]) -> list[tuple[Callable[[str], object], LineRule]]:
    return [(compiled(rule.match).search, rule) for rule in rules]


def _first(rules: Sequence[tuple[Callable[[str], object], LineRule]], text: str) -> LineRule | None:
    for search, rule in rules:
        if search(text):
            return rule
    return None


def _set(found: Labels, tid: int, rule: LineRule, pack: Pack, *, evidence: bool) -> None:
    found.weights[tid] = max(found.weights[tid], rule.weight) if tid in found.why else rule.weight  # a pack knows better than the words alone
    found.evidence[tid] = evidence
    found.noise[tid] = 0
    found.kinds[tid] = rule.kind
    found.why[tid] = f"{pack.name}/{rule.name}"
    if rule.var:
        found.variables[tid] = rule.match
