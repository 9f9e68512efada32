"""Python's definitions, statements and docstrings: by `ast` where the file parses, by indentation where it does not.

Every line of a statement needs the line before it, the first one its parent's head, and the parts of a `try` need each other, so
that whatever a selection takes together with what it needs parses.

    def f(a,        <- needed by its second line
          b):       <- needed by `try:`
        try:        <- needed by `finally:`
            x()     <- needs `finally:`
        finally:
"""

from __future__ import annotations

import ast
import warnings
from typing import TYPE_CHECKING

from headroom_cli.formats.code.grammar import Definition, Outline, indent_of

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["outline"]


def outline(texts: Sequence[str], parsed: bool = True) -> Outline:
    """The outline of a file's lines; `parsed`: whether a parser may try."""
    out = Outline(len(texts))
    tree = _parsed(texts) if parsed else None
    if tree is None:
        _by_indentation(texts, out)
        return out
    walk = _Walk(texts, out)
    walk.suite(tree.body, -1, 0, len(texts), "", True)
    for line, text in enumerate(texts):
        out.comments[line] = text.lstrip().startswith("#") and not out.parts[line]
    walk.place_comments()
    return out


def _parsed(texts: Sequence[str]) -> ast.Module | None:
    if any("\r" in text[:-1] or "\x0c" in text for text in texts):  # Python would count other lines than we do
        return None
    source = "\n".join(texts).encode("utf-8", "replace").decode()
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return ast.parse(source + "\n")
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None


class _Walk:
    """A tree's statements on the way into an outline."""

    __slots__ = ("out", "texts")

    def __init__(self, texts: Sequence[str], out: Outline) -> None:
        self.texts = texts
        self.out = out

    def suite(self, body: Sequence[ast.stmt], head: int, first: int, stop: int, name: str, outer: bool, needed: int | None = None) -> None:
        """Statements of one block; `head` is its header's last line, -1 at the top. They need `needed`, else the header."""
        out, number = self.out, len(self.out.suites)
        needed = head if needed is None else needed
        out.suites.append((head, first, stop))
        for place, node in enumerate(body):
            begin, end = _first(node), _last(node)
            if place and begin <= (body[place - 1].end_lineno or 0) - 1:  # after a semicolon
                if end > begin:
                    self._group(begin, end)
                continue
            out.statements[begin] = number
            out.needs[begin] = needed
            inner = _blocks(node)
            if not inner or self._inline(inner[0][1][0]):
                self._group(begin, end)
                if place == 0 and (name or head < 0) and isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant) and isinstance(node.value.value, str):
                    out.docs.append((begin, end))
                self._one_line(node, begin, end, name, outer)
            else:
                self._compound(node, inner, begin, end, name, outer)

    def _one_line(self, node: ast.stmt, begin: int, end: int, name: str, outer: bool) -> None:
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
            kind = "class" if isinstance(node, ast.ClassDef) else "function"
            self.out.definitions.append(Definition(begin, end, end + 1, f"{name}.{node.name}".lstrip("."), kind, outer))

    def _compound(self, node: ast.stmt, inner: Sequence[tuple[int, Sequence[ast.stmt]]], begin: int, end: int, name: str, outer: bool) -> None:
        """A statement with blocks: each header is a group; headers need the ones before, blocks need their header."""
        heads: list[int] = []
        previous = begin
        for place, (_, block) in enumerate(inner):
            inline = self._inline(block[0])
            head = _last(block[-1]) if inline else self._header_end(previous, _first(block[0]), begin)
            top = begin if not place else self._header_start(head, previous)
            if place:
                self.out.needs[top] = heads[-1]
            self._group(top, head)
            heads.append(head)
            previous = _last(block[-1]) + 1
        inside, own = name, outer and isinstance(node, (ast.If, ast.Try, ast.With))
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
            inside = f"{name}.{node.name}".lstrip(".")
            kind = "class" if isinstance(node, ast.ClassDef) else "function"
            self.out.definitions.append(Definition(begin, heads[0], end + 1, inside, kind, outer))
            own = outer and kind == "class"
        whole = isinstance(node, ast.Try) or type(node).__name__ == "TryStar"
        if whole:
            self.out.carriers.update(dict.fromkeys(heads[:-1], heads[-1]))
        for (_, block), head in zip(inner, heads, strict=True):
            if not self._inline(block[0]):
                self.suite(block, head, head + 1, _last(block[-1]) + 1, inside, own, heads[-1] if whole else None)

    def _inline(self, node: ast.stmt) -> bool:
        """Whether the first statement of a block stands on the last line of its header: `else: x = 1`."""
        before = self.texts[node.lineno - 1].encode("utf-8", "replace")[: node.col_offset]
        return _first(node) == node.lineno - 1 and bool(before.strip())

    def _header_end(self, low: int, start: int, begin: int) -> int:
        """The last line before a block that is neither blank nor a comment."""
        for line in range(start - 1, low - 1, -1):
            text = self.texts[line].strip()
            if text and not text.startswith("#"):
                return line
        return max(low, begin)

    def _header_start(self, head: int, low: int) -> int:
        """The first line of `else`, `except (A,` ... whose last line is `head`."""
        for line in range(low, head):
            text = self.texts[line].strip()
            if text and not text.startswith("#"):
                return line
        return head

    def _group(self, first: int, last: int) -> None:
        if last <= first:
            return
        self.out.groups.append((first, last))
        for line in range(first + 1, last + 1):
            self.out.needs[line] = line - 1
            self.out.parts[line] = 1

    def place_comments(self) -> None:
        """A comment needs what the statement after it needs, or the one before where the block ends with the comment."""
        out, size = self.out, len(self.texts)
        following, above = [-1] * (size + 1), -1  # the first statement at or after each line
        for line in range(size - 1, -1, -1):
            following[line] = line if out.statements[line] >= 0 else following[line + 1]
        for line in range(size):
            if out.statements[line] >= 0:
                above = out.needs[line]
            elif out.comments[line]:
                after = following[line]
                below = out.needs[after] if after >= 0 else -1
                out.needs[line] = above if line < below <= after else below  # a header between them: the comment ends the block before


