"""Which texts nearly repeat an earlier one, by shared runs of three words: exact Jaccard, candidates from bottom-k sketches.

    0  The cache is flushed every five minutes by the worker.
    1  The cache is flushed every 5 minutes by the worker.      ->  -1  (a number differs: that may be what it says)
    2  the cache is flushed every five minutes, by the worker   ->   0

Linear in the texts: each is held only against those that share one of the `SKETCH` least hashes of its runs (Broder 1997). Hashes are
CRCs, so that the same texts give the same answer in every process.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING
from zlib import crc32

from headroom_cli.text.query import bigrams

if TYPE_CHECKING:
    from collections.abc import Sequence, Set

__all__ = ["jaccard", "near_duplicates", "normal", "words"]

RUN = 3
SKETCH = 12
MOST_HELD = 8
"""Texts that are remembered for one hash: common phrases must not make it quadratic."""
_NEGATIONS = frozenset(("no", "not", "never", "none", "without", "cannot", "nor", "neither", "non"))


@lru_cache(maxsize=1)
def _word() -> re.Pattern[str]:
    return re.compile(r"[^\W_]+")


def words(text: str) -> list[str]:
    """The words of a text in lower case, without punctuation; where no blanks part them, pairs of letters."""
    found = _word().findall(text.lower())
    return found if text.isascii() else [part for word in found for part in bigrams(word)]


def normal(text: str) -> str:
    """A text without case, punctuation and spacing: equal for texts that say the same in the same words."""
    return " ".join(words(text))


def jaccard(one: Set[object], other: Set[object]) -> float:
    """Shared share (0-1) of two sets; 0.0 where both are empty."""
    both = len(one & other)
    return both / (len(one) + len(other) - both) if both else 0.0


def near_duplicates(texts: Sequence[str], least: float = 0.8) -> list[int]:
    """For each text the first earlier one that it repeats, -1 for none.

    `least`: share (0-1) of runs that both have. A text that has a number, a name or a negation of its own repeats nothing.
    """
    out: list[int] = []
    runs: list[frozenset[str]] = []
    held: dict[int, list[int]] = {}
    equal: dict[str, int] = {}
    for place, text in enumerate(texts):
        own = words(text)
        whole = " ".join(own)
        runs.append(_runs(own))
        sketch = sorted(crc32(run.encode("utf-8", "surrogatepass")) for run in runs[place])[:SKETCH]
        like = equal.get(whole, -1) if own else -1
        if like < 0:
            near = sorted({other for key in sketch for other in held.get(key, ())})
            like = next((other for other in near if jaccard(runs[place], runs[other]) >= least and not _tells_more(text, texts[other])), -1)
        out.append(like)
        if like >= 0:
            continue
        equal.setdefault(whole, place)
        for key in sketch:
            others = held.setdefault(key, [])
            if len(others) < MOST_HELD:
                others.append(place)
    return out


def _runs(own: Sequence[str]) -> frozenset[str]:
    size = min(RUN, len(own))
    return frozenset(" ".join(own[at : at + size]) for at in range(len(own) - size + 1)) if own else frozenset()


def _tells_more(text: str, other: str) -> bool:
    """Whether `text` has a number, a name or a negation that `other` has not."""
    known = set(_word().findall(other))
    plain = {word.lower() for word in known}
    for word in _word().findall(text):
        if word in known:
            continue
        if any(letter.isdigit() for letter in word) or word.lower() in _NEGATIONS or (word[:1].isupper() and word.lower() not in plain):
            return True
    return False
