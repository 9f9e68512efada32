"""Secrets become placeholders, and what only looks like one stays. No secret here is or was one."""

from __future__ import annotations

import mmap
import string
import sys
import tempfile

import pytest

from headroom_cli.text import redact as module
from headroom_cli.text.redact import redact

MIXED = "0aB1cD2eF3gH4iJ5kL6mN7oP8qR9sT0uV1wX2yZ3" * 8
HEX = "9f8e7d6c5b4a39281706f5e4d3c2b1a0" * 4
BASE64 = ("MIIEpAIBAAKCAQEA" + MIXED)[:64]
PAT = "gh" + "p_" + MIXED[:36]
JWT = "ey" + "JhbGciOiJIUzI1NiIsInR5" + ".ey" + "JzdWIiOiIxMjM0NTY3ODkw" + "." + MIXED[:43]


def begin(kind: str = "RSA ", end: bool = False) -> str:
    return "-----" + ("END " if end else "BEGIN ") + kind + "PRIVATE" + " KEY-----"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (f"cloning with {PAT} now", "cloning with [redacted:github-pat:1] now"),
        (f"API_TOKEN={PAT}", "API_TOKEN=[redacted:github-pat:1]"),
        (f"{PAT}moreofit!", "[redacted:github-pat:1]!"),
        ("id AKIA" + "IOSFODNN7EXAMPLE", "id [redacted:aws-key:1]"),
        (f"aws_secret_access_key = {MIXED[:20]}/+{MIXED[:18]}", "aws_secret_access_key = [redacted:aws-secret-key:1]"),
        (f'"api_key": "{HEX[:32]}",', '"api_key": "[redacted:api-key:1]",'),
        (f'{{\\"token\\": \\"{HEX[:32]}\\"}}', '{\\"token\\": \\"[redacted:api-key:1]\\"}'),
        (f"https://x.org/?access_token={HEX[:32]}&page=2", "https://x.org/?access_token=[redacted:api-key:1]&page=2"),
        (f"dropbox_key: {HEX[:15]}", "dropbox_key: [redacted:dropbox-api-token:1]"),
        (f"SECRET=\x1b[32m{HEX[:32]}\x1b[0m", "SECRET=\x1b[32m[redacted:api-key:1]\x1b[0m"),
        (f"got {JWT}", "got [redacted:jwt:1]"),
        ("xox" + f"b-1234567890-1234567890-{MIXED[:24]}", "[redacted:slack-bot-token:1]"),
        ("DB_PASSWORD=hunter2", "DB_PASSWORD=[redacted:password:1]"),
        ('"password": "correct horse"', '"password": "[redacted:password:1]"'),
        ("password: hunter2", "password: [redacted:password:1]"),
        ("mysql --password hunter2 -h db", "mysql --password [redacted:password:1] -h db"),
        ("tool --auth-token=hunter", "tool --auth-token=[redacted:password:1]"),
        ("curl -u me:hunter2 http://x", "curl -u me:[redacted:password:1] http://x"),
        ("Authorization: Bearer abcdef123", "Authorization: Bearer [redacted:auth-header:1]"),
        ("curl -H 'authorization: Basic bWU6cHc=' u", "curl -H 'authorization: Basic [redacted:auth-header:1]' u"),
        ("Authorization: Digest username=me, response=0f", "Authorization: Digest [redacted:auth-header:1]"),
        ("X-Api-Key: abc123", "X-Api-Key: [redacted:auth-header:1]"),
        ("Set-Cookie: sid=abcdefgh12; Path=/", "Set-Cookie: [redacted:cookie:1]"),
        ("postgres://me:hunter2@db:5432/shop", "postgres://me:[redacted:url-password:1]@db:5432/shop"),
        ("redis://:p@ss@host/0", "redis://:[redacted:url-password:1]@host/0"),
        (f"https://{HEX[:20]}@host/x", "https://[redacted:url-token:1]@host/x"),
        ("mail ann.o+x@mail.example.org, or", "mail [redacted:email:1], or"),
        ("Ann <Ann@Example.org> ann@example.org", "Ann <[redacted:email:1]> [redacted:email:1]"),
    ],
)
def test_secrets_are_replaced(text: str, expected: str) -> None:
    out, counts = redact(text.encode())
    assert bytes(out).decode() == expected
    assert sum(counts.values()) == expected.count("[redacted:")
    assert redact(out) == (out, {})


