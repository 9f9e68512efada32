"""HTML: the main text stays, in the source's own words and lines; scripts, navigation and tags go."""

from __future__ import annotations

import sys

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from headroom_cli.api import compress_document
from headroom_cli.formats import choose, html
from headroom_cli.model import Result
from headroom_cli.settings import Settings
from headroom_cli.source import read_document
from headroom_cli.verify import verify

MENU = "\n".join(f'<li class="nav-item"><a class="nav-link" href="/page{n}">Page {n}</a></li>' for n in range(20))
TEXT = "\n".join(
    f'<h2 class="title" id="s{n}">Setting {n}</h2>\n<p class="lead">It takes a <code>number</code> up to {n}0 &amp; is read at start. You must restart the server\n'
    f'after a <a href="https://example.org/change/{n}">change</a> of it.</p>\n<ul><li>Default: {n}</li></ul>\n<pre><code>serve --set {n}\n  --now\n</code></pre>'
    for n in range(12)
)
PAGE = (
    '<!DOCTYPE html>\n<html>\n<head><title>Settings</title>\n<style>body { color: red }\n</style>\n<script>if (a < b) { track("x") }\n</script></head>\n<body>\n'
    f"<nav><ul>\n{MENU}\n</ul></nav>\n<main>\n<h1>Settings</h1>\n{TEXT}\n</main>\n<footer><p>All rights reserved.</p></footer>\n</body></html>\n"
)


def compressed(text: str, **wanted: object) -> Result:
    wanted.setdefault("format", "html")
    return compress_document(read_document(text.encode(), name="input.html", path="input.html"), Settings(**wanted))  # type: ignore[arg-type]


def test_the_main_text_stays_without_its_tags() -> None:
    result = compressed(PAGE)
    for n in range(12):
        assert f"<h2>Setting {n}" in result.text
    for gone in ("track(", "color: red", "Page 7", "All rights", "class=", "href="):
        assert gone not in result.text
    assert "cut: tags, scripts, navigation" in result.text.partition("\n")[0]
    assert result.savings_pct > 60
    assert verify(result.data, read_document(PAGE.encode(), name="input.html", path="input.html")) == []


def test_code_keeps_its_blanks_and_entities_stay_as_they_are() -> None:
    text = compressed(PAGE, strategy="conservative").text
    assert "serve --set 3\n  --now" in text
    assert "up to 30 &amp; is read at start" in text


def test_a_question_brings_its_lines_back() -> None:
    asked = PAGE.replace("<li>Default: 7</li>", "<li>Seven zebras live here</li>")
    assert "zebras" in compressed(asked, query="Where do zebras live?", strategy="aggressive").text


def test_a_page_on_one_line_is_cut_by_what_its_sentences_tell() -> None:
    page = PAGE.replace("</main>", TEXT * 3 + "</main>").replace("\n", " ")
    result = compressed(page)
    assert "<h1>Settings" in result.text
    assert "characters ...]" in result.text
    assert "Page 7" not in result.text
    assert 50 < result.savings_pct < 95


def test_a_question_finds_its_sentence_in_a_page_on_one_line() -> None:
    page = PAGE.replace("</main>", TEXT * 3 + "</main>").replace("<li>Default: 7</li>", "<li>Seven zebras live here.</li>", 1).replace("\n", " ")
    assert "Seven zebras live here." in compressed(page, query="Where do zebras live?", strategy="aggressive").text


SOUP = (
    "<html><head><title>The bridge</title></head><body>\n"
    + '<div class="top">\n' + "\n".join(f'<div class="teaser"><a href="/s{n}">Read more stories like number {n} today</a></div>' for n in range(15)) + "\n</div>\n"
    + '<div class="story">\n<h1>The bridge</h1>\n'
    + "\n".join(f"<p>In the year 19{n:02d} the bridge over the northern river was measured again, and its span number {n} had moved by {n} millimetres since the last time.</p>" for n in range(10, 40))
    + "\n</div>\n"
    + '<div class="bottom">\n' + "\n".join(f'<div class="box"><a href="/o{n}">Offer {n}: buy now</a> <a href="/c">Contact</a></div>' for n in range(15)) + "\n</div>\n</body></html>\n"
)  # fmt: skip


def test_the_extractor_tells_the_main_part_from_what_is_around_it() -> None:
    pytest.importorskip("trafilatura")
    text = compressed(SOUP, strategy="conservative").text
    assert "span number 23 had moved by 23 millimetres" in text
    assert "Offer 7" not in text
    assert "stories like number 3" not in text


def test_without_the_extractor_a_page_is_read_as_a_whole(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "trafilatura", None)
    assert "Offer 7" in compressed(SOUP, strategy="conservative").text


def test_a_page_without_a_main_part_is_read_whole() -> None:
    text = compressed(PAGE.replace("main>", "div>")).text
    assert "<h2>Setting 11" in text
    assert "Page 7" not in text


@pytest.mark.parametrize("strategy", ["lossless", "off"])
def test_nothing_is_taken_off_where_nothing_may_be(strategy: str) -> None:
    assert compressed(PAGE, strategy=strategy).text == PAGE


def test_detection() -> None:
    assert choose(read_document(PAGE.encode(), name="x", path=None)).name == "html"
    assert choose(read_document(TEXT.encode(), name="x", path=None)).name == "html"
    for other in ('<?xml version="1.0"?>\n<testsuite>\n<testcase name="a"/>\n</testsuite>\n', "<stdin>:3: error: no\n" * 9):
        document = read_document(other.encode(), name="x", path=None)
        assert html.score(other.encode().splitlines(), choose(document).envelope)[0] == 0


PIECES = st.sampled_from(["<p>Some text. It must be read.", "</p>", "<nav>", "</nav>", "<script>", "</script>", "<!-- c", "-->", "<div class='a", "b'>", "plain words, a few of them here", "&amp; &#39; &x", "<", "<h2>T", "</h2>", "<li>", "<pre>", "  x  y", "</pre>", "<main>", "</main>", "[L1-3]", "<br/>", "</", "<![CDATA[", "]]>"])


@settings(max_examples=60, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(st.lists(PIECES, max_size=6).map(" ".join), min_size=40, max_size=120), st.sampled_from(["conservative", "balanced", "aggressive"]))
def test_generated_pages_keep_the_promises(lines: list[str], strategy: str) -> None:
    text = "\n".join(lines) + "\n"
    result = compressed(text, strategy=strategy)
    assert verify(result.data, read_document(text.encode(), name="input.html", path="input.html"), Settings(format="html", strategy=strategy)) == []
