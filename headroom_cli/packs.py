"""Which packs know an input, and what they say of its lines. Packs label; the draft alone cuts.

A pack is one YAML file in `rules/` for one tool's text output (docs/packs.md has the schema). For the pack `pytest`:

    FAILED tests/test_cart.py::test_total - assert 3 == 4     evidence, kind "failed test", weight 5
    tests/test_cart.py ....F....            [ 12%]            noise
    ______________ test_total ______________ ...              block, one failed test, var "test_total"

Reading YAML takes longer than a whole small run may, so packs are compiled to `headroom_cli/packs.bin`: per pack its cues and
one marshalled tuple, unpacked only when a cue occurs in the input. A checkout whose YAML is newer than that file reads the YAML.
"""

from __future__ import annotations

import marshal
import os
import re
from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import Any, NamedTuple

from headroom_cli.errors import ConfigError

__all__ = ["BlockRule", "LineRule", "Pack", "check_samples", "compile_packs", "extent", "load_all", "open_packs", "read_pack"]

FORMAT = 1
"""Version of packs.bin; another number means: read the YAML, or say that the installation is broken."""
REGEX_CAP = 1000
"""Characters of one regular expression. Packs may come with the project they judge."""
_HERE = os.path.dirname(os.path.abspath(__file__))
BINARY = os.path.join(_HERE, "packs.bin")
RULES = os.path.join(os.path.dirname(_HERE), "rules")


class LineRule(NamedTuple):
    """Says something of single lines. `match` is searched in one line's body, without newline."""

    name: str
    kind: str  # singular; a marker counts it: "12 downloads"
    match: str
    weight: float  # 0 for noise
    var: bool  # `match` has a group `var`, the part that differs between lines of this kind
    yes: tuple[str, ...]  # lines that must match
    no: tuple[str, ...]  # lines that must not


class BlockRule(NamedTuple):
    """Several lines that belong together. `extent` says how far."""

    name: str
    kind: str
    start: str  # the head; a further line that matches it closes the open block and begins the next
    lead: str  # lines straight before the head that belong to it ("In file included from"); "" for none
    end: str  # the first line after the block; "" where `last` is set
    last: str  # the last line of the block; "" where `end` is set
    max: int  # lines from the head on, at most
    core: str  # lines that carry the message: kept when the block is shrunk
    fold: str  # lines that go first: library frames
    rank: str  # cause | symptom
    weight: float
    var: bool  # `start` has a group `var`
    yes: tuple[str, ...]  # texts that must be one block from their first line to their last
    no: tuple[str, ...]  # texts in which no block may start
    after: tuple[str, ...]  # lines that must close the block of the first `yes`


class Pack(NamedTuple):
    """What is known of one tool's output."""

    name: str
    about: str
    origin: str  # run: the samples come from runs of the tool | documented
    version: str  # of the tool
    cues: tuple[str, ...]  # the pack is opened only where one of these occurs
    noise: tuple[LineRule, ...]
    evidence: tuple[LineRule, ...]
    blocks: tuple[BlockRule, ...]
    summary: tuple[LineRule, ...]


class _Packed(NamedTuple):
    """packs.bin: parallel tuples, sorted by name."""

    names: tuple[str, ...]
    cues: tuple[tuple[bytes, ...], ...]
    blobs: tuple[bytes, ...]


def load_all(extra_dirs: Sequence[str] = ()) -> list[Pack]:
    """Every pack, by name; one in `extra_dirs` replaces the built-in of its name. Raises ConfigError with `file:line:key`."""
    packs = {pack.name: pack for pack in map(_unpack, _builtin().blobs)}
    packs.update((pack.name, pack) for pack in _project_packs(extra_dirs))
    return [packs[name] for name in sorted(packs)]


def open_packs(
    haystack_contains: Callable[[bytes], bool], names: tuple[str, ...] | None, extra_dirs: Sequence[str] = ()
) -> list[Pack]:
    """The packs of `names` (None: all) with a cue for which `haystack_contains` is true, by name."""
    packed, project = _builtin(), {pack.name: pack for pack in _project_packs(extra_dirs)}
    if names is not None:
        _refuse_unknown(names, {*packed.names, *project})
    found: dict[str, Pack] = {}
    for name, cues, blob in zip(*packed, strict=True):
        if name not in project and (names is None or name in names) and any(map(haystack_contains, cues)):
            found[name] = _unpack(blob)
    for name, pack in project.items():
        if (names is None or name in names) and any(haystack_contains(cue.encode()) for cue in pack.cues):
            found[name] = pack
    return [found[name] for name in sorted(found)]


