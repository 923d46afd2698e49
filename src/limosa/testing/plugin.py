"""What pytest loads of Limosa: options, a marker, fixtures; none of it costs a run that does not use it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from limosa.migrator import Migrator
    from limosa.testing.database import Database
    from limosa.testing.workshop import Workshop

_WORKSHOP = pytest.StashKey["Workshop"]()
_MARKER = "limosa(at='heads', engines=None): the revision, and the engines, of this test's limosa_database"


def pytest_addoption(parser: pytest.Parser) -> None:
    """Name the options, all of which begin with ``limosa``."""
    parser.addini("limosa_project", "folder of the project to migrate, from the root folder; default: itself")
    parser.addini("limosa_environment", "environment of the project's settings; default: its own default")
    parser.addini("limosa_engines", "engines of limosa_database: sqlite postgresql", type="args", default=[])
    parser.addini(
        "limosa_postgresql", "major version of the scratch PostgreSQL; default: the newest there is"
    )
    group = parser.getgroup("limosa")
    group.addoption(
        "--limosa-url", metavar="URL", help="a PostgreSQL to make databases on, instead of a scratch server"
    )


def pytest_configure(config: pytest.Config) -> None:
    """Make the marker known."""
    config.addinivalue_line("markers", _MARKER)


def pytest_unconfigure(config: pytest.Config) -> None:
    """Remove what was made."""
    workshop = config.stash.get(_WORKSHOP, None)
    if workshop is not None:
        del config.stash[_WORKSHOP]
        workshop.close()


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Give a test that uses a database one for each engine."""
    if "limosa_engine" in metafunc.fixturenames:
        from limosa.testing.options import engines_of  # noqa: PLC0415  nobody else pays for it

        engines = engines_of(metafunc.config, metafunc.definition)
        if engines is not None:
            metafunc.parametrize("limosa_engine", engines, indirect=True)


@pytest.fixture
def limosa_engine(request: pytest.FixtureRequest) -> str:
    """``sqlite`` or ``postgresql``: the engine of this test's database."""
    engine: str = request.param
    return engine


@pytest.fixture(scope="session")
def limosa_workshop(request: pytest.FixtureRequest) -> Workshop:
    """Where the databases come from; its ``lent(engine, at=...)`` lends one more."""
    return workshop_of(request.config)


@pytest.fixture
def limosa_database(
    request: pytest.FixtureRequest, limosa_engine: str, limosa_workshop: Workshop
) -> Iterator[Database]:
    """A database of the test's own, migrated; ``.url``, ``.async_url``, ``.engine``."""
    from limosa.testing.options import revision_of  # noqa: PLC0415

    with told(), limosa_workshop.lent(limosa_engine, at=revision_of(request.node)) as database:
        yield database


@pytest.fixture
def limosa_migrator(limosa_database: Database, limosa_workshop: Workshop) -> Migrator:
    """The verbs on this test's database: ``limosa_migrator.downgrade("-1")``."""
    return limosa_workshop.migrator(limosa_database)


@contextmanager
def told() -> Iterator[None]:
    """Let a test fail with an error of ours as a sentence and a hint; where we raised it is no help."""
    sentence = None
    try:
        yield
    except Exception as error:
        from limosa.errors import LimosaError  # noqa: PLC0415

        if not isinstance(error, LimosaError):
            raise
        sentence = f"{error.message}\n{error.hint or ''}".rstrip()
    if sentence is not None:  # out here, so that it is not said twice
        pytest.fail(sentence, pytrace=False)


def workshop_of(config: pytest.Config) -> Workshop:
    """The workshop of this process, made when it is first asked for."""
    if _WORKSHOP not in config.stash:
        from limosa.testing.options import wishes_of  # noqa: PLC0415
        from limosa.testing.workshop import Workshop  # noqa: PLC0415

        config.stash[_WORKSHOP] = Workshop(wishes_of(config))
    return config.stash[_WORKSHOP]
