"""What of the project's own code a revision reaches, told from the syntax trees and without importing any.

From each name that the revision takes out of a local module, the statements that bind it are
followed to the names that these use, and so on. Where it cannot be told what is used, the
whole module is. What is looked up while it runs (``importlib``, ``getattr``) is not seen. Where
the imports lead all over the application, only the modules that the revision itself names count.
"""

from __future__ import annotations

import ast
import hashlib
import re
from pathlib import Path
from typing import TYPE_CHECKING

from limosa.graph.checksum import semantic_checksum
from limosa.graph.modules import Import, Module, Modules
from limosa.model.imported import Imported, ImportedModule

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

_IMPORT = re.compile(r"\b(?:from[ \t]+([\w.]+)|import[ \t]+([^\n#;()]+))")
_ALL = "*"
_MOST = 40
"""A revision that leads to more modules than this uses the application, which lives on without it."""


class LocalImports:
    """Answers for the revisions of one project; modules are read once."""

    def __init__(
        self, root: Path, search: Sequence[Path | str], lent: Mapping[str, Module] | None = None
    ) -> None:
        self._root = root
        self._modules = Modules(search, lent or {})
        self._wider: dict[tuple[Path, ...], LocalImports] = {}

    def where_found_before(self, imported: Imported) -> LocalImports:
        """Return one that looks where these modules were found, too: env.py may extend ``sys.path``."""
        folders = {
            (self._root / one.path).parents[one.name.count(".") + one.is_package] for one in imported.modules
        }
        if folders <= {*self._modules.search}:
            return self
        key = tuple(sorted(folders))
        if key not in self._wider:
            self._wider[key] = LocalImports(self._root, (*self._modules.search, *key))
        return self._wider[key]

    def lending(self, modules: Iterable[ImportedModule]) -> LocalImports:
        """Return one that knows the texts of modules that are not on disk."""
        lent = {one.name: Module(one.name, Path(one.path), one.text, one.is_package) for one in modules}
        return LocalImports(self._root, self._modules.search, lent) if lent else self

    def differing(self, imported: Imported) -> tuple[ImportedModule, ...]:
        """Return the modules whose text is another one now, or that are gone."""
        found = ((one, self._modules.get(one.name)) for one in imported.modules)
        return tuple(one for one, now in found if now is None or now.digest != one.digest)

    def is_alike(self, module: ImportedModule) -> bool:
        """Has the module changed in its layout, comments and docstrings only?"""
        now = self._modules.get(module.name)
        return now is not None and now.checksum == module.checksum

    def text(self, name: str) -> str | None:
        """Return the text of a local module."""
        found = self._modules.get(name)
        return None if found is None else found.text

    def of(self, text: str, *, like: Imported | None = None) -> Imported | None:
        """Return what the source of a revision imports; None for most, which import nothing local.

        ``like`` is what it imported before: to be compared with it, as much is followed as then.
        """
        if not any(self._modules.is_local(top) for top in _tops(text)):
            return None
        revision = Module("", Path(), text)
        direct = self._named({}, revision)
        if not direct:
            return None
        loaded = None if like and like.is_direct else self._loaded(direct, most=None if like else _MOST)
        is_direct, loaded = loaded is None, loaded or direct
        modules = tuple(
            ImportedModule(
                one.name, self._shown(one.path), one.is_package, one.digest, one.checksum, one.text
            )
            for _, one in sorted(loaded.items())
        )
        return Imported(_Reach(self._modules, set(loaded)).checksum(revision), modules, is_direct)

    def _loaded(self, direct: Mapping[str, Module], *, most: int | None) -> dict[str, Module] | None:
        """All that is loaded for these modules, themselves included; None if there is more than ``most``."""
        found, todo = dict(direct), [*direct.values()]
        while todo:
            further = self._named(found, todo.pop())
            found |= further
            todo += further.values()
            if most is not None and len(found) > most:
                return None
        return found

    def _named(self, known: Mapping[str, Module], importer: Module) -> dict[str, Module]:
        """The local modules that a module names itself, as far as they are not known yet."""
        found: dict[str, Module] = {}
        for mentioned in importer.mentioned:
            parts = mentioned.split(".")
            for length in range(1, len(parts) + 1):
                name = ".".join(parts[:length])
                module = None if name in known else self._modules.get(name)
                if module is not None:
                    found[name] = module
        return found

    def _shown(self, path: Path) -> str:
        return str(path.relative_to(self._root)) if path.is_relative_to(self._root) else str(path)


def _tops(text: str) -> set[str]:
    """The first parts of what may be imported names; that a text in quotes may add some does no harm."""
    found: set[str] = set()
    for source, names in _IMPORT.findall(text.replace("\\\n", " ")):
        for name in (source, *names.split(",")):
            word = name.split()[:1]
            if word:
                found.add(word[0].partition(".")[0])
    return found


