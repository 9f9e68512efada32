"""Definitions of languages with braces, without a parser: a scan that knows strings, comments and brackets.

What stands between a `{` and the last `;`, `{` or `}` before it says what the brace opens:

    export class Cache<T> extends Base {         a class
      get(key: string): T | undefined {          a function in it
        if (!this.map.has(key)) { return }       neither
"""

from __future__ import annotations

import re
from array import array
from bisect import bisect_right
from functools import lru_cache
from itertools import accumulate
from typing import TYPE_CHECKING

from headroom_cli.formats.code.grammar import Definition, Outline, innermost
from headroom_cli.stages.lines import joined

if TYPE_CHECKING:
    from collections.abc import Sequence

    from headroom_cli.formats.code.grammar import Language

__all__ = ["finish", "outline"]

_COMMENT = r"//[^\n]*|/\*.*?(?:\*/|\Z)"
_PLAIN = r"\"(?:\\.|[^\"\\\n])*\"?"
_STRINGS = {
    "rust": r"\bb?r(#*)\".*?\"\2|\"(?:\\.|[^\"\\])*\"|'(?:\\[^'\n]{1,8}|[^'\\\n])'",
    "go": _PLAIN + r"|`[^`]*`|'(?:\\.|[^'\\\n])+'",
    "java": r"\"\"\".*?\"\"\"|" + _PLAIN + r"|'(?:\\.|[^'\\\n])+'",
    "c": _PLAIN + r"|\b[0-9][0-9a-fA-FxX']*|'(?:\\.|[^'\\\n])+'",
    "cpp": r"\bR\"(\w*)\(.*?\)\2\"|" + _PLAIN + r"|\b[0-9][0-9a-fA-FxX']*|'(?:\\.|[^'\\\n])+'",
    "javascript": _PLAIN + r"|'(?:\\.|[^'\\\n])*'?|`(?:\\.|[^`\\])*`|(?P<regex>/(?![/*])(?:\\.|\[(?:\\.|[^\]\\\n])*\]|[^/\\\n\[])+/[a-z]*)",
}
_DIRECTIVE = r"(?m:^[ \t]*#(?:\\\n|[^\n])*)"  # of the preprocessor
_CONTROL = frozenset(["if", "for", "while", "switch", "catch", "else", "do", "try", "with", "return", "match", "loop", "unsafe", "select", "case", "default", "finally", "synchronized", "defer", "go", "throw", "new", "await", "yield", "when", "foreach"])
_HOLDS = r"(?:^|[\s(])(class|struct|interface|enum|union|namespace|impl|trait|mod|module|record|@interface|extern\s*(?:\"[^\"]*\"|\"))(?=[\s<{]|$)"
_GOES_ON = ("extends ", "implements ", "=>", ":", "?", ".", "|", "&", "=", ")", ",", "//", "*", "/*", "<", ">", "]", "where ")
_MOST = 3000  # characters of a head


@lru_cache(maxsize=8)
def _tokens(name: str) -> re.Pattern[str]:
    strings = _STRINGS["javascript" if name == "typescript" else name]
    start = f"({_COMMENT})|" + (f"(?:{strings}|{_DIRECTIVE})" if name in ("c", "cpp") else f"(?:{strings})")
    return re.compile(start + r"|([{}()\[\];,])", re.DOTALL)


@lru_cache(maxsize=1)
def _holds() -> re.Pattern[str]:
    return re.compile(_HOLDS)


class _Frame:
    """One open bracket."""

    __slots__ = ("above", "definition", "kind", "opener", "outer", "since")

    def __init__(self, opener: str, kind: str, since: int, definition: int, below: _Frame | None = None) -> None:
        self.opener = opener
        self.kind = kind  # class | function | object | block | group (not a brace)
        self.since = since  # where the statement in it begins
        self.definition = definition  # its place in the definitions, -1
        self.above: int = definition if definition >= 0 else below.above if below else -1  # the innermost definition it is in
        self.outer: bool = kind in ("class", "object", "group") and (below is None or below.outer)  # in nothing but classes


def outline(texts: Sequence[str], language: Language) -> Outline:
    """The outline of a file's lines."""
    out = Outline(len(texts))
    text = joined(texts)
    starts = array("Q", [0])
    starts.extend(accumulate(len(line) + 1 for line in texts))
    _scan(text, starts, language, out)
    finish(texts, out)
    return out


