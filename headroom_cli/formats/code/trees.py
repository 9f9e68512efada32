"""Definitions by tree-sitter, where its wheels are installed (the extra `code`): eight grammars, one reading.

    function_declaration (name: (identifier) body: (statement_block))   ->  Definition(first, head, stop, name, "function")

The nodes' names differ by language, but what has a body and a name is a definition in all of them.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from headroom_cli.formats.code.braces import finish
from headroom_cli.formats.code.braces import outline as scan
from headroom_cli.formats.code.grammar import Definition, Outline

if TYPE_CHECKING:
    from collections.abc import Sequence

    from headroom_cli.formats.code.grammar import Language

__all__ = ["outline"]

_FUNCTIONS = frozenset(
    ["function_declaration", "function_definition", "function_item", "method_definition", "method_declaration", "constructor_declaration", "compact_constructor_declaration", "generator_function_declaration", "function_expression", "generator_function", "arrow_function", "func_literal", "function_signature", "function_signature_item", "method_signature", "abstract_method_signature", "method_elem", "macro_definition"]
)
_CLASSES = frozenset(
    ["class_declaration", "abstract_class_declaration", "class", "interface_declaration", "enum_declaration", "record_declaration", "annotation_type_declaration", "class_specifier", "struct_specifier", "union_specifier", "enum_specifier", "namespace_definition", "impl_item", "trait_item", "mod_item", "struct_item", "enum_item", "union_item", "internal_module", "module", "foreign_mod_item", "linkage_specification"]
)
_ALIASES = frozenset(["type_alias_declaration", "type_spec", "type_alias", "type_item", "alias_declaration", "concept_definition", "type_definition"])
_AROUND = frozenset(
    ["export_statement", "lexical_declaration", "variable_declaration", "variable_declarator", "assignment_expression", "expression_statement", "pair", "template_declaration", "public_field_definition", "field_definition", "ambient_declaration", "parenthesized_expression", "type_declaration", "type_definition"]
)
_COMMENTS = frozenset(("comment", "line_comment", "block_comment"))
_NAMELESS = frozenset(("function_expression", "generator_function", "arrow_function", "func_literal", "class"))
LONGEST_ALIAS = 4
"""Lines of a type's name and meaning that are its head."""
_MODULES = {"typescript": "tree_sitter_typescript:language_tsx"}


def outline(texts: Sequence[str], language: Language) -> Outline | None:
    """The outline of a file's lines; None where the grammar is not installed or most of the file is not of the language."""
    try:
        kit = import_module("tree_sitter")
        module, _, function = _MODULES.get(language.name, f"tree_sitter_{language.name}:language").partition(":")
        parser = kit.Parser(kit.Language(getattr(import_module(module), function)()))
    except (ImportError, AttributeError, ValueError, TypeError, OSError):  # missing, or a grammar of another age
        return None
    tree = parser.parse("\n".join(texts).encode("utf-8", "surrogateescape"))
    if tree.root_node.has_error and _broken(tree.root_node) > len(texts) // 5:
        return None
    out = Outline(len(texts))
    _walk(tree.root_node, texts, out)
    if tree.root_node.has_error:
        _mend(out, _errors(tree.root_node), texts, language)
    finish(texts, out)
    return out


def _broken(root: Any) -> int:
    """Lines in the outermost nodes that did not parse."""
    return sum(node.end_point[0] - node.start_point[0] + 1 for node in root.children if node.type == "ERROR")


def _errors(root: Any) -> bytearray:
    """1 for each line in a node that did not parse."""
    lines = bytearray(root.end_point[0] + 2)
    todo = [root]
    while todo:
        node = todo.pop()
        if node.type == "ERROR":
            first, stop = node.start_point[0], node.end_point[0] + 1
            lines[first:stop] = b"\1" * (stop - first)
        else:
            todo += [child for child in node.children if child.has_error]
    return lines


def _mend(out: Outline, errors: bytearray, texts: Sequence[str], language: Language) -> None:
    """Where the file did not parse, the scan's definitions stand, and of the parser's those that the scan does not know."""
    scanned = [own for own in scan(texts, language).definitions if own.name and errors[own.first]]
    lines = {line for own in scanned for line in range(own.first, own.head + 1)}
    ours = [own for own in out.definitions if not errors[own.first] or not lines.intersection(range(own.first, own.head + 1))]
    out.definitions = [own for own in ours if own.name or not errors[own.first]] + scanned


