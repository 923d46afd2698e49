"""A revision file read without running it: its identifiers, docstring and functions, from the syntax tree."""

from __future__ import annotations

import ast
import re
import warnings
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from limosa.errors import GraphError
from limosa.graph.checksum import semantic_checksum
from limosa.graph.raw import Details, Links
from limosa.graph.scope import own_scope
from limosa.graph.wording import quoted

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from limosa.graph.raw import Fallback

_IDENTIFIERS = ("revision", "down_revision", "depends_on", "branch_labels")
_CREATED = re.compile(r"^Create Date:[ \t]*(\S.*?)[ \t]*$", re.MULTILINE)
_FILE_NAMED_BY_ID = re.compile(r"([a-f0-9]+)\.py")
_EVERY_NAME = "*"
_COMPUTED = object()


class Reading(NamedTuple):
    """What one file says; ``is_static`` is False when the file had to be executed to know it."""

    links: Links
    details: Details
    is_static: bool


def read_source(data: bytes, path: str, fallback: Fallback | None) -> Reading:
    """Read the text of the revision file at ``path``; execute it only if its identifiers are not literals."""
    tree = _parse(data, path)
    names = _bindings(tree)
    is_static = all(value is not _COMPUTED for name, value in names.items() if name in _IDENTIFIERS)
    if not is_static:
        names = dict(_executed(path, names, fallback))
    doc = (ast.get_docstring(tree, clean=False) or "").strip()
    created = _CREATED.search(doc)
    details = Details(
        message=" ".join(doc.split("\n\n")[0].split()),
        doc=doc,
        created=created[1] if created else None,
        checksum=semantic_checksum(tree),
        has_upgrade="upgrade" in names,
        has_downgrade="downgrade" in names,
    )
    return Reading(_links(names, path), details, is_static)


def does_nothing(data: bytes, path: str) -> frozenset[str]:
    """Return the names of the module's functions that have nothing in them but a docstring."""
    functions = (node for node in _parse(data, path).body if isinstance(node, ast.FunctionDef))
    return frozenset(node.name for node in functions if all(_is_nothing(one) for one in node.body))


def _is_nothing(statement: ast.stmt) -> bool:
    match statement:
        case ast.Pass() | ast.Expr(value=ast.Constant()) | ast.Return(value=None | ast.Constant(value=None)):
            return True
        case _:
            return False


def _parse(data: bytes, path: str) -> ast.Module:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # an old escape in somebody's SQL is not our business
            return ast.parse(data, filename=path)
    except SyntaxError as error:
        raise GraphError(
            f"'{path}', line {error.lineno}, is not Python: {error.msg}",
            hint=f"correct the file: python -m py_compile {path}",
            paths=(path,),
            line=error.lineno,
        ) from error
    except (ValueError, RecursionError, MemoryError) as error:
        raise GraphError(
            f"'{path}' is not Python: {error}",
            hint=f"correct the file: python -m py_compile {path}",
            paths=(path,),
        ) from error


def _bindings(tree: ast.Module) -> dict[str, object]:
    """Return what the module's names are bound to at its end: a literal, or ``_COMPUTED``."""
    names: dict[str, object] = {}
    for statement in tree.body:
        match statement:
            case ast.Assign(targets=targets, value=value) if all(isinstance(t, ast.Name) for t in targets):
                names |= {t.id: _literal(value) for t in targets if isinstance(t, ast.Name)}
            case ast.AnnAssign(target=ast.Name(id=name), value=ast.expr() as value):
                names[name] = _literal(value)
            case ast.AnnAssign():
                pass
            case _:
                for name in _bound_somehow(statement):
                    names[name] = _COMPUTED
                    if name == _EVERY_NAME:
                        names |= dict.fromkeys(_IDENTIFIERS, _COMPUTED)
    return names


def _bound_somehow(statement: ast.stmt) -> Iterator[str]:
    """Names that a statement may bind in its own scope, in whatever way."""
    for node in own_scope(statement):
        match node:
            case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name) | ast.ClassDef(name=name):
                yield name
            case ast.Name(id=name, ctx=ast.Store() | ast.Del()):
                yield name
            case ast.alias(name=name, asname=asname):
                yield asname or name.partition(".")[0]
            case ast.ExceptHandler(name=str(name)) | ast.MatchAs(name=str(name)):
                yield name


def _literal(value: ast.expr) -> object:
    match value:
        case ast.Constant(value=constant):
            return constant
        case ast.Tuple(elts=elements) | ast.List(elts=elements):
            found = tuple(e.value if isinstance(e, ast.Constant) else _COMPUTED for e in elements)
            return _COMPUTED if _COMPUTED in found else found
        case _:
            return _COMPUTED


def _executed(path: str, names: Mapping[str, object], fallback: Fallback | None) -> Mapping[str, object]:
    if fallback is None:
        computed = [name for name in _IDENTIFIERS if names.get(name) is _COMPUTED]
        raise GraphError(
            f"'{path}' computes {quoted(computed)} instead of writing it down",
            hint="write revision, down_revision, depends_on and branch_labels as plain strings",
            paths=(path,),
        )
    return fallback(Path(path))


def _links(names: Mapping[str, object], path: str) -> Links:
    revision = names.get("revision", _COMPUTED)
    if revision is _COMPUTED:
        by_id = _FILE_NAMED_BY_ID.fullmatch(Path(path).name)
        if by_id is None:
            raise GraphError(
                f"'{path}' sets no 'revision', and Alembic refuses such a file too",
                hint="move a file that is no revision out of the folder of the versions",
                paths=(path,),
            )
        revision = by_id[1]
    if not isinstance(revision, str):
        raise _not_text("revision", revision, path)
    if "down_revision" not in names:
        raise GraphError(
            f"'{path}' sets no 'down_revision'",
            hint="set it to the id of the parent, or to None for a first revision",
            paths=(path,),
        )
    parents, depends_on, labels = (_texts(name, names.get(name), path) for name in _IDENTIFIERS[1:])
    return Links(revision, parents, depends_on, labels, path)


def _texts(name: str, value: object, path: str) -> tuple[str, ...]:
    if value is None:
        return ()
    found = (value,) if isinstance(value, str) else value
    if not isinstance(found, tuple | list | set | frozenset):
        raise _not_text(name, value, path)
    texts = []
    for text in sorted(found) if isinstance(found, set | frozenset) else found:
        if not isinstance(text, str):
            raise _not_text(name, text, path)
        texts.append(text)
    return tuple(texts)


def _not_text(name: str, value: object, path: str) -> GraphError:
    return GraphError(
        f"'{path}' sets '{name}' to {value!r}, which is not a string",
        hint=f"put the value of '{name}' in quotes",
        paths=(path,),
    )
