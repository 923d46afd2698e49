"""A fresh ``upgrade head``: Limosa's executor against plain Alembic, whole processes, on both engines.

Limosa gives each revision a transaction of its own, a fence and a ledger entry; plain Alembic
does none of it (on PostgreSQL one transaction for all, on SQLite none at all).
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator

from _measure import Contender, Row, Sample, main, process, tool
from _projects import Project, project
from limosa.scratch import Server, nearest, start


def rows(small: bool) -> Iterator[Row]:
    """On SQLite, then on PostgreSQL."""
    with start(nearest(18).provider) as server, project(5 if small else 100) as made:
        for engine in ("SQLite", "PostgreSQL"):
            runs = {
                f"{name} upgrade head": fresh(made, name, server if engine == "PostgreSQL" else None)
                for name in ("limosa", "alembic")
            }
            work = f"fresh database through {made.count:,} revisions, {engine}"
            yield Row(work, "limosa upgrade head", "alembic upgrade head", runs, 1, rounds=5)


def fresh(made: Project, name: str, server: Server | None) -> Contender:
    """Measure an upgrade of a database that is made for it and dropped after it."""
    numbers = itertools.count(1)
    upgrade = process(tool(name), "upgrade", "head", cwd=made.root)

    def run() -> Sample:
        database = f"{name}{next(numbers)}"
        if server is None:
            made.use_sqlite(f"{database}.db")
            return upgrade()
        server.create_database(database)
        made.use(server.url(database).with_driver("psycopg").reveal())
        sample = upgrade()
        server.drop_database(database)
        return sample

    return run


if __name__ == "__main__":
    main("upgrade", rows)
