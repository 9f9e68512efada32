"""A diff inside a log (`git diff --exit-code`, a formatter's `--diff`): what was changed stays with its file and hunk, context goes first.

    --- a/cart.py                --- a/cart.py
    +++ b/cart.py                +++ b/cart.py
    @@ -1,7 +1,7 @@              @@ -1,7 +1,7 @@
     import os                   [L4-5]
     import sys                   x = 1
     x = 1                 ->    -y=2
    -y=2                         +y = 2
    +y = 2

A hunk ends where the counts of its header say, so a changed line may look like anything. Files that a tool writes go whole.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING

from headroom_cli.text.paths import is_generated, is_vendored

if TYPE_CHECKING:
    from headroom_cli.stages.nested import Regions

__all__ = ["opens", "read"]

KIND = "diff line"
MOST_LINES = 20_000
NEAR = 1
"""Lines of context beside a change that stay."""
ABOVE = 8
"""Lines above a hunk among which its file's header is."""
_HEADER = ("diff ", "index ", "--- ", "+++ ", "old mode", "new mode", "new file mode", "deleted file mode", "similarity ", "rename ", "copy ")


@lru_cache(maxsize=1)
def _hunk() -> re.Pattern[str]:
    return re.compile(r"@@ -\d+(?:,(\d+))? \+\d+(?:,(\d+))? @@")


def opens(text: str) -> bool:
    """Whether this is a hunk's header."""
    return text.startswith("@@ -") and _hunk().match(text) is not None


def read(found: Regions, first: int) -> int:
    """Weigh the hunk that begins at line `first`, and its file's header; the line where reading goes on."""
    parts = _hunk().match(found.bodies[first])
    if parts is None:
        return first + 1
    left = [int(parts[1] or 1), int(parts[2] or 1)]
    signs, line = [], first + 1
    while line < min(len(found.bodies), first + MOST_LINES) and max(left) > 0:
        sign = (found.bodies[line] or " ")[0]
        if sign not in " +-\\":
            break
        left[0] -= sign in " -"
        left[1] -= sign in " +"
        signs.append(sign)
        line += 1
    if "+" not in signs and "-" not in signs:
        return first + 1
    name = _header(found, first)
    path = _path(found.bodies.survey.glance(name)) if name >= 0 else ""
    written = not (is_generated(path) or is_vendored(path))
    found.weigh(first, 2.5 if written else -2.0, name)
    _weigh(found, first, signs, written)
    found.kinds.append((first, line, KIND))
    return line


def _header(found: Regions, hunk: int) -> int:
    """The line that names the hunk's file, from the hunk before or from the lines above: -1 where there is none."""
    glance, own, name, at = found.bodies.survey.glance, found.needs, -1, hunk - 1
    if found.kinds and found.kinds[-1][1] == hunk and found.kinds[-1][2] == KIND:
        return found.needs.get(found.kinds[-1][0], -1)
    while at >= max(0, hunk - ABOVE) and (text := glance(at)).startswith(_HEADER):
        if text.startswith("+++ " if text != "+++ /dev/null" else "--- ") or (name < 0 and text.startswith(("--- ", "diff "))):
            name = at
        at -= 1
    for line in range(at + 1, hunk):
        found.weigh(line, 4.0 if line == name else -2.0, name)
        own.pop(name, None)
    return name


def _path(text: str) -> str:
    path = text.split("\t")[0].split(" ")[-1]
    return path[2:] if path[:2] in ("a/", "b/") else path


def _weigh(found: Regions, hunk: int, signs: list[str], written: bool) -> None:
    size, changed = len(signs), [at for at, sign in enumerate(signs) if sign in "+-"]
    near = {at + step for at in changed for step in range(-NEAR, NEAR + 1)}
    told = 0
    for at, sign in enumerate(signs):
        told += sign in "+-"
        weight = 3.6 - min(1.2, 0.03 * told) if sign in "+-" else 0.5 if at in near else -1.0
        found.weigh(hunk + 1 + at, weight if written else -3.0, hunk)
    if not written:
        found.spare(hunk + 1, hunk + 1 + size, KIND)
        return
    for at in range(size):
        if at not in near:
            found.spare(hunk + 1 + at, hunk + 2 + at, KIND)
