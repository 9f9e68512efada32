"""What a batch did, kept in its output folder: which source became which output, under which settings, with which result.

    compressed-logs/.headroom-manifest.json
    {"version": 1, "headroom": "0.1.0", "files": [{"output": "unit.log", "source": "../ci-logs/unit.log", "sha256": ...}]}

A rerun skips what has not changed, never reads its own outputs back, and `retrieve` finds the original of an output.
Paths are relative to the output folder, so that both folders can move together.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, NamedTuple

from headroom_cli.errors import InputError
from headroom_cli.model import BlockCount, Result

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

__all__ = ["NAME", "Entry", "Original", "Stamp", "digest", "load", "original_of", "save", "stamp_of", "unchanged"]

NAME = ".headroom-manifest.json"

_VERSION = 1


class Stamp(NamedTuple):
    """By what a file is known again. A copy with another time but the same bytes is the same."""

    size: int  # bytes
    mtime_ns: int
    sha256: str


class Entry(NamedTuple):
    """One output, its source, and what the report says of it."""

    output: str  # relative to the folder
    source: str  # relative to the folder
    stamp: Stamp  # of the source
    output_sha256: str
    settings: str  # fingerprint of everything else the output depends on
    result: Result  # without its data


class Original(NamedTuple):
    """The source of an output: its path, and by what both are known again."""

    path: str  # absolute
    sha256: str
    output_sha256: str

    def changed(self, output: str) -> str:
        """Why `output`'s ranges cannot be had from the source any more, "" where they can."""
        try:
            if digest(output) != self.output_sha256:
                return "it has changed since the batch wrote it"
            if digest(self.path) != self.sha256:
                return f"{os.path.relpath(self.path)}, which it was made from, has changed since"
        except FileNotFoundError:
            return f"{os.path.relpath(self.path)}, which it was made from, is gone"
        except OSError as error:
            return f"{os.path.relpath(self.path)}, which it was made from, cannot be read: {error.strerror or error}"
        return ""


def digest(path: str) -> str:
    """SHA-256 of a file's bytes; OSError where it cannot be read."""
    import hashlib

    total = hashlib.sha256()
    with open(path, "rb") as stream:
        while chunk := stream.read(1 << 20):
            total.update(chunk)
    return total.hexdigest()


def stamp_of(path: str) -> Stamp:
    """Size, time and digest of a file; OSError where it cannot be read."""
    info = os.stat(path)
    return Stamp(info.st_size, info.st_mtime_ns, digest(path))


def unchanged(entry: Entry, folder: str, source: str, settings: str) -> bool:
    """Whether the output still is what `source` under these settings became."""
    if entry.settings != settings or entry.source != os.path.relpath(source, folder):
        return False
    try:
        info = os.stat(source)
        if info.st_size != entry.stamp.size:
            return False
        if info.st_mtime_ns != entry.stamp.mtime_ns and digest(source) != entry.stamp.sha256:
            return False
        return digest(os.path.join(folder, entry.output)) == entry.output_sha256
    except OSError:
        return False


def original_of(output: str) -> Original | None:
    """What a batch made the file `output` from, None where no manifest beside or above it names it."""
    at = os.path.abspath(output)
    folder = os.path.dirname(at)
    while True:
        entry = load(folder).get(os.path.relpath(at, folder))
        if entry is not None:
            return Original(os.path.normpath(os.path.join(folder, entry.source)), entry.stamp.sha256, entry.output_sha256)
        above = os.path.dirname(folder)
        if above == folder:
            return None
        folder = above


def load(folder: str) -> dict[str, Entry]:
    """The entries by output. A manifest that is missing, damaged or of another version holds nothing: all is done again."""
    import json

    try:
        with open(os.path.join(folder, NAME), "rb") as stream:
            held = json.load(stream)
        if held["version"] != _VERSION:
            return {}
        entries = [_entry(fields) for fields in held["files"]]
    except (OSError, ValueError, KeyError, TypeError):
        return {}
    return {entry.output: entry for entry in entries}


def save(folder: str, entries: Iterable[Entry]) -> None:
    """Write the manifest atomically; outputs that are gone are left out. InputError where it cannot be written."""
    from headroom_cli import __version__
    from headroom_cli.files import write_atomic
    from headroom_cli.report import dump

    there = [entry for entry in entries if os.path.lexists(os.path.join(folder, entry.output))]
    files = [_fields(entry) for entry in sorted(there)]
    text = dump({"version": _VERSION, "headroom": __version__, "files": files})
    try:
        os.makedirs(folder, exist_ok=True)
    except OSError as error:
        raise InputError(f"cannot make the folder: {error.strerror}", place=folder) from error
    write_atomic(os.path.join(folder, NAME), text.encode())


def _fields(entry: Entry) -> dict[str, object]:
    result = entry.result._asdict()
    del result["data"]
    result["blocks"] = entry.result.blocks._asdict()
    return {
        "output": entry.output,
        "source": entry.source,
        **entry.stamp._asdict(),
        "output_sha256": entry.output_sha256,
        "settings": entry.settings,
        "result": result,
    }


def _entry(fields: Mapping[str, object]) -> Entry:
    """One entry of the file; KeyError, TypeError or ValueError where it is damaged."""
    size, mtime_ns = fields["size"], fields["mtime_ns"]
    result = fields["result"]
    if not isinstance(size, int) or not isinstance(mtime_ns, int) or not isinstance(result, dict):
        raise TypeError
    texts = [fields[key] for key in ("output", "source", "sha256", "output_sha256", "settings")]
    if not all(isinstance(text, str) for text in texts):
        raise TypeError
    output, source, sha256, output_sha256, settings = map(str, texts)
    return Entry(output, source, Stamp(size, mtime_ns, sha256), output_sha256, settings, _result(result))


def _result(fields: Mapping[str, object]) -> Result:
    values: dict[str, object] = dict(fields)
    blocks = values.pop("blocks")
    if not isinstance(blocks, dict):
        raise TypeError
    blocks["kinds"] = tuple((str(kind), int(count)) for kind, count in blocks["kinds"])
    warnings = values.pop("warnings")
    if not isinstance(warnings, list):
        raise TypeError
    for key in ("original_tokens", "compressed_tokens"):
        if not isinstance(values[key], int):
            raise TypeError
    redacted = values.get("redacted")
    values["redacted"] = tuple((str(kind), int(count)) for kind, count in redacted) if isinstance(redacted, list) else ()
    return Result(data=b"", blocks=BlockCount(**blocks), warnings=tuple(map(str, warnings)), **values)  # type: ignore[arg-type]
