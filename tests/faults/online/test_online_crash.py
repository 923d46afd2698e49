"""A revision of operations for live tables is killed anywhere, and the next run ends where it would have."""

from __future__ import annotations

import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace

import pytest

from tests.faults.points import spread
from tests.faults.runs import Ended, Runs
from tests.faults.server_view import CREATING, NOBODY_AT_WORK, await_rows
from tests.fixtures.projects import AlembicProject
from tests.fixtures.targets import Target

TABLES = """
op.execute("CREATE TABLE thing (id integer PRIMARY KEY, n integer, m integer, updated_at timestamptz)")
op.execute("INSERT INTO thing SELECT i, i, i FROM generate_series(1, 40000) i")
op.execute("CREATE INDEX ix_old ON thing (m)")
op.execute("CREATE TABLE small (id integer PRIMARY KEY, n integer)")
op.execute("CREATE TABLE counter (value integer)")
op.execute("INSERT INTO counter VALUES (0)")
"""
COUNT = "UPDATE counter SET value = value + 1"
INDEX = "CREATE INDEX CONCURRENTLY ix_thing_n ON thing (n)"
UP = f"""
from limosa import online
op.execute("CREATE TABLE fresh AS SELECT i AS n FROM generate_series(1, 40000) i")
online.create_index_online("ix_fresh", "fresh", ["n"])
online.create_index_online("ix_small", "small", ["n"])
online.create_updated_at_trigger("thing")
kept = online.update_remembered("marked", "thing", {{"m": -1}}, where=sa.column("id") <= 100)
assert kept == 100, kept
op.execute("{COUNT}")
online.create_index_online("ix_thing_n", "thing", ["n"])
op.execute("{COUNT}")
online.create_index_online("ix_thing_id", "thing", ["id", "n"], unique=True)
online.drop_index_online("ix_old")
online.create_index_online("ix_small_too", "small", ["n"])
op.execute("{COUNT}")
"""
DOWN = """
from limosa import online
online.restore_remembered("marked")
online.drop_index_online("ix_thing_id")
online.drop_index_online("ix_thing_n")
online.drop_updated_at_trigger("thing")
online.create_index_online("ix_old", "thing", ["m"])
op.drop_table("fresh")
op.drop_index("ix_small")
op.drop_index("ix_small_too")
"""


@pytest.fixture
def made(project: Callable[..., AlembicProject], pg: Target, runs: Runs) -> AlembicProject:
    """A project whose second revision is all operations, on a database at the first."""
    made = project(url=pg.url)
    made.revise("001", None, upgrade=TABLES, message="tables")
    made.revise("002", "001", upgrade=UP, downgrade=DOWN, message="operations")
    runs.run(made.root, "upgrade", "001", url=pg.url.reveal()).succeeded()
    return made


@contextmanager
def copy_of(target: Target) -> Iterator[Target]:
    """Provide a copy of the database."""
    assert target.server is not None
    with target.server.database(template=target.url.database) as url:
        yield replace(target, url=url.with_driver("psycopg"))


def run(
    runs: Runs, project: AlembicProject, target: Target, *, down: bool = False, **options: object
) -> Ended:
    """Go up to head, or down to the first revision."""
    verb, to = ("downgrade", "001") if down else ("upgrade", "head")
    return runs.run(project.root, verb, to, url=target.url.reveal(), **options)


def indexes(target: Target) -> dict[str, bool]:
    """Return whether each index is valid."""
    found = target.rows(
        "SELECT c.relname, i.indisvalid FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid "
        "WHERE NOT i.indisprimary AND c.relnamespace = 'public'::regnamespace"
    )
    return dict(found)


def assert_up(target: Target) -> None:
    """Everything is there, each statement has had its effect once, and no work in progress is left."""
    assert target.rows("SELECT version_num FROM alembic_version") == [("002",)]
    names = ("ix_fresh", "ix_small", "ix_small_too", "ix_thing_id", "ix_thing_n")
    assert indexes(target) == dict.fromkeys(names, True)
    assert target.rows("SELECT value FROM counter") == [(3,)]
    assert target.rows("SELECT count(*) FROM thing WHERE m = -1") == [(100,)]
    assert target.rows("SELECT count(*) FROM limosa.remembered_marked") == [(100,)]
    assert target.rows("SELECT * FROM limosa.checkpoint") == []


