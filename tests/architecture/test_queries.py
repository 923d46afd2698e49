"""The named queries: whoever asks for one finds it, and none is kept that nobody asks for."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

from tests.architecture.sources import ROOT

PACKAGE = ROOT / "src" / "limosa"
NAMED = re.compile(r"(?m)^-- name: (\w+)")


def queries(folder: Path) -> set[str]:
    """Return the names in the ``.sql`` files of a folder, and of those above it."""
    folders = [each for each in (folder, *folder.parents) if each.is_relative_to(PACKAGE)]
    files = [file for each in folders for file in each.glob("*.sql")]
    return {name for file in files for name in NAMED.findall(file.read_text(encoding="utf-8"))}


def asked(tree: ast.Module) -> Iterator[tuple[int, str]]:
    """Yield line and name wherever a query is taken by its name out of something that holds queries."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Subscript) and isinstance(node.slice, ast.Constant):
            holder = node.value.attr if isinstance(node.value, ast.Attribute) else ast.unparse(node.value)
            if holder.lower() in {"sql", "_sql"}:
                yield node.lineno, str(node.slice.value)


def test_a_query_that_is_asked_for_is_there() -> None:
    """A name that no file of the room has would fail only when the line is reached."""
    everywhere = {file.parent for file in PACKAGE.rglob("*.sql")}
    missing = []
    for file in sorted(PACKAGE.rglob("*.py")):
        known = queries(file.parent)
        below = [
            each for each in everywhere if each.is_relative_to(file.parent)
        ]  # a base class of both engines
        known = known | {name for each in below for name in queries(each)}
        for line, name in asked(ast.parse(file.read_text(encoding="utf-8"))):
            if name not in known:
                missing.append(f"{file.relative_to(ROOT)}:{line} {name}")
    assert missing == []


def test_a_query_that_is_there_is_asked_for() -> None:
    """What nobody asks for any more is gone."""
    texts = [file.read_text(encoding="utf-8") for file in PACKAGE.rglob("*.py")]
    said = {each for text in texts for each in strings(ast.parse(text))}
    parts = {each for each in said if each.startswith("_") or each.endswith("_")}
    unused = [
        f"{file.relative_to(ROOT)} {name}"
        for file in sorted(PACKAGE.rglob("*.sql"))
        for name in NAMED.findall(file.read_text(encoding="utf-8"))
        if name not in said and not any(name.startswith(each) or name.endswith(each) for each in parts)
    ]
    assert unused == []


def strings(tree: ast.Module) -> Iterator[str]:
    """Yield every string of a file."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield node.value