def extent(rule: BlockRule, bodies: Sequence[str], head: int) -> tuple[int, int]:
    """First line and the line after the last of the block whose head is `bodies[head]`."""
    first, limit, stop = head, min(len(bodies), head + rule.max), head + 1
    if rule.lead:
        lead = re.compile(rule.lead).search
        while first and lead(bodies[first - 1]):
            first -= 1
    start, until = re.compile(rule.start).search, re.compile(rule.end or rule.last).search
    while stop < limit and not start(bodies[stop]):
        if until(bodies[stop]):
            return first, stop + (1 if rule.last else 0)
        stop += 1
    return first, stop


def compile_packs(packs: Sequence[Pack]) -> bytes:
    """The content of packs.bin for `packs`."""
    ordered = sorted(packs, key=lambda pack: pack.name)
    return marshal.dumps((FORMAT, *map(tuple, _pack_up(ordered))), 4)


def _pack_up(packs: Sequence[Pack]) -> _Packed:
    blobs = tuple(marshal.dumps(_plain(pack), 4) for pack in packs)
    return _Packed(tuple(p.name for p in packs), tuple(tuple(cue.encode() for cue in p.cues) for p in packs), blobs)


def _plain(value: Any) -> Any:
    """`value` with every NamedTuple as a bare tuple: marshal takes no subclasses."""
    return tuple(map(_plain, value)) if isinstance(value, tuple) else value


def _unpack(blob: bytes) -> Pack:
    name, about, origin, version, cues, noise, evidence, blocks, summary = marshal.loads(blob)
    lines = [tuple(LineRule(*rule) for rule in rules) for rules in (noise, evidence, summary)]
    return Pack(name, about, origin, version, cues, lines[0], lines[1], tuple(BlockRule(*b) for b in blocks), lines[2])


def _builtin() -> _Packed:
    """packs.bin where it is current, else the checkout's YAML."""
    files = _yaml_files(RULES) if os.path.isfile(os.path.join(os.path.dirname(RULES), "build_packs.py")) else []
    stamps = tuple((path, os.stat(path).st_mtime_ns) for path in files)
    try:
        built = os.stat(BINARY).st_mtime_ns
    except OSError:
        built = -1
    packed = _from_binary(BINARY, built) if built >= 0 and all(stamp <= built for _, stamp in stamps) else None
    stems = tuple(os.path.basename(path)[: -len(".yaml")] for path in files)
    if packed is not None and (not files or packed.names == stems):
        return packed
    if files:
        return _from_yaml(stamps)
    raise ConfigError("the built-in packs cannot be read", place=BINARY, hint="install headroom-compress again")


@lru_cache(maxsize=2)
def _from_binary(path: str, _stamp: int) -> _Packed | None:
    try:
        with open(path, "rb") as file:
            version, *columns = marshal.loads(file.read())
    except (OSError, ValueError, EOFError, TypeError):
        return None
    return _Packed(*columns) if version == FORMAT and len(columns) == len(_Packed._fields) else None


@lru_cache(maxsize=2)
def _from_yaml(stamps: tuple[tuple[str, int], ...]) -> _Packed:
    return _pack_up([read_pack(path) for path, _ in stamps])


def _yaml_files(folder: str) -> list[str]:
    try:
        return sorted(os.path.join(folder, name) for name in os.listdir(folder) if name.endswith(".yaml"))
    except OSError:
        return []


def _project_packs(extra_dirs: Sequence[str]) -> list[Pack]:
    return [read_pack(path) for folder in extra_dirs for path in _yaml_files(folder)]


def _refuse_unknown(names: Sequence[str], known: set[str]) -> None:
    for name in names:
        if name not in known:
            raise ConfigError(f"there is no pack {name!r}", hint="packs: " + ", ".join(sorted(known)))


# Reading YAML: node by node, so that every complaint has its line.


