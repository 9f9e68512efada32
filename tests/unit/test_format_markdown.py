"""Markdown and its kin: what is a heading, a command, a badge; what stays of them; long paragraphs by sentences."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from headroom_cli.api import compress_document
from headroom_cli.formats import choose, markdown
from headroom_cli.model import Result
from headroom_cli.settings import Settings
from headroom_cli.source import read_document
from headroom_cli.text.prose import central, sentences, shortened, telling
from headroom_cli.verify import verify

STORY = "The tool was written over a long summer and has seen many hands since then, which is a story of its own that others tell better."
GUIDE = "\n".join(
    ["---", "title: Guide", "weight: 3", "---", "[![build](https://ci.example/b.svg)](https://ci.example)", "<!-- internal note -->", "# Guide", "", STORY, ""]
    + ["- [Install](#install)", "- [Use](#use)", ""]
    + [
        f"## Step {n}\n\n{STORY}\nIt goes on in a second line that says nothing new about step {n} at all, as second lines do.\n\n```sh\nrun --step {n} \\\n  --all\n```\n\n"
        f"| option | meaning |\n|---|---|\n| `-{n}` | step number {n} of the tool |\n\n1. Open the page of step {n} and read it from its start to its end.\n"
        for n in range(9)
    ]
    + ["[home]: https://example.org/a/long/target"]
)


def compressed(text: str, **wanted: object) -> Result:
    wanted.setdefault("format", "markdown")
    return compress_document(read_document(text.encode(), name="input.md", path="input.md"), Settings(**wanted))  # type: ignore[arg-type]


def test_headings_and_commands_stay() -> None:
    text = compressed(GUIDE).text
    for n in range(9):
        assert f"## Step {n}" in text
        assert f"run --step {n} \\\n  --all" in text
    assert "ci.example" not in text
    assert "internal note" not in text
    assert compressed(GUIDE).savings_pct > 40


def test_conservative_takes_noise_alone() -> None:
    text = compressed(GUIDE, strategy="conservative").text
    assert "](#install)" not in text
    assert "title: Guide" not in text
    assert text.count(STORY) == 10


def test_a_question_brings_its_lines_back() -> None:
    asked = GUIDE.replace("step 4 at all", "step 4, where zebras are bred")
    assert "zebras" in compressed(asked, query="Where are zebras bred?").text
    assert "zebras" not in compressed(asked).text


def test_restructured_text_has_headings_by_their_underlines() -> None:
    text = "\n".join(f"Part {n}\n======\n\n{STORY}\nMore of part {n} without any news in it, line after line.\n\n    tool --part {n}\n" for n in range(9))
    assert choose(read_document(text.encode(), name="x", path=None)).name == "markdown"
    out = compressed(text).text
    for n in range(9):
        assert f"Part {n}\n======" in out
        assert f"    tool --part {n}" in out


@pytest.mark.parametrize("text", ["# comment\nkey: value\n# other\nname: x\n" * 4, "+# title\n+text here to see\n-# old\n" * 5, "#!/bin/sh\n# what\necho `x`\n# so\n" * 4])
def test_other_texts_with_hashes_are_not_markdown(text: str) -> None:
    assert choose(read_document(text.encode(), name="x", path=None)).name != "markdown"


def test_detection_says_why() -> None:
    document = read_document(GUIDE.encode(), name="x", path=None)
    assert choose(document).name == "markdown"
    sure, why = markdown.score(GUIDE.encode().splitlines(), choose(document).envelope)
    assert sure > 0.7
    assert "code fences" in why


def test_a_long_paragraph_goes_by_sentences() -> None:
    long = "Start it once. " + " ".join(f"Some people like the colour of part {'abcdefg'[n]} a lot more than others ever did." for n in range(7)) + " You must never run it as root."
    text = "# Title\n\n" + "\n\n".join(f"{long} Case {n}." for n in range(6)) + "\n"
    result = compressed(text)
    assert "Start it once. [... " in result.text
    assert "You must never run it as root." in result.text
    assert verify(result.data, read_document(text.encode(), name="input.md", path="input.md"), Settings(format="markdown")) == []


def test_sentences_joined_are_the_text() -> None:
    text = "It works, e.g. Monday. Mr. Smith agrees! (See 4.2.) `Run` it.  Then stop"
    assert "".join(sentences(text)) == text
    assert sentences(text) == ["It works, e.g. Monday. ", "Mr. Smith agrees! ", "(See 4.2.) ", "`Run` it.  ", "Then stop"]


def test_what_tells_is_what_obliges() -> None:
    assert telling("You must never do it.") > telling("It uses `x`.") > telling("It is nice.") == 0
    assert shortened([0.0, 0.0], ["Short. ", "Also."]) is None


LINES = st.sampled_from(
    ["# A", "## B c", "", "", "```sh", "```", "~~~", "- item one `x y`", "  more of it", "| a | b |", "|---|---|", "| 1 | 2 |", "Title", "=====", "---", "<!-- x", "-->", "    code", "[x]: http://y",
     "Text that goes on for a while, and then some more. It must stop. Or not, says 7.", "[L1-9]", "$ run it", "![i](j)", STORY * 3]
)  # fmt: skip


@settings(max_examples=60, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(LINES, min_size=60, max_size=160), st.sampled_from(["conservative", "balanced", "aggressive"]), st.sampled_from([None, "must it stop"]), st.sampled_from(["\n", "\r\n"]))
def test_generated_markdown_keeps_the_promises(lines: list[str], strategy: str, query: str | None, newline: str) -> None:
    text = newline.join(lines) + newline
    result = compressed(text, strategy=strategy, query=query)
    wanted = Settings(format="markdown", strategy=strategy, query=query)
    assert verify(result.data, read_document(text.encode(), name="input.md", path="input.md"), wanted) == []


LISTING = "def load(path):\n    \"\"\"Settings of a file.\"\"\"\n" + "".join(f"    step_{n} = path.read({n}) or fallback({n})\n" for n in range(40)) + "    return step_1\n"


def test_a_long_listing_keeps_its_heads() -> None:
    text = compressed(f"{GUIDE}\n\n## Example\n\n```python\nimport os\n\n{LISTING}```\n", strategy="balanced").text
    assert "import os" in text
    assert "def load(path):\n    \"\"\"Settings of a file.\"\"\"\n# [L" in text
    assert "step_17 = " not in text


def test_a_short_listing_stays_whole() -> None:
    short = "\n".join(LISTING.split("\n")[:12])
    assert short in compressed(f"{GUIDE}\n\n## Example\n\n```python\n{short}\n```\n", strategy="balanced").text


PROSE = "# Report\n\n" + "\n\n".join(f"Paragraph {n} speaks of matter {n} and of nothing else that would be of note here. It has a second sentence of idle talk, and a third. " * 2 for n in range(30))


@pytest.mark.parametrize("ratio", [0.1, 0.3, 0.6])
def test_prose_is_bounded_by_its_ratio(ratio: float) -> None:
    whole = compressed(PROSE, strategy="balanced", summary_length_ratio=1.0, max_savings=1.0)
    text = compressed(PROSE, strategy="balanced", summary_length_ratio=ratio, min_quality=1.0).text
    said = "".join(line for line in text.split("\n")[1:] if not line.startswith(("#", "[L")))
    assert 0.3 * ratio < len(said) / len(PROSE) <= ratio + 0.05
    assert whole.compressed_tokens > 0.9 * whole.original_tokens


def test_an_important_sentence_outlives_idle_ones() -> None:
    text = "# Report\n\n" + ("Some idle words that go on and on without an end in sight here. " * 6 + "Never delete the journal before a backup. " + "More idle words follow on and on. " * 6 + "\n\n") * 6
    assert "Never delete the journal before a backup." in compressed(text, strategy="balanced", summary_length_ratio=0.3).text


def test_words_that_texts_share_make_them_central() -> None:
    scores = central(["the index holds every segment", "a segment of the index may merge", "weather was fine", "merge every segment"] + ["filler"] * 9)
    assert scores[2] == 0.0
    assert max(scores) == 1.0
    assert scores[1] > 0.5


def test_the_head_of_a_table_stays_where_its_rows_go() -> None:
    tables = "".join(f"## Part {n}\n\n{STORY}\n\n| code {n} | meaning |\n|---|---|\n" + "".join(f"| E{n}{row} | it happens |\n" for row in range(30)) for n in range(6))
    text = compressed(f"# Codes\n\n{STORY}\n\n{tables}\n```sh\n" + "".join(f"restart --unit {n} --now\n" for n in range(120)) + "```\n").text
    assert all(f"| code {n} | meaning |" in text for n in range(6))


def test_commands_inside_sentences_and_workflows_stay() -> None:
    text = (
        "# Tool\n\nDownload a binary from the releases, or build it from\nsource with `go install example.org/tool@latest`. Run it with\n`go run example.org/tool`.\n\n"
        + GUIDE
        + "\n\n## CI\n\n```yaml\non: push\njobs:\n  lint:\n    steps:\n      - uses: actions/checkout@v4\n      - run: |\n          apt-get install -y shellcheck\n          shellcheck *.sh\n      - name: x\n```\n"
    )
    shown = compressed(text, strategy="balanced").text
    for command in ("go install example.org/tool@latest", "go run example.org/tool", "apt-get install -y shellcheck", "shellcheck *.sh"):
        assert command in shown
    assert "Download a binary from the releases" in shown


def test_an_answer_under_a_heading_comes_with_it() -> None:
    parts = [f"## Option {n}\n\nSets how often it is tried.\n\n**Default** - ``{n}``\n\n```ini\noption_{n} = 20\n```\n" for n in range(60)]
    parts.insert(30, "## max_concurrent_requests\n\nSets how many may run.\n\n**Default** - ``10``\n\n```ini\nmax_concurrent_requests = 20\n```\n")
    result = compressed("# Settings\n\n" + "\n".join(parts), query="What is the default of max_concurrent_requests?")
    assert "## max_concurrent_requests" in result.text
    assert "**Default** - ``10``" in result.text
