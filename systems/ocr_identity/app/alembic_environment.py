"""What both env.py files do: hand Alembic the application's URL, its models, and a connection."""

from __future__ import annotations

from collections.abc import Callable
from logging.config import fileConfig
from typing import Any

from alembic import context
from sqlalchemy import URL, Connection, MetaData, text

from app.database import connect_for_migrations

BOOKKEEPING_SCHEMA = "limosa"
"""Where PostgreSQL keeps the version table, so that the public schema holds the service's tables only."""
BOOKKEEPING_PREFIX = "limosa_"
"""How a SQLite file, which has no schemas, marks tables that are not the service's."""


def run(metadata: MetaData, find_url: Callable[[], URL], *, offered: Connection | None) -> None:
    """Do what the command line asked of env.py; a connection that the caller offers is used as it is."""
    config = context.config
    if config.config_file_name is not None:
        fileConfig(config.config_file_name, disable_existing_loggers=False)
    if context.is_offline_mode():
        _write(metadata, find_url())
    elif offered is not None:
        _migrate(metadata, offered)
    else:
        with connect_for_migrations(find_url()) as connection:
            _migrate(metadata, connection)


def _is_ours(name: str | None, kind: str, _parents: object) -> bool:
    if kind == "schema":
        return name is None
    return not (kind == "table" and name is not None and name.startswith(BOOKKEEPING_PREFIX))


def _configure(metadata: MetaData, dialect: str, **how: Any) -> None:
    context.configure(
        target_metadata=metadata,
        include_name=_is_ours,
        compare_server_default=True,
        render_as_batch=dialect == "sqlite",
        transaction_per_migration=True,
        version_table_schema=BOOKKEEPING_SCHEMA if dialect == "postgresql" else None,
        **how,
    )


def _write(metadata: MetaData, url: URL) -> None:
    """Write the SQL instead of running it (``alembic upgrade head --sql``)."""
    dialect = url.get_backend_name()
    _configure(metadata, dialect, url=url, literal_binds=True, dialect_opts={"paramstyle": "named"})
    with context.begin_transaction():
        if dialect == "postgresql":
            context.execute(f"CREATE SCHEMA IF NOT EXISTS {BOOKKEEPING_SCHEMA}")
        context.run_migrations()


def _migrate(metadata: MetaData, connection: Connection) -> None:
    dialect = connection.dialect.name
    if dialect == "postgresql":
        _prepare_bookkeeping(connection)
    _configure(metadata, dialect, connection=connection)
    with context.begin_transaction():
        context.run_migrations()


def _prepare_bookkeeping(connection: Connection) -> None:
    """Create the schema of the version table; before Alembic looks for the table, and committed.

    Looked up first: CREATE SCHEMA IF NOT EXISTS asks for a right that a reader need not have.
    """
    began_here = not connection.in_transaction()
    known = text("SELECT 1 FROM pg_catalog.pg_namespace WHERE nspname = :name")
    if connection.scalar(known, {"name": BOOKKEEPING_SCHEMA}) is None:
        connection.execute(text(f"CREATE SCHEMA IF NOT EXISTS {BOOKKEEPING_SCHEMA}"))
    if began_here:
        connection.commit()
