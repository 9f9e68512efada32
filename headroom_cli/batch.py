"""Many files into one folder: which inputs there are, what each becomes, and the work on one of them.

    expand(["./ci-logs/*.log"], "out")     ci-logs/a/unit.log, ci-logs/b/unit.log     as a shell would, directories as all below
    plan(...)                              out/a/unit.log, out/b/unit.log             mirrored under the inputs' common root

Every clash of names is found before anything is written. One file that fails does not stop the others.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, NamedTuple

from headroom_cli import manifest
from headroom_cli.errors import ConfigError, HeadroomError, UsageError
from headroom_cli.manifest import Entry, Stamp
from headroom_cli.report import Row, clean

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from headroom_cli.model import Document, Result
    from headroom_cli.rules import Plan
    from headroom_cli.settings import Settings

__all__ = [
    "Done",
    "Input",
    "Inputs",
    "Job",
    "entry_of",
    "expand",
    "files_below",
    "fingerprint",
    "looked_in",
    "plan",
    "work",
]


class Input(NamedTuple):
    """A file to read."""

    path: str  # as the user would type it
    base: str  # the folder the user named or the glob found it in


class Inputs(NamedTuple):
    """What the operands stand for."""

    files: tuple[Input, ...]
    missing: tuple[str, ...] = ()  # operands that match nothing
    own: int = 0  # files left out because a batch wrote them into the output folder


class Job(NamedTuple):
    """One file's work. Plain values: it travels to a worker process."""

    path: str
    output: str  # the file to write
    settings: Settings
    rule: str = ""
    same_as: str = ""  # the first document with the same bytes: this one becomes a line that names it
    pack_dirs: tuple[str, ...] = ()  # the project's own packs


class Done(NamedTuple):
    """What became of a job; `stamp` is None where nothing was written."""

    row: Row
    stamp: Stamp | None = None
    output_sha256: str = ""


def files_below(folder: str, leave_out: str = "") -> Iterator[str]:
    """Every file below `folder`, in the order of their names, but for `.git` and what lies below `leave_out`."""
    for at, folders, files in os.walk(folder):
        folders[:] = sorted(name for name in folders if name != ".git" and not _same(os.path.join(at, name), leave_out))
        for name in sorted(files):
            yield os.path.join(at, name)


def expand(operands: Sequence[str], output: str) -> Inputs:
    """The files that `operands` (paths, globs, directories) stand for, each once; never what lies in `output` by our hand."""
    found: dict[str, Input] = {}
    missing = []
    written = {os.path.abspath(os.path.join(output, name)) for name in manifest.load(output)} if output else set()
    own = 0
    for operand in operands:
        hits = list(_matches(operand, output))
        if not hits:
            missing.append(operand)
        for hit in hits:
            place = os.path.abspath(hit.path)
            if place in written or os.path.basename(place) == manifest.NAME:
                own += 1
            else:
                found.setdefault(place, hit)
    return Inputs(tuple(found.values()), tuple(missing), own)


def _matches(operand: str, output: str) -> Iterator[Input]:
    import glob

    literal = os.path.lexists(operand)
    hits = [operand] if literal else sorted(glob.glob(operand, recursive=True))
    for hit in hits:
        if not literal and output and _below(output, _fixed_part(operand)) and (_below(hit, output) or _same(hit, output)):
            continue
        if os.path.isdir(hit):
            inside = output if output and _below(output, hit) else ""
            yield from (Input(path, hit) for path in files_below(hit, inside))
        else:
            yield Input(hit, os.path.dirname(hit) or ".")


def looked_in(operand: str) -> str:
    """The absolute folder in which an operand was looked for, or the nearest one that exists."""
    folder = os.path.abspath(_fixed_part(operand))
    while not os.path.isdir(folder):
        folder = os.path.dirname(folder)
    return folder


def _fixed_part(pattern: str) -> str:
    """The folder in which a glob starts to look: `ci-logs` of `ci-logs/*/unit.log`."""
    import glob

    while glob.has_magic(pattern):
        pattern = os.path.dirname(pattern)
    return pattern or "."


def _below(path: str, folder: str) -> bool:
    """Whether `path` lies below `folder` and is not it."""
    at, top = os.path.realpath(path), os.path.realpath(folder)
    return at != top and os.path.commonpath([at, top]) == top


def _same(path: str, other: str) -> bool:
    return bool(other) and os.path.realpath(path) == os.path.realpath(other)


def plan(
    files: Sequence[Input],
    plans: Sequence[Plan],
    output: str,
    *,
    suffix: str = "",
    flat: bool = False,
    pack_dirs: tuple[str, ...] = (),
) -> list[Job]:
    """The jobs for `files`. Raises UsageError where an output would be written twice or over an input; nothing is written."""
    if not files:
        return []
    root = os.path.commonpath([os.path.abspath(file.base) for file in files])
    sources = {os.path.realpath(file.path): file.path for file in files}
    taken: dict[str, str] = {}
    jobs = []
    for file, each in zip(files, plans, strict=True):
        name = os.path.basename(file.path) if flat else os.path.relpath(os.path.abspath(file.path), root)
        target = os.path.join(output, _renamed(name, file.path, each.settings, suffix))
        first = taken.setdefault(target, file.path)
        if first is not file.path:
            hint = "leave out --flat" if flat else "put one of them into another batch"
            raise UsageError(f"{first} and {file.path} would both be written to {target}", hint=f"{hint}; nothing was written")
        over = sources.get(os.path.realpath(target))
        if over is not None:
            hint = "name another --output, or add --suffix .min"
            raise UsageError(f"{file.path} would be written over the input {over}", hint=hint)
        jobs.append(Job(file.path, target, each.settings, each.rule, pack_dirs=pack_dirs))
    _name_duplicates(jobs, plans)
    return jobs


