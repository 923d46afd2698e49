"""Connections of our own to PostgreSQL: each statement commits by itself unless a block says otherwise.

Values are bound on our side and go by the simple protocol. By the extended one the unnamed
portal would live on after its query and keep its snapshot until the transaction ends: on the
lock's connection, which stays in one, CREATE INDEX CONCURRENTLY would then wait for ever.
"""

from __future__ import annotations

import select
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import psycopg
from psycopg.conninfo import make_conninfo
from psycopg.pq import ConnStatus

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
        self._binding = psycopg.ClientCursor(connection)
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
        """Send the query and do not wait for its answer; left out while an earlier one has none."""
        if self.has_answered():
            self.connection.pgconn.send_query(self._binding.mogrify(pyformat(query), values).encode())
            self._is_awaited = True

    def _settle(self) -> None:
        """Wait for the answer to what was sent; never inside libpq, which would hold up all threads."""
        while not self.has_answered():
            _readable(self.connection).poll()

    def has_answered(self) -> bool:
        """Is nothing awaited any more? Nobody is waited for."""
        pgconn = self.connection.pgconn
        if self._is_awaited:
            pgconn.consume_input()
        while self._is_awaited and not pgconn.is_busy():
            self._is_awaited = pgconn.get_result() is not None
        return not self._is_awaited

    def is_alive(self) -> bool:
        """Does the socket tell of no end of the connection? Nothing is sent, and nothing waited for."""
        pgconn = self.connection.pgconn
        try:
            readable = _readable(self.connection)
            while readable.poll(0):
                pgconn.consume_input()
        except psycopg.Error:
            return False
        return pgconn.status == ConnStatus.OK

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


def _readable(connection: psycopg.Connection[Any]) -> select.poll:
    poll = select.poll()
    poll.register(connection.pgconn.socket, select.POLLIN)
    return poll


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
