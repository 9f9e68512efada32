"""HTML: the text of the page, without its tags, scripts, styles and what stands around the main content.

    <nav><a href="/">Home</a> <a href="/doc">Docs</a></nav>        [L1]
    <h2 class="title" id="install">Install</h2>                    <h2>Install
    <p>Run <code>pip install tool</code> first.</p>                Run pip install tool first.

Units stay the source's lines; what is left of a line are its own words in their order, and of the tags those of headings, list
items and cells. The header says that tags were cut.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from typing import TYPE_CHECKING

from headroom_cli.model import Risk
from headroom_cli.settings import STRATEGIES, target_tokens
from headroom_cli.stages.lines import Lines, joined
from headroom_cli.stages.sheet import Sheet, cap, spread
from headroom_cli.stages.strangers import heed, trailing
from headroom_cli.text.prose import sentences, shortened, summary, telling
from headroom_cli.text.regex import compiled

if TYPE_CHECKING:
    from collections.abc import Sequence

    from headroom_cli.formats.html.grammar import Page
    from headroom_cli.model import Document
    from headroom_cli.settings import Settings
    from headroom_cli.text.envelope import Envelope
    from headroom_cli.tokens import TokenCounter

__all__ = ["NAME", "about", "read", "score"]

NAME = "html"
about = "HTML pages: the main text, without tags, scripts and navigation"

_TAGS = (b"<html", b"<!doctype html", b"<head", b"<body", b"<div", b"<p>", b"<p ", b"<table", b"<ul", b"<span", b"<h1", b"<section", b"<main", b"<article", b"<script", b"<a ", b"<li", b"<tr", b"<td", b"<meta", b"<link")
_OPENS = rb"\s*(?:<\?xml[^>]*>\s*)?(?:<!--(?:[^-]|-(?!->)){0,2000}-->\s*)*<(?:!doctype html|html[\s>])"
_PIECES = r"(?=<(?:h[1-6]|li|td|th)>)"
_CHUNK = r"(?s).{1,300}(?:\s+|$)|.{1,300}"
_LONG = 60
MOST_EXTRACTED = 2 << 20
"""Bytes of a page up to which the extractor is asked."""
LOPSIDED = 500
"""Tags that may lack their end, besides one of two, for a text to be read as a page."""
HEADING = 3.0
"""What a heading weighs more than its words in a line that holds most of a page."""
MOST_OF_PAGE = 0.5
"""Share of a page's tokens from which a line is cut to the target by itself."""


def score(lines: Sequence[bytes], envelope: Envelope) -> tuple[float, str]:
    """How sure (0-1) that these sampled lines are a page, and what says so."""
    if envelope.layers or not lines or not any(line.lstrip().startswith(b"<") for line in lines[:5]):
        return 0.0, "no tags"
    start = b"\n".join(lines[:12]).lower().lstrip()
    tagged = sum(1 for line in lines if line.lstrip().lower().startswith(_TAGS) or b"</" in line) / len(lines)
    if compiled(_OPENS).match(start):
        return 0.96, "begins as an HTML page does"
    kinds = sum(1 for tag in _TAGS if tag in start or any(tag in line.lower() for line in lines[:100]))
    if start.startswith(b"<?xml") or kinds < 3 or tagged < 0.3:
        return 0.0, f"{kinds} kinds of HTML tags"
    return min(0.9, 0.4 + 0.05 * kinds + 0.3 * tagged), f"{kinds} kinds of HTML tags, on {tagged:.0%} of lines"


class _Text(Lines):
    """The source's lines, each with what is left of it without tags."""

    __slots__ = ("left",)

    def __init__(self, document: Document) -> None:
        super().__init__(document)
        self.left: list[bytes] = []

    def body(self, line: int) -> bytes:
        return self.left[line] if self.left else super().body(line)

    def bodies(self, first: int, stop: int) -> list[bytes]:
        return self.left[first:stop] if self.left else super().bodies(first, stop)


