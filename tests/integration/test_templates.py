"""Each of Alembic's templates, its env.py as Alembic wrote it, goes up and down through Limosa."""

from __future__ import annotations

import logging
import secrets
import sys
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from limosa.errors import ConfigError, RevisionFailed
from limosa.migrator import Migrator
from limosa.model.status import State
from limosa.model.url import DatabaseURL, Secret
from tests.fixtures.projects import AlembicProject, MakeProject
from tests.fixtures.servers import Servers
from tests.fixtures.targets import Target, postgresql_target, sqlite_target

CREATE = """
op.create_table("pigeons", sa.Column("ring", sa.Integer, primary_key=True), sa.Column("loft", sa.String(20)))
op.execute("INSERT INTO pigeons VALUES (1, 'North'), (2, 'south')")
"""
BACKFILL = """
pigeons = sa.table("pigeons", sa.column("ring"), sa.column("loft"))
bind = op.get_bind()
for ring, loft in bind.execute(sa.select(pigeons.c.ring, pigeons.c.loft)).all():
    bind.execute(pigeons.update().where(pigeons.c.ring == ring).values(loft=loft.lower()))
"""
CONCURRENTLY = """
if op.get_bind().dialect.name == "postgresql":
    with op.get_context().autocommit_block():
        op.create_index("by_loft", "pigeons", ["loft"], postgresql_concurrently=True)
else:
    op.create_index("by_loft", "pigeons", ["loft"])
"""
DROP_INDEX = """
if op.get_bind().dialect.name == "postgresql":
    with op.get_context().autocommit_block():
        op.drop_index("by_loft", "pigeons", postgresql_concurrently=True)
else:
    op.drop_index("by_loft", "pigeons")
"""
FAIL = 'op.execute("CREATE TABLE half_done (id integer)")\nop.execute("INSERT INTO nowhere VALUES (1)")'
ROWS = "SELECT ring, loft FROM pigeons ORDER BY ring"
BACKFILLED = [(1, "north"), (2, "south")]
SINGLE = ("generic", "async", "pyproject", "pyproject_async")


def three_revisions(made: AlembicProject) -> None:
    """Write a schema change, a data change and an index, each with its way back."""
    made.revise("r1", None, upgrade=CREATE, downgrade='op.drop_table("pigeons")')
    made.revise("r2", "r1", upgrade=BACKFILL, downgrade='op.execute("UPDATE pigeons SET loft = upper(loft)")')
    made.revise("r3", "r2", upgrade=CONCURRENTLY, downgrade=DROP_INDEX)


def state_of(made: AlembicProject) -> State:
    """Ask anew where the database stands."""
    return Migrator(project=made.root).status().state


def versions(target: Target) -> list[str]:
    """Read the version rows from outside."""
    return [row for (row,) in target.rows("SELECT version_num FROM alembic_version")]


def walk(made: AlembicProject, target: Target) -> None:
    """Go up, down, up and over, and look at the database at each stop."""
    three_revisions(made)
    env = made.env.read_bytes()
    assert state_of(made) is State.EMPTY

    up = Migrator(project=made.root).upgrade()
    assert (up.before, up.after) == ((), ("r3",))
    assert [step.revision for step in up.steps] == ["r1", "r2", "r3"]
    assert versions(target) == ["r3"]
    assert target.rows(ROWS) == BACKFILLED
    assert state_of(made) is State.AT_HEAD
    assert has_index(target)

    assert Migrator(project=made.root).downgrade("-1").after == ("r2",)
    assert not has_index(target)
    assert state_of(made) is State.BEHIND
    assert Migrator(project=made.root).upgrade().after == ("r3",)
    assert has_index(target)

    assert Migrator(project=made.root).stamp("r1").after == ("r1",)
    assert versions(target) == ["r1"]
    assert target.rows(ROWS) == BACKFILLED
    assert has_index(target)
    assert made.env.read_bytes() == env


def has_index(target: Target) -> bool:
    """Is the third revision's index there, and fit for use?"""
    if target.engine == "sqlite":
        return bool(target.rows("SELECT 1 FROM sqlite_master WHERE type = 'index' AND name = 'by_loft'"))
    return target.rows("SELECT indisvalid FROM pg_index WHERE indexrelid = to_regclass('by_loft')") == [
        (True,)
    ]


