"""Traits of public projects that were adopted (docs/compatibility.md), each in a project of our own."""

from __future__ import annotations

import pytest

from limosa import Migrator, State
from tests.fixtures.projects import MakeProject
from tests.fixtures.targets import Target

TABLE = 'op.create_table("loft_{0}", sa.Column("id", sa.Integer, primary_key=True))'
LOCKED = """\
        with context.begin_transaction():
            connection.execute(text("SELECT pg_advisory_lock(hashtext('alembic'))"))
            context.run_migrations()
            context.get_bind().commit()
            connection.execute(text("SELECT pg_advisory_unlock(hashtext('alembic'))"))
"""
PLAIN = """\
        with context.begin_transaction():
            context.run_migrations()
"""
ENGINE_OF_A_CONNECTION = """\
    offered = config.attributes.get("connection")
    connectable = offered.engine if offered is not None else engine_from_config(
"""


def test_an_env_py_with_a_lock_of_its_own(project: MakeProject, pg: Target) -> None:
    """A session's advisory lock and timeouts that env.py sets do not get in the way of ours, up and down."""
    made = project(url=pg.url)
    text = made.env.read_text().replace(PLAIN, LOCKED)
    text = text.replace("import context\n", "import context\nfrom sqlalchemy import text\n")
    text = text.replace(
        "        context.configure(\n            connection",
        "        connection.execute(text('SET statement_timeout = 5000'))\n"
        "        connection.execute(text('SET lock_timeout = 4000'))\n"
        "        context.configure(\n            connection",
    )
    assert "pg_advisory_unlock" in text
    assert "statement_timeout" in text
    made.env.write_text(text)
    for number, down in enumerate((None, "r1", "r2"), 1):
        gone = f'op.drop_table("loft_{number}")'
        made.revise(f"r{number}", down, upgrade=TABLE.format(number), downgrade=gone)

    assert Migrator(project=made.root).upgrade().after == ("r3",)
    assert Migrator(project=made.root).downgrade("r1").after == ("r1",)
    made.alembic("upgrade", "head")
    assert Migrator(project=made.root).status().state is State.AT_HEAD
    assert pg.rows("SELECT count(*) FROM pg_locks WHERE locktype = 'advisory'") == [(0,)]


@pytest.mark.parametrize("engine", ["sqlite", "pg"])
def test_an_env_py_that_takes_a_connections_engine(
    project: MakeProject, engine: str, request: pytest.FixtureRequest
) -> None:
    """The connection that we offer need not be the one that is used."""
    target: Target = request.getfixturevalue(engine)
    made = project(url=target.url)
    text = made.env.read_text().replace("    connectable = engine_from_config(\n", ENGINE_OF_A_CONNECTION)
    assert "offered.engine" in text
    made.env.write_text(text)
    made.revise("r1", None, upgrade=TABLE.format(1), downgrade='op.drop_table("loft_1")')

    assert Migrator(project=made.root).upgrade().after == ("r1",)
    assert "loft_1" in target.tables()
    assert Migrator(project=made.root).downgrade("base").after == ()


@pytest.mark.parametrize("engine", ["sqlite", "pg"])
def test_a_history_that_begins_with_tables(
    project: MakeProject, engine: str, request: pytest.FixtureRequest
) -> None:
    """The first revision alters what the application made itself: unversioned, and upgraded as asked."""
    target: Target = request.getfixturevalue(engine)
    target.execute("CREATE TABLE loft (id integer PRIMARY KEY)")
    made = project(url=target.url)
    made.revise("r1", None, upgrade='op.add_column("loft", sa.Column("name", sa.Text))')

    assert Migrator(project=made.root).status().state is State.UNVERSIONED
    assert Migrator(project=made.root).upgrade().after == ("r1",)


def test_folders_of_revisions_by_branch(project: MakeProject, sqlite: Target) -> None:
    """Two branches grow from one root, each in a folder of its own, and both heads are reached."""
    made = project(url=sqlite.url)
    folders = {name: made.root / "more" / name for name in ("expand", "contract")}
    ini = made.ini.read_text().replace(
        "path_separator = os",
        "path_separator = os\nversion_locations = migrations/versions:more/expand:more/contract",
    )
    assert "more/expand" in ini
    made.ini.write_text(ini)
    made.revise("27e6", None, upgrade=TABLE.format("root"))
    for name, folder in folders.items():
        folder.mkdir(parents=True)
        file = made.revise(f"{name}1", "27e6", upgrade=TABLE.format(name), labels=name)
        file.rename(folder / file.name)

    migrator = Migrator(project=made.root)
    assert {head.id for head in migrator.heads()} == {"expand1", "contract1"}
    assert [point.id for point in migrator.branches()] == ["27e6"]
    assert migrator.upgrade("expand@head").after == ("expand1",)
    assert set(Migrator(project=made.root).upgrade("heads").after) == {"expand1", "contract1"}
    assert made.alembic("current").stdout.count("(head)") == 2
