"""Which settings hold for one path: every matching rule from top to bottom, later keys over earlier ones, key by key.

    - pattern: "\\.py$"          tests/test_cart.py  ->  min_compress_ratio 0.5   from headroom-config.yaml:5
      min_compress_ratio: 0.5                            compress false           from headroom-config.yaml:7
    - pattern: "test_.*\\.py$"
      compress: false

Order: what `overrides` brings (flags, HEADROOM_*) > rules > defaults of the file > built-in defaults. An excluded path and
`compress: false` hold against any strategy from outside; `strategy: off` does not, as `--strategy` sets the same key.
"""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from functools import lru_cache
from typing import TYPE_CHECKING, Any, NamedTuple

from headroom_cli.settings import Settings, checked

if TYPE_CHECKING:
    from headroom_cli.schema import Config, Rule, Value

__all__ = ["Plan", "excluded_by", "match_path", "matches", "resolve"]

DEFAULT = "default"
_UNSET = dict.fromkeys(Settings._fields, DEFAULT)


class Plan(NamedTuple):
    """The settings of one document."""

    settings: Settings
    origins: Mapping[str, str]  # field of Settings -> default | file:line | defaults file:line | --flag | HEADROOM_NAME
    rule: str  # `file:line` of the last rule or exclude entry that applied; "" for none


def resolve(config: Config | None, path: str | None, overrides: Mapping[str, tuple[object, str]]) -> Plan:
    """The plan for `path` (None: stdin without a name). `overrides`: field -> (value, origin). Raises UsageError out of range."""
    values: dict[str, Any] = {}
    origins = dict(_UNSET)
    rule = excluded = ""
    if config is not None:
        rule, excluded = _apply(config, path, values, origins)
    for key, (value, origin) in overrides.items():
        values[key], origins[key] = value, origin
    if excluded:
        values["compress"], origins["compress"], rule = False, excluded, excluded
    if config is not None and config.name in origins["baseline"]:
        values["baseline"] = tuple(os.path.join(config.folder, path) for path in values["baseline"])
    settings = checked(Settings()._replace(**values))
    if settings.strategy == "off" and settings.compress:
        settings, origins["compress"] = settings._replace(compress=False), origins["strategy"]
    return Plan(settings, origins, rule)


def _apply(config: Config, path: str | None, values: dict[str, Any], origins: dict[str, str]) -> tuple[str, str]:
    """Write what the file sets for `path`; the places of the last rule that applied and of the exclude entry."""
    last = ""
    for key, set_to in config.defaults.items():
        values[key], origins[key] = set_to.value, f"defaults {config.name}:{set_to.line}"
    if path is None:
        return "", ""
    seen = match_path(config, path)
    for rule in config.rules:
        if matches(rule, seen):
            last = f"{config.name}:{rule.line}"
            for key, set_to in rule.values.items():
                values[key], origins[key] = set_to.value, f"{config.name}:{set_to.line}"
    entry = excluded_by(config, seen)
    return last, f"{config.name}:{entry.line}" if entry else ""


def match_path(config: Config, path: str) -> str:
    """`path` as rules see it: relative to the file's folder, with slashes; outside that folder as given, without `./`."""
    folder = config.folder.rstrip(os.sep) + os.sep
    full = os.path.abspath(path)
    if not full.startswith(folder):  # one of the two may have been reached over a symlink
        resolved = os.path.join(os.path.realpath(os.path.dirname(full)), os.path.basename(full))
        real = os.path.realpath(config.folder).rstrip(os.sep) + os.sep
        full, folder = (resolved, real) if resolved.startswith(real) else (path, "")
    seen = full[len(folder) :].replace(os.sep, "/")
    while seen.startswith("./"):
        seen = seen[2:].lstrip("/")
    return seen


def matches(rule: Rule, seen: str) -> bool:
    """Whether `rule` holds for a path as `match_path` gives it."""
    if rule.kind == "glob":
        return _decides((rule.pattern,), seen) is not None
    return _regex(rule.pattern).search(seen) is not None


def excluded_by(config: Config, seen: str) -> Value | None:
    """The entry of `exclude` that decides for `seen`, None where it is not excluded. `!` entries take back, as in .gitignore."""
    if not config.exclude:
        return None
    index = _decides(tuple(str(entry.value) for entry in config.exclude), seen)
    return None if index is None else config.exclude[index]


def _decides(globs: tuple[str, ...], seen: str) -> int | None:
    """Index of the glob that includes `seen`, None where none does or a later `!` glob takes it back."""
    result = _spec(globs).check_file(seen)
    return result.index if result.include else None


@lru_cache(maxsize=256)
def _spec(globs: tuple[str, ...]) -> Any:
    from pathspec import GitIgnoreSpec

    return GitIgnoreSpec.from_lines([glob.removeprefix("./") for glob in globs])


@lru_cache(maxsize=256)
def _regex(pattern: str) -> re.Pattern[str]:
    import warnings

    with warnings.catch_warnings():  # a FutureWarning about someone's `[[` is no news for who runs the filter
        warnings.simplefilter("ignore")
        return re.compile(pattern)
