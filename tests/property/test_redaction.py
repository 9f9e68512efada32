"""For any text around it and for every rule: the secret is gone, the lines are there, and a second run changes nothing."""

from __future__ import annotations

import json
import re
import sys
from functools import cache
from pathlib import Path
from random import Random
from typing import Any

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as examples
from hypothesis import strategies as st

from headroom_cli.text import backtrack
from headroom_cli.text.credentials import CREDENTIALS
from headroom_cli.text.redact import redact
from headroom_cli.text.secrets import _bits, finder

if sys.version_info >= (3, 11):
    from re import _parser as parser  # type: ignore[attr-defined]
else:
    import sre_parse as parser

RULES: list[dict[str, Any]] = json.loads(
    (Path(__file__).resolve().parents[2] / "headroom_cli" / "redact_rules.json").read_text(encoding="ascii")
)["rules"]
quick = examples(max_examples=60, suppress_health_check=list(HealthCheck))
PARTS = st.sampled_from(
    [
        "password=", "token: ", "@", "://", "a@b.org", "x:y@", "[redacted:email:1]", "\n", " ", "\r\n", '"', "'", "ghp_", "AKIA", "Bearer ",
        "Cookie: a=", "Authorization: ", "-----BEGIN PRIVATE " + "KEY-----", "-----END PRIVATE " + "KEY-----", "hunter2", "\x01", "é", "--token ",
    ]
)  # fmt: skip
TEXTS = st.lists(st.one_of(PARTS, st.text(max_size=12), st.text("abcdefAB0123_-.", min_size=8, max_size=45)), max_size=25).map("".join)


def sample(pattern: str, chance: Random) -> str:
    """A text that `pattern` matches whole; what it asks of its neighbours is left to the caller."""
    return "".join(_sampled(item, chance) for item in parser.parse(pattern))


def _sampled(item: tuple[Any, Any], chance: Random) -> str:
    name, value = str(item[0]), item[1]
    if name == "LITERAL":
        return chr(value)
    if name == "IN":
        return chance.choice(_characters(_set(value)))
    if name == "BRANCH":
        return "".join(_sampled(each, chance) for each in chance.choice(value[1]))
    if name == "SUBPATTERN":
        return "".join(_sampled(each, chance) for each in value[3])
    if name in ("MAX_REPEAT", "MIN_REPEAT"):
        low, high, body = value
        return "".join(_sampled(each, chance) for _ in range(chance.randint(low, min(int(high), low + 8))) for each in body)
    return "." if name == "ANY" else "a" if name == "NOT_LITERAL" else ""


@cache
def _characters(text: str) -> list[str]:
    return [char for char in map(chr, range(32, 127)) if re.match(text, char)]


def _set(parts: list[tuple[Any, Any]]) -> str:
    """A class of the parser as a class to match with."""
    spelled = {"CATEGORY_WORD": r"\w", "CATEGORY_DIGIT": r"\d", "CATEGORY_SPACE": r"\s"}
    text = ""
    for part, value in parts:
        match str(part):
            case "NEGATE":
                text += "^"
            case "RANGE":
                text += f"{re.escape(chr(value[0]))}-{re.escape(chr(value[1]))}"
            case "CATEGORY":
                text += spelled[str(value)]
            case _:
                text += re.escape(chr(value))
    return f"[{text}]"


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: f"{rule['id']}-{rule['cues'][0]}")
def test_every_rule_finds_what_it_describes(rule: dict[str, Any]) -> None:
    chance = Random(rule["id"])
    for _ in range(5):
        secret = sample(rule.get("pattern") or rule["value"], chance)
        text = f"x {secret} y" if "pattern" in rule else f'{sample(rule["name"], chance)} = "{secret}"'
        if _bits(secret.encode()) > rule["entropy"] and rule["id"] != "generic-api-key":  # whose values are held against words
            out, counts = redact(text.encode())
            assert b"[redacted:" in out
            assert secret.encode() not in out, text
            assert sum(counts.values()) == 1


@pytest.mark.parametrize("pattern", sorted({rule.pattern for rules in finder().rules.values() for rule in rules}))
def test_no_rule_can_take_exponential_time(pattern: str) -> None:
    assert not backtrack.slow_part(pattern)


@quick
@given(TEXTS)
def test_lines_stay_and_a_second_run_changes_nothing(text: str) -> None:
    data = text.encode()
    out, counts = redact(data)
    assert bytes(out).count(b"\n") == data.count(b"\n")
    assert (out is data) == (not counts)
    assert redact(data) == (out, counts)
    again, _ = redact(out)
    assert bytes(again).count(b"[redacted:") >= bytes(out).count(b"[redacted:")


@quick
@given(TEXTS.filter(lambda text: "KEY--" not in text), st.text("abcdefgh0123456789", min_size=16, max_size=40).map(lambda tail: "Zq9" + tail), TEXTS)
def test_a_planted_secret_is_nowhere_in_the_output(before: str, secret: str, after: str) -> None:
    text = f"{before}\npassword='{secret}'\n{after}\n{secret}\n{before}"
    out, _ = redact(text.encode())
    assert secret.encode() not in bytes(out)


def test_marks_of_own_rules_take_one_byte() -> None:
    for own in CREDENTIALS:
        assert len(own.cue) == (1 if own.cue == "@" else 2)
