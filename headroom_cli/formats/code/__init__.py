"""Source code: heads stay, bodies go to a marker in the language's comment syntax.

    import os                               import os
    def size(path, follow=True):            def size(path, follow=True):
        \"\"\"Bytes of a file.\"\"\"                  \"\"\"Bytes of a file.\"\"\"
        if not follow:                          # [L4-6]
            return os.lstat(path).st_size
        return os.stat(path).st_size

Signatures, decorators, types, imports, constants, the first line of docstrings and comments that warn weigh most; with a question
the functions that answer it stay whole.
"""

from __future__ import annotations

from array import array
from math import sqrt
from typing import TYPE_CHECKING

from headroom_cli.formats.code.grammar import LANGUAGES, cues, indent_of, innermost, language_of
from headroom_cli.model import Risk
from headroom_cli.settings import STRATEGIES, target_tokens
from headroom_cli.stages.lines import Lines
from headroom_cli.stages.select import MARKER_TOKENS, NEVER
from headroom_cli.stages.sheet import Sheet
from headroom_cli.text.regex import compiled

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from headroom_cli.formats.code.grammar import Definition, Language, Outline
    from headroom_cli.model import Document
    from headroom_cli.settings import Settings
    from headroom_cli.text.envelope import Envelope
    from headroom_cli.tokens import TokenCounter

__all__ = ["NAME", "about", "read", "score"]

NAME = "code"
about = "source code: Python, JavaScript, TypeScript, Go, Rust, Java, C, C++"

HEAD, INNER_HEAD, IMPORT, STATEMENT, MEMBER, DOC, WARNING_NOTE, BODY = 8.0, 1.0, 2.0, 1.6, 1.4, 1.8, 3.0, -6.0
MOST_SMALL, FEW = 0.08, 60
"""Share of a file's tokens that imports, constants or warnings may take before all else; tokens that they may take in a short file."""
MOST_DECLARED = 0.02
"""The same of what a file declares without a body, where heads are most of it."""
MOST_OPENING = 80
"""Lines in which a licence is looked for."""
SAMPLED = 240
"""Lines that detection looks at."""
MOST_LINES = 3
"""Constants and attributes that are called what a question asks for, and are held."""
_CONSTANT = r"\s*(?:[a-z]+ )*([\w.$]+)\s*(?::[^=]*)?=(?!=)"
MOST_PARSED = 1 << 20
"""Characters of a file up to which a parser reads it."""
MOST_HEADS = 0.35
"""Share of a file's tokens that whole heads may take."""
LONG_DATA = 24
"""Lines of one literal from which its middle is detail."""
LONG_DOC = 12
"""Lines of a docstring from which what follows its third line is detail."""
_NOTES = ("TO" + "DO", "FIX" + "ME", "SAFETY", "HACK", "XX" + "X:", "WARNING", "BUG:")
_RIGHTS = ("copyright", "licen", "spdx", "permission is hereby", "all rights reserved", "redistribution", "warrant")
_DIFF = (b"+", b"-", b"@@ ", b"diff --git ", b"index ")


def score(lines: Sequence[bytes], envelope: Envelope) -> tuple[float, str]:
    """How sure (0-1) that these sampled lines are source code, and what says so."""
    if envelope.layers or len(lines) < 4 or lines[0].lstrip()[:1] in (b"{", b"[", b"<"):
        return 0.0, "no source code"
    if sum(1 for line in lines if line.startswith(_DIFF)) > 0.2 * len(lines) or sum(1 for line in lines if line.startswith(b"```")) > 1:
        return 0.0, "no source code"
    texts = [text.decode("utf-8", "replace") for line in lines[:SAMPLED] if (text := line.strip())]
    best, name, named = 0.0, "", 0
    for language in LANGUAGES.values():
        strong, usual = cues(texts, language)
        if strong >= 3 and strong + 0.6 * usual > best:
            best, name, named = strong + 0.6 * usual, language.name, strong
    if named < 3 or named < 0.02 * len(texts):
        return 0.0, "too few lines begin as code does"
    shaped = sum(1 for text in texts if text[-1] in "{}();,:[]" or text.startswith(("//", "#", "*", "/*", "@")) or " = " in text or "; //" in text) / len(texts)
    share = best / len(texts)
    if share + 0.15 * shaped < 0.17 or shaped < 0.45:
        return 0.0, f"{share:.0%} of sampled lines begin as code does"
    return min(0.97, 0.4 + share + 0.4 * shaped), f"{share:.0%} of sampled lines begin as {name} does"


