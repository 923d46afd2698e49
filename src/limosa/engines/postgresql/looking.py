"""A connection that only looks: through libpq itself, and through psycopg as soon as anything is unusual.

Importing psycopg takes longer than all the rest of an upgrade that finds nothing to do.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from limosa.engines.postgresql import libpq
from limosa.engines.postgresql.place import parameters
from limosa.engines.postgresql.trouble import unreachable
from limosa.engines.queries import numbered
from limosa.model.limits import Limits
from limosa.model.session import Query
from limosa.model.url import DatabaseURL

if TYPE_CHECKING:
    from limosa.engines.postgresql.session import PostgreSQLSession


class LookingSession:
    """Begins with libpq; what that does not understand, and every error, is psycopg's to ask and to tell."""

    def __init__(self, url: DatabaseURL, *, limits: Limits, application: str) -> None:
        self._url, self._limits, self._application = url, limits, application
        self._quick = _quick_connection(url, limits=limits, application=application)
        self._session: PostgreSQLSession | None = None
        if self._quick is None:
            self._session = self._ordinary()

    def rows(self, query: Query, /, **values: Any) -> list[tuple[Any, ...]]:
        """Run the query and return all its rows."""
        if self._quick is not None:
            text, names = numbered(query)
            try:
                return self._quick.rows(text, [_as_text(values[name]) for name in names])
            except libpq.Unusual:
                pass
        return self._ordinary().rows(query, **values)

    def change(self, query: Query, /, **values: Any) -> int:
        """Run the statement and return how many rows it touched."""
        return self._ordinary().change(query, **values)

    def script(self, query: Query, /) -> None:
        """Run several statements."""
        self._ordinary().script(query)

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """Run the statements of the block in one transaction."""
        with self._ordinary().transaction():
            yield

    def is_current(self) -> bool:
        """Is it? It is made for one look."""
        return True

    def close(self) -> None:
        """Close the connection; closing twice is harmless."""
        for connection in (self._quick, self._session):
            if connection is not None:
                connection.close()

    def _ordinary(self) -> PostgreSQLSession:
        if self._session is None:
            from limosa.engines.postgresql.session import connect  # noqa: PLC0415  imports psycopg

            if self._quick is not None:
                self._quick.close()
                self._quick = None
            self._session = connect(self._url, limits=self._limits, application=self._application)
        return self._session


def _quick_connection(url: DatabaseURL, *, limits: Limits, application: str) -> libpq.Connection | None:
    if not libpq.is_wanted():
        return None
    parts = parameters(url, limits=limits, application=application)
    given = {"client_encoding": "UTF8"} | {name: str(value) for name, value in parts.items()}
    try:
        timeout_s = float(given["connect_timeout"])
        return libpq.Connection(given, timeout_s=timeout_s) if timeout_s > 0 else None
    except TimeoutError as error:  # told at once: whoever asks again waits again
        raise unreachable(url, error) from None
    except (libpq.Unusual, ValueError, OSError):
        return None


def _as_text(value: object) -> str | None:
    return None if value is None else str(value)
