"""Tell Alembic which database to migrate and what the models say; asynchronous, as the service is."""

from __future__ import annotations

import asyncio
from logging.config import fileConfig
from typing import Any

from alembic import context
from sqlalchemy import Connection, pool, text
from sqlalchemy.ext.asyncio import create_async_engine
from src.models import metadata
from src.shared.settings import database_url

BOOKKEEPING_SCHEMA = "limosa"
"""Where PostgreSQL keeps the version table, so that the public schema holds the service's tables only."""
BOOKKEEPING_PREFIX = "limosa_"
"""How a SQLite file, which has no schemas, marks tables that are not the service's."""

config = context.config
if config.config_file_name is not None:
    fileConfig(config.config_file_name, disable_existing_loggers=False)


def is_ours(name: str | None, kind: str, _parents: object) -> bool:
    """Say whether autogenerate should look at the thing; bookkeeping is not the models' business."""
    if kind == "schema":
        return name is None
    return not (kind == "table" and name is not None and name.startswith(BOOKKEEPING_PREFIX))


def configure(dialect: str, **how: Any) -> None:
    """Configure the context alike for a live connection and for SQL on paper."""
    context.configure(
        target_metadata=metadata,
        include_name=is_ours,
        compare_server_default=True,
        render_as_batch=dialect == "sqlite",
        transaction_per_migration=True,
        version_table_schema=BOOKKEEPING_SCHEMA if dialect == "postgresql" else None,
        **how,
    )


def run_offline() -> None:
    """Write the SQL instead of running it (``alembic upgrade head --sql``)."""
    url = database_url()
    dialect = url.get_backend_name()
    configure(dialect, url=url, literal_binds=True, dialect_opts={"paramstyle": "named"})
    with context.begin_transaction():
        if dialect == "postgresql":
            context.execute(f"CREATE SCHEMA IF NOT EXISTS {BOOKKEEPING_SCHEMA}")
        context.run_migrations()


def run_on(connection: Connection) -> None:
    """Migrate the database behind an open connection."""
    dialect = connection.dialect.name
    if dialect == "postgresql":
        prepare_bookkeeping(connection)
    configure(dialect, connection=connection)
    with context.begin_transaction():
        context.run_migrations()


def prepare_bookkeeping(connection: Connection) -> None:
    """Create the schema of the version table; before Alembic looks for the table, and committed.

    Looked up first: CREATE SCHEMA IF NOT EXISTS asks for a right that a reader need not have.
    """
    began_here = not connection.in_transaction()
    known = text("SELECT 1 FROM pg_catalog.pg_namespace WHERE nspname = :name")
    if connection.scalar(known, {"name": BOOKKEEPING_SCHEMA}) is None:
        connection.execute(text(f"CREATE SCHEMA IF NOT EXISTS {BOOKKEEPING_SCHEMA}"))
    if began_here:
        connection.commit()


async def run_asynchronously() -> None:
    """Open a connection of the service's own kind, and migrate on it."""
    engine = create_async_engine(database_url(), poolclass=pool.NullPool)
    async with engine.connect() as connection:
        await connection.run_sync(run_on)
    await engine.dispose()


def run_online() -> None:
    """Use the connection the caller offers, which is in no transaction, or open one."""
    offered = config.attributes.get("connection")
    if offered is not None:
        run_on(offered)
    else:
        asyncio.run(run_asynchronously())


if context.is_offline_mode():
    run_offline()
else:
    run_online()
