"""What the tree looks like: sizes of modules and functions, where output is written, what no file may hold."""

from __future__ import annotations

import ast
import re
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
MODULES = sorted([*(ROOT / "headroom_cli").rglob("*.py"), *(ROOT / "headroom").glob("*.py")])
LONGEST_MODULE = 400
LONGEST_FUNCTION = 40


def name_of(path: Path) -> str:
    return str(path.relative_to(ROOT))


def functions(path: Path) -> list[ast.FunctionDef]:
    return [node for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))) if isinstance(node, ast.FunctionDef)]


def tree_files() -> list[Path]:
    """Files of the project: what git tracks or would track; in an unpacked archive, all but caches."""
    listed = subprocess.run(["git", "ls-files", "-co", "--exclude-standard"], cwd=ROOT, capture_output=True, text=True, check=False)
    names = listed.stdout.splitlines() if listed.returncode == 0 else [name_of(path) for path in ROOT.rglob("*") if "__pycache__" not in path.parts]
    return [ROOT / name for name in names if (ROOT / name).is_file() and not name.startswith((".venv/", "build/", "dist/"))]


@pytest.mark.parametrize("path", MODULES, ids=name_of)
def test_a_module_says_what_it_decides_and_is_not_long(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert ast.get_docstring(ast.parse(text)), "a module begins with what it decides"
    assert text.count("\n") <= LONGEST_MODULE


@pytest.mark.parametrize("path", MODULES, ids=name_of)
def test_functions_are_short_and_public_ones_are_explained(path: Path) -> None:
    for node in functions(path):
        size = (node.end_lineno or node.lineno) - node.lineno + 1
        assert size <= LONGEST_FUNCTION, f"{node.name} has {size} lines"
    tree = ast.parse(path.read_text(encoding="utf-8"))
    for top in tree.body:
        if isinstance(top, (ast.FunctionDef, ast.ClassDef)) and not top.name.startswith("_"):
            assert ast.get_docstring(top), f"{top.name} has no docstring"


@pytest.mark.parametrize("path", MODULES, ids=name_of)
def test_only_commands_write_to_the_terminal(path: Path) -> None:
    calls = [node for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))) if isinstance(node, ast.Call)]
    if "cli" not in path.relative_to(ROOT).parts and path.stem not in ("__main__", "manpages"):  # both are commands
        assert not [call.lineno for call in calls if isinstance(call.func, ast.Name) and call.func.id == "print"]
        assert "sys.stdout" not in path.read_text(encoding="utf-8")


@pytest.mark.parametrize("path", MODULES, ids=name_of)
def test_unexpected_errors_are_caught_at_the_edge_only(path: Path) -> None:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ExceptHandler):
            caught = ast.unparse(node.type) if node.type else ""
            again = isinstance(node.body[-1], ast.Raise) and node.body[-1].exc is None  # only cleans up
            broad = caught in ("", "Exception", "BaseException") and not again
            assert not broad or path.relative_to(ROOT).parts[1] in ("cli", "__main__.py"), f"line {node.lineno} catches everything"


def test_no_module_has_a_name_that_says_nothing() -> None:
    empty = re.compile(r"utils?|helpers?|managers?|common|misc|smart|advanced")
    assert [name_of(path) for path in MODULES if empty.search(path.stem)] == []


OPEN = re.compile("|".join((r"\bTO" + "DO\b", r"\bFIX" + "ME\b", r"\bX" + r"XX\b(?!-)", "Not" + "ImplementedError")))


@pytest.mark.parametrize("path", MODULES, ids=name_of)
def test_nothing_is_left_to_do(path: Path) -> None:
    found = [line for line in path.read_text(encoding="utf-8").splitlines() if OPEN.search(line)]
    assert found == []


MACHINE = re.compile(
    rb"(?<![\w.])/(?:work|tmp/bash_jobs)/[\w.]|/home/(?!runner\b|travis\b|jenkins\b|user\b|me\b|you\b|circleci\b|app\b|vsts\b|u\b|dev\b|node\b)[\w.]+/"
)


def test_no_file_names_a_path_of_the_machine_it_was_made_on() -> None:
    found = []
    for path in tree_files():
        if path == Path(__file__):
            continue
        for line in path.read_bytes().split(b"\n"):
            if MACHINE.search(line):
                found.append(f"{name_of(path)}: {line[:120]!r}")
    assert found == []


def test_no_file_is_there_by_mistake() -> None:
    names = [name_of(path) for path in tree_files()]
    assert [
        name
        for name in names
        if re.search(
            r"(?:^|/)(?:\.hypothesis|__pycache__|\.pytest_cache|\.mypy_cache|\.ruff_cache|node_modules)/|\.(?:orig|rej|swp|bak)$",
            name,
        )
    ] == []


def test_test_files_have_names_of_their_own() -> None:
    """Test folders are no packages: two files of one name would hide each other."""
    names = [path.name for path in (ROOT / "tests").rglob("*.py") if path.name != "conftest.py"]  # pytest's own, one a folder
    assert len(names) == len(set(names))
