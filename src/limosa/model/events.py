"""What happens during a run, one frozen event a fact; ``observe/`` hands them to sinks."""

from __future__ import annotations

from dataclasses import dataclass

from limosa.model.plan import Plan, Step
from limosa.model.run import Blocker, Holder, RunReport, StepReport


@dataclass(frozen=True, slots=True)
class Event:
    """The root of all events."""


@dataclass(frozen=True, slots=True)
class WaitingFor(Event):
    """What ``wait`` waits for is not there; sent at the first look, and when something else is missing."""

    missing: str
    waited_s: float


@dataclass(frozen=True, slots=True)
class LockWaiting(Event):
    """Another runner works on this database; sent once for each holder."""

    holder: Holder | None
    waited_s: float


@dataclass(frozen=True, slots=True)
class LockAcquired(Event):
    """This process is the runner."""

    waited_s: float


@dataclass(frozen=True, slots=True)
class Notice(Event):
    """Something a person should know: a recovery, an orphan waited for, a reconnection."""

    text: str


@dataclass(frozen=True, slots=True)
class RunStarted(Event):
    """The plan that runs now."""

    number: int
    plan: Plan


@dataclass(frozen=True, slots=True)
class SnapshotLoaded(Event):
    """An empty database was made from a snapshot, in one transaction that is committed."""

    snapshot: str
    revisions: int
    """How many it stood for."""
    duration_s: float


@dataclass(frozen=True, slots=True)
class StepStarted(Event):
    """A step begins; ``index`` counts from 1."""

    step: Step
    index: int
    total: int
    attempt: int


@dataclass(frozen=True, slots=True)
class StatementStarted(Event):
    """A statement goes to the database; ``ordinal`` counts from 1 within the step."""

    revision: str
    ordinal: int
    sql: str
    in_transaction: bool = True
    """False where it commits by itself (``autocommit_block``)."""


@dataclass(frozen=True, slots=True)
class StatementFinished(Event):
    """A statement came back; ``rows`` is -1 where the driver does not count."""

    revision: str
    ordinal: int
    sql: str
    duration_s: float
    rows: int
    error: str | None


@dataclass(frozen=True, slots=True)
class StepRetried(Event):
    """A lock was not to be had in time; the step is tried again after ``delay_s``."""

    revision: str
    attempt: int
    delay_s: float
    lock_timeout_ms: int
    blocker: Blocker | None


@dataclass(frozen=True, slots=True)
class StepFinished(Event):
    """A step was committed."""

    report: StepReport
    index: int
    total: int


@dataclass(frozen=True, slots=True)
class RunFinished(Event):
    """The run is over; sent after the lock was released."""

    report: RunReport
