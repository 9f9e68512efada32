"""`headroom compress-batch`: many files into a folder, with a table of what was saved.

    headroom compress-batch --input './ci-logs/*.log' --output ./compressed-logs/ --strategy conservative --max-savings 70

What is read and what each file becomes is decided in `headroom_cli.batch`; this module holds the arguments, the order of the
work and the exit code.
"""

from __future__ import annotations

import argparse
import os
import sys
from typing import TYPE_CHECKING

from headroom_cli.cli.options import add_strength, jobs, overrides, percent
from headroom_cli.cli.session import Session, colour, complain, config_of, note, packs_of, put, say, warn
from headroom_cli.errors import ConfigError, InputError, Refused, UsageError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from headroom_cli.batch import Inputs, Job
    from headroom_cli.manifest import Entry
    from headroom_cli.report import Row
    from headroom_cli.rules import Plan

__all__ = ["build", "run"]

_KINDS = ("none", "line", "table", "json", "markdown", "github")


def build(parser: argparse.ArgumentParser) -> None:
    """Add the command's arguments."""
    parser.description = (
        "Compress every file that the GLOBs match into DIR, under the same names and folders below their common root. Rules "
        "hold per path, limits per file. A later run does again only what has changed. A file that fails is a warning and "
        "exit code 3; the others are done.\n\nA GLOB is a file, a folder (every file below it) or a pattern with *, ? and **, "
        "quoted or expanded by the shell."
    )
    parser.epilog = "\n".join(
        (
            "headroom compress-batch --input './ci-logs/*.log' --output ./compressed-logs/",
            "headroom compress-batch --input ci-logs/ --output out/ -s conservative --max-savings 70",
            "headroom compress-batch --input '**/*.log' --output out/ --report markdown --report-file savings.md",
        )
    )
    _add_input(parser)
    add_strength(parser)
    _add_output(parser)
    _add_report(parser)


def _add_input(parser: argparse.ArgumentParser) -> None:
    group = parser.add_argument_group("input")
    group.add_argument("--input", metavar="GLOB", action="append", help="what to read; may be repeated")
    group.add_argument("inputs", metavar="GLOB", nargs="*", help="further inputs")
    group.add_argument("--allow-empty", action="store_true", help="exit 0, not 2, where nothing matches")


def _add_output(parser: argparse.ArgumentParser) -> None:
    group = parser.add_argument_group("output")
    group.add_argument("--output", metavar="DIR", required=True, help="the folder to write to; it is made where it is missing")
    group.add_argument("--suffix", metavar="TEXT", default="", help="put TEXT before the extension: .min makes build.min.log")
    group.add_argument("--flat", action="store_true", help="all outputs in DIR itself, without folders")
    group.add_argument("--skip-existing", action="store_true", help="leave alone what is there, even if it is out of date")
    group.add_argument("--fail-fast", action="store_true", help="stop at the first file that fails")
    group.add_argument("-j", "--jobs", metavar="N", type=jobs, help="processes; as many as processors. The output is the same")
    group.add_argument("--strict", action="store_true", help="exit 1 if there was a warning")


def _add_report(parser: argparse.ArgumentParser) -> None:
    group = parser.add_argument_group("report")
    group.add_argument(
        "--report", metavar="KIND", choices=_KINDS, help="none, line, table (the default), json, markdown or github, on stderr"
    )
    group.add_argument(
        "--report-file", metavar="FILE", help="write the report to FILE; KIND by .json or .md, else table; github is appended"
    )
    group.add_argument("--json", action="store_true", help="the report as one JSON object on stdout, no table")
    group.add_argument("--fail-under", metavar="PCT", type=percent, help="exit 1 if less than PCT %% was saved in total")


def run(args: argparse.Namespace, session: Session) -> int:
    """Plan, compress, report; 0, 1, 3, or HeadroomError with 2 before anything is written."""
    from headroom_cli import manifest

    workers = _workers(args, session)
    planned, lost = _planned(args, session)
    held = manifest.load(args.output)
    rows = [*_rows(planned, held, args, session, workers), *lost]
    _report(rows, args, session)
    _remember(rows, session)
    return _exit_code(rows, args, session)


