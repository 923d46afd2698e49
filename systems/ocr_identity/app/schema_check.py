"""Does the database's schema fit this code? Limosa knows; this says which project and which database."""

from __future__ import annotations

from typing import Self

from app.settings import FOLDER, Settings
from limosa import AsyncMigrator, Health, HealthPolicy, HealthReport, Migrator

_POLICY = HealthPolicy()
_DEVELOPMENT = HealthPolicy(startable=frozenset(Health))


def ensure_startable(settings: Settings) -> None:
    """Raise what is wrong with the schema, where this environment does not start on it."""
    policy = _DEVELOPMENT if settings.environment == "development" else _POLICY
    url = settings.database.render_as_string(hide_password=False)
    migrator = Migrator(project=FOLDER, environment=settings.environment, url=url)
    migrator.ensure_database_migrated(mode="check", policy=policy, timeout_s=10)


class SchemaCheck:
    """Looks at the schema again and again, for as long as the service runs."""

    def __init__(self, settings: Settings) -> None:
        url = settings.database.render_as_string(hide_password=False)
        self._migrator = AsyncMigrator(project=FOLDER, environment=settings.environment, url=url)

    async def __aenter__(self) -> Self:
        await self._migrator.__aenter__()
        return self

    async def __aexit__(self, *reason: object) -> None:
        await self._migrator.__aexit__(*reason)  # type: ignore[arg-type]

    async def look(self) -> HealthReport:
        """Return how the database stands now."""
        return await self._migrator.health(policy=_POLICY)
