"""Long listings of source code in a text with headings: read as code is, so that heads stay and bodies go.

    ```python                        ```python
    def size(path):                  def size(path):
        ...  (30 lines)                  # [L3-32]
    ```                              ```
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from headroom_cli.formats.code.grammar import LANGUAGES, language_named
from headroom_cli.formats.markdown.kinds import CODE

if TYPE_CHECKING:
    from collections.abc import Sequence

    from headroom_cli.settings import Settings
    from headroom_cli.stages.sheet import Sheet
    from headroom_cli.tokens import TokenCounter

__all__ = ["Listings", "read_listings"]

LONG_LISTING = 25
"""Lines of code from which a listing is read by its outline."""


class Listings:
    """Which lines are in long listings, which of them go first, and the language that a marker in them is a comment of."""

    __slots__ = ("first", "languages")

    def __init__(self) -> None:
        self.first: list[int] = []
        self.languages: dict[int, str] = {}

    def wrap(self, marker: bytes, first: int, stop: int) -> bytes:
        """A marker in a listing as its language's comment."""
        language = self.languages.get(first)
        return marker if language is None or stop - 1 not in self.languages else LANGUAGES[language].comment.encode() + b" " + marker


def read_listings(
    sheet: Sheet, texts: Sequence[str], kinds: Sequence[int], opened: dict[int, tuple[int, str]], settings: Settings, counter: TokenCounter
) -> Listings:
    """Give the lines of long listings the weights, risks and needs that they have in a file of their own."""
    found = Listings()
    line = 0
    while line < len(kinds):
        stop = line
        while stop < len(kinds) and kinds[stop] == CODE and stop in opened and opened[stop] == opened[line]:
            stop += 1
        language = language_named(opened[line][1]) if stop - line >= LONG_LISTING else None
        if language is not None:
            found.languages.update(dict.fromkeys(range(line, stop), language.name))
            found.first += _as_code(sheet, texts, line, stop, language.extensions[0], settings, counter)
        line = max(stop, line + 1)
    return found


def _as_code(sheet: Sheet, texts: Sequence[str], first: int, stop: int, extension: str, settings: Settings, counter: TokenCounter) -> list[int]:
    """Columns of the listing `first` to `stop` (exclusive) from the code's own sheet; the lines that stand for it."""
    from headroom_cli.formats.code import read
    from headroom_cli.text.envelope import Envelope

    data = "\n".join([*texts[first:stop], ""]).encode("utf-8", "surrogateescape")
    own = read(sheet.document._replace(data=data, name=f"listing{extension}", path=None, newline=b"\n"), Envelope(()), settings, counter, ())
    fence, base = first - 1, 3 * len(texts) + 2 * first  # families of its own: rows of tables have theirs below
    for line in range(stop - first):
        place = first + line
        sheet.weights[place] = own.weights[line]
        sheet.risks[place] = own.risks[line]
        sheet.needs[place] = first + own.needs[line] if own.needs[line] >= 0 else fence
        sheet.families_of[place] = base + own.families_of[line] if own.families_of[line] != line else place
        sheet.slow[place] = own.slow[line]
    return [first + line for line in own.first]
