"""Which database the program and its migrations work on, and how a connection is set up."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import URL, Connection, Engine, create_engine, event, make_url, pool

URL_VARIABLE = "DATABASE_URL"
DEFAULT_URL = "sqlite:///~/.doc_extractor/metadata.db"
PRIVATE_FOLDER = 0o700
BUSY_TIMEOUT_MS = 10_000


def database_url() -> URL:
    """Return the URL from ``DATABASE_URL``, or the default file, ready for SQLAlchemy.

    ``~`` is expanded, a bare ``postgresql://`` is given the driver this project installs, and
    the folder of a SQLite file is made.
    """
    url = make_url(os.environ.get(URL_VARIABLE) or DEFAULT_URL)
    if url.drivername in {"postgresql", "postgres"}:
        return url.set(drivername="postgresql+psycopg")
    if url.get_backend_name() == "sqlite" and url.database and url.database.startswith("~"):
        url = url.set(database=str(Path(url.database).expanduser()))
        _make_private_folder(Path(str(url.database)).parent)
    return url


def _make_private_folder(folder: Path) -> None:
    """Create the folder for its owner only; one that exists keeps the permissions it has."""
    folder.parent.mkdir(parents=True, exist_ok=True)
    folder.mkdir(mode=PRIVATE_FOLDER, exist_ok=True)


@contextmanager
def connect_for_migrations() -> Iterator[Connection]:
    """Open the connection that Alembic migrates through.

    On SQLite a table that changes is rebuilt: created anew, copied, dropped. With enforcement
    on, the drop would delete the rows of every table that refers to it, so it stays off here.
    """
    engine = create_engine(database_url(), poolclass=pool.NullPool)
    if engine.dialect.name == "sqlite":
        _on_connect(engine, f"PRAGMA busy_timeout={BUSY_TIMEOUT_MS}", "PRAGMA foreign_keys=OFF")
    with engine.connect() as connection:
        yield connection


def open_engine(url: URL | None = None) -> Engine:
    """Open the engine the program itself works through: keys enforced, times in UTC."""
    url = url or database_url()
    if url.get_backend_name() == "sqlite":
        engine = create_engine(url)
        _on_connect(engine, f"PRAGMA busy_timeout={BUSY_TIMEOUT_MS}", "PRAGMA foreign_keys=ON")
        return engine
    return create_engine(
        url, connect_args={"options": "-c timezone=UTC", "application_name": "doc-extractor"}
    )


def _on_connect(engine: Engine, *statements: str) -> None:
    @event.listens_for(engine, "connect")
    def prepare(dbapi_connection: object, _record: object) -> None:
        cursor = dbapi_connection.cursor()  # type: ignore[attr-defined]
        for statement in statements:
            cursor.execute(statement)
        cursor.close()
