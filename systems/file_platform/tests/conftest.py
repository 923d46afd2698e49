"""Fixtures of the system's tests."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from limosa.testing.workshop import Wishes, Workshop
from systems.file_platform.tests.acceptance_blocks import NOT_RUN_HERE
from systems.file_platform.tests.system import SYSTEM, Served, System, on_postgresql, on_sqlite
from tests.fixtures.servers import NEWEST, Servers
from tests.fixtures.targets import Target, postgresql_target, sqlite_target


def pytest_report_header() -> list[str]:
    """Name what of the document's blocks and of deploy/ cannot run in a test."""
    return [f"file_platform, not run here: {'; '.join(NOT_RUN_HERE)}"]


@pytest.fixture(scope="session")
def limosa_workshop(servers: Servers) -> Iterator[Workshop]:
    """Where the plugin's checks get their databases: this system is one of several in the run."""
    with closing(Workshop(Wishes(project=SYSTEM, server=servers.of(NEWEST).url()))) as workshop:
        yield workshop


@pytest.fixture
def lite(sqlite: Target, tmp_path: Path) -> System:
    """The system on an empty SQLite file."""
    return on_sqlite(sqlite, tmp_path)


@pytest.fixture
def post(pg: Target, tmp_path: Path) -> System:
    """The system on an empty database of the newest PostgreSQL."""
    return on_postgresql(pg, tmp_path)


@pytest.fixture(params=["lite", "post"])
def system(request: pytest.FixtureRequest) -> System:
    """The system on an empty database, of each engine in turn."""
    made: System = request.getfixturevalue(request.param)
    return made


@pytest.fixture
def everywhere(target: Target, tmp_path: Path) -> System:
    """The system on an empty database, of each engine and each version in turn."""
    return on_sqlite(target, tmp_path) if target.engine == "sqlite" else on_postgresql(target, tmp_path)


@pytest.fixture(scope="session", params=["sqlite", "postgresql"])
def running(
    request: pytest.FixtureRequest, servers: Servers, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[System]:
    """The system at head on one database for many tests; each makes tenants of its own."""
    folder = tmp_path_factory.mktemp(f"running-{request.param}")
    if request.param == "sqlite":
        made = on_sqlite(sqlite_target(folder), folder)
        made.up()
        yield made
        return
    with postgresql_target(servers.of(NEWEST)) as target:
        made = on_postgresql(target, folder)
        made.up()
        yield made


@pytest.fixture(scope="session")
def served(running: System) -> Iterator[Served]:
    """One process that serves the running system."""
    with running.serve(ENVIRONMENT="production", MAX_UPLOAD_BYTES=str(4 << 20)) as one:
        yield one
