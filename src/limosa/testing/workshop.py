"""Where a test run's databases come from: one template for each engine and revision, and its copies."""

from __future__ import annotations

import secrets
import shutil
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from limosa.config import Settings, load
from limosa.errors import ConfigError, LimosaError
from limosa.graph import Graph
from limosa.migrator import Migrator
from limosa.migrator.project import Project
from limosa.model.url import DatabaseURL
from limosa.scratch.databases import scratch_database, scratch_server
from limosa.testing.database import Database
from limosa.testing.template import Subject, bring, migrate

if TYPE_CHECKING:
    from limosa.engines.postgresql.admin import Warehouse
    from limosa.scratch.stock import Stock

ENGINES = ("sqlite", "postgresql")
BASE = "base"
"""The revision at which a database is empty."""
_PREFIX = "limosa_test_"
_T = TypeVar("_T")


@dataclass(frozen=True, slots=True)
class Wishes:
    """What the options of the test run say."""

    project: Path
    environment: str | None = None
    server: DatabaseURL | None = None
    """A PostgreSQL to use instead of a scratch server."""
    major: int | None = None
    cache: Path | None = None
    """Where SQLite templates are kept for later runs."""


class Workshop:
    """Lends databases; close it at the end of the run."""

    def __init__(self, wishes: Wishes) -> None:
        self.wishes = wishes
        self._ends = ExitStack()
        self._files: dict[str, Path] = {}
        self._stocks: dict[str, Stock] = {}
        self._failures: dict[tuple[str, str], LimosaError] = {}
        self._numbers = count(1)

    @contextmanager
    def lent(self, engine: str, *, at: str = "heads") -> Iterator[Database]:
        """Lend a database of this engine, migrated to a revision, for the length of a block."""
        if engine not in ENGINES:
            raise ConfigError(
                f"there is no test database of the kind '{engine}'",
                hint=f"limosa_engines takes {' and '.join(ENGINES)}",
                setting="limosa_engines",
            )
        with self._file(at) if engine == "sqlite" else self._stock(at).lent() as url:
            yield Database(url, at)

    def migrator(self, database: Database) -> Migrator:
        """The verbs on a database."""
        return Migrator(self._settings_on(database))

    def open(self, database: Database) -> Project:
        """What the verbs stand on, for a database."""
        return Project(self._settings_on(database))

    @cached_property
    def graph(self) -> Graph:
        """The project's revisions."""
        return Project(self._settings).graph

    def _settings_on(self, database: Database) -> Settings:
        wishes = self.wishes
        return load(project=wishes.project, environment=wishes.environment, url=database.parts.reveal())

    def close(self) -> None:
        """Remove everything that was made."""
        self._ends.close()

    @cached_property
    def _settings(self) -> Settings:
        # which database the project has of its own is never asked: that one is no business of a test's
        return load(project=self.wishes.project, environment=self.wishes.environment, needs_url=False)

    def _subject(self, at: str) -> Subject:
        return Subject(self.wishes.project, self.wishes.environment, at, self._settings, self.graph)

    def _once(self, engine: str, at: str, make: Callable[[], _T]) -> _T:
        """A migration that failed would fail for every test; it is told to each and tried once."""
        if (engine, at) in self._failures:
            raise self._failures[engine, at]
        try:
            return make()
        except LimosaError as error:
            self._failures[engine, at] = error
            raise

    # -- SQLite ------------------------------------------------------------------------------

    @contextmanager
    def _file(self, at: str) -> Iterator[DatabaseURL]:
        template = None if at == BASE else self._template_file(at)
        with scratch_database("sqlite") as url:
            if template is not None:
                shutil.copyfile(template, _path(url))
            yield url

    def _template_file(self, at: str) -> Path:
        if at not in self._files:
            path = _path(self._ends.enter_context(scratch_database("sqlite")))
            self._once("sqlite", at, lambda: bring(self._subject(at), path, cache=self.wishes.cache))
            self._files[at] = path
        return self._files[at]

    # -- PostgreSQL --------------------------------------------------------------------------

    @cached_property
    def _server(self) -> tuple[DatabaseURL, Warehouse]:
        from limosa.engines.postgresql.admin import Warehouse  # noqa: PLC0415  the driver

        wishes = self.wishes
        url = scratch_server(wishes.major, url=wishes.server).url()
        warehouse = Warehouse(url, prefix=_PREFIX, owner=secrets.token_hex(6))
        self._ends.callback(warehouse.close)
        return url, warehouse

    def _stock(self, at: str) -> Stock:
        if at not in self._stocks:
            self._stocks[at] = self._once("postgresql", at, lambda: self._stocked(at))
        return self._stocks[at]

    def _stocked(self, at: str) -> Stock:
        from limosa.scratch.copies import DatabaseCopies  # noqa: PLC0415  the driver
        from limosa.scratch.stock import Stock  # noqa: PLC0415

        server, warehouse = self._server
        template = warehouse.name_of(f"t{next(self._numbers)}")
        warehouse.create(template)
        try:
            if at != BASE:
                migrate(self._subject(at), replace(server, database=template))
            warehouse.close_off(template)
        except BaseException:
            warehouse.drop(template)
            raise
        stock = Stock(DatabaseCopies(server, warehouse, template, self._numbers))
        self._ends.callback(stock.close)
        return stock


def _path(url: DatabaseURL) -> Path:
    assert url.database is not None
    return Path(url.database)
