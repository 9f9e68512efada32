"""Evidence blocks: which lines belong together as one failure, what its head is, what may be folded.

    Traceback (most recent call last):          head
      File "lib/x.py", line 3, in run           fold
      File "app.py", line 9, in main            body
    ValueError: bad port                        core: it says what happened

Packs know where their tools' blocks start and end. A failure line that no pack knows is a block of its own, with the more deeply
indented lines, carets and frames that follow it.
"""

from __future__ import annotations

from itertools import compress
from typing import TYPE_CHECKING, NamedTuple

from headroom_cli.packs import extent
from headroom_cli.stages.labels import Labels
from headroom_cli.text.regex import compiled

if TYPE_CHECKING:
    from collections.abc import Sequence

    from headroom_cli.packs import BlockRule
    from headroom_cli.stages.survey import Survey

__all__ = ["MAX_BLOCKS", "Block", "block_name", "find_blocks"]

MAX_BLOCKS = 2_000
"""Blocks whose extent is looked up; further ones are counted with their head alone."""
_FOLLOWS = r"^(?:\s+\S|\s*\^|\s*\||\s*~|at \S|\.\.\. \d+ more|\s*Caused by|\s*-->|\t)"
_FRAME = r"^\s+(?:at \S+ ?\(|at \S+$|\.\.\. \d+ (?:more|common)|Suppressed: )"
_OWN_FRAME = r"^\s+at .*[\w)>]:\d+(?::\d+)?\)?\s*$"
"""A frame; the first that is no library's says where in the project it happened."""
_TITLE = r"^\s*(?:-{2,4}|={2,4}|\*{2,4}|#{1,4}|>{1,4}|●|•|\d{1,4}\)) {1,2}[^\s=*#-].{2,}"
_ENDS = r"^(?:\[|##|\+ |\$ |[A-Z][a-z]+ \w+ing\b|BUILD|FAILED|-----)"
GAP = 3
"""Lines between a message and its frames."""
_TELLS = r"^\s*(?:E\s|Caused by|caused by|reason|expected|actual|symbol|location|note:|Expected|Received|AssertionError|\w+(?:Error|Exception)\b)"


_STAMP = r"^(?:\[?\d[\d:.,TZ/-]{4,30}\]? +)?(?:[\[(][\w .:#-]{1,40}[\])] +)?(?:(?:ERROR|FATAL|SEVERE|CRITICAL|WARN(?:ING)?)\b[: ]+)?"
_FOLDERS = r"^(?:[A-Za-z]:)?(?:[\w.@+-]*[/\\]){3,}(?=[\w.@+-]+)"
"""Three folders and more before a file: of a long name its end tells more than they do."""


class Block(NamedTuple):
    """Lines `first` to `stop` (exclusive). `core` are the lines that say it, `fold` those that go first."""

    first: int
    stop: int
    head: int
    kind: str
    rank: str  # cause | symptom
    weight: float
    core: tuple[int, ...] = ()
    fold: tuple[int, ...] = ()


def find_blocks(survey: Survey, labels: Labels) -> list[Block]:
    """All blocks in source order; none overlaps another. A block found inside an open one becomes part of its core."""
    size = len(survey.templates)
    flags = bytearray(size)
    for tid in range(size):
        flags[tid] = 1 if tid in labels.starts or labels.evidence[tid] else 0
    lines = list(compress(range(len(survey)), map(flags.__getitem__, survey.tids)))
    blocks: list[Block] = []
    for line in lines:
        if blocks and _opens_its_own(survey, labels, blocks[-1], line):
            blocks[-1] = _closed(blocks[-1], line)
        if blocks and line < blocks[-1].stop:
            if not survey.exemplars[survey.tids[line]].lstrip().startswith("Traceback (most recent"):  # it says nothing that its block does not
                blocks[-1] = _absorb(blocks[-1], line)
            continue
        if len(blocks) >= MAX_BLOCKS:
            blocks.append(_single(survey, labels, line, line + 1))
            continue
        rule = labels.starts.get(survey.tids[line])
        block = _from_rule(survey, rule, line, blocks) if rule else None
        if block is None and labels.evidence[survey.tids[line]]:
            block = _generic(survey, labels, line)
        if block is not None:
            block = _with_title(survey, block, blocks[-1].stop if blocks else 0)
            blocks.append(_with_frames(survey, labels, block) if block.stop - block.first < 40 else block)
    if any(" warning" not in block.kind for block in blocks):  # beside failures a warning is a detail
        return [block._replace(weight=block.weight * 0.6) if " warning" in block.kind else block for block in blocks]
    return blocks


def _opens_its_own(survey: Survey, labels: Labels, block: Block, line: int) -> bool:
    """Whether a pack's block begins inside one that hangs on a mere line of the same pack: `FAIL cart.test.ts`, then its `● adds`."""
    head, tid = survey.tids[block.head], survey.tids[line]
    if not block.head < line < block.stop or tid not in labels.starts or head in labels.starts or head not in labels.why:
        return False
    return labels.why[head].partition("/")[0] == labels.why[tid].partition("/")[0]


def _closed(block: Block, stop: int) -> Block:
    """`block` up to `stop`."""
    core, fold = (tuple(line for line in lines if line < stop) for lines in (block.core, block.fold))
    return block._replace(stop=stop, core=core, fold=fold)


