"""A sqlite3 connection that tells of every statement, and whose scripts do not commit behind our back."""

from __future__ import annotations

import sqlite3
from typing import Any

from limosa.engines.observed import Listener, observed_cursor
from limosa.engines.sqlite.session import complete_statements


class ObservedConnection(sqlite3.Connection):
    """Given to the driver as its ``factory``; silent until somebody observes it."""

    listener: Listener | None = None

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self._observed: dict[Any, type] = {}

    def cursor(self, factory: Any = sqlite3.Cursor) -> Any:
        """Return a cursor that is observed if the connection is."""
        if self.listener is None:
            return super().cursor(factory)
        if factory not in self._observed:
            self._observed[factory] = _script_splitting(observed_cursor(factory, self.listener))
        return super().cursor(self._observed[factory])

    def execute(self, *arguments: Any) -> Any:
        """Run a statement through an observed cursor."""
        return self.cursor().execute(*arguments)

    def executemany(self, *arguments: Any) -> Any:
        """Run a statement many times through an observed cursor."""
        return self.cursor().executemany(*arguments)

    def executescript(self, script: str) -> Any:
        """Run the statements of a script one by one."""
        return self.cursor().executescript(script)


def _script_splitting(base: type) -> type:
    class Splitting(base):  # type: ignore[misc]
        """A cursor whose ``executescript`` does not begin with a COMMIT, as the driver's does."""

        def executescript(self, script: str) -> Any:
            for statement in complete_statements(script):
                self.execute(statement)
            return self

    return Splitting
