"""AsyncMigrator's verbs: the loop goes on, many tasks call at once, answers and errors are Migrator's."""

from __future__ import annotations

import asyncio
import gc
from collections.abc import Awaitable
from pathlib import Path
from typing import Any

import pytest

from limosa import AsyncMigrator, Migrator, Outcome, State
from limosa.errors import ConfigError, RevisionFailed
from limosa.model.events import RunStarted
from tests.fixtures.projects import MakeProject
from tests.fixtures.targets import Target, sqlite_target
from tests.integration.asynchronous.application import (
    GAP_S,
    HALF,
    Watcher,
    assert_clean,
    pulse,
    with_tables,
)


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


@pytest.mark.filterwarnings("ignore:coroutine:RuntimeWarning")
def test_migrator_in_a_running_loop_names_the_way(project: MakeProject, sqlite: Target) -> None:
    """Where the synchronous one cannot do it, because env.py has a loop of its own, the hint says who can."""
    made = with_tables(project("async", url=sqlite.url), 1)

    async def application() -> None:
        with pytest.raises(RevisionFailed) as caught:
            Migrator(project=made.root).upgrade()
        assert "AsyncMigrator" in str(caught.value.hint)
        assert (await AsyncMigrator(project=made.root).upgrade()).after == ("r1",)

    asyncio.run(application())
    gc.collect()  # env.py's coroutine, which asyncio refused, warns at its end
    assert_clean(sqlite)
