"""Any text that nothing else knows: repeats and weights as in logs, no structure.

42 paragraphs     ->  those that tell most for the budget, in order
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from headroom_cli.formats.logs import propose

if TYPE_CHECKING:
    from collections.abc import Sequence

    from headroom_cli.model import Document
    from headroom_cli.settings import Settings
    from headroom_cli.stages.reading import LogReading
    from headroom_cli.text.envelope import Envelope
    from headroom_cli.tokens import TokenCounter

__all__ = ["NAME", "about", "read", "score"]

NAME = "plain"
about = "any other text: repeats, then lines by weight"


def score(_lines: Sequence[bytes], _envelope: Envelope) -> tuple[float, str]:
    """Always possible, never likely."""
    return 0.2, "nothing else fits"


def read(document: Document, envelope: Envelope, settings: Settings, counter: TokenCounter, pack_dirs: Sequence[str]) -> LogReading:
    """Lines without steps."""
    return propose(document, envelope, settings, counter, pack_dirs, structure=False)
