"""How findings, rules and explanations look: text, JSON, and the annotations that GitHub shows beside the line.

headroom-config.yaml:4:5: R002 error: unknown key 'patern' (did you mean pattern?)
::error file=headroom-config.yaml,line=4,col=5,title=R002::unknown key 'patern' (did you mean pattern?)
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING

from headroom_cli.cli.session import put

if TYPE_CHECKING:
    from headroom_cli.explanation import Explanation, Step
    from headroom_cli.packs import Pack
    from headroom_cli.rules import Plan
    from headroom_cli.schema import Config, Problem

__all__ = ["RENDERERS", "counted", "explained", "explained_json", "listed", "listed_json", "put_json", "put_lines"]

VERSION = 1
Finding = tuple[str, "Problem"]  # the file's name, and what is wrong in it


def put_lines(lines: Iterable[str]) -> None:
    """Lines on stdout."""
    put("".join(f"{line}\n" for line in lines))


def put_json(value: Mapping[str, object]) -> None:
    """One JSON object on stdout, with the version of its form."""
    put(json.dumps({"version": VERSION, **value}, indent=2) + "\n")


def counted(number: int, what: str) -> str:
    """`1 error`, `2 errors`."""
    return f"{number} {what}{'' if number == 1 else 's'}"


def _text(findings: Sequence[Finding]) -> None:
    put_lines(f"{name}:{each.line}:{each.column}: {each.code} {each.severity}: {_said(each)}" for name, each in findings)


def _said(problem: Problem) -> str:
    return f"{problem.message} ({problem.hint})" if problem.hint else problem.message


def _json(findings: Sequence[Finding]) -> None:
    problems = [{"file": name, **each._asdict(), "severity": each.severity} for name, each in findings]
    totals = {f"{kind}s": sum(each.severity == kind for _, each in findings) for kind in ("error", "warning")}
    put_json({"problems": problems, **totals})


def _github(findings: Sequence[Finding]) -> None:
    """docs.github.com: workflow commands; `%`, newlines and, in properties, `:` and `,` are percent-encoded."""
    for name, each in findings:
        where = f"file={_property(name)},line={each.line},col={each.column},title={each.code}"
        put_lines([f"::{each.severity} {where}::{_encoded(_said(each))}"])


def _encoded(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _encoded(text).replace(":", "%3A").replace(",", "%2C")


RENDERERS: dict[str, Callable[[Sequence[Finding]], None]] = {"text": _text, "json": _json, "github": _github}


def listed(config: Config | None, packs: Sequence[Pack]) -> list[str]:
    """Rules with their lines and keys, then packs."""
    lines = ["no configuration holds here" if config is None else f"{config.name}"]
    if config is not None:
        rows = [(rule.line, f"{rule.kind} {rule.pattern}", _keys(rule.values)) for rule in config.rules]
        rows += [(value.line, "defaults", f"{key}: {_shown(value.value)}") for key, value in config.defaults.items()]
        rows += [(entry.line, f"exclude {entry.value}", "") for entry in config.exclude]
        width = min(48, max((len(what) for _, what, _ in rows), default=0))
        lines += [f"  {line:>4}  {what:<{width}}  {keys}".rstrip() for line, what, keys in sorted(rows)]
    lines += ["", counted(len(packs), "pack")]
    width = max((len(pack.name) for pack in packs), default=0)
    for pack in packs:
        lines.append(f"  {pack.name:<{width}}  {pack.about} ({pack.origin}, {pack.version})")
        lines.append(f"  {'':<{width}}  where one of these occurs: {', '.join(map(repr, pack.cues))}")
    return lines


def _keys(values: Mapping[str, object]) -> str:
    return ", ".join(f"{key}: {_shown(getattr(value, 'value', value))}" for key, value in values.items())


def _shown(value: object) -> str:
    if isinstance(value, tuple):
        return f"[{', '.join(map(repr, value))}]"
    if value is None or isinstance(value, bool):
        return "not set" if value is None else str(value).lower()
    return f"{value:g}" if isinstance(value, float) else str(value)


def listed_json(config: Config | None, packs: Sequence[Pack]) -> dict[str, object]:
    """The same as `listed`, for programs."""
    found = config._asdict() if config is not None else {"name": None, "defaults": {}, "exclude": (), "rules": ()}
    return {
        "config": found["name"],
        "defaults": [{"key": key, "value": each.value, "line": each.line} for key, each in found["defaults"].items()],
        "exclude": [{"glob": each.value, "line": each.line} for each in found["exclude"]],
        "rules": [
            {
                "line": rule.line,
                "kind": rule.kind,
                "pattern": rule.pattern,
                "sets": {key: each.value for key, each in rule.values.items()},
            }
            for rule in found["rules"]
        ],
        "packs": [
            {"name": pack.name, "about": pack.about, "origin": pack.origin, "tool_version": pack.version, "cues": pack.cues}
            for pack in packs
        ],
    }


def explained(each: Explanation, *, everything: bool = False) -> list[str]:
    """Every rule with what it did, then the settings that hold and where each comes from. `everything`: defaults too."""
    lines = [each.path or "<stdin>"]
    if each.seen != each.path:
        lines[0] += f" (rules see {each.seen})"
    width = max((len(step.place) for step in each.steps), default=0)
    for step in each.steps:
        name = f"{step.kind} {step.pattern}".rstrip()
        lines.append(f"  {step.place:<{width}}  {'applies ' if step.matched else 'no match'}  {name}{_effect(step)}")
    fields = {key: value for key, value in _told(each.plan).items() if everything or value[1] != "default"}
    wide = max((len(key) for key in fields), default=0)
    lines += ["  holds:" if fields else "  holds: the defaults"]
    lines += [f"    {key:<{wide}}  {_shown(value)}  ({origin})" for key, (value, origin) in fields.items()]
    return lines


def _told(plan: Plan) -> dict[str, tuple[object, str]]:
    """The settings that somebody can set, with their origins; what `--drop` adds stands with what `drop` says."""
    told = {key: (value, plan.origins[key]) for key, value in plan.settings._asdict().items() if key != "boilerplate"}
    (forced, flag), (drop, origin) = told.pop("force_drop"), told["drop"]
    if forced:
        told["drop"] = ((*drop, *forced), f"{origin} and {flag}" if drop else flag)
    return told


def _effect(step: Step) -> str:
    if not step.matched:
        return ""
    told = (f"{key}: {_shown(value)}{'' if key in step.won else ' (overridden)'}" for key, value in step.sets.items())
    return "  ->  " + ", ".join(told)


def explained_json(each: Explanation) -> dict[str, object]:
    """The same as `explained`, for programs."""
    return {
        "path": each.path,
        "seen": each.seen,
        "rule": each.plan.rule,
        "steps": [step._asdict() for step in each.steps],
        "settings": {key: {"value": value, "origin": origin} for key, (value, origin) in _told(each.plan).items()},
    }
