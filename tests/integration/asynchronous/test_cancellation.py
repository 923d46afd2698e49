"""A run that is cancelled, timed out, closed or asked to stop leaves a clean state."""

from __future__ import annotations

import asyncio
import signal
import threading
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any

import pytest

from limosa import AsyncMigrator, Migrator
from limosa.errors import Interrupted, UsageError
from limosa.model.events import Event, LockWaiting, StatementStarted
from limosa.run.stop import Stop
from tests.fixtures.projects import MakeProject
from tests.fixtures.targets import Target, sqlite_target
from tests.integration.asynchronous.application import (
    ENGINES,
    GAP_S,
    IN_PYTHON,
    KINDS,
    LONG,
    PLACES,
    SOON_S,
    Watcher,
    assert_clean,
    is_locked,
    pulse,
    with_long_one,
    with_tables,
)
from tests.integration.process import limosa, until

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
            assert is_locked(engine)
            async with asyncio.timeout(SOON_S):
                await stopping(task)
            assert not is_locked(engine)
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


def test_stopped_before_it_began(project: MakeProject, engine: Target) -> None:
    """A run that is asked to stop at its very begin does nothing, and makes no database to say so."""
    made = with_tables(project(url=engine.url), 1)
    stop = Stop()
    stop.ask()
    with stop.governing(), pytest.raises(Interrupted, match="before anything was run"):
        Migrator(project=made.root).upgrade()

    assert engine.tables() == set() if engine.engine == "postgresql" else not engine.path.exists()
