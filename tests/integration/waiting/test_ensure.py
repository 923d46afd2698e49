"""An application's start and its probes: is the database where the code needs it?"""

from __future__ import annotations

import asyncio
import subprocess
import sys
import threading
import time

import pytest

import limosa
from limosa import AsyncMigrator, Health, HealthPolicy, Migrator, State
from limosa.errors import Ahead, Behind, Unreachable
from limosa.model.exit_code import ExitCode
from limosa.model.health import Mode
from tests.fixtures.projects import MakeProject
from tests.fixtures.targets import Target
from tests.integration.asynchronous.application import with_tables
from tests.integration.process import until

GONE = "postgresql+psycopg://nobody@127.0.0.1:1/nothing"


@pytest.fixture(params=["sqlite", "pg"])
def engine(request: pytest.FixtureRequest) -> Target:
    """An empty database on each engine."""
    made: Target = request.getfixturevalue(request.param)
    return made


def test_check(project: MakeProject, engine: Target) -> None:
    """It returns where the database stands, or raises what would be its exit code; it changes nothing."""
    made = with_tables(project(url=engine.url), 2)
    with pytest.raises(Behind, match="at base; missing: r1, r2") as behind:
        Migrator(project=made.root).ensure_database_migrated()
    assert behind.value.exit_code is ExitCode.BEHIND
    assert engine.tables() == set() if engine.engine == "postgresql" else not engine.path.exists()

    Migrator(project=made.root).upgrade()
    assert Migrator(project=made.root).ensure_database_migrated().state is State.AT_HEAD

    engine.execute("UPDATE alembic_version SET version_num = 'zz'")
    assert Migrator(project=made.root).ensure_database_migrated().state is State.AHEAD
    strict = HealthPolicy(startable=frozenset({Health.AT_HEAD}))
    for mode in ("check", "wait", "upgrade"):
        with pytest.raises(Ahead) as ahead:
            Migrator(project=made.root).ensure_database_migrated(mode=mode, policy=strict)
        assert ahead.value.exit_code is ExitCode.AHEAD


@pytest.mark.parametrize("mode", ["check", "wait", "upgrade"])
def test_no_database(project: MakeProject, mode: Mode) -> None:
    """Whatever was to be made sure of, a database that does not answer is said to be one."""
    made = with_tables(project(url=GONE), 1)
    with pytest.raises(Unreachable):
        Migrator(project=made.root).ensure_database_migrated(mode=mode, timeout_s=0.3)


def test_wait_for_the_migration_job(project: MakeProject, engine: Target) -> None:
    """The application starts when the job has ended, and with a limit when it does not."""
    made = with_tables(project(url=engine.url), 3)
    with pytest.raises(Behind):
        asyncio.run(limosa.ensure_database_migrated(mode="wait", timeout_s=0.3, project=made.root))

    async def application() -> State:
        starting = asyncio.create_task(limosa.ensure_database_migrated(mode="wait", project=made.root))
        await asyncio.sleep(0.2)
        job = await AsyncMigrator(project=made.root).upgrade()
        assert job.after == ("r3",)
        return (await starting).state

    assert asyncio.run(application()) is State.AT_HEAD


def test_several_workers_upgrade_once(project: MakeProject, engine: Target) -> None:
    """Processes that start at once all end at head, and each revision is applied once."""
    made = with_tables(project("async", url=engine.url), 3)
    program = (
        "import asyncio, limosa; print(asyncio.run(limosa.ensure_database_migrated(mode='upgrade')).state)"
    )
    workers = [
        subprocess.Popen([sys.executable, "-c", program], cwd=made.root, stdout=subprocess.PIPE, text=True)
        for _ in range(3)
    ]
    assert [worker.communicate(timeout=90)[0].strip() for worker in workers] == ["at_head"] * 3
    prefix = "limosa_" if engine.engine == "sqlite" else "limosa."
    assert engine.rows(f"SELECT revision FROM {prefix}entry ORDER BY seq") == [("r1",), ("r2",), ("r3",)]


def test_waiting_is_cancelled_at_once(project: MakeProject) -> None:
    """``asyncio.timeout`` around the waiting ends it, and its thread with it."""
    made = with_tables(project(url=GONE), 1)

    async def application() -> float:
        started = time.monotonic()
        async with AsyncMigrator(project=made.root) as migrator:
            with pytest.raises(TimeoutError):
                async with asyncio.timeout(0.5):
                    await migrator.wait(timeout_s=600)
        return time.monotonic() - started

    assert asyncio.run(application()) < 10
    until(
        lambda: not any(thread.name.startswith("limosa") for thread in threading.enumerate()),
        "its thread has ended",
    )


def test_health(project: MakeProject, engine: Target) -> None:
    """A probe sees each change of the database, and the revisions are read only once."""
    made = with_tables(project(url=engine.url), 2)
    migrator = Migrator(project=made.root)
    assert migrator.health().health is Health.BEHIND
    assert not migrator.health().is_ready
    Migrator(project=made.root).upgrade()
    (made.versions / "r2_revision_r2.py").unlink()

    report = migrator.health()

    assert (report.health, report.is_ready, report.current, report.heads) == (
        Health.AT_HEAD,
        True,
        ("r2",),
        ("r2",),
    )
    assert 0 < report.latency_s < 5
    assert asyncio.run(AsyncMigrator(project=made.root).health()).health is Health.AHEAD


def test_health_of_a_database_that_is_gone(project: MakeProject) -> None:
    """That is an answer, too: not ready, not startable, and not to be restarted for it."""
    made = with_tables(project(url=GONE), 1)
    report = Migrator(project=made.root).health(timeout_s=1)

    assert (report.health, report.is_live, report.is_ready, report.is_startable) == (
        Health.UNREACHABLE,
        True,
        False,
        False,
    )
    assert "does not answer" in str(report.reason)


def test_a_probe_imports_no_alembic(project: MakeProject, sqlite: Target) -> None:
    """A process that only asks how the database is needs neither Alembic nor SQLAlchemy."""
    made = with_tables(project(url=sqlite.url), 2)
    program = (
        "import sys; from limosa import Migrator; m = Migrator(); m.health(); m.wait(timeout_s=1);"
        "print(sorted({n.partition('.')[0] for n in sys.modules} & {'alembic', 'sqlalchemy', 'asyncio'}))"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=made.root, capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "[]"
