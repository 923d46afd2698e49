"""What pytest loads of Limosa: options, a marker, fixtures; none of it costs a run that does not use it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

from limosa.testing.current import close_workshop, workshop_of

if TYPE_CHECKING:
    from limosa.migrator import Migrator
    from limosa.testing.database import Database
    from limosa.testing.workshop import Workshop

_MARKERS = (
    "limosa(at='heads', engines=None): the revision, and the engines, of this test's limosa_database",
    "limosa_check: one of the plugin's checks of the revisions",
)


def pytest_addoption(parser: pytest.Parser) -> None:
    """Name the options, all of which begin with ``limosa``."""
    parser.addini("limosa_project", "folder of the project to migrate, from the root folder; default: itself")
    parser.addini("limosa_environment", "environment of the project's settings; default: its own default")
    parser.addini("limosa_engines", "engines of limosa_database: sqlite postgresql", type="args", default=[])
    parser.addini(
        "limosa_postgresql", "major version of the scratch PostgreSQL; default: the newest there is"
    )
    parser.addini(
        "limosa_checks", "checks in a run of everything: true, or their names", type="args", default=[]
    )
    parser.addini("limosa_one_way", "revisions that need not go back", type="args", default=[])
    group = parser.getgroup("limosa")
    group.addoption(
        "--limosa-checks",
        action="store_true",
        help="check the revisions, too; with -m limosa_check nothing else",
    )
    group.addoption(
        "--limosa-url",
        metavar="URL",
        help="a PostgreSQL to make databases on; without it LIMOSA_TEST_URL, or a scratch server",
    )


def pytest_configure(config: pytest.Config) -> None:
    """Make the markers known."""
    for marker in _MARKERS:
        config.addinivalue_line("markers", marker)


def pytest_unconfigure(config: pytest.Config) -> None:
    """Remove what was made."""
    close_workshop(config)


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Give a test that uses a database one for each engine."""
    if "limosa_engine" in metafunc.fixturenames:
        from limosa.testing.options import engines_of  # noqa: PLC0415  nobody else pays for it

        engines = engines_of(metafunc.config, metafunc.definition)
        if engines is not None:
            metafunc.parametrize("limosa_engine", engines, indirect=True)


@pytest.hookimpl(tryfirst=True)  # so that -k and -m choose among them, too
def pytest_collection_modifyitems(session: pytest.Session, items: list[pytest.Item]) -> None:
    """Add the checks that are asked for."""
    names = _checks_of(session.config)
    if names:
        from limosa.testing.items import Checks  # noqa: PLC0415

        items.extend(session.genitems(Checks.of(session, names)))


def _checks_of(config: pytest.Config) -> list[str]:
    """The checks that are wanted: by option in any run, by settings in one not narrowed to some files."""
    named = [*config.getini("limosa_checks")]
    if config.getoption("--limosa-checks"):
        return named if named not in ([], ["false"]) else ["true"]
    return named if config.args_source is not config.ArgsSource.ARGS else []


@pytest.fixture
def limosa_engine(request: pytest.FixtureRequest) -> str:
    """``sqlite`` or ``postgresql``: the engine of this test's database."""
    engine: str = request.param
    return engine


@pytest.fixture(scope="session")
def limosa_workshop(request: pytest.FixtureRequest) -> Workshop:
    """Where the databases come from; its ``lent(engine, at=...)`` lends one more."""
    from limosa.testing.failure import told  # noqa: PLC0415

    with told():
        return workshop_of(request.config)
    raise AssertionError  # told() has let the test fail


@pytest.fixture
def limosa_database(
    request: pytest.FixtureRequest, limosa_engine: str, limosa_workshop: Workshop
) -> Iterator[Database]:
    """A database of the test's own, migrated; ``.url``, ``.async_url``, ``.engine``."""
    from limosa.testing.failure import told  # noqa: PLC0415
    from limosa.testing.options import revision_of  # noqa: PLC0415

    with told(), limosa_workshop.lent(limosa_engine, at=revision_of(request.node)) as database:
        yield database


@pytest.fixture
def limosa_migrator(limosa_database: Database, limosa_workshop: Workshop) -> Migrator:
    """The verbs on this test's database: ``limosa_migrator.downgrade("-1")``."""
    return limosa_workshop.migrator(limosa_database)
