"""What all languages share: which one a text is in, and its definitions, comments and statements as spans of lines.

    class Tree:                 Definition(first=0, head=0, stop=4, name="Tree", kind="class")
        @property               Definition(first=1, head=2, stop=4, name="Tree.size", kind="function"), outer: in nothing but classes
        def size(self):
            return 1
"""

from __future__ import annotations

import os
from array import array
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["LANGUAGES", "Definition", "Language", "Outline", "cues", "indent_of", "innermost", "language_named", "language_of"]


class Language(NamedTuple):
    """One language: how its files are called, how a comment begins, what its statements begin with."""

    name: str
    extensions: tuple[str, ...]
    comment: str
    strong: tuple[str, ...]  # beginnings that next to nothing else has
    usual: tuple[str, ...]  # beginnings that go with them
    imports: tuple[str, ...]


LANGUAGES: dict[str, Language] = {
    language.name: language
    for language in (
        Language(
            "python", (".py", ".pyi", ".pyw"), "#", ("def ", "async def ", "class ", "from ", "import ", "@", "elif ", "except", "raise ", "with "),
            ("return", "if ", "for ", "while ", "else:", "try:", "self.", "yield ", "pass", "assert ", "not ", "and ", "or "), ("import ", "from "),
        ),
        Language(
            "typescript", (".ts", ".mts", ".cts", ".tsx"), "//", ("export ", "import ", "const ", "let ", "interface ", "type ", "readonly ", "declare ", "public ", "private "),
            ("return", "if (", "for (", "} else", "this.", "async ", "function ", "class ", "case ", "default:", "throw new", "await "), ("import ",),
        ),
        Language(
            "javascript", (".js", ".mjs", ".cjs", ".jsx"), "//", ("function ", "const ", "let ", "var ", "module.exports", "exports.", "import ", "export ", "'use strict'", '"use strict"'),
            ("return", "if (", "for (", "} else", "this.", "async ", "class ", "case ", "default:", "throw new", "await ", "});"), ("import ",),
        ),
        Language(
            "go", (".go",), "//", ("func ", "package ", "type ", "defer ", "go func", "import (", 'import "', "var ", "const (", "if err "),
            ("return", "if ", "for ", "switch ", "case ", "default:", "} else", "range "), ("import ",),
        ),
        Language(
            "rust", (".rs",), "//", ("fn ", "pub ", "use ", "impl", "let ", "mod ", "struct ", "enum ", "trait ", "#[", "match ", "unsafe ", "async fn"),
            ("return", "if ", "for ", "while ", "loop ", "} else", "self.", "Some(", "Ok(", "Err(", "None"), ("use ", "pub use ", "extern crate "),
        ),
        Language(
            "java", (".java",), "//", ("public ", "private ", "protected ", "package ", "import ", "@Override", "@", "final ", "static "),
            ("return", "if (", "for (", "while (", "} else", "this.", "throw new", "try {", "} catch", "super", "case ", "new ", "super."), ("import ",),
        ),
        Language(
            "cpp", (".cpp", ".cc", ".cxx", ".hpp", ".hh", ".hxx", ".ipp", ".cu"), "//",
            ("#include", "#define", "#if", "#endif", "namespace ", "template", "class ", "using ", "public:", "private:", "protected:", "std::", "auto ", "virtual "),
            ("return", "if (", "for (", "while (", "} else", "static ", "const ", "void ", "int ", "struct ", "case ", "break;"), ("#include", "using "),
        ),
        Language(
            "c", (".c", ".h"), "//", ("#include", "#define", "#if", "#endif", "#ifdef", "#ifndef", "typedef ", "struct ", "static ", "extern "),
            ("return", "if (", "for (", "while (", "} else", "const ", "void ", "int ", "char ", "case ", "break;", "goto ", "unsigned "), ("#include",),
        ),
    )
}  # fmt: skip


class Definition(NamedTuple):
    """A function, class or the like."""

    first: int  # the first line, decorators included
    head: int  # the last line of its signature
    stop: int  # the line after it
    name: str  # with the names of what it is in: `Tree.size`; "" where it has none
    kind: str  # "function" or "class" (anything that holds definitions: struct, interface, namespace)
    outer: bool  # in nothing but classes


