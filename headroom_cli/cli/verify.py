"""`headroom verify OUTPUT --against SOURCE`: holds the promises against a finished output; exit 1 names what breaks.

out.txt: line 14 is not in the source: "error: 3 of 7 failed"
"""

from __future__ import annotations

import argparse

from headroom_cli.cli.session import Session, put, say
from headroom_cli.errors import Refused, UsageError

__all__ = ["build", "run"]


def build(parser: argparse.ArgumentParser) -> None:
    """Add the command's arguments."""
    parser.description = (
        "Hold a compressed output against its source: every kept line is the source's own and in its order, every cut has a "
        "marker with the right lines, every block of evidence is shown or named, and the output is not larger."
        "\n\nExit 0 where all of it holds, 1 where something breaks: one line each on stdout."
    )
    parser.epilog = "headroom compress build.log -o small.txt && headroom verify small.txt --against build.log"
    group = parser.add_argument_group("input")
    group.add_argument("output", metavar="OUTPUT", help="a file that headroom compress wrote; - is stdin")
    group.add_argument("--against", metavar="SOURCE", required=True, help="the file that it was made from; - is stdin")
    group.add_argument("--max-tokens", metavar="N", type=int, help="the limit of the run: within it last heads and counts may be missing")
    parser.add_argument_group("report").add_argument("--json", action="store_true", help="as one JSON object on stdout")


def run(args: argparse.Namespace, session: Session) -> int:
    """Print what breaks."""
    from headroom_cli.settings import Settings
    from headroom_cli.source import open_document, read_stdin
    from headroom_cli.verify import verify

    if args.output == args.against == "-":
        raise UsageError("stdin can be read once", hint="name OUTPUT or SOURCE as a file")
    output = read_stdin() if args.output == "-" else open_document(args.output)
    source = read_stdin() if args.against == "-" else open_document(args.against)
    problems = verify(bytes(output.data), source, Settings(max_tokens=args.max_tokens))
    if args.json:
        import json

        found = {"version": 1, "output": args.output, "against": args.against, "holds": not problems, "problems": problems}
        put(json.dumps(found, indent=2) + "\n")
    else:
        for problem in problems:
            put(f"{args.output}: {problem}\n")
    if problems:
        return Refused.exit_code
    say(session, f"{args.output}: every promise holds against {args.against}")
    return 0
