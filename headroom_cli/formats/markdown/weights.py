"""What each line of a text with headings is worth: commands and headings first, prose by what it says.

    Run `make all` before anything else.     holds a command, says "before"     2.9 and more
    It has been used for years.              goes on                            0.1 and more
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from headroom_cli.formats.markdown.kinds import BADGE, BLANK, CODE, COMMENT, FENCE, HEADING, ITEM, MATTER, NAVIGATION, PROSE, ROW, TABLE_HEAD, TARGET
from headroom_cli.model import Risk
from headroom_cli.settings import STRATEGIES
from headroom_cli.text.prose import central, sentences, shortened, summary, telling
from headroom_cli.text.regex import compiled

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from headroom_cli.formats.markdown.listings import Listings
    from headroom_cli.settings import Settings
    from headroom_cli.stages.sheet import Sheet

__all__ = ["first_lines", "paragraphs", "said_of", "shorten", "weigh"]

_COMMANDS = r"^[\s>*+-]*(?:\d+[.)]\s+)?(?:\$|>|%|#) ?\w|`(?:\./|\$ )?[a-z][\w./-]* [^`]+`"
_RUN = r"\s*(?:- )?(?:run|script|command|cmd): *(?:[|>][+-]?\s*$|\S)"
_SHELL = frozenset(("", "bash", "sh", "shell", "console", "zsh", "fish", "powershell", "ps1", "cmd", "bat", "shell-session", "sh-session", "terminal", "dockerfile", "makefile", "text", "none"))
MOST_HEADINGS = 0.15
MOST_TABLES = 0.05
MOST_CODE = 0.5
"""Shares of a document's tokens that headings, heads of tables and code may take before all else."""
LONG_LINE = 60
"""Tokens from which a line of prose is shortened by sentences; where only detail may go, three times as many."""
TABLE = 4.0
"""Weight of the line that names a table's columns: what its rows are about, even where none is shown."""
MOST_ANSWER, LEAST_ANSWER, FEW_ANSWERS = 0.05, 120, 8
"""The same of the lines that answer a question best, what they may take at least, and how many may answer it half as well."""
MOST_PROSE, LONG_TEXT = 20_000, 150
"""Lines of prose up to which all are held against each other; characters from which one of more is read by its sentences."""
CENTRAL = 0.6
"""Weight of the line of prose that has most in common with the others."""


class Said(NamedTuple):
    """The sentences of a line of prose, and what each is worth for itself (0-1.5) and for what all are about (0-1)."""

    parts: list[str]
    telling: list[float]
    central: list[float]


def said_of(texts: Sequence[str], kinds: Sequence[int]) -> dict[int, Said]:
    """What each line of prose says; nothing where they are too many to be held against each other."""
    prose = [line for line, kind in enumerate(kinds) if kind in (PROSE, ITEM)]
    if len(prose) > MOST_PROSE:
        return {}
    parts = {line: sentences(texts[line]) for line in prose}
    shares = iter(central([part for own in parts.values() for part in own]))
    return {line: Said(own, [telling(part) for part in own], [next(shares) for _ in own]) for line, own in parts.items()}


def _long(texts: Sequence[str], kinds: Sequence[int]) -> Iterator[tuple[int, Said]]:
    """What each long line of prose says by itself."""
    for line, kind in enumerate(kinds):
        if kind in (PROSE, ITEM) and len(texts[line]) > LONG_TEXT:
            parts = sentences(texts[line])
            yield line, Said(parts, [telling(part) for part in parts], [0.0] * len(parts))