def read(document: Document, _envelope: Envelope, settings: Settings, counter: TokenCounter, _pack_dirs: Sequence[str]) -> Sheet:
    """Lines with the weights of what they are in the file's outline."""
    lines = Lines(document)
    texts = lines.texts()
    sheet = Sheet(document, counter, lines)
    language = language_of(document.name, texts) or LANGUAGES["c"]
    outline = _outline(texts, language)
    owners = _owners(outline, len(texts))
    _weigh(sheet, texts, outline, owners, language)
    _risk(sheet, texts, outline, owners)
    ranks = array("d", (round(weight, 3) for weight in sheet.weights))  # what each line is, before questions and groups change its weight
    chosen, lines_asked = _answers(sheet, texts, outline, owners, settings)
    _group(sheet, outline)
    _first(sheet, outline, ranks, chosen, lines_asked, settings)
    return sheet.finish(settings, wrap=_marking(sheet, texts, outline, language))


def _outline(texts: Sequence[str], language: Language) -> Outline:
    """By the language's parser; of a file whose tree would take a hundred times its size, by a scan."""
    parsed = sum(map(len, texts)) + len(texts) <= MOST_PARSED
    if language.name == "python":
        from headroom_cli.formats.code import python as grammar_python

        return grammar_python.outline(texts, parsed)
    from headroom_cli.formats.code import braces as grammar_braces
    from headroom_cli.formats.code import trees as grammar_trees

    return (grammar_trees.outline(texts, language) if parsed else None) or grammar_braces.outline(texts, language)


def _owners(outline: Outline, size: int) -> array[int]:
    """The innermost definition of each line, -1 outside of all."""
    places = {id(own): place for place, own in enumerate(outline.definitions)}
    return array("i", (-1 if own is None else places[id(own)] for own in innermost(outline.definitions, size)))


def _weigh(sheet: Sheet, texts: Sequence[str], outline: Outline, owners: Sequence[int], language: Language) -> None:
    """Weights by what a line is; lines that tell the same share a family."""
    heads = {line: own for own in outline.definitions for line in range(own.first, own.head + 1)}
    sheet.needs[:] = outline.needs
    for line, text in enumerate(texts):
        stripped = text.strip()
        own = outline.definitions[owners[line]] if owners[line] >= 0 else None
        if not stripped:
            weight = -8.0
        elif line in heads:
            weight = HEAD if heads[line].outer else INNER_HEAD if heads[line].name else BODY
        elif outline.comments[line]:
            weight = WARNING_NOTE if any(note in stripped for note in _NOTES) else _comment(line, texts, outline, heads, own)
        elif own is not None and own.kind == "function":
            weight = BODY
        elif own is not None:
            weight = MEMBER if stripped.strip("{}()[];,") else -1.0
            _together(sheet, line, owners[line])
        elif outline.parts[line]:
            weight = 0.0  # what its first line says counts: here a string may say anything
        elif stripped.startswith(language.imports) or "require(" in stripped:
            weight = IMPORT
            _together(sheet, line, len(outline.definitions))
        else:
            weight = STATEMENT if text[:1].strip() and stripped.strip("{}()[];,") else 0.0
        sheet.weights[line] = weight
    for first, last in outline.docs:
        own = outline.definitions[owners[first]] if owners[first] >= 0 else None
        shown = min(last, first + (texts[first].strip().strip("rRuUbB") in ('"""', "'''")))
        for line in range(first, last + 1):
            sheet.weights[line] = BODY
        if own is None or own.outer:
            sheet.weights[shown] = DOC


