"""Models that nobody imports: their tables are in no metadata, so neither a check nor autogenerate sees them.

Only files beside models that env.py did import are looked at, and only as text: none is executed.
A file counts if it defines a table in the way those models do, upon the same base or metadata.
"""

from __future__ import annotations

import ast
import sys
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from limosa.alembic_bridge.blame import is_own


@dataclass(frozen=True, slots=True)
class Unregistered:
    """A table that a module defines which nothing imports."""

    path: str
    """From the project's folder."""
    table: str
    remedy: str
    """What to add, and where."""

    @property
    def operation(self) -> str:
        """What would bring the models to it, as the other differences of a check say it."""
        return f"register table {self.table}, which '{self.path}' defines and nothing imports: {self.remedy}"


@dataclass(frozen=True, slots=True)
class _Model:
    table: str
    name: str
    """The class, or the variable that holds the table."""
    basis: frozenset[str]
    """The names of the bases, or of the metadata."""


def unregistered(loaded: Mapping[str, Path], root: Path) -> tuple[Unregistered, ...]:
    """Find the models beside those that are loaded; ``loaded`` are the project's own modules, by name."""
    folders: dict[Path, set[str]] = {}
    packages: dict[Path, str] = {}
    tables: set[str] = set()
    for name, path in sorted(loaded.items()):
        models = tuple(_models(path))
        if models:
            tables.update(model.table for model in models)
            folders.setdefault(path.parent, set()).update(*(model.basis for model in models))
            packages[path.parent] = name if path.name == "__init__.py" else name.rpartition(".")[0]
    files = {path.resolve() for path in loaded.values()}
    return tuple(
        Unregistered(
            str(path.relative_to(root)), model.table, _remedy(path, model, packages[folder], root, files)
        )
        for folder, basis in folders.items()
        for path in sorted(folder.glob("*.py"))
        if path.resolve() not in files
        for model in _models(path)
        if model.table not in tables and not model.basis.isdisjoint(basis)
    )


def loaded_from(root: Path) -> dict[str, Path]:
    """Return the modules of the project's own that are loaded now, by name."""
    found = {}
    for name, module in list(sys.modules.items()):
        file = getattr(module, "__file__", None)
        if isinstance(file, str) and file.endswith(".py") and is_own(file, root):
            found[name] = Path(file)
    return found


def _remedy(path: Path, model: _Model, package: str, root: Path, files: Collection[Path]) -> str:
    registry = path.parent / "__init__.py"
    if registry.resolve() in files:
        return f"add 'from .{path.stem} import {model.name}' to {registry.relative_to(root)}"
    module = f"{package}.{path.stem}" if package else path.stem
    return f"add 'import {module}' to env.py, or to a module that it imports"


def _models(path: Path) -> Iterator[_Model]:
    try:
        tree = ast.parse(path.read_bytes())
    except (OSError, SyntaxError, ValueError):
        return  # whoever imports it will say what is the matter
    for node in tree.body:
        match node:
            case ast.ClassDef(name=name, bases=bases, body=body):
                table = next(filter(None, map(_tablename, body)), None)
                if table is not None:
                    yield _Model(table, name, frozenset(map(_last_name, bases)) - {""})
            case (
                ast.Assign(targets=[ast.Name(id=name)], value=ast.Call() as call)
                | ast.AnnAssign(target=ast.Name(id=name), value=ast.Call() as call)
            ) if _last_name(call.func) == "Table":
                match call.args:
                    case [ast.Constant(value=str(table)), metadata, *_]:
                        yield _Model(table, name, frozenset({_last_name(metadata)}) - {""})


def _tablename(statement: ast.stmt) -> str | None:
    match statement:
        case (
            ast.Assign(targets=[ast.Name(id="__tablename__")], value=ast.Constant(value=str(table)))
            | ast.AnnAssign(target=ast.Name(id="__tablename__"), value=ast.Constant(value=str(table)))
        ):
            return table
    return None


def _last_name(node: ast.expr) -> str:
    """The name by which something is called, whatever module it is taken from."""
    match node:
        case ast.Name(id=name) | ast.Attribute(attr=name):
            return name
        case ast.Subscript(value=value):
            return _last_name(value)
    return ""
