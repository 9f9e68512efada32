"""The local history of savings: counts only, one JSON line per run, format, strategy and rule.

    headroom compress build.log
    ->  {"v":2,"day":"2025-11-22","format":"ci_log","strategy":"balanced","rule":"headroom-config.yaml:12 (3fa9c1)","files":1,
         "before":41210,"after":4012,"exact":true}

No path, name or content is ever written. Of a rule its line stays, the usual name of its file (`other` for one of another name) and a checksum
of the file's path, so that rules of two projects are told apart; "" is no rule. Where it lies: $HEADROOM_LEDGER, else `ledger.jsonl` in
$HEADROOM_STATE_DIR, else in $XDG_STATE_HOME/headroom (~/.local/state/headroom). HEADROOM_LEDGER=off (or empty, or 0)
switches it off; in CI ($CI) it is off unless HEADROOM_LEDGER is set (`on` means the usual place).
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from headroom_cli.report import Row

__all__ = ["CAP_BYTES", "Entry", "History", "add_up", "compact", "path", "read", "record", "reset"]

CAP_BYTES = 1_000_000
"""Beyond this size the runs of a day become one total: about 10,000 lines."""

_RECENT_DAYS = 90  # older ones become totals of a month where totals of a day are still too many

_NAMES = ("headroom-config.yaml", "pyproject.toml")

_PATIENCE = 100  # times 5 ms, for which a run waits for a compaction


class Entry(NamedTuple):
    """Savings of one run or one day under one format, strategy and rule."""

    day: str  # UTC, YYYY-MM-DD; YYYY-MM after a coarse compaction
    format: str
    strategy: str
    rule: str  # `FILE:LINE (checksum)` of the rule, "" for none; `line 12` of what an older headroom wrote
    files: int
    before: int  # tokens
    after: int
    exact: bool


class History(NamedTuple):
    """What the ledger holds; `broken` lines could not be read and count for nothing."""

    path: str  # "" where the ledger is switched off
    entries: tuple[Entry, ...] = ()
    broken: int = 0


def path(env: Mapping[str, str]) -> str:
    """Where the ledger lies, "" where it is switched off."""
    asked = env.get("HEADROOM_LEDGER")
    if asked is None:
        if env.get("CI", "").lower() not in ("", "0", "false"):
            return ""
    elif asked.lower() in ("", "0", "off", "false", "no"):
        return ""
    elif asked.lower() not in ("1", "on", "true", "yes"):
        return os.path.expanduser(asked)
    folder = env.get("HEADROOM_STATE_DIR")
    if not folder:
        state = env.get("XDG_STATE_HOME", "")
        if not os.path.isabs(state):  # the XDG specification: a relative path is to be ignored
            state = os.path.join(env.get("HOME") or os.path.expanduser("~"), ".local", "state")
        folder = os.path.join(state, "headroom")
    return os.path.join(folder, "ledger.jsonl")


def record(env: Mapping[str, str], rows: Iterable[Row], when: str) -> str:
    """Add the rows that have a fresh result under the UTC day `when` (YYYY-MM-DD); "" or why it could not be done."""
    target = path(env)
    entries = add_up(_entries(rows, when)) if target else ()
    if not entries:
        return ""
    try:
        size = _append(target, "".join(map(_line, entries)).encode())
        if size > CAP_BYTES:
            compact(target)
    except OSError as error:
        return f"ledger not written: {target}: {error.strerror or error}"
    return ""


def _entries(rows: Iterable[Row], when: str) -> Iterable[Entry]:
    for row in rows:
        result = row.result
        if result is not None and not row.error and not row.skipped:
            before, after = result.original_tokens, result.compressed_tokens
            yield Entry(when, result.format, result.strategy, _place(result.rule), 1, before, after, result.exact)


def _place(rule: str) -> str:
    """`../headroom-config.yaml:12` -> `headroom-config.yaml:12 (3fa9c1)`: which line, and whether of the same file, but not where it lies."""
    if not rule:
        return ""
    from zlib import crc32

    path, _, line = rule.rpartition(":")
    name = os.path.basename(path)
    place = os.fsencode(os.path.abspath(path))
    return f"{name if name in _NAMES else 'other'}:{line} ({crc32(place) & 0xFFFFFF:06x})"


def add_up(entries: Iterable[Entry]) -> tuple[Entry, ...]:
    """One entry per day, format, strategy, rule and exactness, in the order in which they appear first."""
    sums: dict[tuple[str, str, str, str, bool], Entry] = {}
    for entry in entries:
        key = (entry.day, entry.format, entry.strategy, entry.rule, entry.exact)
        old = sums.get(key)
        if old is not None:
            entry = entry._replace(files=old.files + entry.files, before=old.before + entry.before, after=old.after + entry.after)
        sums[key] = entry
    return tuple(sums.values())


def _line(entry: Entry) -> str:
    # Written by hand: the json module costs more than the whole append. Names are identifiers, so nothing needs escaping.
    return (
        f'{{"v":2,"day":"{_word(entry.day)}","format":"{_word(entry.format)}","strategy":"{_word(entry.strategy)}",'
        f'"rule":"{_plain(entry.rule)}","files":{entry.files},"before":{entry.before},"after":{entry.after},'
        f'"exact":{"true" if entry.exact else "false"}}}\n'
    )


def _word(text: str) -> str:
    return text if text.replace("_", "").replace("-", "").isalnum() and text.isascii() else "other"


def _plain(text: str) -> str:
    """A place without what JSON escapes."""
    return text if text.isascii() and text.isalnum() else "".join(c if c.isascii() and (c.isalnum() or c in " ._-:()") else "_" for c in text)


def _append(target: str, data: bytes) -> int:
    """Add `data` with one write and return the file's size. A compaction may have put a new file in place meanwhile."""
    for _ in range(_PATIENCE):
        handle = _open(target)
        try:
            if _lock(handle, exclusive=False) and _in_place(handle, target):
                os.write(handle, data)
                return os.fstat(handle).st_size
        finally:
            os.close(handle)
        _pause()
    raise OSError(0, "locked by another process")


