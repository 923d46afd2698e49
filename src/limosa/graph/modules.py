"""The modules of the project's own that a revision may import, found by name and without importing any."""

from __future__ import annotations

import ast
import hashlib
import sys
import sysconfig
import warnings
from collections import deque
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from limosa.graph.checksum import semantic_checksum
from limosa.graph.scope import own_scope

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

_INSTALLED = frozenset({"site-packages", "dist-packages"})
_OTHERS = frozenset({"alembic", "sqlalchemy", *sys.stdlib_module_names})
_BLOCKS = ("body", "handlers", "orelse", "finalbody", "cases")
"""The fields in which statements hold others, in the order in which every node has them."""


class Import(NamedTuple):
    """What a name is bound to by an import: a module, a member of one, or all members."""

    module: str
    member: str | None = None


@dataclass(frozen=True)
class Module:
    """One file as it stands on disk, or the text of a revision, which has no name."""

    name: str
    path: Path
    text: str
    is_package: bool = False

    @cached_property
    def tree(self) -> ast.Module:
        """The syntax tree."""
        return _parsed(self.text)

    @cached_property
    def digest(self) -> str:
        """The hash of the text."""
        return hashlib.sha256(self.text.encode()).hexdigest()

    @cached_property
    def checksum(self) -> str:
        """The semantic checksum of the whole file."""
        return semantic_checksum(self.tree)

    @cached_property
    def bound(self) -> dict[str, list[ast.stmt]]:
        """The names that statements at the top bind, imports apart."""
        found: dict[str, list[ast.stmt]] = {}
        for statement in self.tree.body:
            for name in set(_bound_by(statement)):
                found.setdefault(name, []).append(statement)
        return found

    @cached_property
    def loose(self) -> list[ast.stmt]:
        """The statements at the top that bind no name, and take effect all the same."""
        bound = {id(statement) for statements in self.bound.values() for statement in statements}
        imports = (ast.Import, ast.ImportFrom)
        return [
            one
            for one in self.tree.body
            if id(one) not in bound and not isinstance(one, imports) and not _is_text(one)
        ]

    @cached_property
    def imports(self) -> dict[str, list[Import]]:
        """The names that imports bind, wherever in the file; ``*`` for all of a module's."""
        found: dict[str, list[Import]] = {}
        for name, target in self._imported():
            found.setdefault(name, []).append(target)
        return found

    def _imported(self) -> Iterator[tuple[str, Import]]:
        for node in self._import_statements:
            if isinstance(node, ast.Import):
                for alias in node.names:
                    # ``import a.b`` binds a, and b is found as its attribute
                    module = alias.name if alias.asname else alias.name.partition(".")[0]
                    yield alias.asname or module, Import(module)
            else:
                module = self._absolute(node)
                for alias in node.names:
                    yield alias.asname or alias.name, Import(module, alias.name)

    @cached_property
    def mentioned(self) -> set[str]:
        """The names of all modules that importing this one may load, members that may be modules included."""
        found: set[str] = set()
        for node in self._import_statements:
            if isinstance(node, ast.Import):
                found |= {alias.name for alias in node.names}
            else:
                module = self._absolute(node)
                found |= {module, *(f"{module}.{alias.name}" for alias in node.names)}
        return found

    @cached_property
    def _import_statements(self) -> list[ast.Import | ast.ImportFrom]:
        return [one for one in _statements(self.tree) if isinstance(one, ast.Import | ast.ImportFrom)]

    def _absolute(self, node: ast.ImportFrom) -> str:
        if not node.level:
            return node.module or ""
        package = self.name.split(".")
        package = package[: len(package) - node.level + self.is_package]
        return ".".join([*package, *([node.module] if node.module else [])])


class Modules:
    """Finds modules by name in some folders, each file read once."""

    def __init__(self, search: Sequence[Path | str], lent: Mapping[str, Module]) -> None:
        self.search = tuple(dict.fromkeys(Path(folder).absolute() for folder in search))
        self._lent = lent
        self._known: dict[str, Module | None] = {}
        self._tops: dict[str, tuple[Path, ...]] = {}

    def get(self, name: str) -> Module | None:
        """Return the project's own module of that name; None for those of others, and for names of none."""
        if name not in self._known:
            self._known[name] = self._read(name)
        return self._known[name]

    def is_local(self, top: str) -> bool:
        """Is the top-level package or module of this name the project's own?"""
        return bool(self._homes(top)) or any(name.partition(".")[0] == top for name in self._lent)

    def _read(self, name: str) -> Module | None:
        parts = name.split(".")
        for folder in self._homes(parts[0]):
            place = folder.joinpath(*parts)
            for path in (place / "__init__.py", place.with_name(f"{place.name}.py")):
                if path.is_file():
                    return Module(name, path, _text(path), path.name == "__init__.py")
        return self._lent.get(name)

    def _homes(self, top: str) -> tuple[Path, ...]:
        """The folders that hold a module or package of this name, which nobody has installed."""
        if top not in self._tops:
            self._tops[top] = () if top in _OTHERS or not top.isidentifier() else self._found(top)
        return self._tops[top]

    def _found(self, top: str) -> tuple[Path, ...]:
        homes = [folder for folder in self.search if _holds(folder, top) and not _is_installed(folder / top)]
        return tuple(homes) or _by_finder(top)


def _holds(folder: Path, top: str) -> bool:
    return (folder / f"{top}.py").is_file() or (folder / top).is_dir()


def _by_finder(top: str) -> tuple[Path, ...]:
    """Where a package lies that is installed to be edited; its name is looked up and nothing is imported."""
    import importlib.util  # noqa: PLC0415  # few revisions import anything of the project's own

    try:
        spec = importlib.util.find_spec(top)
    except (ImportError, ValueError, AttributeError):
        return ()
    if spec is None:
        return ()
    places = spec.submodule_search_locations or ([spec.origin] if spec.origin else [])
    return tuple(Path(place).parent for place in places if not _is_installed(Path(place)))


def _is_installed(path: Path) -> bool:
    if not _INSTALLED.isdisjoint(path.parts):
        return True
    return path.is_relative_to(sysconfig.get_path("stdlib")) or path.suffix in {".so", ".pyd"}


def _text(path: Path) -> str:
    import tokenize  # noqa: PLC0415  # knows the encoding that a Python file declares

    try:
        with tokenize.open(path) as file:
            return file.read()
    except (SyntaxError, UnicodeDecodeError, OSError):
        return path.read_bytes().decode("utf-8", "replace")


def _parsed(text: str) -> ast.Module:
    """Return the tree; what is no Python is taken as one long text, so that any change of it counts."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return ast.parse(text)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        whole = ast.Assign([ast.Name("text", ast.Store())], ast.Constant(text))
        return ast.fix_missing_locations(ast.Module([whole], []))


def _statements(tree: ast.Module) -> Iterator[ast.AST]:
    """Yield all statements in the order of ``ast.walk``, past the expressions, which hold none."""
    todo = deque[ast.AST]([tree])
    while todo:
        node = todo.popleft()
        yield node
        for block in _BLOCKS:
            todo.extend(getattr(node, block, ()))


def _bound_by(statement: ast.stmt) -> Iterator[str]:
    """Names that a statement binds in its own scope, imports apart."""
    for node in own_scope(statement):
        match node:
            case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name) | ast.ClassDef(name=name):
                yield name
            case ast.Name(id=name, ctx=ast.Store() | ast.Del()):
                yield name


def _is_text(statement: ast.stmt) -> bool:
    return isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Constant)
