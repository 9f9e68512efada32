"""How bad a line says it is: 0 nothing, 1 warning, 2 failure word, 3 strong failure; and the kind of failure.

    "collect2: error: ld returned 1 exit status"  ->  3, "error"
    "0 errors, 12 warnings"                        ->  0
    "compiling with -Werror"                       ->  0

Failure words are many and most of them also stand in harmless text. What makes a word strong is its form: at the start, before a
colon, in capitals, as the name of an exception. Each stem has its own small expression, compiled when the stem is met.
"""

import re
from functools import lru_cache
from typing import NamedTuple

from headroom_cli.text.regex import Bulk, alternatives, compiled

__all__ = ["CUES", "FAILURE", "NOTHING", "STRONG", "WARNING", "Severity", "severity", "suspects", "verdicts"]

NOTHING, WARNING, FAILURE, STRONG = 0, 1, 2, 3

_WARNS = ("warn", "deprecat")
_CUE_TREE = (
    "(?:\\*\\*\\*|a(?:bort|ssert|uth)|bad[ ]|c(?:a(?:n(?:'t|not)|tas|used[ ]by)|o(?:n(?:flict|nection)|r(?:e[ ]dumped|rupt)|uld)|r(?:ash|itical))|d("
    r'?:ata[ ]race|e(?:adl|clared|nied|precat)|irty|ouble[ ]free)|e(?:a(?:cces|i_)|conn|life|merg|noent|perm|rr|x(?:ce|it|pected))|f(?:a(?:il|tal)'
    '|orbid)|i(?:llegal|n(?:compat|valid))|kill|m(?:emory|is(?:match|sing)|ore[ ]than|ultiple[ ]def)|no(?:[ ]|n\\-zero|t[ ])|o(?:om|ut[ ]of)|p(?:a'
    r'nic|lease[ ])|re(?:def|fus|ject|turn)|s(?:anitizer|e(?:gmentation|vere)|hould[ ]|ig|tatus[ ]code)|t(?:erminate[ ]c|ime|race)|un(?:a(?:ble|ut'
    r'h)|caught|defined|h(?:andled|ealthy)|known|re(?:ach|cog|solved)|supp)|violat|w(?:arn|ould[ ])|×|✕|✖|✗)'
)
"""`any_of((*CUES, *_WARNS))`, written out: making it costs a small run 1 ms. A test compares."""
SMALL = 64 << 10
"""Bytes under which each cue is looked for by itself: the pattern of all of them costs more to compile than it saves."""
_MAX = 4_000
"""Characters of a line that are read; of a longer one, half from each end."""


class Severity(NamedTuple):
    """`level` 0-3 and, from 2 on, what a marker calls it."""

    level: int
    kind: str = ""


_NONE = Severity(NOTHING)
_WARN = Severity(WARNING)
_WEAK = Severity(FAILURE, "failure")

