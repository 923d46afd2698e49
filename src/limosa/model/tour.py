"""A tour: every revision up, down and up again on an empty database, and the schema after each step."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import groupby

from limosa.model.revision import Direction
from limosa.model.schema import Schema, SchemaChange


@dataclass(frozen=True, slots=True)
class Leg:
    """One step of a tour, and the schema that it led to."""

    revision: str
    direction: Direction
    schema: Schema


@dataclass(frozen=True, slots=True)
class Fault:
    """A step that led to another schema than it should have."""

    revision: str
    direction: Direction
    changes: tuple[SchemaChange, ...]
    """What leads from the schema that should be there to the one that is."""

    @property
    def sentence(self) -> str:
        """Which step it was."""
        if self.direction is Direction.DOWNGRADE:
            return f"the downgrade of '{self.revision}' does not lead back to the schema before its upgrade"
        return f"a second upgrade of '{self.revision}' does not lead to the schema of the first"

    @property
    def lines(self) -> tuple[str, ...]:
        """Each difference in words."""
        return tuple(_in_words(change) for change in self.changes)


@dataclass(frozen=True, slots=True)
class Tour:
    """The schema at the start, and all steps in the order in which they ran."""

    start: Schema
    legs: tuple[Leg, ...]

    @property
    def fault(self) -> Fault | None:
        """The first step that led to another schema than it should have."""
        return next(self._faults(), None)

    def _faults(self) -> Iterator[Fault]:
        before = self.start
        for revision, group in groupby(self.legs, key=lambda leg: leg.revision):
            up, *rest = (leg.schema for leg in group)
            for direction, wanted, found in zip(
                (Direction.DOWNGRADE, Direction.UPGRADE), (before, up), rest, strict=False
            ):
                changes = wanted.difference(found)
                if changes:
                    yield Fault(revision, direction, changes)
            before = up


def _in_words(change: SchemaChange) -> str:
    what = f"{change.kind} {change.name}"
    if change.before is None:
        return f"{what} is left behind"
    if change.after is None:
        return f"{what} is gone"
    return f"{what} is {change.after!r}, and was {change.before!r}"
