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


Asked = Callable[[Sequence[bytes], Envelope], bool]


def _bare(_lines: Sequence[bytes], envelope: Envelope) -> bool:
    """Whether lines carry no timestamps: with them it is a log, whatever else it holds."""
    return not envelope.layers


def _data(lines: Sequence[bytes], envelope: Envelope) -> bool:
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


def _unmixed(lines: Sequence[bytes], envelope: Envelope) -> bool:
    """Whether nothing says that several tools printed this: diffs, a search's matches, prompts with their commands."""
    hunks = sum(line.startswith(b"@@ -") and b" @@" in line for line in lines)
    names = sum(line.startswith((b"+++ ", b"diff --git ", b"$ ")) for line in lines)
    matches = sum(b" " not in line.partition(b":")[0] and line.partition(b":")[2].partition(b":")[0].isdigit() for line in lines)
    return not envelope.layers and (hunks < 2 or names < 2) and 20 * matches < len(lines)


def _always(_lines: Sequence[bytes], _envelope: Envelope) -> bool:
    return True


# In the order in which they are asked: name -> (module, whether a look at the sample makes it worth importing).
_MODULES: dict[str, tuple[str, Asked]] = {
    "testreport": ("testreport", _bare),
    "diff": ("diff", _hunks),
    "rag": ("rag", _chunked),
    "search": ("search", _bare),
    "listing": ("listing", _bare),
    "json": ("json", _data),
    "table": ("table", _columns),
    "ci_log": ("ci_log", _always),
    "app_log": ("app_log", _always),
    "code": ("code", _unmixed),
    "markdown": ("markdown", _bare),
    "html": ("html", _data),
    "plain": ("plain", _always),
}


class _Formats(Mapping[str, Format]):
    """Every format by name, imported when it is asked for."""

    def __getitem__(self, name: str) -> Format:
        if name not in _MODULES:
            raise KeyError(name)
        found: Format = import_module(f"headroom_cli.formats.{_MODULES[name][0]}")
        return found

    def __iter__(self) -> Iterator[str]:
        return iter(_MODULES)

    def __len__(self) -> int:
        return len(_MODULES)


FORMATS: Mapping[str, Format] = _Formats()

CERTAIN = 0.95
"""A format this sure is not compared with those after it."""


class Choice(NamedTuple):
    """The format for a document, and why."""

    name: str
    why: str
    envelope: Envelope


def choose(document: Document, wanted: str | None = None) -> Choice:
    """`wanted`, else the surest format over a sample from all of the document: the same for the same bytes. UsageError for an unknown name."""
    if wanted is not None and wanted not in FORMATS:
        raise UsageError(f"there is no format {wanted!r}", hint="one of " + ", ".join(FORMATS))
    sample = sample_lines(document.data)  # type: ignore[arg-type]
    envelope = find_envelope(sample)
    if wanted is not None:
        return Choice(wanted, "asked for", envelope)
    bodies = [body for body in (envelope.strip_line(line) for line in sample) if body.strip()]
    best = Choice("plain", "", envelope)
    most = -1.0
    for name, (_, asked) in _MODULES.items() if bodies else ():
        if not asked(bodies, envelope):
            continue
        sure, why = FORMATS[name].score(bodies, envelope)
        if sure > most:
            most, best = sure, Choice(name, f"{why} ({sure:.0%} sure)", envelope)
        if most >= CERTAIN:
            break
    return best