@pytest.mark.parametrize("template", SINGLE)
def test_template_on_sqlite(project: MakeProject, sqlite: Target, template: str) -> None:
    """Each template with one database goes up, down, up and is stamped on SQLite."""
    walk(project(template, url=sqlite.url), sqlite)


@pytest.mark.parametrize(
    ("template", "driver"),
    [
        ("generic", None),
        ("generic", "psycopg"),
        ("pyproject", "psycopg"),
        ("async", "asyncpg"),
        ("async", "psycopg"),
        ("pyproject_async", "asyncpg"),
        ("pyproject_async", "psycopg"),
    ],
)
def test_template_on_postgresql(project: MakeProject, pg: Target, template: str, driver: str | None) -> None:
    """Each template with one database does so on PostgreSQL, CONCURRENTLY included, whatever its driver."""
    walk(project(template, url=pg.url.with_driver(driver).reveal()), pg)


@pytest.mark.parametrize("major", [16, 15])
def test_older_postgresql(project: MakeProject, servers: Servers, major: int) -> None:
    """The same on the older servers that we promise to serve."""
    with postgresql_target(servers.of(major)) as target:
        walk(project(url=target.url), target)


@pytest.mark.parametrize("second", ["sqlite", "pg"])
def test_multidb(
    project: MakeProject, tmp_path: Path, request: pytest.FixtureRequest, sqlite: Target, second: str
) -> None:
    """Both databases of the multidb template reach head and come back, each with a ledger of its own."""
    (tmp_path / "second").mkdir()
    other = request.getfixturevalue("pg") if second == "pg" else sqlite_target(tmp_path / "second")
    made = project("multidb")
    made.set_url(sqlite.url, section="engine1")
    made.set_url(other.url, section="engine2")
    made.revise(
        "r1",
        None,
        upgrade='op.create_table(f"of_{engine_name}", sa.Column("id", sa.Integer))',
        downgrade="pass",
    )
    made.revise(
        "r2",
        "r1",
        upgrade='op.add_column(f"of_{engine_name}", sa.Column("name", sa.Text))',
        downgrade='op.drop_column(f"of_{engine_name}", "name")',
    )

    assert Migrator(project=made.root).upgrade().after == ("r2",)
    for target, name in ((sqlite, "engine1"), (other, "engine2")):
        assert versions(target) == ["r2"]
        assert f"of_{name}" in target.tables()
        assert [
            step for (step,) in target.rows(f"SELECT revision FROM {ledger_of(target)} ORDER BY seq")
        ] == [
            "r1",
            "r2",
        ]
    assert Migrator(project=made.root).downgrade("-1").after == ("r1",)
    assert (versions(sqlite), versions(other)) == (["r1"], ["r1"])
    assert Migrator(project=made.root).stamp("base").after == ()
    assert (versions(sqlite), versions(other)) == ([], [])


def ledger_of(target: Target) -> str:
    """Name the ledger's table."""
    return "limosa_entry" if target.engine == "sqlite" else "limosa.entry"


@pytest.fixture(params=["sqlite", "pg"])
def engine(request: pytest.FixtureRequest) -> Target:
    """An empty database on each engine."""
    made: Target = request.getfixturevalue(request.param)
    return made


def test_multidb_takes_up_the_one_that_lags(project: MakeProject, tmp_path: Path, pg: Target) -> None:
    """When one of two databases is at head already, the other one is still taken there."""
    ahead = sqlite_target(tmp_path)
    made = project("multidb")
    made.set_url(ahead.url, section="engine1")
    made.set_url(pg.url, section="engine2")
    made.revise("r1", None, upgrade='op.create_table("pigeons", sa.Column("id", sa.Integer))')
    made.alembic("upgrade", "head")
    pg.execute("DELETE FROM alembic_version", "DROP TABLE pigeons")

    assert Migrator(project=made.root).upgrade().after == ("r1",)

    assert versions(pg) == ["r1"]
    assert "pigeons" in pg.tables()


