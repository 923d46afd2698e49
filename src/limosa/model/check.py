"""What ``limosa check`` found: where the models, the revisions and the database do not agree."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from limosa.model.status import Status


class Verdict(StrEnum):
    """What a check comes to; of several that hold, the first."""

    AHEAD = "ahead"
    """A database is at a revision that is not on disk."""
    DRIFT = "drift"
    """Something differs that nobody has accepted."""
    BEHIND = "behind"
    """Revisions are pending, so the models were not compared."""
    PASSED = "passed"
    """Everything that was compared agrees, or differs in what is accepted alone."""


class Between(StrEnum):
    """Which two were compared; the other one is always the database."""

    MODELS = "models"
    HISTORY = "history"
    """What the revisions up to the database's own make of an empty database."""


@dataclass(frozen=True, slots=True)
class Drift:
    """One difference."""

    between: Between
    operation: str
    """What would bring the database to it: ``add column documents.hash VARCHAR(64)``."""
    database: str
    """The database, its secrets masked."""


@dataclass(frozen=True, slots=True)
class Accepted:
    """One entry of the baseline file: a difference, and why it may stay."""

    between: Between
    operation: str
    reason: str


@dataclass(frozen=True, slots=True)
class CheckReport:
    """The contract of ``limosa check --json``."""

    verdict: Verdict
    unchanged: bool
    """Nothing has changed since it last passed, so nothing was compared anew."""
    databases: tuple[Status, ...]
    """Where each database stands that env.py connects to."""
    compared: tuple[Between, ...]
    """What was compared with the database, now or when it last passed."""
    differences: tuple[Drift, ...] = ()
    """What differs and is not accepted."""
    accepted: tuple[Accepted, ...] = ()
    """What differs and is accepted."""
    unmatched: tuple[Accepted, ...] = ()
    """Entries of the baseline file that match nothing that was compared; they may go."""
    notes: tuple[str, ...] = ()
    """What was not compared, and why; several heads."""

    @property
    def passed(self) -> bool:
        """Is nothing left to do?"""
        return self.verdict is Verdict.PASSED
