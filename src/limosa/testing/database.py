"""The database of one test, as the test sees it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from limosa.model.url import DatabaseURL

if TYPE_CHECKING:
    import sqlalchemy

_ASYNCHRONOUS = {"sqlite": "aiosqlite", "postgresql": "asyncpg"}


@dataclass(frozen=True, slots=True)
class Database:
    """A database of the test's own; its URLs hold the password, ``str`` and ``repr`` never do."""

    parts: DatabaseURL
    """The URL in its parts, masked when it is printed."""
    at: str
    """The revision that it was migrated to: ``heads``, an id, or ``base``."""

    @property
    def engine(self) -> str:
        """``sqlite`` or ``postgresql``."""
        return self.parts.backend

    @property
    def url(self) -> str:
        """For ``create_engine``: psycopg 3 or sqlite3."""
        return self.parts.synchronous().reveal()

    @property
    def async_url(self) -> str:
        """For ``create_async_engine``: asyncpg or aiosqlite."""
        return self.parts.with_driver(_ASYNCHRONOUS[self.engine]).reveal()

    @property
    def driver_url(self) -> str:
        """Without a driver's name, as psycopg, asyncpg and psql take it themselves."""
        return self.parts.with_driver(None).reveal()

    @property
    def sqlalchemy_url(self) -> sqlalchemy.URL:
        """As SQLAlchemy's own value, to choose another driver or further parameters."""
        from sqlalchemy import make_url  # noqa: PLC0415  a test that does not ask need not have it loaded

        return make_url(self.url)

    def __str__(self) -> str:
        return f"{self.parts} at {self.at}"

    def __repr__(self) -> str:
        return f"Database({self.parts.masked!r}, at={self.at!r})"
