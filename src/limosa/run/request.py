"""What the executor is asked to do: values and pure functions, so that it decides nothing about revisions."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from limosa.model.edit import Acceptance, Applied
from limosa.model.history import Movement
from limosa.model.imported import RevisionSource
from limosa.model.limits import Limits
from limosa.model.plan import Plan
from limosa.model.session import VersionTable
from limosa.model.url import DatabaseURL

Examine = Callable[[tuple[str, ...], Sequence[Applied], Sequence[Acceptance]], Sequence[str]]
"""From the version rows, what was applied and what was accepted to warnings; raises RevisionEdited."""


@dataclass(frozen=True, slots=True)
class Target:
    """One database; ``name`` tells apart several targets that share it."""

    url: DatabaseURL
    name: str = "default"
    version_table: VersionTable | None = None
    """Where known; otherwise it is looked for in the database."""


@dataclass(frozen=True, slots=True)
class Request:
    """An upgrade, a downgrade, a stamp or a reset."""

    verb: str
    """``upgrade``, ``downgrade``, ``stamp`` or ``reset``."""
    requested: str
    plan: Callable[[tuple[str, ...]], Plan]
    """From the version rows that the database has to what must run; for a stamp, a plan without steps."""
    explain: Callable[[Sequence[tuple[str, str]]], Sequence[tuple[str, Movement] | None]]
    """From the version rows before and after each change of plain Alembic's: revision and direction."""
    source: Callable[[str], RevisionSource | None]
    """A revision on disk with its text, by id."""
    limits: Limits
    examine: Examine = lambda *_: ()
    """Compares what was applied with what is on disk; a scratch database has nothing to compare."""

    @property
    def is_stamp(self) -> bool:
        """Do the version rows move without any revision running?"""
        return self.verb == "stamp"

    @property
    def starts_anew(self) -> bool:
        """Is what an earlier run left half done of no consequence any more?"""
        return self.verb in {"stamp", "reset"}
