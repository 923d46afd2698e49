"""How a connection is set up: for the service, and for its migrations."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import URL, Connection, Engine, create_engine, event, pool

BUSY_TIMEOUT_MS = 15_000
CONNECT_TIMEOUT_S = 5
_WRITING = "writing"


@contextmanager
def connect_for_migrations(url: URL) -> Iterator[Connection]:
    """Open the connection that Alembic migrates through.

    On SQLite a table that changes is rebuilt: created anew, copied, dropped. With enforcement
    on, the drop would delete the rows of every table that refers to it, so it stays off here.
    """
    engine = create_engine(url, poolclass=pool.NullPool)
    if engine.dialect.name == "sqlite":
        _on_connect(engine, f"PRAGMA busy_timeout={BUSY_TIMEOUT_MS}", "PRAGMA foreign_keys=OFF")
    with engine.connect() as connection:
        yield connection


def open_engine(url: URL) -> Engine:
    """Open the engine that the service works through: keys enforced, times in UTC."""
    if url.get_backend_name() == "sqlite":
        engine = create_engine(url, connect_args={"check_same_thread": False, "isolation_level": None})
        _on_connect(engine, f"PRAGMA busy_timeout={BUSY_TIMEOUT_MS}", "PRAGMA foreign_keys=ON")
        event.listen(engine, "begin", _begin_on_sqlite)
        return engine
    arguments = {
        "options": "-c timezone=UTC",
        "application_name": "ocr-identity",
        "connect_timeout": CONNECT_TIMEOUT_S,
    }
    return create_engine(
        url,
        connect_args=arguments,
        native_inet_types=False,  # addresses as text, as on SQLite
        pool_pre_ping=True,
        pool_timeout=CONNECT_TIMEOUT_S,
    )


@contextmanager
def reading(engine: Engine) -> Iterator[Connection]:
    """Provide a connection in a transaction that changes nothing."""
    with engine.connect() as connection, connection.begin():
        yield connection


@contextmanager
def writing(engine: Engine) -> Iterator[Connection]:
    """Provide a connection in a transaction that is committed at the end, or undone as a whole."""
    with engine.connect() as connection:
        chosen = connection.execution_options(**{_WRITING: True})
        with chosen.begin():
            yield chosen


def _begin_on_sqlite(connection: Connection) -> None:
    """Take the write lock first where it will be needed: a reader that becomes a writer may be refused."""
    is_writing = connection.get_execution_options().get(_WRITING, False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if is_writing else "BEGIN")


def _on_connect(engine: Engine, *statements: str) -> None:
    @event.listens_for(engine, "connect")
    def prepare(dbapi_connection: Any, _record: object) -> None:
        cursor = dbapi_connection.cursor()
        for statement in statements:
            cursor.execute(statement)
        cursor.close()
