"""What ``limosa validate`` found in the revision files."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from limosa.model.edit import Edit


class Severity(StrEnum):
    """How much a problem matters."""

    ERROR = "error"
    """A run would fail, or build on something else than what was applied."""
    WARNING = "warning"
    """Nothing fails, and somebody should know."""


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that is wrong, with all files that it is about, and what to do."""

    subject: str
    """``graph``, ``functions``, ``execution`` or ``edited``."""
    severity: Severity
    message: str
    hint: str | None = None
    paths: tuple[str, ...] = ()
    line: int | None = None
    edit: Edit | None = None
    """What was applied and what is on disk, where that is the problem."""


@dataclass(frozen=True, slots=True)
class Validation:
    """All problems of a project's revisions."""

    revisions: int
    """How many files were looked at."""
    problems: tuple[Problem, ...]
    notes: tuple[str, ...] = ()
    """What was not looked at, and why."""

    @property
    def errors(self) -> tuple[Problem, ...]:
        """The problems that must be mended."""
        return tuple(one for one in self.problems if one.severity is Severity.ERROR)

    @property
    def passed(self) -> bool:
        """Is there no error?"""
        return not self.errors