def weigh(sheet: Sheet, texts: Sequence[str], kinds: Sequence[int], opened: dict[int, tuple[int, str]], said: dict[int, Said]) -> None:
    """Weights by kind; what goes on needs what it goes on from; noise by kind."""
    lead = True  # nothing but headings since the last heading
    tables = len(texts)
    for line, (text, kind) in enumerate(zip(texts, kinds, strict=True)):
        if kind == HEADING:
            level = len(text) - len(text.lstrip("#"))
            sheet.weights[line], lead = 6.5 - 0.5 * max(1, level), True
            if not level and line and kinds[line - 1] == HEADING and text[:1] == text[1:2]:
                sheet.needs[line - 1], sheet.weights[line - 1], sheet.needs[line] = line, 5.5, -1
        elif kind in (PROSE, ITEM):
            goes_on = kind == PROSE and line > 0 and kinds[line - 1] in (PROSE, ITEM)
            sheet.needs[line] = line - 1 if goes_on else -1
            first = 1.0 if lead else 0.0
            shared = max(said[line].central) if line in said else 0.0
            sheet.weights[line] = (0.1 if goes_on else 0.4) + first + telling(text) + CENTRAL * shared + (2.5 if compiled(_COMMANDS).search(text) else 0.0)
            lead = lead and goes_on
        elif kind in (CODE, FENCE):
            sheet.weights[line] = 2.5
            sheet.needs[line] = opened[line][0] if line in opened and opened[line][0] != line else -1
        elif kind in (ROW, TABLE_HEAD):
            tables = line if kind == TABLE_HEAD and kinds[line - 1] != TABLE_HEAD else tables
            sheet.weights[line] = (TABLE if line == tables else 2.5) if kind == TABLE_HEAD else 0.6 + 0.5 * telling(text)
            sheet.needs[line] = line - 1 if kind == TABLE_HEAD and line > tables else tables if kind == ROW and tables < line else -1
            sheet.families_of[line], sheet.slow[line] = (len(texts) + tables, 1) if kind == ROW else (line, 0)
        else:
            sheet.weights[line] = -6.0
        sheet.risks[line] = _risk(line, kinds)


def _risk(line: int, kinds: Sequence[int]) -> Risk:
    kind = kinds[line]
    if kind in (BADGE, COMMENT) or (kind == BLANK and line and kinds[line - 1] == BLANK):
        return Risk.NOISE
    return Risk.DETAIL if kind in (MATTER, NAVIGATION, TARGET) else Risk.CONTENT


def shorten(
    sheet: Sheet, texts: Sequence[str], kinds: Sequence[int], said: dict[int, Said], settings: Settings, scores: Sequence[float]
) -> None:
    """Long lines of prose by sentences: without their least telling run, or as long as `summary_length_ratio` lets them be."""
    free = STRATEGIES[settings.strategy].ceiling == Risk.CONTENT
    least = LONG_LINE if free else 3 * LONG_LINE
    wanted = set(settings.query.lower().split()) if settings.query else set()
    top = max(scores, default=0.0)
    for line, own in said.items() or _long(texts, kinds):
        if sheet.tokens[line] < least or len(own.parts) < 2 or "[... " in texts[line] or (top and scores[line] > 0.8 * top):
            continue
        asked = [1.0 if wanted & set(part.lower().split()) else 0.0 for part in own.parts]
        weights = [tells + CENTRAL * shared + asks for tells, shared, asks in zip(own.telling, own.central, asked, strict=True)]
        ratio = settings.summary_length_ratio
        shorter = shortened(weights, own.parts) if ratio is None or not free else summary(weights, own.parts, ratio)
        if shorter is not None:
            sheet.shorter[line] = Risk.DETAIL, shorter.encode("utf-8", "surrogateescape")


def paragraphs(kinds: Sequence[int]) -> list[range]:
    """Runs of lines of prose; an item of a list is one of its own."""
    out: list[range] = []
    for line, kind in enumerate(kinds):
        if kind == PROSE and out and out[-1].stop == line:
            out[-1] = range(out[-1].start, line + 1)
        elif kind in (PROSE, ITEM):
            out.append(range(line, line + 1))
    return out


def first_lines(
    sheet: Sheet, kinds: Sequence[int], opened: dict[int, tuple[int, str]], texts: Sequence[str], settings: Settings, listings: Listings,
    scores: Sequence[float],
) -> None:  # fmt: skip
    """What answers a question best and commands come before all else, other code with them where there is room; then headings."""
    code = [line for line, kind in enumerate(kinds) if kind in (CODE, FENCE) and line not in listings.languages]
    shell, runs = [line for line in code if _is_shell(line, opened, texts)], _runs(opened, texts)
    taken = set(shell)
    total = max(1, sum(sheet.tokens))
    if sum(sheet.tokens[line] for line in {*shell, *runs}) <= MOST_CODE * total:
        shell = [line for line in code if line in taken or line in runs]
        taken = set(shell)
    rest = [*(line for line in code if line not in taken), *listings.first]
    if settings.strategy == "aggressive":
        for line in shell:
            sheet.weights[line] = 5.0
        return
    first = shell if sum(sheet.tokens[line] for line in shell) <= MOST_CODE * total else []
    for line in shell:
        sheet.weights[line] = 6.0
    if first and sum(sheet.tokens[line] for line in (*shell, *rest)) > MOST_CODE * total:
        rest = []
    chosen = [*first, *rest] if first or sum(sheet.tokens[line] for line in rest) <= MOST_CODE * total else []
    few: list[int] = []
    for orders in (_orders(sheet, texts, kinds, (ITEM, PROSE)), _orders(sheet, texts, kinds, (ITEM,))):
        if not few and sum(sheet.tokens[line] for line in orders) <= MOST_HEADINGS * total:
            few = orders
    sheet.first = [*_answer(sheet, scores, kinds, total), *_frame(sheet, kinds, total), *few, *sorted(chosen)]


