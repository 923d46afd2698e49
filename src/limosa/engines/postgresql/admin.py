"""What is done to a PostgreSQL server as a whole: its version asked, databases made and dropped."""

from __future__ import annotations

from contextlib import suppress

import psycopg
from psycopg import sql

from limosa.engines.postgresql.trouble import refused, unreachable
from limosa.engines.queries import load, pyformat
from limosa.errors import Unreachable
from limosa.model.url import DatabaseURL

_CONNECT_S = 10
_FILE_COPY_SINCE = 15
_SQL = load(__file__, "admin.sql")


def server_version(url: DatabaseURL) -> str:
    """Return the server's version, such as ``18.6``."""
    with _connect(url) as connection:
        return str(connection.info.parameter_status("server_version")).split(" ", 1)[0]


def create_database(url: DatabaseURL, name: str, *, template: str | None = None) -> None:
    """Create a database on the server that ``url`` leads to."""
    statement = sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name))
    if template is not None:
        statement += sql.SQL(" TEMPLATE {}").format(sql.Identifier(template))
    with _connect(url) as connection:
        connection.execute(statement)


def drop_database(url: DatabaseURL, name: str) -> None:
    """Drop a database if it is there, with whoever is still connected to it."""
    with _connect(url) as connection:
        connection.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name)))


class Warehouse:
    """A standing connection that makes and drops databases named after their owner, this process.

    The owner holds a lock which the server drops with the connection: databases whose owner is
    gone, however it ended, are swept away by the next.
    """

    def __init__(self, url: DatabaseURL, *, prefix: str, owner: str) -> None:
        self._url = url
        self._prefix = prefix
        self._name = f"{prefix}{owner}_"
        self._connection = _connect(url)
        self._connection.execute(pyformat(_SQL["own"]).encode(), {"owner": self._name})
        self._sweep()

    def name_of(self, number: str) -> str:
        """Return the name of a database of this owner's."""
        return f"{self._name}{number}"

    def create(self, name: str, *, template: str | None = None) -> None:
        """Create a database, as a copy of a template where one is named.

        The files are copied: on a server that does not wait for the disk that takes half of
        the time that going through the log takes.
        """
        statement = sql.SQL("CREATE DATABASE {} TEMPLATE {}").format(
            sql.Identifier(name), sql.Identifier(template or "template0")
        )
        if self._connection.info.server_version // 10_000 >= _FILE_COPY_SINCE:
            statement += sql.SQL(" STRATEGY file_copy")
        self._execute(statement)

    def close_off(self, name: str) -> None:
        """Let nobody connect to a template any more: it could not be copied meanwhile."""
        self._execute(sql.SQL("ALTER DATABASE {} ALLOW_CONNECTIONS false").format(sql.Identifier(name)))

    def drop(self, name: str) -> None:
        """Drop a database if it is there, with whoever is still connected to it."""
        self._execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name)))

    def close(self) -> None:
        """Give up the ownership; closing twice is harmless."""
        self._connection.close()

    def _execute(self, statement: sql.Composed) -> None:
        try:
            self._connection.execute(statement)
        except psycopg.Error as error:
            raise refused(self._url, error) from None

    def _sweep(self) -> None:
        abandoned = pyformat(_SQL["abandoned"]).encode()
        for (name,) in self._connection.execute(abandoned, {"prefix": self._prefix}).fetchall():
            with suppress(Unreachable):  # another may sweep as well
                self.drop(name)


def _connect(url: DatabaseURL) -> psycopg.Connection:
    try:
        return psycopg.connect(url.with_driver(None).reveal(), autocommit=True, connect_timeout=_CONNECT_S)
    except psycopg.OperationalError as error:
        raise unreachable(url, error) from None
