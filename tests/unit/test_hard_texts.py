"""Texts that once made a run hang, fail or show nothing: whatever a text contains, a run ends soon and says something."""

from __future__ import annotations

import json
import time

import pytest

from headroom_cli.api import compress_document
from headroom_cli.settings import Settings
from headroom_cli.source import read_document
from headroom_cli.verify import verify

TEXTS = {
    "comments before prose": ("x.txt", "".join(f"<!-- note {n} -->\n" for n in range(40)) + "".join(f"line {n} of prose\n" for n in range(100))),
    "a tree without branches": ("x.txt", "".join(f"./a/b{n}\n" for n in range(300)) + "|   " * 40 + "\n"),
    "an unknown section": ("x.html", "<!doctype html><html><body><p>" + "words and more words " * 300 + "</p><![foo bar]]></body></html>"),
    "paragraphs without end": ("x.html", "<html><body>" + "<p>a b c " * 30_000),
    "lists in lists": ("x.html", "<html><body>" + "<ul><li>x " * 10_000),
    "tags without end": ("x.html", "<html><body>" + "<a href=" * 15_000),
    "sections without end": ("x.html", "<html><body>" + "<![CDATA[" * 100_000),
    "one long paragraph": ("x.md", "# T\n\n" + "\n".join(f"this is line {n} of a paragraph that goes on with words {n * 7}" for n in range(8_000))),
    "deep quotations": ("x.md", "# T\n\n" + "\n".join(">" * (n % 300) + f" text {n} goes on" for n in range(2_000))),
    "a key of its own in each record": ("x.json", "[" + ",".join(json.dumps({f"k{n}": n, "id": n}) for n in range(4_000)) + "]"),
    "words that open and never close": ("x.diff", "diff --git a/x b/x\n--- a/x\n+++ b/x\n@@ -1,2 +1,2 @@\n" + "[-a" * 100_000 + "\n"),
    "functions without end": ("x.js", "function f(a) {\n" * 12_000),
}


@pytest.mark.parametrize("name", TEXTS)
def test_a_hard_text_is_read_in_time(name: str) -> None:
    file, text = TEXTS[name]
    start = time.process_time()
    result = compress_document(read_document(text.encode(), name=file, path=None), Settings())
    assert time.process_time() - start < 10
    assert result.compressed_tokens <= result.original_tokens


def test_a_page_of_one_endless_sentence_is_shown_in_part() -> None:
    file, text = TEXTS["an unknown section"]
    assert compress_document(read_document(text.encode(), name=file, path=None), Settings()).compressed_tokens > 200


def test_a_text_that_passes_but_for_its_secrets_holds() -> None:
    source = read_document(b"mail ada@example.org\n", name="x", path=None)
    result = compress_document(source, Settings(redact=True))
    assert "ada@" not in result.text
    assert verify(result.data, source) == []