def _open(target: str) -> int:
    flags = os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC
    try:
        return os.open(target, flags, 0o600)
    except FileNotFoundError:
        os.makedirs(os.path.dirname(target) or ".", 0o700, exist_ok=True)
        return os.open(target, flags, 0o600)


def _lock(handle: int, exclusive: bool) -> bool:
    import fcntl

    try:
        fcntl.flock(handle, (fcntl.LOCK_EX if exclusive else fcntl.LOCK_SH) | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    except OSError:
        return not exclusive  # a file system without locks: appending is safe all the same, compaction is not
    return True


def _in_place(handle: int, target: str) -> bool:
    try:
        return os.path.samestat(os.fstat(handle), os.stat(target))
    except FileNotFoundError:
        return False


def _pause() -> None:
    import time

    time.sleep(0.005)


def compact(target: str, cap: int = CAP_BYTES) -> bool:
    """Replace the runs in `target` by totals of their day. False where another process is writing: the next run will do it."""
    handle = _open(target)
    try:
        if not _lock(handle, exclusive=True) or not _in_place(handle, target):
            return False
        entries = add_up(_read(target).entries)
        if sum(len(_line(entry)) for entry in entries) > cap // 2:
            entries = add_up(_coarse(entries))
        fresh = f"{target}.{os.getpid()}.tmp"
        temporary = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600)
        try:
            with os.fdopen(temporary, "wb") as stream:
                stream.write("".join(map(_line, entries)).encode())
            os.replace(fresh, target)
        except OSError:
            os.unlink(fresh)
            raise
        return True
    finally:
        os.close(handle)


def _coarse(entries: Sequence[Entry]) -> Iterable[Entry]:
    """Totals of a month, without the rule, for all but the latest days."""
    recent = set(sorted({entry.day for entry in entries})[-_RECENT_DAYS:])
    for entry in entries:
        yield entry if entry.day in recent else entry._replace(day=entry.day[:7], rule="")


def read(env: Mapping[str, str]) -> History:
    """The whole history. A ledger that is switched off or was never written is empty; OSError where it cannot be read."""
    target = path(env)
    return _read(target) if target else History("")


def _read(target: str) -> History:
    import json

    entries, broken = [], 0
    try:
        with open(target, "rb") as stream:
            for text in stream:
                try:
                    entries.append(_entry(json.loads(text)))
                except (ValueError, KeyError, TypeError):
                    broken += 1
    except FileNotFoundError:
        pass
    return History(target, tuple(entries), broken)


def _entry(value: Mapping[str, object]) -> Entry:
    """One line as an Entry; ValueError where a field has the wrong kind, KeyError where one is missing."""
    kinds = {"day": str, "format": str, "strategy": str, "rule": str, "files": int, "before": int, "after": int, "exact": bool}
    fields = {key: value[key] for key in kinds}
    if value["v"] == 1 and type(value["rule"]) is int:
        fields["rule"] = f"line {value['rule']}" if value["rule"] else ""
    if value["v"] not in (1, 2) or any(type(fields[key]) is not kind for key, kind in kinds.items()):
        raise ValueError
    return Entry(**fields)  # type: ignore[arg-type]


def reset(env: Mapping[str, str]) -> History:
    """Remove the ledger and return what it held; OSError where it cannot be removed."""
    history = read(env)
    if history.path and os.path.lexists(history.path):
        os.unlink(history.path)
    return history
