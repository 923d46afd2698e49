"""Fixtures of the system's tests."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from limosa.testing.workshop import Wishes, Workshop
from systems.file_platform.tests.system import SYSTEM, Served, System, moved, on_postgresql, on_sqlite
from tests.fixtures.servers import NEWEST, Servers
from tests.fixtures.targets import Target, postgresql_target, sqlite_target


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


@pytest.fixture(scope="session")
def lite_made(tmp_path_factory: pytest.TempPathFactory) -> System:
    """A SQLite file at head, to be copied."""
    folder = tmp_path_factory.mktemp("lite")
    made = on_sqlite(sqlite_target(folder), folder)
    made.up()
    return made


@pytest.fixture(scope="session")
def post_made(servers: Servers, tmp_path_factory: pytest.TempPathFactory) -> Iterator[System]:
    """A PostgreSQL database at head, to be copied."""
    with postgresql_target(servers.of(NEWEST)) as target:
        made = on_postgresql(target, tmp_path_factory.mktemp("post"))
        made.up()
        yield made


@contextmanager
def copied(kind: str, request: pytest.FixtureRequest, folder: Path) -> Iterator[System]:
    """Copy a database at head, which takes less time than to migrate one."""
    made: System = request.getfixturevalue(f"{kind}_made")
    if kind == "lite":
        target = sqlite_target(folder)
        shutil.copy(made.target.path, target.path)
        yield on_sqlite(target, folder)
        return
    server = made.target.server
    assert server is not None
    with server.database(template=made.target.url.database) as url:
        target = replace(made.target, url=url.with_driver("psycopg"))
        yield moved(made, target, folder)


@pytest.fixture
def lite_at_head(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[System]:
    """The system on a SQLite file at head."""
    with copied("lite", request, tmp_path) as made:
        yield made


@pytest.fixture
def post_at_head(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[System]:
    """The system on a database at head, of the newest PostgreSQL."""
    with copied("post", request, tmp_path) as made:
        yield made


@pytest.fixture(params=["lite_at_head", "post_at_head"])
def at_head(request: pytest.FixtureRequest) -> System:
    """The system on a database at head, of each engine in turn."""
    made: System = request.getfixturevalue(request.param)
    return made


@pytest.fixture(scope="session", params=["lite", "post"], ids=["sqlite", "postgresql"])
def running(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[System]:
    """The system at head on one database for many tests; each makes tenants of its own."""
    with copied(request.param, request, tmp_path_factory.mktemp("running")) as made:
        yield made


@pytest.fixture(scope="session")
def served(running: System) -> Iterator[Served]:
    """One process that serves the running system."""
    with running.serve(ENVIRONMENT="production", MAX_UPLOAD_BYTES=str(4 << 20)) as one:
        yield one
