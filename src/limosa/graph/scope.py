"""What belongs to a statement's own scope, and not to that of a function or class inside it."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

Definition = ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef
"""Binds its own name; what is bound inside stays inside."""


def own_scope(statement: ast.stmt) -> Iterator[ast.AST]:
    """Yield the nodes of a statement that its own scope sees, definitions without what is in them."""
    todo: list[ast.AST] = [statement]
    while todo:
        node = todo.pop()
        if isinstance(node, ast.Lambda):
            continue
        yield node
        if not isinstance(node, Definition):
            todo.extend(ast.iter_child_nodes(node))