def _workers(args: argparse.Namespace, session: Session) -> int:
    if args.jobs:
        return int(args.jobs)
    asked = session.env.get("HEADROOM_JOBS")
    if asked:
        try:
            return jobs(asked)
        except argparse.ArgumentTypeError as error:
            raise ConfigError(str(error), place="HEADROOM_JOBS") from None
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _planned(args: argparse.Namespace, session: Session) -> tuple[list[Job], list[Row]]:
    """The jobs of the command line, and rows for inputs that are not there. Raises UsageError and ConfigError."""
    from headroom_cli.batch import expand, plan
    from headroom_cli.rules import resolve

    operands = [*(args.input or ()), *args.inputs]
    if not operands:
        raise UsageError("there is nothing to read", hint="--input './ci-logs/*.log'")
    if "-" in operands:
        raise UsageError("compress-batch reads files, not stdin", hint="for a pipe: headroom compress")
    if "/" in args.suffix or "\0" in args.suffix:
        raise UsageError("--suffix is a part of a file's name, without /", hint="--suffix .min")
    if os.path.lexists(args.output) and not os.path.isdir(args.output):
        raise UsageError("--output is a file, but must be a folder", place=args.output)
    given = overrides(args, session)
    config = config_of(session, os.getcwd())
    found = expand(operands, args.output)
    if found.own:
        note(session, f"{found.own} files in {args.output} were written by an earlier run and are not read")
    lost = _missing(found, args, session)
    plans = [resolve(config, file.path, given) for file in found.files]
    _check_names(plans)
    packs = packs_of(session, os.getcwd())
    return plan(found.files, plans, args.output, suffix=args.suffix, flat=args.flat, pack_dirs=packs), lost


def _check_names(plans: Sequence[Plan]) -> None:
    """Raise UsageError for a format or a tokenizer that does not exist, before every file fails for it."""
    from headroom_cli.formats import FORMATS
    from headroom_cli.tokens import get_counter

    for name in dict.fromkeys(plan.settings.format for plan in plans):
        if name is not None and name not in FORMATS:
            raise UsageError(f"there is no format {name!r}", hint="one of " + ", ".join(FORMATS))
    for name in dict.fromkeys(plan.settings.tokenizer for plan in plans):
        get_counter(name)


def _missing(found: Inputs, args: argparse.Namespace, session: Session) -> list[Row]:
    """Rows for names without a file; a pattern without a match is a warning. Raises UsageError where nothing matches at all."""
    from glob import has_magic

    from headroom_cli.batch import looked_in
    from headroom_cli.report import Row, clean

    if not found.files and not args.allow_empty:
        looked = "; ".join(f"{clean(operand)} (looked in {clean(looked_in(operand))})" for operand in found.missing)
        own = f"{found.own} outputs of an earlier run, which are not read" if found.own else ""
        raise UsageError(f"nothing matches: {'; '.join(filter(None, (looked, own)))}", hint="--allow-empty makes this exit 0")
    lost = [operand for operand in found.missing if not has_magic(operand) and not os.path.isdir(operand)]
    for operand in found.missing:
        if operand not in lost:
            warn(session, f"{clean(operand)} matches nothing (looked in {clean(looked_in(operand))})")
    return [Row(operand, error="no such file") for operand in lost]


def _rows(planned: Sequence[Job], held: dict[str, Entry], args: argparse.Namespace, session: Session, workers: int) -> list[Row]:
    """What became of every job, in order; what is there already is not done again."""
    from headroom_cli import manifest
    from headroom_cli.batch import Done, entry_of
    from headroom_cli.cli.progress import Progress
    from headroom_cli.pool import run

    rows = {at: row for at, job in enumerate(planned) if (row := _earlier(job, held, args))}
    left = [at for at in range(len(planned)) if at not in rows]
    fresh: dict[str, Entry] = {}

    def tick(job: Job, done: Done) -> None:
        entry = entry_of(done, job, args.output)
        if entry is not None:
            fresh[entry.output] = entry
        progress.tick()

    try:
        with Progress(len(left), session) as progress:
            done = run([planned[at] for at in left], workers, fail_fast=args.fail_fast, tick=tick)
    finally:  # after Ctrl-C too: what is done need not be done again
        if fresh:
            manifest.save(args.output, {**held, **fresh}.values())
    rows.update((at, each.row) for at, each in zip(left, done, strict=True))
    return [rows[at] for at in range(len(planned))]


