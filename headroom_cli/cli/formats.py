"""`headroom formats`: the formats that are recognised, one line each.

ci_log    output of a CI runner or a build: steps, tests, compilers
"""

from __future__ import annotations

import argparse

from headroom_cli.cli.session import Session, put

__all__ = ["build", "run"]


def build(parser: argparse.ArgumentParser) -> None:
    """Add the command's arguments."""
    parser.description = "List the formats that are recognised; --format NAME of the other commands takes these names."
    parser.add_argument_group("report").add_argument("--json", action="store_true", help="as one JSON object on stdout")


def run(args: argparse.Namespace, session: Session) -> int:  # noqa: ARG001
    """Print the table on stdout."""
    from headroom_cli.formats import FORMATS

    if args.json:
        import json

        listed = [{"name": name, "about": form.about} for name, form in FORMATS.items()]
        put(json.dumps({"version": 1, "formats": listed}, indent=2) + "\n")
        return 0
    width = max(map(len, FORMATS), default=0)
    for name, form in FORMATS.items():
        put(f"{name:<{width}}  {form.about}\n")
    return 0
