"""What headroom-config.yaml may say: the keys, their types and ranges, and the words that refuse everything else.

    max_savings: 170     ->  3:18 R007 max_savings is 170, but must be a percentage from 0 to 100

Every mistake is collected; the right parts of a file are still read, so that one run of `rules check` shows all.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from headroom_cli.errors import UsageError
from headroom_cli.settings import STRATEGIES, Settings, checked
from headroom_cli.text.backtrack import ADVICE, slow
from headroom_cli.text.patterns import MAX_PATTERN, bad_glob, bad_regex, looks_like_glob, quoted
from headroom_cli.text.placed import Node, node_of

__all__ = ["CODES", "KEYS", "Code", "Config", "Key", "Problem", "Rule", "Value", "read_document", "read_values"]

VERSION = 1
Pair = tuple[Node, Node]  # a key and its value
Place = tuple[int, int]  # line and column


class Value(NamedTuple):
    """What a key was set to: `line` is that of the key, `at` is where the value begins. All count from 1."""

    value: object
    line: int
    at: Place


class Rule(NamedTuple):
    """One entry of `rules`: which paths, and what holds for them."""

    kind: str  # pattern | glob
    pattern: str
    line: int
    column: int
    values: Mapping[str, Value]  # fields of Settings
    at: Place = (0, 0)  # where the pattern begins


class Config(NamedTuple):
    """A configuration without errors. Plain values: picklable."""

    name: str  # what messages call the file
    folder: str  # absolute; rules see paths relative to it
    defaults: Mapping[str, Value] = {}
    exclude: tuple[Value, ...] = ()  # globs, as written
    rules: tuple[Rule, ...] = ()


class Code(NamedTuple):
    """A kind of problem that `headroom rules check` finds. Codes are stable: scripts match them."""

    severity: str  # error | warning
    about: str


CODES: dict[str, Code] = {
    "R001": Code("error", "the file cannot be read as YAML or TOML, or a part of it has the wrong shape"),
    "R002": Code("error", "unknown key"),
    "R003": Code("error", "bad pattern: it does not compile, is empty or over 1000 characters, or uses what globs do not have"),
    "R004": Code("warning", "a rule that can never win: later rules set all its keys for all its paths, or it sets nothing"),
    "R005": Code("error", "a glob written as `pattern`, or a regular expression written as `glob`"),
    "R006": Code("warning", "contradiction: two keys of one rule of which one makes the other meaningless"),
    "R007": Code("error", "a value of the wrong type or out of range"),
    "R008": Code("warning", "matches no file of the folder given with `--against`"),
    "R009": Code("error", "a regular expression that can backtrack for ages on a text that nearly matches"),
    "R010": Code("error", "the same key twice in one place"),
    "R011": Code("error", "a rule without exactly one of `pattern` and `glob`"),
    "R012": Code("error", "a version of the configuration that this headroom does not know"),
}


class Problem(NamedTuple):
    """Something wrong in a configuration, at its line and column."""

    line: int
    column: int
    code: str
    message: str
    hint: str = ""

    @property
    def severity(self) -> str:
        """error or warning: only errors keep a configuration from being used."""
        return CODES[self.code].severity


class Key(NamedTuple):
    """A key that `defaults` and rules may set: a field of Settings."""

    kind: str  # choice | flag | count | number | name | regexes | names
    wanted: str  # completes "... must be"; for numbers the words of settings.checked
    unit: str
    about: str
    nullable: bool = False  # `null` puts it back to "not set"


KEYS: dict[str, Key] = {
    "strategy": Key("choice", "one of " + ", ".join(STRATEGIES), "", "how hard to compress"),
    "compress": Key("flag", "true or false", "", "false: the file comes out byte for byte"),
    "redact": Key("flag", "true or false", "", "replace keys, tokens, passwords and e-mail addresses by placeholders"),
    "dedup": Key("flag", "true or false", "", "fold repeats; beside `compress: false` it only concerns byte-identical documents"),
    "dedup_threshold": Key(
        "number", "a share from 0 to 1", "share", "equal words from which neighbouring lines count as repeats"
    ),
    "summary_length_ratio": Key(
        "number", "a share from 0 to 1", "share", "of the prose in Markdown and HTML at most this much stays", True
    ),
    "min_compress_ratio": Key(
        "number", "a share from 0 to 1", "share", "leave the file alone unless at least this much can be saved", True
    ),
    "max_tokens": Key("count", "a whole number of tokens, 1 or more", "tokens", "upper limit of the output", True),
    "max_savings": Key("number", "a percentage from 0 to 100", "percent", "never save more than this", True),
    "min_quality": Key("number", "a share from 0 to 1", "share", "weight that must remain", True),
    "format": Key("name", "the name of a format", "", "treat the file as this format instead of detecting it", True),
    "baseline": Key("names", "a path or a list of paths", "", "logs of good runs, relative to the configuration: what they print too is boilerplate"),
    "query": Key("name", "a question in words", "", "units that answer it weigh more", True),
    "keep": Key("regexes", "a regular expression or a list of them", "", "units that match stay"),
    "drop": Key("regexes", "a regular expression or a list of them", "", "units that match go, but never a block's head"),
    "packs": Key("names", "a list of names of packs", "", "only these packs may label lines", True),
    "markers": Key("choice", "full or short", "", "how much a marker says"),
}
_LIBRARY = {**KEYS, "tokenizer": Key("name", "the name of a vocabulary or of a model", "", "by what tokens are counted")}
_TOP = ("version", "defaults", "exclude", "rules")
_CHOICES: dict[str, Sequence[str]] = {"strategy": tuple(STRATEGIES), "markers": ("full", "short")}
_FLAGS = {"yes": True, "on": True, "no": False, "off": False}


def read_document(root: Node, empty: Config) -> tuple[Config, list[Problem]]:
    """`empty` filled with what the file sets, and its errors."""
    problems: list[Problem] = []
    top = {name: value for name, (_, value) in _map(root, _TOP, "the configuration", problems).items()}
    _check_version(top.get("version"), problems)
    defaults = _settings(top["defaults"], (), problems) if "defaults" in top else {}
    exclude = [node for node in _list(top.get("exclude"), "exclude", "globs", problems) if _glob_ok(node, problems)]
    rules = [_rule(node, problems) for node in _list(top.get("rules"), "rules", "rules", problems)]
    return empty._replace(
        defaults=defaults,
        exclude=tuple(Value(node.value, node.line, (node.line, node.column)) for node in exclude),
        rules=tuple(rule for rule in rules if rule),
    ), problems


def read_values(values: Mapping[str, object], called: Mapping[str, str] | None = None) -> dict[str, Any]:
    """What a program sets, as fields of Settings: the keys of the file, and `tokenizer`; a text where a list may stand is a list of one.

    `called`: what messages call a key, where its user knows it by another name. Raises UsageError for the first mistake.
    """
    fields: dict[str, Any] = {}
    for name, value in values.items():
        shown = (called or {}).get(name, name)
        if name not in _LIBRARY:
            raise UsageError(f"unknown setting {name!r}", hint=_did_you_mean(name, tuple(_LIBRARY)))
        if value is None:
            continue  # not set
        problems: list[Problem] = []
        node = node_of(value)
        read = None if _LIBRARY[name].kind == "flag" and not isinstance(value, bool) else _value(name, _LIBRARY[name], node, problems)
        if read is None:
            if not problems:
                _wrong(name, _LIBRARY[name], node, problems)
            rest = problems[0].message.removeprefix(name)
            raise UsageError(f"{shown}{rest if rest != problems[0].message else ': ' + rest}", hint=problems[0].hint)
        fields[name] = read.value
    return fields


def _check_version(node: Node | None, problems: list[Problem]) -> None:
    if node is not None and (node.value != VERSION or isinstance(node.value, bool)):
        hint = f"this headroom reads version {VERSION}"
        problems.append(Problem(node.line, node.column, "R012", f"version is {_shown(node)}, but must be {VERSION}", hint))


def _map(node: Node, known: Sequence[str], what: str, problems: list[Problem]) -> dict[str, Pair]:
    """The keys that are known, with their values; the others are problems."""
    found: dict[str, Pair] = {}
    if node.kind != "map":
        hint = "write `key: value` lines, one for each setting"
        problems.append(Problem(node.line, node.column, "R001", f"{what} must be a table of keys, but is {_shown(node)}", hint))
        return found
    for key, value in node.value:
        name = key.value
        if key.kind != "scalar" or name not in known:
            setting = known is _TOP and key.kind == "scalar" and name in KEYS
            hint = f"put it under defaults: defaults: {{{name}: ...}}" if setting else _did_you_mean(name, known)
            problems.append(Problem(key.line, key.column, "R002", f"unknown key {_shown(key)}", hint))
        elif name in found:
            problems.append(Problem(key.line, key.column, "R010", f"{name} is set twice here", "keep one of them"))
        else:
            found[name] = key, value
    return found


def _list(node: Node | None, key: str, what: str, problems: list[Problem]) -> list[Node]:
    if node is None or node.empty:
        return []
    if node.kind != "list":
        hint = "begin each with a dash"
        problems.append(Problem(node.line, node.column, "R001", f"{key} must be a list of {what}, but is {_shown(node)}", hint))
        return []
    nodes: list[Node] = node.value
    return nodes


def _rule(node: Node, problems: list[Problem]) -> Rule | None:
    before = len(problems)
    values = _settings(node, ("pattern", "glob"), problems)
    if node.kind != "map":
        return None
    selectors = [(key, value) for key, value in node.value if key.value in ("pattern", "glob")]
    if not selectors and any(problem.code == "R002" for problem in problems[before:]):
        return None  # the misspelt key may be the one
    if len({key.value for key, _ in selectors}) != 1:
        has = "both pattern and glob" if selectors else "neither pattern nor glob"
        hint = "pattern is a regular expression, glob the dialect of .gitignore: give exactly one"
        problems.append(Problem(node.line, node.column, "R011", f"the rule has {has}", hint))
        return None
    kind, value = selectors[0][0].value, selectors[0][1]
    good = _glob_ok(value, problems, only=True) if kind == "glob" else _regex_ok(value, "pattern", problems)
    return Rule(kind, value.value, node.line, node.column, values, (value.line, value.column)) if good else None


def _settings(node: Node, beside: tuple[str, ...], problems: list[Problem]) -> dict[str, Value]:
    what = "a rule" if beside else "defaults"
    if node.empty:
        return {}
    found = _map(node, (*beside, *KEYS), what, problems)
    values: dict[str, Value] = {}
    for name, (key, value) in found.items():
        if name in KEYS:
            read = _value(name, KEYS[name], value, problems)
            if read is not None:
                values[name] = read._replace(line=key.line)
    return values


def _value(name: str, key: Key, node: Node, problems: list[Problem]) -> Value | None:
    """The value as Settings has it, None where it is wrong."""
    value: object = node.value
    if value is None and key.nullable and not node.empty:
        return Value(None, node.line, (node.line, node.column))
    if key.kind in ("regexes", "names"):
        return _texts(name, key, node, problems)
    if key.kind == "flag" and isinstance(value, str):
        value = _FLAGS.get(value.lower(), value)
    if node.kind != "scalar" or not _fits(key.kind, value, _CHOICES.get(name, ())):
        _wrong(name, key, node, problems)
        return None
    try:
        fields: dict[str, Any] = {name: value}
        checked(Settings()._replace(**fields))
    except UsageError as error:
        percent = value if key.unit == "share" and isinstance(value, (int, float)) and 1 < value <= 100 else None
        hint = f"{percent:g} % is {percent / 100:g}" if percent else ""
        problems.append(Problem(node.line, node.column, "R007", error.message, hint))
        return None
    return Value(value, node.line, (node.line, node.column))


def _fits(kind: str, value: object, choices: Sequence[str]) -> bool:
    if kind == "choice":
        return value in choices
    if kind == "flag":
        return isinstance(value, bool)
    if kind == "name":
        return isinstance(value, str) and bool(value)
    return isinstance(value, int if kind == "count" else (int, float)) and not isinstance(value, bool)


def _texts(name: str, key: Key, node: Node, problems: list[Problem]) -> Value | None:
    items, before = node.value if node.kind == "list" else [node], len(problems)
    for item in items:
        if item.kind != "scalar" or not isinstance(item.value, str) or not item.value:
            _wrong(name, key, item, problems)
        elif key.kind == "regexes":
            _regex_ok(item, name, problems)
    return Value(tuple(item.value for item in items), node.line, (node.line, node.column)) if len(problems) == before else None


def _wrong(name: str, key: Key, node: Node, problems: list[Problem]) -> None:
    hint = _did_you_mean(node.value, _CHOICES.get(name, ()), listed=False)  # the message names them all
    if key.kind in ("regexes", "names") and node.line and node.kind == "scalar" and not node.empty and node.value != "":
        hint = "quote it: without quotes YAML reads a number, true or null"
    problems.append(Problem(node.line, node.column, "R007", f"{name} is {_shown(node)}, but must be {key.wanted}", hint))


def _regex_ok(node: Node, name: str, problems: list[Problem]) -> bool:
    if node.kind != "scalar" or not isinstance(node.value, str):
        problems.append(Problem(node.line, node.column, "R007", f"{name} is {_shown(node)}, but must be a regular expression"))
        return False
    text = node.value
    wrong = bad_regex(text, lines=name != "pattern")
    if wrong and name == "pattern" and len(text) <= MAX_PATTERN and looks_like_glob(text):
        hint = f"write glob: {quoted(text)}"
        problems.append(
            Problem(node.line, node.column, "R005", f"{quoted(text)} is a glob, but pattern takes a regular expression", hint)
        )
    elif wrong:
        problems.append(Problem(node.line, node.column, "R003", wrong))
    elif wrong := slow(text):
        problems.append(Problem(node.line, node.column, "R009", wrong, ADVICE))
    return not wrong


def _glob_ok(node: Node, problems: list[Problem], *, only: bool = False) -> bool:
    """`only`: the glob stands by itself, so there is nothing that a `!` could take back."""
    if node.kind != "scalar" or not isinstance(node.value, str):
        problems.append(Problem(node.line, node.column, "R007", f"a glob is {_shown(node)}, but must be text"))
        return False
    wrong, hint = bad_glob(node.value)
    if only and node.value.startswith("!"):
        wrong, hint = (
            f"{quoted(node.value)} takes back a match, but a rule has only this one glob",
            "write a later rule for these paths",
        )
    if wrong:
        problems.append(Problem(node.line, node.column, "R003", wrong, hint))
    return not wrong


def _literal(value: object) -> str:
    return quoted(value) if isinstance(value, str) else repr(value)


def _did_you_mean(name: object, known: Sequence[str], *, listed: bool = True) -> str:
    from difflib import get_close_matches

    close = get_close_matches(name.lower().replace("-", "_"), known, 1) if isinstance(name, str) else []
    if close:
        return f"did you mean {close[0]}?"
    return "known here: " + ", ".join(known) if known and listed else ""


def _shown(node: Node) -> str:
    if node.empty:
        return "empty"
    if node.kind != "scalar":
        return "a list" if node.kind == "list" else "a table"
    text = "null" if node.value is None else str(node.value).lower() if isinstance(node.value, bool) else _literal(node.value)
    return text if len(text) <= 60 else text[:57] + "..."
