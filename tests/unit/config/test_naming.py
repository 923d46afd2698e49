"""Ids of new revisions: the project's own sequence goes on."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from limosa.config.naming import next_id
from limosa.errors import ConfigError


@pytest.mark.parametrize(
    ("existing", "expected"),
    [
        ([], "001"),
        (["001", "002"], "003"),
        (["0001"], "0002"),
        (["1", "2"], "3"),
        (["009"], "010"),
        (["999"], "1000"),
        (["001", "003"], "004"),
        (["V001", "V002"], "V003"),
        (["001", "002", "ae1027a6acf7"], "003"),
        (["ae1027a6acf7"], None),
        (["ae1027a6acf7", "001"], None),
        (["123456789012"], None),
        (["20260115"], None),
        (["001_initial"], None),
    ],
)
def test_sequence_goes_on_in_its_width(existing: list[str], expected: str | None) -> None:
    """The next number keeps the width; ids that are in no sequence get none."""
    assert next_id(existing) == expected


@pytest.mark.parametrize("first", ["0001", "m01"])
def test_a_project_may_begin_its_own_way(first: str) -> None:
    """The first id that the settings ask for is taken, and only while there is none."""
    assert next_id([], first=first) == first
    assert next_id(["001"], first=first) == "002"


def test_a_beginning_that_cannot_be_counted_is_refused() -> None:
    """Otherwise the second revision would get a random id."""
    with pytest.raises(ConfigError, match="'first_id' is 'initial'"):
        next_id([], first="initial")


@given(st.lists(st.integers(0, 99_999), min_size=1, unique=True), st.integers(1, 6))
def test_next_id_is_new_and_follows_all(numbers: list[int], width: int) -> None:
    """The next id is greater than every one there is, in at least their width."""
    existing = [f"{number:0{width}d}" for number in numbers]

    found = next_id(existing)

    assert found is not None
    assert int(found) == max(numbers) + 1
    assert len(found) >= max(len(one) for one in existing)
    assert found not in existing