def read(document: Document, _envelope: Envelope, settings: Settings, counter: TokenCounter, _pack_dirs: Sequence[str]) -> Sheet:
    """Lines without their tags; as they are where nothing may be taken off, or where that alone would save more than `max_savings`."""
    if settings.strategy == "lossless":
        return Sheet(document, counter).finish(settings)
    lines = _Text(document)
    data = bytes(document.data)
    if data.count(b"<") > 2 * data.count(b">") + LOPSIDED:  # tags without end: a parser would look for it each time
        return Sheet(document, counter).finish(settings)
    del data
    page = _parsed(lines)
    lines.left = [_joined(pieces, bool(code)) for pieces, code in zip(page.pieces, page.code, strict=True)]
    sheet = Sheet(document, counter, lines)
    if settings.max_savings is not None and settings.max_tokens is None:
        tagged = Sheet(document, counter)
        if sheet.estimate() < (1 - settings.max_savings / 100) * tagged.estimate():
            return tagged.finish(settings)
    sheet.draft.facts.append("cut: tags, scripts, navigation")
    texts = lines.texts()
    _weigh(sheet, texts, page)
    _around(sheet, texts, page, document)
    if settings.query:
        from headroom_cli.text.query import Query

        spread(sheet, Query(settings.query).scores(texts), 6.0)
    end = bytes(document.data).rfind(b"</html>")
    if end >= 0:
        trailing(sheet, texts, bisect_right(lines.starts, end) - 1)
        sheet.blocks = heed(sheet, texts, range(bisect_right(lines.starts, end), len(texts)))
    ratio = settings.summary_length_ratio if STRATEGIES[settings.strategy].ceiling == Risk.CONTENT else None
    _shorten(sheet, texts, settings, ratio)
    if ratio is not None:
        prose = [line for line in range(len(texts)) if sheet.risks[line] == Risk.CONTENT and not page.headings[line] and not page.code[line]]
        cap(sheet, [range(line, line + 1) for line in prose], ratio)
    return sheet.finish(settings)


def _parsed(lines: Lines) -> Page:
    """The page, without what is around its main part; with it where the main part is next to nothing."""
    from headroom_cli.formats.html.grammar import Page  # its parser takes 4 ms to load

    texts = lines.texts()
    source = joined(texts)
    for main in (True, False) if compiled("<(?:main|article)", re.IGNORECASE).search(source) else (False,):
        page = Page(len(texts), main)
        page.feed(source)
        page.close()
        if sum(len(piece) for pieces in page.pieces for piece in pieces) > min(400, len(source) // 20):
            break
    return page


def _joined(pieces: Sequence[str], code: bool) -> bytes:
    """What is left of a line: its words; code keeps its blanks."""
    text = "".join(pieces)
    return (text.rstrip() if code else " ".join(text.split())).encode("utf-8", "surrogateescape")


def _weigh(sheet: Sheet, texts: Sequence[str], page: Page) -> None:
    headings: list[int] = []
    for line, text in enumerate(texts):
        words = text.replace("<", " <").split()
        if not any(letter.isalnum() for letter in "".join(word for word in words if not word.startswith("<"))) and not any(len(word.split(">")[-1]) for word in words):
            sheet.weights[line], sheet.risks[line] = -6.0, Risk.NOISE
        elif page.headings[line]:
            sheet.weights[line] = 5.0
            headings.append(line)
        elif page.code[line]:
            sheet.weights[line] = 2.5
        else:
            links = page.linked[line] / max(1, len(text))
            sheet.weights[line] = 0.3 + telling(text) + min(1.0, len(words) / 20) - (1.5 if links > 0.6 else 0.0)
    sheet.first = headings


def _around(sheet: Sheet, texts: Sequence[str], page: Page, document: Document) -> None:
    """Where a page does not say which part is its main one, what the extractor takes for its surroundings is detail. A page is a few
    hundred kilobytes; the tree of a dump of many takes fifty times its size."""
    if page.main or len(document.data) > MOST_EXTRACTED:
        return
    from headroom_cli.formats.html.main import around_lines

    for line in around_lines(bytes(document.data).decode("utf-8", "replace"), texts):
        if not page.headings[line] and not page.code[line]:
            sheet.risks[line] = min(sheet.risks[line], Risk.DETAIL)


def _shorten(sheet: Sheet, texts: Sequence[str], settings: Settings, ratio: float | None) -> None:
    """Long lines by sentences, to `ratio` of their characters where it is given; most of a page on one line to what the target holds."""
    total = sum(sheet.tokens)
    for line, text in enumerate(texts):
        if sheet.tokens[line] < _LONG or "[... " in text:
            continue
        most = sheet.tokens[line] > MOST_OF_PAGE * total
        parts = [part for piece in compiled(_PIECES).split(text) for part in sentences(piece) if part] if most else sentences(text)
        if len(parts) < 2 and most:  # words without an end
            parts = [found[0] for found in compiled(_CHUNK).finditer(text)]
        if len(parts) < 2:
            continue
        weights = [telling(part) + (HEADING if part.startswith("<h") else 0.0) for part in parts]
        if most and settings.query:
            weights = [weight + gain for weight, gain in zip(weights, _gains(settings.query, parts), strict=True)]
        target = target_tokens(STRATEGIES[settings.strategy], total)
        share = ratio if ratio is not None else (target or total) / total if most else None
        shorter = shortened(weights, parts) if share is None else summary(weights, parts, share)
        if shorter is not None:
            sheet.shorter[line] = Risk.DETAIL, shorter.encode("utf-8", "surrogateescape")


def _gains(query: str, parts: Sequence[str]) -> list[float]:
    """What each part gains by a question: the best 6."""
    from headroom_cli.text.query import Query

    scores = Query(query).scores(parts)
    return [6.0 * score / (max(scores) or 1.0) for score in scores]
