"""Where a database stands against the revisions on disk; ``limosa status --json`` prints this value."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class State(StrEnum):
    """How a database relates to the heads on disk."""

    EMPTY = "empty"
    """No table at all, no version: a new database."""
    UNVERSIONED = "unversioned"
    """Tables, but no version row."""
    BEHIND = "behind"
    AT_HEAD = "at_head"
    AHEAD = "ahead"
    """It stands at a revision that is not on disk."""
    DIVERGED = "diverged"
    """Some of its version rows are known and others are not, or they contradict each other."""
    UNREACHABLE = "unreachable"


@dataclass(frozen=True, slots=True)
class PendingRevision:
    """One revision that an upgrade to the heads would run."""

    revision: str
    message: str
    path: str


@dataclass(frozen=True, slots=True)
class Status:
    """The contract of ``limosa status --json``; ``url`` is masked."""

    state: State
    current_revision: str | None
    head_revision: str | None
    current: tuple[str, ...]
    heads: tuple[str, ...]
    pending: tuple[PendingRevision, ...]
    is_initialized: bool
    is_up_to_date: bool
    needs_migration: bool
    engine: str
    environment: str
    url: str
    reason: str | None = None
    """Why, when the state is unreachable, ahead or diverged: a sentence."""
