"""The semantic checksum: equal for two texts that run alike, whatever their layout, comments and docstrings.

The tree is written out by hand, not with ``ast.dump``: what that prints changes from one
Python to the next, and a checksum stands in the ledger for years.
"""

from __future__ import annotations

import ast
import hashlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator

_DOCUMENTED = (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)
_LAYOUT = frozenset({"ctx", "kind", "type_comment", "type_ignores"})
"""Fields that follow from the place of a node, or say how it was spelt."""


def semantic_checksum(tree: ast.Module) -> str:
    """Return the hex SHA-256 of the tree without docstrings and positions."""
    digest = hashlib.sha256()
    for part in _written(tree):
        digest.update(part)
    return digest.hexdigest()


def _written(root: ast.AST) -> Iterator[bytes]:
    # A stack of its own: a long chain of `+` is a tree deeper than Python's recursion allows.
    todo: list[Any] = [root]
    while todo:
        item = todo.pop()
        if isinstance(item, bytes):
            yield item
        elif isinstance(item, ast.AST):
            yield b"(" + type(item).__name__.encode()
            todo.append(b")")
            for name, value in reversed(_fields(item)):
                todo += (value, f" {name}=".encode())
        elif isinstance(item, list):
            yield b"["
            todo += (b"]", *reversed(item))
        else:
            yield _constant(item)


def _fields(node: ast.AST) -> list[tuple[str, Any]]:
    """Return the fields that say something; an absent one and one of a newer Python look alike."""
    fields: list[tuple[str, Any]] = []
    for name, value in ast.iter_fields(node):
        if name == "body" and isinstance(node, _DOCUMENTED):
            rest = _without_docstring(value)
            fields.append((name, rest or [ast.Pass()]))
        elif name == "targets" and isinstance(node, ast.Delete):
            fields.append((name, _flat(value)))
        elif name == "values" and isinstance(node, ast.JoinedStr):
            fields += [(name, rest)] if (rest := [part for part in value if not _is_empty_text(part)]) else []
        elif name not in _LAYOUT and not _is_absent(node, value):
            fields.append((name, value))
    return fields


def _is_absent(node: ast.AST, value: object) -> bool:
    return value == [] or (value is None and not isinstance(node, ast.Constant))


def _is_empty_text(node: ast.expr) -> bool:
    """Python 3.12 puts one at the end of some format specifications, those before and after it none."""
    return isinstance(node, ast.Constant) and node.value == ""


def _without_docstring(body: list[ast.stmt]) -> list[ast.stmt]:
    match body:
        case [ast.Expr(value=ast.Constant(value=str())), *rest]:
            return rest
        case _:
            return body


def _flat(targets: list[ast.expr]) -> list[ast.expr]:
    """``del (a, b)`` is ``del a, b``, and formatters turn one into the other."""
    return [
        leaf
        for target in targets
        for leaf in (_flat(target.elts) if isinstance(target, ast.Tuple | ast.List) else [target])
    ]


def _constant(value: object) -> bytes:
    if isinstance(value, str):
        text = value.encode("utf-8", "surrogatepass")
        return b"str%d:%s" % (len(text), text)
    if isinstance(value, bytes):
        return b"bytes%d:%s" % (len(value), value)
    # hex: the decimal digits of a huge integer are refused by Python itself
    shown = hex(value) if type(value) is int else repr(value)
    return f"{type(value).__name__}:{shown};".encode()
