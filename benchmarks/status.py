"""Where does the database stand? Asked by an application at its start, in process, over an open connection.

The peer is what applications write with Alembic's API: ScriptDirectory and MigrationContext. The first
look reads the revision files again, as far as they are not as they were; the second asks the database alone.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping

from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, create_engine, text

from _measure import Row, Sample, call, main, process
from _projects import Project, postgresql, project
from limosa import Migrator
from limosa.scratch import nearest, start

LIMOSA = "import sys; from limosa import Migrator; print(Migrator(project=sys.argv[1]).status().current)"
ALEMBIC = """
import sys
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import create_engine
config = Config(sys.argv[1] + "/alembic.ini")
with create_engine(config.get_main_option("sqlalchemy.url")).connect() as connection:
    print(ScriptDirectory.from_config(config).get_heads())
    print(MigrationContext.configure(connection).get_current_heads())
"""


def rows(small: bool) -> Iterator[Row]:
    """First and second look, on both engines."""
    with start(nearest(18).provider) as server, project(20 if small else 1000) as made:
        made.stamped_sqlite()
        yield from looks(made, "SQLite", small=small)
        yield whole(made, small=small)
        postgresql(made, server)
        yield from looks(made, "PostgreSQL", small=small)


def looks(made: Project, kind: str, *, small: bool) -> Iterator[Row]:
    """Both looks at one database."""
    made.settle()
    engine = create_engine(made.url, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection, Migrator(project=made.root) as migrator:

        def first() -> tuple[str, ...]:
            migrator._project.forget_graph()  # noqa: SLF001  as if the process had only just begun
            return migrator.status().current

        def select() -> tuple[str, ...]:
            found = connection.execute(text("SELECT version_num FROM alembic_version")).scalars()
            return tuple(str(each) for each in found)

        def check(samples: Mapping[str, Sample]) -> None:
            assert all(made.head in sample.output for sample in samples.values()), samples

        alembic = {"ScriptDirectory + MigrationContext": call(lambda: peer(made, connection))}
        work = f"status in process, {kind}, {made.count:,} revisions"
        ours = {"first status()": call(first)}
        names = next(iter(ours)), next(iter(alembic))
        yield Row(f"{work}, first look", *names, ours | alembic, 1 if small else 30, rounds=15, check=check)
        again = {
            "second status()": call(lambda: migrator.status().current, times=1 if small else 50),
            "floor: SELECT through SQLAlchemy": call(select, times=1 if small else 50),
        }
        yield Row(
            f"{work}, second look", "second status()", names[1], again | alembic, 1 if small else 100,
            rounds=15, check=check,
        )  # fmt: skip


def whole(made: Project, *, small: bool) -> Row:
    """The same as processes of their own, imports included: this is where memory can be counted."""

    def check(samples: Mapping[str, Sample]) -> None:
        assert all(made.head in sample.output for sample in samples.values()), samples

    runs = {
        "Migrator.status()": process(sys.executable, "-c", LIMOSA, made.root),
        "ScriptDirectory + MigrationContext": process(sys.executable, "-c", ALEMBIC, made.root),
    }
    work = f"status by the API, whole process, SQLite, {made.count:,} revisions"
    ours, other = runs
    return Row(work, ours, other, runs, 1 if small else 4, check=check)


def peer(made: Project, connection: Connection) -> tuple[str, ...]:
    """Do what Alembic's cookbook does."""
    script = ScriptDirectory.from_config(Config(str(made.ini)))
    current = MigrationContext.configure(connection).get_current_heads()
    assert set(script.get_heads()) == set(current)
    return tuple(current)


if __name__ == "__main__":
    main("status", rows)
