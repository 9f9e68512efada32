"""`headroom compress-batch`: many files into a folder, with a table of what was saved.

    headroom compress-batch --input './ci-logs/*.log' --output ./compressed-logs/ --strategy conservative --max-savings 70

What is read and what each file becomes is decided in `headroom_cli.batch`; this module holds the arguments, the order of the
work and the exit code.
"""

from __future__ import annotations

import argparse
import os
from typing import TYPE_CHECKING

from headroom_cli.cli.options import add_strength, jobs, overrides
from headroom_cli.cli.outcome import add_report, conclude, remember
from headroom_cli.cli.session import Session, config_of, note, packs_of, put, warn
from headroom_cli.errors import ConfigError, UsageError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from headroom_cli.batch import Inputs, Job
    from headroom_cli.manifest import Entry
    from headroom_cli.report import Row
    from headroom_cli.rules import Plan

__all__ = ["build", "run"]


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
    add_report(parser, "table by default", "the report as one JSON object on stdout, no table")


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


def run(args: argparse.Namespace, session: Session) -> int:
    """Plan, compress, report; 0, 1, 3, or HeadroomError with 2 before anything is written."""
    from headroom_cli import manifest
    from headroom_cli.report import as_json, dump

    workers = _workers(args, session)
    planned, lost = _planned(args, session)
    held = manifest.load(args.output)
    rows = [*_rows(planned, held, args, session, workers), *lost]
    for row in rows:
        _tell(row, session)
    if args.json:
        put(dump(as_json(rows)))
    code = conclude(rows, args, session, unasked="none" if args.json or session.quiet else "table", failure="warning")
    remember(rows, session)
    return code


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
        were = "file was" if found.own == 1 else "files were"
        note(session, f"{args.output}: {found.own} {were} written by an earlier run and left out")
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
        own = f"{found.own} output{'s' if found.own > 1 else ''} of an earlier run, not read" if found.own else ""
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


def _tell(row: Row, session: Session) -> None:
    """With -v what was decided and why."""
    from headroom_cli.report import clean

    name, result = clean(row.name), row.result
    if result is None or not session.verbose:
        return
    why = f" ({result.why_format})" if result.why_format else ""
    note(session, f"{name}: format {result.format}{why}, strategy {result.strategy}")
    if result.rule:
        note(session, f"{name}: rule {result.rule}")
    if result.reason:
        note(session, f"{name}: unchanged: {result.reason}")