# (stem, kind, strong form or "" for any, whether the bare stem is still a failure word).
# Stems are sought in the lower-cased line; the forms see the line as it is.
_STEMS: tuple[tuple[str, str, str, bool], ...] = (
    ("traceback", "exception", r"Traceback \(most recent call last\)|^Traceback", True),
    ("segmentation fault", "crash", "", True),
    ("core dumped", "crash", "", True),
    ("bus error", "crash", "", True),
    ("sanitizer", "crash", r"(?:ERROR|WARNING|SUMMARY): (?:Address|Leak|Thread|Memory|UndefinedBehavior)Sanitizer", False),
    ("terminate called", "crash", "", True),
    ("double free", "crash", "", True),
    ("panic", "crash", r"panicked at|\bpanic:|kernel panic|Panic\b|^panic\b|PANIC", True),
    ("sig", "crash", r"\bSIG(?:SEGV|ABRT|BUS|KILL|ILL|FPE|TERM|INT|PIPE|TRAP)\b(?!: \S+ in \S+\.so)", False),
    ("signal", "crash", r"[Rr]eceived signal|killed by signal|terminated by signal|^signal: \w+|\bsignal:? \d{1,2}\b(?!\.\d)|on signal [1-9]", False),
    ("out of memory", "out of memory", "", True),
    ("outofmemory", "out of memory", "", True),
    ("oom", "out of memory", r"\bOOM\b|oom[-_ ]?kill|OOMKilled", False),
    ("cannot allocate", "out of memory", "", True),
    ("no space left", "disk full", "", True),
    ("killed", "out of memory", r"(?:^|\W)Killed(?:$|\W)", True),
    ("timed out", "timeout", "", True),
    ("timedout", "timeout", "", True),
    ("timeout", "timeout", r"\bTIMEOUT\b|[Tt]imeout (?:reached|exceeded|expired|waiting|after)|[Tt]imeout of .{1,30} exceeded|TimeoutE|[Tt]imeoutException|timeout!|: (?:\w+ )?timeout\b|[Ii]/?[Oo] timeout", False),
    ("deadline exceeded", "timeout", "", True),
    ("exceeded", "timeout", r"exceeded the|has exceeded|[Ll]imit exceeded|time .*exceeded|[Qq]uota .{0,60}exceeded|QUOTA_EXCEEDED", True),
    ("return", "exit code", r"\breturn(?:ed|ing|s)?(?: an? (?:error|exit))?(?: code| status)? ?(?:12[4-9]|13[0-9])\b", False),
    ("exit code", "exit code", r"exit code:? ?\(?-?[1-9]", False),
    ("exit status", "exit code", r"exit status:? ?-?[1-9]|[1-9]\d* exit status|[Bb]ad exit status", False),
    ("exited with", "exit code", r"exited with (?:\w+ )?(?:code |status )?\(?-?[1-9]|exited with error", False),
    ("exit 1", "exit code", r"exit 1\d*\b", False),
    ("status code", "exit code", r"returned status code -?[1-9]|[Ss]tatus code:? [45]\d\d|[Ss]tatus code:? [1-9]\d{0,2}:?$", False),
    ("non-zero", "exit code", r"non-zero", False),
    ("***", "exit code", r"\bmake(?:\[\d+\])?: \*\*\*|^\*\*\* ", False),
    ("elifecycle", "exit code", "", True),
    ("command failed", "exit code", "", True),
    ("exception", "exception", r"\b(?:[\w$]{1,80}\.){0,12}[A-Z]\w{0,80}Exception\b|^\s*(?:unhandled )?exception\b|Exception in thread|EXCEPTION", True),
    ("caused by", "exception", r"^\s*Caused by\b", False),
    ("assert", "exception", r"AssertionError|[Aa]ssert(?:ion)? .{0,200}[Ff]ailed|[Aa]ssertion failed|\bASSERT(?:ION)?\b", False),
    ("undefined reference", "undefined symbol", "", True),
    ("undefined symbol", "undefined symbol", "", True),
    ("unresolved external", "undefined symbol", "", True),
    ("multiple definition", "undefined symbol", "", True),
    ("undefined", "error", r"[Uu]ndefined (?:variable|name|method|function|local|identifier|constant|index|property|array key)|is not defined|implicit declaration", True),
    ("not defined", "error", "", True),
    ("denied", "permission", r"[Pp]ermission denied|[Aa]ccess [Dd]enied|AccessDenied|was denied|[Rr]equest denied", True),
    ("not authorized", "permission", "", True),
    ("unauthorized", "permission", "", True),
    ("authentication", "permission", r"[Aa]uthentication (?:failed|required|error)", False),
    ("forbidden", "permission", r"403 [Ff]orbidden|[Ff]orbidden:", True),
    ("eacces", "permission", "", True),
    ("eperm", "permission", r"\bEPERM\b", False),
    ("not found", "not found", r"command not found|[Mm]odule not found|404 [Nn]ot [Ff]ound|[Nn]ot [Ff]ound:|: not found|was not found|NotFound", True),
    ("no such", "not found", r"No such (?:file|host|module|option|container|service|image|method)|no such (?:file|host|module|option)", True),
    ("no matching", "not found", r"[Nn]o matching (?:distribution|function|manifest|package|version)", True),
    ("no module named", "not found", "", True),
    ("cannot find", "not found", "", True),
    ("could not find", "not found", "", True),
    ("could not resolve", "not found", "", True),
    ("couldn't find", "not found", "", True),
    ("cannot open", "not found", "", True),
    ("cannot be resolved", "not found", "", True),
    ("cannot resolve", "not found", "", True),
    ("unresolved", "not found", "", True),
    ("enoent", "not found", "", True),
    ("econn", "network", r"ECONN(?:REFUSED|RESET|ABORTED)", False),
    ("connection", "network", r"[Cc]onnection (?:refused|reset|timed out|closed|aborted)", False),
    ("refused", "network", r"[Cc]onnection refused", True),
    ("eai_again", "network", "", True),
    ("returned error:", "network", "", True),
    ("not ok ", "failed test", r"^\s*not ok \d+", False),
    ("failed to ", "error", r"\b[Ff]ailed to ", False),
    ("fail", "failed test", r"^\s*(?:--- )?FAIL(?:ED|URE|URES)?\b|\bFAILED\b|<<< FAILURE|\[  FAILED|FAILURES!|\bFAIL(?:URE)?:|[Tt]ests? failed|\bfailed!|\[FAIL\]|\bFAIL\b|"
                            r"[Ff]ailures?: [1-9]|(?:^|\s)[1-9]\d* (?:\w+ )?(?:failed|failures?|failing)\b|[Ff]ailed(?::| to\b| with\b| after\b)|^\W*(?:\S+ ){0,6}?failed[.!]?$|^Failed |[\w.)\]] - failed\b", True),
    ("✕", "failed test", "", True),
    ("✗", "failed test", "", True),
    ("✖", "failed test", "", True),
    ("×", "failed test", r"^\s*×", False),
    ("<<< error", "failed test", "", True),
    ("fatal", "error", r"\bFATAL\b|(?:^|\s|[\]):;>|(\[])[Ff]atal(?: \w+)?:|\[FATAL\]|level=fatal|[\"']fatal[\"']", True),
    ("error", "error", r"(?:^|[\s\]):;>|(\[/-])(?:fatal )?[Ee]rror(?:\[\w+\]| [A-Z]+\d+| TS\d+| \([\w.-]+\)| [A-Z]\w*:? )?:|\bERROR\b|##\[error\]|::error|\[error\]|level=error|[\"']error[\"']|[\"']errors[\"']: ?(?:\[ ?)?[{\"]\W*\w|\b[Ee]rrors: [1-9]|^\s*[Ee]rror\b|"
                        r"\b[A-Z]\w{0,80}Error\b(?=:| \(|$| in |!)|(?:^|\s)[1-9]\d* errors?\b|\bError at |\berror TS\d+|\berror\[E\d+\]|\bError \d+\b|[a-z] error:|catch(?:ed|) error", True),
    ("err!", "error", r"\bERR!", False),
    ("critical", "error", r"\bCRITICAL\b|level=critical|[\"']critical[\"']", False),
    ("severe", "error", r"^\W*(?:\S+ ){0,3}SEVERE\b", False),
    ("emerg", "error", r"\[emerg\]|\bEMERG\b", False),
    ("catastrophic", "error", "", True),
    ("unhandled", "exception", r"[Uu]nhandled(?: promise)? (?:exception|rejection|error)", True),
    ("uncaught", "exception", r"[Uu]ncaught\b", True),
    ("abort", "crash", r"\bAborted\b|^\W*[Aa]borting\b|\bABORT\b", True),
    ("crash", "crash", r"[Cc]rashed\b|worker .{0,40}crash", True),
    ("deadlock", "crash", r"[Dd]eadlock (?:detected|found)|fatal error: all goroutines", True),
    ("data race", "crash", r"DATA RACE", True),
    ("conflict", "error", r"\bCONFLICT\b|[Cc]onflict(?:s|ing)? (?:in|with|between|detected|found|dependenc)", True),
    ("rejected", "error", r"\[rejected\]|!\s*\[remote rejected\]", True),
    ("could not", "error", "", True),
    ("couldn't", "error", "", True),
    ("unable to", "error", "", True),
    ("cannot", "error", "", True),
    ("can't", "error", "", False),
    ("unexpected", "error", r"[Uu]nexpected (?:token|identifier|end|EOF|indent|character|argument|keyword|error)", True),
    ("invalid", "error", r"[Ii]nvalid (?:argument|option|value|syntax|token|type|instruction|use|conversion|operand|reference|format|literal)", True),
    ("missing", "error", r"[Mm]issing (?:required|module|file|dependency|argument|package|import|return|key|script)", True),
    ("mismatch", "error", r"[Mm]ismatch(?:ed)?\b", True),
    ("corrupt", "error", "", True),
    ("refusing", "error", r"\b[Rr]efusing to\b", False),
    ("incompatible", "error", "", True),
    ("unsupported", "error", r"[Uu]nsupported (?:class|operand|option|platform|engine|version)", True),
    ("illegal", "error", r"[Ii]llegal (?:start|instruction|option|character|state)", True),
    ("violat", "error", "", True),
    ("exceeds", "error", r"\bexceeds (?:the |its |an? )?(?:[\w-]+ ){0,2}(?:limit|maximum|quota|size|budget|capacity|threshold|length|allowed|\d)", True),
    ("more than the", "error", r"more than the (?:\w+ ){0,2}(?:limit|maximum|allowed|\d)", False),
    ("unhealthy", "error", r"\b(?:is|are|was|became|marked(?: as)?) unhealthy\b|\(unhealthy\)|[Uu]nhealthy:", False),
    ("bad ", "error", r"\b[Bb]ad (?:class file|file|request|address|descriptor|magic|interpreter|substitution|flag|option|gateway|credentials|state|argument|value)", False),
    ("not tested", "error", r"\b(?:is|are|was|were) not tested\b", False),
    ("dirty", "error", r"\b(?:is|are|was|checkout|tree|repository|index|submodule|copy) dirty\b|\b[Dd]irty (?:working|tree|index|checkout|submodule|repository|files)", False),
    ("out of sync", "error", r"\b(?:is|are|was|were|got|not|be) out of sync\b|^\W*[Oo]ut of sync\b", False),
    ("out of date", "error", r"\b(?:is|are|was|were) out of date\b|^\W*[Oo]ut of date\b", False),
    ("not up to date", "error", "", True),
    ("please ", "error", r"^\W*[Pp]lease (?:run|rebuild|update|fix|regenerate|commit|install|add|rebase|reformat|check)\b|[.;,:!] [Pp]lease (?:run|rebuild|update|fix|regenerate|commit|install|rebase|reformat)\b", False),
    ("would reformat", "error", "", True),
    ("would be reformatted", "error", "", True),
    ("should ", "error", r"^\W*(?:\S+ ){0,8}should (?:be|have|not|extend|match|contain|equal)\b", False),
    ("expected", "error", r"^\W*(?:E\s+)?[Ee]xpected\b|\bexpected:? .{1,120}(?:but|got|actual|received|found)\b|: expected", False),
    ("unknown", "error", r"[Uu]nknown (?:command|option|argument|module|file|type|key|property|symbol|host|target|command-line)", True),
    ("unrecognized", "error", "", True),
    ("unreachable", "error", r"UNREACHABLE|[Uu]nreachable(?:!|:| code)|is unreachable", True),
    ("declared", "error", r"(?:not|un)declared|was not declared|already declared", False),
    ("redefin", "error", r"\bredefinition of|\bredefined", False),
)  # fmt: skip