class Outline:
    """What a parser says of a file, in columns by line."""

    __slots__ = ("carriers", "comments", "definitions", "docs", "groups", "needs", "parts", "statements", "suites")

    def __init__(self, size: int) -> None:
        self.definitions: list[Definition] = []
        self.carriers: dict[int, int] = {}  # last line of a head that may not stand without a later one, as `try` -> that one's last line
        self.comments = bytearray(size)  # 1: nothing but a comment
        self.docs: list[tuple[int, int]] = []  # docstrings: first line, last line
        self.groups: list[tuple[int, int]] = []  # statements and heads of several lines (first, last): all of them or none
        self.needs = array("i", [-1]) * size  # the line without which this one misleads
        self.parts = bytearray(size)  # 1: inside a statement that began on an earlier line
        self.statements = array("i", [-1]) * size  # the suite of the statement that begins on the line
        self.suites: list[tuple[int, int, int]] = []  # last line of the head, first line, line after the last: must not be empty (Python)


def indent_of(text: str) -> str:
    """The blanks a line begins with."""
    return text[: len(text) - len(text.lstrip(" \t"))]


def innermost(definitions: Sequence[Definition], size: int, *, below: bool = False) -> list[Definition | None]:
    """The innermost of nested definitions for each line, None outside of all; `below`: of their lines below their heads. In order of their
    first lines, outer ones before inner ones."""
    out: list[Definition | None] = [None] * size
    ends: list[Definition] = []
    events = sorted(definitions, key=lambda own: own.head + 1 if below else own.first)
    at = 0
    for own in [*events, None]:
        first = size if own is None else min(size, own.head + 1 if below else own.first)
        while at < first:
            while ends and ends[-1].stop <= at:
                ends.pop()
            stop = min(first, ends[-1].stop if ends else first)
            out[at:stop] = [ends[-1] if ends else None] * (stop - at)
            at = stop
        if own is not None:
            ends.append(own)
    return out


def cues(lines: Sequence[str], language: Language) -> tuple[int, int]:
    """How many stripped lines begin as only this language's do, and as code often does."""
    strong = sum(1 for line in lines if line.startswith(language.strong) and _fits(line, language.name))
    return strong, sum(1 for line in lines if line.startswith(language.usual) and _fits(line, language.name))


def _fits(line: str, name: str) -> bool:
    """Whether a line ends as a statement of the language does: what `from the top` or `type of thing` does not."""
    last = line[-1]
    if name == "python":
        if line.startswith(("def ", "class ", "async def ", "if ", "for ", "while ", "elif ", "except", "with ", "else", "try")):
            return last in ":,([\\" or ":  #" in line
        if line.startswith("from "):
            return " import " in line
        return last not in ".;{" and not (line.startswith("import ") and len(line.split()) > 6 and "," not in line and " as " not in line)
    if name in ("c", "cpp") and line.startswith("#"):
        return True
    if name == "go":
        return last in "{()},:" or (line.startswith(("package ", 'import "', "func ", "return", "type ", "var ", "defer ")) and last not in ".;")
    if name in ("javascript", "typescript"):
        return last in "{};,(:>['`" or "=" in line or (line.startswith(("import ", "export ")) and last in "'\"")
    return last in "{};,(:>)]" or (line.startswith("@") and " " not in line.split("(")[0])


_SHORT = {"py": "python", "js": "javascript", "jsx": "javascript", "ts": "typescript", "tsx": "typescript", "golang": "go", "rs": "rust", "c++": "cpp", "cxx": "cpp"}


def language_named(name: str) -> Language | None:
    """The language that a fence of Markdown names: `python`, `py`, `ts`."""
    return LANGUAGES.get(_SHORT.get(name, name))


def language_of(name: str, lines: Sequence[str]) -> Language | None:
    """The language by the file's name, else by what its lines begin with; None where they begin as those of none."""
    extension = os.path.splitext(name)[1].lower()
    for language in LANGUAGES.values():
        if extension in language.extensions and extension != ".h":
            return language
    stripped = [text for line in lines if (text := line.strip())]
    best: tuple[float, Language] | None = None
    for language in LANGUAGES.values():
        strong, usual = cues(stripped, language)
        found = strong + 0.4 * usual if strong >= 2 else 0.0
        if found and (best is None or found > best[0]):
            best = found, language
    return _typed(best[1], stripped) if best else None


def _typed(language: Language, lines: Sequence[str]) -> Language:
    """JavaScript with types is TypeScript; C with classes is C++."""
    if language.name in ("javascript", "typescript"):
        typed = any(line.startswith(("interface ", "export interface ", "type ", "export type ", "import type ", "declare ")) or "): " in line for line in lines)
        return LANGUAGES["typescript" if typed else "javascript"]
    if language.name in ("c", "cpp"):
        plus = any(line.startswith(("namespace ", "template", "class ", "using ", "public:", "private:")) or "std::" in line for line in lines)
        return LANGUAGES["cpp" if plus else "c"]
    return language
