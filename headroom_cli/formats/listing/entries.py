"""What each line of a listing names: ls -l, ls -R, find, tree, du and git status.

    -rwxr-xr-x 1 me me 4096 Jan  2 03:04 run.sh      entry run.sh of the folder above, executable, 4096 bytes
    ./src:                                           heading
    |-- cart.py                                      entry of the branch it hangs on
     D src/old.py                                    entry, deleted
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from headroom_cli.text.regex import compiled

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["ENTRY", "HEADING", "NOISE", "OTHER", "Entry", "kind_of", "read_entries"]

OTHER, ENTRY, HEADING, NOISE = range(4)
LONG = r"^([-dlbcpsD])([rwxsStT-]{9})[.+@]?\s+(?:\d+\s+)?(?:\S+\s+){1,2}?(\d[\d,.]*[KMGTP]?|\d+,\s*\d+)\s+(\w{3}\s+\d+\s+[\d:]+|\d{4}-\d\d-\d\d[ T][\d:.]+(?: [+-]\d{4})?|\d+\s+\w{3}\s+[\d:]+)\s(.+)$"
FIND_LS = r"^\s*\d+\s+\d+\s+([-dlbcpsD])([rwxsStT-]{9})\s+\d+\s+\S+\s+\S+\s+(\d+)\s+(\w{3}\s+\d+\s+[\d:]+)\s(.+)$"
TREE = r"^((?:[│|]   |[│|]\xa0\xa0 |    |[│|] {1,3})*)(?:├── |└── |\|-- |`-- )(?:\[[^\]]*\]  ?)?(.+)$"
DU = r"^(\d[\d.]*[KMGTP]?i?B?)\t(\.|total|[^\t]*/[^\t]*)$"
SHORT = r"^([ MADRCUT?!]{2}) (\S.*)$"
STATE = r"^\t(?:(new file|modified|deleted|renamed|typechange|copied|both modified|both added|both deleted|added by us|added by them|deleted by us|deleted by them):\s+)?(\S.*)$"
_UNITS = {"K": 1 << 10, "M": 1 << 20, "G": 1 << 30, "T": 1 << 40, "P": 1 << 50}
_CONFLICT = ("UU", "AA", "DD", "AU", "UA", "DU", "UD")


class Entry(NamedTuple):
    """One line's file. `state` is "" where nothing is unusual."""

    role: int = OTHER
    folder: str = ""
    name: str = ""
    parent: int = -1  # the line that names its folder
    mark: str = ""  # folder, symlink, executable, special file, conflict, deletion, change, untracked
    size: int = -1  # bytes
    date: str = ""  # as sorts, where it does


def kind_of(texts: Sequence[str]) -> tuple[str, float]:
    """Which tool printed the lines, and the share of lines that say so."""
    size = max(1, len(texts))

    def share(pattern: str) -> float:
        return sum(1 for text in texts if compiled(pattern).match(text)) / size

    first = texts[0] if texts else ""
    if first.startswith(("On branch ", "HEAD detached ", "interactive rebase in progress", "rebase in progress")):
        return "status", 1.0 if any(text.startswith(("Changes ", "Untracked files", "Unmerged paths", "nothing to commit")) for text in texts) else 0.0
    if first[:1] in "dl-tcbps./" and (long := share(LONG)) >= 0.4:
        return "ls", long + share(r"^total \d|^(?:\S.*)?:$|^ls: ")
    found = max((share(pattern), name) for name, pattern in (("tree", TREE), ("du", DU), ("short", SHORT), ("find-ls", FIND_LS)))
    if found[0] >= 0.5:
        return found[1], min(1.0, found[0] + 2 / size if found[1] == "tree" else found[0])
    return "paths", sum(1 for text in texts if _is_path(text)) / size


def _is_path(text: str) -> bool:
    return "/" in text and len(text) < 400 and (" " not in text or text[0] in "./") and compiled(r"^(?:\.{0,2}/|[A-Za-z]:/)?[^\s/:;,'\"(){}=<>|*?][^:;'\"{}=<>|*?]*$").match(text) is not None


def read_entries(texts: Sequence[str]) -> list[Entry]:
    """One a line."""
    kind, _ = kind_of([text for text in texts if text.strip()])
    if kind == "tree":
        return _tree(texts)
    if kind == "status":
        return _status(texts)
    if kind == "ls":
        return _long(texts)
    return [_single(text, kind) for text in texts]


