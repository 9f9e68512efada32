"""Which configuration holds here, and whether it says only what it may: finding, reading and checking headroom-config.yaml.

    rules:
      - patern: "\\.py$"     ->  headroom-config.yaml:2:5: unknown key 'patern' (did you mean pattern?)

Nothing is read beyond the first of: the file named by `--config` or HEADROOM_CONFIG, the nearest headroom-config.yaml up to
the repository root, the nearest `[tool.headroom]` of a pyproject.toml on the same way, the user's own file. Where there is none,
neither YAML nor pathspec is imported. What the keys mean for a path is decided in `rules`.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import TYPE_CHECKING, NamedTuple

from headroom_cli.errors import ConfigError

if TYPE_CHECKING:
    from headroom_cli.schema import Config, Problem

__all__ = ["FILE_NAME", "Found", "find_config", "load_config", "project_packs", "read_config"]

FILE_NAME = "headroom-config.yaml"
PACKS_FOLDER = ".headroom/rules"
MAX_BYTES = 1_000_000


class Found(NamedTuple):
    """A configuration file that exists."""

    path: str
    name: str  # what messages call it
    folder: str  # absolute


def load_config(start_dir: str, *, explicit: str | None = None, env: Mapping[str, str] | None = None) -> Config | None:
    """The configuration for work in `start_dir`, None where there is none. Raises ConfigError for the first error in it."""
    found = find_config(start_dir, explicit=explicit, env=env)
    if found is None:
        return None
    config, problems = read_config(found)
    for problem in problems:
        if problem.severity == "error":
            place = f"{found.name}:{problem.line}:{problem.column}"
            raise ConfigError(problem.message, place=place, hint=problem.hint or "`headroom rules check` shows all")
    return config


def find_config(start_dir: str, *, explicit: str | None = None, env: Mapping[str, str] | None = None) -> Found | None:
    """The file that holds for `start_dir`. `explicit` is `--config`. Raises ConfigError if a file that was named is not there."""
    start, env = os.path.abspath(start_dir), env or {}
    if explicit:
        return _named(os.path.join(start, explicit), explicit, start)
    if env.get("HEADROOM_CONFIG"):
        return _named(os.path.join(start, env["HEADROOM_CONFIG"]), "", start)
    projects: list[str] = []
    for folder in _upwards(start):
        path = f"{folder}/{FILE_NAME}"
        if os.path.isfile(path):
            return Found(path, os.path.relpath(path, start), folder)
        if os.path.isfile(f"{folder}/pyproject.toml"):
            projects.append(folder)
        if os.path.lexists(f"{folder}/.git"):
            break
    for folder in projects:
        path = f"{folder}/pyproject.toml"
        if _has_table(path):
            return Found(path, os.path.relpath(path, start), folder)
    return _user_file(env, start)


def project_packs(start_dir: str) -> str | None:
    """The project's own folder of packs: the nearest .headroom/rules up to the repository root."""
    for folder in _upwards(os.path.abspath(start_dir)):
        if os.path.isdir(f"{folder}/{PACKS_FOLDER}"):
            return f"{folder}/{PACKS_FOLDER}"
        if os.path.lexists(f"{folder}/.git"):
            break
    return None


def _upwards(folder: str) -> list[str]:
    """`folder` and its parents, nearest first, without trailing slash ("" is the root)."""
    parts = folder.replace(os.sep, "/").rstrip("/").split("/")
    return ["/".join(parts[:count]) for count in range(len(parts), 0, -1)]


def _named(path: str, name: str, start: str) -> Found:
    """`name` is empty where the path came from the environment: such values are not printed unless the file exists."""
    try:
        os.stat(path)
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or "not a path"
        place, what = (name, "--config") if name else ("HEADROOM_CONFIG", "the variable")
        hint = f"{what} must name a file in the form of {FILE_NAME}, or a pyproject.toml"
        raise ConfigError(f"no configuration there: {reason}", place=place, hint=hint) from None
    return Found(path, name or os.path.relpath(path, start), os.path.dirname(path) if os.path.isfile(path) else start)


def _user_file(env: Mapping[str, str], start: str) -> Found | None:
    base, home = env.get("XDG_CONFIG_HOME", ""), env.get("HOME", "")
    if not os.path.isabs(base):
        base = f"{home}/.config" if home else ""
    path = f"{base}/headroom/{FILE_NAME}"
    if not base or not os.path.isfile(path):
        return None
    return Found(path, path, start)  # a user's rules see paths relative to the working directory


def _has_table(path: str) -> bool:
    text = _read(path)
    if text is None or "headroom" not in text:
        return False
    from headroom_cli.text.placed import Fault, read_toml

    table = read_toml(text, "tool", "headroom")
    return "[tool.headroom" in text if isinstance(table, Fault) else table is not None


def read_config(found: Found) -> tuple[Config, list[Problem]]:
    """The configuration with whatever of it is right, and everything that is wrong with it, by line."""
    from headroom_cli.schema import Config, Problem, read_document
    from headroom_cli.text.placed import Fault, Node, read_toml, read_yaml

    empty = Config(found.name, os.path.abspath(found.folder))
    text = _read(found.path)
    if text is None:
        return empty, [Problem(1, 1, "R001", f"not a readable UTF-8 file under {MAX_BYTES:,} bytes")]
    node = read_toml(text, "tool", "headroom") if found.path.endswith(".toml") else read_yaml(text)
    if isinstance(node, Fault):
        return empty, [Problem(node.line, node.column, "R001", node.message)]
    if node is None:
        return empty, [Problem(1, 1, "R001", "there is no table [tool.headroom]")]
    assert isinstance(node, Node)
    config, problems = read_document(node, empty)
    return config, sorted(problems)


def _read(path: str) -> str | None:
    try:
        with open(path, "rb") as file:
            data = file.read(MAX_BYTES + 1)
        return None if len(data) > MAX_BYTES else data.decode("utf-8-sig").replace("\r\n", "\n")
    except (OSError, UnicodeDecodeError):
        return None
