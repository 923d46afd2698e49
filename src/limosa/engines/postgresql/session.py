"""Connections of our own to PostgreSQL: each statement commits by itself unless a block says otherwise.

Values are bound on our side and go by the simple protocol. By the extended one the unnamed
portal would live on after its query and keep its snapshot until the transaction ends: on the
lock's connection, which stays in one, CREATE INDEX CONCURRENTLY would then wait for ever.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import psycopg
from psycopg.conninfo import make_conninfo

from limosa.engines.postgresql.place import parameters
from limosa.engines.postgresql.trouble import unreachable
from limosa.engines.queries import pyformat
from limosa.model.limits import Limits
from limosa.model.session import Query
from limosa.model.url import DatabaseURL


class PostgreSQLSession:
    """One psycopg connection, used by one thread at a time unless it is locked from outside."""

    def __init__(self, connection: psycopg.Connection[tuple[Any, ...]]) -> None:
        self.connection = connection
        self._is_awaited = False

    def rows(self, query: Query, /, **values: Any) -> list[tuple[Any, ...]]:
        """Run the query and return all its rows."""
        cursor = self._execute(query, values)
        return cursor.fetchall() if cursor.description else []

    def change(self, query: Query, /, **values: Any) -> int:
        """Run the statement and return how many rows it touched."""
        return self._execute(query, values).rowcount

    def _execute(self, query: Query, values: dict[str, Any]) -> psycopg.Cursor[tuple[Any, ...]]:
        self._settle()
        # without parameters the text goes as it is, so that a file may hold several statements
        return self.connection.execute(pyformat(query).encode() if values else query.encode(), values or None)

    def send(self, query: Query, /, **values: Any) -> None:
        """Send the query and do not wait for its answer; whatever comes next on this session does."""
        self._settle()
        with psycopg.ClientCursor(self.connection) as cursor:
            text = cursor.mogrify(pyformat(query), values)
        self.connection.pgconn.send_query(text.encode())
        self._is_awaited = True

    def _settle(self) -> None:
        while self._is_awaited:
            self._is_awaited = self.connection.pgconn.get_result() is not None

    def script(self, query: Query, /) -> None:
        """Run several statements."""
        self._execute(query, {})

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """Run the statements of the block in one transaction."""
        with self.connection.transaction():
            yield

    def is_current(self) -> bool:
        """Is the connection open, as far as is known?"""
        return not self.connection.closed

    def close(self) -> None:
        """Close the connection; closing twice is harmless."""
        self.connection.close()


def connect(url: DatabaseURL, *, limits: Limits, application: str) -> PostgreSQLSession:
    """Open an autocommit session; raise Unreachable or AccessDenied."""
    try:
        connection = psycopg.connect(
            conninfo(url, limits=limits, application=application),
            autocommit=True,
            cursor_factory=psycopg.ClientCursor,
        )
    except psycopg.Error as error:
        raise unreachable(url, error) from None
    return PostgreSQLSession(connection)


def conninfo(url: DatabaseURL, *, limits: Limits, application: str) -> str:
    """Return libpq's connection string, secrets included; never print it."""
    return make_conninfo(**parameters(url, limits=limits, application=application))
