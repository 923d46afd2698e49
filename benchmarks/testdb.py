"""A test's database: a copy of a template beside a migration, and what passes between two tests of one run.

The copies are made by what the pytest plugin makes them with, in its process; the peer is what a
fixture without the plugin calls. On PostgreSQL neither has to make the database that Alembic fills.
"""

from __future__ import annotations

import itertools
import secrets
import sqlite3
import time
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import psycopg

from _measure import Contender, Row, Sample, call, main, process, tool
from _projects import Project, project
from limosa.engines.postgresql.admin import Warehouse
from limosa.scratch.copies import DatabaseCopies
from limosa.scratch.databases import scratch_server
from limosa.testing.database import Database
from limosa.testing.workshop import Wishes, Workshop

BUDGET_MS = 5
TABLES_WRITTEN = 5


def rows(small: bool) -> Iterator[Row]:
    """On SQLite and PostgreSQL: a database, then another one for the next test."""
    with project(5 if small else 100) as made:
        workshop = Workshop(Wishes(project=made.root))
        with closing(workshop), copies(made) as of_postgresql:
            peer = "alembic upgrade head"
            work = f"a test database at revision {made.count}"
            ours = {"SQLite": call(lambda: used(workshop, "sqlite")), "PostgreSQL": call(of_postgresql.make)}
            for engine, goal in (("SQLite", 200), ("PostgreSQL", 3)):
                contenders = {"a copy of the template": ours[engine], peer: migration(made, engine)}
                yield Row(f"{work}, {engine}", "a copy of the template", peer, contenders, goal)
            for engine in ("SQLite", "PostgreSQL"):
                yield between(engine, "the next database", Turns(workshop, engine.lower()))
            yield between("PostgreSQL", "none kept ahead", Restorations(of_postgresql))


def between(engine: str, name: str, ours: Contender) -> Row:
    """From the end of a test that committed to the begin of the next."""
    budget = f"{BUDGET_MS} ms"
    contenders = {name: ours, budget: lambda: Sample(BUDGET_MS / 1000, BUDGET_MS / 1000)}
    work = f"between two tests that wrote into {TABLES_WRITTEN} tables and committed, {engine}, {name}"
    return Row(work, name, budget, contenders, 1, rounds=100)


class Turns:
    """Tests, one after the other; what is measured lies between them."""

    def __init__(self, workshop: Workshop, engine: str) -> None:
        self._workshop = workshop
        self._engine = engine
        self._stack = ExitStack()
        self._database = self._next()

    def __call__(self) -> Sample:
        """Run a test, and make ready for the next."""
        write(self._database)
        cpu, wall = time.process_time(), time.perf_counter()
        self._stack.close()
        self._database = self._next()
        return Sample(time.perf_counter() - wall, time.process_time() - cpu)

    def _next(self) -> Database:
        return self._stack.enter_context(self._workshop.lent(self._engine))


class Restorations:
    """The same with one database alone: what the thread behind the tests does, and what nothing hides."""

    def __init__(self, source: DatabaseCopies) -> None:
        self._source = source
        self._url = source.make()

    def __call__(self) -> Sample:
        """Run a test, and restore its database."""
        write(Database(self._url, "heads"))
        return call(lambda: self._source.renew(self._url))()


def write(database: Database) -> None:
    """What a test does: it finds nothing in the tables, writes into some, and commits."""
    with closing(connected(database)) as connection, closing(connection.cursor()) as cursor:
        for number in range(1, TABLES_WRITTEN + 1):
            cursor.execute(f"SELECT count(*) FROM t{number}")  # noqa: S608
            assert cursor.fetchone() == (0,)
            cursor.execute(f"INSERT INTO t{number} (name) VALUES ('a'), ('b')")  # noqa: S608
        connection.commit()


def connected(database: Database) -> Any:
    """Connect by the driver itself."""
    if database.engine == "postgresql":
        return psycopg.connect(database.driver_url)
    return sqlite3.connect(str(database.parts.database))


def used(workshop: Workshop, engine: str) -> None:
    """Take a database and give it back."""
    with workshop.lent(engine):
        pass


@contextmanager
def copies(made: Project) -> Iterator[DatabaseCopies]:
    """Make copies by CREATE DATABASE from a template, with all that the plugin does about it."""
    server = scratch_server().url()
    with closing(Warehouse(server, prefix="limosa_bench_", owner=secrets.token_hex(4))) as warehouse:
        template = warehouse.name_of("t")
        warehouse.create(template)
        made.use(replace(server, database=template).synchronous().reveal())
        process(tool("alembic"), "upgrade", "head", cwd=made.root)()
        with closing(DatabaseCopies(server, warehouse, template, itertools.count(1))) as source:
            yield source


def migration(made: Project, engine: str) -> Contender:
    """Measure Alembic on an empty database, made before and dropped after."""
    numbers = itertools.count(1)
    upgrade = process(tool("alembic"), "upgrade", "head", cwd=made.root)
    server = scratch_server()

    def run() -> Sample:
        name = f"alembic{next(numbers)}"
        if engine == "SQLite":
            file = made.use_sqlite(f"{name}.db")
            sample = upgrade()
            Path(file).unlink()
            return sample
        server.create_database(name)
        made.use(server.url(name).synchronous().reveal())
        sample = upgrade()
        server.drop_database(name)
        return sample

    return run


if __name__ == "__main__":
    main("testdb", rows)