def _first(node: ast.stmt) -> int:
    """The first line of a statement, decorators included."""
    decorators = getattr(node, "decorator_list", None)
    return (min(node.lineno, decorators[0].lineno) if decorators else node.lineno) - 1


def _last(node: ast.stmt) -> int:
    """The last line of a statement."""
    return (node.end_lineno or node.lineno) - 1


def _blocks(node: ast.stmt) -> list[tuple[int, Sequence[ast.stmt]]]:
    """The blocks of a compound statement in order; an `elif` is a block of its own if it stands in `orelse`."""
    blocks: list[Sequence[ast.stmt]] = []
    if isinstance(node, ast.Try) or type(node).__name__ == "TryStar":
        tried: ast.Try = node  # type: ignore[assignment]
        blocks = [tried.body, *(handler.body for handler in tried.handlers), tried.orelse, tried.finalbody]
    elif type(node).__name__ == "Match":
        return []  # one statement: neither a case nor a head makes sense alone
    elif isinstance(node, ast.If):
        current: ast.If = node
        blocks = [node.body]
        while len(current.orelse) == 1 and isinstance(current.orelse[0], ast.If) and current.orelse[0].col_offset == node.col_offset:
            current = current.orelse[0]
            blocks.append(current.body)
        blocks.append(current.orelse)
    else:
        blocks = [getattr(node, "body", []), getattr(node, "orelse", [])]
    return [(block[0].lineno, block) for block in blocks if block]


def _by_indentation(texts: Sequence[str], out: Outline) -> None:
    """Definitions where the file does not parse: a Python 2 file, a fragment, a file that is being edited."""
    open_heads: list[tuple[int, int]] = []  # indent, place in definitions
    for line, text in enumerate(texts):
        stripped = text.strip()
        out.comments[line] = stripped.startswith("#")
        if not stripped or out.comments[line] or out.parts[line]:
            continue
        depth = len(indent_of(text))
        while open_heads and open_heads[-1][0] >= depth:
            _close(out, open_heads.pop()[1], line)
        if open_heads:
            out.needs[line] = out.definitions[open_heads[-1][1]].head
        if stripped.startswith(("def ", "async def ", "class ")):
            open_heads.append((depth, len(out.definitions)))
            _open(texts, out, line, [out.definitions[place] for _, place in open_heads[:-1]])
    for _, place in open_heads:
        _close(out, place, len(texts))


def _open(texts: Sequence[str], out: Outline, line: int, around: Sequence[Definition]) -> None:
    head = line
    while head + 1 < len(texts) and head < line + 30 and not texts[head].split("#")[0].rstrip().endswith(":"):
        head += 1
    head = head if texts[head].split("#")[0].rstrip().endswith(":") else line
    first = line
    while first and texts[first - 1].lstrip().startswith("@"):
        first -= 1
    words = texts[line].split("(")[0].split(":")[0].split()
    name = f"{around[-1].name}.{words[-1]}" if around else words[-1]
    kind = "class" if "class" in words[:1] else "function"
    out.definitions.append(Definition(first, head, head + 1, name, kind, all(each.kind == "class" for each in around)))
    for part in range(first + 1, head + 1):
        out.needs[part] = part - 1
        out.parts[part] = 1
    if around:
        out.needs[first] = around[-1].head
    if head > first:
        out.groups.append((first, head))
    out.suites.append((head, head + 1, len(texts)))
    if head + 1 < len(texts):
        out.statements[head + 1] = len(out.suites) - 1


def _close(out: Outline, place: int, line: int) -> None:
    """End a definition and its suite, which has the same place, before `line`."""
    out.definitions[place] = out.definitions[place]._replace(stop=line)
    out.suites[place] = (*out.suites[place][:2], line)
