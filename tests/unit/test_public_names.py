"""What can be imported from ``limosa`` itself."""

from __future__ import annotations

import ast
import inspect
from collections.abc import Iterator

import pytest

import limosa
from limosa import AsyncMigrator, Migrator

ELSEWHERE = {"Mapping", "Path", "Self", "Sequence", "AbstractAsyncContextManager"}
"""Of Python's own library."""


def test_every_name_is_there_and_in_its_place() -> None:
    """Each public name can be imported; the list is sorted, and nothing is in it twice."""
    assert list(limosa.__all__) == sorted(set(limosa.__all__))
    assert set(limosa.__all__) == set(limosa._HOMES)
    assert dir(limosa) == limosa.__all__
    for name in limosa.__all__:
        assert getattr(limosa, name) is not None


@pytest.mark.parametrize("kind", [Migrator, AsyncMigrator])
def test_what_methods_take_and_return_has_a_public_name(kind: type) -> None:
    """Whoever annotates a result of ours, or makes an argument, imports the type from ``limosa``."""
    assert {name for name in _named_in(kind) if name[0].isupper()} - ELSEWHERE <= set(limosa.__all__)


def _named_in(kind: type) -> Iterator[str]:
    """The names in the annotations of public methods and properties, and of ``__init__``."""
    (tree,) = (
        node
        for node in ast.parse(inspect.getsource(inspect.getmodule(kind))).body  # type: ignore[arg-type]
        if isinstance(node, ast.ClassDef) and node.name == kind.__name__
    )
    found = 0
    for node in tree.body:
        if not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            continue
        if node.name != "__init__" and node.name.startswith("_"):
            continue
        given = (*node.args.args, *node.args.kwonlyargs)
        for annotation in (node.returns, *(one.annotation for one in given)):
            if annotation is not None:
                found += 1
                yield from (one.id for one in ast.walk(annotation) if isinstance(one, ast.Name))
    assert found > 20, "the class was not read"
