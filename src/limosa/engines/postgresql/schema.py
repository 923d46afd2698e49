"""The schema of a PostgreSQL database, written down by the server itself in a few bulk queries."""

from __future__ import annotations

from limosa.engines.base import OpenSession
from limosa.engines.queries import load
from limosa.model.schema import Schema, SchemaObject
from limosa.model.session import VersionTable

_SQL = load(__file__, "schema.sql")


def read_schema(session: OpenSession, version_table: VersionTable) -> Schema:
    """Read the schema; what the version table and our own schema hold is left out."""
    with session.transaction():
        path, jit = session.rows(_SQL["settings"])[0]
        session.rows(_SQL["look"], path="", jit="off")
        found = session.rows(
            _SQL["relations"], version_table=version_table.name, version_schema=version_table.schema
        )
        found += session.rows(_SQL["others"])
        # the transaction may be only a part of one that goes on
        session.rows(_SQL["look"], path=path, jit=jit)
    return Schema.of(map(SchemaObject._make, found))


def catalogue(session: OpenSession) -> str:
    """Hash the rows of the catalogue that a schema is read from."""
    with session.transaction():
        path, jit = session.rows(_SQL["settings"])[0]
        session.rows(_SQL["look"], path="", jit="off")
        found = session.rows(_SQL["catalogue"])
        session.rows(_SQL["look"], path=path, jit=jit)
    return str(found[0][0])
