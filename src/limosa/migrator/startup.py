"""One call for an application's start: is the database where the code needs it?"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from limosa.migrator.async_migrator import AsyncMigrator

if TYPE_CHECKING:
    from limosa.config import Settings
    from limosa.model.health import HealthPolicy, Mode
    from limosa.model.status import Status
    from limosa.observe.bus import Sink


async def ensure_database_migrated(
    settings: Settings | None = None,
    *,
    mode: Mode = "check",
    policy: HealthPolicy | None = None,
    timeout_s: float = 60.0,
    project: Path | str | None = None,
    environment: str | None = None,
    url: str | None = None,
    sinks: Sequence[Sink] = (),
) -> Status:
    """Return where the database stands if the application may start on it; raise otherwise.

    ``Migrator.ensure_database_migrated`` says what the modes do, and does the same without a loop.
    """
    migrator = AsyncMigrator(settings, project=project, environment=environment, url=url, sinks=sinks)
    async with migrator:
        return await migrator.ensure_database_migrated(mode=mode, policy=policy, timeout_s=timeout_s)
