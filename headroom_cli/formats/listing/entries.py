"""What each line of a listing names: ls -l, ls -R, find, tree, du and git status.

    -rwxr-xr-x 1 me me 4096 Jan  2 03:04 run.sh      entry run.sh of the folder above, executable, 4096 bytes
    ./src:                                           heading
    |-- cart.py                                      entry of the branch it hangs on
     D src/old.py                                    entry, deleted
    1 .M N... 100644 100644 100644 9a57... 9a57... a.py      entry, changed; its ids are cut
    ack/oldstable,now 3.6.0-1 all [installed]        entry of the sort `installed`
"""

from __future__ import annotations

from itertools import islice
from sys import intern
from typing import TYPE_CHECKING, NamedTuple

from headroom_cli.text.regex import compiled

if TYPE_CHECKING:
    import re
    from collections.abc import Sequence

__all__ = ["ENTRY", "HEADING", "IDS", "NOISE", "OTHER", "Entry", "kind_of", "read_entries", "telling_lines"]

OTHER, ENTRY, HEADING, NOISE = range(4)
MOST_TELLING = 20_000
LONG = r"^([-dlbcpsD])([rwxsStT-]{9})[.+@]?\s+(?:\d+\s+)?(?:\S+\s+){1,2}?(\d[\d,.]*[KMGTP]?|\d+,\s*\d+)\s+(\w{3}\s+\d+\s+[\d:]+|\d{4}-\d\d-\d\d[ T][\d:.]+(?: [+-]\d{4})?|\d+\s+\w{3}\s+[\d:]+)\s(.+)$"
FIND_LS = r"^\s*\d+\s+\d+\s+([-dlbcpsD])([rwxsStT-]{9})\s+\d+\s+\S+\s+\S+\s+(\d+)\s+(\w{3}\s+\d+\s+[\d:]+)\s(.+)$"
TREE = r"^((?:[│|](?:\xa0\xa0 | {1,3})|    )*)(?:├── |└── |\|-- |`-- )(?:\[[^\]]*\]  ?)?(.+)$"
DU = r"^(\d[\d.]*[KMGTP]?i?B?)(?:\t(?=\.$|total$|[^\t]*/)| (?=\S*/\S*$))([^\t]*)$"
PRINTED = r"^([-dlbcpsD])([rwxsStT-]{9})[.+@]?((?:\s+[\w.:+%-]+){0,6}?)\s+((?:\.{0,2}/)?[\w.@+-]+(?:/.*)?)$"
STATUS2 = r"^(?:[12] ([.MADRCTU]{2}) \S{4} (?:[0-7]{6} ){3}[0-9a-f]{40,64} [0-9a-f]{40,64} (?:[RC]\d+ )?|u ([MADRCTU]{2}) \S{4} (?:[0-7]{6} ){4}(?:[0-9a-f]{40,64} ){3}|([?!]) |# branch\.)(.+)$"
STAGED = r"^([0-7]{6}) [0-9a-f]{40,64} ([0-3])\t(.+)$"
PACKAGE = r"^([a-z0-9][a-z0-9.+-]+)/\S+ \S+ [a-z][a-z0-9-]*(?: \[([^\]]*)\])?$"
IDS = r"(?<= )[0-9a-f]{40,64} "
SHORT = r"^([ MADRCUT?!]{2}) (\S.*)$"
STATE = r"^\t(?:(new file|modified|deleted|renamed|typechange|copied|both modified|both added|both deleted|added by us|added by them|deleted by us|deleted by them):\s+)?(\S.*)$"
_UNITS = {"K": 1 << 10, "M": 1 << 20, "G": 1 << 30, "T": 1 << 40, "P": 1 << 50}
_PATTERNS = {
    "tree": TREE, "du": DU, "short": SHORT, "find-ls": FIND_LS, "printed": PRINTED, "status2": STATUS2, "staged": STAGED, "packages": PACKAGE,
}  # fmt: skip
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
    sort: str = ""  # what markers count it as, where that is not its ending


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
    if (named := _share_of_names(texts)) >= 0.97:
        return "names", named
    found = max((share(pattern), name) for name, pattern in _PATTERNS.items())
    if found[0] >= 0.5:
        return found[1], min(1.0, found[0] + 2 / size if found[1] == "tree" else found[0])
    return "paths", sum(1 for text in texts if _is_path(text)) / size


