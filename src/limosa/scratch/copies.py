"""Copies of a template: a file that is copied, or a database that is; each is as the template was."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace
from itertools import count

from limosa.engines.postgresql.admin import Warehouse
from limosa.engines.postgresql.restoring import Restorer
from limosa.errors import LimosaError, Unreachable
from limosa.model.url import DatabaseURL


class DatabaseCopies:
    """Copies on a PostgreSQL server, restored where the server lets us and nothing but rows was written."""

    def __init__(self, server: DatabaseURL, warehouse: Warehouse, template: str, numbers: count[int]) -> None:
        self._server = server
        self._warehouse = warehouse
        self._template = template
        self._numbers = numbers
        self._restorers: dict[str, Restorer | None] = {}

    def make(self) -> DatabaseURL:
        """Copy the template."""
        name = self._warehouse.name_of(str(next(self._numbers)))
        self._warehouse.create(name, template=self._template)
        url = replace(self._server, database=name)
        try:
            self._restorers[name] = Restorer(url)
        except LimosaError:  # no superuser: each test gets a new copy
            self._restorers[name] = None
        return url

    def renew(self, url: DatabaseURL) -> bool:
        """Put the rows back."""
        assert url.database is not None
        restorer = self._restorers[url.database]
        return restorer is not None and restorer.restore()

    def drop(self, url: DatabaseURL) -> None:
        """Drop the database."""
        assert url.database is not None
        restorer = self._restorers.pop(url.database)
        if restorer is not None:
            restorer.close()
        self._warehouse.drop(url.database)

    def close(self) -> None:
        """Drop all of them, and the template; a server that is gone has none any more."""
        with suppress(Unreachable):
            for name in [*self._restorers]:
                self.drop(replace(self._server, database=name))
            self._warehouse.drop(self._template)
