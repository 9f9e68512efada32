"""Whether the patterns that users write can be used, and whether they were meant as the other kind.

pattern: "*.py"        not a regular expression; a glob by its looks
glob: "*.{yml,yaml}"   the dialect of .gitignore has no braces
"""

from __future__ import annotations

import re
from functools import lru_cache

__all__ = ["MAX_PATTERN", "bad_glob", "bad_regex", "looks_like_glob", "looks_like_regex", "quoted"]

MAX_PATTERN = 1000
"""Characters of one pattern: a project's configuration comes with the code it judges."""


def bad_regex(text: str, *, lines: bool = False) -> str:
    """Why `text` cannot serve as a regular expression, "" if it can. `lines`: it is searched in a document's bytes too."""
    if not text:
        return "the regular expression is empty: it would match everything"
    if len(text) > MAX_PATTERN:
        return f"the regular expression has {len(text)} characters, but at most {MAX_PATTERN} are allowed"
    import warnings

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            re.compile(text)
            if lines:
                re.compile(text.encode())
    except (re.error, OverflowError, RecursionError, UnicodeEncodeError) as error:
        return f"{quoted(text)} is not a regular expression: {error}"
    return ""


@lru_cache(maxsize=256)
def bad_glob(text: str) -> tuple[str, str]:
    """Why `text` cannot serve as a glob and what to write instead; two empty texts if it can."""
    if len(text) > MAX_PATTERN:
        return f"the glob has {len(text)} characters, but at most {MAX_PATTERN} are allowed", ""
    if re.search(r"\{[^{}]*,[^{}]*\}", text):
        return f"{quoted(text)}: the dialect of .gitignore has no braces", "write one entry for each alternative"
    if text.startswith("#"):
        return f"{quoted(text)} is a comment in the dialect of .gitignore", "write \\# for a name that begins with #"
    from pathspec import GitIgnoreSpec

    try:
        patterns = GitIgnoreSpec.from_lines([text]).patterns
    except ValueError:
        patterns = []
    if not patterns or all(pattern.include is None for pattern in patterns):
        return f"{quoted(text)} is not a glob that can match anything", "for example: logs/**/*.log"
    return "", ""


def looks_like_glob(text: str) -> bool:
    """Whether a `pattern` was meant as glob: a star where a regular expression has nothing to repeat, and none of its signs."""
    return bool(re.search(r"(?:^|/)\*+(?:[./\w]|$)", text)) and not re.search(r"[\\^$()|+]|\.\*", text)


def looks_like_regex(text: str) -> bool:
    """Whether a `glob` was meant as regular expression."""
    return bool(re.search(r"\\[.dwsDWSb]|^\^|\$$|\(.*\|.*\)|^\.[*+]/|/\.[*+]/", text))


def quoted(text: str) -> str:
    """`text` as YAML would take it in single quotes, on one line."""
    return "'" + text.replace("'", "''") + "'" if text.isprintable() else repr(text)
