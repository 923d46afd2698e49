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
    from limosa.graph import Graph
    from limosa.migrator import Migrator
    from limosa.migrator.async_migrator import AsyncMigrator
    from limosa.migrator.startup import ensure_database_migrated
    from limosa.model.check import CheckReport
    from limosa.model.client import Client
    from limosa.model.doctor import DoctorReport
    from limosa.model.edit import Acceptance, Edit
    from limosa.model.exit_code import ExitCode
    from limosa.model.handbook import ExportReport
    from limosa.model.health import Health, HealthPolicy, HealthReport, Mode
    from limosa.model.history import AppliedRevision, HistoryEntry, LedgerEntry, RevisionDetail
    from limosa.model.metrics import Metrics
    from limosa.model.picture import Picture
    from limosa.model.plan import Plan, Step
    from limosa.model.reset import Clearance, ResetReport
    from limosa.model.revision import Direction, Revision
    from limosa.model.run import Outcome, RunReport, StepReport
    from limosa.model.snapshot import SnapshotReport
    from limosa.model.squash import Squash
    from limosa.model.status import State, Status
    from limosa.model.validate import Validation
    from limosa.model.verify import VerifyReport
    from limosa.observe.bus import Sink

__all__ = [
    "Acceptance",
    "AppliedRevision",
    "AsyncMigrator",
    "CheckReport",
    "Clearance",
    "Client",
    "Direction",
    "DoctorReport",
    "Edit",
    "ExitCode",
    "ExportReport",
    "Graph",
    "Health",
    "HealthPolicy",
    "HealthReport",
    "HistoryEntry",
    "LedgerEntry",
    "LimosaError",
    "Metrics",
    "Migrator",
    "Mode",
    "Outcome",
    "Picture",
    "Plan",
    "ResetReport",
    "Revision",
    "RevisionDetail",
    "RunReport",
    "Settings",
    "Sink",
    "SnapshotReport",
    "Squash",
    "State",
    "Status",
    "Step",
    "StepReport",
    "Validation",
    "VerifyReport",
    "ensure_database_migrated",
]

_HOMES = {
    "Acceptance": "model.edit",
    "AppliedRevision": "model.history",
    "AsyncMigrator": "migrator.async_migrator",
    "CheckReport": "model.check",
    "Clearance": "model.reset",
    "Client": "model.client",
    "Direction": "model.revision",
    "DoctorReport": "model.doctor",
    "Edit": "model.edit",
    "ExitCode": "model.exit_code",
    "ExportReport": "model.handbook",
    "Graph": "graph",
    "Health": "model.health",
    "HealthPolicy": "model.health",
    "HealthReport": "model.health",
    "HistoryEntry": "model.history",
    "LedgerEntry": "model.history",
    "LimosaError": "errors",
    "Metrics": "model.metrics",
    "Migrator": "migrator",
    "Mode": "model.health",
    "Outcome": "model.run",
    "Picture": "model.picture",
    "Plan": "model.plan",
    "ResetReport": "model.reset",
    "Revision": "model.revision",
    "RevisionDetail": "model.history",
    "RunReport": "model.run",
    "Settings": "config.settings",
    "Sink": "observe.bus",
    "SnapshotReport": "model.snapshot",
    "Squash": "model.squash",
    "State": "model.status",
    "Status": "model.status",
    "Step": "model.plan",
    "StepReport": "model.run",
    "Validation": "model.validate",
    "VerifyReport": "model.verify",
    "ensure_database_migrated": "migrator.startup",
}


def __getattr__(name: str) -> Any:
    """Load a public name when it is first used: importing Limosa itself does no work."""
    if name in _HOMES:
        from importlib import import_module  # noqa: PLC0415

        return getattr(import_module(f"limosa.{_HOMES[name]}"), name)
    raise AttributeError(f"module 'limosa' has no attribute '{name}'")


def __dir__() -> list[str]:
    return list(__all__)
