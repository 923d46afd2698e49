"""Connections of the service: each transaction says for which tenant it works."""

from __future__ import annotations

import logging
import sqlite3
import uuid
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import asyncpg
from sqlalchemy import URL, event, text
from sqlalchemy.exc import DBAPIError, IntegrityError, SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker, create_async_engine

from src.shared.errors import DatabaseUnavailable

log = logging.getLogger(__name__)

BUSY_TIMEOUT_MS = 30_000
"""How long a SQLite writer waits for the one before it; a migration's step is one, too."""
_SET = text("SELECT set_config(:name, :value, true)")
_CONNECT_ERRORS = (SQLAlchemyError, OSError, TimeoutError, asyncpg.PostgresError, asyncpg.InterfaceError)


class Database:
    """The service's database."""

    def __init__(self, url: URL) -> None:
        self.is_postgresql = url.get_backend_name() == "postgresql"
        options: dict[str, Any] = {}
        if self.is_postgresql:
            options = {"connect_args": {"timeout": 5, "command_timeout": 60}, "pool_timeout": 10}
        self._engine = create_async_engine(url, pool_pre_ping=True, hide_parameters=True, **options)
        self._sessions = async_sessionmaker(self._engine, expire_on_commit=False)
        if not self.is_postgresql:
            event.listen(self._engine.sync_engine, "connect", _prepare_sqlite)

    @asynccontextmanager
    async def for_tenant(self, tenant_id: uuid.UUID) -> AsyncIterator[AsyncSession]:
        """Run a transaction for one tenant: on PostgreSQL it sees and writes no other's rows."""
        async with self._begin("app.tenant_id", str(tenant_id)) as session:
            yield session

    @asynccontextmanager
    async def for_every_tenant(self) -> AsyncIterator[AsyncSession]:
        """Run a transaction for all of them: to look up a key, to manage tenants, to claim a job."""
        async with self._begin("app.scope", "every_tenant") as session:
            yield session

    async def close(self) -> None:
        """Close the connections."""
        await self._engine.dispose()

    @asynccontextmanager
    async def _begin(self, name: str, value: str) -> AsyncIterator[AsyncSession]:
        async with self._sessions() as session:
            try:
                await session.connection()
                if self.is_postgresql:  # for this transaction only: the pool's next user starts anew
                    await session.execute(_SET, {"name": name, "value": value})
            except _CONNECT_ERRORS as problem:
                raise _unavailable(problem) from problem
            try:
                yield session
                await session.commit()
            except IntegrityError:
                raise  # who runs the statement knows what it means
            except DBAPIError as problem:
                raise _unavailable(problem) from problem


def _unavailable(problem: BaseException) -> DatabaseUnavailable:
    """Log what the driver says, and tell the client no more than it needs."""
    reason = str(getattr(problem, "orig", None) or problem) or type(problem).__name__
    log.error("the database cannot be used: %s", reason)
    return DatabaseUnavailable(
        "the database does not answer, or its schema is not the service's; try again later, or see /health"
    )


def _prepare_sqlite(connection: Any, _record: object) -> None:
    """Keep foreign keys, let readers go on beside a writer, and wait for the one before us."""
    cursor = connection.cursor()
    try:
        cursor.execute("PRAGMA foreign_keys = ON")
        cursor.execute(f"PRAGMA busy_timeout = {BUSY_TIMEOUT_MS}")
        cursor.execute("PRAGMA journal_mode = WAL")
    except sqlite3.OperationalError as problem:  # WAL needs the file for itself for a moment
        log.info("the journal stays as it is: %s", problem)
    finally:
        cursor.close()