def assert_down(target: Target) -> None:
    """It is as it was."""
    assert target.rows("SELECT version_num FROM alembic_version") == [("001",)]
    assert indexes(target) == {"ix_old": True}
    assert target.rows("SELECT count(*) FROM thing WHERE m = n") == [(40_000,)]
    assert target.rows("SELECT * FROM limosa.checkpoint") == []
    assert "limosa.remembered_marked" not in target.tables()


@pytest.mark.parametrize("is_grown", [False, True])
def test_killed_going_up(made: AlembicProject, pg: Target, runs: Runs, is_grown: bool) -> None:
    """SIGKILL at statements all over the way; also where a small table has grown large meanwhile."""
    with copy_of(pg) as target:
        undisturbed = run(runs, made, target, every_statement=True).succeeded()
        assert_up(target)
    for point in spread(undisturbed.boundaries, 5):
        with copy_of(pg) as target:
            assert run(runs, made, target, every_statement=True, kill_at=point).was_killed, point
            await_rows(target, NOBODY_AT_WORK)
            if is_grown:
                target.execute("INSERT INTO small SELECT i, i FROM generate_series(1, 40000) i")
            run(runs, made, target).succeeded()
            assert_up(target)


def test_killed_going_down(made: AlembicProject, pg: Target, runs: Runs) -> None:
    """SIGKILL on the way down, where what was remembered is forgotten before the first commit."""
    run(runs, made, pg).succeeded()
    with copy_of(pg) as target:
        undisturbed = run(runs, made, target, down=True, every_statement=True).succeeded()
        assert_down(target)
    for point in spread(undisturbed.boundaries, 4):
        with copy_of(pg) as target:
            assert run(runs, made, target, down=True, every_statement=True, kill_at=point).was_killed, point
            run(runs, made, target, down=True).succeeded()
            assert_down(target)


@pytest.mark.parametrize("is_emptied", [False, True])
def test_killed_while_the_index_is_built(
    made: AlembicProject, pg: Target, runs: Runs, is_emptied: bool
) -> None:
    """The INVALID index of a dead run is built again, also where nobody would build it CONCURRENTLY now."""
    begun = runs.start(
        made.root, url=pg.url.reveal(), pause_at=({"event": "StatementStarted", "sql": INDEX},)
    )
    begun.paused()
    with pg.connect(autocommit=False) as connection:
        connection.execute("UPDATE thing SET n = n WHERE id = 1")
        begun.go()
        await_rows(pg, CREATING)
        begun.signal(signal.SIGKILL)
        assert begun.end().was_killed
        await_rows(pg, NOBODY_AT_WORK)
    assert indexes(pg)["ix_thing_n"] is False
    if is_emptied:
        pg.execute("DELETE FROM thing WHERE id > 100", "VACUUM FULL thing")

    run(runs, made, pg).succeeded()

    assert_up(pg)


MEANWHILE = {
    "nothing": (),
    "the table was emptied": ("DELETE FROM thing WHERE id > 100", "VACUUM FULL thing"),
    "the server finished it": (INDEX,),
}


@pytest.mark.parametrize("meanwhile", MEANWHILE)
def test_killed_with_only_the_intent_written(
    made: AlembicProject, pg: Target, runs: Runs, meanwhile: str
) -> None:
    """The index is built in whichever form fits now, and not where the dead run's server built it."""
    begun = runs.start(
        made.root, url=pg.url.reveal(), pause_at=({"event": "StatementStarted", "sql": INDEX},)
    )
    begun.paused()
    begun.signal(signal.SIGKILL)
    assert begun.end().was_killed
    assert pg.rows("SELECT intent FROM limosa.checkpoint") == [(INDEX,)]
    pg.execute(*MEANWHILE[meanwhile])

    run(runs, made, pg).succeeded()

    assert_up(pg)
