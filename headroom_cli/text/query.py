"""How well units answer a question: BM25 over words, with identifiers split into their parts.

    Query("where is parseHeader defined?").scores(["def parse_header(x):", "import os"])  ->  [2.1, 0.0]

Okapi BM25 (Robertson and Zaragoza 2009) with k1 = 1.2 and b = 0.75; the units of one document are the collection. Words of the
question that only ask (where, is, the) are left out; a word matches its plural and its tense by light suffix rules.
"""

from __future__ import annotations

import re
from array import array
from collections import Counter
from collections.abc import Iterable
from functools import lru_cache
from math import log

from headroom_cli.text.regex import compiled

__all__ = ["Query", "bigrams"]

K1, B = 1.2, 0.75
_ASKING = frozenset([
    "a", "an", "and", "any", "are", "as", "at", "be", "been", "but", "by", "can", "code", "could", "did", "do", "does",
    "every", "file", "fails", "failed", "find", "first", "for", "from", "function", "get", "had", "has", "have", "he",
    "her", "his", "how", "i", "if", "in", "into", "is", "it", "its", "last", "list", "me", "my", "of", "on", "one",
    "only", "or", "our", "said", "say", "says", "should", "show", "so", "some", "such", "than", "that", "the", "their",
    "them", "then", "there", "these", "they", "this", "to", "used", "using", "was", "we", "were", "what", "when",
    "where", "which", "who", "whom", "whose", "why", "will", "with", "would", "you", "your", "entry", "value", "line",
    "lines",
])  # fmt: skip


@lru_cache(maxsize=1)
def _words() -> re.Pattern[str]:
    return re.compile(r"[A-Za-z_][A-Za-z0-9_]*|\d[\d.]*\d|\d|[^\W\d_]+")


_UNSPACED = r"[\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\u0e00-\u0e7f]+"
"""Writing without blanks between words: kana, han, Thai."""


def bigrams(word: str) -> list[str]:
    """A word as it is, and where it is written without blanks around words each two letters that follow each other: `東京都` -> 東京, 京都."""
    if word.isascii():
        return [word]
    out: list[str] = []
    at = 0
    for found in compiled(_UNSPACED).finditer(word):
        run = found.group()
        out += [word[at : found.start()]] if found.start() > at else []
        out += [run[place : place + 2] for place in range(max(1, len(run) - 1))]
        at = found.end()
    return [*out, word[at:]] if at < len(word) else out


@lru_cache(maxsize=1)
def _parts() -> re.Pattern[str]:
    return re.compile(r"[A-Z]+(?=[A-Z][a-z])|[A-Z]?[a-z]+|[A-Z]+|\d+")


@lru_cache(maxsize=65_536)
def _terms(word: str) -> tuple[str, ...]:
    """A word, and where it is an identifier its parts: `parseHeader` -> parseheader, pars, header."""
    whole = word.lower()
    parts = [_stem(part.lower()) for part in _parts().findall(word)]
    return (_stem(whole),) if len(parts) <= 1 else (whole, *parts)


_VOWELS = frozenset("aeiouy")
_DOUBLE = frozenset("bdgkmnprt")
"""Consonants that stand twice only because an ending follows: dropped, running; not `call`, `pass`, `fizz`."""


def _stem(word: str) -> str:
    """A word without plural and tense: names -> nam, name -> nam; dropped, drops -> drop; tried, tries -> try."""
    if not word.isascii() or not word.isalpha() or len(word) < 3:
        return word
    word = _singular(word)
    for ending, least in (("ing", 2), ("ied", 1), ("ed", 2)):
        stem = word.removesuffix(ending)
        if stem != word and len(stem) >= least and (ending == "ied" or _VOWELS & set(stem)) and not word.endswith("eed"):
            word = stem + "y" if ending == "ied" else stem[:-1] if stem[-1] in _DOUBLE and stem[-2:-1] == stem[-1] else stem
            break
    if word.endswith("ie"):
        return word[:-2] + "y"
    return word[:-1] if len(word) > 2 and word.endswith("e") and not word.endswith("ee") else word


def _singular(word: str) -> str:
    """`statuses` -> status, `queries` -> query, `names` -> name; `status`, `class` and `analysis` are none."""
    if len(word) < 4 or not word.endswith("s") or word.endswith(("ss", "us", "is")):
        return word
    if word.endswith("ies") and len(word) > 4:
        return word[:-3] + "y"
    return word[:-2] if word.endswith(("sses", "uses", "xes", "ches", "shes", "zzes")) and len(word) > 5 else word[:-1]


def _bag(text: str) -> Counter[str]:
    return Counter(term for found in _words().findall(text) for word in bigrams(found) for term in _terms(word))


class Query:
    """A question, made ready to be held against units."""

    __slots__ = ("exact", "terms")

    def __init__(self, text: str) -> None:
        words = [word for found in _words().findall(text) for word in bigrams(found) if word.lower() not in _ASKING and len(word) > 1]
        self.terms = Counter(term for word in words for term in _terms(word))
        self.exact = frozenset(word.lower() for word in words if "_" in word or _is_identifier(word)) | frozenset(
            re.findall(r"[`\"']([^`\"']{3,80})[`\"']", text)
        )

    def scores(self, texts: Iterable[str]) -> array[float]:
        """One score a text, 0.0 where no word of the question is in it. A unit that holds an identifier or quotation of the question
        as it stands gets half as much again. The texts are read once, and none of them is held."""
        sizes, found, exact = array("I"), {term: array("I") for term in self.terms}, bytearray()
        for text in texts:
            bag = _bag(text)
            sizes.append(sum(bag.values()))
            for term, column in found.items():
                column.append(bag.get(term, 0))
            told = any(column[-1] for column in found.values())
            exact.append(told and any(word in text or word in text.lower() for word in self.exact))
        mean = sum(sizes) / max(1, len(sizes)) or 1.0
        scores = [0.0] * len(sizes)
        for term, weight in self.terms.items():
            without = found[term].count(0)
            rarity = log(1 + (without + 0.5) / (len(sizes) - without + 0.5))
            for at, times in enumerate(found[term]):
                if times:
                    scores[at] += weight * rarity * times * (K1 + 1) / (times + K1 * (1 - B + B * sizes[at] / mean))
        return array("f", (1.5 * score if near else score for score, near in zip(scores, exact, strict=True)))


def _is_identifier(word: str) -> bool:
    return any(letter.isupper() for letter in word[1:]) and any(letter.islower() for letter in word)
