"""Names of new revisions: the project's own sequence and style go on."""

from __future__ import annotations

import re
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from limosa.config.naming import file_name, next_id, slug

NOW = datetime(2026, 3, 4, 5, 6, 7, tzinfo=UTC)


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


@given(st.lists(st.integers(0, 99_999), min_size=1, unique=True), st.integers(1, 6))
def test_next_id_is_new_and_follows_all(numbers: list[int], width: int) -> None:
    """The next id is greater than every one there is, in at least their width."""
    existing = [f"{number:0{width}d}" for number in numbers]

    found = next_id(existing)

    assert found is not None
    assert int(found) == max(numbers) + 1
    assert len(found) >= max(len(one) for one in existing)
    assert found not in existing


@pytest.mark.parametrize(
    ("message", "ticket", "expected"),
    [
        ("add owner", None, "add_owner"),
        ("Add owner", "JIRA-12", "jira_12_add_owner"),
        ("  add: the `owner`/column!! ", None, "add_the_owner_column"),
        ("größe und façade", None, "große_und_facade"),
        ("../../etc/passwd", None, "etc_passwd"),
        ("", None, ""),
        (
            "a very long message that does not end where it should",
            None,
            "a_very_long_message_that_does_not_end",
        ),
        ("x" * 50, None, "x" * 40),
    ],
)
def test_message_becomes_snake_case(message: str, ticket: str | None, expected: str) -> None:
    """Words in lower case behind the ticket, cut between two of them."""
    assert slug(message, ticket=ticket) == expected


@given(st.text(), st.none() | st.text(max_size=20), st.integers(1, 60))
def test_slug_is_a_file_name(message: str, ticket: str | None, limit: int) -> None:
    """Whatever the message, what comes out is words, underscores between them, and not too long."""
    found = slug(message, ticket=ticket, limit=limit)

    assert len(found) <= limit
    assert re.fullmatch(r"([^\W_]+(_[^\W_]+)*)?", found)


@pytest.mark.parametrize(
    ("template", "existing", "expected"),
    [
        (None, {}, "003_add_owner.py"),
        (None, {"001": "001_initial", "002": "002_more"}, "003_add_owner.py"),
        (None, {"001": "001-initial"}, "003-add_owner.py"),
        (None, {"001": "001__initial", "002": "whatever"}, "003__add_owner.py"),
        ("%(year)d/%(month).2d/%(day).2d_%(rev)s_%(slug)s", {"001": "001-x"}, "2026/03/04_003_add_owner.py"),
        ("%(epoch)s-%(rev)s", {}, f"{int(NOW.timestamp())}-003.py"),
    ],
)
def test_file_name_follows_the_project(template: str | None, existing: dict[str, str], expected: str) -> None:
    """The project's file_template decides, or else the way its files are named."""
    assert file_name("003", "add_owner", template=template, existing=existing, now=NOW) == expected


def test_file_name_without_words_ends_with_the_id() -> None:
    """No underscore is left over where the message has no words."""
    assert file_name("003", "", template=None, existing={}, now=NOW) == "003.py"
