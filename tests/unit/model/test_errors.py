"""Every error has a code, an exit code and a hint, and survives a journey to another process."""

from __future__ import annotations

import pickle
from collections.abc import Iterator

import pytest

from limosa import errors
from limosa.model.exit_code import ExitCode


def _all(kind: type[errors.LimosaError] = errors.LimosaError) -> Iterator[type[errors.LimosaError]]:
    yield kind
    for child in kind.__subclasses__():
        if child.__module__ == errors.__name__:
            yield from _all(child)


@pytest.mark.parametrize("kind", list(_all()), ids=lambda kind: kind.__name__)
def test_errors_survive_pickling(kind: type[errors.LimosaError]) -> None:
    """Message, hint and fields come back from a pickle."""
    error = pickle.loads(pickle.dumps(kind("it broke", hint="mend it", place="here")))

    assert (type(error), error.message, error.hint) == (kind, "it broke", "mend it")
    assert error.fields == {"place": "here"}


def test_codes_are_unique() -> None:
    """A caller can tell the errors apart by their code alone."""
    codes = [kind.code for kind in _all()]

    assert sorted(set(codes)) == sorted(codes)


def test_the_tree_in_the_docstring_names_every_error() -> None:
    """The picture of the tree is complete."""
    assert errors.__doc__ is not None
    for kind in _all():
        assert kind.__name__ in errors.__doc__


@pytest.mark.parametrize(("signal", "code"), [("SIGINT", 130), ("SIGTERM", 143), (None, 130)])
def test_an_interruption_ends_with_its_signals_code(signal: str | None, code: int) -> None:
    """SIGTERM ends with 143, everything else with 130."""
    assert errors.Interrupted("stopped", signal=signal).exit_code == code


def test_exit_codes_are_stable() -> None:
    """Scripts rest on these numbers."""
    assert {code.name: int(code) for code in ExitCode} == {
        "OK": 0,
        "FAILURE": 1,
        "USAGE": 2,
        "BEHIND": 3,
        "DRIFT": 4,
        "FINDINGS": 5,
        "LOCKED": 6,
        "LOCK_RETRIES_USED_UP": 7,
        "PARTIAL_STATE": 8,
        "UNPROVEN": 9,
        "AHEAD": 10,
        "BACKFILL_PENDING": 11,
        "HUNG_UP": 129,
        "INTERRUPTED": 130,
        "TERMINATED": 143,
    }
