"""SIGINT and SIGTERM to a real ``limosa upgrade``: it stops soon, says how things stand, leaves no trace."""

from __future__ import annotations

import os
import signal
import time
from pathlib import Path
from typing import Any

import pytest

from limosa.migrator import Migrator
from tests.fixtures.projects import AlembicProject, MakeProject
from tests.fixtures.targets import Target
from tests.integration.process import Process, limosa, until

SIGNALS = {"SIGINT": 130, "SIGTERM": 143}
SOON_S = 15.0  # the revisions would go on for minutes; a busy machine needs some seconds to stop
SAY = 'import os, time\nos.write(2, b"working\\n") if "QUICK" not in os.environ else None\n'
HALF = 'op.execute("CREATE TABLE half_done (id integer)")\n'
IN_PYTHON = f'{HALF}{SAY}time.sleep(0 if "QUICK" in os.environ else 300)\n'
# the function tells that the statement itself is at work, some rows in
IN_SQLITE = f"""{HALF}import os
connection = op.get_bind().connection.dbapi_connection
connection.create_function("told", 1, lambda n: os.write(2, b"working\\n") if n == 1000 else 0)
most = 10 if "QUICK" in os.environ else 10**10
numbers = f"WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {{most}})"
op.execute(f"CREATE TABLE sums AS {{numbers}} SELECT count(told(i)) FROM n")
"""
IN_POSTGRESQL = f"""{HALF}import os
op.execute(f"SELECT pg_sleep({{0 if 'QUICK' in os.environ else 300}})")
"""
SLEEPING = "SELECT pid FROM pg_stat_activity WHERE state = 'active' AND query LIKE 'SELECT pg_sleep(300)%'"
OURS = "SELECT application_name, query FROM pg_stat_activity WHERE application_name LIKE 'limosa-%'"


@pytest.fixture(params=["sqlite", "pg"])
def engine(request: pytest.FixtureRequest) -> Target:
    """An empty database on each engine."""
    made: Target = request.getfixturevalue(request.param)
    return made


def with_steps(made: AlembicProject, long_one: str) -> AlembicProject:
    """Write a quick revision, a long one, and another quick one."""
    made.revise("r1", None, upgrade='op.create_table("pigeons", sa.Column("ring", sa.Integer))')
    made.revise("r2", "r1", upgrade=long_one)
    made.revise("r3", "r2", upgrade='op.create_table("lofts", sa.Column("id", sa.Integer))')
    return made


def other(name: str, engine: Target) -> str:
    """Let SQLite have the other signal, so that each situation is seen under both."""
    return name if engine.engine == "postgresql" else {"SIGINT": "SIGTERM", "SIGTERM": "SIGINT"}[name]


def stop(process: Process, name: str) -> None:
    """Send the signal; the process must end soon, with the code of this signal and without a traceback."""
    began = time.monotonic()
    process.popen.send_signal(signal.Signals[name])
    assert process.end() == SIGNALS[name], process.told
    assert time.monotonic() - began < SOON_S
    assert "Traceback" not in process.told
    assert "Stopped" not in process.told


def at_work(process: Process, engine: Target) -> None:
    """Wait until the long revision is at it."""
    if engine.engine == "postgresql":
        until(lambda: process.has_said("working") or engine.rows(SLEEPING), "the revision is at work")
    else:
        until(lambda: process.has_said("working"), "the revision is at work")


def own(target: Target, query: str) -> list[tuple[Any, ...]]:
    """Query our tables from outside."""
    return target.rows(query.replace("limosa.", "limosa_") if target.engine == "sqlite" else query)