def _answer(sheet: Sheet, scores: Sequence[float], kinds: Sequence[int], total: int) -> list[int]:
    """The lines that answer a question best, each with what it needs and of a heading what answers under it, where that is little and
    hardly another line answers it."""
    top = max(scores, default=0.0)
    near = sorted((line for line, score in enumerate(scores) if score > 0.5 * top), key=lambda line: (-scores[line], line))
    room = max(MOST_ANSWER * total, LEAST_ANSWER)
    out: dict[int, None] = {}
    for line in near if len(near) <= FEW_ANSWERS else near[:1]:
        for wanted in (line, *(_under(scores, kinds, line) if kinds[line] == HEADING else ())):
            chain = _chain(sheet, wanted, out)
            cost = sum(sheet.tokens[each] for each in chain)
            if cost <= room:
                room -= cost
                out.update(dict.fromkeys(chain))
    return list(out)


def _chain(sheet: Sheet, line: int, known: dict[int, None]) -> list[int]:
    """`line` after what it needs and what is not there yet."""
    chain: list[int] = []
    while line >= 0 and line not in chain and line not in known and sheet.risks[line] == Risk.CONTENT:
        chain.append(line)
        line = sheet.needs[line]
    return chain[::-1]


def _under(scores: Sequence[float], kinds: Sequence[int], heading: int) -> list[int]:
    """The lines under a heading that answer best, at most three; the first ones where none does."""
    stop = next((line for line in range(heading + 1, len(kinds)) if kinds[line] == HEADING and kinds[line - 1] != HEADING), len(kinds))
    lines = [line for line in range(heading + 1, stop) if kinds[line] in (PROSE, ITEM, CODE, ROW)]
    return sorted(lines, key=lambda line: (-scores[line], line))[:3]


def _orders(sheet: Sheet, texts: Sequence[str], kinds: Sequence[int], wanted: Sequence[int]) -> list[int]:
    """Lines of these kinds that hold a command, each after the lines that its sentence begins in."""
    out: dict[int, None] = {}
    for line, kind in enumerate(kinds):
        if kind in wanted and compiled(_COMMANDS).search(texts[line]):
            chain = [line]
            while sheet.needs[chain[-1]] >= 0 and len(chain) < 4:
                chain.append(sheet.needs[chain[-1]])
            out.update(dict.fromkeys(reversed(chain)))
    return list(out)


def _runs(opened: dict[int, tuple[int, str]], texts: Sequence[str]) -> set[int]:
    """Lines of YAML listings that hold a command: `run: make`, and what is indented under `run: |`."""
    out: set[int] = set()
    depth = -1
    for line, (_, language) in opened.items():
        text = texts[line]
        indent = len(text) - len(text.lstrip())
        if language not in ("yaml", "yml"):
            depth = -1
        elif compiled(_RUN).match(text):
            out.add(line)
            depth = indent
        elif depth >= 0 and text.strip():
            depth = depth if indent > depth else -1
            out.update([line] if depth >= 0 else [])
    return out


def _frame(sheet: Sheet, kinds: Sequence[int], total: int) -> list[int]:
    """The headings and the heads of tables, where they are no large part of the text, and the sentence that says what the document is."""
    headings = [line for line, kind in enumerate(kinds) if kind == HEADING]
    heads = [line for line, kind in enumerate(kinds) if kind == TABLE_HEAD and kinds[line - 1 : line] != [TABLE_HEAD]]
    lead = next((line for line, kind in enumerate(kinds) if kind == PROSE), -1)
    frame = headings if sum(sheet.tokens[line] for line in headings) <= MOST_HEADINGS * total else []
    frame += heads if sum(sheet.tokens[line] for line in heads) <= MOST_TABLES * total else []
    return [*frame, lead] if lead >= 0 and sheet.tokens[lead] <= MOST_HEADINGS * total else frame


def _is_shell(line: int, opened: dict[int, tuple[int, str]], texts: Sequence[str]) -> bool:
    """Whether a line of code stands in a fence for a shell, or in none that says what it is."""
    return (opened[line][1] if line in opened else "") in _SHELL and (line in opened or bool(texts[line].strip()))
