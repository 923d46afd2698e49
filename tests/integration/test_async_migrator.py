"""AsyncMigrator in an application: the loop goes on, a cancelled run leaves nothing, nobody is disturbed."""

from __future__ import annotations

import asyncio
import logging
import logging.config
import os
import signal
import sys
import threading
import time
from collections.abc import Awaitable, Callable, Coroutine
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from limosa import AsyncMigrator, Migrator, Outcome, State
from limosa.errors import ConfigError, Interrupted, RevisionFailed, UsageError
from limosa.model.events import Event, LockWaiting, RunStarted, StatementStarted, StepFinished
from tests.fixtures.projects import AlembicProject, MakeProject
from tests.fixtures.targets import Target, sqlite_target
from tests.integration.process import limosa, until

SOON_S = 15.0
GAP_S = 0.5  # a blocked loop would stand for the whole run; a busy machine makes others wait, too
LONG = {
    "postgresql": 'op.execute("SELECT pg_sleep(300)")',
    "sqlite": """op.execute("CREATE TABLE sums AS WITH RECURSIVE n(i) AS "
    "(SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 10000000000) SELECT count(i) FROM n")""",
}
IN_PYTHON = "import time\nwhile True:\n    time.sleep(0.001)"
HALF = 'op.execute("CREATE TABLE half_done (id integer)")'
OURS = "SELECT application_name, query FROM pg_stat_activity WHERE application_name LIKE 'limosa-%'"


ENGINES, KINDS, PLACES = ("sqlite", "pg"), ("generic", "async"), ("statement", "python")


@pytest.fixture(params=ENGINES)
def engine(request: pytest.FixtureRequest) -> Target:
    """An empty database on each engine."""
    made: Target = request.getfixturevalue(request.param)
    return made


@pytest.fixture(params=KINDS)
def template(request: pytest.FixtureRequest) -> str:
    """Alembic's synchronous and its asynchronous env.py."""
    name: str = request.param
    return name


def table(number: int) -> str:
    """Return the body of a revision that makes a table."""
    return f'op.create_table("t{number}", sa.Column("id", sa.Integer, primary_key=True))'


def with_tables(made: AlembicProject, count: int) -> AlembicProject:
    """Write revisions ``r1`` to ``rN`` that each make a table."""
    for number in range(1, count + 1):
        parent = f"r{number - 1}" if number > 1 else None
        made.revise(f"r{number}", parent, upgrade=table(number), downgrade=f'op.drop_table("t{number}")')
    return made


def with_long_one(made: AlembicProject, long_one: str) -> AlembicProject:
    """Write a quick revision, one that takes for ever unless QUICK is set, and another quick one."""
    made.revise("r1", None, upgrade=table(1))
    body = "\n".join(f"    {line}" for line in long_one.splitlines())
    made.revise("r2", "r1", upgrade=f'{HALF}\nimport os\nif "QUICK" not in os.environ:\n{body}')
    made.revise("r3", "r2", upgrade=table(3))
    return made


class Watcher:
    """A sink that lets a test wait for an event."""

    def __init__(self) -> None:
        self.seen: list[Event] = []
        self.threads: set[int] = set()
        self._changed = asyncio.Event()

    def __call__(self, event: Event) -> None:
        """Take note of the event and of the thread that it comes in."""
        self.seen.append(event)
        self.threads.add(threading.get_ident())
        self._changed.set()

    async def has(self, what: Callable[[Event], bool]) -> None:
        """Wait until there was such an event."""
        async with asyncio.timeout(SOON_S):
            while not any(what(event) for event in self.seen):
                self._changed.clear()
                await self._changed.wait()

    async def at_work(self) -> None:
        """Wait until the long revision has begun."""
        await self.has(lambda event: isinstance(event, StatementStarted) and "half_done" in event.sql)


async def pulse(gaps: list[float]) -> None:
    """Note how long the loop stands still."""
    last = time.perf_counter()
    while True:
        await asyncio.sleep(0.001)
        now = time.perf_counter()
        gaps.append(now - last)
        last = now


