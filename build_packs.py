"""Builds `headroom_cli/packs.bin` from `rules/*.yaml`: at wheel build (hatchling runs the hook), or `python build_packs.py`.

A pack that is malformed or whose samples do not hold stops the build. The wheel ships the compiled file and no YAML.
"""

from __future__ import annotations

import os
import sys
from typing import Any

ROOT = os.path.dirname(os.path.abspath(__file__))


def build(root: str = ROOT) -> str:
    """Check every pack under `root` and write packs.bin; returns its path. Raises ConfigError for the first bad pack."""
    sys.path.insert(0, root)
    try:
        from headroom_cli import packs
        from headroom_cli.errors import ConfigError
    finally:
        sys.path.remove(root)
    rules = os.path.join(root, "rules")
    read = [packs.read_pack(os.path.join(rules, name)) for name in sorted(os.listdir(rules)) if name.endswith(".yaml")]
    problems = [problem for pack in read for problem in packs.check_samples(pack)]
    if problems:
        raise ConfigError("\n".join(["samples do not hold", *problems]), place=rules)
    target = os.path.join(root, "headroom_cli", "packs.bin")
    with open(target + ".new", "wb") as file:
        file.write(packs.compile_packs(read))
    os.replace(target + ".new", target)
    return target


if __name__ == "__main__":
    print(build())
else:
    from hatchling.builders.hooks.plugin.interface import BuildHookInterface

    class PacksBuildHook(BuildHookInterface):  # type: ignore[type-arg]
        """Puts the compiled packs into every wheel; an editable install finds them in the tree."""

        PLUGIN_NAME = "custom"

        def initialize(self, version: str, build_data: dict[str, Any]) -> None:
            """Build packs.bin; a source distribution ships the YAML instead."""
            del version
            if self.target_name == "wheel":
                build_data["force_include"][build(self.root)] = "headroom_cli/packs.bin"
