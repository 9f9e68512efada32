"""Why a path has its settings: every rule in order, whether it matched, what it set, and what of it holds in the end.

    tests/test_cart.py
      headroom-config.yaml:5   pattern  \\.py$         min_compress_ratio 0.5   holds
      headroom-config.yaml:7   pattern  test_.*\\.py$  compress false           holds
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, NamedTuple

from headroom_cli.rules import Plan, excluded_by, match_path, matches, resolve

if TYPE_CHECKING:
    from headroom_cli.schema import Config, Value

__all__ = ["Explanation", "Step", "explain"]


class Step(NamedTuple):
    """What one rule (or `defaults`, or an exclude entry) did for a path."""

    kind: str  # defaults | pattern | glob | exclude
    pattern: str  # "" for defaults
    place: str  # file:line
    matched: bool
    sets: Mapping[str, object]
    won: tuple[str, ...]  # of the keys it sets, those whose value holds in the end


class Explanation(NamedTuple):
    """Why a path has its settings."""

    path: str | None
    seen: str | None  # the path that rules see
    steps: tuple[Step, ...]
    plan: Plan


def explain(config: Config | None, path: str | None, overrides: Mapping[str, tuple[object, str]]) -> Explanation:
    """Every step that led to the plan of `path`: what matched, what it set, and what of it holds."""
    plan = resolve(config, path, overrides)
    if config is None:
        return Explanation(path, path, (), plan)
    seen = None if path is None else match_path(config, path)
    entry = None if seen is None else excluded_by(config, seen)
    steps = []
    if config.defaults:
        line = min(value.line for value in config.defaults.values())
        steps.append(_step(plan, config, "defaults", "", line, True, config.defaults, "defaults "))
    for rule in config.rules:
        hit = seen is not None and matches(rule, seen)
        steps.append(_step(plan, config, rule.kind, rule.pattern, rule.line, hit, rule.values, ""))
    for exclude in config.exclude:
        sets = {"compress": exclude._replace(value=False)}
        steps.append(_step(plan, config, "exclude", str(exclude.value), exclude.line, exclude is entry, sets, ""))
    return Explanation(path, seen, tuple(steps), plan)


def _step(
    plan: Plan, config: Config, kind: str, pattern: str, line: int, matched: bool, sets: Mapping[str, Value], prefix: str
) -> Step:
    won = tuple(key for key, value in sets.items() if matched and plan.origins[key] == f"{prefix}{config.name}:{value.line}")
    return Step(kind, pattern, f"{config.name}:{line}", matched, {key: value.value for key, value in sets.items()}, won)
