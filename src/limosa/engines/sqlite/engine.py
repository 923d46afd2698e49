"""SQLite as an engine: see ``engines/base.py`` for what each function is for."""

from __future__ import annotations

import os
import re
import sqlite3
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path
from typing import Any

from limosa.engines.base import Effect, Found, Nature, OpenSession, Probe, Rebuild, Trouble, Waiting
from limosa.engines.observed import Listener
from limosa.engines.queries import load
from limosa.engines.quoting import quote
from limosa.engines.sqlite.client import client
from limosa.engines.sqlite.lock import SQLiteLock, acquire, file_of
from limosa.engines.sqlite.observed import ObservedConnection
from limosa.engines.sqlite.rebuild import RebuildGuard
from limosa.engines.sqlite.session import SQLiteSession, connect, path_of, unreachable
from limosa.errors import Unreachable
from limosa.model.client import Client
from limosa.model.limits import Limits
from limosa.model.run import Blocker
from limosa.model.schema import Schema, SchemaObject
from limosa.model.session import Query, Session, VersionTable
from limosa.model.url import DatabaseURL

_SQL = load(__file__, "queries.sql")
_READS = frozenset({"SELECT", "EXPLAIN", "VALUES"})
_DATA = frozenset({"INSERT", "UPDATE", "DELETE", "REPLACE"})
_WRITES_INSIDE = re.compile(
    r"\b(?:INSERT\s+(?:OR\s+\w+\s+)?INTO|UPDATE\s+\S+\s+SET|DELETE\s+FROM)\b", re.IGNORECASE
)
_OPERATIONS_BETWEEN_LOOKS = 10_000
_BLANK = re.compile(r"\s+|--[^\n]*(?:\n|$)|/\*.*?\*/", re.DOTALL)


