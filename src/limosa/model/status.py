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
    """An upgrade to the heads would run something."""
    AT_HEAD = "at_head"
    """It stands at the heads on disk."""
    AHEAD = "ahead"
    """It stands at a revision that is not on disk."""
    DIVERGED = "diverged"
    """Some of its version rows are known and others are not, or they contradict each other."""
    UNREACHABLE = "unreachable"
    """It does not answer, refuses us, or is no database."""


@dataclass(frozen=True, slots=True)
class PendingRevision:
    """One revision that an upgrade to the heads would run."""

    revision: str
    message: str
    path: str


@dataclass(frozen=True, slots=True)
class UnknownRevision:
    """A version row of the database that no file on disk defines, and what the ledger says of it."""

    revision: str
    applied_at: str | None
    """ISO 8601, UTC; null where nobody has written it down."""
    applied_by: str | None
    tool: str | None
    path: str | None
    """The file that it came from, wherever that was."""
    is_kept: bool
    """Is its text kept in the database, so that it can be taken back?"""


@dataclass(frozen=True, slots=True)
class Status:
    """The contract of ``limosa status --json``; ``url`` is masked."""

    state: State
    """How the database relates to the heads on disk."""
    current_revision: str | None
    """The version row; several are joined with a comma and a blank, none is null."""
    head_revision: str | None
    """The head on disk; several are joined likewise."""
    current: tuple[str, ...]
    """The version rows as a list, sorted."""
    heads: tuple[str, ...]
    """The heads on disk as a list, sorted."""
    pending: tuple[PendingRevision, ...]
    """What an upgrade to the heads would run, in its order."""
    is_initialized: bool
    """Is there a version row?"""
    is_up_to_date: bool
    """Is the state ``at_head``?"""
    needs_migration: bool
    """Is anything pending?"""
    engine: str
    """``postgresql``, ``sqlite``, or ``unknown`` where only env.py knows the database and cannot say."""
    environment: str
    """The environment that was chosen."""
    url: str
    """The database, its secrets masked."""
    edited: tuple[str, ...] = ()
    """Applied revisions that were changed on disk since, nobody having said why; the command asks, \
``Migrator.status()`` only when told to."""
    unknown: tuple[UnknownRevision, ...] = ()
    """The version rows that no file on disk defines."""
    recover: str | None = None
    """The command that leads back to what is on disk, when the state is ahead or diverged."""
    reason: str | None = None
    """Why, when the state is unreachable, ahead or diverged: a sentence."""
