"""For any text around it and for every rule: the secret is gone, the lines are there, and a second run changes nothing."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as examples
from hypothesis import strategies as st

from headroom_cli.text import backtrack
from headroom_cli.text.credentials import CREDENTIALS
from headroom_cli.text.redact import redact
from headroom_cli.text.secrets import _bits, finder

RULES: list[dict[str, Any]] = json.loads(
    (Path(__file__).resolve().parents[2] / "headroom_cli" / "redact_rules.json").read_text(encoding="ascii")
)["rules"]
quick = examples(max_examples=60, deadline=None, derandomize=True, database=None, suppress_health_check=list(HealthCheck))
PARTS = st.sampled_from(
    [
        "password=", "token: ", "@", "://", "a@b.org", "x:y@", "[redacted:email:1]", "\n", " ", "\r\n", '"', "'", "ghp_", "AKIA", "Bearer ",
        "Cookie: a=", "Authorization: ", "-----BEGIN PRIVATE " + "KEY-----", "-----END PRIVATE " + "KEY-----", "hunter2", "\x01", "é", "--token ",
    ]
)  # fmt: skip
TEXTS = st.lists(st.one_of(PARTS, st.text(max_size=12), st.text("abcdefAB0123_-.", min_size=8, max_size=45)), max_size=25).map("".join)


def bare(pattern: str) -> bytes:
    """The pattern without what it asks of its neighbours."""
    return re.sub(r"\(\?<!\[.*?\]\)|\\b", "", pattern).encode()


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: f"{rule['id']}-{rule['cues'][0]}")
def test_every_rule_finds_what_it_describes(rule: dict[str, Any]) -> None:
    pattern = bare(rule.get("pattern") or rule["value"])

    @examples(quick, max_examples=3)
    @given(st.from_regex(re.compile(pattern), fullmatch=True).filter(lambda text: text.isascii() and b"\n" not in text and b"\r" not in text))
    def check(secret: bytes) -> None:
        if _bits(secret) <= rule["entropy"]:
            return
        name = rule["cues"][0].replace("passw", "passwd").replace("snyk", "snyk_token").replace("sonar", "sonar_token")
        text = b"x " + secret + b" y" if "pattern" in rule else name.encode() + b' = "' + secret + b'"'
        finds = [finder().at(text, place) for place in range(len(text))]
        if rule["id"] != "generic-api-key":  # whose values must look random too
            assert any(find and rule["kind"] == find[2].kind for find in finds) or b"[redacted:" in redact(text)[0]

    check()


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