def assert_nothing_is_left(engine: Target) -> None:
    """No lock, no session, no half of a step."""
    if engine.engine == "postgresql":
        until(lambda: not engine.rows(OURS), "our sessions are gone")
        assert (
            engine.rows(
                "SELECT 1 FROM pg_locks WHERE locktype = 'advisory' AND database = "
                "(SELECT oid FROM pg_database WHERE datname = current_database())"
            )
            == []
        )
    else:
        assert not Path(f"{engine.path}.limosa-lock").exists()
        assert engine.rows("PRAGMA integrity_check") == [("ok",)]
    assert "half_done" not in engine.tables()


def assert_stopped_in_second(made: AlembicProject, engine: Target, told: str, name: str) -> None:
    """One of three steps is applied, the second is undone and on record, and a re-run goes on from there."""
    assert f"error: stopped by {name} with 1 of 3 steps applied" in told
    assert "stands at r1" in told
    assert "hint: run 'limosa upgrade head' again" in told
    assert_nothing_is_left(engine)
    entries = own(engine, "SELECT revision, outcome, to_versions FROM limosa.entry ORDER BY seq")
    assert entries == [("r1", "applied", "r1"), ("r2", "interrupted", "r1")]
    assert own(engine, "SELECT outcome, after FROM limosa.run") == [("interrupted", "r1")]
    assert Migrator(project=made.root).upgrade().before == ("r1",)
    assert {"pigeons", "half_done", "lofts"} <= engine.tables()
    assert Migrator(project=made.root).status().current == ("r3",)


@pytest.mark.parametrize("template", ["generic", "async"])
def test_during_a_statement(
    project: MakeProject, engine: Target, monkeypatch: pytest.MonkeyPatch, template: str
) -> None:
    """The statement is cancelled, in the server or in SQLite's own loop, and its revision is undone."""
    long_one = IN_POSTGRESQL if engine.engine == "postgresql" else IN_SQLITE
    made = with_steps(project(template, url=engine.url), long_one)
    name = other("SIGINT" if template == "generic" else "SIGTERM", engine)
    with limosa("upgrade", cwd=made.root) as process:
        at_work(process, engine)
        stop(process, name)

    if engine.engine == "postgresql":
        assert engine.rows(SLEEPING) == []
    monkeypatch.setenv("QUICK", "1")
    assert_stopped_in_second(made, engine, process.told, name)


@pytest.mark.parametrize("template", ["generic", "async"])
def test_during_python(
    project: MakeProject, engine: Target, monkeypatch: pytest.MonkeyPatch, template: str
) -> None:
    """The revision's own Python is left where it is, and what it had sent is undone."""
    made = with_steps(project(template, url=engine.url), IN_PYTHON)
    name = other("SIGTERM" if template == "generic" else "SIGINT", engine)
    with limosa("upgrade", cwd=made.root) as process:
        at_work(process, engine)
        stop(process, name)

    monkeypatch.setenv("QUICK", "1")
    assert_stopped_in_second(made, engine, process.told, name)


def test_while_waiting_for_another_runner(project: MakeProject, engine: Target) -> None:
    """Who waits goes away and says that nothing was done; the one who works is not disturbed."""
    made = with_steps(project(url=engine.url), IN_PYTHON)
    name = other("SIGINT", engine)
    with limosa("upgrade", cwd=made.root) as worker:
        at_work(worker, engine)
        with limosa("upgrade", cwd=made.root) as waiter:
            until(lambda: waiter.has_said("waiting for another runner"), "it waits")
            stop(waiter, name)
        assert f"error: stopped by {name} before anything was run" in waiter.told
        assert "stands at r1" in waiter.told
        assert worker.popen.poll() is None
        stop(worker, name)

    assert own(engine, "SELECT outcome FROM limosa.run") == [("interrupted",)]
    assert_nothing_is_left(engine)


SIGNAL_ITSELF = """\
def tell(**_):
    import os, signal
    if "QUICK" not in os.environ:
        os.kill(os.getpid(), signal.{name})

"""


