"""What a monitoring system is told is what the database and the ledger say, also where neither answers."""

from __future__ import annotations

import asyncio
import subprocess
import sys
import time
from collections.abc import Callable

import pytest
from prometheus_client.parser import text_string_to_metric_families

from limosa import AsyncMigrator, LimosaError, Migrator
from limosa.model.metrics import Metrics
from limosa.observe.metrics import exposition
from tests.fixtures.projects import AlembicProject
from tests.fixtures.targets import Target
from tests.integration.cli.shell import Shell

Made = Callable[..., AlembicProject]
BROKEN = 'raise RuntimeError("on purpose")'


@pytest.fixture
def made(project: Made, target: Target) -> AlembicProject:
    """A project of two revisions of which the second fails."""
    made = project(url=target.url)
    made.revise("0001", None, upgrade='op.create_table("t", sa.Column("id", sa.Integer))')
    made.revise("0002", "0001", upgrade=BROKEN)
    return made


def samples(text: str) -> dict[str, float]:
    """Every sample by its name, and by the labels that are not the database's."""
    found = {}
    for family in text_string_to_metric_families(text):
        for sample in family.samples:
            rest = [f"{k}={v}" for k, v in sample.labels.items() if k not in {"env", "db", "version"}]
            found[f"{sample.name}{{{','.join(rest)}}}" if rest else sample.name] = sample.value
    return found


def test_a_database_is_told_before_after_and_after_a_failure(made: AlembicProject) -> None:
    """Version, pending revisions, and the last run's outcome, duration and time are those of the ledger."""
    migrator = Migrator(project=made.root)
    empty = samples(exposition(migrator.metrics()))
    assert empty.pop("limosa_build_info") == 1
    assert empty == {
        "limosa_database_up": 1,
        "limosa_schema_at_head": 0,
        "limosa_schema_pending_revisions": 2,
    }
    migrator.upgrade("0001")
    first = samples(exposition(migrator.metrics()))
    assert first["limosa_schema_info{revision=0001}"] == 1
    assert (first["limosa_schema_pending_revisions"], first["limosa_last_run_success"]) == (1, 1)
    assert first["limosa_runs_total{result=applied}"] == 1
    assert first["limosa_last_run_timestamp_seconds"] == pytest.approx(time.time(), abs=60)
    assert first["limosa_last_run_timestamp_seconds"] == first["limosa_last_success_timestamp_seconds"]

    with pytest.raises(LimosaError):
        migrator.upgrade()
    last = samples(exposition(migrator.metrics()))
    assert last["limosa_last_run_success"] == 0
    assert last["limosa_runs_total{result=failed}"] == 1
    assert last["limosa_last_success_timestamp_seconds"] == first["limosa_last_success_timestamp_seconds"]
    assert last["limosa_last_run_timestamp_seconds"] > first["limosa_last_run_timestamp_seconds"]


def test_the_duration_is_the_runs(sqlite: Target, project: Made) -> None:
    """A run that takes a while is told with that while."""
    made = project(url=sqlite.url)
    made.revise("0001", None, upgrade="import time\ntime.sleep(0.3)")
    migrator = Migrator(project=made.root)
    began = time.monotonic()
    migrator.upgrade()
    took = time.monotonic() - began
    assert 0.3 <= samples(exposition(migrator.metrics()))["limosa_last_run_duration_seconds"] <= took


def test_plain_alembic_moves_the_version_and_is_no_run_of_ours(made: AlembicProject) -> None:
    """A database that only Alembic has migrated has a version and no runs."""
    made.alembic("upgrade", "0001")
    told = samples(exposition(Migrator(project=made.root).metrics()))
    assert told["limosa_schema_info{revision=0001}"] == 1
    assert not [name for name in told if "run" in name]


def test_a_database_that_does_not_answer_is_down(project: Made) -> None:
    """Down is an answer, given with exit code 0, and nothing else is said of it."""
    made = project(url="postgresql+psycopg://nobody:secret@127.0.0.1:1/shop")
    done = Shell(made.root, "postgresql+psycopg://nobody:secret@127.0.0.1:1/shop").limosa("metrics")
    assert samples(done.stdout) == {"limosa_database_up": 0, "limosa_build_info": 1}
    assert 'db="shop",env="development"' in done.stdout
    assert "secret" not in done.stdout + done.stderr


def test_the_coroutine_says_the_same(made: AlembicProject) -> None:
    """A service asks from its event loop."""

    async def ask() -> Metrics:
        async with AsyncMigrator(project=made.root) as migrator:
            return await migrator.metrics()

    assert asyncio.run(ask()) == Migrator(project=made.root).metrics()


def test_without_the_client_library_the_command_says_what_to_install(made: AlembicProject) -> None:
    """The library is an extra; as JSON the metrics are there without it."""
    program = (
        "import sys; sys.modules['prometheus_client'] = None; sys.argv[1:] = {words}; "
        "from limosa.cli.main import main; sys.exit(main())"
    )
    codes = {}
    for words in (["metrics"], ["metrics", "--json"]):
        done = subprocess.run(
            [sys.executable, "-c", program.format(words=words)],
            cwd=made.root, capture_output=True, text=True, check=False, timeout=60,
        )  # fmt: skip
        codes[len(words)] = (done.returncode, "limosa[metrics]" in done.stderr, bool(done.stdout))
    assert codes == {1: (1, True, False), 2: (0, False, True)}