def _together(sheet: Sheet, line: int, family: int) -> None:
    sheet.families_of[line] = len(sheet.lines) + family
    sheet.slow[line] = 1


def _comment(line: int, texts: Sequence[str], outline: Outline, heads: dict[int, Definition], own: Definition | None) -> float:
    """The first sentence above an outer head tells; a comment inside a body goes with it."""
    if own is not None and own.kind == "function":
        return BODY
    before = outline.comments[line - 1] if line else 0
    alone = not before or texts[line - 1].strip() in ("/**", "/*", "/*!", "///", "#", "//")
    if not alone or not any(letter.isalnum() for letter in texts[line]):
        return -3.0
    below = line
    while below < len(texts) - 1 and outline.comments[below]:
        below += 1
    return DOC if below in heads and heads[below].outer else 0.5


def _risk(sheet: Sheet, texts: Sequence[str], outline: Outline, owners: Sequence[int]) -> None:
    """Blank runs and licences are noise; comments that restate the next line and the middle of long data are detail."""
    size = len(texts)
    for line in range(1, size):
        if not texts[line].strip() and not texts[line - 1].strip() and not outline.parts[line]:
            sheet.risks[line] = Risk.NOISE
        if outline.comments[line] and line + 1 < size and _restates(texts[line], texts[line + 1]):
            sheet.risks[line] = Risk.DETAIL
    for begin, last in outline.docs:
        if last - begin >= LONG_DOC:
            sheet.risks[begin + 3 : last] = bytes([Risk.DETAIL]) * (last - begin - 3)
    _licence(sheet, texts, outline)
    first = 0
    while first < size:
        last = first
        while last < size and texts[last].rstrip().endswith(",") and indent_of(texts[last]) == indent_of(texts[first]) and not _in_class(outline, owners[last]):
            last += 1
        for line in range(first + 3, last - 1) if last - first >= LONG_DATA else ():
            sheet.risks[line] = Risk.DETAIL
        first = max(last, first + 1)


def _in_class(outline: Outline, owner: int) -> bool:
    return owner >= 0 and outline.definitions[owner].kind == "class"


def _licence(sheet: Sheet, texts: Sequence[str], outline: Outline) -> None:
    """The licence's first line stays; its text is known. What else the comments at a file's start say is no part of it."""
    said = False
    for paragraph in _opening(texts, outline):
        first = next((line for line in paragraph if _of_rights(texts[line])), None)
        if first is None:
            continue
        if not said:
            sheet.weights[first], said = WARNING_NOTE, True
            paragraph = range(first + 1, paragraph.stop)
        if any(_of_rights(texts[line]) for line in paragraph):
            for line in paragraph:
                sheet.risks[line] = Risk.NOISE


def _opening(texts: Sequence[str], outline: Outline) -> Iterator[range]:
    """The paragraphs of the comments that a file begins with."""
    first = 0
    for line in range(min(len(texts), MOST_OPENING)):
        if texts[line].strip() and not outline.comments[line]:
            yield range(first, line)
            return
        if not any(map(str.isalnum, texts[line])):
            yield range(first, line)
            first = line + 1


def _of_rights(text: str) -> bool:
    return any(word in text.lower() for word in _RIGHTS)


def _restates(comment: str, code: str) -> bool:
    """Whether every word of a short comment stands in the line below: `# increment the counter` over `counter.increment()`."""
    words = [word for word in comment.lower().strip("#/* \t.").replace("_", " ").split() if word not in ("the", "a", "an", "to", "of", "and", "for", "is", "this", "we", "it")]
    return 0 < len(words) <= 6 and all(len(word) > 2 and word.rstrip("s") in code.lower() for word in words)


