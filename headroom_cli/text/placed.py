"""Reads YAML and TOML into values that know their line and column, so that a message can point at the character.

    rules:                     Node(kind="map") -> "rules" at 1:1
      - pattern: "\\.py$"      Node("\\\\.py$") at 2:14

Scalars follow YAML 1.2's core schema: `off`, `yes` and `no` are text (a strategy is called off), `012` is twelve.
Built from parser events without recursion: PyYAML's composer in C overflows the stack on a file of brackets.
"""

from __future__ import annotations

import re
from os import PathLike, fspath
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

__all__ = ["Fault", "Node", "node_of", "read_toml", "read_yaml"]

MAX_DEPTH = 32
_YAML_TAG = "tag:yaml.org,2002:"
Place = tuple[int, int]


class Node(NamedTuple):
    """One value of the file. `line` and `column` count from 1; 0 in what no file says."""

    kind: str  # scalar | list | map
    value: Any  # scalar: str, int, float, bool, None; list: list[Node]; map: list[tuple[Node, Node]], duplicates included
    line: int
    column: int
    empty: bool = False  # a null that nobody wrote: `keep:`


def node_of(value: object) -> Node:
    """A value of a program, as if a file held it."""
    if isinstance(value, dict):
        return Node("map", [(node_of(key), node_of(inner)) for key, inner in value.items()], 0, 0)
    if isinstance(value, (list, tuple, set, frozenset)):
        return Node("list", [node_of(inner) for inner in (value if isinstance(value, (list, tuple)) else sorted(value, key=str))], 0, 0)
    return Node("scalar", fspath(value) if isinstance(value, PathLike) else value, 0, 0)


class Fault(NamedTuple):
    """Why a text could not be read."""

    line: int
    column: int
    message: str


class _Unreadable(Exception):
    def __init__(self, mark: Any, message: str) -> None:
        super().__init__(message)
        self.fault = Fault(mark.line + 1, mark.column + 1, message)


def read_yaml(text: str) -> Node | Fault:
    """The one document of `text`, or what is wrong with it. An empty text is an empty map."""
    import yaml

    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    try:
        return _built(yaml.parse(text, Loader=loader))
    except _Unreadable as error:
        return error.fault
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        return Fault(mark.line + 1 if mark else 1, mark.column + 1 if mark else 1, error.problem or "not YAML")
    except yaml.reader.ReaderError as error:
        at = int(error.position)
        return Fault(text.count("\n", 0, at) + 1, at - text.rfind("\n", 0, at), f"{error.reason}")
    except ValueError:  # the pure-Python reader on lone surrogates
        return Fault(1, 1, "not UTF-8 text")


class _Open:
    """A list or map whose end has not come yet."""

    __slots__ = ("anchor", "kind", "mark", "nodes")

    def __init__(self, kind: str, mark: Any, anchor: str | None) -> None:
        self.kind, self.mark, self.anchor = kind, mark, anchor
        self.nodes: list[Node] = []

    def closed(self) -> Node:
        nodes: list[Any] = self.nodes
        value = nodes if self.kind == "list" else list(zip(nodes[::2], nodes[1::2], strict=True))
        return Node(self.kind, value, self.mark.line + 1, self.mark.column + 1)


def _built(events: Iterable[Any]) -> Node:
    stack: list[_Open] = []
    anchors: dict[str, Node] = {}
    root: Node | None = None
    for event in events:
        name, mark = type(event).__name__, event.start_mark
        anchor = getattr(event, "anchor", None)
        if name in ("SequenceStartEvent", "MappingStartEvent"):
            if len(stack) >= MAX_DEPTH:
                raise _Unreadable(mark, f"nested more than {MAX_DEPTH} deep")
            stack.append(_Open("list" if name.startswith("Seq") else "map", mark, anchor))
            continue
        if name in ("SequenceEndEvent", "MappingEndEvent"):
            anchor, node = stack[-1].anchor, stack.pop().closed()
        elif name == "ScalarEvent":
            node = _scalar(event)
        elif name == "AliasEvent":
            node, anchor = _aliased(anchors, event), None
        elif name == "DocumentStartEvent" and root is not None:
            raise _Unreadable(mark, "a second document begins here; only one is read")
        else:
            continue
        if anchor:
            anchors[anchor] = node
        if stack:
            stack[-1].nodes.append(node)
        else:
            root = node
    empty = root is None or (root.kind == "scalar" and root.empty)
    return Node("map", [], 1, 1) if root is None or empty else root


