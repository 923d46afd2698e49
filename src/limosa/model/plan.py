"""A plan: revisions in the order in which they will run; printed and executed as one value."""

from __future__ import annotations

from dataclasses import dataclass

from limosa.model.revision import Direction, Revision


@dataclass(frozen=True, slots=True)
class Step:
    """One revision going up or down.

    ``before`` and ``after`` are the version rows (sorted heads) around it.
    """

    direction: Direction
    revision: Revision
    before: tuple[str, ...]
    after: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Plan:
    """Ordered steps from the database's heads ``before`` to ``after``."""

    direction: Direction
    target: str
    before: tuple[str, ...]
    after: tuple[str, ...]
    steps: tuple[Step, ...]

    @property
    def is_empty(self) -> bool:
        """Is there nothing to do?"""
        return not self.steps
