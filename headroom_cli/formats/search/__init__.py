"""Search results: grep -n, rg, git grep, ack, with and without context, below headings, and rg --json.

    src/cart.py:12:def total(items):                src/cart.py:12:def total(items):
    src/cart.py:40:    return total(rows)           [L2-61: 60 matches: src/: cart.py 3, shop.py 12; tests/test_cart.py 45]
    ... 59 more

Definitions stay before uses, sources before tests, tests before copies of other projects; of each file its best lines first. Every file
is named with the number of its matches that are not shown.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from headroom_cli.model import Document
    from headroom_cli.settings import Settings
    from headroom_cli.stages.sheet import Sheet
    from headroom_cli.text.envelope import Envelope
    from headroom_cli.tokens import TokenCounter

__all__ = ["NAME", "about", "read", "score"]

NAME = "search"
about = "search results: grep -n and -c, rg, git grep, ack, with context or headings, rg --json"


def score(lines: Sequence[bytes], _envelope: Envelope) -> tuple[float, str]:
    """How sure (0-1) that these sampled lines are a search's, and what says so."""
    if not _likely(lines[:30]):
        return 0.0, "no path and line"
    from headroom_cli.formats.search.matches import judge  # only where there may be one: the start of every other run is quicker

    return judge([line.decode("utf-8", "replace") for line in lines if line != b"--"])


def _likely(lines: Sequence[bytes]) -> bool:
    """A look without regular expressions, for the many documents that are no search's."""
    if not lines or lines[0].startswith(b'{"type":"'):
        return bool(lines)
    for line in lines:
        path, _, rest = line.partition(b":")
        if path and b" " not in path and (rest.partition(b":")[0].isdigit() or any(part.isdigit() for part in rest.split(b":", 2)[1:2])):
            return True
    if any(line.partition(b":")[0].isdigit() for line in lines) and (b" " not in lines[0] or lines[0][:1].isdigit()):
        return True
    return all(b":" in line and b" " not in line.partition(b":")[0] for line in lines)


def read(document: Document, _envelope: Envelope, settings: Settings, counter: TokenCounter, _pack_dirs: Sequence[str]) -> Sheet:
    """Lines with their file; matches as blocks."""
    from headroom_cli.formats.search.sheet import read_sheet  # only where there is one: the start of every other run is quicker

    return read_sheet(document, settings, counter)
