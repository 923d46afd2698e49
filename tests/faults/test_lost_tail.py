"""A server that crashes may forget the last steps, whose COMMIT did not wait for the disk: they run again."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from limosa.scratch import Server, StopMode
from tests.faults.counting import FIRST, HEAD, assert_at_head_once, assert_done_once, counting_project
from tests.faults.runs import Runs
from tests.fixtures.projects import AlembicProject
from tests.fixtures.targets import Target, postgresql_target

VERSION = "SELECT version_num FROM alembic_version"


@pytest.fixture
def target(private_server: Server) -> Iterator[Target]:
    """A database on a server of the test's own, which writes its log to the disk only when it must."""
    with postgresql_target(private_server) as made:
        made.execute("ALTER SYSTEM SET wal_writer_delay = '10s'")
        made.execute("ALTER SYSTEM SET wal_writer_flush_after = '1GB'")
        made.execute("SELECT pg_reload_conf()")
        yield made


@pytest.fixture
def made(project: Callable[..., AlembicProject], target: Target, runs: Runs) -> AlembicProject:
    """The project that counts, at its first revision."""
    return counting_project(project, target, runs)


def test_what_the_server_forgot_runs_again(made: AlembicProject, target: Target, runs: Runs) -> None:
    """The run goes on from where the server really stands; each effect is there once, and reported once."""
    assert target.server is not None
    place = {"event": "StepFinished", "revision": "002"}
    run = runs.start(made.root, url=target.url.reveal(), pause_at=(place,))
    run.paused()
    assert target.rows(VERSION) == [("002",)]
    target.server.restart(StopMode.IMMEDIATE)
    assert target.rows(VERSION) == [(FIRST,)]
    run.go()
    ended = run.end()

    assert_done_once(target, ended)
    assert ended.of("report")["steps"] == ["002", "003", HEAD]


def test_the_end_of_a_run_is_on_the_disk(made: AlembicProject, target: Target, runs: Runs) -> None:
    """What was reported as done survives a crash in the next moment, although no step waited by itself."""
    assert target.server is not None
    made.revise("005", HEAD, upgrade='op.execute("CREATE TABLE told (id int)")')
    runs.run(made.root, url=target.url.reveal()).succeeded()
    target.server.restart(StopMode.IMMEDIATE)

    assert target.rows(VERSION) == [("005",)]
    assert "told" in target.tables()


def test_a_run_leaves_the_setting_alone(made: AlembicProject, target: Target, runs: Runs) -> None:
    """A connection that env.py's pool gives to the application afterwards commits as the server says."""
    env = made.env.read_text()
    asked = "connection.exec_driver_sql('SHOW synchronous_commit').scalar()"
    more = f"\n        assert {asked} == 'on'\n"
    assert "            context.run_migrations()\n" in env
    made.env.write_text(
        env.replace("            context.run_migrations()\n", "            context.run_migrations()\n" + more)
    )
    runs.run(made.root, url=target.url.reveal()).succeeded()
    assert_at_head_once(target)