# Each stem holds one of these; a line with none of them says nothing. Few and short, since every line is searched for all.
CUES: tuple[str, ...] = (
    "err", "fail", "exce", "fatal", "panic", "abort", "assert", "crash", "sig", "kill", "core dumped", "segmentation", "sanitizer", "terminate c", "oom", "memory",
    "cannot", "could", "unable", "can't", "not ", "no ", "non-zero", "denied", "refus", "time", "exit", "status code", "return", "***", "elife", "caused by",
    "trace", "undefined", "unresolved", "multiple def", "unauth", "auth", "forbid", "eacces", "eperm", "enoent", "econn", "eai_", "connection", "critical", "severe", "emerg",
    "catas", "unhandled", "uncaught", "deadl", "data race", "conflict", "reject", "expected", "invalid", "missing", "mismatch", "corrupt", "incompat", "unsupp", "illegal",
    "violat", "more than", "unhealthy", "bad ", "dirty", "out of", "please ", "would ",  "should ", "unknown", "unrecog", "unreach", "declared", "redef", "double free", "✕", "✗", "✖", "×",
)  # fmt: skip


@lru_cache(maxsize=1)
def _bulk_cues() -> Bulk:
    return Bulk(_CUE_TREE.encode())


# What only looks like a failure, each with what a line must hold for it. Cut out of the line before it is judged.
_NAMED = (
    r"(?:[Ee]rrors?|[Ee]xceptions?|[Ff]ail(?:ure|ed)?|[Ww]arnings?|[Pp]anic|[Aa]ssert\w*|[Tt]imeout|[Ss]ignal)[\w-]{0,60}(?:\.\w{1,30}){0,3}\."
    r"(?:[chjr]s?|cc|cpp|cxx|hpp|py|rb|go|rs|java|kt|ts|tsx|mjs|o|obj|class|md|txt|html|d|so|t|gz|rpm|json|yml|yaml|xml|dart|php|cs|m|swift)\b(?!:\d|:? )"
)
_HARMLESS = (
    (
        ("0 ", "0/", "0%", "no ", "No ", "zero ", "without ", "any "),
        r"\b(?:0(?:/\d+| ?%)?|no|No|zero|without|any) (?:\w+ )?(?:errors?|failures?|failed|failing|warnings?|problems?|exceptions?|issues?|vulnerabilities|conflicts?)\b",
    ),
    ((": 0", ":0", "=0", "(0"), r"\b(?:[Ff]ailures?|[Ee]rrors?|FAILED|[Ff]ailed|[Ww]arnings?|[Cc]onflicts?|[Ee]xit code)(?:: ?|=|\()0\b"),
    (("-",), r"(?<!\S)--[a-z][\w-]*(?:=\S*)?|(?<!\S)-[DUWf][\w,]\S*"),
    ((": 0",), r"\b(?:[Ee]rrors|[Ff]ailures)\b[^.:]{0,30}: 0\b"),
    (("ast",), r"\b[Ff]ail[_-]?[Ff]ast\b"),
    (("-on", "_on"), r"\b(?:continue|exit|fail|stop)[-_]on[-_](?:error|failure)\S*"),
    (("error-",), r"\berror-(?:ex|stack-parser|prone|callsites)\b"),
    ((".",), _NAMED),
    (("@",), r"[Ee]rror[\w-]{0,60}@[\d^~]"),
    (("on ", "if ", "when ", "in case of "), r"\b(?:on|if|when|in case of) (?:error|failure)s?\b"),
    ((" handl", " reporting", " log", " page", " message"), r"\b(?:errors?|failures?|exception) (?:handling|handler|reporting|log|page|message)\b"),
    (("fail",), r"\bxfail(?:ed)?\b|\b(?:expected|test|should|allow)[_ ](?:to )?fail\b"),
)

