"""Fixtures of the system's tests."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import closing

import pytest
from sqlalchemy import make_url

from doc_extractor.database import URL_VARIABLE, open_engine
from limosa.testing.workshop import Wishes, Workshop
from systems.doc_extractor.tests.project import SYSTEM, Project
from tests.fixtures.servers import NEWEST, Servers
from tests.fixtures.targets import Target


def project_on(target: Target, monkeypatch: pytest.MonkeyPatch) -> Iterator[Project]:
    """Point DATABASE_URL at a database, and hand out the system on it."""
    monkeypatch.setenv(URL_VARIABLE, target.url.reveal())
    for name in [name for name in os.environ if name.startswith("LIMOSA_")]:
        monkeypatch.delenv(name)
    engine = open_engine(make_url(target.url.reveal()))
    yield Project(target, engine)
    engine.dispose()


@pytest.fixture(scope="session")
def limosa_workshop(servers: Servers) -> Iterator[Workshop]:
    """Where the plugin's checks get their databases: this system is one of several in the run."""
    with closing(Workshop(Wishes(project=SYSTEM, server=servers.of(NEWEST).url()))) as workshop:
        yield workshop


@pytest.fixture
def everywhere(target: Target, monkeypatch: pytest.MonkeyPatch) -> Iterator[Project]:
    """The system on an empty database, of each engine and each version in turn."""
    yield from project_on(target, monkeypatch)


@pytest.fixture(params=["on_sqlite", "on_postgresql"])
def project(request: pytest.FixtureRequest) -> Project:
    """The system on an empty database, of each engine in turn: for what no version does otherwise."""
    made: Project = request.getfixturevalue(request.param)
    return made


@pytest.fixture
def on_sqlite(sqlite: Target, monkeypatch: pytest.MonkeyPatch) -> Iterator[Project]:
    """The system on an empty SQLite file."""
    yield from project_on(sqlite, monkeypatch)


@pytest.fixture
def on_postgresql(pg: Target, monkeypatch: pytest.MonkeyPatch) -> Iterator[Project]:
    """The system on an empty database of the newest PostgreSQL."""
    yield from project_on(pg, monkeypatch)