def _answers(
    sheet: Sheet, texts: Sequence[str], outline: Outline, owners: Sequence[int], settings: Settings
) -> tuple[list[Definition], list[int]]:
    """The definitions that answer the question, best first, as many as the target holds, and the few lines outside of functions that do, as
    constants; other lines weigh more."""
    if not settings.query:
        return [], []
    from headroom_cli.text.query import Query

    query = Query(settings.query)
    asked = set("".join(letter if letter.isalnum() or letter in "_$~" else " " for letter in settings.query).split())
    found: list[tuple[float, Definition]] = []
    scores = query.scores([" ".join([*texts[own.first : own.stop], own.name, own.name]) for own in outline.definitions])
    for own, value in zip(outline.definitions, scores, strict=True):
        parts = own.name.split(".")
        if own.kind == "function" and value > 0:
            named = parts[-1] in asked and len(parts[-1]) > 2
            found.append((value * (3.0 if named else 1.0) * (2.0 if named and parts[-2:-1] and parts[-2] in asked else 1.0), own))
    lines = query.scores(texts)
    top = max(lines, default=0.0)
    for line, value in enumerate(lines) if top else ():
        if value > 0.5 * top:
            sheet.weights[line] = max(sheet.weights[line], 4.0 * value / top)
    outside = (line for line, value in enumerate(lines) if value > 0.3 * top and (owners[line] < 0 or outline.definitions[owners[line]].kind != "function"))
    constants = ((line, name[1]) for line in outside if (name := compiled(_CONSTANT).match(texts[line])))
    wanted = [line for line, name in constants if name in asked or len(query.terms.keys() & Query(name).terms.keys()) >= 2]
    held = sorted(wanted, key=lambda line: (-lines[line], line))[:MOST_LINES]
    for line in held:
        sheet.risks[line], sheet.weights[line] = Risk.CONTENT, max(sheet.weights[line], 6.0)
    return _within(sheet, sorted(found, key=lambda pair: (-pair[0], pair[1].first)), settings), held


def _within(sheet: Sheet, found: Sequence[tuple[float, Definition]], settings: Settings) -> list[Definition]:
    """The best definition, and those at least half as good that fit into a third of the target."""
    total = sum(sheet.tokens)
    room = (target_tokens(STRATEGIES[settings.strategy], total) or total) / 3
    chosen: list[Definition] = []
    for value, own in found:
        size = sheet.cost(own.first, own.stop)
        if value < 0.5 * found[0][0] or (chosen and size > room):
            break
        if not chosen and size > 0.5 * total and size > 3 * room:
            continue  # nearly all of the file: its lines by weight tell more
        room -= size
        chosen.append(own)
    for own in chosen:
        for line in range(own.first, min(own.stop, len(sheet.risks))):
            sheet.risks[line] = Risk.CONTENT
            sheet.weights[line] = max(sheet.weights[line], 6.0)
    return chosen


def _group(sheet: Sheet, outline: Outline) -> None:
    """A statement's weight stands at its last line, which needs all others; what a stage may cut is needed by nothing."""
    for first, last in [*outline.groups, *outline.docs]:
        if last > first:
            weight, tokens = max(sheet.weights[first : last + 1]), max(1, sheet.cost(first, last + 1))
            sheet.weights[last] = weight * sqrt(max(1, sheet.tokens[last]) / tokens) if weight > 0 else weight
            for line in range(first, last):
                sheet.weights[line] = NEVER
    for head, carrier in outline.carriers.items():
        sheet.weights[carrier] = max(sheet.weights[head], sheet.weights[carrier])
        sheet.weights[head] = NEVER
    for first, last in outline.docs:
        if last > first:
            shown = first + 1 if last > first + 1 and not any(letter.isalnum() for letter in sheet.lines.text(first)[3:]) else first
            sheet.needs[last] = shown
    for line, needed in enumerate(sheet.needs):
        while needed >= 0 and sheet.risks[needed] < Risk.CONTENT:
            needed = sheet.needs[needed]
        sheet.needs[line] = needed


