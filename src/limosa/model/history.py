"""What was applied and what is on disk, side by side: the answers of current, history, show and record."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeAlias

from limosa.model.edit import Edit
from limosa.model.revision import Revision

Movement: TypeAlias = Literal["upgrade", "downgrade", "stamp", "reset"]
"""How a version row came to move."""


@dataclass(frozen=True, slots=True)
class LedgerEntry:
    """One row of the ledger: a step that somebody's run, or plain Alembic, took.

    Times are ISO 8601 in UTC; what plain Alembic does not tell is None.
    """

    seq: int
    run: int | None
    revision: str | None
    """None where plain Alembic left no word on which one it was."""
    direction: Movement | None
    from_versions: tuple[str, ...]
    to_versions: tuple[str, ...]
    started_at: str | None
    finished_at: str | None
    duration_s: float | None
    outcome: str
    actor: str
    host: str
    pid: int | None
    tool: str
    checksum: str | None
    error: str | None


@dataclass(frozen=True, slots=True)
class AppliedRevision:
    """One version row of the database; ``revision`` is None where no file on disk has this id."""

    id: str
    revision: Revision | None
    is_head: bool


@dataclass(frozen=True, slots=True)
class HistoryEntry:
    """One revision on disk, and whether and when it reached the database."""

    revision: Revision
    is_head: bool
    is_current: bool
    is_branch_point: bool
    is_merge: bool
    applied_at: str | None
    applied_by: str | None
    edit: Edit | None = None
    """How it differs from what was applied, if it does."""


@dataclass(frozen=True, slots=True)
class RevisionDetail:
    """Everything that is known of one revision; ``entries`` are its rows in the ledger, newest first."""

    revision: Revision
    source: str
    children: tuple[str, ...]
    entries: tuple[LedgerEntry, ...]
    edit: Edit | None = None
    """How it differs from what was applied, if it does, with the difference."""
    is_unkept: bool = False
    """It is applied and its text was not kept: plain Alembic ran it, and no run of ours named it since."""
