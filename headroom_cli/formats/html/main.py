"""Which lines of a page are its main part, by the extractor trafilatura (the extra `[html]`).

    <div class="teaser">Read more stories</div>      around
    <div class="story"><p>The bridge was ...</p>     main

The extractor gives a new text without places in the source. So it is only asked which words are of the main part: a line whose words
are not among them in their order is around it. What it is sure of for no line, or for next to nothing, is not used.
"""

from __future__ import annotations

import html
from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["around_lines"]

LEAST_MAIN = 0.1
"""Share of a page's words that the main part must have, or the extractor is taken to have missed it."""
SAME = 0.5
"""Share of a line's runs of three words that must stand in the main part for it to be of it."""


def around_lines(source: str, texts: Sequence[str]) -> list[int]:
    """Lines (of what is left of each without tags) that are around the main part; none where the extra is not installed."""
    extracted = _extracted(source)
    own = [html.unescape(text).split() for text in texts]
    words = extracted.split()
    if len(words) < LEAST_MAIN * sum(map(len, own)) or len(words) < 20:
        return []
    runs = set(zip(words, words[1:], words[2:], strict=False))
    said = set(words)
    main = [_is_main(line, runs, said) for line in own]
    return [line for line in range(len(own)) if own[line] and not (main[line] or _between(main, own, line))]


def _extracted(source: str) -> str:
    try:
        extract: Any = import_module("trafilatura").extract
    except ImportError:  # the extra is missing, or a part of it
        return ""
    return extract(source, include_comments=False, include_tables=True, favor_recall=True) or ""


def _is_main(words: Sequence[str], runs: set[tuple[str, str, str]], said: set[str]) -> bool:
    if len(words) < 3:
        return bool(words) and all(word in said for word in words)
    own = list(zip(words, words[1:], words[2:], strict=False))
    return sum(1 for run in own if run in runs) >= SAME * len(own)


def _between(main: Sequence[bool], own: Sequence[Sequence[str]], line: int) -> bool:
    """Whether the lines with words before and after are both of the main part: what stands between them is too."""
    before = next((main[near] for near in range(line - 1, -1, -1) if own[near]), False)
    after = next((main[near] for near in range(line + 1, len(own)) if own[near]), False)
    return before and after
