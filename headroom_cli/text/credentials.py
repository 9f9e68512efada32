r"""Rules for what people log and no program's key: passwords by name, headers, URLs, options, addresses; and what is no secret.

    DB_PASSWORD=hunter2                     password       Password: required         is prose
    Authorization: Bearer abc123            auth-header    password=${DB_PASSWORD}    is a variable
    postgres://me:hunter2@db/shop           url-password   git@github.com:x/y.git     is no address
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import NamedTuple

__all__ = ["ANSI", "CREDENTIALS", "Check", "Credential", "Rule", "always"]

Check = Callable[["re.Match[bytes]", bytes], bool]
"""Match and value -> whether the value is a secret."""

ANSI = r"(?:\x1b\[[0-9;]{0,8}m)?"
_FREE = r"""[^\s"'\\,;&<>()\]}|`]"""  # a character of a value without quotes
_QUOTE = r"""["'\\]{0,3}"""
_GAP = r"[ \t]{0,3}"
_QUOTED = rf"""\\?"(?P<a>[^"\\\r\n]{{1,200}})|\\?'(?P<b>[^'\\\r\n]{{1,200}})|(?P<v>{_FREE}{{3,200}})"""
_LABEL = r"(?:[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?)"
_PASSWORD = r"(?:assw(?:or)?d|assphrase|wd)[\w.-]{0,20}" + _QUOTE + _GAP
_OPTION = r"-(?:[a-z][a-z-]{0,30})?(?:password|passwd|passphrase|secret|token|key)"
_SCHEME = r"(?:(?:basic|bearer|token|negotiate|apikey|bot)[ \t]{1,3}|(?P<all>(?:digest|aws4-hmac-sha256|hawk|ntlm)[ \t]))?"
_AWS = r"secret(?:_?access)?_?key"

_NOTHING = re.compile(
    rb"(?i)(?:none|null|nil|true|false|undefined|string|str|text|required|optional|invalid|incorrect|missing|empty|hidden|masked|redacted|"
    rb"password|passwd|prompt|changed|ok|failed|yes|no|not|set|unset|is|must|for|[*x.?#_-]+|\$\{?[a-z_]\w*\}?|\$\(.*|\$\d|%\w+%|%[sdrv]|"
    rb"-*redacted-*|<.*|\{.*|\[.*|/.*)\Z"
)
_STRONG = re.compile(rb"\d|[!@#$%^*+=~]|[a-z][A-Z]")

# Ends of what is written `name@version` or `unit@instance`, not of an address.
_NOT_A_DOMAIN = frozenset(
    b"js mjs cjs ts tsx jsx json yml yaml html css txt log tgz gz whl jar so dll class mod lock toml xml service socket slice timer "
    b"mount target scope device path swap".split()
)


class Rule(NamedTuple):
    """One kind of secret. `pattern` is matched `back` bytes before the place of the cue."""

    kind: str
    pattern: str
    check: Check
    rank: int = 1  # 0 is surest: of two kinds at one place it wins
    back: int = 0
    grows: bool = False  # the value goes on as long as a token's characters do


class Credential(NamedTuple):
    """A rule, the two bytes (or one) at its cue in any case, and a pattern that takes the first of them; "" where another has it."""

    rule: Rule
    cue: str
    mark: str


def always(_match: re.Match[bytes], _value: bytes) -> bool:
    """What matches is a secret."""
    return True


def _something(_match: re.Match[bytes], value: bytes) -> bool:
    return not _NOTHING.match(value)


def _mixed(_match: re.Match[bytes], value: bytes) -> bool:
    return bool(_STRONG.search(value))


def _password(match: re.Match[bytes], value: bytes) -> bool:
    """`password=x` and `"password": "x"` say it; after `password: x` it must look like one, as prose has a colon too."""
    if _NOTHING.match(value) or (match[0][:3].lower() == b"pwd" and b"/" in value):
        return False
    return match["v"] is None or b"=" in match["sep"] or bool(_STRONG.search(value))


def _option(match: re.Match[bytes], value: bytes) -> bool:
    return not _NOTHING.match(value) and value[:1] not in b"-$" and (b"=" in match[0] or bool(_STRONG.search(value)))


def _header(match: re.Match[bytes], value: bytes) -> bool:
    """A value behind a scheme is one; without a scheme it must look like one."""
    head = match[0][: match.start("v") - match.start()].rstrip()
    return not _NOTHING.match(value) and (head[-1:] not in b":=\"'\\" or bool(_STRONG.search(value)))


def _curl(match: re.Match[bytes], value: bytes) -> bool:
    line = match.string.rfind(b"\n", max(0, match.start() - 1000), match.start()) + 1
    line = max(line, match.start() - 1000)
    return not _NOTHING.match(value) and match.string.find(b"curl", line, match.start()) >= 0


def _domain(_match: re.Match[bytes], value: bytes) -> bool:
    last = value.rpartition(b".")[2].lower()
    return last.isalpha() and len(last) > 1 and last not in _NOT_A_DOMAIN and not re.match(rb"v?\d+\.\d", value)


_NAMED = Rule("password", rf"(?i:p{_PASSWORD})(?P<sep>=>|:=|=|:){_GAP}{ANSI}(?:{_QUOTED})", _password)
_USER = Rule("password", r"""-(?:u|-user)[ =]{0,2}["']?[^\s:"'/]{1,80}:(?P<v>[^\s"'`/]{3,200})(?![^\s"'`])""", _curl)

CREDENTIALS: tuple[Credential, ...] = (
    Credential(_NAMED, "pa", rf"(?i:p(?={_PASSWORD}[=:]))"),
    Credential(_NAMED, "pw", ""),
    Credential(
        Rule(
            "auth-header",
            rf"(?i:authorization{_QUOTE}{_GAP}[:=]{_GAP}{_QUOTE}{ANSI}{_SCHEME})(?P<v>(?(all)[^\r\n]{{4,2000}}|{_FREE}{{4,4000}}))",
            _header,
        ),
        "au",
        rf"(?i:a(?=uthorization{_QUOTE}{_GAP}[:=]))",
    ),
    Credential(
        Rule("auth-header", rf"(?i:x-[a-z-]{{0,20}}(?:key|token){_QUOTE}{_GAP}[:=]{_GAP}{_QUOTE}{ANSI})(?P<v>{_FREE}{{4,4000}})", _header),
        "x-",
        rf"(?i:(?<![A-Za-z0-9])x(?=-[a-z-]{{0,20}}(?:key|token){_QUOTE}{_GAP}[:=]))",
    ),
    Credential(
        Rule("bearer-token", r"(?i:bearer)[ \t]{1,3}(?P<v>[\w.~+/=-]{16,4000})", _mixed), "be", r"(?i:b(?=earer[ \t]{1,3}[\w.~+/=-]{16}))"
    ),
    Credential(
        Rule("cookie", rf"(?i:cookie){_QUOTE}:{_GAP}{_QUOTE}(?P<v>[\w.-]{{1,60}}={_FREE}{{8,4000}}[^\"'\\\r\n]{{0,4000}})", always),
        "co",
        rf"(?i:c(?=ookie{_QUOTE}:[ \t]))",
    ),
    Credential(
        Rule("url-password", r"""://[^\s/:@"'<>\[]{0,100}:(?P<v>[^\s/"'<>]{1,300})@""", _something), ":/", r""":(?=//[^\s/"'<>]{1,300}@)"""
    ),
    Credential(Rule("url-token", r"://(?P<v>[A-Za-z0-9_.~%-]{16,300})@", _mixed), ":/", ""),
    Credential(Rule("password", rf"-(?i:{_OPTION})[ =][ ]{{0,3}}[\"']?(?P<v>{_FREE}{{4,300}})", _option), "--", rf"-(?=(?i:{_OPTION})[ =])"),
    Credential(_USER, "-u", r"""(?<=[ \t])-(?=(?:u|-user)[ =]{0,2}["']?[^\s:"'/]{1,80}:[^\s"'/])"""),
    Credential(_USER, "--", ""),
    Credential(
        Rule("aws-secret-key", rf"(?i:{_AWS}){_QUOTE}{_GAP}(?:=>|[:=]){_GAP}{_QUOTE}{ANSI}(?P<v>[A-Za-z0-9/+]{{40}})(?![A-Za-z0-9/+=])", _mixed),
        "se",
        rf"(?i:s(?=ecret(?:_?access)?_?key{_QUOTE}{_GAP}[:=]))",
    ),
    Credential(
        Rule("email", rf"(?<=[\w.%+-])@(?P<v>{_LABEL}(?:\.{_LABEL}){{1,8}})(?![\w-])", _domain, 9),
        "@",
        r"(?<=[\w.%+-])@(?=[A-Za-z0-9-]{1,63}[.][A-Za-z0-9])",
    ),
)