class SQLite:
    """SQLite 3.35 and newer."""

    name = "sqlite"
    own_tables = "limosa_"
    begin = "BEGIN IMMEDIATE"
    begins_itself = True
    ignores_case = True
    driver_error = sqlite3.Error
    nothing = "PRAGMA limosa_nothing"

    def open(self, url: DatabaseURL, *, limits: Limits, application: str) -> SQLiteSession:  # noqa: ARG002
        return connect(url, limits=limits)

    def look(self, url: DatabaseURL, *, limits: Limits, application: str) -> SQLiteSession:
        return self.open(url, limits=limits, application=application)

    def exists(self, url: DatabaseURL) -> bool:
        return path_of(url).exists()

    def client(self, url: DatabaseURL, statements: Sequence[str]) -> Client:
        return client(url, statements)

    def lock(self, url: DatabaseURL, *, name: str, limits: Limits, waiting: Waiting) -> SQLiteLock:  # noqa: ARG002
        return acquire(path_of(url), limits=limits, waiting=waiting)

    def drop(self, session: Session, objects: Sequence[SchemaObject]) -> None:
        # views first: SQLite looks through all of them when a table goes
        for one in sorted(objects, key=lambda each: each.kind != "view"):
            kind = "table" if one.kind == "virtual table" else one.kind
            session.change(Query(f"DROP {kind.upper()} IF EXISTS {one.name}"))

    def current_schemas(self, session: Session) -> tuple[str, ...]:  # noqa: ARG002
        return ()

    def lock_file(self, url: DatabaseURL) -> Path | None:
        return file_of(path_of(url))

    def server_version(self, session: Session) -> str:  # noqa: ARG002
        return f"SQLite {sqlite3.sqlite_version}"

    def may_create_tables(self, session: Session) -> bool:
        return all(not path or os.access(path, os.W_OK) for (path,) in session.rows(_SQL["files"]))

    def creation_grant(self, url: DatabaseURL) -> str:
        return f"chmod u+w '{path_of(url)}'"

    def identity(self, session: Session) -> str:
        # one file is one database: another at the same path, or one that env.py names, is not this one
        state = Path(self.place(session)).stat()
        return f"file {state.st_dev}:{state.st_ino}"

    def place(self, session: Session) -> str:
        return str(session.rows(_SQL["place"])[0][0])

    def backend(self, session: Session) -> int | None:  # noqa: ARG002
        return None

    def version_tables(self, session: Session, name: str) -> Sequence[VersionTable]:
        return (VersionTable(name),) if session.rows(_SQL["has_table"], name=name) else ()

    def versions(self, session: Session, table: VersionTable, *, is_there: bool = False) -> tuple[str, ...]:
        if not is_there and not session.rows(_SQL["has_table"], name=table.name):
            return ()
        query = Query(f"SELECT version_num FROM {self.quoted(table)}")  # noqa: S608  quoted
        return tuple(sorted(row[0] for row in session.rows(query)))

    def quoted(self, table: VersionTable) -> str:
        return quote(table.name)

    def tables(self, session: Session) -> tuple[str, ...]:
        return tuple(name for (name,) in session.rows(_SQL["tables"]))

    def schema(self, session: OpenSession, version_table: VersionTable | None = None) -> Schema:
        from limosa.engines.sqlite.schema import read_schema  # noqa: PLC0415  most calls read none

        return read_schema(session, version_table or VersionTable())

    def catalogue(self, session: OpenSession) -> str:
        from limosa.engines.sqlite.schema import catalogue  # noqa: PLC0415  likewise

        return catalogue(session)

    def watch(self, url: DatabaseURL, *, limits: Limits) -> NoWatch:  # noqa: ARG002
        return NoWatch()

    def orphans(self, session: Session) -> Sequence[str]:  # noqa: ARG002
        return ()

    def prepare(self, session: Session, *, application: str, limits: Limits) -> None:  # noqa: ARG002
        session.change(_SQL["keys_off"])
        # a PRAGMA takes no parameters
        session.rows(Query(f"PRAGMA busy_timeout = {round(limits.sqlite_busy_s * 1000)}"))

    def lock_wait_ms(self, wanted: int, limits: Limits) -> int:  # noqa: ARG002
        return round(limits.sqlite_busy_s * 1000)

    def set_lock_timeout(self, session: Session, milliseconds: int) -> None:
        """SQLite has one lock, taken at BEGIN IMMEDIATE."""

    def be_patient(self, session: Session, *, local: bool) -> None:
        """SQLite's statements have no timeout of their own."""

    def driver_options(self, *, is_async: bool) -> dict[str, Any]:
        # aiosqlite calls its connection in a thread of its own, where nobody could answer
        return {} if is_async else {"factory": ObservedConnection}

    def observe(self, driver_connection: Any, listener: Listener) -> None:
        if isinstance(driver_connection, ObservedConnection):
            driver_connection.listener = listener

    def interruptible(
        self, driver_connection: Any, should_stop: Callable[[], bool]
    ) -> Awaitable[object] | None:
        # the same in the standard library and in aiosqlite, where it is a coroutine
        asked: Awaitable[object] | None = driver_connection.set_progress_handler(
            should_stop, _OPERATIONS_BETWEEN_LOOKS
        )
        return asked

    def committed(self, session: Session, transaction_id: str) -> bool | None:  # noqa: ARG002
        return False  # there is no COMMIT that could be lost on the way

    def nature(self, sql: str) -> Nature:
        position = 0
        while match := _BLANK.match(sql, position):
            position = match.end()
        first = sql[position : position + 12].split(None, 1)[0].rstrip("(;").upper() if sql[position:] else ""
        if first == "VACUUM":
            return Nature(Effect.PATIENT, Probe("repeatable"))
        if first in {"ATTACH", "DETACH", "PRAGMA"}:
            return Nature(Effect.READ)
        if first == "WITH" or first in _READS:
            return Nature(Effect.DATA if _WRITES_INSIDE.search(sql) else Effect.READ)
        return Nature(Effect.DATA if first in _DATA else Effect.SCHEMA)

    def find(self, session: Session, probe: Probe) -> Found:  # noqa: ARG002
        return Found.REPEATABLE if probe.kind == "repeatable" else Found.UNKNOWN

    def clean(self, session: Session, probe: Probe) -> None:
        """Nothing half done can be left: every statement is atomic."""

    def rebuild_guard(self, session: Session) -> Rebuild | None:
        return RebuildGuard(session)

    def refused(self, url: DatabaseURL, error: Exception) -> Unreachable:
        assert isinstance(error, sqlite3.Error)
        return unreachable(url, error)

    def trouble(self, error: BaseException) -> Trouble:
        inner = getattr(error, "orig", None) or error
        text = str(inner)
        if "locked" in text or "busy" in text:
            return Trouble.LOCK if _is_operational(inner) else Trouble.OTHER
        return Trouble.CANCELLED if text == "interrupted" else Trouble.OTHER

    def sentence(self, error: BaseException) -> str:
        inner = getattr(error, "orig", None) or error
        return next(iter(str(inner).splitlines()), type(inner).__name__)


def _is_operational(error: object) -> bool:
    # aiosqlite hands the standard library's own exceptions through
    return isinstance(error, sqlite3.OperationalError)


class NoWatch:
    """SQLite has no queue of sessions: whoever waits, waits for BEGIN IMMEDIATE."""

    blocker: Blocker | None = None
    was_cancelled = False

    def watch(self, backend: int | None, *, is_patient: bool = False) -> None:
        """There is nothing to watch."""

    def cancel(self) -> None:
        """The progress handler of the connection stops the statement."""

    def close(self) -> None:
        """There is nothing to close."""
