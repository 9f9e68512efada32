"""What all line formats share: survey, packs, blocks, weights and a draft. A format adds how it recognises itself and its structure.

bytes -> envelope -> Survey -> Labels -> Blocks and Steps (evidence) -> weights -> LogReading
"""

from __future__ import annotations

from array import array
from collections.abc import Callable
from functools import partial
from itertools import islice
from typing import TYPE_CHECKING

from headroom_cli.draft import Draft, is_marker
from headroom_cli.formats.logs.evidence import find_evidence, prepare
from headroom_cli.packs import open_packs
from headroom_cli.stages.blocks import block_name
from headroom_cli.stages.labels import Labels, label
from headroom_cli.stages.reading import LogReading, twins
from headroom_cli.stages.silence import find_silences
from headroom_cli.stages.survey import Survey, survey
from headroom_cli.stages.weigh import Focus, template_weights
from headroom_cli.text.regex import compiled

if TYPE_CHECKING:
    from collections.abc import Sequence

    from headroom_cli.formats.logs.steps import Steps
    from headroom_cli.model import Document
    from headroom_cli.settings import Settings
    from headroom_cli.stages.nested import Regions
    from headroom_cli.text.envelope import Envelope
    from headroom_cli.tokens import TokenCounter

__all__ = ["Verbatim", "propose"]

_MATCH = rb"(?m)^[\w@~+./-]{3,300}:\d{1,9}:"


class Verbatim:
    """The lines as the source has them: what is rendered where nothing may be taken off (`lossless`, `max_savings`)."""

    __slots__ = ("survey",)

    def __init__(self, survey: Survey) -> None:
        self.survey = survey

    def __len__(self) -> int:
        return len(self.survey)

    def body(self, line: int) -> bytes:
        return self._ended(self.survey.raw(line))

    def bodies(self, first: int, stop: int) -> list[bytes]:
        return [self.body(line) for line in range(first, stop)]

    def _ended(self, raw: bytes) -> bytes:
        return raw[:-1] if self.survey.document.newline == b"\r\n" and raw.endswith(b"\r") else raw


def propose(
    document: Document,
    envelope: Envelope,
    settings: Settings,
    counter: TokenCounter,
    pack_dirs: Sequence[str],
    *,
    structure: bool,
    warnings: bool = False,
    key: Callable[[bytes], bytes] | None = None,
) -> LogReading:
    """Read `document` as lines. `structure`: it is a CI log with steps. `warnings`: they are evidence, so that every marker counts
    them. `key`: the format's own template of a body."""
    found = survey(document, envelope, key)
    haystack = "\n".join(found.exemplars).encode("utf-8", "surrogateescape")
    labels = label(found, open_packs(haystack.__contains__, settings.packs, pack_dirs))
    prepare(found, labels, structure=structure, warnings=warnings)
    _set_aside(found, labels, settings.boilerplate)
    if settings.query:
        from headroom_cli.formats.logs.answers import ask, hold_answers  # only where there is a question

        ask(found, labels, settings.query)
    blocks, steps = find_evidence(found, labels, structure=structure)
    draft = Draft(found, blocks, document.newline, partial(block_name, found, labels))
    draft.end = document.newline if document.data[-1:] == b"\n" else b""
    draft.terms = settings.markers
    _hold_forged(draft, found)
    if settings.query:
        hold_answers(draft, found, labels, settings.query)
    draft.heading = _columns(found)
    draft.facts = _facts(found, steps)
    draft.silences = find_silences(found)
    draft.twins = twins(found, blocks) if settings.dedup else {}
    focus = Focus(steps.failing.first if steps.failing else 0, steps.end, 1.8 if structure else 0.0)
    regions = _regions(haystack, draft, found, labels)
    weights = template_weights(found, labels)
    return LogReading(draft, Verbatim(found), found, labels, weights, _tokens(found, counter), focus, _first(steps, found), regions)


def _regions(haystack: bytes, draft: Draft, found: Survey, labels: Labels) -> Regions | None:
    """JSON, diffs and tables in the log; looked for only where a cue of one occurs."""
    cues = (b"{\n", b"[\n", b"\n@@ -", b"- -", b"-|-", b"-+-", b"= =", b" Stmts ", b"NAME  ", b"STATUS")
    long = (b'{"' in haystack or b'["' in haystack) and any(len(text) > 400 for text in found.exemplars)
    if not long and not any(cue in haystack for cue in cues) and not _has_matches(haystack):
        return None
    from headroom_cli.stages.nested import find_regions

    return find_regions(found, labels, draft.blocks, draft)


def _has_matches(haystack: bytes) -> bool:
    """Whether several lines begin with a file's name and a line of it."""
    return haystack.count(b":") > 16 and len(list(islice(compiled(_MATCH).finditer(haystack), 8))) == 8


def _columns(found: Survey) -> Callable[[int], bytes] | None:
    """What tells a line's job and step where the log has them in columns and they differ: it is taken off every line, so it is said."""
    if not found.envelope.layers or found.envelope.layers[0].name != "github-columns":
        return None

    def column(line: int) -> bytes:
        start = found.starts[line]
        cells = bytes(found.document.data[start : min(found.starts[line + 1], start + 300)]).split(b"\t", 2)
        return b": ".join(cell.replace(b"]", b")") for cell in cells[:2]) if len(cells) == 3 else b""

    sample = range(0, len(found), max(1, len(found) // 200))
    return column if len({column(line) for line in sample}) > 1 else None


def _set_aside(found: Survey, labels: Labels, boilerplate: frozenset[bytes]) -> None:
    """What a good run prints too is boilerplate, whatever it sounds like."""
    if not boilerplate:
        return
    for tid, template in enumerate(found.templates):
        if template in boilerplate and template.strip():
            labels.noise[tid], labels.evidence[tid], labels.weights[tid] = 1, 0, 0.0
            labels.kinds[tid] = "baseline line"
            labels.starts.pop(tid, None)
            labels.why[tid] = "baseline"


def _tokens(found: Survey, counter: TokenCounter) -> array[int]:
    tokens = counter.count_many([text + "\n" for text in found.exemplars])
    if found.shared is not None:
        tokens[found.shared] = sum(tokens) // len(tokens)
    return tokens


def _first(steps: Steps, found: Survey) -> tuple[int, ...]:
    if steps.failing is None:
        return ()
    return tuple(line for line in (steps.failing.first,) if line < len(found))


def _hold_forged(draft: Draft, found: Survey) -> None:
    forged = [tid for tid, text in enumerate(found.exemplars) if text.startswith("[") and is_marker(text.encode("utf-8", "surrogateescape"))]
    if forged:
        wanted = set(forged)
        for line, tid in enumerate(found.tids):
            if tid in wanted and is_marker(found.glance(line).encode("utf-8", "surrogateescape")):
                draft.held[line] = 1
                draft.forged += 1


def _facts(found: Survey, steps: Steps) -> list[str]:
    """What the header says: what was cut from every line, the failing step with its range."""
    cut = [found.envelope.says] if found.envelope.says else []
    if found.colour:
        cut.append("colour")
    if found.redraws:
        cut.append("redraws")
    facts = ["cut: " + ", ".join(cut)] if cut else []
    if steps.failing:
        name = steps.failing.name if len(steps.failing.name) <= 40 else steps.failing.name[:37] + "..."
        facts.append(f"failed: '{name}' L{steps.failing.first + 1}-{steps.failing.stop}")
    return facts
