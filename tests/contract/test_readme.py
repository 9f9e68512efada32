"""The documents say what is true: shown commands are run and their output compared, tables and links are checked.

    $ headroom compress examples/a.log      run in a folder that holds the examples; `...` as a line stands for any lines,
    [headroom: examples/a.log, ...          `...` at the end of a line for the rest of it

`python tests/contract/test_readme.py --write` puts the present output into the documents (not into a block with `...`).
"""

from __future__ import annotations

import glob
import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from typing import NamedTuple

import pytest

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
DOCUMENTS = ["README.md", "ARCHITECTURE.md", "CONTRIBUTING.md", "CHANGELOG.md", "benchmarks/README.md"]
DOCUMENTS += sorted(os.path.relpath(path, ROOT) for path in glob.glob(os.path.join(ROOT, "docs", "**", "*.md"), recursive=True))
_BLOCK = re.compile(r"^```console\n(.*?)^```$", re.MULTILINE | re.DOTALL)


class Shown(NamedTuple):
    """One command of a document and what the document says it prints; "" for nothing said."""

    document: str
    command: str
    output: str


def read(document: str) -> str:
    with open(os.path.join(ROOT, document), encoding="utf-8") as file:
        return file.read()


def shown(document: str) -> Iterator[Shown]:
    """The commands with `headroom` in the console blocks of a document."""
    for block in _BLOCK.findall(read(document)):
        for part in re.split(r"^\$ ", block, flags=re.MULTILINE)[1:]:
            command, _, output = part.partition("\n")
            if re.search(r"(^|\| )headroom ", command):
                yield Shown(document, command, output)


def printed(command: str, folder: str) -> str:
    """What a shell prints for `command`, in a folder with the examples and an unconfigured `headroom`."""
    if not os.path.lexists(os.path.join(folder, "examples")):
        os.symlink(os.path.join(ROOT, "examples"), os.path.join(folder, "examples"))
        with open(os.path.join(folder, "headroom"), "w") as script:
            script.write(f'#!/bin/sh\nexec "{sys.executable}" -m headroom_cli "$@"\n')
        os.chmod(os.path.join(folder, "headroom"), 0o755)
    env = {name: value for name, value in os.environ.items() if not name.startswith("HEADROOM_")}
    env |= {"PATH": f"{folder}:{env['PATH']}", "PYTHONPATH": ROOT, "XDG_CONFIG_HOME": folder, "CI": "true"}
    merged = {"stdin": subprocess.DEVNULL, "stdout": subprocess.PIPE, "stderr": subprocess.STDOUT}
    done = subprocess.run(["bash", "-c", command], cwd=folder, env=env, **merged, check=False)  # type: ignore[call-overload]
    return "\n".join(line.rstrip() for line in done.stdout.decode().replace("\ufeff", "").split("\n"))


def pattern(output: str) -> re.Pattern[str]:
    """What the text of a document stands for."""
    lines = [line.rstrip() for line in output.rstrip("\n").split("\n")]
    return re.compile("".join("(?:.*\n)*" if line == "..." else _line(line) for line in lines) + r"\n*\Z")


def _line(line: str) -> str:
    return re.escape(line[:-3]) + ".*\n" if line.endswith("...") else re.escape(line) + "\n"


ENTRIES = [entry for document in DOCUMENTS for entry in shown(document)]


@pytest.mark.parametrize("entry", ENTRIES, ids=lambda entry: f"{entry.document}: {entry.command}")
def test_a_shown_command_prints_what_the_document_says(entry: Shown, tmp_path: object) -> None:
    found = printed(entry.command, str(tmp_path))
    same = not entry.output or pattern(entry.output).match(found)
    assert same, f"run `python tests/contract/test_readme.py --write`; it prints\n{found}"


@pytest.mark.parametrize("document", DOCUMENTS)
def test_links_lead_to_files_that_exist(document: str) -> None:
    links = re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", read(document))
    assert [link for link in links if not os.path.exists(os.path.join(ROOT, os.path.dirname(document), link))] == []


def test_ci_runs_the_test_command_of_the_readme() -> None:
    found = re.search(r"^python3 -m venv .*\[dev\].*$", read("README.md"), re.MULTILINE)
    assert found is not None
    assert found[0] in read(".ci/run").split("\n")


def test_architecture_is_short_and_opens_with_goals() -> None:
    lines = read("ARCHITECTURE.md").split("\n")
    assert len(lines) <= 151
    assert next(line for line in lines if line.startswith("## ")) == "## Goals"


def test_the_strategies_of_the_docs_are_those_of_the_code() -> None:
    from headroom_cli.settings import STRATEGIES

    rows = re.findall(r"^\| `(\w+)` \| (\S+) \| (.+?) \|", read("docs/strategies.md"), re.MULTILINE)
    said = {}
    for strategy in STRATEGIES.values():
        aim = f"{100 * strategy.share:g} %, at least {strategy.floor:,}, at most {strategy.cap:,}" if strategy.cap else "none"
        said[strategy.name] = (strategy.ceiling.name if strategy.ceiling is not None else "-", aim)
    assert {name: (ceiling, aim) for name, ceiling, aim in rows} == said


def test_the_library_page_has_every_argument_and_field() -> None:
    import inspect

    from headroom_cli.api import INPUT_TYPES, Compressor
    from headroom_cli.model import Result

    page = read("docs/library.md")
    wanted = [*list(inspect.signature(Compressor).parameters), *INPUT_TYPES, *Result._fields]
    assert [name for name in wanted if f"`{name}`" not in page and f"`.{name}`" not in page] == []


def test_the_exit_codes_are_those_of_the_man_page() -> None:
    from headroom_cli import manpages

    codes = re.findall(r"^\| (\d+) \| ", read("README.md"), re.MULTILINE)
    assert codes == [code for code, _ in manpages._EXIT]


def write() -> None:
    """Put what the commands print now into the documents."""
    with tempfile.TemporaryDirectory() as folder:
        for document in DOCUMENTS:
            text = read(document)
            for entry in shown(document):
                if entry.output and not re.search(r"\.\.\.$", entry.output, re.MULTILINE):
                    now = printed(entry.command, folder).rstrip("\n") + "\n"
                    text = text.replace(f"$ {entry.command}\n{entry.output}", f"$ {entry.command}\n{now}")
            with open(os.path.join(ROOT, document), "w", encoding="utf-8") as file:
                file.write(text)


if __name__ == "__main__" and "--write" in sys.argv:
    write()
