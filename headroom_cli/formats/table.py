r"""Tables of lines: CSV, TSV, and columns by width as kubectl, docker, ps, df and psql print them.

    NAME    READY  STATUS            RESTARTS     NAME    READY  STATUS            RESTARTS
    web-1   1/1    Running           0            web-1   1/1    Running           0
    web-2   1/1    Running           0            [L3-4]
    web-3   1/1    Running           0            web-4   0/1    CrashLoopBackOff  57
    web-4   0/1    CrashLoopBackOff  57

Rows are weighed as records: rare values, failures, severities, extremes of numbers, the first and the last. The header always stays. Short
columns that are the same in all rows of a CSV are taken off and said once in Headroom's own header.
"""

from __future__ import annotations

import re
from array import array
from collections import Counter
from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple

from headroom_cli.formats import plain
from headroom_cli.text.regex import compiled

if TYPE_CHECKING:
    from collections.abc import Iterator

    from headroom_cli.model import Document
    from headroom_cli.settings import Settings
    from headroom_cli.stages.blocks import Block
    from headroom_cli.stages.lines import Lines
    from headroom_cli.stages.proposal import Proposal
    from headroom_cli.stages.sheet import Sheet
    from headroom_cli.text.envelope import Envelope
    from headroom_cli.text.records import Census
    from headroom_cli.tokens import TokenCounter

__all__ = ["NAME", "about", "read", "score"]

NAME = "table"
about = "CSV, TSV and columns by width (kubectl get, docker ps, ps aux, df, psql): rows by weight"

LEAST_ROWS = 8
"""Rows from which a table is known without a line that names its columns."""
MANY = 30
"""Rows from which a cell of another sort than the others of its column stands out."""
MARKS = "\t,;|"
"""What parts the cells of a line."""
SAMPLE = 200
"""Lines from which a table's layout is found."""
MOST_CONSTANT = 48
"""Characters of `name=value` of constant columns that the header has room for."""


class Layout(NamedTuple):
    """How the lines of a table are cut into cells."""

    kind: str  # "," ";" "\t" "|": delimited; "wide": two or more blanks; "words": blanks, the last column takes the rest; "psql"
    head: int  # the line that names the columns; -1: none does
    names: tuple[str, ...]

    def cells(self, line: str) -> list[str]:
        """The cells of one line."""
        if self.kind == "words":
            return line.split(None, len(self.names) - 1)
        if self.kind == "wide":
            return [part for part in compiled(r"\s{2,}|\t").split(line.strip()) if part]
        if self.kind == "psql":
            return [part.strip() for part in line.strip().strip("|").split("|")]
        return _delimited(line, self.kind)


def _delimited(line: str, mark: str) -> list[str]:
    if '"' not in line:
        return line.split(mark)
    cells, at = [], 0
    pattern = compiled(f'"((?:[^"]|"")*)"(?={re.escape(mark)}|$)|[^{re.escape(mark)}]*')
    while at <= len(line):
        found = pattern.match(line, at)
        assert found is not None
        cells.append(found[1].replace('""', '"') if found[1] is not None else found[0])
        at = found.end() + 1
    return cells


def find_layout(lines: Sequence[str]) -> tuple[Layout | None, float]:
    """The layout of a table that these lines begin, and the share of them that have it."""
    rows = [line for line in lines if line.strip()][:SAMPLE]
    if len(rows) < 4:
        return None, 0.0
    found = [_psql(rows), *(_by_mark(rows, mark) for mark in MARKS), _wide(rows), _words(rows)]
    best = max(found, key=lambda pair: pair[1])
    return best if best[0] is not None else max((_headless(rows, mark) for mark in MARKS), key=lambda pair: pair[1])


def _header_like(cells: Sequence[str]) -> bool:
    """Whether cells could be names of columns: all there, short, different, none a number."""
    clean = [cell.strip().strip('"') for cell in cells]
    return all(clean) and len(set(clean)) == len(clean) and all(len(cell) < 48 and not compiled(r"[-+]?[\d.,:%/-]+").fullmatch(cell) for cell in clean)