def _scan(text: str, starts: array[int], language: Language, out: Outline) -> None:
    """Follow the brackets."""
    frames = [_Frame("", "class", 0, -1)]
    pattern, at = _tokens(language.name), 0
    while (found := pattern.search(text, at)) is not None:
        at = found.end()
        if found.lastgroup == "regex" and not _begins_value(text, found.start()):
            at = found.start() + 1
        elif found[1] is not None:
            _comment(text, starts, found.start(), found.end(), out)
        elif (sign := found[found.re.groups]) is not None:
            _bracket(sign, found.start(), text, starts, frames, out, language)


def _begins_value(text: str, at: int) -> bool:
    """Whether a slash here opens a regular expression, by what stands before it."""
    before = text[max(0, at - 40) : at].rstrip()
    return not before or before[-1] in "(,=:[!&|?{};+-*%<>~^" or before.endswith(("return", "typeof", "case", "=>"))


def _comment(text: str, starts: array[int], first: int, end: int, out: Outline) -> None:
    low, high = bisect_right(starts, first) - 1, bisect_right(starts, end - 1) - 1
    for line in range(low, high + 1):
        before = text[starts[line] : first] if line == low else ""
        after = text[end : starts[line + 1] - 1] if line == high else ""
        if not before.strip() and not after.strip():
            out.comments[line] = 1


def _bracket(sign: str, at: int, text: str, starts: array[int], frames: list[_Frame], out: Outline, language: Language) -> None:
    top = frames[-1]
    if sign in "([":
        frames.append(_Frame(sign, "group", at + 1, -1, frames[-1]))
    elif sign == "{":
        frames.append(_opened(at, text, starts, frames, out, language))
    elif sign in ")]}":
        if len(frames) == 1 or (sign == "}") != (top.opener == "{"):
            if sign != "}" or not any(frame.opener == "{" for frame in frames):
                return  # closes nothing we saw
            while frames[-1].opener != "{":
                frames.pop()
            top = frames[-1]
        frames.pop()
        if top.definition >= 0:
            out.definitions[top.definition] = out.definitions[top.definition]._replace(stop=bisect_right(starts, at))
        if sign == "}" and top.kind not in ("object", "group"):
            frames[-1].since = at + 1
    elif sign == ";" or (top.kind in ("object", "group") and sign == ","):
        top.since = at + 1


def _opened(at: int, text: str, starts: array[int], frames: list[_Frame], out: Outline, language: Language) -> _Frame:
    """What the brace at `at` opens; a definition is added."""
    top = frames[-1]
    since = _skipped(text, top.since, at)
    if language.name in ("javascript", "typescript", "go"):
        since = _last_statement(text, since, at)
    head = " ".join(_bare(text[since:at]).split()) if at - since < _MOST else ""
    kind, name = _kind(head, language.name, top.kind)
    place = -1
    if kind in ("class", "function") and name is not None:
        above = out.definitions[top.above] if top.above >= 0 else None
        first, last = bisect_right(starts, since) - 1, bisect_right(starts, at) - 1
        place = len(out.definitions)
        inside = f"{above.name}.{name}" if above and above.name and name else name
        out.definitions.append(Definition(first, last, len(starts) - 1, inside, kind, top.outer and bool(name)))
    return _Frame("{", kind, at + 1, place, top)


def _last_statement(text: str, since: int, at: int) -> int:
    """Where the last statement before `at` begins if line ends may end statements: at the last line whose brackets are balanced."""
    first = at if at - since < _MOST else since
    while first > since:
        first = text.rfind("\n", since, first)
        if first < 0:
            return since
        piece = text[first:at]
        begins = piece.lstrip()
        if begins and not begins.startswith(_GOES_ON) and all(piece.count(a) == piece.count(b) for a, b in ("()", "[]", "{}")):
            return first + len(piece) - len(begins)
    return since


def _skipped(text: str, since: int, at: int) -> int:
    """Where after blanks, comments and directives the statement begins."""
    return since + len(_blank().match(text[since:at])[0])  # type: ignore[index]


@lru_cache(maxsize=1)
def _blank() -> re.Pattern[str]:
    return re.compile(rf"(?:\s+|{_COMMENT}|#(?!\[)(?:\\\n|[^\n])*|(?:public|private|protected)\s*:(?!:))*", re.DOTALL)


def _bare(head: str) -> str:
    return re.sub(_COMMENT, " ", head, flags=re.DOTALL) if "/" in head else head


