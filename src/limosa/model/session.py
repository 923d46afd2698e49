"""What the rooms may ask of an open connection, whoever opened it: the engines' own or the one of env.py."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, NewType, Protocol

Query = NewType("Query", str)
"""SQL of our own, from a named ``.sql`` file, with ``:name`` parameters."""


class Session(Protocol):
    """An open connection that runs our own queries; it never sees a user's statement."""

    def rows(self, query: Query, /, **values: Any) -> list[tuple[Any, ...]]:
        """Run the query and return all its rows."""
        ...

    def change(self, query: Query, /, **values: Any) -> int:
        """Run the statement and return how many rows it touched."""
        ...


@dataclass(frozen=True, slots=True)
class VersionTable:
    """Where Alembic keeps the version rows."""

    name: str = "alembic_version"
    schema: str | None = None
