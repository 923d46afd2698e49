"""Fixtures of the tests that break things."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.faults.runs import Runs, running


@pytest.fixture(scope="session")
def runs() -> Iterator[Runs]:
    """Where runs are started: one server of forks for all tests of the session."""
    yield from running()