def _walk(root: Any, texts: Sequence[str], out: Outline) -> None:
    """All definitions and comments below `root`, without recursion: sources nest deeper than Python's stack."""
    todo: list[tuple[Any, str, bool]] = [(root, "", True)]
    while todo:
        node, name, outer = todo.pop()
        kind = "function" if node.type in _FUNCTIONS else "class" if (node.type in _CLASSES and node.is_named) or _is_alias(node) else ""
        if node.type in _COMMENTS:
            _comment(node, texts, out)
            continue
        if kind and (own := _definition(node, kind, name, outer)) is not None:
            out.definitions.append(own)
            name, outer = own.name, outer and kind == "class"
        elif kind == "function":
            outer = False
        todo += [(child, name, outer) for child in reversed(node.children) if child.child_count or child.type in _COMMENTS]


def _comment(node: Any, texts: Sequence[str], out: Outline) -> None:
    first, last = node.start_point[0], node.end_point[0]
    if node.end_point[1] == 0 and last > first:  # Rust's line comments end on the next line
        last -= 1
    for line in range(first, min(last + 1, len(texts))):
        raw = texts[line].encode("utf-8", "surrogateescape")
        before = raw[: node.start_point[1]] if line == first else b""
        after = raw[node.end_point[1] :] if line == node.end_point[0] else b""
        if not before.strip() and not after.strip():
            out.comments[line] = 1


def _definition(node: Any, kind: str, inside: str, outer: bool) -> Definition | None:
    """The definition that `node` is, None where it is one line without a body or has no name."""
    body = node.child_by_field_name("body") or _last_block(node)
    named, start = node.child_by_field_name("name") or node.child_by_field_name("declarator") or node.child_by_field_name("type"), node
    while (parent := start.parent) is not None and parent.type in _AROUND and (parent.start_point[0] == start.start_point[0] or parent.type in ("export_statement", "template_declaration")):
        start = parent
        if named is None:
            named = parent.child_by_field_name("name") or parent.child_by_field_name("key") or parent.child_by_field_name("left") or parent.child_by_field_name("property") or parent.child_by_field_name("declarator")
    if body is None and ((kind == "class" and node.type not in _ALIASES) or named is None):
        return None
    if named is None and node.type in _NAMELESS and node.start_point[0] == node.end_point[0]:
        return None
    name = _name(named)
    head = body.start_point[0] if body is not None else min(node.end_point[0], start.start_point[0] + LONGEST_ALIAS if kind == "class" else node.end_point[0])
    full = f"{inside}.{name}" if inside and name else name
    return Definition(start.start_point[0], head, node.end_point[0] + 1, full, kind, outer and bool(name))


def _last_block(node: Any) -> Any:
    """The body of a node whose grammar does not call it so."""
    if node.type == "type_spec":  # Go: (type_spec name type: (struct_type (field_declaration_list)))
        own = node.child_by_field_name("type")
        return own if own is not None and own.type in ("struct_type", "interface_type") else None
    if node.type == "macro_definition":
        return next((child for child in node.children if child.type in "{(["), None)
    return node.child_by_field_name("value") if node.type == "type_alias_declaration" else None


def _is_alias(node: Any) -> bool:
    """Whether a node gives a type a name outside of a class's body; one that holds a body is the body's."""
    parent = node.parent
    parent = parent.parent if parent is not None and parent.type == "template_declaration" else parent
    if node.type not in _ALIASES or parent is None or parent.type == "field_declaration_list":
        return False
    own = node.child_by_field_name("type") if node.type == "type_definition" else None
    return own is None or own.child_by_field_name("body") is None


def _name(node: Any) -> str:
    while node is not None and node.child_by_field_name("declarator") is not None:  # C: `*f(int)`
        if node.type == "operator_cast":  # C++: `operator bool() const`
            return " ".join(node.text.decode("utf-8", "replace").split("(")[0].split())
        node = node.child_by_field_name("declarator")
    if node is not None and node.type == "operator_name":
        return " ".join(node.text.decode("utf-8", "replace").split())
    text = node.text.decode("utf-8", "replace").split("(")[0].split("<")[0] if node is not None and node.text else ""
    return text.split(".")[-1].split("::")[-1].strip("*& \n") if len(text) < 200 else ""