def _single(text: str, kind: str) -> Entry:
    """A line that says all by itself."""
    if kind == "du" and (found := compiled(DU).match(text)):
        return _of_path(found[2], size=_bytes(found[1]))
    if kind == "short" and (found := compiled(SHORT).match(text)):
        code = found[1]
        mark = "conflict" if code in _CONFLICT else "deletion" if "D" in code else "untracked" if code in ("??", "!!") else "change"
        return _of_path(found[2], mark)
    if kind == "find-ls" and (found := compiled(FIND_LS).match(text)):
        return _of_path(found[5].partition(" -> ")[0], _mark(found[1], found[2], found[5]), _bytes(found[3]))
    if kind == "paths" and text.strip():
        return _of_path(text)
    return Entry()


def _of_path(path: str, mark: str = "", size: int = -1) -> Entry:
    folder, _, name = path.rstrip("/").rpartition("/")
    return Entry(ENTRY, folder, name, -1, mark or ("folder" if path.endswith("/") else ""), size)


def _long(texts: Sequence[str]) -> list[Entry]:
    out: list[Entry] = []
    folder, parent = "", -1
    for line, text in enumerate(texts):
        found = compiled(LONG).match(text)
        if found:
            name = found[5].partition(" -> ")[0] if found[1] == "l" else found[5]
            role = NOISE if name in (".", "..") else ENTRY
            out.append(Entry(role, folder, name.rstrip("/"), parent, _mark(found[1], found[2], name), _bytes(found[3]), _date(found[4])))
        elif text.endswith(":") and not text.startswith("ls: "):
            folder, parent = text[:-1], line
            out.append(Entry(HEADING, folder, "", -1))
        else:
            out.append(Entry(NOISE if not text.strip() or compiled(r"^total \d").match(text) else OTHER))
    return out


def _mark(sort: str, bits: str, _name: str) -> str:
    if sort in "dl":
        return "folder" if sort == "d" else "symlink"
    if sort != "-" or bits[2] in "sS" or bits[5] in "sS" or bits[7] == "w":
        return "special file"
    return "executable" if bits[2] == "x" else ""


def _bytes(text: str) -> int:
    text = text.replace(",", "").replace(" ", "").removesuffix("B").removesuffix("i")
    factor = _UNITS.get(text[-1:], 1)
    number = text.rstrip("KMGTP")
    return int(float(number) * factor) if number.replace(".", "", 1).isdigit() else -1


def _date(text: str) -> str:
    """A date that sorts: 2026-01-02 03:04, or what ls prints within and before the last half year."""
    if text[:4].isdigit():
        return text
    words = text.split()
    month, day = (words[0], words[1]) if words[0].isalpha() else (words[1], words[0])
    months = "JanFebMarAprMayJunJulAugSepOctNovDec"
    at = months.find(month[:3]) // 3 + 1
    return f"{'9999' if ':' in words[2] else words[2]}-{at:02d}-{int(day):02d} {words[2]}"


def _tree(texts: Sequence[str]) -> list[Entry]:
    out: list[Entry] = []
    open_: list[tuple[str, int]] = []  # name and line of the branch at each depth
    for line, text in enumerate(texts):
        found = compiled(TREE).match(text)
        if found is None:
            root = line == 0 and bool(text.strip())
            out.append(Entry(HEADING if root else OTHER if text.strip() else NOISE))
            continue
        depth = len(found[1]) // 4
        name, _, target = found[2].partition(" -> ")
        del open_[depth:]
        folder = "/".join(part for part, _ in open_)
        out.append(Entry(ENTRY, folder, name.rstrip("/"), open_[-1][1] if open_ else -1, "symlink" if target else ""))
        open_.append((name.rstrip("/"), line))
    inner = {entry.parent for entry in out}
    return [entry._replace(mark="folder") if line in inner and entry.role == ENTRY else entry for line, entry in enumerate(out)]


def _status(texts: Sequence[str]) -> list[Entry]:
    out: list[Entry] = []
    parent = -1
    for line, text in enumerate(texts):
        found = compiled(STATE).match(text)
        if found:
            what, title = found[1] or "", texts[parent] if parent >= 0 else ""
            conflict = "both" in what or "by us" in what or "by them" in what
            mark = "conflict" if conflict else "deletion" if what == "deleted" else "change" if what else "untracked"
            folder, _, name = found[2].rstrip("/").rpartition("/")
            out.append(Entry(ENTRY, folder, name, parent, mark if title or what else ""))
        elif text and not text[0].isspace() and text.endswith(":"):
            parent = line
            out.append(Entry(HEADING))
        else:
            out.append(Entry(NOISE if text.startswith('  (use "') or not text.strip() else OTHER))
    return out
