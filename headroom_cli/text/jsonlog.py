r"""Whether a line of JSON is one of a log: a level and a time or a message of its own, not of something inside it.

    {"level":"error","ts":1,"msg":"db gone"}                                  yes
    {"info":{"severity":"high","name":"x"},"timestamp":"2026-01-01"}          no: a finding
"""

from __future__ import annotations

from headroom_cli.text.regex import compiled

__all__ = ["is_log"]

_INNER = rb"\{[^{}]*\}"
_DEEPEST = 8
_NESTED_LEVEL = rb"\"log\" ?: ?\{[^{}]*\"level\" ?:"
_LEVEL = rb"\"(?:level|lvl|log\.level|levelname|loglevel)\" ?:"
_SEVERITY = rb"\"severity(?:text|number)?\" ?:"
_WHEN = rb"\"(?:ts|time|timestamp|@timestamp|date|datetime|asctime|t)\" ?:"
_SAYS = rb"\"(?:msg|message|text|body|event|error|err|textPayload|jsonPayload)\" ?:"


def is_log(line: bytes) -> bool:
    """Whether `line` is an object with a level and a time or a message; where the level is called a severity, with a message."""
    if line[:1] != b"{":
        return False
    nested = compiled(_NESTED_LEVEL).search(line) is not None
    own = line[1:].rstrip().removesuffix(b"}")
    for _ in range(_DEEPEST):
        own, count = compiled(_INNER).subn(b"0", own)
        if not count:
            break
    says = compiled(_SAYS).search(own) is not None
    if nested or compiled(_LEVEL).search(own):
        return says or compiled(_WHEN).search(own) is not None
    return says and compiled(_SEVERITY).search(own) is not None
