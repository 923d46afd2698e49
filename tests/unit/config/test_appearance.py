"""How much the command says: flags over variables."""

from __future__ import annotations

import pytest

from limosa.config import Display, display
from limosa.errors import ConfigError


@pytest.mark.parametrize(
    ("variables", "expected"),
    [
        ({}, Display()),
        ({"LIMOSA_QUIET": "1"}, Display(quiet=True)),
        ({"LIMOSA_VERBOSE": "yes", "LIMOSA_QUIET": "0"}, Display(verbose=True)),
        ({"LIMOSA_NO_COLOR": "true"}, Display(has_color=False)),
        ({"NO_COLOR": "0"}, Display(has_color=False)),
        ({"NO_COLOR": ""}, Display()),
        ({"TERM": "dumb"}, Display(has_color=False)),
    ],
)
def test_variables_are_read(variables: dict[str, str], expected: Display) -> None:
    """Each variable has its meaning; NO_COLOR counts by being there."""
    assert display(variables=variables) == expected


def test_flags_go_over_variables() -> None:
    """A flag is not undone by a variable."""
    assert display(quiet=True, verbose=True, no_color=True, variables={"LIMOSA_QUIET": "0"}) == Display(
        quiet=True, verbose=True, has_color=False
    )


def test_unclear_variable_is_refused() -> None:
    """A value that says neither yes nor no is an error, not a no."""
    with pytest.raises(ConfigError, match="LIMOSA_QUIET must be 1 or 0"):
        display(variables={"LIMOSA_QUIET": "perhaps"})
