"""Which packs know an input, and what they say of its lines. Packs label; the draft alone cuts.

A pack is one YAML file in `rules/` for one tool's text output (docs/packs.md has the schema). For the pack `pytest`:

    FAILED tests/test_cart.py::test_total - assert 3 == 4     evidence, kind "failed test", weight 5
    tests/test_cart.py ....F....            [ 12%]            noise
    ______________ test_total ______________ ...              block, one failed test, var "test_total"

Reading YAML takes longer than a whole small run may, so packs are compiled to `headroom_cli/packs.bin`: per pack its cues and
one marshalled tuple, unpacked only when a cue occurs in the input. A checkout whose YAML is newer than that file reads the YAML.
"""

import marshal
import os
import re
from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import Any, NamedTuple

from headroom_cli.errors import ConfigError

__all__ = ["BlockRule", "LineRule", "Pack", "check_samples", "compile_packs", "extent", "load_all", "load_each", "open_packs", "read_pack"]

FORMAT = 2
"""Version of packs.bin; another number means: read the YAML, or say that the installation is broken."""
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
    needs: tuple[str, ...] = ()  # literals: a line that `match` matches holds one of them; () for none known


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
    needs: tuple[str, ...] = ()  # literals: a line that `start` matches holds one of them; () for none known


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
    """Every pack, by name; one in `extra_dirs` replaces the built-in of its name. Raises ConfigError with `file:line:column`."""
    packs, broken = load_each(extra_dirs)
    if broken:
        raise broken[0]
    return packs


def load_each(extra_dirs: Sequence[str] = ()) -> tuple[list[Pack], list[ConfigError]]:
    """Every pack that can be read, as `load_all` gives them, and why the others cannot."""
    packs = {pack.name: pack for pack in map(_unpack, _builtin().blobs)}
    broken = []
    for path in (path for folder in extra_dirs for path in _yaml_files(folder)):
        try:
            pack = read_pack(path)
            packs[pack.name] = pack
        except ConfigError as error:
            broken.append(error)
    return [packs[name] for name in sorted(packs)], broken


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


def read_pack(path: str) -> Pack:
    """The pack in one YAML file. Raises ConfigError with `file:line:column`; its samples are not checked."""
    from headroom_cli.packfile import read  # yaml: only a stale checkout, a project's own packs and the build come here

    return read(path)


def check_samples(pack: Pack) -> list[str]:
    """What is wrong with the samples of `pack`: one sentence each, empty where all is well."""
    from headroom_cli.packfile import check

    return check(pack)


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