# A test that passed may be called anything (in TAP `not yet done` is a directive after the name: not a pass); a note goes with the
# error before it; a level without text says nothing.
_PASSED = (
    (("at ",), r"^\s*at [\w.$<>/]+ ?\("),
    (("...",), r"^checking (?:for|if|whether) .*\.\.\. |\.\.\. (?:ok|skipped\b.*|PASS(?:ED)?)$"),
    (("PASS",), r"\bPASSED(?: +\[ *\d+%\])?$|^\s*--- PASS\b|^\s*PASS\b"),
    (("✓", "✔", "√"), r"^\s*[✓✔√] "),
    (("ok ",), r"^\s*ok \d+\b(?!.*# TODO)"),
    (("note: ",), r"^\S+:\d+:(?:\d+:)? note: |^\s*=? ?note: "),
    ((), r"^\W*(?:[A-Z]+|error|warn|warning|info)\W*$"),
)
_VERDICT = rb"(?<![A-Za-z.])(?:errors?|fail(?:ed|ures?)?|fatal|killed|aborted|time[d ]?out|crashed|panic(?:ked)?|denied)(?![A-Za-z./_-])"
_SET = r"^(?:\+|\$|>|#)? ?set [-+]\w*|^(?:if|then|fi|else|trap|export|function)\b"


