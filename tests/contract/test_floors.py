"""Every module stands on a floor and imports from its own and lower floors only, at its top and inside its functions;
at their tops never in a circle.

Imports for type checking are exempt. A module that is on no floor fails, so that a new one is placed on purpose.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
FLOORS: tuple[tuple[str, ...], ...] = (
    ("errors", "model"),
    ("settings", "tokens", "source", "text"),
    ("packs", "packfile", "draft", "stages"),
    ("formats", "config", "schema"),
    ("rules", "explanation", "rulecheck", "grid"),
    ("engine", "work"),
    ("api", "report", "ledger", "prices", "batch", "pool", "manifest", "files", "verify", "bench", "rag"),
    ("cli", "manpages", "__main__"),
)
FLOOR = {name: floor for floor, names in enumerate(FLOORS) for name in names}
MODULES = sorted((ROOT / "headroom_cli").rglob("*.py"))
FACADE = {"headroom_cli", "headroom_cli.api", "headroom_cli.rag", "headroom_cli.errors", "headroom_cli.model"}


def part_of(module: str) -> str:
    """`headroom_cli.stages.fit` -> `stages`."""
    return module.split(".")[1] if "." in module else ""


def name_of(path: Path) -> str:
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def imported(node: ast.AST, *, late: bool = True) -> Iterator[str]:
    """Names that `node` imports, but for what stands under `if TYPE_CHECKING`; `late`: inside functions too."""
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.FunctionDef) and not late:
            continue
        if isinstance(child, ast.If) and "TYPE_CHECKING" in ast.unparse(child.test):
            for other in child.orelse:
                yield from imported(other, late=late)
            continue
        if isinstance(child, ast.ImportFrom):
            assert not child.level, f"line {child.lineno}: import by the full name"
            for alias in child.names if child.module else ():
                yield f"{child.module}.{alias.name}"
        elif isinstance(child, ast.Import):
            yield from (alias.name for alias in child.names)
        elif isinstance(child, ast.Call) and getattr(child.func, "id", getattr(child.func, "attr", "")) in (
            "import_module",
            "__import__",
        ):
            yield from (arg.value for arg in child.args if isinstance(arg, ast.Constant) and isinstance(arg.value, str))
        yield from imported(child, late=late)


@pytest.mark.parametrize("path", MODULES, ids=name_of)
def test_a_module_imports_no_higher_floor(path: Path) -> None:
    own = part_of(name_of(path))
    if not own:  # the package itself: it may import nothing of ours
        own_floor = 0
    else:
        assert own in FLOOR, f"{own} stands on no floor: add it to FLOORS"
        own_floor = FLOOR[own]
    for module in imported(ast.parse(path.read_text(encoding="utf-8"))):
        assert module.split(".")[0] != "headroom", "the facade is for users"
        part = part_of(module)
        if not module.startswith("headroom_cli") or part in ("", own) or part not in FLOOR:
            continue
        assert FLOOR[part] <= own_floor, f"floor {own_floor} ({own}) imports floor {FLOOR[part]} ({module})"


def test_no_modules_import_each_other_in_a_circle() -> None:
    names = {name_of(path) for path in MODULES}
    below: dict[str, set[str]] = {}
    for path in MODULES:
        modules = imported(ast.parse(path.read_text(encoding="utf-8")), late=False)
        found = {module if module in names else module.rpartition(".")[0] for module in modules}
        below[name_of(path)] = (found & names) - {name_of(path), "headroom_cli"}
    while free := [name for name, needs in below.items() if not needs & below.keys()]:
        for name in free:
            del below[name]
    assert sorted(below) == []


@pytest.mark.parametrize("path", [path for path in MODULES if path.parent.name == "cli"], ids=name_of)
def test_commands_do_not_import_each_other(path: Path) -> None:
    commands = {"compress", "retrieve", "verify", "stats", "rules", "init", "formats", "batch"}
    own = name_of(path)
    if own.rpartition(".")[2] not in commands:
        return
    for module in imported(ast.parse(path.read_text(encoding="utf-8"))):
        parts = module.split(".")
        assert parts[:2] != ["headroom_cli", "cli"] or len(parts) < 3 or parts[2] not in commands - {own.rpartition(".")[2]}, module


def test_the_facade_imports_the_library_alone_and_late() -> None:
    files = sorted((ROOT / "headroom").glob("*.py"))
    assert [path.name for path in files] == ["__init__.py"]
    tree = ast.parse(files[0].read_text(encoding="utf-8"))
    early = [module for module in imported(tree) if module.startswith("headroom_cli")]
    assert early == []
    homes = {node.value for node in ast.walk(tree) if isinstance(node, ast.Constant) and str(node.value).startswith("headroom_cli")}
    named = {node.module for node in ast.walk(tree) if isinstance(node, ast.ImportFrom) and node.module}
    assert homes <= FACADE
    assert {module for module in named if module.startswith("headroom")} <= FACADE


def test_every_name_of_the_facade_is_there() -> None:
    import headroom

    assert headroom.__all__ == sorted(headroom.__all__, key=lambda name: (name.startswith("__") or name[0].islower(), name))
    for name in headroom.__all__:
        assert getattr(headroom, name) is not None
    assert dir(headroom) == sorted(headroom.__all__)
    with pytest.raises(AttributeError, match="no attribute 'nothing'"):
        _ = headroom.nothing
