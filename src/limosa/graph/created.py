"""What a revision's text says that it creates: tables, types, views and the like, by name.

Only names that stand there are found. One that is put together when the revision runs is not,
and neither is what a file of SQL or a function elsewhere creates.
"""

from __future__ import annotations

import ast
import re
import warnings
from collections.abc import Iterator, Mapping
from typing import NamedTuple

_NAME = r'(?:"(?:[^"]|"")+"|[A-Za-z_]\w*)'
_QUALIFIED = rf"(?P<name>{_NAME}(?:\s*\.\s*{_NAME})?)"
_KINDS = "TABLE|VIEW|SEQUENCE|TYPE|DOMAIN|FUNCTION|PROCEDURE|AGGREGATE|SCHEMA|EXTENSION|INDEX"
_CREATE = re.compile(
    rf"\bCREATE\s+(?:OR\s+REPLACE\s+)?(?:(?:UNLOGGED|RECURSIVE|UNIQUE|VIRTUAL|FOREIGN|MATERIALIZED)\s+)*"
    rf"(?P<kind>{_KINDS})\s+(?:CONCURRENTLY\s+)?(?:IF\s+NOT\s+EXISTS\s+)?{_QUALIFIED}",
    re.IGNORECASE,
)
_RENAME = re.compile(
    rf"\bALTER\s+(?:(?:FOREIGN|MATERIALIZED)\s+)?(?P<kind>{_KINDS})\s+(?:IF\s+EXISTS\s+)?{_QUALIFIED}"
    rf"\s+RENAME\s+TO\s+(?P<new>{_NAME})",
    re.IGNORECASE,
)
_ENUMS = frozenset({"Enum", "ENUM"})


class Created(NamedTuple):
    """A name that some revision gives; ``schema`` is None where the connection's own is meant."""

    kind: str
    """``table``, ``type``, ``function`` and so on; of a view, too, it is a relation's: ``table``."""
    schema: str | None
    name: str


def created_by(source: str) -> frozenset[Created]:
    """Return all that the text of a revision creates; none where it is no Python."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            tree = ast.parse(source)
    except (SyntaxError, ValueError, RecursionError):
        return frozenset()
    texts = constants_of(tree)
    found: set[Created] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            found.update(_by_call(node, texts))
        elif isinstance(node, ast.Constant | ast.JoinedStr):
            found.update(_by_sql(text_of(node, texts) or ""))
    return frozenset(found)


def text_of(node: ast.expr | None, texts: Mapping[str, str]) -> str | None:
    """Return the text that an expression stands for: a literal, a name for one, or an f-string of such."""
    match node:
        case ast.Call(func=ast.Attribute(attr="f"), args=[only]):
            return text_of(only, texts)  # op.f() says that a name is final
        case ast.Constant(value=str(value)):
            return value
        case ast.Name(id=name):
            return texts.get(name)
        case ast.JoinedStr(values=values):
            parts = [
                text_of(part.value if isinstance(part, ast.FormattedValue) else part, texts)
                for part in values
            ]
            return None if None in parts else "".join(part for part in parts if part is not None)
        case ast.BinOp(left=left, op=ast.Add(), right=right):
            ends = text_of(left, texts), text_of(right, texts)
            return None if ends[0] is None or ends[1] is None else ends[0] + ends[1]
    return None


def constants_of(tree: ast.Module) -> dict[str, str]:
    """Names that stand for one and the same text wherever they are bound."""
    given: dict[str, list[str]] = {}
    bound: dict[str, int] = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.Assign) and len(node.targets) == 1 and isinstance(node.targets[0], ast.Name):
            value = text_of(node.value, {})
            if value is not None:
                given.setdefault(node.targets[0].id, []).append(value)
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            bound[node.id] = bound.get(node.id, 0) + 1
    return {
        name: values[0]
        for name, values in given.items()
        if len(set(values)) == 1 and bound[name] == len(values)
    }


def _by_call(call: ast.Call, texts: Mapping[str, str]) -> Iterator[Created]:
    function = call.func.attr if isinstance(call.func, ast.Attribute) else getattr(call.func, "id", "")
    keywords = {each.arg: each.value for each in call.keywords if each.arg}
    schema = text_of(keywords.get("schema"), texts)
    first = text_of(call.args[0] if call.args else keywords.get("table_name"), texts)
    if function in {"create_table", "Table"} and first:
        yield Created("table", schema, first)
    elif function == "rename_table":
        new = text_of(call.args[1] if len(call.args) > 1 else keywords.get("new_table_name"), texts)
        if new:
            yield Created("table", schema, new)
    elif function == "create_index":
        name = text_of(call.args[0] if call.args else keywords.get("index_name"), texts)
        if name:
            yield Created("index", schema, name)
    elif function in _ENUMS:
        name = text_of(keywords.get("name"), texts)
        if name:
            yield Created("type", schema, name)
    elif function in {"CreateSchema", "Sequence"} and first:
        yield (
            Created("schema", None, first) if function == "CreateSchema" else Created("table", schema, first)
        )


def _by_sql(text: str) -> Iterator[Created]:
    for match in _CREATE.finditer(text):
        schema, name = _split(match["name"])
        yield Created(_kind(match["kind"]), schema, name)
    for match in _RENAME.finditer(text):
        schema, _ = _split(match["name"])
        yield Created(_kind(match["kind"]), schema, _bare(match["new"]))


def _kind(word: str) -> str:
    kind = word.lower()
    if kind in {"view", "sequence"}:
        return "table"
    if kind in {"procedure", "aggregate"}:
        return "function"
    return "type" if kind == "domain" else kind


def _split(qualified: str) -> tuple[str | None, str]:
    names = re.findall(_NAME, qualified)
    return (_bare(names[0]) if len(names) > 1 else None), _bare(names[-1])


def _bare(name: str) -> str:
    return name[1:-1].replace('""', '"') if name.startswith('"') else name.lower()
