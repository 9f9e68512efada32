"""`headroom compress`: the filter. This module holds its arguments and the order of its work.

    make test 2>&1 | headroom compress | llm "why does this fail?"

Everything is read and compressed before anything is written, so that a usage or configuration error leaves no half-done
work behind. What is read is decided in `inputs`, where results go in `delivery`.
"""

from __future__ import annotations

import argparse
import sys

from headroom_cli.cli.options import add_strength
from headroom_cli.cli.outcome import add_report, remember
from headroom_cli.cli.session import Session
from headroom_cli.errors import UsageError

__all__ = ["build", "run"]

_SHORT_HELP = """\
headroom compress reads files or a pipe; stdin is a terminal.

  make test 2>&1 | headroom compress
  headroom compress build.log --max-tokens 2000

See `headroom compress --help`.
"""


def build(parser: argparse.ArgumentParser) -> None:
    """Add the command's arguments."""
    parser.description = (
        "Read FILEs, or stdin, and write a text with the same answer in it and far fewer tokens. stdout carries the "
        "text only, messages go to stderr. Cut lines leave a marker such as [L37-1240]; `headroom retrieve` prints them."
        "\n\nInputs under 500 tokens, and what would not get smaller, come out byte for byte. Several FILEs are headed "
        "==> NAME <== and share --max-tokens."
    )
    parser.epilog = "\n".join(
        (
            "make test 2>&1 | headroom compress",
            "headroom compress build.log --max-tokens 2000 --keep 'TICKET-\\d+'",
            "headroom compress -i --check logs/*.log",
            "headroom compress build.log --json | jq -r .compressed_text",
        )
    )
    _add_input(parser)
    add_strength(parser)
    _add_output(parser)
    add_report(parser, "line on a terminal", "the text and its numbers as one JSON object on stdout")


def _add_input(parser: argparse.ArgumentParser) -> None:
    group = parser.add_argument_group("input")
    group.add_argument("files", metavar="FILE", nargs="*", help="files to read, gz and zst too; - or none is stdin")
    group.add_argument("--files-from", metavar="FILE", help="read the names of files from FILE, one a line; - is stdin")
    group.add_argument("-0", "--null", action="store_true", help="names in --files-from end in NUL, not newline")
    group.add_argument("--stdin-filename", metavar="NAME", help="the path of stdin for rules, its format, messages and the header")


def _add_output(parser: argparse.ArgumentParser) -> None:
    group = parser.add_argument_group("output")
    group.add_argument("-o", "--output", metavar="FILE", help="write to FILE, atomically; - is stdout")
    group.add_argument(
        "-i", "--in-place", action="store_true", help="write each FILE back, atomically; -s lossless unless --backup is given"
    )
    group.add_argument(
        "--backup", metavar="SUFFIX", help="with -i: keep the old file as FILE and SUFFIX; allows lossy strategies and --redact"
    )
    group.add_argument("--check", action="store_true", help="write nothing; exit 1 if a FILE would change; with -i: by -i")
    group.add_argument("--diff", action="store_true", help="write a unified diff to stdout instead of the text")
    group.add_argument("-n", "--dry-run", action="store_true", help="write nothing but the report")
    group.add_argument("--strict", action="store_true", help="exit 1 if there was a warning")


def run(args: argparse.Namespace, session: Session) -> int:
    """Compress, deliver, report; 0, 1 or 3, or HeadroomError with 2."""
    _refuse_contradictions(args)
    from headroom_cli.cli.delivery import deliver, report
    from headroom_cli.cli.inputs import input_names, outcomes

    names = input_names(args)
    if names is None:
        sys.stderr.write(_SHORT_HELP)
        return UsageError.exit_code
    done = outcomes(names, args, session)
    done = deliver(done, args)
    code = report(done, args, session)
    if not (args.check or args.diff or args.dry_run):
        remember([outcome.row for outcome in done], session)
    return code


def _refuse_contradictions(args: argparse.Namespace) -> None:
    """Options that cannot both be meant are a mistake, not a matter of order."""
    silent = args.check or args.diff or args.dry_run
    lossy = args.strategy not in (None, "off", "lossless") or args.max_tokens or args.drop or args.redact
    wrong = (
        (args.in_place and args.output is not None, "-i and -o cannot be used together", "-i writes each FILE back"),
        (args.in_place and args.diff, "-i and --diff cannot be used together", "--check -i tells whether -i would change"),
        (args.output is not None and silent, "-o needs an output, but --check, --diff and -n write none", "leave out -o"),
        (args.json and args.diff, "--json and --diff both want stdout", "leave out one of them"),
        (args.backup is not None and not args.in_place, "--backup belongs to -i", "with -o the old file is replaced"),
        (args.backup == "" or "/" in (args.backup or ""), "--backup needs a suffix without /", "--backup .orig"),
        (
            args.null and args.files_from is None,
            "-0 belongs to --files-from",
            "find . -print0 | headroom compress --files-from - -0",
        ),
        (args.in_place and lossy and not args.backup, _lossy_in_place(args), "--backup .orig keeps the old file"),
    )
    for is_wrong, message, hint in wrong:
        if is_wrong:
            raise UsageError(message, hint=hint)


def _lossy_in_place(args: argparse.Namespace) -> str:
    if args.strategy not in (None, "off", "lossless"):
        asked = f"--strategy {args.strategy}"
    else:
        asked = "--max-tokens" if args.max_tokens else "--drop" if args.drop else "--redact"
    return f"-i with {asked} would lose {'what it replaces' if asked == '--redact' else 'lines'} for good"