def _earlier(job: Job, held: dict[str, Entry], args: argparse.Namespace) -> Row | None:
    """The row of a job that need not be done, None otherwise."""
    from headroom_cli.batch import fingerprint
    from headroom_cli.manifest import unchanged
    from headroom_cli.report import Row

    if args.skip_existing and os.path.lexists(job.output):
        return Row(job.path, skipped="exists: --skip-existing")
    entry = held.get(os.path.relpath(job.output, args.output))
    if entry is None or not unchanged(entry, args.output, job.path, fingerprint(job)):
        return None
    return Row(job.path, entry.result._replace(name=job.path), skipped="unchanged", output=job.output)


def _report(rows: Sequence[Row], args: argparse.Namespace, session: Session) -> None:
    from headroom_cli.grid import columns
    from headroom_cli.report import as_json, dump, render

    for row in rows:
        _tell(row, session)
    kind = args.report
    if args.report_file is not None:
        _to_file(rows, args.report_file, kind)
        kind = None
    if args.json:
        put(dump(as_json(rows)))
    shown = kind or ("none" if args.json or session.quiet else "table")
    text = render(shown, rows, columns(sys.stderr), colour(session, sys.stderr)) if rows else ""
    if text:
        say(session._replace(quiet=0), text.rstrip("\n"))
    if shown not in ("table", "line", "markdown", "github"):
        _tell_failures(rows, session)


def _tell(row: Row, session: Session) -> None:
    """A row's warnings; with -v what was decided and why."""
    from headroom_cli.report import clean

    name, result = clean(row.name), row.result
    if result is None:
        return
    for text in result.warnings:
        warn(session, f"{name}: {text}")
    if session.verbose:
        why = f" ({result.why_format})" if result.why_format else ""
        note(session, f"{name}: format {result.format}{why}, strategy {result.strategy}")
        if result.rule:
            note(session, f"{name}: rule {result.rule}")
        if result.reason:
            note(session, f"{name}: unchanged: {result.reason}")


def _tell_failures(rows: Sequence[Row], session: Session) -> None:
    """Failures are told once: by the report, or here."""
    from headroom_cli.report import clean

    for row in rows:
        if row.error:
            warn(session, f"{clean(row.name)}: {clean(row.error)}")
        elif row.skipped and row.result is None:
            say(session, f"headroom: {clean(row.name)}: skipped: {clean(row.skipped)}")


def _to_file(rows: Sequence[Row], path: str, kind: str | None) -> None:
    from headroom_cli.files import write_atomic
    from headroom_cli.report import render

    by_name = {".json": "json", ".md": "markdown"}.get(os.path.splitext(path)[1].lower(), "table")
    data = render(kind or by_name, rows).encode("utf-8", "surrogateescape")
    if kind != "github":
        write_atomic(path, data)
        return
    try:  # a step summary is shared: every command adds to it
        with open(path, "ab") as stream:
            stream.write(data)
    except OSError as error:
        raise InputError(f"cannot be written: {error.strerror or error}", place=path) from error


def _remember(rows: Sequence[Row], session: Session) -> None:
    from time import gmtime, strftime

    from headroom_cli.ledger import record

    problem = record(session.env, rows, strftime("%Y-%m-%d", gmtime()))
    if problem:
        note(session, problem)


def _exit_code(rows: Sequence[Row], args: argparse.Namespace, session: Session) -> int:
    """3 where a file failed, 1 where --strict or --fail-under says no."""
    from headroom_cli.report import percent as shown
    from headroom_cli.report import totals

    total = totals(rows)
    code = 0
    warnings = sum(len(row.result.warnings) for row in rows if row.result is not None)
    if args.strict and warnings:
        complain(session, "error", f"--strict: {warnings} warning{'s' if warnings > 1 else ''}")
        code = Refused.exit_code
    if args.fail_under is not None and total.files and total.savings_pct < args.fail_under:
        complain(session, "error", f"{shown(total.savings_pct, total.exact)} saved, under --fail-under {args.fail_under:g}")
        code = Refused.exit_code
    return InputError.exit_code if total.failed else code
