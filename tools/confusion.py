"""Which format is chosen for inputs whose kind is known: the table of docs/formats.md.

    python tools/confusion.py FOLDER...

    kind       n  app_log  ci_log  code
    ci-log    46        .      44     .

A FOLDER holds cases, `CASE/input.EXT` with `CASE/case.json` that names its kind (as for `headroom bench`), or golden cases,
`KIND/CASE/input.EXT`. Only the sample is looked at: nothing is compressed.
"""

from __future__ import annotations

import argparse
import glob
import json
import os
import sys
from collections import Counter, defaultdict
from collections.abc import Iterator

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
sys.path.insert(0, ROOT)

from headroom_cli.formats import FORMATS, choose  # noqa: E402
from headroom_cli.source import open_document  # noqa: E402


def inputs(folder: str) -> Iterator[tuple[str, str]]:
    """(kind, path) of every labelled input below `folder`, in the order of their names."""
    for path in sorted(glob.glob(os.path.join(folder, "**", "input.*"), recursive=True)):
        label = os.path.join(os.path.dirname(path), "case.json")
        if os.path.exists(label):
            with open(label, encoding="utf-8") as file:
                yield str(json.load(file)["kind"]), path
        else:
            yield os.path.basename(os.path.dirname(os.path.dirname(path))), path


def table(found: dict[str, Counter[str]]) -> str:
    """Markdown: a row for each kind, a column for each format that was chosen."""
    chosen = {name for row in found.values() for name in row}
    names = sorted(name for name in FORMATS if name in chosen)
    lines = ["| kind | inputs | " + " | ".join(f"`{name}`" for name in names) + " |", "|---|---:|" + "---:|" * len(names)]
    for kind in sorted(found):
        row = found[kind]
        lines.append(f"| {kind} | {sum(row.values())} | " + " | ".join(str(row[name] or "") for name in names) + " |")
    return "\n".join(lines)


def main() -> None:
    """Print one table for each folder; with `-v` every input and why."""
    parser = argparse.ArgumentParser(description="Which format is chosen for labelled inputs, as a Markdown table.")
    parser.add_argument("folders", metavar="FOLDER", nargs="+")
    parser.add_argument("-v", "--verbose", action="store_true", help="every input with its format, and why")
    args = parser.parse_args()
    for folder in args.folders:
        found: dict[str, Counter[str]] = defaultdict(Counter)
        for kind, path in inputs(folder):
            choice = choose(open_document(path))
            found[kind][choice.name] += 1
            if args.verbose:
                print(f"{kind}\t{choice.name}\t{path}\t{choice.why}", file=sys.stderr)
        print(table(found) + "\n")


if __name__ == "__main__":
    main()
