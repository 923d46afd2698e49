"""What the executor is asked to do: values and pure functions, so that it decides nothing about revisions."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from limosa.model.history import Movement
from limosa.model.limits import Limits
from limosa.model.plan import Plan
from limosa.model.revision import Revision
from limosa.model.session import VersionTable
from limosa.model.url import DatabaseURL


@dataclass(frozen=True, slots=True)
class Target:
    """One database; ``name`` tells apart several targets that share it."""

    url: DatabaseURL
    name: str = "default"
    version_table: VersionTable | None = None
    """Where known; otherwise it is looked for in the database."""


@dataclass(frozen=True, slots=True)
class Request:
    """An upgrade, a downgrade or a stamp."""

    verb: str
    """``upgrade``, ``downgrade`` or ``stamp``."""
    requested: str
    plan: Callable[[tuple[str, ...]], Plan]
    """From the version rows that the database has to what must run; for a stamp, a plan without steps."""
    explain: Callable[[str, str], tuple[str, Movement] | None]
    """From the version row before and after a change of plain Alembic's: revision and direction."""
    source: Callable[[str], tuple[Revision, str] | None]
    """A revision on disk and its text, by id."""
    limits: Limits

    @property
    def is_stamp(self) -> bool:
        """Do the version rows move without any revision running?"""
        return self.verb == "stamp"
