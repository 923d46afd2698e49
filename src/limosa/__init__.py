"""Limosa takes a SQLAlchemy and Alembic project's schema from one revision to another, whatever happens.

>>> from limosa import Migrator
>>> Migrator(project=".").upgrade("head")  # doctest: +SKIP
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from limosa.config.settings import Settings
    from limosa.errors import LimosaError
    from limosa.migrator import Migrator
    from limosa.migrator.async_migrator import AsyncMigrator
    from limosa.migrator.startup import ensure_database_migrated
    from limosa.model.exit_code import ExitCode
    from limosa.model.health import Health, HealthPolicy, HealthReport
    from limosa.model.plan import Plan, Step
    from limosa.model.revision import Direction, Revision
    from limosa.model.run import Outcome, RunReport, StepReport
    from limosa.model.status import State, Status

__all__ = [
    "AsyncMigrator",
    "Direction",
    "ExitCode",
    "Health",
    "HealthPolicy",
    "HealthReport",
    "LimosaError",
    "Migrator",
    "Outcome",
    "Plan",
    "Revision",
    "RunReport",
    "Settings",
    "State",
    "Status",
    "Step",
    "StepReport",
    "ensure_database_migrated",
]

_HOMES = {
    "HealthReport": "model.health",
    "HealthPolicy": "model.health",
    "Health": "model.health",
    "ensure_database_migrated": "migrator.startup",
    "AsyncMigrator": "migrator.async_migrator",
    "Direction": "model.revision",
    "ExitCode": "model.exit_code",
    "LimosaError": "errors",
    "Migrator": "migrator",
    "Outcome": "model.run",
    "Plan": "model.plan",
    "Revision": "model.revision",
    "RunReport": "model.run",
    "Settings": "config.settings",
    "State": "model.status",
    "Status": "model.status",
    "Step": "model.plan",
    "StepReport": "model.run",
}


def __getattr__(name: str) -> Any:
    """Load a public name when it is first used: importing Limosa itself does no work."""
    if name in _HOMES:
        from importlib import import_module  # noqa: PLC0415

        return getattr(import_module(f"limosa.{_HOMES[name]}"), name)
    raise AttributeError(f"module 'limosa' has no attribute '{name}'")


def __dir__() -> list[str]:
    return list(__all__)