class _Field(NamedTuple):
    """One value of a pack's file, with what is needed to complain about it."""

    path: str
    key: str
    node: Any  # yaml.Node; its stubs lack `id`

    def wrong(self, message: str, hint: str = "") -> ConfigError:
        line = self.node.start_mark.line + 1
        return ConfigError(message, place=f"{self.path}:{line}:{self.key}".rstrip(":"), hint=hint)


_PACK_KEYS = {"pack", "about", "origin", "version", "cues", "noise", "evidence", "blocks", "summary"}
_LINE_KEYS = {"name", "kind", "match", "weight", "yes", "no"}
_BLOCK_KEYS = {*BlockRule._fields} - {"var"}
_ORIGINS = ("run", "documented")
_RANKS = ("cause", "symptom")


def read_pack(path: str) -> Pack:
    """The pack in one YAML file. Raises ConfigError with `file:line:key`; its samples are not checked."""
    import yaml  # 30 ms: only a stale checkout, a project's own packs and the build come here

    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    try:
        with open(path, encoding="utf-8") as file:
            node = yaml.compose(file, Loader=loader)
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"cannot be read: {error}", place=path) from None
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        place = f"{path}:{mark.line + 1}" if mark else path
        raise ConfigError(f"not YAML: {getattr(error, 'problem', error)}", place=place) from None
    if node is None:
        raise ConfigError("the pack is empty", place=path)
    return _pack(path, _fields(_Field(path, "", node), _PACK_KEYS, ("pack", "about", "origin", "version", "cues")))


def _pack(path: str, top: dict[str, _Field]) -> Pack:
    name = _text(top["pack"])
    if name != os.path.basename(path)[: -len(".yaml")]:
        raise top["pack"].wrong(f"the pack is called {name!r}, its file is not", "name both alike")
    cues = _texts(top["cues"])
    if not cues or any(len(cue) < 3 or "\n" in cue for cue in cues):
        raise top["cues"].wrong("a pack needs cues: literal text of at least 3 characters, within one line")
    return Pack(
        name,
        _text(top["about"]),
        _one_of(top["origin"], _ORIGINS),
        _text(top["version"]),
        cues,
        tuple(_line_rule(field, 0) for field in _items(top.get("noise"))),
        tuple(_line_rule(field, 5) for field in _items(top.get("evidence"))),
        tuple(_block_rule(field) for field in _items(top.get("blocks"))),
        tuple(_line_rule(field, 4) for field in _items(top.get("summary"))),
    )


def _line_rule(field: _Field, weight: float) -> LineRule:
    keys = _fields(field, _LINE_KEYS, ("name", "match", "yes"))
    if not weight and "weight" in keys:
        raise keys["weight"].wrong("noise has no weight")
    name, match = _text(keys["name"]), _regex(keys["match"])
    kind = _text(keys["kind"]) if "kind" in keys else name
    weight = _number(keys["weight"], 0, 10) if "weight" in keys else weight
    return LineRule(name, kind, match, weight, "(?P<var>" in match, _samples(keys["yes"]), _optional(keys, "no"))


def _block_rule(field: _Field) -> BlockRule:
    keys = _fields(field, _BLOCK_KEYS, ("name", "kind", "start", "rank", "yes"))
    if ("end" in keys) == ("last" in keys):
        raise field.wrong("a block has one of `end` (first line after it) and `last` (its last line)")
    patterns = {key: _regex(keys[key]) if key in keys else "" for key in ("start", "lead", "end", "last", "core", "fold")}
    rank = _one_of(keys["rank"], _RANKS)
    weight = _number(keys["weight"], 0, 10) if "weight" in keys else 6 if rank == "cause" else 5
    return BlockRule(
        name=_text(keys["name"]),
        kind=_text(keys["kind"]),
        max=int(_number(keys["max"], 1, 100_000)) if "max" in keys else 200,
        rank=rank,
        weight=weight,
        var="(?P<var>" in patterns["start"],
        yes=_samples(keys["yes"]),
        no=_optional(keys, "no"),
        after=_optional(keys, "after"),
        **patterns,
    )


