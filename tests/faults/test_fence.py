"""A runner that is no longer the runner cannot commit: the fence is in each step's own transaction."""

from __future__ import annotations

import signal
from collections.abc import Callable

import pytest

from limosa.engines.sqlite.lock import file_of, read_holder
from limosa.engines.sqlite.session import path_of
from tests.faults.counting import assert_at_head_once, assert_done_once, counting_project
from tests.faults.fingerprint import fingerprint, versions
from tests.faults.runs import Run, Runs
from tests.faults.server_view import await_rows
from tests.fixtures.projects import AlembicProject
from tests.fixtures.targets import Target

END_LOCK = """
SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name LIKE 'limosa-lock/%'
   AND datname = current_database()
"""
END_WORK = END_LOCK.replace("lock", "work")
NO_LOCK = """
SELECT 1 WHERE NOT EXISTS (SELECT FROM pg_stat_activity WHERE application_name LIKE 'limosa-lock/%'
   AND datname = current_database())
"""


@pytest.fixture
def tables(project: Callable[..., AlembicProject], target: Target) -> AlembicProject:
    """A project of four revisions, each of which creates a table."""
    made = project(url=target.url)
    for number in range(1, 5):
        made.revise(
            f"00{number}",
            f"00{number - 1}" if number > 1 else None,
            upgrade=f'op.create_table("t{number}", sa.Column("id", sa.Integer(), primary_key=True))',
        )
    return made


def test_fence_taken_during_the_third_revision(tables: AlembicProject, target: Target, runs: Runs) -> None:
    """The database stays at the second revision; exit code 6, and the error says who may have taken over."""
    place = {"event": "StatementStarted", "revision": "003"}
    if target.engine == "sqlite":
        # one writer at a time: nobody else can write into the file while a step is in its transaction
        place = {"event": "StepFinished", "revision": "002"}
    run = runs.start(tables.root, url=target.url.reveal(), pause_at=(place,))
    run.paused()
    own = "limosa_" if target.engine == "sqlite" else "limosa."
    target.execute(f"UPDATE {own}target SET run = run + 1")
    run.go()
    ended = run.end()

    assert (ended.code, ended.error["code"]) == (6, "fence-lost")
    assert ended.error["hint"]
    assert versions(target) == ("002",)
    assert {name for name in target.tables() if name.startswith("t")} == {"t1", "t2"}


def test_fence_taken_in_an_autocommit_block(
    project: Callable[..., AlembicProject], pg: Target, runs: Runs
) -> None:
    """Statements that commit by themselves check the fence, too: neither the UPDATE nor the index happens."""
    made = counting_project(project, pg, runs)
    place = {"event": "StatementStarted", "sql": "UPDATE counter SET value = value + 10"}
    run = runs.start(made.root, url=pg.url.reveal(), pause_at=(place,))
    run.paused()
    before = fingerprint(pg)
    pg.execute("UPDATE limosa.target SET run = run + 1")
    run.go()
    ended = run.end()

    assert (ended.code, ended.error["code"]) == (6, "fence-lost")
    assert pg.rows("SELECT value FROM counter") == [(2,)]
    assert fingerprint(pg) == before


def stopped(runs: Runs, made: AlembicProject, pg: Target, **place: str) -> Run:
    """Start an upgrade, SIGSTOP it at the place, and take its lock away as an administrator would."""
    run = runs.start(made.root, url=pg.url.reveal(), pause_at=(place,))
    run.paused()
    run.signal(signal.SIGSTOP)
    run.go()
    pg.execute(END_LOCK)
    await_rows(pg, NO_LOCK)
    return run


def test_paused_between_steps_and_overtaken(
    project: Callable[..., AlembicProject], pg: Target, runs: Runs
) -> None:
    """A runner sleeps, loses its lock, another finishes the work: awake, it stops with exit code 6."""
    made = counting_project(project, pg, runs)
    sleeper = stopped(runs, made, pg, event="StepFinished", revision="003")

    runs.run(made.root, url=pg.url.reveal()).succeeded()
    assert_at_head_once(pg)
    sleeper.signal(signal.SIGCONT)
    ended = sleeper.end()

    assert (ended.code, ended.error["code"]) == (6, "fence-lost")
    assert_at_head_once(pg)


def test_paused_within_a_step_and_overtaken(
    project: Callable[..., AlembicProject], pg: Target, runs: Runs
) -> None:
    """A sleeper in mid-transaction is waited for; once that is ended the other goes on, and all is once."""
    made = counting_project(project, pg, runs)
    sleeper = stopped(runs, made, pg, event="StatementStarted", sql="COMMIT", revision="002")

    second = runs.start(made.root, url=pg.url.reveal())
    assert "waiting for what an earlier runner left at work" in second.follow(event="Notice")["text"]
    pg.execute(END_WORK)
    second.end().succeeded()
    assert versions(pg) == ("004",)
    sleeper.signal(signal.SIGCONT)
    ended = sleeper.end()

    assert_done_once(pg, ended)
    assert "the COMMIT of '002' had no answer; the server says it was not committed" in ended.notices


def test_who_waits_is_told_the_revision(tables: AlembicProject, target: Target, runs: Runs) -> None:
    """The lock says which revision its holder is at, although the ones before it were over in no time."""
    place = {"event": "StatementStarted", "revision": "003"}
    run = runs.start(tables.root, url=target.url.reveal(), pause_at=(place,))
    run.paused()
    if target.engine == "sqlite":
        holder = read_holder(file_of(path_of(target.url)))
        assert holder is not None
        assert holder.doing == "at 003"
    else:
        await_rows(
            target,
            "SELECT 1 FROM pg_stat_activity WHERE application_name LIKE 'limosa-lock/at 003/%'"
            " AND datname = current_database()",
        )
    run.go()
    run.end().succeeded()