def _is_path(text: str) -> bool:
    return "/" in text and len(text) < 400 and (" " not in text or text[0] in "./") and compiled(r"^(?:\.{0,2}/|[A-Za-z]:/)?[^\s/:;,'\"(){}=<>|*?][^:;'\"{}=<>|*?]*$").match(text) is not None


def _share_of_names(texts: Sequence[str]) -> float:
    """The share of lines that are of `ls -R`: folders with a colon, all below the first, and names without a folder."""
    root = texts[0][:-1] if texts and texts[0].endswith(":") else ""
    folders = [text for text in texts if text.endswith(":") and (text[:-1] == root or text.startswith(f"{root.rstrip('/')}/"))] if root else []
    if len(folders) < 2 or len(folders) == len(texts):
        return 0.0
    return (len(folders) + sum(1 for text in texts if compiled(r"[^/:;=\"'(){}<>|*?\\\t]{1,120}").fullmatch(text) and text.count(" ") <= 3)) / len(texts)


def telling_lines(texts: Sequence[str]) -> list[str]:
    """The lines that tell which tool printed them: the first ones that are not blank."""
    return list(islice(filter(str.strip, texts), MOST_TELLING))


def read_entries(texts: Sequence[str]) -> list[Entry]:
    """One a line."""
    kind, _ = kind_of(telling_lines(texts))
    if kind == "tree":
        return _tree(texts)
    if kind == "status":
        return _status(texts)
    if kind in ("ls", "names"):
        return _long(texts, names=kind == "names")
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
    if kind == "printed" and (found := compiled(PRINTED).match(text)):
        numbers, dates = compiled(r"(?<=\s)\d+(?=\s|$)").findall(found[3]), compiled(r"\d{4}-\d\d-\d\d").search(found[3])
        return _of_path(found[4], _mark(found[1], found[2], ""), int(numbers[-1]) if numbers else -1)._replace(date=dates[0] if dates else "")
    if kind == "status2" and (found := compiled(STATUS2).match(text)):
        return _of_status(found)
    if kind == "staged" and (found := compiled(STAGED).match(text)):
        mode = {"100755": "executable", "120000": "symlink", "160000": "submodule"}.get(found[1], "")
        return _of_path(found[3], "conflict" if found[2] != "0" else mode)
    if kind == "packages" and (found := compiled(PACKAGE).match(text)):
        state = (found[2] or "not installed").partition(" to: ")[0]
        return Entry(ENTRY, "", found[1], mark="change" if "upgrad" in state or "residual" in state else "", sort=state)
    if kind == "paths" and text.strip():
        return _of_path(text)
    return Entry()


def _of_status(found: re.Match[str]) -> Entry:
    """A line of `git status --porcelain=v2`."""
    if found[1] is None and found[2] is None and found[3] is None:
        return Entry(OTHER)
    code = found[1] or found[2] or ""
    mark = "conflict" if found[2] else "deletion" if "D" in code else "untracked" if found[3] else "change"
    return _of_path(found[4].partition("\t")[0], mark)


def _of_path(path: str, mark: str = "", size: int = -1) -> Entry:
    folder, _, name = path.rstrip("/").rpartition("/")
    return Entry(ENTRY, folder, name, -1, mark or ("folder" if path.endswith("/") else ""), size)


def _long(texts: Sequence[str], *, names: bool) -> list[Entry]:
    """`ls -l`, `ls -lR`, and with `names` `ls -R`."""
    headings = {text[:-1] for text in texts if text.endswith(":")} if names else set()
    out: list[Entry] = []
    folder, parent = "", -1
    for line, text in enumerate(texts):
        found = compiled(LONG).match(text)
        if found:
            name = found[5].partition(" -> ")[0] if found[1] == "l" else found[5]
            role = NOISE if name in (".", "..") else ENTRY
            out.append(Entry(role, folder, name.rstrip("/"), parent, _mark(found[1], found[2], name), _bytes(found[3]), intern(_date(found[4]))))
        elif names and text.strip() and text[:-1] not in headings:
            mark = "folder" if f"{folder}/{text}" in headings else ""
            out.append(Entry(ENTRY, folder, text, parent, mark))
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
