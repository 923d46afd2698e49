"""Connections of our own to a SQLite file: each statement commits by itself unless a block says otherwise."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import quote

from limosa.engines.queries import load
from limosa.engines.sqlite.heard import listening
from limosa.errors import AccessDenied, ConfigError, Unreachable
from limosa.model.limits import Limits
from limosa.model.session import Query
from limosa.model.url import DatabaseURL

_SQL = load(__file__, "queries.sql")


class SQLiteSession:
    """One sqlite3 connection in autocommit mode."""

    def __init__(self, connection: sqlite3.Connection, uri: str = "") -> None:
        self.connection = connection
        self._uri = uri
        self._path: Path | None = None
        self._inode: int | None = None

    def rows(self, query: Query, /, **values: Any) -> list[tuple[Any, ...]]:
        """Run the query and return all its rows."""
        found = self.connection.execute(query, values).fetchall()
        for each in listening:
            each.hear(self._uri, query, values, found)
        return found

    def change(self, query: Query, /, **values: Any) -> int:
        """Run the statement and return how many rows it touched."""
        for each in listening:
            each.is_all = False
        return self.connection.execute(query, values).rowcount

    def script(self, query: Query, /) -> None:
        """Run several statements."""
        for statement in complete_statements(query):
            self.change(Query(statement))

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """Run the statements of the block in one transaction."""
        self.change(Query("BEGIN IMMEDIATE"))
        try:
            yield
        except BaseException:
            # RAISE(ROLLBACK) in a trigger has ended it already
            if self.connection.in_transaction:
                self.connection.execute("ROLLBACK")
            raise
        self.connection.execute("COMMIT")

    def of_file(self, path: Path) -> None:
        """Remember which file was opened, so that one put in its place is noticed."""
        self._path, self._inode = path, _inode(path)

    def is_current(self) -> bool:
        """Is the file that was opened still in its place?"""
        return self._path is None or (self._inode is not None and _inode(self._path) == self._inode)

    def close(self) -> None:
        """Close the connection; closing twice is harmless."""
        self.connection.close()


def _inode(path: Path) -> int | None:
    try:
        return path.stat().st_ino
    except OSError:
        return None


def complete_statements(text: str) -> Iterator[str]:
    """Split a script where SQLite itself sees the end of a statement (a trigger's body stays whole)."""
    statement = ""
    for part in re.split(r"(?<=;)", text):
        statement += part
        if sqlite3.complete_statement(statement):
            yield statement
            statement = ""
    if statement.strip():
        yield statement


def path_of(url: DatabaseURL) -> Path:
    """Return the database's file; raise ConfigError for a database in memory."""
    name = url.database
    if not name or name == ":memory:" or "mode=memory" in name:
        raise ConfigError(
            "a SQLite database in memory ends with the process, so there is nothing to migrate",
            hint="name a file: sqlite:///path/to/database.db",
            setting="url",
        )
    return Path(name.removeprefix("file:")).expanduser()


def connect(url: DatabaseURL, *, limits: Limits) -> SQLiteSession:
    """Open an autocommit session, creating the file if it is not there; raise Unreachable or AccessDenied."""
    path = path_of(url)
    uri = f"file:{quote(str(path))}?mode=rwc"
    try:
        connection = sqlite3.connect(uri, uri=True, timeout=limits.sqlite_busy_s, isolation_level=None)
    except sqlite3.Error as error:
        raise unreachable(url, error) from None
    session = SQLiteSession(connection, uri)
    session.of_file(path)
    try:
        session.rows(_SQL["integrity"])
    except sqlite3.Error as error:
        session.close()
        raise unreachable(url, error) from None
    return session


def unreachable(url: DatabaseURL, error: sqlite3.Error) -> Unreachable:
    """Say why a file could not be used as a database."""
    path, text = path_of(url), str(error)
    if "not a database" in text or "malformed" in text:
        return Unreachable(
            f"the file '{path}' is not a SQLite database: {text}",
            hint="check the path of the URL; Limosa has not touched the file",
            url=url.masked,
        )
    if "readonly" in text or "unable to open" in text:
        if path.is_dir():
            reason, hint = "it is a folder", "give the path of a file"
        elif not path.parent.is_dir():
            reason, hint = f"the folder '{path.parent}' does not exist", f"mkdir -p '{path.parent}'"
        else:
            reason, hint = text, "check the permissions of the file and of its folder"
        return AccessDenied(
            f"the SQLite database '{path}' cannot be opened: {reason}", hint=hint, url=url.masked
        )
    return Unreachable(
        f"the SQLite database '{path}' cannot be used now: {text}",
        hint="see which process holds it (fuser), then run the command again",
        url=url.masked,
    )
