"""Names: quoted whole, apart however long they are, and never SQL."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from limosa.engines.quoting import literal
from limosa.model.session import Query
from limosa.online.naming import filled, fitted, quoted

NAMES = st.text(min_size=1, max_size=90)


@given(NAMES)
def test_a_name_fits(name: str) -> None:
    """No name is longer than PostgreSQL keeps, and a short one stays as it is."""
    assert len(fitted(name).encode()) <= 63
    assert (fitted(name) == name) == (len(name.encode()) <= 63)


@given(NAMES, NAMES)
def test_two_names_stay_two(one: str, other: str) -> None:
    """Also where they differ behind the place where a server would cut them."""
    begin = "x" * 70
    assert (fitted(begin + one) == fitted(begin + other)) == (one == other)


@given(NAMES)
def test_quotes_are_doubled(name: str) -> None:
    """What is quoted can be read back, and ends where it should."""
    assert quoted("s", name)[5:-1].replace('""', '"') == name
    assert quoted(None, name) == quoted(name)
    assert literal(name)[1:-1].replace("''", "'") == name
    assert literal(name)[1:-1].replace("''", "").count("'") == 0


def test_a_statement_without_its_comment() -> None:
    """The comment of the file is not sent; braces and signs in a name are only text."""
    query = Query("-- What for,\n-- in two lines.\nDROP TABLE {table} -- it\n")
    assert filled(query, table='"a{b}%s"') == 'DROP TABLE "a{b}%s" -- it\n'
