"""``check`` when nothing changed since it last passed: beside ``compare_metadata`` and ``alembic check``.

Tables of ten columns with two indexes and one foreign key each, on PostgreSQL; the models lie in a
module of the project. The floor is one connection and one hash over the catalogue.
"""

from __future__ import annotations

import importlib.util
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext

from _measure import Row, Sample, call, main, process, tool
from _projects import Project, project, stamp
from limosa import Migrator
from limosa.engines.base import opened
from limosa.engines.registry import engine_for
from limosa.model.limits import Limits
from limosa.model.url import DatabaseURL
from limosa.scratch import nearest, start

MODELS = '''"""The models of the benchmark."""

import sqlalchemy as sa

metadata = sa.MetaData()
for number in range({count}):
    sa.Table(
        f"t{{number}}",
        metadata,
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("parent_id", sa.ForeignKey(f"t{{max(number - 1, 0)}}.id"), index=True),
        sa.Column("name", sa.String(50), nullable=False, index=True),
        *(sa.Column(f"c{{place}}", sa.String(50)) for place in range(7)),
    )
'''
ENV = """
sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
from shop_models import metadata as target_metadata
"""


@dataclass(frozen=True)
class Shop:
    """A project whose database is as its models say."""

    made: Project
    url: DatabaseURL
    metadata: sa.MetaData
    connection: sa.Connection
    migrator: Migrator

    def compared(self) -> object:
        """What Alembic's API finds, on a connection that is open already."""
        return compare_metadata(MigrationContext.configure(self.connection), self.metadata)

    def checked(self) -> str:
        """What ours finds; it opens its own connection."""
        report = self.migrator.check()
        return f"{report.verdict} {report.unchanged}"

    def hashed(self) -> str:
        """The floor."""
        engine = engine_for(self.url)
        with opened(engine, self.url, limits=Limits(), application="bench") as session:
            return engine.catalogue(session)


@contextmanager
def shop(count: int) -> Iterator[Shop]:
    """Make the project, its database, and let a first check pass."""
    with start(nearest(18).provider) as server, project(1) as made:
        server.create_database("bench")
        url = server.url("bench").with_driver("psycopg")
        made.use(url.reveal())
        models = made.root / "shop_models.py"
        models.write_text(MODELS.format(count=count))
        env = made.root / "migrations" / "env.py"
        env.write_text("import os\nimport sys\n" + env.read_text().replace("target_metadata = None", ENV))
        metadata = loaded(models)
        engine = sa.create_engine(url.reveal())
        with engine.begin() as connection:
            metadata.create_all(connection)
            connection.exec_driver_sql(stamp(made.head))
        time.sleep(0.1)  # what was just written may still change, and would not be remembered
        migrator = Migrator(project=made.root)
        assert migrator.check().passed
        assert migrator.check().unchanged
        with engine.connect() as connection:
            yield Shop(made, url, metadata, connection, migrator)
        engine.dispose()


def loaded(path: Path) -> sa.MetaData:
    """Import the models under another name than the project does."""
    spec = importlib.util.spec_from_file_location("benchmark_models", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    found: sa.MetaData = module.metadata
    return found


def rows(small: bool) -> Iterator[Row]:
    """In process, and whole processes."""
    count = 5 if small else 500
    with shop(count) as made:
        yield Row(
            f"`check` when nothing changed, {count} tables, in process",
            "Migrator.check()",
            "compare_metadata()",
            {
                "Migrator.check()": call(made.checked),
                "compare_metadata()": call(made.compared),
                "floor: connect, hash the catalogue": call(made.hashed),
            },
            goal=30,
            check=same_in_process,
        )
        yield Row(
            f"`check` when nothing changed, {count} tables, whole process",
            "limosa check",
            "alembic check",
            {
                "limosa check": process(tool("limosa"), "check", cwd=made.made.root),
                "alembic check": process(tool("alembic"), "check", cwd=made.made.root),
            },
            goal=3,
            check=same_in_processes,
        )


def same_in_process(first: Mapping[str, Sample]) -> None:
    """Both found nothing, and ours did not compare."""
    assert first["Migrator.check()"].output == "passed True", first
    assert first["compare_metadata()"].output == "[]", first


def same_in_processes(first: Mapping[str, Sample]) -> None:
    """Both passed; the first of ours compared, the next ones need not."""
    assert "passed" in first["limosa check"].output, first
    assert "No new upgrade operations detected" in first["alembic check"].output, first


if __name__ == "__main__":
    main("check", rows)
