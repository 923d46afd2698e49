"""A plan: revisions in the order in which they will run; printed and executed as one value."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from limosa.model.revision import Direction, Revision


class Touch(StrEnum):
    """What a statement does to the database."""

    READS = "reads"
    ROWS = "changes rows"
    SCHEMA = "changes the schema"


@dataclass(frozen=True, slots=True)
class Statement:
    """One statement that a step sends, as the driver is given it: values stand apart from the text."""

    text: str
    touches: Touch
    in_transaction: bool
    """False where it commits by itself (``autocommit_block``)."""


@dataclass(frozen=True, slots=True)
class Step:
    """One revision going up or down.

    ``before`` and ``after`` are the version rows (sorted heads) around it.
    """

    direction: Direction
    revision: Revision
    before: tuple[str, ...]
    after: tuple[str, ...]
    statements: tuple[Statement, ...] | None = None
    """What it sends, captured on a scratch copy; None where that was not asked for, or not reached."""


@dataclass(frozen=True, slots=True)
class Shortcut:
    """The snapshot from which an empty database starts, in place of the first steps of a plan."""

    path: Path
    revisions: tuple[str, ...]
    """The version rows after it was loaded."""
    stands_for: int
    """How many revisions need not run."""


@dataclass(frozen=True, slots=True)
class Plan:
    """Ordered steps from the database's heads ``before`` to ``after``."""

    direction: Direction
    target: str
    before: tuple[str, ...]
    after: tuple[str, ...]
    steps: tuple[Step, ...]
    captured_on: str | None = None
    """How the scratch copy was made on which the statements were captured."""
    snapshot: Shortcut | None = None
    """What an upgrade starts from; the steps that it stands for are among ``steps`` all the same."""

    @property
    def is_empty(self) -> bool:
        """Is there nothing to do?"""
        return not self.steps
