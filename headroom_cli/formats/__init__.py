"""One file per format. A format recognises itself in a sample and reads a document into a proposal; it never cuts.

A new format is one module with NAME, about, score() and read(), and one line here.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple, Protocol

from headroom_cli.errors import UsageError
from headroom_cli.formats import app_log, ci_log, code, diff, html, listing, markdown, plain, search, testreport
from headroom_cli.stages.survey import sample_lines
from headroom_cli.text.envelope import Envelope, find_envelope

if TYPE_CHECKING:
    from headroom_cli.model import Document
    from headroom_cli.settings import Settings
    from headroom_cli.stages.proposal import Proposal
    from headroom_cli.tokens import TokenCounter

__all__ = ["FORMATS", "Choice", "Format", "choose"]


class Format(Protocol):
    """What a format's module offers."""

    NAME: str
    about: str

    def score(self, lines: Sequence[bytes], envelope: Envelope, /) -> tuple[float, str]:
        """How sure (0-1) that these sampled bodies are of this format, and what says so."""

    def read(
        self, document: Document, envelope: Envelope, settings: Settings, counter: TokenCounter, pack_dirs: Sequence[str], /
    ) -> Proposal:
        """Units, blocks and weights of the document."""


FORMATS: dict[str, Format] = {module.NAME: module for module in (testreport, diff, search, listing, ci_log, app_log, code, markdown, html, plain)}


CERTAIN = 0.95
"""A format this sure is not compared with those after it."""


class Choice(NamedTuple):
    """The format for a document, and why."""

    name: str
    why: str
    envelope: Envelope


def choose(document: Document, wanted: str | None = None) -> Choice:
    """`wanted`, else the surest format over a sample from all of the document: the same for the same bytes. UsageError for an unknown name."""
    if wanted is not None and wanted not in FORMATS:
        raise UsageError(f"there is no format {wanted!r}", hint="one of " + ", ".join(FORMATS))
    sample = sample_lines(document.data)  # type: ignore[arg-type]
    envelope = find_envelope(sample)
    if wanted is not None:
        return Choice(wanted, "asked for", envelope)
    bodies = [body for body in (envelope.strip_line(line) for line in sample) if body.strip()]
    best = Choice("plain", "", envelope)
    most = -1.0
    for name, fmt in FORMATS.items():
        sure, why = fmt.score(bodies, envelope)
        if sure > most:
            most, best = sure, Choice(name, f"{why} ({sure:.0%} sure)", envelope)
        if most >= CERTAIN:
            break
    return best
