"""A revision that commits in its middle is killed everywhere, and each of its effects still happens once."""

from __future__ import annotations

import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace

import psycopg
import pytest

from tests.faults.fingerprint import fingerprint
from tests.faults.points import spread
from tests.faults.runs import Ended, Runs
from tests.faults.server_view import CREATING, NOBODY_AT_WORK, await_rows
from tests.fixtures.projects import AlembicProject
from tests.fixtures.targets import Target
from tests.integration.cli.shell import Shell

TABLES = """
op.execute("CREATE TABLE thing (id integer PRIMARY KEY, n integer, m integer)")
op.execute("INSERT INTO thing SELECT i, i, i FROM generate_series(1, 100) i")
op.execute("CREATE TABLE counter (value integer)")
op.execute("INSERT INTO counter VALUES (0)")
"""
INDEX = "CREATE INDEX CONCURRENTLY ix_thing_n ON thing (n)"
UPDATE = "UPDATE counter SET value = value + 1"
STEPS = f"""
op.add_column("thing", sa.Column("a", sa.Integer()))
with op.get_context().autocommit_block():
    op.execute("{INDEX}")
    op.execute("{UPDATE}")
    op.create_index("ix_thing_m", "thing", ["m"], postgresql_concurrently=True)
op.add_column("thing", sa.Column("b", sa.Integer()))
"""


@pytest.fixture
def made(project: Callable[..., AlembicProject], pg: Target, runs: Runs) -> AlembicProject:
    """A project whose second revision has an autocommit block, on a database at the first."""
    made = project(url=pg.url)
    made.revise("001", None, upgrade=TABLES, message="tables")
    made.revise("002", "001", upgrade=STEPS, message="steps")
    runs.run(made.root, "upgrade", "001", url=pg.url.reveal()).succeeded()
    return made


@contextmanager
def copy_of(target: Target) -> Iterator[Target]:
    """Provide a copy of the database."""
    assert target.server is not None
    with target.server.database(template=target.url.database) as url:
        yield replace(target, url=url.with_driver("psycopg"))


def upgrade(runs: Runs, project: AlembicProject, target: Target, **options: object) -> Ended:
    """Upgrade to head."""
    return runs.run(project.root, "upgrade", "head", url=target.url.reveal(), **options)


def assert_done_once(target: Target) -> None:
    """Everything is there, nothing twice, and nothing of the work in progress is left."""
    assert target.rows("SELECT version_num FROM alembic_version") == [("002",)]
    assert target.rows("SELECT value FROM counter") == [(1,)]
    columns = "SELECT attname FROM pg_attribute WHERE attrelid = 'thing'::regclass AND attnum > 0 ORDER BY 1"
    assert [name for (name,) in target.rows(columns)] == ["a", "b", "id", "m", "n"]
    indexes = "SELECT indexrelid::regclass::text, indisvalid FROM pg_index WHERE indrelid = 'thing'::regclass"
    assert sorted(target.rows(indexes)) == [("ix_thing_m", True), ("ix_thing_n", True), ("thing_pkey", True)]
    assert target.rows("SELECT * FROM limosa.checkpoint") == []
    entries = "SELECT outcome FROM limosa.entry WHERE revision = '002' AND outcome = 'applied'"
    assert target.rows(entries) == [("applied",)]


def test_killed_at_every_boundary(made: AlembicProject, pg: Target, runs: Runs) -> None:
    """SIGKILL before and after each statement, Limosa's own included: a re-run ends with each effect once."""
    with copy_of(pg) as target:
        undisturbed = upgrade(runs, made, target, every_statement=True).succeeded()
        assert_done_once(target)
    assert undisturbed.boundaries > 50
    # all points from an UPDATE that commits by itself to its end, and some of the others
    around = [message["passed"] for message in undisturbed.messages if message.get("sql") == UPDATE]
    for point in sorted({*range(around[0], around[-1] + 2), *spread(undisturbed.boundaries, 8)}):
        with copy_of(pg) as target:
            assert upgrade(runs, made, target, every_statement=True, kill_at=point).was_killed, point
            upgrade(runs, made, target).succeeded()
            assert_done_once(target)


@contextmanager
def old_transaction(target: Target) -> Iterator[None]:
    """Hold a transaction open that wrote to the table: an index built CONCURRENTLY waits for its end."""
    with target.connect(autocommit=False) as connection:
        connection.execute("UPDATE thing SET n = n WHERE id = 1")
        yield


@contextmanager
def killed_while_building(runs: Runs, project: AlembicProject, target: Target) -> Iterator[None]:
    """SIGKILL an upgrade in the middle of its first index, which waits for the end of the block."""
    run = runs.start(
        project.root, url=target.url.reveal(), pause_at=({"event": "StatementStarted", "sql": INDEX},)
    )
    run.paused()
    with old_transaction(target):
        run.go()
        await_rows(target, CREATING)
        run.signal(signal.SIGKILL)
        assert run.end().was_killed
        yield


