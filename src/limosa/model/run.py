"""A run: a plan executed on a real target, and what came of each of its steps."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from limosa.model.revision import Direction


class Outcome(StrEnum):
    """How a step or a run ended."""

    APPLIED = "applied"
    NOTHING_TO_DO = "nothing to do"
    FAILED = "failed"
    INTERRUPTED = "interrupted"


@dataclass(frozen=True, slots=True)
class StepReport:
    """One step that was committed."""

    revision: str
    message: str
    direction: Direction
    duration_s: float
    statements: int
    attempts: int


@dataclass(frozen=True, slots=True)
class RunReport:
    """What one call of upgrade, downgrade or stamp did to one database."""

    number: int | None
    """The run's number in the ledger; None when there was nothing to do."""
    outcome: Outcome
    before: tuple[str, ...]
    after: tuple[str, ...]
    steps: tuple[StepReport, ...]
    duration_s: float
    waited_s: float
    """Time spent waiting for another runner."""
    url: str
    """Masked."""
    snapshot: str | None = None
    """The file from which an empty database was made."""
    snapshot_revisions: int = 0
    """How many revisions the snapshot stood for; they are not among the steps."""


@dataclass(frozen=True, slots=True)
class Holder:
    """Who holds the runner lock, in the words of the database or of the lock file."""

    host: str
    pid: int
    user: str
    since: str
    """ISO 8601, UTC."""
    doing: str
    """The revision that runs, or what else the holder is at."""

    def __str__(self) -> str:
        return f"{self.user}@{self.host} (pid {self.pid}), since {self.since}, {self.doing}"


@dataclass(frozen=True, slots=True)
class Blocker:
    """A session that keeps our statement from its lock."""

    pid: int
    user: str
    application: str
    state: str
    since_s: float
    """Age of its transaction, in seconds."""
    query: str

    def __str__(self) -> str:
        name = f" '{self.application}'" if self.application else ""
        return (
            f"pid {self.pid}{name} of user '{self.user}', {self.state}, in its transaction for "
            f"{self.since_s:.1f} s: {self.query}"
        )
