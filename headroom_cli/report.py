"""What a run tells about its savings: one row per file, rendered for a screen, a pipe, a page or a program.

    Row("build.log", Result(..., original_tokens=41210, compressed_tokens=4012, format="ci_log"))
    ->  build.log: ci_log, 41,210 -> 4,012 tokens, 90.3 % saved, quality 0.94, balanced

Nothing is rounded in the run's favour: a result larger than its source shows a negative saving, and a number that was
estimated and not counted carries `~`. Only the table for a terminal colours, draws boxes and shortens paths.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from headroom_cli.model import Result

__all__ = [
    "GITHUB_ROWS", "KINDS", "Row", "Totals", "as_json", "ascii_table", "clean", "dump", "github", "line",
    "markdown", "number", "percent", "render", "table", "totals",
]  # fmt: skip

KINDS = ("none", "line", "table", "json", "markdown", "github")

GITHUB_ROWS = 100
"""A step summary holds 1 MiB; a reader holds less."""

_HEAD = ("file", "format", "rule", "before", "after", "saved")
_TEXTS = 3  # of these are text, the others numbers


class Row(NamedTuple):
    """One file of a report. `result` with `skipped` is a file that an earlier run did ("unchanged")."""

    name: str
    result: Result | None = None
    error: str = ""  # why the file failed
    skipped: str = ""  # why nothing was written for it
    output: str = ""  # the file that was written, "" for stdout
    headings: int = 0  # tokens of the lines between the outputs of several files, with one of them


class Totals(NamedTuple):
    """Sums over the rows that have a result."""

    files: int
    before: int  # tokens
    after: int
    exact: bool
    failed: int
    skipped: int

    @property
    def savings_pct(self) -> float:
        """Percent of all tokens saved, negative where the output grew."""
        return round(100 * (1 - self.after / self.before), 2) if self.before else 0.0


def totals(rows: Iterable[Row]) -> Totals:
    """Add the rows up. A row that failed or was skipped without a result adds no tokens."""
    files = before = after = failed = skipped = 0
    exact = True
    for row in rows:
        failed += bool(row.error)
        skipped += bool(row.skipped)
        if row.result is None or row.error:
            continue
        files += 1
        before += row.result.original_tokens
        after += row.result.compressed_tokens + row.headings
        exact = exact and row.result.exact
    return Totals(files, before, after, exact, failed, skipped)


def number(value: int, exact: bool = True) -> str:
    """A count of tokens with thousands separators, `~` before an estimate."""
    return f"{'' if exact else '~'}{value:,}"


def percent(value: float, exact: bool = True) -> str:
    """A percentage with one decimal and its sign, `~` before an estimate."""
    return f"{'' if exact else '~'}{value:.1f} %"


def clean(text: str) -> str:
    r"""Text for a message: control characters as `\x1b`, so that a file's name cannot steer a terminal or break a row.

    Bytes that are no text stand as `\xff`.
    """
    if text.isprintable():
        return text
    return "".join(f"\\x{ord(c) - 0xDC00:02x}" if "\udc80" <= c <= "\udcff" else c if c.isprintable() else repr(c)[1:-1] for c in text)


def render(kind: str, rows: Sequence[Row], width: int = 0, colour: bool = False) -> str:
    """The report `kind` (one of KINDS) as text ending in a newline, "" for `none`; `width` as `columns` gives it."""
    if kind == "line":
        lines = [line(row) for row in rows]
        if len(rows) > 1:
            lines.append(_sum_line(totals(rows)))
        return "".join(f"{text}\n" for text in lines)
    if kind == "table":
        return table(rows, width, colour) if width else ascii_table(rows)
    if kind == "json":
        return dump(as_json(rows))
    if kind == "markdown":
        return markdown(rows)
    return github(rows) if kind == "github" else ""


def line(row: Row) -> str:
    """One row as one sentence, without a newline."""
    name, result = clean(row.name), row.result
    if row.error:
        return f"{name}: failed: {clean(row.error)}"
    if result is None:
        return f"{name}: skipped: {clean(row.skipped)}"
    before = number(result.original_tokens, result.exact)
    if result.reason:
        return f"{name}: {result.format}, {before} tokens, unchanged: {clean(result.reason)}"
    parts = [
        f"{name}: {result.format}, {before} -> {number(result.compressed_tokens, result.exact)} tokens",
        f"{percent(result.savings_pct, result.exact)} saved",
        f"quality {result.quality:.2f}",
        result.strategy,
    ]
    if result.redacted:
        parts.append(f"redacted: {sum(count for _, count in result.redacted)}")
    if result.blocks.found:
        shown = f"{result.blocks.shown} shown"
        parts.append(f"evidence: {shown}, {result.blocks.named} named" if result.blocks.named else f"evidence: {shown}")
    if row.skipped:
        parts.append(f"{clean(row.skipped)} since the last run")
    return ", ".join(parts)


def _sum_line(total: Totals) -> str:
    sums = f"{number(total.before, total.exact)} -> {number(total.after, total.exact)} tokens"
    return f"total: {_files(total.files)}, {sums}, {percent(total.savings_pct, total.exact)} saved"


def _files(count: int) -> str:
    return f"{count:,} file" if count == 1 else f"{count:,} files"


def _cells(row: Row) -> tuple[str, ...]:
    result = row.result
    if result is None or row.error:
        return clean(row.name), "-", "-", "-", "-", "failed" if row.error else "skipped"
    return (
        clean(row.name),
        result.format,
        clean(result.rule) or "-",
        number(result.original_tokens, result.exact),
        number(result.compressed_tokens, result.exact),
        percent(result.savings_pct, result.exact),
    )


def _sum_cells(total: Totals) -> tuple[str, ...]:
    return (
        f"total ({_files(total.files)})",
        "",
        "",
        number(total.before, total.exact),
        number(total.after, total.exact),
        percent(total.savings_pct, total.exact),
    )


def _notes(rows: Sequence[Row]) -> list[str]:
    """What stands below a table: what an earlier run did, what was skipped, what failed."""
    same = sum(row.result is not None and bool(row.skipped) for row in rows)
    notes = [f"{_files(same)} unchanged since the last run"] if same else []
    notes += [f"skipped: {clean(r.name)}: {clean(r.skipped)}" for r in rows if r.skipped and r.result is None]
    return notes + [f"failed: {clean(r.name)}: {clean(r.error)}" for r in rows if r.error]


def ascii_table(rows: Sequence[Row]) -> str:
    """A table for a pipe or a CI log: plain characters, whole paths, no colour."""
    from headroom_cli.grid import plain

    text = plain(_HEAD, [_cells(row) for row in rows], _sum_cells(totals(rows)), left=_TEXTS)
    return text + "".join(f"{note}\n" for note in _notes(rows))


def table(rows: Sequence[Row], width: int, colour: bool = False) -> str:
    """A table for a terminal of `width` columns; long paths lose their middle."""
    notes = [("red" if note.startswith("failed") else "yellow", note) for note in _notes(rows)]
    cells, tones = [_cells(row) for row in rows], [_tone(row) for row in rows]
    total = _sum_cells(totals(rows))
    from headroom_cli.grid import drawn

    return drawn(_HEAD, cells, total, left=_TEXTS, width=width, colour=colour, tones=tones, notes=notes)


def _tone(row: Row) -> str:
    if row.result is None:
        return "red" if row.error else "yellow"
    saved = row.result.savings_pct
    return "green" if saved > 0 else "red" if saved < 0 else ""


def markdown(rows: Sequence[Row]) -> str:
    """The whole table as GitHub-flavoured Markdown, in the rows' order."""
    return _markdown(rows, totals(rows), _notes(rows))


