"""One thing that a revision does, as its text says it."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Operation:
    """One call in ``upgrade()`` or ``downgrade()``."""

    what: str
    """In words: ``create table``, ``add column``, ``run SQL``, ``call``."""
    subject: str
    """What it is done to, such as ``thing.owner``; empty where the text does not say it."""
    detail: str
    """Columns, a type, the statement: whatever else is worth seeing."""
    line: int
    condition: str
    """``if …``, ``for …`` and the like around it, from the outside in; empty for what always happens."""
