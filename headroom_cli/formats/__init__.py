"""One file per format. A format recognises itself in a sample and reads a document into a proposal; it never cuts.

A new format is one module with NAME, about, score() and read(), and one line in `_MODULES`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from importlib import import_module
from typing import TYPE_CHECKING, NamedTuple, Protocol

from headroom_cli.errors import UsageError
from headroom_cli.stages.survey import sample_lines
from headroom_cli.text.envelope import Envelope, find_envelope

if TYPE_CHECKING:
    from headroom_cli.model import Document
    from headroom_cli.settings import Settings
    from headroom_cli.stages.proposal import Proposal
    from headroom_cli.tokens import TokenCounter

__all__ = ["FORMATS", "Choice", "Format", "choose"]


class Format(Protocol):
    """What a format's module offers."""

    NAME: str
    about: str

    def score(self, lines: Sequence[bytes], envelope: Envelope, /) -> tuple[float, str]:
        """How sure (0-1) that these sampled bodies are of this format, and what says so."""

    def read(
        self, document: Document, envelope: Envelope, settings: Settings, counter: TokenCounter, pack_dirs: Sequence[str], /
    ) -> Proposal:
        """Units, blocks and weights of the document."""


SAMPLED = 240
"""Lines of which a statement's shape is looked for."""
_ENDS = tuple(bytes((byte,)) for byte in b"{}();,:[]")
LONGEST = 400
"""Bytes of a line of source code, on average."""

Asked = Callable[[Sequence[bytes], Envelope], bool]


def _bare(_lines: Sequence[bytes], envelope: Envelope) -> bool:
    """Whether lines carry no timestamps: with them it is a log, whatever else it holds."""
    return not envelope.layers


def _data(lines: Sequence[bytes], envelope: Envelope) -> bool:
    lines = [line for line in lines[:COMMENTS] if not line.lstrip().startswith((b"//", b"/*", b"*"))] or lines
    return not envelope.layers and lines[0].lstrip(b"\xef\xbb\xbf \t")[:1] in (b"{", b"[", b"<")


def _hunks(lines: Sequence[bytes], envelope: Envelope) -> bool:
    return not envelope.layers and any(line.startswith((b"@@", b"*** ", b"+++ ", b"< ", b"> ")) or b"\t<" in line or b"\t>\t" in line or b"|\t" in line for line in lines)


def _columns(lines: Sequence[bytes], envelope: Envelope) -> bool:
    return not envelope.layers or lines[0].count(b"\t") > 1


def _chunked(lines: Sequence[bytes], envelope: Envelope) -> bool:
    """Whether the first line can open a retrieved chunk: JSON, `[1] ...`, `Document 1`, `--- chunk 1`, `<document>`; and there is long text."""
    first = lines[0].lstrip(b"\xef\xbb\xbf \t")[:10].lower()
    opens = first[:1] in (b"{", b"[", b"<", b"-", b"=", b"*", b"#", b"~") or first.startswith((b"doc", b"chunk", b"passage", b"source", b"result", b"context", b"excerpt", b"snippet"))
    return opens and not envelope.layers and any(len(line) > 100 for line in lines)


def _source(lines: Sequence[bytes], envelope: Envelope) -> bool:
    """Whether there are lines as a person writes them, and no markup: what a bundler makes is one long line."""
    return not envelope.layers and len(lines) >= 4 and not lines[0].startswith(b"<") and sum(map(len, lines)) < LONGEST * len(lines)


def _unmixed(lines: Sequence[bytes], envelope: Envelope) -> bool:
    """Whether nothing says that several tools printed this: diffs, a search's matches, prompts with their commands."""
    hunks = sum(line.startswith(b"@@ -") and b" @@" in line for line in lines)
    names = sum(line.startswith((b"+++ ", b"diff --git ", b"$ ")) for line in lines)
    matches = sum(b" " not in line.partition(b":")[0] and line.partition(b":")[2].partition(b":")[0].isdigit() for line in lines)
    return _source(lines, envelope) and (hunks < 2 or names < 2) and 20 * matches < len(lines)


def _reports(lines: Sequence[bytes], envelope: Envelope) -> bool:
    """Whether the first line can open XML or JSON, or events of a test run stand behind what was printed before them."""
    opens = lines[0].lstrip(b"\xef\xbb\xbf \t")[:1] in (b"{", b"<")
    return not envelope.layers and (opens or any(b'"Action":' in line for line in lines[:20]))


def _headed(lines: Sequence[bytes], _envelope: Envelope) -> bool:
    """Whether a line can be a heading, a rule or a fence."""
    return any(line.startswith((b"#", b"===", b"---", b"~~~")) for line in lines)


def _statements(lines: Sequence[bytes], _envelope: Envelope) -> bool:
    """Whether lines end and begin as statements do."""
    bare = [line.strip() for line in lines[:SAMPLED]]
    ends = sum(1 for line in bare if line[-1:] in _ENDS or line.startswith((b"//", b"/*", b"#", b"*", b"@")) or b" = " in line or b"; //" in line)
    return ends >= 0.4 * len(bare)


def _always(_lines: Sequence[bytes], _envelope: Envelope) -> bool:
    return True