def _renamed(name: str, path: str, settings: Settings, suffix: str) -> str:
    stem, extension = os.path.splitext(name)
    if settings.compress and extension.lower() in (".gz", ".zst") and _packed(path):
        name = stem  # the output is text
        stem, extension = os.path.splitext(name)
    return f"{stem}{suffix}{extension}" if suffix else name


def _packed(path: str) -> bool:
    try:
        with open(path, "rb") as stream:
            start = stream.read(4)
    except OSError:
        return False
    return start[:2] == b"\x1f\x8b" or start == b"\x28\xb5\x2f\xfd"


def _name_duplicates(jobs: list[Job], plans: Sequence[Plan]) -> None:
    """Where a rule says `dedup: true` beside `compress: false`, let later documents name the first with the same bytes."""
    sizes: dict[int, list[int]] = {}
    for at, each in enumerate(plans):
        asked = each.origins.get("dedup", "default")
        if not each.settings.compress and each.settings.dedup and asked != "default" and not asked.startswith("-"):
            try:
                sizes.setdefault(os.path.getsize(jobs[at].path), []).append(at)
            except OSError:
                continue
    for same_size in sizes.values():
        first: dict[str, Job] = {}
        for at in same_size if len(same_size) > 1 else ():
            try:
                original = first.setdefault(manifest.digest(jobs[at].path), jobs[at])
            except OSError:
                continue
            if original is not jobs[at]:
                jobs[at] = jobs[at]._replace(same_as=original.path)


def fingerprint(job: Job) -> str:
    """A short digest of all that the output depends on beside the source's bytes: settings, packs, name, version."""
    import hashlib

    from headroom_cli import __version__

    packs = []
    for path in (path for folder in job.pack_dirs for path in files_below(folder)):
        info = os.stat(path)
        packs.append((path, info.st_size, info.st_mtime_ns))
    parts = (__version__, job.path, job.settings, job.rule, job.same_as, packs)
    return hashlib.sha256(repr(parts).encode("utf-8", "surrogateescape")).hexdigest()[:16]


def entry_of(done: Done, job: Job, folder: str) -> Entry | None:
    """The manifest's entry for a job that wrote its output."""
    if done.stamp is None or done.row.result is None:
        return None
    output, source = os.path.relpath(job.output, folder), os.path.relpath(job.path, folder)
    return Entry(output, source, done.stamp, done.output_sha256, fingerprint(job), done.row.result)


def work(job: Job) -> Done:
    """Do one job. What the user can mend is told in the row; anything else is a bug and raised."""
    import hashlib

    from headroom_cli.files import write_atomic
    from headroom_cli.source import open_document

    try:
        if not os.path.isfile(job.path):
            return Done(Row(job.path, error=_not_a_file(job.path)))
        stamp = manifest.stamp_of(job.path)
        document = open_document(job.path)
        if document.binary and job.settings.compress:
            return Done(Row(job.path, skipped="binary"))
        result = _result(job, document)
        os.makedirs(os.path.dirname(job.output) or ".", exist_ok=True)
        write_atomic(job.output, result.data)
    except ConfigError:
        raise  # a pack or the configuration is wrong: no other file would fare better
    except HeadroomError as error:
        return Done(Row(job.path, error=str(error).removeprefix(f"{job.path}: ")))
    except OSError as error:
        return Done(Row(job.path, error=f"{error.filename or job.path}: {error.strerror or error}".removeprefix(f"{job.path}: ")))
    row = Row(job.path, result._replace(data=b""), output=job.output)
    return Done(row, stamp, hashlib.sha256(result.data).hexdigest())


def _not_a_file(path: str) -> str:
    return "not a regular file" if os.path.exists(path) else "no such file"


def _result(job: Job, document: Document) -> Result:
    from headroom_cli.api import compress_document
    from headroom_cli.tokens import get_counter

    counter = get_counter(job.settings.tokenizer)
    result = compress_document(document, job.settings, counter, pack_dirs=job.pack_dirs, rule=job.rule)
    if job.settings.compress:
        return result
    if job.same_as:
        line = f"[headroom: {clean(job.path)} is byte for byte {clean(job.same_as)}]\n"
        tokens = counter.count(line)
        if tokens < result.original_tokens:
            data = line.encode("utf-8", "surrogateescape")
            return result._replace(data=data, compressed_tokens=tokens, reason="", kept=0)
    with open(job.path, "rb") as stream:  # byte for byte: packed stays packed
        return result._replace(data=stream.read())
