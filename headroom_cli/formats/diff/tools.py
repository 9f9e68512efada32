"""Which files of a diff a tool wrote. A lock, a map, a minified or vendored file says it by its name; a folder that builders write to
(`dist`, `esm`, `lib/commonjs`) says it only with a second sign, since people name folders so too.

    package-lock.json                         by its name
    dist/cart.js  beside  src/cart.ts         by its folder and the file that it is made from
    src/dist/matrix.py                        written by hand
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from headroom_cli.formats.diff.hunks import CHANGED
from headroom_cli.text.paths import built_folders, is_generated, is_prose, is_vendored
from headroom_cli.text.regex import compiled

if TYPE_CHECKING:
    from collections.abc import Sequence

    from headroom_cli.formats.diff.hunks import Parsed, Part

__all__ = ["by_tools"]

LONG = 500
"""Characters from which a changed line may be no line that anybody wrote."""
_SAYS = ("DO NOT EDIT", "@generated")
_BUILDS = ("sourceMappingURL=", "__esModule", "__webpack_", "__toESM(", "__commonJS(", "System.register(")
_WEB = frozenset({"js", "mjs", "cjs", "jsx", "ts", "mts", "cts", "css", "map", "html"})
_HASHED = r".*[-.](?=[0-9A-Za-z_]*\d)[0-9A-Za-z_]{8,}\.\w+$"


def by_tools(parsed: Parsed, texts: Sequence[str]) -> set[int]:
    """Numbers of the files that were generated, vendored or minified."""
    paths = {_stem(part.path) for part in parsed.parts if not built_folders(part.path)[1]}
    found, unsure = set(), dict[str, list[tuple[int, bool]]]()
    for at, part in enumerate(parsed.parts):
        folder, tail = built_folders(part.path)
        if is_vendored(part.path) or (is_generated(part.path) and not tail):
            known = bool(part.plus + part.minus)
        else:
            known = _says(part, parsed, texts) or _unwritten(part, parsed, texts)
        if known:
            found.add(at)
        if tail:
            twin = _ending(part.path) in _WEB and _made_from(folder, _stem(tail), paths)
            unsure.setdefault(folder, []).append((at, known or twin or _built(part, texts)))
    for members in unsure.values():
        built = [at for at, sign in members if sign]
        found.update(at for at, _ in members if 2 * len(built) >= len(members)) if built else None
    return {at for at in found if parsed.parts[at].plus + parsed.parts[at].minus or not built_folders(parsed.parts[at].path)[1]}


def _stem(path: str) -> str:
    """`src/cart.test.ts` -> `src/cart.test`, `dist/cart.d.ts` -> `dist/cart`, both lowered."""
    folder, slash, name = path.lower().rpartition("/")
    for end in (".map", ".ts", ".d", ".js", ".mjs", ".cjs", ".tsx", ".jsx", ".mts", ".css", ".scss"):
        name = name.removesuffix(end)
    return folder + slash + name


def _ending(path: str) -> str:
    return path.rpartition(".")[2].lower()


def _made_from(folder: str, tail: str, paths: set[str]) -> bool:
    """Whether a file of the same name stands in another folder beside the built one."""
    root = folder.lower().rpartition("/")[0]
    start, end = root + "/" if root else "", "/" + tail
    return any(path.startswith(start) and path.endswith(end) and path[len(start) :].count("/") <= tail.count("/") + 2 for path in paths)


def _says(part: Part, parsed: Parsed, texts: Sequence[str]) -> bool:
    """Whether it says so in its first lines."""
    return any(says in texts[line] for line in range(part.first, min(part.stop, part.first + 14)) if parsed.hunks[line] >= 0 for says in _SAYS)


def _built(part: Part, texts: Sequence[str]) -> bool:
    """Whether it has the words or the name of what a builder writes."""
    if compiled(_HASHED).match(part.path):
        return True
    return any(word in texts[line] for line in range(part.first, part.stop) for word in _BUILDS)


def _unwritten(part: Part, parsed: Parsed, texts: Sequence[str]) -> bool:
    """Whether most of what changed are lines that nobody writes."""
    if is_prose(part.path):
        return False
    changed = [len(texts[line]) for line in range(part.first, part.stop) if parsed.roles[line] == CHANGED]
    return sum(size for size in changed if size > LONG) * 2 > sum(changed)