@pytest.mark.parametrize("template", ["generic", "async"])
def test_one_transaction_a_revision(project: MakeProject, engine: Target, template: str) -> None:
    """When the third revision fails, the first two stay, and of the third nothing does."""
    made = project(template, url=engine.url)
    three_revisions(made)
    made.revise("r3", "r2", upgrade=FAIL, message="revision r3")

    with pytest.raises(RevisionFailed, match="nowhere") as caught:
        Migrator(project=made.root).upgrade()

    assert caught.value.fields["revision"] == "r3"
    assert versions(engine) == ["r2"]
    assert engine.rows(ROWS) == BACKFILLED
    assert "half_done" not in engine.tables()


def test_one_transaction_for_all_when_env_py_says_so(project: MakeProject, engine: Target) -> None:
    """With transaction_per_migration=False in env.py a failing second revision takes the first along."""
    made = project(url=engine.url)
    text = made.env.read_text()
    wanted = "target_metadata=target_metadata\n        )\n\n        with"
    assert wanted in text
    made.env.write_text(text.replace(wanted, wanted.replace("\n", ", transaction_per_migration=False\n", 1)))
    made.revise("r1", None, upgrade=CREATE)
    second = made.revise("r2", "r1", upgrade=FAIL)

    with pytest.raises(RevisionFailed):
        Migrator(project=made.root).upgrade()

    assert "pigeons" not in engine.tables()
    second.unlink()
    made.revise("r2", "r1", upgrade=BACKFILL)
    assert Migrator(project=made.root).upgrade().after == ("r2",)
    assert engine.rows(ROWS) == BACKFILLED


@pytest.mark.parametrize("template", ["generic", "async", "pyproject"])
def test_url_that_is_given_wins(project: MakeProject, tmp_path: Path, engine: Target, template: str) -> None:
    """The database of Migrator(url=...) is migrated, and the one in alembic.ini is not even made."""
    (tmp_path / "other").mkdir()
    other = sqlite_target(tmp_path / "other")
    made = project(template, url=other.url)
    three_revisions(made)

    assert Migrator(project=made.root, url=engine.url.reveal()).upgrade().after == ("r3",)

    assert versions(engine) == ["r3"]
    assert not other.path.exists()


def test_env_py_that_connects_elsewhere_is_refused(
    project: MakeProject, tmp_path: Path, engine: Target
) -> None:
    """An env.py with a URL of its own does not migrate its database when another one was named."""
    (tmp_path / "other").mkdir()
    other = sqlite_target(tmp_path / "other")
    made = project(url=other.url)
    three_revisions(made)
    text = made.env.read_text()
    made.env.write_text(
        text.replace(
            "config = context.config\n",
            f"config = context.config\nconfig.set_main_option('sqlalchemy.url', '{other.url.reveal()}')\n",
        )
    )

    with pytest.raises(ConfigError, match=r"env\.py connects to"):
        Migrator(project=made.root, url=engine.url.reveal()).upgrade()

    assert "pigeons" not in engine.tables()
    assert not other.path.exists() or other.tables() == set()


def test_two_projects_in_one_process(project: MakeProject, tmp_path: Path) -> None:
    """Each env.py imports the module beside its own alembic.ini, and sys.path is as it was."""
    monograms = [secrets.token_hex(4) for _ in range(2)]
    for name in monograms:
        (tmp_path / name).mkdir()
        target = sqlite_target(tmp_path / name)
        made = project(url=target.url, folder=f"project_{name}")
        (made.root / f"lofts_{name}.py").write_text("metadata = None\n")
        text = made.env.read_text().replace(
            "target_metadata = None", f"import lofts_{name}\ntarget_metadata = None"
        )
        made.env.write_text(text)
        three_revisions(made)
        before = list(sys.path)

        assert Migrator(project=made.root).upgrade().after == ("r3",)

        assert Path(sys.modules[f"lofts_{name}"].__file__ or "").parent == made.root
        assert sys.path == before


