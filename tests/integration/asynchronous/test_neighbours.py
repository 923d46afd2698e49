"""The application around a run is not disturbed: folder, path, logging, signals, connections."""

from __future__ import annotations

import asyncio
import logging
import logging.config
import os
import signal
import sys
import threading
from pathlib import Path

import pytest
import sqlalchemy as sa

from limosa import AsyncMigrator
from limosa.errors import ConfigError
from limosa.model.events import StepFinished
from tests.fixtures.projects import MakeProject
from tests.fixtures.targets import Target
from tests.integration.asynchronous.application import (
    IN_PYTHON,
    Watcher,
    with_long_one,
    with_tables,
)


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
