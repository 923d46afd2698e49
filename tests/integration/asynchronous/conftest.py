"""The databases and the env.py that AsyncMigrator is tried with."""

from __future__ import annotations

import pytest

from tests.fixtures.targets import Target
from tests.integration.asynchronous.application import ENGINES, KINDS


@pytest.fixture(params=ENGINES)
def engine(request: pytest.FixtureRequest) -> Target:
    """An empty database on each engine."""
    made: Target = request.getfixturevalue(request.param)
    return made


@pytest.fixture(params=KINDS)
def template(request: pytest.FixtureRequest) -> str:
    """Alembic's synchronous and its asynchronous env.py."""
    name: str = request.param
    return name