class _Reach:
    """One walk from a revision through the modules that count."""

    def __init__(self, modules: Modules, counting: set[str]) -> None:
        self._modules = modules
        self._counting = counting
        self._statements: dict[str, dict[int, ast.stmt]] = {}
        self._foreign: set[str] = set()
        self._seen: set[tuple[str, str]] = set()
        self._todo: list[tuple[Module, ast.AST]] = []

    def checksum(self, revision: Module) -> str:
        """Return the hash of everything that the revision reaches in local modules."""
        self._todo += [(revision, statement) for statement in revision.tree.body]
        while self._todo:
            self._follow(*self._todo.pop())
        digest = hashlib.sha256()
        for name in sorted(self._statements):
            reached = sorted(self._statements[name].values(), key=lambda one: (one.lineno, one.col_offset))
            digest.update(f"{name} {semantic_checksum(ast.Module(reached, []))}\n".encode())
        digest.update("\n".join(sorted(self._foreign)).encode())
        return digest.hexdigest()

    def _get(self, name: str) -> Module | None:
        return self._modules.get(name) if name in self._counting else None

    def _follow(self, module: Module, root: ast.AST) -> None:
        """Follow every name that is read in a statement."""
        todo = [root]
        while todo:
            node = todo.pop()
            chain = _chain(node)
            if chain:
                self._name(module, chain[0], chain[1:])
            elif isinstance(node, ast.ImportFrom | ast.Import):
                self._ran(module, node)
            else:
                todo.extend(ast.iter_child_nodes(node))

    def _ran(self, module: Module, node: ast.Import | ast.ImportFrom) -> None:
        """An import that is never used runs its module all the same."""
        for alias in node.names:
            if isinstance(node, ast.Import):
                self._loose(alias.name)
                continue
            for target in module.imports[alias.asname or alias.name]:
                local = self._loose(target.module)
                if local is None or target.member is None:
                    continue
                if target.member == _ALL:
                    self._whole(target.module)
                elif not module.name and _binds(local, target.member):
                    self._member(target.module, target.member, ())  # it may be ``upgrade`` itself

    def _name(self, module: Module, name: str, attributes: Sequence[str]) -> bool:
        """Follow a name to what binds it in the module; say whether anything does."""
        key = ".".join((name, *attributes))
        if (module.name, key) in self._seen:
            return True
        targets, statements = module.imports.get(name, ()), module.bound.get(name, ())
        if not targets and not statements:
            stars = (self._get(star.module) for star in module.imports.get(_ALL, ()))
            return any(star is not None and self._name(star, name, attributes) for star in stars)
        self._seen.add((module.name, key))
        for target in targets:
            self._import(module, name, target, attributes)
        if module.name:
            for statement in statements:
                self._add(module, statement)
        return True

    def _import(self, module: Module, name: str, target: Import, attributes: Sequence[str]) -> None:
        if not self._modules.is_local(target.module.partition(".")[0]):
            if module.name:  # of the revision itself everything counts anyway
                self._foreign.add(f"{module.name} {name}={target.module}.{target.member}")
        elif target.member is None:
            self._attribute(target.module, attributes)
        elif target.member != _ALL:
            self._member(target.module, target.member, attributes)

    def _attribute(self, name: str, attributes: Sequence[str]) -> None:
        """Follow ``module.a.b``: submodules as far as they go, then a name."""
        rest = list(attributes)
        while rest and self._get(f"{name}.{rest[0]}") is not None:
            name = f"{name}.{rest.pop(0)}"
        if rest:
            self._member(name, rest[0], rest[1:])
        else:
            self._whole(name)

    def _member(self, name: str, member: str, attributes: Sequence[str]) -> None:
        module = self._get(name)
        is_bound = module is not None and _binds(module, member)
        if not is_bound and self._get(f"{name}.{member}") is not None:
            self._attribute(f"{name}.{member}", attributes)
        elif module is not None:
            self._loose(name)
            if not self._name(module, member, attributes):
                self._whole(name)

    def _whole(self, name: str) -> None:
        module = self._get(name)
        if module is not None and (name, _ALL) not in self._seen:
            self._seen.add((name, _ALL))
            for statement in module.tree.body:
                self._add(module, statement)

    def _loose(self, name: str) -> Module | None:
        """Whoever imports a module runs what stands in it loose."""
        module = self._get(name)
        if module is not None and (name, "") not in self._seen:
            self._seen.add((name, ""))
            for statement in module.loose:
                self._add(module, statement)
        return module

    def _add(self, module: Module, statement: ast.stmt) -> None:
        known = self._statements.setdefault(module.name, {})
        if id(statement) not in known:
            known[id(statement)] = statement
            self._todo.append((module, statement))


def _binds(module: Module, name: str) -> bool:
    return name in module.bound or name in module.imports


def _chain(node: ast.AST) -> list[str]:
    """The parts of ``a.b.c``, or nothing for what is no such chain."""
    parts: list[str] = []
    while isinstance(node, ast.Attribute):
        parts.append(node.attr)
        node = node.value
    if not isinstance(node, ast.Name):
        return []
    return [node.id, *reversed(parts)]
