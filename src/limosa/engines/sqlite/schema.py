"""The schema of a SQLite file, read from the statements that SQLite keeps."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Collection, Iterator, Mapping

from limosa.engines.base import OpenSession
from limosa.engines.queries import load
from limosa.engines.quoting import quote
from limosa.engines.sqlite.table import Table, read_table
from limosa.engines.sqlite.tokens import (
    Tokens,
    bare,
    closing,
    expression,
    parts,
    texts,
    tokens,
    written,
)
from limosa.model.schema import Schema, SchemaObject
from limosa.model.session import VersionTable

_SQL = load(__file__, "schema.sql")


def read_schema(session: OpenSession, version_table: VersionTable) -> Schema:
    """Read the schema; our own tables and the version table are left out."""
    found = session.rows(_SQL["objects"], version_table=version_table.name)
    statements = {(kind, name): sql for kind, name, _, sql in found}
    tables = {
        name.lower(): read_table(name, sql)
        for (kind, name), sql in statements.items()
        if kind == "table" and not _is_virtual(sql)
    }
    names = frozenset(tables).union(*(table.names for table in tables.values()))
    objects: list[SchemaObject] = []
    for table in tables.values():
        objects += _table(table, tables)
    for kind, name, table, sql in found:
        if kind == "index":
            own = tables.get(table.lower())
            objects.append(SchemaObject(kind, name, _index(sql, names if own is None else own.names)))
        elif kind != "table":
            objects.append(SchemaObject(kind, name, _rest(name, tokens(sql, names))))
        elif _is_virtual(sql):
            # what stands in the brackets is the module's own language
            objects.append(SchemaObject("virtual table", name, _rest(name, texts(sql))))
    return Schema.of(objects)


def catalogue(session: OpenSession) -> str:
    """Hash the statements that SQLite keeps."""
    return hashlib.sha256(repr(session.rows(_SQL["catalogue"])).encode()).hexdigest()


def _is_virtual(sql: str) -> bool:
    return sql[:15].upper() == "CREATE VIRTUAL "


def _table(table: Table, tables: Mapping[str, Table]) -> Iterator[SchemaObject]:
    label = _label(table.name)
    yield SchemaObject("table", label, " ".join(table.options))
    for column in table.columns:
        clauses = (column.type, column.collation, column.not_null, column.default, column.generated)
        yield SchemaObject("column", f"{label}.{_label(column.name)}", " ".join(filter(None, clauses)))
    for name, text in table.definitions(tables):
        # one without a name is called by what it says
        yield SchemaObject("constraint", f"{label}.{_label(name) if name else text}", text)


def _label(name: str) -> str:
    return name if re.fullmatch(r"\w+", name) else quote(name)


def _index(sql: str, names: Collection[str]) -> str:
    found = texts(sql)
    opening = found.index("(")
    end = closing(found, opening)
    listed = [_part(part, names) for part in parts(found[opening + 1 : end - 1])]
    unique = "UNIQUE " if found[1].upper() == "UNIQUE" else ""
    where = f" WHERE {expression(found[end + 1 :], names)}" if found[end:] else ""
    return f"{unique}ON {quote(bare(found[opening - 1]).lower())} ({', '.join(listed)}){where}"


def _part(part: Tokens, names: Collection[str]) -> str:
    kept = part[:-1] if part[-1].upper() == "ASC" else part
    return written(tokens(" ".join(kept), names))


def _rest(name: str, found: Tokens) -> str:
    """A statement without its head, which says the kind and the name."""
    place = next(place for place, token in enumerate(found) if bare(token).lower() == name.lower())
    return written(found[place + 1 :])