def suspects(text: bytes) -> list[int]:
    """Indices of the lines of `text` that hold a cue, in order: severity() is worth asking."""
    lower = text.lower().replace(b"\x00", b" ")
    if len(lower) < SMALL:
        small = lower.decode("utf-8", "surrogateescape")
        there = [cue for cue in (*CUES, *_WARNS) if cue in small]
        return [number for number, line in enumerate(small.split("\n")) if any(cue in line for cue in there)]
    return _lines_with(b"\x00", _bulk_cues().sub(b"\x00", lower))


def verdicts(text: bytes) -> bytes:
    """Failure words that stand in one line as words of their own, and not in a path: `1/FAILURE`, `job-7:failed`, no `src/errors.py`."""
    return b" ".join(sorted({found.lower() for found in compiled(_VERDICT, re.IGNORECASE).findall(text)}))


def _lines_with(sign: bytes, text: bytes) -> list[int]:
    """Indices of the lines that hold `sign`, without an object for each of the others."""
    out: list[int] = []
    at, counted, line = text.find(sign), 0, 0
    while at >= 0:
        line += text.count(b"\n", counted, at)
        out.append(line)
        counted = text.find(b"\n", at)
        at = text.find(sign, counted) if counted >= 0 else -1
    return out


def severity(line: str) -> Severity:
    """The severity of one line's body. Of a very long line the first and last 2,000 characters are read."""
    if len(line) > _MAX:
        line = line[: _MAX // 2] + " " + line[-_MAX // 2 :]
    lower = line.lower()
    hits = [stem for stem in _STEMS if stem[0] in lower]
    if not hits:
        return _WARN if "warn" in lower or "deprecat" in lower else _NONE
    passed, harmless = alternatives(_PASSED, line), alternatives(_HARMLESS, line)
    if passed is not None and passed.search(line):
        return _NONE
    text = harmless.sub("", line) if harmless is not None else line
    if text != line:
        lower = text.lower()
        hits = [stem for stem in hits if stem[0] in lower]
        if not hits:
            return _WARN if "warn" in lower else _NONE
    return _judge(text, lower, hits)


def _judge(text: str, lower: str, hits: list[tuple[str, str, str, bool]]) -> Severity:
    warning = "warn" in lower and _is_warning(text)
    script = compiled(_SET).match(text) is not None
    weak = False
    for _, kind, form, bare in hits:
        if not form or compiled(form).search(text):
            if warning and kind not in ("crash", "out of memory"):
                return _WARN
            return Severity(FAILURE if script else STRONG, kind)
        weak = weak or bare
    if warning:
        return _WARN
    return _WEAK if weak else _NONE


def _is_warning(text: str) -> bool:
    at_start = compiled(r"\W*(?:\S+ ){0,3}?\W*(?:WARN(?:ING)?|[Ww]arning|warn)\b").match(text[:80])
    return bool(at_start) or bool(compiled(r"(?:^|[\s:])warning(?::| [A-Z]+\d+:)").search(text[:300]))