def assert_clean(engine: Target) -> None:
    """No half of a step, no lock, no session, no thread of ours."""
    assert "half_done" not in engine.tables()
    if engine.engine == "postgresql":
        until(lambda: not engine.rows(OURS), "our sessions are gone")
    else:
        assert not Path(f"{engine.path}.limosa-lock").exists()
        assert engine.rows("PRAGMA integrity_check") == [("ok",)]
    until(lambda: not our_threads(), "our threads are gone")


def our_threads() -> list[str]:
    """Return the names of living threads that this package began."""
    return [thread.name for thread in threading.enumerate() if thread.name.startswith("limosa")]


def test_the_loop_goes_on_during_an_upgrade(project: MakeProject, engine: Target, template: str) -> None:
    """While many revisions run, the loop never stands still for long, and looks are answered meanwhile."""
    made = with_tables(project(template, url=engine.url), 40)
    gaps: list[float] = []

    async def application() -> int:
        beating, watcher, answers = asyncio.create_task(pulse(gaps)), Watcher(), 0
        async with AsyncMigrator(project=made.root, sinks=[watcher]) as migrator:
            upgrading = asyncio.create_task(migrator.upgrade())
            await watcher.has(lambda event: isinstance(event, RunStarted))
            while not upgrading.done():
                status = await migrator.status()
                answers += status.state in {State.EMPTY, State.UNVERSIONED, State.BEHIND}
            report = await upgrading
            assert (report.outcome, report.after) == (Outcome.APPLIED, ("r40",))
            assert (await migrator.status()).state is State.AT_HEAD
        beating.cancel()
        return answers

    assert asyncio.run(application()) > 0
    assert max(gaps) < GAP_S
    assert_clean(engine)


def test_every_verb_answers_as_migrator_does(project: MakeProject, engine: Target, template: str) -> None:
    """What a coroutine returns is what the method of the same name returns."""
    made = with_tables(project(template, url=engine.url), 3)

    async def walk() -> list[Any]:
        async with AsyncMigrator(project=made.root) as migrator:
            assert (await migrator.upgrade("r2")).after == ("r2",)
            assert (await migrator.downgrade("-1")).after == ("r1",)
            assert (await migrator.stamp("r2")).after == ("r2",)
            assert (await migrator.create("empty", empty=True)).parents == ("r3",)
            return [
                await migrator.status(),
                await migrator.statuses(),
                await migrator.current(),
                await migrator.heads(),
                await migrator.branches(),
                await migrator.history(range_="r1:r3"),
                await migrator.record(),
                await migrator.show("r2"),
                await migrator.pending(),
                await migrator.plan("r3"),
                await migrator.settings(),
                tuple((await migrator.graph()).revisions),
            ]

    answers = asyncio.run(walk())
    same = Migrator(project=made.root)
    assert answers == [
        same.status(),
        same.statuses(),
        same.current(),
        same.heads(),
        same.branches(),
        same.history(range_="r1:r3"),
        same.record(),
        same.show("r2"),
        same.pending(),
        same.plan("r3"),
        same.settings,
        tuple(same.graph.revisions),
    ]


def test_many_tasks_and_several_databases(project: MakeProject, pg: Target, tmp_path: Path) -> None:
    """Whatever calls at once, and for whichever database: each revision is applied once, in its own one."""
    (tmp_path / "other").mkdir()
    targets = [pg, sqlite_target(tmp_path), sqlite_target(tmp_path / "other")]
    kinds = ["async", "generic", "async"]
    projects = [
        with_tables(project(kind, url=target.url, folder=f"project{number}"), 3)
        for number, (kind, target) in enumerate(zip(kinds, targets, strict=True))
    ]

    async def application() -> None:
        migrators = [AsyncMigrator(project=made.root) for made in projects for _ in range(2)]
        calls: list[Awaitable[Any]] = [migrator.upgrade() for migrator in migrators for _ in range(3)]
        calls += [migrator.status() for migrator in migrators for _ in range(5)]
        await asyncio.gather(*calls)

    asyncio.run(application())

    for target in targets:
        entries = target.rows(
            "SELECT revision FROM limosa_entry ORDER BY seq"
            if target.engine == "sqlite"
            else "SELECT revision FROM limosa.entry ORDER BY seq"
        )
        assert entries == [("r1",), ("r2",), ("r3",)]
        assert {"t1", "t2", "t3"} <= target.tables()
        assert_clean(target)