class _Entry(NamedTuple):
    """A format before it is imported."""

    asked: Asked  # whether the sample can be of it
    worth: Asked = _always  # where its name does not say so: whether a look makes it worth importing
    endings: str = ""  # of the names of its files: what they are called is believed unless the content says otherwise
    finer: tuple[str, ...] = ()  # formats whose files have the same endings, and are asked first


# In the order in which they are asked; a format is the module of its name.
_MODULES: dict[str, _Entry] = {
    "testreport": _Entry(_reports),
    "diff": _Entry(_hunks, endings="diff patch"),
    "rag": _Entry(_chunked),
    "search": _Entry(_bare),
    "listing": _Entry(_bare),
    "json": _Entry(_data, endings="json jsonl ndjson", finer=("testreport", "rag", "search")),
    "table": _Entry(_columns, endings="csv tsv"),
    "ci_log": _Entry(_always),
    "app_log": _Entry(_always),
    "code": _Entry(_unmixed, _statements, "py pyi pyw ts mts cts tsx js mjs cjs jsx go rs java cpp cc cxx hpp hh hxx ipp cu c h"),
    "markdown": _Entry(_bare, _headed, "md markdown mkd mdx rst"),
    "html": _Entry(_data, endings="html htm xhtml"),
    "plain": _Entry(_always),
}


class _Formats(Mapping[str, Format]):
    """Every format by name, imported when it is asked for."""

    def __getitem__(self, name: str) -> Format:
        if name not in _MODULES:
            raise KeyError(name)
        found: Format = import_module(f"headroom_cli.formats.{name}")
        return found

    def __iter__(self) -> Iterator[str]:
        return iter(_MODULES)

    def __len__(self) -> int:
        return len(_MODULES)


FORMATS: Mapping[str, Format] = _Formats()

COMMENTS = 40
"""Lines of comments that may stand before data."""
CERTAIN = 0.95
"""A format this sure is not compared with those after it."""
LIKELY = 0.4
"""A format this sure has its files by their name alone."""
OTHER = 0.8
"""What a program prints, this surely, is no source and no document, whatever the file is called."""
_PRINTED = frozenset(("testreport", "diff", "search", "listing", "json", "ci_log", "app_log"))

_SHAPED = frozenset(("diff", "table"))
"""Formats whose lines must look like it: a table without a layout, a diff that marks words and no lines are read otherwise."""


class Choice(NamedTuple):
    """The format for a document, and why."""

    name: str
    why: str
    envelope: Envelope


def choose(document: Document, wanted: str | None = None) -> Choice:
    """`wanted`, else what the file's name and a sample from all of the document say: the same for the same name and bytes.
    UsageError for an unknown name."""
    if wanted is not None and wanted not in FORMATS:
        raise UsageError(f"there is no format {wanted!r}", hint="one of " + ", ".join(FORMATS))
    sample = sample_lines(document.data)  # type: ignore[arg-type]
    envelope = find_envelope(sample)
    if wanted is not None:
        return Choice(wanted, "asked for", envelope)
    bodies = [body for body in (envelope.strip_line(line) for line in sample) if body.strip()]
    ending, named = _by_name(document)
    if bodies and named and (choice := _confirmed(named, ending, sample)) is not None:
        return choice
    sure, best = _surest(bodies, envelope)
    if not named or not bodies or envelope.layers or not _MODULES[named].asked(bodies, envelope):
        return best
    if named in _SHAPED or (best.name in _PRINTED and sure >= OTHER):
        return best
    return Choice(named, f"a file called .{ending}", envelope)


def _by_name(document: Document) -> tuple[str, str]:
    """The ending of the document's name, and the format whose files end so; "" for none."""
    for name in (document.name, document.path or ""):
        parts = name.lower().rsplit(".", 2)
        if document.packed and len(parts) == 3 and parts[-1] in ("gz", "zst"):
            parts.pop()
        for format_name, entry in _MODULES.items() if len(parts) > 1 else ():
            if parts[-1] in entry.endings.split():
                return parts[-1], format_name
    return "", ""


def _confirmed(named: str, ending: str, sample: Sequence[bytes]) -> Choice | None:
    """The format of the name, or a finer one, where the lines as they stand look like it: a file has no envelope."""
    bare = Envelope(())
    for name in (*_MODULES[named].finer, named):
        if _MODULES[name].asked(sample, bare):
            sure, why = FORMATS[name].score(sample, bare)
            if sure >= (LIKELY if name == named else OTHER):
                return Choice(name, f"{why} ({sure:.0%} sure), a file called .{ending}", bare)
    return None


def _surest(bodies: Sequence[bytes], envelope: Envelope) -> tuple[float, Choice]:
    """The format that is surest of itself over sampled bodies."""
    best = Choice("plain", "", envelope)
    most = -1.0
    for name, entry in _MODULES.items() if bodies else ():
        if not entry.asked(bodies, envelope) or not entry.worth(bodies, envelope):
            continue
        sure, why = FORMATS[name].score(bodies, envelope)
        if sure > most:
            most, best = sure, Choice(name, f"{why} ({sure:.0%} sure)", envelope)
        if most >= CERTAIN:
            break
    return most, best
