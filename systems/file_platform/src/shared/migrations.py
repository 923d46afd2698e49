"""The service's way to its migrations: thin over Limosa, awaitable, in the service's own process.

The manager's methods raise Limosa's typed errors; ``upgrade_database`` and ``ensure_database_migrated``
answer with a bool instead, and log the reason.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from typing import TypedDict

from limosa import (
    AsyncMigrator,
    HealthPolicy,
    HealthReport,
    HistoryEntry,
    LimosaError,
    Mode,
    ResetReport,
    RunReport,
    Validation,
)
from limosa.model.metrics import Metrics
from src.shared.settings import SYSTEM, environment

__all__ = [
    "MigrationManager",
    "MigrationStatus",
    "check_database_migration_status",
    "ensure_database_migrated",
    "get_database_schema_version",
    "get_migration_manager",
    "upgrade_database",
]

log = logging.getLogger(__name__)

POLICY = HealthPolicy()
"""Ready, and allowed to start, on a schema that is at head or ahead; live on any."""


class MigrationStatus(TypedDict):
    """Where the database stands against the revisions of this release."""

    current_revision: str | None
    head_revision: str | None
    is_initialized: bool
    is_up_to_date: bool
    needs_migration: bool


class MigrationManager:
    """The migrations of this system, on the database of the environment."""

    def __init__(self) -> None:
        self._migrator = AsyncMigrator(project=SYSTEM, environment=environment())

    async def create_migration(
        self,
        message: str,
        autogenerate: bool = True,
        empty: bool = False,
    ) -> str:
        """Write a new revision, filled by comparing models and database unless told not to; return its id."""
        revision = await self._migrator.create(message, empty=empty or not autogenerate)
        return revision.id

    async def check_migration_status(self) -> MigrationStatus:
        """Return where the database stands; raise ``Unreachable`` where it does not answer."""
        status = await self._migrator.status()
        if status.state == "unreachable":
            await self._migrator.current()  # which raises the error that the status only tells
        return MigrationStatus(
            current_revision=status.current_revision,
            head_revision=status.head_revision,
            is_initialized=status.is_initialized,
            is_up_to_date=status.is_up_to_date,
            needs_migration=status.needs_migration,
        )

    async def upgrade_database(self, revision: str = "head") -> bool:
        """Take the database up; say whether it is there now, and log why not."""
        try:
            await self._migrator.upgrade(revision)
        except LimosaError as error:
            log.error("the upgrade to '%s' failed: %s", revision, sentence(error))  # noqa: TRY400
            return False
        return True

    async def downgrade_database(self, revision: str) -> RunReport:
        """Take the database down to a revision, or to ``base``."""
        return await self._migrator.downgrade(revision)

    async def stamp_database(self, revision: str = "head") -> RunReport:
        """Move the version row and run nothing."""
        return await self._migrator.stamp(revision)

    async def get_migration_history(self) -> Sequence[HistoryEntry]:
        """Return all revisions, newest first, and when each reached the database."""
        return await self._migrator.history()

    async def initialize_database(self) -> RunReport:
        """Bring a new database to head; one that is there already is left as it is."""
        return await self._migrator.upgrade("head")

    async def reset_database(self) -> ResetReport:
        """Drop everything and upgrade again; refused outside development."""
        return await self._migrator.reset()

    async def validate_migrations(self) -> Validation:
        """Look for everything that is wrong with the revision files."""
        return await self._migrator.validate()

    async def get_current_revision(self) -> str | None:
        """Return the revision that the database is at; None before the first."""
        return (await self.check_migration_status())["current_revision"]

    async def get_head_revision(self) -> str | None:
        """Return the newest revision of this release."""
        heads = await self._migrator.heads()
        return ", ".join(revision.id for revision in heads) or None

    async def ensure_migrated(self) -> str:
        """Migrate in development, look in production; return the schema's revision.

        Raises what stands in the way of a start: a schema that this release cannot work with.
        """
        mode: Mode = "check" if environment() == "production" else "upgrade"
        status = await self._migrator.ensure_database_migrated(mode=mode, policy=POLICY, timeout_s=30)
        return str(status.current_revision)

    async def check_health(self) -> HealthReport:
        """Return what a probe wants to know; cheap enough for every second."""
        return await self._migrator.health(policy=POLICY)

    async def measure(self) -> Metrics:
        """Return Limosa's figures of the schema and of the runs."""
        return await self._migrator.metrics()

    async def close(self) -> None:
        """Stop what runs; further calls are refused."""
        await self._migrator.close()


_managers: list[MigrationManager] = []


async def get_migration_manager() -> MigrationManager:
    """Return the process's manager; it reads the revision files once."""
    if not _managers:
        _managers.append(MigrationManager())
    return _managers[0]


async def ensure_database_migrated() -> bool:
    """Say whether the service may start on its database: migrated in development, looked at in production."""
    try:
        await (await get_migration_manager()).ensure_migrated()
    except LimosaError as error:
        log.error("the database is not where this release needs it: %s", sentence(error))  # noqa: TRY400
        return False
    return True


async def upgrade_database(revision: str = "head") -> bool:
    """Take the database up; say whether it is there now, and log why not."""
    return await (await get_migration_manager()).upgrade_database(revision)


async def get_database_schema_version() -> str | None:
    """Return the revision that the database is at; None before the first."""
    return await (await get_migration_manager()).get_current_revision()


async def check_database_migration_status() -> MigrationStatus:
    """Return where the database stands against the revisions of this release."""
    return await (await get_migration_manager()).check_migration_status()


def sentence(error: LimosaError) -> str:
    """Return what is wrong and what to do next."""
    return f"{error}; {error.hint}" if error.hint else str(error)
