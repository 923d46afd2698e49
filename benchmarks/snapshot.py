"""A new database through 1,000 revisions: Limosa from a snapshot against plain Alembic, whole processes.

Limosa's snapshot stands for all of them; the database is locked, fenced, recorded and made in one
transaction. Both sides end with the same tables, which the first round looks at.
"""

from __future__ import annotations

import itertools
import sqlite3
from collections.abc import Iterator, Mapping

from _measure import Contender, Row, Sample, main, process, tool
from _projects import Project, project
from limosa.migrator import Migrator
from limosa.scratch import Server, nearest, start


def rows(small: bool) -> Iterator[Row]:
    """On SQLite, then on PostgreSQL."""
    count = 10 if small else 1000
    with start(nearest(18).provider) as server, project(count) as made:
        for engine, goal in (("SQLite", 20.0), ("PostgreSQL", 1.5)):
            chosen = server if engine == "PostgreSQL" else None
            _snapshot(made, chosen)
            runs = {f"{name} upgrade head": fresh(made, name, chosen) for name in ("limosa", "alembic")}
            yield Row(
                f"new database from a snapshot of {count:,} revisions, {engine}",
                "limosa upgrade head",
                "alembic upgrade head",
                runs,
                goal,
                rounds=3,
                check=_are_equal,
            )


def _snapshot(made: Project, server: Server | None) -> None:
    if server is None:
        made.use_sqlite()
    else:
        made.use(server.url("postgres").with_driver("psycopg").reveal())
    Migrator(project=made.root).snapshot()


def fresh(made: Project, name: str, server: Server | None) -> Contender:
    """Measure an upgrade of a database that is made for it and dropped after it; its tables are counted."""
    numbers = itertools.count(1)
    upgrade = process(tool(name), "upgrade", "head", cwd=made.root)

    def run() -> Sample:
        database = f"snapshot_{name}{next(numbers)}"
        if server is None:
            file = made.use_sqlite(f"{database}.db")
            sample = upgrade()
            with sqlite3.connect(file) as connection:
                found = connection.execute(
                    "SELECT count(*) FROM sqlite_master WHERE name LIKE 't%'"
                ).fetchone()
            connection.close()
            file.unlink()
            return Sample(sample.wall_s, sample.cpu_s, sample.peak_kib, str(found))
        url = server.create_database(database).with_driver("psycopg")
        made.use(url.reveal())
        sample = upgrade()
        found = _tables(url.with_driver(None).reveal())
        server.drop_database(database)
        return Sample(sample.wall_s, sample.cpu_s, sample.peak_kib, str(found))

    return run


def _tables(url: str) -> object:
    import psycopg  # noqa: PLC0415  beside its only use

    with psycopg.connect(url) as connection:
        return connection.execute(
            "SELECT count(*) FROM pg_tables WHERE schemaname = 'public' AND tablename LIKE 't%'"
        ).fetchone()


def _are_equal(first: Mapping[str, Sample]) -> None:
    outputs = {sample.output for sample in first.values()}
    assert len(outputs) == 1, outputs
    assert outputs != {"(0,)"}, "nothing was made"


if __name__ == "__main__":
    main("snapshot", rows)