def _with_title(survey: Survey, block: Block, floor: int) -> Block:
    """`block` with the line before it where that is its title: `--- shop.CartTest::testTotal`, `2) totals are right`."""
    above = block.first - 1
    if above < floor or not compiled(_TITLE).match(survey.glance(above)[:200]):
        return block
    return block._replace(first=above, core=(above, *block.core))


def _with_frames(survey: Survey, labels: Labels, block: Block) -> Block:
    """`block` with the stack frames that follow it after at most GAP other lines (what a tool quotes of another's stderr), none of which
    begins a failed test."""
    frame = compiled(_FRAME)
    ahead = survey.glances(block.stop, min(len(survey), block.stop + GAP + 1))
    at = next((number for number, text in enumerate(ahead) if frame.match(text)), None)
    if at is None or any(compiled(_ENDS).match(text) for text in ahead[:at]):
        return block
    between = survey.tids[block.stop : block.stop + at]
    if any(tid in labels.starts and labels.kinds[tid].startswith("failed") for tid in between):
        return block
    stop, core = block.stop + at, list(block.core)
    while stop < len(survey) and stop < block.stop + 120 and frame.match(text := survey.glance(stop)):
        if "Suppressed: " in text[:40]:
            core.append(stop)
        stop += 1
    return block._replace(stop=stop, core=tuple(core))


def _absorb(block: Block, line: int) -> Block:
    if line in block.core or len(block.core) >= 60:
        return block
    return block._replace(core=(*block.core, line), fold=tuple(at for at in block.fold if at != line))


def _from_rule(survey: Survey, rule: BlockRule, line: int, blocks: Sequence[Block]) -> Block | None:
    floor = blocks[-1].stop if blocks else 0
    low = max(floor, line - 30) if rule.lead else line
    chunk = min(rule.max, 60)
    while True:
        high = min(len(survey), line + chunk + 1)
        bodies = survey.glances(low, high)
        if not compiled(rule.start).search(bodies[line - low]):
            return None
        first, stop = extent(rule, bodies, line - low)
        if stop < len(bodies) - 1 or chunk >= rule.max or high == len(survey):
            break
        chunk = min(rule.max, chunk * 4)
    core, fold = _core_and_fold(rule, bodies, first, stop)
    fold = [at for at in fold if low + at != line]  # whatever a pack says, a head stays
    return Block(
        low + first, low + stop, line, rule.kind, rule.rank, rule.weight,
        tuple(low + at for at in core), tuple(low + at for at in fold),
    )  # fmt: skip


def _core_and_fold(rule: BlockRule, bodies: Sequence[str], first: int, stop: int) -> tuple[list[int], list[int]]:
    core = [at for at in range(first, stop) if rule.core and compiled(rule.core).search(bodies[at])][:40]
    fold: list[int] = []
    if rule.fold:
        held = set(core)
        fold = [at for at in range(first, stop) if at not in held and compiled(rule.fold).search(bodies[at])]
        foreign = {*held, *fold}
        own = next((at for at in range(first, stop) if at not in foreign and compiled(_OWN_FRAME).match(bodies[at])), None)
        core += [own] if own is not None and fold else []
    return core, fold


def _generic(survey: Survey, labels: Labels, line: int) -> Block:
    """A failure line and what hangs on it: at most 40 lines, ended by the first that is not indented more deeply."""
    bodies = survey.glances(line, min(len(survey), line + 4))
    depth = len(bodies[0]) - len(bodies[0].lstrip())
    stop = 1
    while stop < len(bodies) and _hangs_on(bodies[stop], depth):
        stop += 1
        if stop == len(bodies) and stop < 40:
            bodies += survey.glances(line + stop, min(len(survey), line + 4 * stop))
    core = tuple(line + at for at in range(1, stop) if compiled(_TELLS).match(bodies[at]))[:12]
    return _single(survey, labels, line, line + stop)._replace(core=core)


def _hangs_on(text: str, depth: int) -> bool:
    """Whether a line belongs to a failure whose head is indented by `depth`."""
    if not text.strip():
        return False
    return len(text) - len(text.lstrip()) > depth or (depth == 0 and text[0] != " " and compiled(_FOLLOWS).match(text) is not None)


def _single(survey: Survey, labels: Labels, line: int, stop: int) -> Block:
    tid = survey.tids[line]
    return Block(line, stop, line, labels.kinds[tid] or "error", "symptom", labels.weights[tid])


def block_name(survey: Survey, labels: Labels, block: Block) -> str:
    """The variable part of a block's head: what tells it from the next of its kind in a marker."""
    text = survey.glance(block.head)
    tid = survey.tids[block.head]
    rule = labels.starts.get(tid)
    pattern = rule.start if rule and rule.var else labels.variables.get(tid)
    found = compiled(pattern).search(text) if pattern else None
    name = ((found.group("var") if found else None) or _variable(text)).strip()
    return compiled(_FOLDERS).sub("", name, count=1) if len(name) > 32 else name


def _variable(text: str) -> str:
    """What tells one line of a kind from the next, for a marker: at most 48 characters after the last failure word's colon, without
    clock, thread and level, and of a path its file."""
    cut = compiled(_STAMP).sub("", text.strip(), count=1)
    for sign in ("rror: ", "ERROR] ", "ERROR: ", "FAILED ", "xception: "):
        place = cut.find(sign)
        if 0 <= place < 120:
            cut = cut[place + len(sign) :]
            break
    return cut if len(cut) <= 48 else cut[:48].rsplit(" ", 1)[0] or cut[:48]
