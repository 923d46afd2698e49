"""Cursors of a driver that tell of every statement: a revision may go past SQLAlchemy to the driver."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager, contextmanager
from typing import Any

Around = Callable[[str, Callable[[], int]], AbstractContextManager[str | None]]
"""Surrounds a statement, given its text and how to ask for its rows; yields what to run instead, or None."""


def observed_cursor(base: type, around: Around) -> type:
    """Return a cursor class of the same driver whose statements are surrounded."""

    class Observed(base):  # type: ignore[misc]
        """The driver's cursor, observed."""

        def execute(self, query: Any, *arguments: Any, **options: Any) -> Any:
            with around(_text(query, self), lambda: self.rowcount) as other:
                if other is None:
                    return super().execute(query, *arguments, **options)
                return super().execute(other)

        def executemany(self, query: Any, *arguments: Any, **options: Any) -> Any:
            with around(_text(query, self), lambda: self.rowcount) as other:
                if other is None:
                    return super().executemany(query, *arguments, **options)
                return super().execute(other)

        @contextmanager
        def copy(self, statement: Any, *arguments: Any, **options: Any) -> Any:
            with (
                around(_text(statement, self), lambda: self.rowcount),
                super().copy(statement, *arguments, **options) as copy,
            ):
                yield copy

    return Observed


def _text(query: Any, cursor: Any) -> str:
    if isinstance(query, str):
        return query
    return query.decode() if isinstance(query, bytes) else str(query.as_string(cursor))
