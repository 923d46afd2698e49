"""PostgreSQL as an engine: see ``engines/base.py`` for what each function is for."""

from __future__ import annotations

import getpass
import os
import socket
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from limosa.engines.base import Found, Nature, OpenSession, Probe, Rebuild, Trouble, Waiting
from limosa.engines.observed import Listener, observed_cursor
from limosa.engines.postgresql import statements
from limosa.engines.postgresql import trouble as troubles
from limosa.engines.queries import load
from limosa.engines.quoting import quote
from limosa.errors import Unreachable
from limosa.model.client import Client
from limosa.model.limits import Limits
from limosa.model.schema import Schema, SchemaObject
from limosa.model.session import Query, Session, VersionTable
from limosa.model.url import DatabaseURL

if TYPE_CHECKING:
    from limosa.engines.postgresql.lock import PostgreSQLLock
    from limosa.engines.postgresql.looking import LookingSession
    from limosa.engines.postgresql.session import PostgreSQLSession
    from limosa.engines.postgresql.watch import PostgreSQLWatch

_SQL = load(__file__, "queries.sql")


class PostgreSQL:
    """PostgreSQL 14 and newer; psycopg is imported by what needs it, because a look may need none."""

    name = "postgresql"
    own_tables = "limosa."
    begin = "BEGIN"
    begins_itself = False
    ignores_case = False
    nothing = "SET limosa.nothing = ''"

    @property
    def driver_error(self) -> type[Exception]:
        import psycopg  # noqa: PLC0415

        return psycopg.Error

    def open(self, url: DatabaseURL, *, limits: Limits, application: str) -> PostgreSQLSession:
        from limosa.engines.postgresql.session import connect  # noqa: PLC0415

        return connect(url, limits=limits, application=application)

    def look(self, url: DatabaseURL, *, limits: Limits, application: str) -> LookingSession:
        from limosa.engines.postgresql.looking import LookingSession  # noqa: PLC0415

        return LookingSession(url, limits=limits, application=application)

    def exists(self, url: DatabaseURL) -> bool:  # noqa: ARG002
        return True

    def client(self, url: DatabaseURL, statements: Sequence[str]) -> Client:
        from limosa.engines.postgresql.client import client  # noqa: PLC0415

        return client(url, statements)

    def lock(self, url: DatabaseURL, *, name: str, limits: Limits, waiting: Waiting) -> PostgreSQLLock:
        from limosa.engines.postgresql.lock import acquire  # noqa: PLC0415

        own_name = f"{getpass.getuser()[:12]}@{socket.gethostname()[:16]}:{os.getpid()}"
        return acquire(url, name=name, own_name=own_name, limits=limits, waiting=waiting)

    def drop(self, session: Session, objects: Sequence[SchemaObject]) -> None:
        for one in objects:
            session.change(Query(f"DROP {one.kind.upper()} IF EXISTS {one.name} CASCADE"))

    def current_schemas(self, session: Session) -> tuple[str, ...]:
        return tuple(session.rows(_SQL["current_schemas"])[0][0])

    def lock_file(self, url: DatabaseURL) -> Path | None:  # noqa: ARG002
        return None

    def server_version(self, session: Session) -> str:
        return f"PostgreSQL {session.rows(_SQL['server_version'])[0][0]}"

    def may_create_tables(self, session: Session) -> bool:
        return bool(session.rows(_SQL["may_create"])[0][0])

    def creation_grant(self, url: DatabaseURL) -> str:
        return f"GRANT CREATE ON DATABASE {quote(url.database or '')} TO {quote(url.username or '')}"

    def identity(self, session: Session) -> str:
        system, database, is_standby, timeline = session.rows(_SQL["identity"])[0]
        if is_standby:
            raise Unreachable(
                "this server is a read-only standby; nothing was attempted",
                hint="connect to the primary, or add target_session_attrs=read-write to the URL",
            )
        return f"{system}/{database}/{timeline}"

    def place(self, session: Session) -> str:
        system, database = session.rows(_SQL["place"])[0]
        return f"{system}/{database}"

    def backend(self, session: Session) -> int | None:
        return int(session.rows(_SQL["backend"])[0][0])

    def version_tables(self, session: Session, name: str) -> Sequence[VersionTable]:
        return tuple(
            VersionTable(name, schema) for (schema,) in session.rows(_SQL["version_tables"], name=name)
        )

    def versions(self, session: Session, table: VersionTable, *, is_there: bool = False) -> tuple[str, ...]:
        if not is_there and not session.rows(_SQL["has_table"], name=table.name, schema=table.schema):
            return ()
        query = Query(f"SELECT version_num FROM {self.quoted(table)}")  # noqa: S608  quoted
        return tuple(sorted(row[0] for row in session.rows(query)))

    def quoted(self, table: VersionTable) -> str:
        return ".".join(quote(part) for part in (table.schema, table.name) if part is not None)

    def tables(self, session: Session) -> tuple[str, ...]:
        return tuple(f"{schema}.{name}" for schema, name in session.rows(_SQL["tables"]))

    def schema(self, session: OpenSession, version_table: VersionTable | None = None) -> Schema:
        from limosa.engines.postgresql.schema import read_schema  # noqa: PLC0415  most calls read none

        return read_schema(session, version_table or VersionTable())

    def catalogue(self, session: OpenSession) -> str:
        from limosa.engines.postgresql.schema import catalogue  # noqa: PLC0415  likewise

        return catalogue(session)

    def watch(self, url: DatabaseURL, *, limits: Limits) -> PostgreSQLWatch:
        from limosa.engines.postgresql.session import connect  # noqa: PLC0415
        from limosa.engines.postgresql.watch import PostgreSQLWatch  # noqa: PLC0415

        return PostgreSQLWatch(connect(url, limits=limits, application="limosa-watch"), limits)

    def orphans(self, session: Session) -> Sequence[str]:
        # not over the lock's connection: a transaction sees pg_stat_activity as it was at the first look
        found = session.rows(_SQL["orphans"])
        return tuple(f"backend {pid} ({name}), {state}: {query}" for pid, name, state, query in found)

    def lock_wait_ms(self, wanted: int, limits: Limits) -> int:  # noqa: ARG002
        return wanted

    def prepare(self, session: Session, *, application: str, limits: Limits) -> None:  # noqa: ARG002
        session.rows(_SQL["prepare"])
        session.rows(_SQL["describe"], application=application[:63])

    def set_lock_timeout(self, session: Session, milliseconds: int) -> None:
        session.rows(_SQL["set_lock_timeout"], timeout=f"{milliseconds}ms")

    def be_patient(self, session: Session, *, local: bool) -> None:
        session.rows(_SQL["be_patient"], local=local)

    def driver_options(self, *, is_async: bool) -> dict[str, Any]:  # noqa: ARG002
        return {}

    def observe(self, driver_connection: Any, listener: Listener) -> None:
        # psycopg and psycopg2 make their cursors with this; what asynchronous drivers offer a
        # revision besides SQLAlchemy's own cursor cannot be called from its synchronous function
        if hasattr(driver_connection, "cursor_factory") and not hasattr(driver_connection, "__aenter__"):
            with driver_connection.cursor() as cursor:
                base = type(cursor)
            driver_connection.cursor_factory = observed_cursor(base, listener)

    def interruptible(self, driver_connection: Any, should_stop: Callable[[], bool]) -> None:
        """The watchdog cancels from the lock's connection."""

    def committed(self, session: Session, transaction_id: str) -> bool | None:
        status = session.rows(_SQL["transaction_status"], transaction_id=transaction_id)[0][0]
        return None if status == "in progress" else status == "committed"

    def nature(self, sql: str) -> Nature:
        return statements.nature(sql)

    def find(self, session: Session, probe: Probe) -> Found:
        if probe.kind in {"index created", "index dropped"}:
            found = session.rows(_SQL["index"], name=probe.name)
            if probe.kind == "index dropped":
                return Found.ABSENT if found else Found.DONE
            return Found.ABSENT if not found else Found.DONE if found[0][0] else Found.BROKEN
        if probe.kind.startswith("database "):
            is_there = bool(session.rows(_SQL["database"], name=probe.name))
            return Found.DONE if is_there == probe.kind.endswith("created") else Found.ABSENT
        return {"index rebuilt": Found.BROKEN, "repeatable": Found.REPEATABLE}.get(probe.kind, Found.UNKNOWN)

    def clean(self, session: Session, probe: Probe) -> None:
        leftovers = (
            session.rows(_SQL["index_leftovers"]) if probe.kind == "index rebuilt" else [(probe.name,)]
        )
        for (name,) in leftovers:
            session.change(Query(f"DROP INDEX CONCURRENTLY IF EXISTS {name}"))

    def rebuild_guard(self, session: Session) -> Rebuild | None:  # noqa: ARG002
        return None

    def refused(self, url: DatabaseURL, error: Exception) -> Unreachable:
        return troubles.refused(url, error)

    def trouble(self, error: BaseException) -> Trouble:
        return troubles.trouble(error)

    def sentence(self, error: BaseException) -> str:
        return troubles.sentence(error)
