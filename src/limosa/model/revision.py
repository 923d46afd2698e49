"""A revision: one file of the project's ``versions`` folder, as read without executing it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path


class Direction(StrEnum):
    """Which of a revision's functions a step runs."""

    UPGRADE = "upgrade"
    DOWNGRADE = "downgrade"


@dataclass(frozen=True, slots=True)
class Revision:
    """One revision file.

    ``parents`` are the ids of ``down_revision`` (empty for a base, several for a merge);
    ``depends_on`` is kept as written (ids or labels, unresolved).
    ``checksum`` is semantic: the hex SHA-256 of the syntax tree without docstrings and
    positions, so that a formatter does not change it.
    """

    id: str
    parents: tuple[str, ...]
    depends_on: tuple[str, ...]
    labels: tuple[str, ...]
    message: str
    doc: str
    path: Path
    created: str | None
    checksum: str
    has_upgrade: bool
    has_downgrade: bool

    @property
    def is_base(self) -> bool:
        """Does this revision start a history?"""
        return not self.parents

    @property
    def is_merge(self) -> bool:
        """Does this revision join several histories?"""
        return len(self.parents) > 1