@pytest.mark.parametrize(
    "text",
    [
        "Password: required",
        "password=${DB_PASSWORD} password=*** password: <hidden> PASSWORD=None",
        "PWD=/srv/build pwd: /srv/build",
        "Authorization: required",
        "--token requires a value, --password is needed",
        "git@github.com:owner/name.git ssh://git@host.org/x https://user@host.org/",
        "actions/checkout@v4.1.0 lodash@4.17.21 golang.org/x/text@v0.3.7/x.go vite@5.0.js getty@tty1.service",
        "cache key: node-cache-Linux-x64-npm-" + HEX[:32],
        "commit " + HEX[:40],
        "key: value, token: identifier, secret: undefined, auth: username_password",
        "E       assert token == 'identifier'",
        "-----BEGIN CERTIFICATE-----\n" + BASE64 + "\n-----END CERTIFICATE-----",
        "author: somebody4711x9",
        "sk-learn pat s.method AKIA npm_config_cache ghp_ eyes https://host/path",
    ],
)
def test_what_is_no_secret_stays(text: str) -> None:
    data = text.encode()
    out, counts = redact(data)
    assert out is data
    assert counts == {}


def test_the_same_secret_has_the_same_number_wherever_it_stands() -> None:
    other = PAT[:-4] + "0000"
    text = f"a {PAT}\nb {other}\nx-token: {PAT}\nplain {other} again\n"
    out, counts = redact(text.encode())
    one, two = "[redacted:github-pat:1]", "[redacted:github-pat:2]"
    assert bytes(out).decode() == f"a {one}\nb {two}\nx-token: {one}\nplain {two} again\n"
    assert counts == {"github-pat": 4}


def test_a_secret_is_found_without_its_cue_too() -> None:
    secret = MIXED[:24]
    out, counts = redact(f"password={secret}\nechoed: {secret}!\n".encode())
    assert bytes(out) == b"password=[redacted:password:1]\nechoed: [redacted:password:1]!\n"
    assert counts == {"password": 2}


def test_numbers_of_an_earlier_run_are_not_used_again() -> None:
    out, _ = redact(b"[redacted:email:7] and ann@example.org")
    assert out == b"[redacted:email:7] and [redacted:email:8]"


@pytest.mark.parametrize("envelope", ["", "2024-05-01T10:00:00.1Z ", "  "])
@pytest.mark.parametrize("newline", ["\n", "\r\n"])
def test_a_private_key_goes_line_by_line(envelope: str, newline: str) -> None:
    body = [BASE64, BASE64[::-1], "Qg=="]
    lines = ["before", begin(), *body, begin(end=True), "after"]
    text = newline.join(envelope + line for line in lines) + newline
    gone = [envelope + (line if line not in body else "[redacted:private-key:1]") for line in lines]
    out, counts = redact(text.encode())
    assert bytes(out).decode() == newline.join(gone) + newline
    assert counts == {"private-key": 1}


def test_a_private_key_with_headers_or_without_an_end() -> None:
    key = f"{begin()}\nProc-Type: 4,ENCRYPTED\n\n{BASE64}\n{BASE64}\nnext step started\n"
    out, _ = redact(key.encode())
    hidden = key.replace(BASE64, "[redacted:private-key:1]")
    assert bytes(out).decode() == hidden


def test_a_private_key_on_one_line() -> None:
    key = f'"key": "{begin("")}\\n{BASE64}\\n{begin("", end=True)}\\n"'
    out, _ = redact(key.encode())
    assert bytes(out).decode() == f'"key": "{begin("")}[redacted:private-key:1]{begin("", end=True)}\\n"'


def test_a_mapped_document_in_several_windows(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "WINDOW", 1000)
    text = "".join(f"line {n} of a long log{' with ' + PAT if n % 100 == 50 else ''}\n" for n in range(1000)).encode()
    with tempfile.TemporaryFile() as file:
        file.write(text)
        file.flush()
        with mmap.mmap(file.fileno(), len(text), access=mmap.ACCESS_READ) as mapped:
            out, counts = redact(mapped)
    assert out == text.replace(PAT.encode(), b"[redacted:github-pat:1]")
    assert counts == {"github-pat": 10}


def test_both_engines_find_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    text = (f"password=hunter{string.digits}\nmail ann@example.org\n{PAT}\n{JWT}\n" + "an ordinary line\n" * 5000).encode()
    assert len(text) > 64 << 10
    fast = redact(text)
    monkeypatch.setitem(sys.modules, "pcre2", None)
    from headroom_cli.text import regex, secrets

    regex._pcre2.cache_clear()
    secrets.finder.cache_clear()
    assert redact(text) == fast
    regex._pcre2.cache_clear()
    secrets.finder.cache_clear()


def test_every_byte_may_be_in_use() -> None:
    text = bytes(range(256)) + b"\npassword=hunter2\n"
    out, _ = redact(text)
    assert out == text.replace(b"hunter2", b"[redacted:password:1]")