def _first(
    sheet: Sheet, outline: Outline, ranks: Sequence[float], chosen: Sequence[Definition], asked: Sequence[int], settings: Settings
) -> None:
    """What selection takes before all else: answers whole, then the heads of all outer definitions with what they need."""
    lines: dict[int, None] = {}
    for own in chosen:
        for line in range(own.first, min(own.stop, len(sheet.needs))):
            _needed(sheet, line, lines)
    anchors = dict(outline.groups)
    for line in asked:
        for each in range(line, anchors.get(line, line) + 1):
            _needed(sheet, each, lines)
    if settings.strategy != "aggressive":
        outer = [own for own in outline.definitions if own.outer]
        brief = not any(number >= 0 for number in outline.statements) and sum(sheet.cost(own.first, own.head + 1) + MARKER_TOKENS for own in outer) > MOST_HEADS * sum(sheet.tokens)
        for own in outer:
            for line in _shown(sheet, own, brief):
                _needed(sheet, line, lines)
        for wanted in _small(sheet, outline, ranks, brief):
            for line in wanted:
                _needed(sheet, line, lines)
    sheet.first = array("I", lines)


def _small(sheet: Sheet, outline: Outline, ranks: Sequence[float], brief: bool) -> list[list[int]]:
    """Imports, constants and comments that warn: each kind where it is a small part of the file; `brief`: where it is short, and what warns."""
    size = len(sheet.lines)
    anchors = dict(outline.groups)
    kinds: dict[float, list[int]] = {IMPORT: [], STATEMENT: [], WARNING_NOTE: []}
    for line in range(size):
        last = anchors.get(line, line)
        kind = ranks[line]
        if kind in kinds and sheet.risks[line] == Risk.CONTENT:
            kinds[kind] += range(line, last + 1)
    total = sum(sheet.tokens)
    room = {kind: FEW if brief and kind != WARNING_NOTE else max(FEW, int(MOST_SMALL * total)) for kind in kinds}
    if brief:  # what a file declares outside of its classes, as declarations of types do
        kinds[HEAD] = [line for own in outline.definitions if own.outer and "." not in own.name and _declared(sheet, own) for line in range(own.first, own.stop)]
        room[HEAD] = max(FEW, int(MOST_DECLARED * total))
    return [lines for kind, lines in kinds.items() if sum(sheet.tokens[line] for line in lines) <= room[kind]]


def _shown(sheet: Sheet, own: Definition, brief: bool) -> Sequence[int]:
    """The lines of a head; `brief`, where heads are most of a file: the one with the name, none where there is no body to stand for."""
    if not brief:
        return range(own.first, own.head + 1)
    name = own.name.rsplit(".", 1)[-1].encode()
    named = [line for line in range(own.first, own.head + 1) if name in sheet.lines.body(line)]
    line = named[-1] if named else own.head
    for other in range(own.first, own.head + 1):
        sheet.weights[other], sheet.needs[other] = (HEAD, -1) if other == line else (BODY, line)
    return () if _declared(sheet, own) else (line,)


def _declared(sheet: Sheet, own: Definition) -> bool:
    """Whether a definition is a line without a body."""
    return own.stop == own.head + 1 and sheet.lines.body(own.head).rstrip().endswith((b";", b","))


def _needed(sheet: Sheet, line: int, lines: dict[int, None]) -> None:
    """`line` after all that it needs."""
    chain = []
    while line >= 0 and line not in lines and line not in chain:
        chain.append(line)
        line = sheet.needs[line]
    lines.update(dict.fromkeys(reversed(chain)))


def _marking(sheet: Sheet, texts: Sequence[str], outline: Outline, language: Language) -> Callable[[bytes, int, int], bytes]:
    """Markers as comments at the indent of what was cut, behind `...` where a block of Python would be empty."""
    keep, comment = sheet.draft.keep, language.comment

    def wrap(marker: bytes, first: int, stop: int) -> bytes:
        cut = next((line for line in range(first, stop) if outline.statements[line] >= 0 and not outline.parts[line]), -1)
        place = cut if cut >= 0 else next((line for line in range(first, stop) if texts[line].strip()), first)
        indent = indent_of(texts[place]) if texts[place].strip() else ""
        empty = ""
        if cut >= 0:
            head, low, high = outline.suites[outline.statements[cut]]
            if head >= 0 and keep[head] and not any(keep[line] and outline.statements[line] == outline.statements[cut] for line in range(low, high)):
                empty = "...  "
        return f"{indent}{empty}{comment} ".encode("utf-8", "surrogateescape") + marker

    return wrap
