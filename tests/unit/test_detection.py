"""What a file is called is believed, unless what it holds says something else."""

from __future__ import annotations

import pytest

from headroom_cli.api import compress_document
from headroom_cli.formats import _MODULES, choose
from headroom_cli.formats.code.grammar import LANGUAGES
from headroom_cli.settings import Settings
from headroom_cli.source import read_document
from headroom_cli.verify import verify

TABLE_OF_CALLS = "\n".join(f"def_op('NAME_{n}', {n})" for n in range(60)) + "\n"
PROSE = "".join(f"Part {n} says what happens when the service is asked for its state.\n" for n in range(30))
LOG = "".join(f"make[1]: Entering directory '/src/{n}'\ngcc -c -o part{n}.o part{n}.c\nmake[1]: Leaving directory '/src/{n}'\n" for n in range(20))
STAMPED = "".join(f"2026-01-02T03:04:{n:02d}.1234567Z Worker {n} has taken the job\n" for n in range(40))
GUIDE = "# Guide\n\nThe steps of a job are shown in groups, as here:\n\n```yaml\n##[group]Run make\nmake all\n##[endgroup]\n```\n\n## Use\n\nRead the log from its end, and look for the first error that is named in it.\n" * 4
XHTML = '<?xml version="1.0" encoding="utf-8"?>\n<!-- made by hand -->\n<!DOCTYPE html PUBLIC "-//W3C//DTD XHTML 1.0 Strict//EN" "xhtml1.dtd">\n' + "<p>The service answers at once.</p>\n" * 30
NUMBERS = "[\n" + "1, 2, 3, 4,\n" * 40 + "5]\n"
BUNDLE = "!function(a){" + "a.b(c);" * 9000 + "}()\n"
MATCHES = "".join(f'{{"type":"match","data":{{"path":{{"text":"src/a{n}.py"}},"lines":{{"text":"def total(rows):\\n"}},"line_number":{n},"absolute_offset":9,"submatches":[]}}}}\n' for n in range(20))
WORDS = "diff --git a/x b/x\n--- a/x\n+++ b/x\n@@ -1,40 +1,40 @@\n" + "the [-old-]{+new+} word stands in its line\n" * 40
CASES = {
    "calls in a source file": ("opcode.py", TABLE_OF_CALLS, "code"),
    "the same from a pipe": ("<stdin>", TABLE_OF_CALLS, "plain"),
    "calls in a text": ("notes.txt", TABLE_OF_CALLS, "plain"),
    "a build's log in a source file": ("log.py", LOG, "ci_log"),
    "a runner's timestamps in a source file": ("log.py", STAMPED, "plain"),
    "prose without headings": ("README.md", PROSE, "markdown"),
    "a runner's line in a fence": ("<stdin>", GUIDE, "markdown"),
    "a runner's line in a fence of a document": ("README.md", GUIDE, "markdown"),
    "XHTML": ("page.html", XHTML, "html"),
    "XHTML from a pipe": ("<stdin>", XHTML, "html"),
    "several numbers a line": ("n.json", NUMBERS, "json"),
    "text that is called JSON": ("n.json", PROSE, "plain"),
    "text that is called a table": ("n.csv", PROSE, "plain"),
    "text that is called a diff": ("n.diff", PROSE, "plain"),
    "a search's JSON lines": ("found.jsonl", MATCHES, "search"),
    "a diff of words": ("words.diff", WORDS, "diff"),
    "what a bundler makes": ("app.min.js", BUNDLE, "plain"),
}


@pytest.mark.parametrize("case", CASES)
def test_a_name_is_believed_unless_the_content_says_otherwise(case: str) -> None:
    name, text, wanted = CASES[case]
    assert choose(read_document(text.encode(), name=name, path=None)).name == wanted


def test_the_path_says_what_the_name_does_not() -> None:
    document = read_document(TABLE_OF_CALLS.encode(), name="snapshot", path="src/opcode.py")
    assert choose(document).name == "code"
    assert choose(document).why == "a file called .py"


def test_a_packed_file_is_called_as_what_is_in_it() -> None:
    document = read_document(TABLE_OF_CALLS.encode(), name="opcode.py.gz", path=None)
    assert choose(document._replace(packed="gz")).name == "code"
    assert choose(document).name == "plain"


def test_a_broken_json_file_is_read_as_text_and_the_header_says_so() -> None:
    result = compress_document(read_document((NUMBERS[:-2] + "oops\n").encode() * 4, name="n.json", path=None), Settings())
    assert "no valid JSON: read as text" in result.text.partition("\n")[0]


@pytest.mark.parametrize(("name", "text"), [("opcode.py", TABLE_OF_CALLS * 6), ("n.json", "[\n" + "".join(f"{n}, {n * n}, 3,\n" for n in range(900)) + "5]\n")])
def test_an_output_made_from_a_pipe_verifies_against_the_file(name: str, text: str) -> None:
    piped = compress_document(read_document(text.encode(), name="<stdin>", path=None), Settings())
    assert piped.format == "plain"
    assert piped.changed
    assert verify(piped.data, read_document(text.encode(), name=name, path=name)) == []
    assert verify(piped.data.replace(b"3", b"7"), read_document(text.encode(), name=name, path=name)) != []


def test_every_language_has_its_files_by_their_endings() -> None:
    assert {f".{ending}" for ending in _MODULES["code"].endings.split()} == {ending for language in LANGUAGES.values() for ending in language.extensions}