def _aliased(anchors: Mapping[str, Node], event: Any) -> Node:
    node = anchors.get(event.anchor)
    if node is None:
        raise _Unreadable(event.start_mark, f"there is no complete value called &{event.anchor} before this")
    return node._replace(line=event.start_mark.line + 1, column=event.start_mark.column + 1)


def _scalar(event: Any) -> Node:
    tag = (event.tag or "").removeprefix(_YAML_TAG)
    if tag not in ("", "!", "str", "int", "float", "bool", "null"):
        raise _Unreadable(event.start_mark, f"the tag {event.tag} is not supported")
    plain = event.implicit[0] or tag in ("int", "float", "bool", "null")
    value = _typed(event.value) if plain else event.value
    empty = value is None and not event.value
    return Node("scalar", value, event.start_mark.line + 1, event.start_mark.column + 1, empty)


def _typed(text: str) -> str | int | float | bool | None:
    lower = text.lower()
    if lower in ("", "~", "null"):
        return None
    if lower in ("true", "false"):
        return lower == "true"
    if re.fullmatch(r"[-+]?[0-9][0-9_]{0,17}", text):
        return int(text.replace("_", ""))
    if re.fullmatch(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)(e[-+]?[0-9]+)?", lower):
        return float(text)
    return text


def read_toml(text: str, *table: str) -> Node | Fault | None:
    """The table of that dotted name, None where there is none. A value inside an inline table has the place of its line's key."""
    import sys
    from importlib import import_module

    toml = import_module("tomllib" if sys.version_info >= (3, 11) else "tomli")
    try:
        found: Any = toml.loads(text)
    except (ValueError, RecursionError) as error:
        at = re.search(r"line (\d+), column (\d+)", str(error))
        message = re.sub(r" \(at .*\)$", "", str(error)) if isinstance(error, ValueError) else "nested too deep"
        return Fault(int(at[1]) if at else 1, int(at[2]) if at else 1, message)
    for name in table:
        found = found.get(name) if isinstance(found, dict) else None
    if found is None:
        return None
    return _from_toml(found, table, _toml_places(text), (1, 1))


def _from_toml(value: Any, path: tuple[str | int, ...], places: Mapping[tuple[str | int, ...], Place], outer: Place) -> Node:
    place = places.get(path, outer)
    if isinstance(value, dict):
        pairs = []
        for key, inner in value.items():
            node = _from_toml(inner, (*path, key), places, place)
            pairs.append((Node("scalar", key, node.line, node.column), node))
        return Node("map", pairs, *place)
    if isinstance(value, list):
        return Node("list", [_from_toml(inner, (*path, i), places, place) for i, inner in enumerate(value)], *place)
    return Node("scalar", value if isinstance(value, (str, int, float, bool)) else str(value), *place)


def _toml_places(text: str) -> dict[tuple[str | int, ...], Place]:
    """Where tables and keys begin, by line: tomllib keeps no positions."""
    places: dict[tuple[str | int, ...], Place] = {}
    section: tuple[str | int, ...] = ()
    for number, line in enumerate(text.split("\n"), 1):
        header = re.match(r"\s*(\[\[?)([^\]\[#]+)\]", line)
        key = re.match(r"\s*([\w\"'. -]+?)\s*=", line)
        column = len(line) - len(line.lstrip()) + 1
        if header:
            section = _toml_names(header[2])
            if header[1] == "[[":
                section = (*section, next(i for i in range(len(places) + 1) if (*section, i) not in places))
            places[section] = (number, column)
        elif key:
            places.setdefault((*section, *_toml_names(key[1])), (number, column))
    return places


def _toml_names(dotted: str) -> tuple[str | int, ...]:
    return tuple(part.strip().strip("\"'") for part in dotted.split("."))
