"""`headroom init`: a first headroom-config.yaml with the usual rules and, commented out, examples of the others."""

from __future__ import annotations

import argparse
import os

from headroom_cli.cli.session import Session, say
from headroom_cli.errors import UsageError

__all__ = ["STARTER", "build", "run"]

STARTER = r"""# How headroom treats the files of this project.
#   headroom rules explain PATH    what holds for a path, and why
#   headroom rules check           finds mistakes in this file
#   man headroom-config            all keys
version: 1

defaults:
  strategy: balanced            # off, lossless, conservative, balanced or aggressive

exclude:                        # these come out byte for byte; the dialect of .gitignore
  - "**/*.min.js"
  - "**/*.lock"

# Every matching rule applies, top to bottom; later keys override earlier ones. A rule has either a pattern (a regular
# expression, searched in the path) or a glob (the dialect of .gitignore), both relative to this file's folder.
rules:
  - pattern: "\\.(py|js|ts|go|rs|c|h)$"
    min_compress_ratio: 0.5     # leave source files alone unless at least half of the tokens can be saved
  - glob: "ci-logs/"
    strategy: aggressive
#   max_tokens: 4000            # at most so many tokens, whatever it takes

# - glob: "logs/**/*.log"
#   keep: ["TICKET-\\d+"]       # regular expressions: lines that match stay
#   drop: ["^DEBUG "]           # and these go, but never the head of a failure
# - pattern: "openapi.*\\.yaml$"
#   compress: false             # byte for byte
"""


def build(parser: argparse.ArgumentParser) -> None:
    """Add the command's arguments."""
    parser.description = "Write a first headroom-config.yaml with comments. A file that is already there stays, unless --force."
    parser.add_argument_group("output").add_argument(
        "folder", metavar="DIR", nargs="?", default=".", help="where (default: here)"
    )
    parser.add_argument_group("how hard").add_argument("--force", action="store_true", help="replace the file that is there")


def run(args: argparse.Namespace, session: Session) -> int:
    """Write the file."""
    from headroom_cli.config import FILE_NAME
    from headroom_cli.files import write_atomic

    path = os.path.join(args.folder, FILE_NAME).removeprefix("./")
    if not os.path.isdir(args.folder):
        raise UsageError("not a folder", place=args.folder, hint="create it first")
    if os.path.lexists(path) and not args.force:
        raise UsageError("there is a file already", place=path, hint="--force replaces it")
    write_atomic(path, STARTER.encode())
    say(session, f"{path} written; `headroom rules check` holds it against the rules' grammar")
    return 0
