"""One database of each kind, for what differs by kind and not by version."""

from __future__ import annotations

import pytest

from tests.fixtures.targets import Target


@pytest.fixture(params=["sqlite", "pg"])
def either(request: pytest.FixtureRequest) -> Target:
    """A fresh database: SQLite, then the newest PostgreSQL."""
    made: Target = request.getfixturevalue(request.param)
    return made
