"""What ingesting asks of a database, whatever the shape of its tables."""

from __future__ import annotations

import getpass
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Protocol
from uuid import uuid4

from sqlalchemy import Connection, text
from sqlalchemy.exc import DBAPIError

from doc_extractor.failures import SchemaError
from doc_extractor.reading import Reading

VERSION_TABLES = {"postgresql": "limosa.alembic_version"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Batch:
    """One call of the command: what its rows have in common."""

    source: str = "batch_import"
    batch_id: str = field(default_factory=lambda: uuid4().hex)
    actor: str = field(default_factory=getpass.getuser)


class Store(Protocol):
    """The tables of one revision, written through a connection whose transaction the caller holds."""

    revision: str

    def find(self, connection: Connection, sha256: str) -> int | None:
        """Return the document of a content seen before: one look into the unique index of hash_index."""

    def add_document(self, connection: Connection, reading: Reading) -> int:
        """Write a new document, its hash and its event; return its id."""

    def add_duplicate(self, connection: Connection, reading: Reading, document_id: int) -> None:
        """Note that a content was met again."""

    def add_failure(self, connection: Connection, reading: Reading) -> None:
        """Write why a file could not be read, so that it can be tried again."""


def now() -> datetime:
    """Return the time as the tables keep it: UTC, without saying so."""
    return datetime.now(UTC).replace(tzinfo=None)


def require_revision(connection: Connection, revision: str) -> None:
    """Refuse to work on tables of another revision; costs one row."""
    table = VERSION_TABLES.get(connection.dialect.name, "alembic_version")
    try:
        found = sorted(connection.scalars(text(f"SELECT version_num FROM {table}")))  # noqa: S608 (our constants)
    except DBAPIError:
        found = []
    finally:
        connection.rollback()
    if found != [revision]:
        state = f"at revision {', '.join(found)}" if found else "empty"
        target = "head" if not found or found < [revision] else revision
        raise SchemaError(
            f"the database is {state}, and this program works on revision {revision}",
            hint=f"limosa {'upgrade' if target == 'head' else 'downgrade'} {target}",
        )
