"""What of a page's source is its text, line by line.

    <nav>Home</nav>                   ""
    <p>Run <b>it</b> twice</p>        "Run it twice"
"""

from __future__ import annotations

from collections import Counter
from html.parser import HTMLParser

__all__ = ["Page"]

_SILENT = frozenset(("script", "style", "svg", "noscript", "template", "iframe", "head"))
_AROUND = frozenset(("nav", "footer", "aside", "form", "button", "select", "dialog"))
_AROUND_NAMES = ("nav", "navbar", "sidebar", "footer", "menu", "breadcrumb", "breadcrumbs", "cookie", "cookies", "toc", "share", "social", "pagination", "advert", "ads", "skip-link")
_KEPT = frozenset(("h1", "h2", "h3", "h4", "h5", "h6", "li", "td", "th"))
_HEADINGS = ("h1", "h2", "h3", "h4", "h5", "h6")
_VOID = frozenset(("area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "param", "source", "track", "wbr"))
_INLINE = frozenset(("a", "abbr", "b", "code", "em", "i", "kbd", "small", "span", "strong", "sub", "sup", "u", "var"))


class Page(HTMLParser):
    """The text of a page by line, what it stands in, and nothing of scripts and navigation."""

    def __init__(self, size: int, main: bool) -> None:
        super().__init__(convert_charrefs=False)
        self.pieces: list[list[str]] = [[] for _ in range(size)]
        self.headings = bytearray(size)
        self.code = bytearray(size)
        self.linked = [0] * size  # characters of link texts
        self.open: list[str] = []
        self.depths: Counter[str] = Counter()  # how many of a tag are open
        self.around: list[int] = []  # depths at which something silent or around the content was opened
        self.main = main  # whether there is a main part: then nothing else tells
        self.inside = 0  # depth in it

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in _VOID:
            return self._append(" ", self.getpos()[0] - 1)
        self.open.append(tag)
        self.depths[tag] += 1
        names = {word for key, value in attrs if key in ("class", "id", "role") for word in (value or "").lower().replace("_", "-").split()}
        if tag in _SILENT or tag in _AROUND or names & set(_AROUND_NAMES) or "navigation" in names:
            self.around.append(len(self.open))
        elif tag in ("main", "article") and not self.around:
            self.inside += 1
        return self._append(f"<{tag}>" if tag in _KEPT else "" if tag in _INLINE or tag == "pre" else " ", self.getpos()[0] - 1)

    def handle_endtag(self, tag: str) -> None:
        if not self.depths[tag]:
            return
        while self.open:
            depth, last = len(self.open), self.open.pop()
            self.depths[last] -= 1
            if self.around and self.around[-1] == depth:
                self.around.pop()
            elif last in ("main", "article") and not self.around and self.inside:
                self.inside -= 1
            if last == tag:
                break
        if tag not in _INLINE:
            self._append(" ", self.getpos()[0] - 1)

    def parse_marked_section(self, i: int, report: int = 1) -> int:  # noqa: ARG002  the parser's own signature
        """`<![...` is a comment that ends with the next `>`, whatever it says: the HTML standard's bogus comment."""
        return self.rawdata.find(">", i) + 1 or -1

    def handle_data(self, data: str) -> None:
        first = self.getpos()[0] - 1
        for place, text in enumerate(data.split("\n")):
            self._append(text, first + place)

    def handle_entityref(self, name: str) -> None:
        self._append(f"&{name};", self.getpos()[0] - 1)

    def handle_charref(self, name: str) -> None:
        self._append(f"&#{name};", self.getpos()[0] - 1)

    def _append(self, text: str, line: int) -> None:
        titled = self.open[-1:] == ["title"]
        if line >= len(self.pieces) or (not titled and (self.around or (self.main and not self.inside))):
            return
        self.pieces[line].append(text)
        if text.strip():
            self.headings[line] |= titled or any(map(self.depths.__getitem__, _HEADINGS))
            self.code[line] |= self.depths["pre"] > 0
            self.linked[line] += len(text) if self.depths["a"] else 0