def _by_mark(rows: Sequence[str], mark: str) -> tuple[Layout | None, float]:
    if mark not in rows[0]:
        return None, 0.0
    names = _delimited(rows[0], mark)
    if len(names) < (2 if mark == "\t" else 3) or not _header_like(names):
        return None, 0.0
    if any(len(name.split()) > 5 for name in names) or (mark == "," and sum(name.startswith(" ") for name in names) > len(names) // 2):
        return None, 0.0
    share = sum(len(_delimited(row, mark)) == len(names) for row in rows[1:]) / (len(rows) - 1)
    return Layout(mark, 0, tuple(name.strip().strip('"') for name in names)), share if share >= 0.8 else 0.0


def _headless(rows: Sequence[str], mark: str) -> tuple[Layout | None, float]:
    """Rows without a line that names their columns: as many cells in all of them, and in most columns one sort of value, numbers or dates too."""
    if mark not in rows[0]:
        return None, 0.0
    cells = [_delimited(row, mark) for row in rows]
    width = len(cells[0])
    same = [row for row in cells if len(row) == width]
    if width < 3 or len(rows) < LEAST_ROWS or len(same) < 0.97 * len(cells):
        return None, 0.0
    sorts = [Counter(map(_sort, column)).most_common(1)[0] for column in zip(*same, strict=True)]
    even = [sort for sort, count in sorts if count >= 0.9 * len(same) and sort != "text"]
    if len(even) < max(2, width // 2) or not {"number", "date"} & set(even):
        return None, 0.0
    return Layout(mark, -1, tuple(map(str, range(1, width + 1)))), 0.97 * len(same) / len(cells)


def _sort(cell: str) -> str:
    """What sort of value it is: empty, number, date, word or text."""
    cell = cell.strip()
    if compiled(r"[-+]?[\d.,]*\d%?").fullmatch(cell):
        return "number"
    return "date" if compiled(r"\d{1,4}[-/.]\d\d?[-/.]\d{1,4}(?:[T ][\d:.Z+-]+)?").fullmatch(cell) else "word" if compiled(r"[\w@.+:/%~-]+").fullmatch(cell) else "text" if cell else ""


def _psql(rows: Sequence[str]) -> tuple[Layout | None, float]:
    for at, row in enumerate(rows[:4]):
        if at and "-+-" in row and compiled(r"\s*\+?-{2,}(?:\+-{2,})+\+?\s*").fullmatch(row):
            head = at - 1
            names = tuple(part.strip() for part in rows[head].strip().strip("|").split("|"))
            share = sum(line.count("|") >= len(names) - 1 for line in rows[at + 1 :]) / max(1, len(rows) - at - 1)
            return (Layout("psql", head, names), min(1.0, share + 0.02)) if share >= 0.7 else (None, 0.0)
    return None, 0.0


def _wide(rows: Sequence[str]) -> tuple[Layout | None, float]:
    names = Layout("wide", 0, ()).cells(rows[0])
    if len(names) < 3 or not _header_like(names) or rows[0][:1].isspace() or not all(compiled(r"[A-Z%#][\w %#()/.-]*").fullmatch(name) for name in names):
        return None, 0.0
    share = sum(len(names) - 1 <= len(Layout("wide", 0, ()).cells(row)) <= len(names) for row in rows[1:]) / (len(rows) - 1)
    return Layout("wide", 0, tuple(names)), share if share >= 0.85 else 0.0


def _words(rows: Sequence[str]) -> tuple[Layout | None, float]:
    names = rows[0].split()
    if len(names) < 4 or not all(compiled(r"%?[A-Z\d][\w%/()-]*|on").fullmatch(name) for name in names):
        return None, 0.0
    names = names[:-1] if names[-1] == "on" else names
    upper = sum(name.isupper() for name in names) / len(names)
    share = sum(len(row.split()) >= len(names) for row in rows[1:]) / (len(rows) - 1)
    if sum(_stands_below(rows[0], row) for row in rows[1:]) < 0.7 * (len(rows) - 1):
        return None, 0.0
    return Layout("words", 0, tuple(names)), share * 0.95 if share >= 0.9 and (upper > 0.8 or _aligned(rows[1:])) else 0.0


def _stands_below(head: str, row: str) -> bool:
    """Whether at least half of the names but the first have a word of the row below their first or their last character."""
    names, cells = ([found.span() for found in compiled(r"\S+").finditer(line)] for line in (head, row))
    starts, ends = {start for start, _ in cells}, {end for _, end in cells}
    return 2 * sum(start in starts or end in ends for start, end in names[1:]) >= len(names) - 1


def _aligned(rows: Sequence[str]) -> bool:
    """Whether there are at least three columns of blanks through all rows."""
    width = min(len(row) for row in rows)
    blank = [all(row[at] == " " for row in rows[:50]) for at in range(width)]
    return sum(1 for at in range(1, width) if blank[at] and not blank[at - 1]) >= 3


def score(lines: Sequence[bytes], envelope: Envelope) -> tuple[float, str]:
    """How sure (0-1) that these sampled lines are a table, and what says so."""
    if len(lines) < 4 or lines[0].lstrip()[:1] in (b"{", b"[", b"<"):
        return 0.0, ""
    if envelope.layers:
        return _timed(lines)
    layout, share = find_layout([line.decode("utf-8", "replace") for line in lines[:SAMPLE]])
    if layout is None or share < 0.8:
        return 0.0, ""
    kinds = {",": "CSV", ";": "CSV", "\t": "TSV", "|": "CSV", "wide": "columns by width", "words": "columns by width", "psql": "a query's result"}
    return share * 0.94, f"{share:.0%} of sampled lines have {len(layout.names)} cells of {kinds[layout.kind]}"


def _timed(lines: Sequence[bytes]) -> tuple[float, str]:
    """Whether what was taken for a log's timestamp is the first column of TSV: the head names one more column than the bodies have."""
    names = lines[0].decode("utf-8", "replace").split("\t")
    share = sum(line.count(b"\t") == len(names) - 2 for line in lines[1:]) / (len(lines) - 1)
    if len(names) < 3 or share < 0.95 or not _header_like(names):
        return 0.0, ""
    return share * 0.94, f"{share:.0%} of sampled lines have {len(names)} cells of TSV, the first a time"


class _Trimmed:
    """Lines without the columns that are the same in all of them."""

    __slots__ = ("gone", "lines", "mark")

    def __init__(self, lines: Lines, mark: str, gone: frozenset[int]) -> None:
        self.lines = lines
        self.mark = mark.encode()
        self.gone = gone

    def __len__(self) -> int:
        return len(self.lines)

    def body(self, line: int) -> bytes:
        """One line without these columns."""
        cells = self.lines.body(line).split(self.mark)
        return self.mark.join(cell for at, cell in enumerate(cells) if at not in self.gone)

    def bodies(self, first: int, stop: int) -> list[bytes]:
        """Lines `first` to `stop` (exclusive)."""
        return [self.body(line) for line in range(first, stop)]


def read(document: Document, envelope: Envelope, settings: Settings, counter: TokenCounter, pack_dirs: Sequence[str]) -> Proposal:
    """Rows by weight under their header; plain text where no table begins here."""
    from headroom_cli.stages.lines import Lines
    from headroom_cli.stages.sheet import Sheet

    lines = Lines(document)
    layout, _ = find_layout([lines.text(line) for line in range(min(len(lines), SAMPLE))])
    if layout is None:
        return plain.read(document, envelope, settings, counter, pack_dirs)
    sheet = Sheet(document, counter, lines)
    sheet.draft.noun = "rows"
    head = _head_line(lines, layout)
    rows = _Rows(lines, layout, head)
    census = _weigh(sheet, rows, layout, head)
    if settings.query:
        _ask(sheet, settings.query)
    if layout.kind in MARKS and len(rows) == len(lines) - head - 1 and all(len(cells) == len(layout.names) for _, cells in rows):
        _take_constants(sheet, layout, census)
    return sheet.finish(settings, name=lambda block: lines.text(block.head).strip()[:40])


def _head_line(lines: Lines, layout: Layout) -> int:
    """The line that names the columns, among all lines; -1: none does."""
    shown = -1
    if layout.head < 0:
        return -1
    for line in range(len(lines)):
        if lines.text(line).strip():
            shown += 1
            if shown == layout.head:
                return line
    return 0


class _Rows:
    """(line, cells) of all lines below the header that are no rulers or blank, read anew each time: cells take ten times the text."""

    __slots__ = ("_layout", "_lines", "places")

    def __init__(self, lines: Lines, layout: Layout, head: int) -> None:
        ruler = compiled(r"[\s+|:=-]*")
        self._lines, self._layout = lines, layout
        self.places = array("I", (line for line in range(head + 1, len(lines)) if not ruler.fullmatch(lines.text(line))))

    def __len__(self) -> int:
        return len(self.places)

    def __iter__(self) -> Iterator[tuple[int, list[str]]]:
        return ((line, self._layout.cells(self._lines.text(line))) for line in self.places)


def _weigh(sheet: Sheet, rows: _Rows, layout: Layout, head: int) -> Census:
    from headroom_cli.model import Risk
    from headroom_cli.stages.blocks import Block
    from headroom_cli.text.records import Census

    census = Census()
    for _, cells in rows:
        census.add(zip(layout.names, cells, strict=False))
    census.close()
    sheet.first = list(range(head + 1))
    told = bytearray(len(sheet.lines))
    for line in rows.places:
        told[line] = 1
    for line in range(head + 1, len(sheet.lines)):
        sheet.needs[line] = head
        if not told[line]:
            sheet.weights[line] = 0.2 if sheet.lines.text(line).strip() else 0.0
            sheet.risks[line] = Risk.CONTENT if head >= 0 and line == head + 1 else Risk.NOISE
    odd = _odd(rows, len(layout.names)) if layout.kind in MARKS else frozenset()
    blocks: list[Block] = []
    for place, (line, cells) in enumerate(rows):
        pairs = list(zip(layout.names, cells, strict=False))
        weight, kind = census.weigh(pairs, place, census.top)
        if len(cells) != len(layout.names) and layout.kind in MARKS:
            weight += 1.0  # a row that is not like the others
        elif line in odd:
            weight += 4.0  # text among numbers, nothing among names
        elif layout.kind == "psql" and compiled(r"\(\d+ rows?\)|\d+ rows? in set.*").fullmatch(sheet.lines.text(line).strip()):
            weight += 8.0  # how many there were
        sheet.weights[line] = weight
        if kind and len(blocks) < 2_000:
            blocks.append(Block(line, line + 1, line, kind, "cause", weight))
    sheet.blocks = sorted({block.head: block for block in [*blocks, *_strangers(sheet, rows, layout, head)]}.values(), key=lambda block: block.head)
    return census


def _strangers(sheet: Sheet, rows: _Rows, layout: Layout, head: int) -> list[Block]:
    """What is no row: lines with another number of cells; of columns that blanks part, lines that sound like a failure where hardly any does."""
    from headroom_cli.stages.strangers import heed, rare, trailing

    texts, width = sheet.lines.texts(), len(layout.names)
    if layout.kind not in ("psql", *MARKS):
        return heed(sheet, texts, [line for line in rare(sheet.lines, named=True) if line > head])
    own = [(layout.kind != "psql" and len(cells) == width) or (layout.kind == "psql" and "|" in texts[line]) for line, cells in rows]
    last = max((line for line, fits in zip(rows.places, own, strict=True) if fits), default=-1)
    if last >= 0 and sum(own) > len(own) // 2:
        trailing(sheet, texts, last)
        return heed(sheet, texts, [line for line, fits in zip(rows.places, own, strict=True) if not fits])
    return []


def _odd(rows: _Rows, width: int) -> frozenset[int]:
    """Lines with a cell of another sort than nearly all of its column."""
    sorts: list[Counter[str]] = [Counter() for _ in range(width)]
    even = 0
    for _, cells in rows:
        if len(cells) == width:
            even += 1
            for column, cell in enumerate(cells):
                sorts[column][_sort(cell)] += 1
    usual = {column: found.most_common(1)[0] for column, found in enumerate(sorts) if even >= MANY}
    strict = {column: sort for column, (sort, count) in usual.items() if count >= 0.97 * even and sort != "text" and count < even}
    if not strict:
        return frozenset()
    return frozenset(line for line, cells in rows if len(cells) == width and any(_sort(cells[column]) != sort for column, sort in strict.items()))


def _ask(sheet: Sheet, query: str) -> None:
    from headroom_cli.stages.sheet import spread
    from headroom_cli.text.query import Query

    scores = Query(query).scores(sheet.lines.texts())
    spread(sheet, scores, 8.0, reach=0)
    top = max(scores, default=0.0)
    best = sorted((line for line, score in enumerate(scores) if score > 0.7 * top > 0), key=lambda line: (-scores[line], line))
    sheet.first = [*sheet.first, *best[:3]]


def _take_constants(sheet: Sheet, layout: Layout, census: Census) -> None:
    """Columns of one short value go from every line, as far as the header has room to say so."""
    said: list[str] = []
    gone: set[int] = set()
    quoted = any('"' in sheet.lines.text(line) for line in range(len(sheet.lines)))
    for at, name in enumerate(layout.names):
        column = census.columns.get(name)
        if column is None or column.values is None or len(column.values) != 1 or column.seen < 8 or quoted:
            continue
        text = f"{name}={next(iter(column.values))}"
        if len(", ".join([*said, text])) <= MOST_CONSTANT and not set(text) & set(";[]"):
            said.append(text)
            gone.add(at)
    if said and len(gone) < len(layout.names):
        sheet.draft.units = _Trimmed(sheet.lines, layout.kind, frozenset(gone))
        sheet.draft.facts = [f"cut: columns {', '.join(said)}"]
