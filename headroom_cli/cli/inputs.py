"""What `headroom compress` reads, under which settings, and what became of each input.

    build.log missing.log   ->   Outcome(row=build.log: Result, ...), Outcome(row=missing.log: error "no such file", ...)

One input that cannot be read is an outcome like another: the rest is done.
"""

from __future__ import annotations

import argparse
import os
import re
import sys
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, NamedTuple

from headroom_cli.cli.arguments import did_you_mean
from headroom_cli.cli.options import overrides
from headroom_cli.cli.session import Session, config_of, note, packs_of
from headroom_cli.errors import InputError, UsageError
from headroom_cli.model import Document, Result
from headroom_cli.report import Row
from headroom_cli.rules import Plan, resolve

if TYPE_CHECKING:
    from headroom_cli.schema import Config

__all__ = ["Outcome", "heading", "input_names", "outcomes"]

Given = Mapping[str, tuple[object, str]]


class Outcome(NamedTuple):
    """One input and what became of it. `document` has lost its data unless --diff needs it."""

    row: Row
    document: Document | None = None  # None: it could not be read


class _Read(NamedTuple):
    document: Document
    plan: Plan


def input_names(args: argparse.Namespace) -> list[str] | None:
    """The inputs in order, "-" for stdin; None where there is nothing to read but a terminal. Raises UsageError."""
    names: list[str] = list(args.files)
    if args.files_from is not None:
        names += _listed(args.files_from, args.null)
    elif not names:
        if sys.stdin is not None and sys.stdin.isatty():
            return None
        names = ["-"]
    stdin = names.count("-") + (args.files_from == "-")
    if stdin > 1:
        raise UsageError("stdin can be read once", hint="- stands in two places")
    if stdin and sys.stdin is None:
        raise InputError("is closed", place="<stdin>", hint="name a FILE, or pipe something in")
    if args.in_place and "-" in names:
        raise UsageError("-i needs files: stdin cannot be written back", hint="headroom compress -i FILE")
    if args.stdin_filename is not None and "-" not in names:
        raise UsageError("--stdin-filename is given, but stdin is not read", hint="name - as an operand")
    return names


def _listed(source: str, null: bool) -> list[str]:
    try:
        if source == "-":
            data = sys.stdin.buffer.read()
        else:
            with open(source, "rb") as stream:
                data = stream.read()
    except OSError as error:
        raise UsageError(f"cannot be read: {error.strerror or error}", place=source, hint="--files-from FILE") from None
    if not null and data.count(b"\r\n") == data.count(b"\n") > 0:
        data = data.replace(b"\r\n", b"\n").removesuffix(b"\r")  # written by an editor that ends lines so
    return [os.fsdecode(name) for name in data.split(b"\0" if null else b"\n") if name]


def outcomes(names: Sequence[str], args: argparse.Namespace, session: Session) -> list[Outcome]:
    """Read and compress every input. Raises UsageError and ConfigError; an input that fails is an outcome."""
    given: Given = overrides(args, session)
    if args.in_place and not args.backup:
        given = _harmless(given)
    here = os.getcwd()
    config, packs = config_of(session, here), packs_of(session, here)
    if len(names) > 1 and "max_tokens" in given and not args.in_place:
        return _shared(names, args, session, config, given, packs)
    firsts: dict[bytes, str] = {}
    done = []
    for name in names:
        try:
            read = _read(name, args, config, given)
            result = _compressed(read, packs)
        except InputError as error:
            done.append(Outcome(Row(name, error=str(error).removeprefix(f"{name}: "))))
            continue
        if len(names) > 1 and not args.in_place:
            result = _named_once(read, result, firsts)
        done.append(_outcome(read, result, args, session))
    return done


def _harmless(given: Given) -> Given:
    """In place without --backup: neither configuration nor environment may set what loses lines."""
    origin = "--in-place"
    strategy = given.get("strategy", ("lossless", origin))
    if strategy[1] != "--strategy":
        strategy = ("lossless", origin)
    return {**given, "strategy": strategy, "max_tokens": (None, origin), "drop": ((), origin), "redact": (False, origin)}


def _read(name: str, args: argparse.Namespace, config: Config | None, given: Given) -> _Read:
    from headroom_cli.source import open_document, read_stdin

    if name != "-":
        document, path = open_document(name), name
    else:
        document, path = read_stdin(), args.stdin_filename
        document = document._replace(name=path or document.name)
    plan = resolve(config, path, given)
    _check_format(plan)
    if args.in_place:
        if document.packed:
            raise InputError(f"{document.packed} data is not written back as text", place=name, hint="-o FILE writes it unpacked")
        if plan.origins["strategy"] == "default":
            settings = plan.settings._replace(strategy="lossless")
            plan = plan._replace(settings=settings, origins={**plan.origins, "strategy": "--in-place"})
    return _Read(document, plan)