def github(rows: Sequence[Row]) -> str:
    """A step summary: a heading and at most GITHUB_ROWS rows, failures and the least saved first."""
    ranked = sorted(rows, key=lambda row: (not row.error, row.result.savings_pct if row.result else 101.0))
    notes = _notes(rows)
    notes = [*notes[:GITHUB_ROWS], f"... and {len(notes) - GITHUB_ROWS:,} more"] if len(notes) > GITHUB_ROWS else notes
    if len(ranked) > GITHUB_ROWS:
        notes.insert(0, f"{len(ranked) - GITHUB_ROWS:,} more files, which saved more, are not shown")
    return "### Headroom\n\n" + _markdown(ranked[:GITHUB_ROWS], totals(rows), notes)


def _markdown(rows: Sequence[Row], total: Totals, notes: Sequence[str]) -> str:
    lines = [" | ".join(("", *_HEAD, "")).strip(), "|:---|:---|:---|---:|---:|---:|"]
    for cells in map(_cells, rows):
        lines.append(" | ".join(("", *map(_escape, cells), "")).strip())
    lines.append(" | ".join(("", *(f"**{cell}**" if cell else "" for cell in _sum_cells(total)), "")).strip())
    if notes:
        lines += ["", *(f"- {_escape(note)}" for note in notes)]
    return "\n".join(lines) + "\n"


def _escape(text: str) -> str:
    """Text that Markdown shows as it is, also inside a table's cell."""
    return "".join(f"\\{c}" if c in "\\`*[]<>|" else c for c in text)


def as_json(rows: Sequence[Row]) -> dict[str, object]:
    """The report for a program: `version`, `files` in order, `totals`."""
    total = totals(rows)
    return {
        "version": 1,
        "files": [_row_json(row) for row in rows],
        "totals": {
            "files": total.files,
            "failed": total.failed,
            "skipped": total.skipped,
            "original_tokens": total.before,
            "compressed_tokens": total.after,
            "savings_pct": total.savings_pct,
            "exact": total.exact,
        },
    }


def _row_json(row: Row) -> dict[str, object]:
    answer: dict[str, object] = {"name": row.name, "status": _status(row)}
    if row.output:
        answer["output"] = row.output
    if row.error:
        return answer | {"error": row.error}
    if row.skipped:
        answer["skipped"] = row.skipped
    result = row.result
    if result is None:
        return answer
    return answer | {
        "format": result.format,
        "strategy": result.strategy,
        "rule": result.rule,
        "original_tokens": result.original_tokens,
        "compressed_tokens": result.compressed_tokens,
        "savings_pct": result.savings_pct,
        "quality": result.quality,
        "exact": result.exact,
        "tokenizer": result.tokenizer,
        "reason": result.reason,
        "blocks": {
            "found": result.blocks.found,
            "shown": result.blocks.shown,
            "named": result.blocks.named,
            "kinds": dict(result.blocks.kinds),
        },
        "redacted": dict(result.redacted),
        "warnings": list(result.warnings),
    }


def _status(row: Row) -> str:
    if row.error:
        return "failed"
    if row.skipped:
        return "skipped" if row.result is None else "unchanged"
    return "passed" if row.result is not None and row.result.reason else "compressed"


def dump(value: object) -> str:
    """`value` as indented JSON in ASCII: safe for any stream, undecodable bytes of a path as `\\udcXX`."""
    import json

    return json.dumps(value, indent=2) + "\n"