@pytest.fixture
def awkward(pg: Target) -> Iterator[DatabaseURL]:
    """The URL of a user whose password has every character that means something in a URL or an ini file."""
    name, password = f"pigeon_{secrets.token_hex(4)}", "p%40 @s/w:r?d#%(x)s&=+"
    database = pg.url.database
    pg.execute(
        f"CREATE ROLE {name} LOGIN PASSWORD '{password}'",
        f"GRANT ALL ON DATABASE {database} TO {name}",
        f"GRANT ALL ON SCHEMA public TO {name}",
    )
    yield replace(pg.url, username=name, password=Secret(password))
    pg.execute(f"DROP OWNED BY {name}", f"DROP ROLE {name}")


@pytest.mark.parametrize("template", ["generic", "async"])
@pytest.mark.parametrize("given", ["ini", "url"])
def test_awkward_passwords(
    project: MakeProject, pg: Target, awkward: DatabaseURL, template: str, given: str
) -> None:
    """A password with %, @ and / works, from alembic.ini as well as from the call."""
    made = project(template, url=awkward if given == "ini" else None)
    three_revisions(made)
    url = awkward.reveal() if given == "url" else None

    assert Migrator(project=made.root, url=url).upgrade().after == ("r3",)

    assert versions(pg) == ["r3"]
    assert pg.rows("SELECT DISTINCT tableowner::text FROM pg_tables WHERE tablename = 'pigeons'") == [
        (awkward.username,)
    ]


def snapshot_of_logging() -> dict[str, tuple[object, ...]]:
    """Note what a call of fileConfig would change."""
    loggers = {"": logging.getLogger()} | {
        name: logger
        for name, logger in logging.root.manager.loggerDict.items()
        if isinstance(logger, logging.Logger) and name.startswith(("app", "alembic", "sqlalchemy.engine"))
    }
    return {
        name: (logger.level, tuple(logger.handlers), logger.disabled, logger.propagate)
        for name, logger in loggers.items()
    }


@pytest.fixture
def log_file(tmp_path: Path) -> Iterator[Callable[[], str]]:
    """A log file of the application's; the function returns what was written into it."""
    handler = logging.FileHandler(tmp_path / "app.log", encoding="utf-8")
    logger = logging.getLogger("app.orders")
    logger.setLevel(logging.DEBUG)
    logger.addHandler(handler)
    yield (tmp_path / "app.log").read_text
    logger.removeHandler(handler)
    handler.close()


SETS_UP_LOGGING = """
import logging.config


def set_up(name):
    handler = {"class": "logging.NullHandler"}
    loggers = {name: {"handlers": ["own"]}}
    own = {"handlers": {"own": handler}, "loggers": loggers}
    logging.config.dictConfig({"version": 1, "disable_existing_loggers": False, **own})


set_up("its.import")
assert logging.getLogger("its.import").handlers, "the application rests on it"
"""


def test_an_imported_application_sets_up_its_logging(project: MakeProject, sqlite: Target) -> None:
    """What env.py imports may look for its handlers at once; what env.py calls itself is still left out."""
    made = project(url=sqlite.url)
    three_revisions(made)
    name = f"application_{made.root.parent.name}"
    (made.root / f"{name}.py").write_text(SETS_UP_LOGGING)
    made.env.write_text(f"import {name}\n\n{name}.set_up('its.call')\n" + made.env.read_text())

    Migrator(project=made.root).upgrade()

    assert logging.getLogger("its.import").handlers
    assert not logging.getLogger("its.call").handlers


@pytest.mark.parametrize("template", ["generic", "async"])
def test_logging_of_the_application_is_left_alone(
    project: MakeProject, engine: Target, log_file: Callable[[], str], template: str
) -> None:
    """Handlers, levels and disabled flags stay, though env.py calls fileConfig, and a log file stays open."""
    made = project(template, url=engine.url)
    three_revisions(made)
    assert "fileConfig(" in made.env.read_text()
    before = snapshot_of_logging()

    Migrator(project=made.root).upgrade()

    after = snapshot_of_logging()
    assert {name: after[name] for name in before} == before
    logging.getLogger("app.orders").info("still here")
    assert log_file() == "still here\n"