def _fields(field: _Field, known: set[str], required: Sequence[str]) -> dict[str, _Field]:
    if field.node.id != "mapping":
        raise field.wrong("must be a mapping of keys to values")
    found: dict[str, _Field] = {}
    for key_node, value_node in field.node.value:
        key = _Field(field.path, str(key_node.value), key_node)
        if key.key not in known:
            raise key.wrong(f"unknown key {key.key!r}", "keys: " + ", ".join(sorted(known)))
        if key.key in found:
            raise key.wrong(f"{key.key} is there twice")
        found[key.key] = _Field(field.path, key.key, value_node)
    for name in required:
        if name not in found:
            raise field.wrong(f"{name} is missing")
    return found


def _items(field: _Field | None) -> list[_Field]:
    if field is None:
        return []
    if field.node.id != "sequence":
        raise field.wrong(f"{field.key} must be a list")
    return [_Field(field.path, field.key, node) for node in field.node.value]


def _text(field: _Field, empty: bool = False) -> str:
    if field.node.id != "scalar" or not (field.node.value or empty):
        raise field.wrong(f"{field.key} must be text")
    return str(field.node.value)


def _texts(field: _Field) -> tuple[str, ...]:
    return tuple(_text(item) for item in _items(field))


def _samples(field: _Field) -> tuple[str, ...]:
    samples = tuple(_text(item, empty=True).rstrip("\n") for item in _items(field))
    if not samples:
        raise field.wrong("at least one sample is needed")
    return samples


def _optional(keys: dict[str, _Field], key: str) -> tuple[str, ...]:
    return _samples(keys[key]) if key in keys else ()


def _one_of(field: _Field, allowed: tuple[str, ...]) -> str:
    value = _text(field)
    if value not in allowed:
        raise field.wrong(f"{field.key} is {value!r}, but must be one of {', '.join(allowed)}")
    return value


def _number(field: _Field, low: float, high: float) -> float:
    try:
        value = float(_text(field))
    except ValueError:
        value = low - 1
    if not low <= value <= high:
        raise field.wrong(f"{field.key} must be a number from {low:g} to {high:g}")
    return value


def _regex(field: _Field) -> str:
    pattern = _text(field)
    if len(pattern) > REGEX_CAP:
        raise field.wrong(f"the regular expression has {len(pattern)} characters; {REGEX_CAP} are allowed")
    try:
        re.compile(pattern)
        re.compile(pattern.encode())
    except re.error as error:
        raise field.wrong(f"not a regular expression: {error}") from None
    return pattern


def check_samples(pack: Pack) -> list[str]:
    """What is wrong with the samples of `pack`: one sentence each, empty where all is well."""
    problems = [text for rules in (pack.noise, pack.evidence, pack.summary) for rule in rules for text in _check_line(rule)]
    problems += [text for block in pack.blocks for text in _check_block(block)]
    telling = [line for rule in (*pack.evidence, *pack.summary) for line in rule.yes]
    for block in pack.blocks:
        telling += [text.split("\n")[0] for text in block.yes]
    for rule in pack.noise:
        search = re.compile(rule.match).search
        problems += [f"{rule.name}: noise, but it matches the evidence {line!r}" for line in telling if search(line)]
    return [f"{pack.name}: {problem}" for problem in problems]


def _check_line(rule: LineRule) -> list[str]:
    text, raw = re.compile(rule.match).search, re.compile(rule.match.encode()).search
    problems = []
    for wanted, samples in ((True, rule.yes), (False, rule.no)):
        for line in samples:
            if bool(text(line)) is not wanted or bool(raw(line.encode())) is not wanted:
                problems.append(f"{rule.name}: {'does not match' if wanted else 'matches'} {line!r}")
    return problems


def _check_block(rule: BlockRule) -> list[str]:
    start, problems = re.compile(rule.start).search, []
    for sample in rule.yes:
        bodies = sample.split("\n")
        heads = [at for at, body in enumerate(bodies) if start(body)]
        span = extent(rule, bodies, heads[0]) if heads else (0, 0)
        if span != (0, len(bodies)):
            problems.append(f"{rule.name}: covers lines {span[0] + 1}-{span[1]} of the {len(bodies)} of {bodies[0]!r}")
        for line in rule.after if sample is rule.yes[0] else ():
            if heads and extent(rule, [*bodies, line], heads[0])[1] != len(bodies):
                problems.append(f"{rule.name}: goes on after {line!r}")
    problems += [f"{rule.name}: starts in {text!r}" for text in rule.no if any(map(start, text.split("\n")))]
    return problems
