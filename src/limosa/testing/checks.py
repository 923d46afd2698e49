"""The checks as tests, for a test module of one's own: ``from limosa.testing.checks import *``."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from limosa.testing.workshop import Workshop

__all__ = [
    "test_limosa_models",
    "test_limosa_nothing_left",
    "test_limosa_round_trip",
    "test_limosa_single_head",
    "test_limosa_upgrade",
]


@pytest.mark.limosa_check
def test_limosa_single_head(request: pytest.FixtureRequest) -> None:
    """The history has one head: nothing was written beside it on another branch."""
    _perform(request, "single_head")


@pytest.mark.limosa_check
def test_limosa_upgrade(request: pytest.FixtureRequest, limosa_engine: str) -> None:
    """An empty database reaches the head, and then there is nothing left to do."""
    _perform(request, "upgrade", limosa_engine)


@pytest.mark.limosa_check
def test_limosa_round_trip(request: pytest.FixtureRequest, limosa_engine: str) -> None:
    """Each revision goes up, down to the schema before it, and up to the same schema again."""
    _perform(request, "round_trip", limosa_engine)


@pytest.mark.limosa_check
def test_limosa_models(request: pytest.FixtureRequest, limosa_engine: str) -> None:
    """The models and the history lead to the same schema."""
    _perform(request, "models", limosa_engine)


@pytest.mark.limosa_check
def test_limosa_nothing_left(request: pytest.FixtureRequest, limosa_engine: str) -> None:
    """After a downgrade to the base nothing of the history is left in the database."""
    _perform(request, "nothing_left", limosa_engine)


def _perform(request: pytest.FixtureRequest, name: str, engine: str | None = None) -> None:
    workshop: Workshop = request.getfixturevalue("limosa_workshop")  # a conftest.py may have one of its own
    from limosa.testing.failure import told  # noqa: PLC0415  a module that is only collected costs nothing
    from limosa.testing.items import perform  # noqa: PLC0415

    with told():
        perform(name, workshop, engine, config=request.config)
