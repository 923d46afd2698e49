"""What a probe wants to know of a database's schema: a report, and the policy that it is judged by."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Literal, TypeAlias

from limosa.model.status import State, Status

Mode: TypeAlias = Literal["check", "wait", "upgrade"]
"""How ``ensure_database_migrated`` makes sure: by a look, by waiting for others, or by an upgrade."""


class Health(StrEnum):
    """How the database fits the code that asks."""

    AT_HEAD = "at_head"
    """It stands at the heads on disk, or nothing is there to be run."""
    BEHIND = "behind"
    """Revisions on disk are not applied; a new database is behind, too."""
    AHEAD = "ahead"
    """It stands at a revision that is not on disk: newer code has migrated it."""
    UNVERSIONED = "unversioned"
    """It has tables and no version."""
    DIVERGED = "diverged"
    """Its versions and the files contradict each other, or only some of them are known."""
    UNREACHABLE = "unreachable"
    """It does not answer, or refuses us."""


_HEALTH = {
    State.EMPTY: Health.BEHIND,
    State.UNVERSIONED: Health.UNVERSIONED,
    State.BEHIND: Health.BEHIND,
    State.AT_HEAD: Health.AT_HEAD,
    State.AHEAD: Health.AHEAD,
    State.DIVERGED: Health.DIVERGED,
    State.UNREACHABLE: Health.UNREACHABLE,
}
_FIT = frozenset({Health.AT_HEAD, Health.AHEAD})


@dataclass(frozen=True, slots=True)
class HealthReport:
    """One look at the database, cheap enough for every second."""

    health: Health
    is_live: bool
    """Need the process not be restarted?"""
    is_ready: bool
    """May requests be sent to it?"""
    is_startable: bool
    """May the application start on this database?"""
    current: tuple[str, ...]
    """The version rows, sorted."""
    heads: tuple[str, ...]
    """The heads on disk, sorted."""
    pending: tuple[str, ...]
    """What an upgrade to the heads would run, in its order."""
    latency_s: float
    """How long the look took, the connection included."""
    url: str
    """The database, its secrets masked."""
    reason: str | None = None
    """Why, when it is unreachable, ahead or diverged: a sentence."""


@dataclass(frozen=True, slots=True)
class HealthPolicy:
    """In which states a process is live, ready, and may start.

    By default a process is never restarted because of its database, and newer code may migrate
    the database under it: a roll-out in steps depends on that.
    """

    live: frozenset[Health] = frozenset(Health)
    ready: frozenset[Health] = _FIT
    startable: frozenset[Health] = _FIT

    def judge(self, status: Status, *, latency_s: float = 0.0) -> HealthReport:
        """Judge what a look at the database has found."""
        is_unfinished = status.needs_migration or status.state not in {State.EMPTY, State.UNVERSIONED}
        health = _HEALTH[status.state] if is_unfinished else Health.AT_HEAD
        return HealthReport(
            health=health,
            is_live=health in self.live,
            is_ready=health in self.ready,
            is_startable=health in self.startable,
            current=status.current,
            heads=status.heads,
            pending=tuple(one.revision for one in status.pending),
            latency_s=latency_s,
            url=status.url,
            reason=status.reason,
        )