def test_index_left_invalid_is_built_again(made: AlembicProject, pg: Target, runs: Runs) -> None:
    """The server gives up the index of a dead runner, INVALID; the next run drops it and builds it anew."""
    with killed_while_building(runs, made, pg):
        await_rows(pg, NOBODY_AT_WORK)
    assert pg.rows("SELECT indisvalid FROM pg_index WHERE indexrelid = 'ix_thing_n'::regclass") == [(False,)]

    ended = upgrade(runs, made, pg).succeeded()

    assert any("ix_thing_n" in notice and "built again" in notice for notice in ended.notices)
    assert_done_once(pg)


def test_what_a_dead_runner_left_at_work_is_waited_for(made: AlembicProject, pg: Target, runs: Runs) -> None:
    """Started at once after the kill, the next run says that it waits for the orphan, then makes it whole."""
    with killed_while_building(runs, made, pg):
        run = runs.start(made.root, url=pg.url.reveal())
        told = run.follow(event="Notice")
    ended = run.end().succeeded()

    assert "waiting for what an earlier runner left at work" in told["text"]
    assert INDEX in told["text"]
    assert ended.statements.count(UPDATE) == 1
    assert_done_once(pg)


EDITS = {
    "a statement that was done is another": ("value + 1", "value + 10"),
    "the statement that was begun is another": ("ix_thing_m", "ix_other"),
    "what was done is not in it": (STEPS[STEPS.index("with") : STEPS.index("op.add_column", 9)], ""),
    "it ends before what was begun": (STEPS[STEPS.index("    op.create_index") :], ""),
}


@pytest.mark.parametrize("edit", EDITS)
def test_edited_while_half_done(made: AlembicProject, pg: Target, runs: Runs, edit: str) -> None:
    """A half-done revision that now says something else is not gone on with: exit code 8, with evidence."""
    begun = {"event": "StatementStarted", "sql": "CREATE INDEX CONCURRENTLY ix_thing_m ON thing (m)"}
    run = runs.start(made.root, url=pg.url.reveal(), pause_at=(begun,))
    run.paused()
    run.signal(signal.SIGKILL)
    run.end()
    before = fingerprint(pg)
    made.revise("002", "001", upgrade=STEPS.replace(*EDITS[edit]), message="steps")

    ended = upgrade(runs, made, pg)

    assert (ended.code, ended.error["code"]) == (8, "partial-state")
    assert "half done" in ended.error["message"]
    assert ended.error["fields"]["evidence"]
    assert not [sql for sql in ended.statements if sql.startswith(("ALTER", "CREATE", "UPDATE"))]
    assert (fingerprint(pg), pg.rows("SELECT value FROM counter")) == (before, [(1,)])
    made.revise("002", "001", upgrade=STEPS, message="steps")
    upgrade(runs, made, pg).succeeded()
    assert_done_once(pg)


def test_no_other_way_than_on(made: AlembicProject, pg: Target, runs: Runs) -> None:
    """While a revision is half done nothing else may run, and the command says what to finish first."""
    begun = {"event": "StatementStarted", "sql": INDEX}
    run = runs.start(made.root, url=pg.url.reveal(), pause_at=(begun,))
    run.paused()
    run.signal(signal.SIGKILL)
    run.end()

    done = Shell(made.root).limosa("downgrade", "base", "--yes", "--url", pg.url.reveal(), code=8)

    assert "the upgrade of '002' is half done" in done.stderr
    assert "hint: finish it first: limosa upgrade 002" in done.stderr
    assert pg.rows("SELECT version_num FROM alembic_version") == [("001",)]


def test_invalid_index_behind_if_not_exists(made: AlembicProject, pg: Target, runs: Runs) -> None:
    """IF NOT EXISTS keeps an INVALID index: plain Alembic reports success over it, Limosa builds it again."""
    made.revise(
        "002",
        "001",
        upgrade=f"""
        with op.get_context().autocommit_block():
            op.execute("{INDEX.replace("CONCURRENTLY", "CONCURRENTLY IF NOT EXISTS")}")
        """,
        message="steps",
    )
    pg.execute("UPDATE thing SET n = 1")
    with pytest.raises(psycopg.errors.UniqueViolation):
        pg.execute(INDEX.replace("INDEX", "UNIQUE INDEX"))
    is_valid = "SELECT indisvalid FROM pg_index WHERE indexrelid = 'ix_thing_n'::regclass"
    with copy_of(pg) as plain:
        made.set_url(plain.url)
        made.alembic("upgrade", "head")
        assert plain.rows("SELECT version_num FROM alembic_version") == [("002",)]
        assert plain.rows(is_valid) == [(False,)]

    ended = upgrade(runs, made, pg).succeeded()

    assert pg.rows(is_valid) == [(True,)]
    assert any("INVALID" in notice for notice in ended.notices)
