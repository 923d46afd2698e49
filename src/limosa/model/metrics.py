"""What a monitoring system is told of a project's databases; ``limosa metrics`` prints it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace

from limosa.model.run import Outcome


@dataclass(frozen=True, slots=True)
class LastRun:
    """The newest run that has ended."""

    outcome: str
    """A value of ``Outcome``."""
    finished_at_s: float
    """Seconds since 1970, by the runner's clock."""
    duration_s: float

    @property
    def is_success(self) -> bool:
        """Did it leave the database where it was asked to be?"""
        return self.outcome in {Outcome.APPLIED, Outcome.NOTHING_TO_DO}


@dataclass(frozen=True, slots=True)
class Runs:
    """What the ledger of one database says of Limosa's runs; plain Alembic's are not among them."""

    outcomes: Mapping[str, int] = field(default_factory=dict)
    """How many have ended how."""
    last: LastRun | None = None
    last_success_at_s: float | None = None
    """When the newest one ended that left the database where it was asked to be."""


@dataclass(frozen=True, slots=True)
class DatabaseMetrics:
    """One database; what only an answering one can tell is empty or None where it does not answer."""

    database: str
    """Its name; of a SQLite database, the file's."""
    is_up: bool
    """Does it answer?"""
    current: tuple[str, ...] = ()
    """Its version rows."""
    is_at_head: bool | None = None
    pending: int | None = None
    """How many revisions an upgrade to the heads would run."""
    runs: Runs | None = None


@dataclass(frozen=True, slots=True)
class Metrics:
    """All databases of one environment."""

    version: str
    """Limosa's own."""
    environment: str
    databases: tuple[DatabaseMetrics, ...]


def joined(each: Iterable[Metrics]) -> Metrics:
    """One for all; databases of one name are told apart by a number."""
    parts = tuple(each)
    databases: list[DatabaseMetrics] = []
    for one in (database for part in parts for database in part.databases):
        same = sum(other.database.partition("#")[0] == one.database for other in databases)
        databases.append(replace(one, database=f"{one.database}#{same + 1}") if same else one)
    return replace(parts[0], databases=tuple(databases))
