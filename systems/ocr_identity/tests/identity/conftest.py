"""Fixtures of the system's tests."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from pathlib import Path

import pytest

from limosa.testing.workshop import Wishes, Workshop
from tests.fixtures.servers import NEWEST, Servers
from tests.fixtures.targets import Target, postgresql_target, sqlite_target
from tests.identity.project import SYSTEM, System
from tests.identity.service import Person, Service, serving

ENGINES = ("sqlite", "postgresql")


@contextmanager
def system_on(engine: str, servers: Servers, folder: Path) -> Iterator[System]:
    """Provide the system on two empty databases."""
    with ExitStack() as stack:
        main, analytics = _targets(engine, servers, folder, stack)
        yield System(main, analytics, storage=folder / "scans")


def _targets(engine: str, servers: Servers, folder: Path, stack: ExitStack) -> tuple[Target, Target]:
    if engine == "sqlite":
        (folder / "second").mkdir()
        return sqlite_target(folder), sqlite_target(folder / "second")
    server = servers.of(NEWEST)
    return stack.enter_context(postgresql_target(server)), stack.enter_context(postgresql_target(server))


@pytest.fixture(params=ENGINES)
def system(request: pytest.FixtureRequest, servers: Servers, tmp_path: Path) -> Iterator[System]:
    """The system on two empty databases, of each engine in turn."""
    with system_on(request.param, servers, tmp_path) as made:
        yield made


@pytest.fixture
def on_sqlite(servers: Servers, tmp_path: Path) -> Iterator[System]:
    """The system on two SQLite files that do not exist yet."""
    with system_on("sqlite", servers, tmp_path) as made:
        yield made


@pytest.fixture
def on_postgresql(servers: Servers, tmp_path: Path) -> Iterator[System]:
    """The system on two empty PostgreSQL databases."""
    with system_on("postgresql", servers, tmp_path) as made:
        yield made


@pytest.fixture(scope="session", params=ENGINES)
def service(
    request: pytest.FixtureRequest, servers: Servers, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Service]:
    """The service at head, with a worker in it: one for all tests of an engine, each with its own users."""
    folder = tmp_path_factory.mktemp("service")
    with system_on(request.param, servers, folder) as system:
        system.up_both()
        with serving(system.having(MAX_UPLOAD_BYTES="200000"), folder / "service.log") as running:
            yield running


@pytest.fixture
def person(service: Service) -> Iterator[Person]:
    """Somebody who has signed in."""
    with service.person() as made:
        yield made


@pytest.fixture(scope="module")
def refused_one(service: Service) -> Iterator[Person]:
    """Somebody for whom nothing is ever done: one for all tests of a module that only look at refusals."""
    with service.person() as made:
        yield made


@pytest.fixture(scope="session")
def limosa_workshop(servers: Servers) -> Iterator[Workshop]:
    """Where the plugin's checks get their databases: this system is one of several in the run."""
    with closing(Workshop(Wishes(project=SYSTEM, server=servers.of(NEWEST).url()))) as workshop:
        yield workshop