def _kind(head: str, language: str, around: str) -> tuple[str, str | None]:
    """What a brace after `head` opens, and the name of what is defined; None: nothing worth naming."""
    head = _plain_head(head, language)
    head = re.sub(r"@[\w.]+(?:\s*\((?:[^()\"]|\"[^\"]*\")*\))?\s*(?!\w*interface)", "", head) if "@" in head and "@interface" not in head else head
    words = head.replace("(", " ( ", 1).split(" ", 3)
    if not head:
        return ("block" if around == "function" else "object"), None
    if words[0] in _CONTROL and not (words[0] in ("unsafe", "default") and "fn " in head):
        return ("object" if head.endswith(("(", "=", "return")) else "block"), None
    found = None if "=>" in head else _holds().search(head.split("(")[0] if language != "java" else head.split(" =")[0].split("(")[0] if "@" not in head else head)
    if found and " = " not in head[: found.start()] and not (language in ("c", "cpp") and head.endswith(")") and found[1] in ("struct", "enum", "union")):
        rest = re.findall(r"[\w$:.]+", head[found.end() :])
        before = re.findall(r"([\w$]+)\s*(?:\[.*\]\s*)?$", head[: found.start()]) if language == "go" else []
        rest = rest[1:] if found[1] == "enum" and rest[:1] in (["class"], ["struct"]) else rest
        name = before[-1] if before else (rest[rest.index("for") + 1] if found[1] == "impl" and "for" in rest[:-1] else rest[0] if rest else "")
        return "class", name
    return _function(head, language)


def _plain_head(head: str, language: str) -> str:
    """A head without what may stand before it and hold brackets or `=`: parameters of templates, attributes."""
    if language == "rust":
        return re.sub(r"^(?:#!?\[(?:[^\[\]]|\[[^\]]*\])*\]\s*)+", "", head)
    while language in ("c", "cpp") and head.startswith("template"):
        depth = 0
        for at in range(len("template"), len(head)):
            depth += (head[at] == "<") - (head[at] == ">" and head[at - 1] != "-")
            if head[at] == ">" and depth <= 0:
                break
        else:
            return head
        head = re.sub(r"^requires\s+(?:\((?:[^()]|\([^()]*\))*\)|[\w:]+(?:<[^<>]*>)?)\s*", "", head[at + 1 :].lstrip())
    return head


def _function(head: str, language: str) -> tuple[str, str | None]:
    macro = re.match(r"macro_rules!\s*(\w+)", head) if language == "rust" else None
    if macro:
        return "function", macro[1]
    called = re.match(r"(?:[^()=]*?\b)?(?:func\b\s*(?:\([^)]*\)\s*)?|fn\s+|function\b\s*\*?\s*)([\w$]+)", head)
    if called:
        return "function", called[1]
    assigned = re.match(r"(?:.*?[\s.])??([\w$#]+)\s*(?::[^=]*)?[=:]\s*(?:async\s*)?(?:function\b.*|\(.*=>|[\w$]+\s*=>)$", head)
    if assigned and language in ("javascript", "typescript"):
        return "function", assigned[1]
    if head.endswith("=>") or re.search(r"\bfunction\b[^()]*\(.*\)$", head) or (language == "go" and re.search(r"\bfunc\s*\(", head)):
        return "function", ""
    if head[-1] in "=([,:?&|" or re.search(r"(?:^|\s)=\s", head.split("(")[0]):
        return "object", None
    operator = re.search(r"\boperator\b\s*(?:\(\)|[^()]+?)(?=\s*\()", head) if language == "cpp" and ")" in head else None
    if operator:
        return "function", operator[0]
    plain = re.match(r"(?:[^()]*[\s*&.:>])?(~?[\w$#]+|\[[^\]]*\])\s*(?:<.*?>)?\s*\(", head)
    if plain and ")" in head and plain[1] not in _CONTROL:
        return "function", plain[1]
    return ("object" if language != "java" else "block"), None


def finish(texts: Sequence[str], out: Outline) -> None:
    """What follows from definitions and comments alone: attributes above heads, groups, needs."""
    out.definitions.sort(key=lambda each: (each.first, -each.stop))
    for place, own in enumerate(out.definitions):
        first = own.first
        while first and texts[first - 1].lstrip().startswith(("@", "#[")) and not texts[first - 1].lstrip().startswith("@interface") and not out.comments[first - 1]:
            first -= 1
        own = out.definitions[place] = own._replace(first=first)
        for line in range(own.first + 1, own.head + 1):
            out.needs[line] = line - 1
            out.parts[line] = 1
        if own.head > own.first:
            out.groups.append((own.first, own.head))
    heads = {line for own in out.definitions for line in range(own.first + 1, own.head + 1)}
    for line, inside in enumerate(innermost(out.definitions, len(texts), below=True)):
        if inside is not None and line not in heads:
            out.needs[line] = inside.head
