"""SQLite's statements, scripts and dropped tables are read from their text."""

from __future__ import annotations

import pytest

from limosa.engines.queries import load, pyformat
from limosa.engines.sqlite.rebuild import dropped_table
from limosa.engines.sqlite.session import complete_statements
from limosa.model.session import Query


@pytest.mark.parametrize(
    ("sql", "table"),
    [
        ("DROP TABLE t", "t"),
        ('\n drop table if exists "a ""b"""', 'a "b"'),
        ("DROP TABLE main.t", "t"),
        ("DROP TABLE [t]", "t"),
        ("DROP INDEX t", None),
        ("CREATE TABLE t (a)", None),
    ],
)
def test_dropped_tables_are_named(sql: str, table: str | None) -> None:
    """However it is quoted, the guard knows which table goes."""
    assert dropped_table(sql) == table


def test_a_script_is_split_where_sqlite_splits_it() -> None:
    """A trigger's body stays whole, and a last statement without a semicolon is not lost."""
    parts = [
        "CREATE TABLE a (x);",
        " INSERT INTO a VALUES (';');",
        "\nCREATE TRIGGER t AFTER INSERT ON a BEGIN\n  DELETE FROM b;\nEND;",
        "\n/* ; */ SELECT 1",
    ]

    assert list(complete_statements("".join(parts))) == parts


def test_parameters_become_psycopgs_own() -> None:
    """Names become %(name)s, a percent sign is doubled, casts and clock formats stay."""
    query = Query("SELECT :a_b, 'HH24:MI' || x::text WHERE y LIKE 'z%'")

    assert pyformat(query) == "SELECT %(a_b)s, 'HH24:MI' || x::text WHERE y LIKE 'z%%'"


def test_every_query_of_ours_says_what_for(request: pytest.FixtureRequest) -> None:
    """Each named query begins with a comment."""
    files = sorted((request.config.rootpath / "src" / "limosa").rglob("*.sql"))

    assert files
    for file in files:
        for name, text in load(str(file), file.name).items():
            assert text.startswith("-- "), f"{file.name}: {name}"
