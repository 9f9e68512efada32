r"""Logs of running programs: syslog, logfmt, JSON lines with a level, log4j-style, access logs.

    10.0.0.7 - - [10/Oct/2026:13:55:36 +0000] "GET /users/42 HTTP/1.1" 500 12    template: 500 GET /users/#
    {"level":"error","msg":"db gone","ts":1}                                       template: error db gone

In access logs the status, in JSON lines the level and the message tell lines apart, so they make the template.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from headroom_cli.formats.logs import propose
from headroom_cli.stages.survey import sample_lines
from headroom_cli.text.jsonlog import is_log
from headroom_cli.text.mask import mask
from headroom_cli.text.regex import compiled

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from headroom_cli.model import Document
    from headroom_cli.settings import Settings
    from headroom_cli.stages.reading import LogReading
    from headroom_cli.text.envelope import Envelope
    from headroom_cli.tokens import TokenCounter

__all__ = ["NAME", "about", "read", "score"]

NAME = "app_log"
about = "logs of running programs: syslog, logfmt, JSON lines with a level, log4j-style, access logs"

_ACCESS = rb'"([A-Z]{3,10}) ([^ "?]*)[^"]*" ([1-5])(\d\d) '
_LEVEL = rb"^\W{0,3}(?:TRACE|DEBUG|INFO|NOTICE|WARN(?:ING)?|ERROR|FATAL|CRITICAL|SEVERE|[TDIWEF]\b|trace|debug|info|notice|warn(?:ing)?|error|fatal|critical)\b"
_LATER_LEVEL = rb"^\S{0,60}(?: \S{1,60}){0,4}? \W{0,2}(?:TRACE|DEBUG|INFO|NOTICE|WARN(?:ING)?|ERROR|FATAL|CRITICAL)\b"
_LOGFMT = rb"\blevel=[a-z\"]+.*\bmsg=|\bmsg=.*\blevel="
_JSON_LEVEL = rb'^\{.*"(?:level|severity|lvl|log\.level|levelname)" ?: ?("?[A-Za-z0-9]+"?)'
_JSON_TEXT = rb'"(?:msg|message|error|err|event)" ?: ?"((?:[^"\\]|\\.){0,400})"'
_PROCESS = rb"^[\w./@-]{1,60}(?:\[\d+\])?: "


def _share(lines: Sequence[bytes], *patterns: bytes) -> float:
    return sum(1 for line in lines if any(compiled(pattern).search(line) for pattern in patterns)) / max(1, len(lines))


def score(lines: Sequence[bytes], envelope: Envelope) -> tuple[float, str]:
    """How sure (0-1) that these sampled bodies are a program's log, and what says so."""
    names = [layer.name for layer in envelope.layers]
    stamped = bool(names) and not {"github", "github-columns", "gitlab", "jenkins"} & set(names)
    kinds = (
        (_share(lines, _ACCESS), "an access log"),
        (sum(map(is_log, lines)) / max(1, len(lines)), "JSON lines with a level"),
        (_share(lines, _LOGFMT), "logfmt"),
        (_share(lines, _LEVEL, _LATER_LEVEL) * (1.0 if stamped else 0.8), "a level" + (" after a timestamp" if stamped else "")),
        (_share(lines, _PROCESS) if "syslog" in names or "iso" in names else 0.0, "syslog"),
    )
    share, kind = max(kinds)
    if stamped and share < 0.5:
        return 0.55, "every line begins with a timestamp"
    return (share if share >= 0.5 else 0.0), f"{share:.0%} of sampled lines are {kind}"


def read(document: Document, envelope: Envelope, settings: Settings, counter: TokenCounter, pack_dirs: Sequence[str]) -> LogReading:
    """Lines without steps; the template keeps what the general mask would hide."""
    sample = [envelope.strip_line(line) for line in sample_lines(document.data)]  # type: ignore[arg-type]
    key: Callable[[bytes], bytes] | None = None
    if _share(sample, _ACCESS) >= 0.5:
        key = _access_key
    elif _share(sample, _JSON_LEVEL) >= 0.5:
        key = _json_key
    return propose(document, envelope, settings, counter, pack_dirs, structure=False, warnings=True, key=key)


def _access_key(body: bytes) -> bytes:
    found = compiled(_ACCESS).search(body)
    if found is None:
        return mask(body)
    method, path, hundreds, rest = found.groups()
    status = hundreds + rest if hundreds != b"2" else b"2xx"
    return status + b" " + method + b" " + b"/".join(mask(part) for part in path.split(b"/")[:3])


def _json_key(body: bytes) -> bytes:
    level, text = compiled(_JSON_LEVEL).search(body), compiled(_JSON_TEXT).search(body)
    if level is None:
        return mask(body)
    return level.group(1) + b" " + (mask(text.group(1)) if text else mask(body))