Stopping = Callable[[asyncio.Task[Any]], Coroutine[Any, Any, None]]


async def by_cancel(task: asyncio.Task[Any]) -> None:
    """Cancel the task; CancelledError comes, and with it why and where it stopped."""
    task.cancel()
    with pytest.raises(asyncio.CancelledError) as caught:
        await task
    assert isinstance(caught.value.__cause__, Interrupted)
    assert "stopped by request with 1 of 3 steps applied" in caught.value.__cause__.message


async def by_timeout(task: asyncio.Task[Any]) -> None:
    """Let the time be over; TimeoutError comes."""
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.01):
            await task


async def again_and_again(task: asyncio.Task[Any]) -> None:
    """Cancel until it ends: nothing is hurried by it."""
    while not task.done():
        task.cancel()
        await asyncio.sleep(0)
    assert task.cancelled()


@pytest.mark.parametrize(
    ("engine", "template", "place", "stopping"),
    [
        *((name, kind, place, by_cancel) for name in ENGINES for kind in KINDS for place in PLACES),
        *(("sqlite", "async", place, again_and_again) for place in PLACES),
        *(("pg", "generic", place, again_and_again) for place in PLACES),
        ("sqlite", "generic", "python", by_timeout),
        ("pg", "async", "statement", by_timeout),
    ],
    indirect=["engine", "template"],
)
def test_a_cancelled_upgrade_leaves_a_clean_state(
    project: MakeProject,
    engine: Target,
    template: str,
    place: str,
    stopping: Stopping,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """When CancelledError is there, the step is undone and the lock free; the next upgrade goes on."""
    long_one = LONG[engine.engine] if place == "statement" else IN_PYTHON
    made = with_long_one(project(template, url=engine.url), long_one)

    async def application() -> None:
        watcher, gaps = Watcher(), list[float]()
        beating = asyncio.create_task(pulse(gaps))
        async with AsyncMigrator(project=made.root, sinks=[watcher]) as migrator:
            task = asyncio.create_task(migrator.upgrade())
            await watcher.at_work()
            async with asyncio.timeout(SOON_S):
                await stopping(task)
            assert "half_done" not in engine.tables()
            assert max(gaps) < GAP_S
            monkeypatch.setenv("QUICK", "1")
            report = await migrator.upgrade()
            assert (report.before, report.after) == (("r1",), ("r3",))
            engine.execute("DROP TABLE half_done")
        beating.cancel()

    asyncio.run(application())
    assert_clean(engine)


def test_cancelled_before_it_began(project: MakeProject, sqlite: Target, tmp_path: Path) -> None:
    """A run that waits behind another one of this process goes at once and touches nothing."""
    busy = with_long_one(project("async", url=sqlite.url), IN_PYTHON)
    (tmp_path / "other").mkdir()
    other = sqlite_target(tmp_path / "other")
    waits = with_tables(project(url=other.url, folder="waits"), 1)

    async def application() -> None:
        watcher = Watcher()
        async with AsyncMigrator(project=busy.root, sinks=[watcher]) as first:
            working = asyncio.create_task(first.upgrade())
            await watcher.at_work()
            second = AsyncMigrator(project=waits.root)
            with pytest.raises(TimeoutError):
                async with asyncio.timeout(0.05):
                    await second.upgrade()
            assert not working.done()
            working.cancel()
            await asyncio.wait([working])

    asyncio.run(application())
    assert not other.path.exists()
    assert_clean(sqlite)


def test_cancelled_while_another_process_is_the_runner(
    project: MakeProject, engine: Target, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Who waits for the runner lock goes away; who holds it is not disturbed."""
    say = 'import os, time\nos.write(2, b"working\\n")\ntime.sleep(300)'
    made = with_long_one(project(url=engine.url), say)

    async def application() -> None:
        watcher = Watcher()
        async with AsyncMigrator(project=made.root, sinks=[watcher]) as migrator:
            task = asyncio.create_task(migrator.upgrade())
            await watcher.has(lambda event: isinstance(event, LockWaiting))
            task.cancel()
            with pytest.raises(asyncio.CancelledError) as caught:
                async with asyncio.timeout(SOON_S):
                    await task
        assert "before anything was run" in str(caught.value.__cause__)

    with limosa("upgrade", cwd=made.root) as worker:
        until(lambda: worker.has_said("working"), "the other process is at work")
        asyncio.run(application())
        assert worker.popen.poll() is None
        worker.popen.send_signal(signal.SIGTERM)
        worker.end()
    assert_clean(engine)
    monkeypatch.setenv("QUICK", "1")
    assert Migrator(project=made.root).upgrade().before == ("r1",)


def test_closing_stops_what_runs(project: MakeProject, engine: Target) -> None:
    """The end of the block waits for the clean state; callers are told, and later calls are refused."""
    made = with_long_one(project("async", url=engine.url), LONG[engine.engine])

    async def application() -> None:
        watcher = Watcher()
        async with AsyncMigrator(project=made.root, sinks=[watcher]) as migrator:
            task = asyncio.create_task(migrator.upgrade())
            behind = asyncio.create_task(migrator.upgrade())
            await watcher.at_work()
        assert_clean(engine)
        with pytest.raises(Interrupted, match="stopped by request with 1 of 3 steps applied"):
            await task
        with pytest.raises(Interrupted, match="before it began"):
            await behind
        with pytest.raises(UsageError, match="closed"):
            await migrator.status()
        await migrator.close()

    asyncio.run(application())


def test_migrator_is_stopped_from_another_thread(project: MakeProject, engine: Target) -> None:
    """``Migrator.stop`` does the same for an application with threads and no loop."""
    made = with_long_one(project(url=engine.url), LONG[engine.engine])
    at_work = threading.Event()

    def sink(event: Event) -> None:
        if isinstance(event, StatementStarted) and "half_done" in event.sql:
            at_work.set()

    migrator = Migrator(project=made.root, sinks=[sink])

    def stop() -> None:
        at_work.wait(SOON_S)
        migrator.stop()

    thread = threading.Thread(target=stop)
    thread.start()
    with pytest.raises(Interrupted, match="stopped by request with 1 of 3 steps applied"):
        migrator.upgrade()
    thread.join()
    migrator.stop()  # nothing runs: nothing happens
    assert_clean(engine)
    assert migrator.status().current == ("r1",)


def test_failures_are_those_of_migrator(project: MakeProject, engine: Target, template: str) -> None:
    """A revision that fails raises the same typed error, and the loop goes on."""
    made = project(template, url=engine.url)
    made.revise("r1", None, upgrade=f'{HALF}\nop.execute("INSERT INTO nowhere VALUES (1)")')

    async def application() -> None:
        async with AsyncMigrator(project=made.root) as migrator:
            with pytest.raises(RevisionFailed, match="'r1'"):
                await migrator.upgrade()

    asyncio.run(application())
    assert_clean(engine)


def test_settings_that_are_wrong_are_told_at_the_begin(tmp_path: Path) -> None:
    """``async with`` loads them, and not the construction, which may stand anywhere."""

    async def application() -> None:
        migrator = AsyncMigrator(project=tmp_path)
        with pytest.raises(ConfigError, match=r"no limosa\.toml"):
            async with migrator:
                raise AssertionError("not reached")

    asyncio.run(application())


def test_the_application_is_left_alone(
    project: MakeProject,
    engine: Target,
    template: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Folder, path, signal handlers, logging, environment: as they were, during the run and after it.

    The project is found although the application stands elsewhere, and its locations are relative.
    """
    made = with_tables(project(template, url=engine.url), 10)
    ini = made.ini.read_text()
    made.ini.write_text(
        ini.replace("script_location = %(here)s/migrations", "script_location = migrations").replace(
            "prepend_sys_path = .", "prepend_sys_path = .\nversion_locations = migrations/versions"
        )
    )
    (made.root / "lofts_of_the_project.py").write_text("metadata = None\n")
    made.env.write_text(
        made.env.read_text().replace(
            "target_metadata = None", "import lofts_of_the_project\ntarget_metadata = None"
        )
    )
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    monkeypatch.chdir(elsewhere)
    monkeypatch.delitem(sys.modules, "lofts_of_the_project", raising=False)
    logger = logging.getLogger("pigeon_post")

    def state() -> tuple[object, ...]:
        return (
            Path.cwd(),
            [signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)],
            dict(os.environ),
            logger.disabled,
            logging.getLogger().level,
            tuple(logging.getLogger().handlers),
        )

    async def application() -> None:
        before, path, seen, watcher = state(), list(sys.path), list[tuple[object, ...]](), Watcher()
        async with AsyncMigrator(project=made.root, sinks=[watcher]) as migrator:
            upgrading = asyncio.create_task(migrator.upgrade())
            while not upgrading.done():
                seen.append(state())
                await asyncio.sleep(0)
            assert (await upgrading).after == ("r10",)
            assert (await migrator.create("found", empty=True)).path.parent == made.versions
        assert all(one == before for one in seen)
        assert state() == before
        assert sys.path == path
        assert watcher.threads == {threading.get_ident()}
        assert any(isinstance(event, StepFinished) for event in watcher.seen)

    asyncio.run(application())
    assert list(elsewhere.iterdir()) == []


def test_the_applications_own_work_counts_during_a_run(project: MakeProject, sqlite: Target) -> None:
    """Logging that it sets up meanwhile is set up, and its own connections are its own."""
    made = with_long_one(project(url=sqlite.url), IN_PYTHON)
    logger = logging.getLogger("pigeon_post.meanwhile")

    async def application() -> None:
        watcher = Watcher()
        async with AsyncMigrator(project=made.root, sinks=[watcher]) as migrator:
            upgrading = asyncio.create_task(migrator.upgrade())
            await watcher.at_work()
            logging.config.dictConfig(
                {"version": 1, "incremental": True, "loggers": {logger.name: {"level": "ERROR"}}}
            )
            own = sa.create_engine("sqlite://")
            with own.connect() as connection:
                assert type(connection.connection.dbapi_connection).__module__ == "sqlite3"
            own.dispose()
            upgrading.cancel()
            await asyncio.wait([upgrading])

    assert logger.level == logging.NOTSET
    asyncio.run(application())
    assert logger.level == logging.ERROR
    logger.setLevel(logging.NOTSET)


def test_an_env_that_asks_for_the_loop(project: MakeProject, engine: Target) -> None:
    """An env.py with ``get_event_loop()``, as older ones have it, finds a loop in the thread, too."""
    made = with_tables(project("async", url=engine.url), 2)
    text = made.env.read_text()
    made.env.write_text(text.replace("asyncio.run(", "asyncio.get_event_loop().run_until_complete("))
    assert made.env.read_text() != text

    async def application() -> None:
        async with AsyncMigrator(project=made.root) as migrator:
            assert (await migrator.upgrade()).after == ("r2",)

    asyncio.run(application())


def test_a_relative_database_of_env_py_is_refused_elsewhere(
    project: MakeProject, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Rather than change the folder of the whole process, or to migrate another file, it says so."""
    made = with_tables(project(url="sqlite:///pigeons.db"), 1)
    made.ini.write_text(made.ini.read_text().replace("sqlalchemy.url = sqlite:///pigeons.db", ""))
    made.env.write_text(
        made.env.read_text().replace(
            "config = context.config\n",
            'config = context.config\nconfig.set_main_option("sqlalchemy.url", "sqlite:///pigeons.db")\n',
        )
    )
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()

    async def application() -> tuple[str, ...]:
        async with AsyncMigrator(project=made.root) as migrator:
            return (await migrator.upgrade()).after

    monkeypatch.chdir(elsewhere)
    with pytest.raises(ConfigError, match=r"relative path 'pigeons\.db'"):
        asyncio.run(application())
    assert not (made.root / "pigeons.db").exists()

    monkeypatch.chdir(made.root)
    assert asyncio.run(application()) == ("r1",)
    assert (made.root / "pigeons.db").exists()
