"""What ``limosa reset`` would drop, and what it did."""

from __future__ import annotations

from dataclasses import dataclass

from limosa.model.run import RunReport


@dataclass(frozen=True, slots=True)
class ObjectName:
    """One thing in a database: its kind and its name, as ``table`` and ``public.thing``."""

    kind: str
    name: str

    def __str__(self) -> str:
        return f"{self.kind} {self.name}"


@dataclass(frozen=True, slots=True)
class Clearance:
    """What would go from one database, or went, and what stays."""

    url: str
    """Masked."""
    before: tuple[str, ...]
    """The version rows."""
    dropped: tuple[ObjectName, ...]
    left: tuple[ObjectName, ...]
    """In the same schemas, and not known to be the project's."""


@dataclass(frozen=True, slots=True)
class ResetReport:
    """What was dropped in each database, and the way up again."""

    cleared: tuple[Clearance, ...]
    upgraded: RunReport
