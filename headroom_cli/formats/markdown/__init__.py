"""Markdown, reStructuredText and prose with headings: headings, commands and table heads stay, prose goes by weight.

    # Install                                # Install
    [![build](https://...)](https://...)     [L2-5]
    The tool is easy to install.             ```sh
    ...                                      pip install tool
    ```sh                                    ```
    pip install tool
    ```
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from headroom_cli.formats.markdown.kinds import BADGE, CODE, FENCE, HEADING, ITEM, PROSE, ROW, kinds_of
from headroom_cli.formats.markdown.listings import read_listings
from headroom_cli.formats.markdown.weights import first_lines, paragraphs, said_of, shorten, weigh
from headroom_cli.model import Risk
from headroom_cli.settings import STRATEGIES
from headroom_cli.stages.lines import Lines
from headroom_cli.stages.sheet import Sheet, cap, spread
from headroom_cli.stages.strangers import heed
from headroom_cli.text.regex import compiled

if TYPE_CHECKING:
    from collections.abc import Sequence

    from headroom_cli.model import Document
    from headroom_cli.settings import Settings
    from headroom_cli.text.envelope import Envelope
    from headroom_cli.tokens import TokenCounter

__all__ = ["NAME", "about", "read", "score"]

NAME = "markdown"
about = "Markdown, reStructuredText, prose with headings: headings and commands stay, prose by weight"

_SAID = r"^(?:\[[^\]]{2,40}\]|\d\d?:\d\d(?::\d\d)?|(?:[Ee]rror|ERROR|FATAL|fatal|panic|[a-z][\w.-]*(?:\[\d+\])?)): *\S|^\[\d\d:\d\d:\d\d\] "
LAST = 15
"""Lines at the end of a text in which a tool may have said that it failed."""
SAMPLED = 240
"""Lines that detection looks at."""


def score(lines: Sequence[bytes], envelope: Envelope) -> tuple[float, str]:
    """How sure (0-1) that these sampled lines are a text with headings, and what says so."""
    if envelope.layers or len(lines) < 3 or not any(line.startswith((b"#", b"===", b"---", b"~~~")) for line in lines) or lines[0].startswith((b"#!", b"diff ", b"{", b"<?xml", b"<!D", b"<html")):
        return 0.0, "no headings"
    texts = [line.decode("utf-8", "replace") for line in lines[:SAMPLED]]
    kinds, _ = kinds_of(texts)
    headings, fences = kinds.count(HEADING), kinds.count(FENCE) // 2
    prose = sum(1 for kind, text in zip(kinds, texts, strict=True) if kind in (PROSE, ITEM, BADGE) and _reads(text))
    links = sum(1 for text in texts if "](" in text or "`_" in text or "**" in text or "``" in text)
    outside = max(1, len(texts) - kinds.count(CODE) - kinds.count(FENCE))
    odd = sum(1 for kind, text in zip(kinds, texts, strict=True) if kind == PROSE and (text.rstrip()[-1:] in "{};)" or text[:1] in "+@=" or text[:4].isdigit())) / outside
    items = kinds.count(ITEM) + kinds.count(ROW)
    if not headings or headings > 0.6 * outside or odd > 0.25 or not (fences or links > 1 or items > 1 or prose > 3) or prose + items + kinds.count(CODE) < headings:
        return 0.0, "few headings over text"
    if not fences and prose + items < 0.4 * (outside - headings):
        return 0.0, "headings over lines that do not read as text"
    sure = 0.4 + min(0.2, 0.05 * headings) + min(0.2, 0.1 * fences) + min(0.15, 0.05 * links) + min(0.1, 0.4 * prose / outside) - odd
    return max(0.0, min(0.94, sure)), f"{headings} headings, {fences} code fences"


def _reads(text: str) -> bool:
    words = text.split()
    return len(words) >= 4 and sum(1 for word in words if word.strip(".,:;()*_\"'`").isalpha()) >= 0.6 * len(words)


def _last_words(texts: Sequence[str], kinds: Sequence[int]) -> list[int]:
    """Lines at the end of a text that a tool printed behind it: they begin with a clock, a sign in brackets or the tool's name."""
    last = [line for line in range(max(0, len(texts) - LAST), len(texts)) if kinds[line] in (PROSE, ITEM) and texts[line].strip()]
    first = next((line for line in last if compiled(_SAID).match(texts[line])), len(texts))
    return [line for line in last if line >= first]


def read(document: Document, _envelope: Envelope, settings: Settings, counter: TokenCounter, _pack_dirs: Sequence[str]) -> Sheet:
    """Lines with the weights of what they are in the document."""
    lines = Lines(document)
    texts = lines.texts()
    sheet = Sheet(document, counter, lines)
    kinds, opened = kinds_of(texts)
    said = said_of(texts, kinds)
    weigh(sheet, texts, kinds, opened, said)
    scores: Sequence[float] = ()
    if settings.query:
        from headroom_cli.text.query import Query

        scores = Query(settings.query).scores(texts)
        spread(sheet, scores, 6.0)
    shorten(sheet, texts, kinds, said, settings, scores)
    listings = read_listings(sheet, texts, kinds, opened, settings, counter)
    first_lines(sheet, kinds, opened, texts, settings, listings, scores)
    sheet.blocks = heed(sheet, texts, _last_words(texts, kinds))
    if settings.summary_length_ratio is not None and STRATEGIES[settings.strategy].ceiling == Risk.CONTENT:
        cap(sheet, paragraphs(kinds), settings.summary_length_ratio)
    return sheet.finish(settings, wrap=listings.wrap)
