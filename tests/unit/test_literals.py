"""What a text must hold for a pattern to match: never said wrongly, for the packs' rules, for the signs beside our own patterns, for any."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import settings as examples
from hypothesis import strategies as st

from headroom_cli.formats import ci_log
from headroom_cli.formats.logs import steps
from headroom_cli.packs import load_all
from headroom_cli.stages import labels
from headroom_cli.text import envelope, severity
from headroom_cli.text.literals import needed
from headroom_cli.text.regex import alternatives


@pytest.mark.parametrize(
    ("pattern", "words"),
    [
        (r"^npm (error|ERR!) code (?P<var>\S+)", ("npm ERR! code ", "npm error code ")),
        (r"\d+ (passed|failed)", (" failed", " passed")),
        (r"\w+: \d", (": ",)),
        (r"^\S+\.t \.{2,} ?ok( +\d+ ms)?$", (".t ",)),
        (r"(?:ab|abc)\d", ("ab",)),
        (r"ab(?=cd)ef", ("abef",)),
        (r"ab(?:cd)+ef", ("ab",)),
        (r"[eE]rr", ("Err", "err")),
        (r"(?i:no)thing", ("thing",)),
        (r"\d+|abc", ()),
        (r"(?i)abc", ()),
        (r"(?:abc)?", ()),
        (r"a", ()),
    ],
)
def test_what_is_needed(pattern: str, words: tuple[str, ...]) -> None:
    assert needed(pattern) == words


def _rules() -> Iterator[tuple[str, tuple[str, ...], tuple[str, ...]]]:
    for pack in load_all():
        for rule in (*pack.noise, *pack.evidence, *pack.summary):
            yield rule.match, rule.needs, rule.yes
        for block in pack.blocks:
            yield block.start, block.needs, tuple(text for sample in block.yes for text in sample.split("\n"))


def test_samples_of_packs_hold_what_their_rules_need() -> None:
    known = 0
    for pattern, needs, samples in _rules():
        known += bool(needs)
        assert needs == needed(pattern)
        for line in samples:
            if re.search(pattern, line):
                assert not needs or any(word in line for word in needs), (pattern, line)
    assert known > 600


@given(st.data())
@examples(max_examples=150)
def test_whatever_a_rule_matches_holds_what_it_needs(data: st.DataObject) -> None:
    pattern, needs, _ = data.draw(st.sampled_from([rule for rule in _RULES if rule[1]]))
    line = data.draw(st.from_regex(pattern))
    assert any(word in line for word in needs), (pattern, line)


_RULES = list(_rules())
_TABLES = {
    "harmless": severity._HARMLESS, "passed": severity._PASSED, "quiet": labels._QUIET, "runner": ci_log._RUNNER, "tool": ci_log._TOOL,
    "opens": steps._OPENS, "dollar": steps._DOLLAR, "plus": steps._PLUS, "shell": steps._SHELL, "fails": steps._FAILS, "failed": steps._FAILED,
}  # fmt: skip


@pytest.mark.parametrize("name", _TABLES)
@given(data=st.data())
@examples(max_examples=20)
def test_whatever_a_part_matches_holds_one_of_its_signs(name: str, data: st.DataObject) -> None:
    for signs, pattern in _TABLES[name]:
        line = data.draw(st.from_regex(pattern))
        assert not signs or any(sign in line for sign in signs), (pattern, line)


@given(data=st.data())
@examples(max_examples=40)
def test_every_line_with_an_envelope_holds_its_sign(data: st.DataObject) -> None:
    for layer in envelope.LAYERS:
        line = data.draw(st.from_regex(re.compile(layer.pattern.encode("latin-1"))))
        assert layer.sign in line.translate(envelope._DIGITS), layer.name


def test_alternatives_that_cannot_match_are_left_out() -> None:
    parts = ((("error",), r"^error: (\w+)"), (("warn", "note"), r"^(?:warning|note): (\w+)"), ((), r"^$"))
    pattern = alternatives(parts, "note: x")
    assert pattern is not None
    assert pattern.pattern == r"^(?:warning|note): (\w+)|^$"
    assert pattern.match("note: x")
    assert alternatives(parts[:2], "fine") is None