@pytest.mark.parametrize("template", ["generic", "async"])
def test_between_two_steps(
    project: MakeProject, engine: Target, monkeypatch: pytest.MonkeyPatch, template: str
) -> None:
    """A signal that comes when a revision has returned lets its step be committed, and no other begins."""
    made = with_steps(project(template, url=engine.url), "pass")
    name = other("SIGTERM", engine)
    text = made.env.read_text().replace("\ndef run_", f"\n{SIGNAL_ITSELF.format(name=name)}\ndef run_", 1)
    made.env.write_text(
        text.replace("connection=connection,", "connection=connection, on_version_apply=tell,")
    )
    with limosa("upgrade", cwd=made.root) as process:
        assert process.end() == SIGNALS[name]

    assert f"error: stopped by {name} with 1 of 3 steps applied" in process.told
    assert "undone" not in process.told
    assert "stands at r1" in process.told
    assert_nothing_is_left(engine)
    assert own(engine, "SELECT revision, outcome FROM limosa.entry") == [("r1", "applied")]
    assert own(engine, "SELECT outcome, after FROM limosa.run") == [("interrupted", "r1")]
    monkeypatch.setenv("QUICK", "1")
    assert Migrator(project=made.root).upgrade().after == ("r3",)


HALF_WAY = f"""
with op.get_context().autocommit_block():
    op.create_index("by_ring", "pigeons", ["ring"], postgresql_concurrently=True)
{IN_PYTHON}"""


def test_behind_an_autocommit_block(
    project: MakeProject, pg: Target, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What a step has committed already is said to be kept, and the next run passes over it."""
    made = with_steps(project(url=pg.url), HALF_WAY)
    with limosa("upgrade", cwd=made.root) as process:
        at_work(process, pg)
        stop(process, "SIGINT")

    assert "'r2' is half done, and the next run goes on where it stopped: it stands at r1" in process.told
    assert "undone" not in process.told
    assert_nothing_is_left(pg)
    monkeypatch.setenv("QUICK", "1")
    assert Migrator(project=made.root).upgrade().after == ("r3",)
    assert pg.rows("SELECT indisvalid FROM pg_index WHERE indexrelid = to_regclass('by_ring')") == [(True,)]


def test_while_waiting_for_a_table(project: MakeProject, pg: Target) -> None:
    """Between two tries of a blocked step it stops at once and does not wait for the next."""
    made = with_steps(project(url=pg.url), 'op.add_column("pigeons", sa.Column("loft", sa.Text))')
    Migrator(project=made.root).upgrade("r1")
    with pg.connect(autocommit=False) as reader:
        reader.execute("SELECT * FROM pigeons")
        with limosa("upgrade", cwd=made.root) as process:
            until(lambda: process.has_said("(attempt 4)"), "it was retried")
            stop(process, "SIGTERM")

    assert "with 0 of 2 steps applied" in process.told
    assert_nothing_is_left(pg)


def test_second_signal_stops_at_once(project: MakeProject, pg: Target) -> None:
    """When the server does not answer the cancellation, a second signal ends the command all the same."""
    made = with_steps(project(url=pg.url), IN_POSTGRESQL)
    with limosa("upgrade", cwd=made.root) as process:
        at_work(process, pg)
        ((backend,),) = pg.rows(SLEEPING)
        os.kill(backend, signal.SIGSTOP)
        try:
            process.popen.send_signal(signal.SIGINT)
            with pytest.raises(TimeoutError):
                wait_for_end(process, 1.0)
            stop(process, "SIGINT")
        finally:
            os.kill(backend, signal.SIGCONT)

    assert "stopped by SIGINT" in process.told
    assert_nothing_is_left(pg)
    assert Migrator(project=made.root).status().current == ("r1",)


def wait_for_end(process: Process, seconds: float) -> None:
    """Wait for the end for so long; raise TimeoutError if it does not come."""
    end = time.monotonic() + seconds
    while process.popen.poll() is None:
        if time.monotonic() > end:
            raise TimeoutError
        time.sleep(0.01)