def _check_format(plan: Plan) -> None:
    """A format's name is wrong whether or not this input is large enough to be looked at."""
    name = plan.settings.format
    if name is None:
        return
    from headroom_cli.formats import FORMATS

    if name not in FORMATS:
        place = plan.origins["format"].removeprefix("defaults ")
        hint = did_you_mean(name, FORMATS) or "see `headroom formats`"
        raise UsageError(f"unknown format {name!r}", place="" if place.startswith("--") else place, hint=hint)


def _compressed(read: _Read, packs: Sequence[str]) -> Result:
    from headroom_cli.api import compress_document

    return compress_document(read.document, read.plan.settings, pack_dirs=packs, rule=read.plan.rule)


def _shared(
    names: Sequence[str], args: argparse.Namespace, session: Session, config: Config | None, given: Given, packs: Sequence[str]
) -> list[Outcome]:
    """Every input under one budget, from which the headings are paid first."""
    from headroom_cli.api import compress_shared
    from headroom_cli.tokens import get_counter

    rows: list[_Read | Outcome] = []
    for name in names:
        try:
            rows.append(_read(name, args, config, given))
        except InputError as error:
            rows.append(Outcome(Row(name, error=str(error).removeprefix(f"{name}: "))))
    good = [row for row in rows if isinstance(row, _Read)]
    if not good:
        return [row for row in rows if isinstance(row, Outcome)]
    settings = [read.plan.settings for read in good]
    counter = get_counter(settings[0].tokenizer)
    budget = int(str(given["max_tokens"][0]))
    left = (
        budget if args.json else budget - sum(counter.count(heading(read.document.name, at > 0)) for at, read in enumerate(good))
    )
    if left < 1:
        raise UsageError(f"--max-tokens {budget} is too small for {len(good)} headings", hint="give more, or fewer FILEs")
    documents, rules = [read.document for read in good], [read.plan.rule for read in good]
    try:
        results = iter(compress_shared(documents, settings, left, counter, pack_dirs=packs, rules=rules))
    except UsageError as error:  # it names what was left of the user's number
        least = re.search(r"\((\d+) tokens at least\)", error.message)
        if least is None:
            raise
        needed = int(least[1]) + budget - left
        told = f"--max-tokens {budget} is too small for {len(documents)} FILEs with their headings ({needed} tokens at least)"
        raise UsageError(told, hint="give more, or fewer FILEs") from None
    return [_outcome(row, next(results), args, session) if isinstance(row, _Read) else row for row in rows]


def heading(name: str, again: bool) -> str:
    """What stands above each of several outputs, as head(1) writes it."""
    return f"{chr(10) if again else ''}==> {name} <==\n"


def _named_once(read: _Read, result: Result, firsts: dict[bytes, str]) -> Result:
    """A rule `dedup: true` beside `compress: false`: one line instead of a document that an earlier one equals."""
    from hashlib import blake2b

    first = firsts.setdefault(blake2b(read.document.data).digest(), read.document.name)
    settings, origin = read.plan.settings, read.plan.origins["dedup"]
    if first == read.document.name or settings.compress or not settings.dedup or origin == "default" or origin.startswith("--"):
        return result
    from headroom_cli.tokens import get_counter

    line = f"[headroom: {read.document.name} is byte for byte {first}]\n"
    tokens = get_counter(settings.tokenizer).count(line)
    if tokens >= result.original_tokens:
        return result
    return result._replace(data=os.fsencode(line), compressed_tokens=tokens, reason="", kept=0)


def _outcome(read: _Read, result: Result, args: argparse.Namespace, session: Session) -> Outcome:
    _tell(read, result, session)
    document = read.document if args.diff else read.document._replace(data=b"")
    return Outcome(Row(read.document.name, result), document)


def _tell(read: _Read, result: Result, session: Session) -> None:
    """-v: what was decided and why; -vv: where each setting came from."""
    if not session.verbose:
        return
    name = read.document.name
    why = f": {result.why_format}" if result.why_format else ""
    note(session, f"{name}: format {result.format}{why}; strategy {result.strategy}")
    if read.plan.rule:
        note(session, f"{name}: rule {read.plan.rule}")
    if result.reason:
        note(session, f"{name}: unchanged: {result.reason}")
    for field, origin in read.plan.origins.items():
        if origin != "default":
            note(session, f"{name}: {field} = {getattr(read.plan.settings, field)!r} from {origin}", level=2)
