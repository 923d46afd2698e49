"""Cursors of a driver that tell of every statement: a revision may go past SQLAlchemy to the driver."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager, contextmanager, nullcontext
from typing import Any, Protocol


class Listener(Protocol):
    """Who is told of the statements."""

    @property
    def hears(self) -> bool:
        """Is anything to be told now? Asked before each statement, since most are known already."""
        ...

    def around(self, sql: str, rows: Callable[[], int], /) -> AbstractContextManager[str | None]:
        """Surround a statement, given how to ask for its rows; yield what to run instead, or None."""
        ...


def observed_cursor(base: type, listener: Listener) -> type:
    """Return a cursor class of the same driver whose statements are surrounded."""

    class Observed(base):  # type: ignore[misc]
        """The driver's cursor, observed."""

        def execute(self, query: Any, *arguments: Any, **options: Any) -> Any:
            if not listener.hears:
                return super().execute(query, *arguments, **options)
            with listener.around(_text(query, self), lambda: self.rowcount) as other:
                if other is None:
                    return super().execute(query, *arguments, **options)
                return super().execute(other)

        def executemany(self, query: Any, *arguments: Any, **options: Any) -> Any:
            if not listener.hears:
                return super().executemany(query, *arguments, **options)
            with listener.around(_text(query, self), lambda: self.rowcount) as other:
                if other is None:
                    return super().executemany(query, *arguments, **options)
                return super().execute(other)

        @contextmanager
        def copy(self, statement: Any, *arguments: Any, **options: Any) -> Any:
            around = (
                listener.around(_text(statement, self), lambda: self.rowcount)
                if listener.hears
                else nullcontext()
            )
            with around, super().copy(statement, *arguments, **options) as copy:
                yield copy

    return Observed


def _text(query: Any, cursor: Any) -> str:
    if isinstance(query, str):
        return query
    return query.decode() if isinstance(query, bytes) else str(query.as_string(cursor))
