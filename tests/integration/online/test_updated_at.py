"""A maintained column: when it is set, when it is not, and what is left of it in the end."""

from __future__ import annotations

from typing import Any

import pytest

from limosa import online
from limosa.errors import NameTaken, OperationRefused
from tests.fixtures.projects import MakeProject
from tests.fixtures.targets import Target
from tests.integration.online.conftest import Live, Tool

LONG_AGO = "2001-02-03 04:05:06.000000"
STATED = "2002-02-03 04:05:06.000000"
TYPES = {"sqlite": "DATETIME", "postgresql": "timestamptz"}
ROWS = f"INSERT INTO document (id, n, updated_at) VALUES (1, 1, '{LONG_AGO}'), (2, 2, '{LONG_AGO}')"
UP = f"""
from limosa import online
op.create_table(
    "document",
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("n", sa.Integer),
    sa.Column("updated_at", sa.DateTime(timezone=True), server_default=sa.func.now()),
)
op.execute("{ROWS}")
online.create_updated_at_trigger("document")
op.create_updated_at_trigger("document")
"""
DOWN = """
from limosa import online
op.drop_updated_at_trigger("document")
op.drop_table("document")
"""


def create(
    target: Target, name: str = "document", columns: str = "id integer PRIMARY KEY, n integer"
) -> None:
    """Create a table with two rows."""
    target.execute(
        f"CREATE TABLE {name} ({columns}, updated_at {TYPES[target.engine]})", ROWS.replace("document", name)
    )


def times(target: Target, name: str = "document") -> list[Any]:
    """Return the year of each row by its id."""
    year = {"sqlite": "substr(updated_at, 1, 4)", "postgresql": "to_char(updated_at, 'YYYY')"}[target.engine]
    return [found for (found,) in target.rows(f"SELECT {year} FROM {name} ORDER BY id")]


@pytest.fixture
def maintained(target: Target, live: Live) -> Target:
    """A database with a table whose column is maintained."""
    create(target)
    with live(target):
        online.create_updated_at_trigger("document")
    return target


def test_up_down_and_up_again(target: Target, project: MakeProject, tool: Tool) -> None:
    """Under both tools the column is maintained after the upgrade; the downgrade leaves nothing."""
    made = project(url=target.url)
    made.revise("001", None, upgrade=UP, downgrade=DOWN)
    for _ in range(2):
        tool.upgrade(made)
        target.execute("UPDATE document SET n = 5 WHERE id = 1")
        year, other = times(target)
        assert (year > "2020", other) == (True, "2001")
        tool.downgrade(made, "base")
        if target.engine == "sqlite":
            left = "SELECT name FROM sqlite_master WHERE name LIKE 'maintain%'"
        else:
            left = "SELECT proname FROM pg_proc WHERE proname LIKE 'maintain%'"
        assert target.rows(left) == []


def test_a_script_makes_the_same(pg: Target, project: MakeProject) -> None:
    """What --sql prints maintains the column when a person runs it."""
    made = project(url=pg.url)
    made.revise("001", None, upgrade=UP, downgrade=DOWN)
    script = made.alembic("upgrade", "head", "--sql").stdout
    with pg.connect() as connection:
        connection.execute(script)
    pg.execute("UPDATE document SET n = 5")
    assert all(year > "2020" for year in times(pg))
    down = made.alembic("downgrade", "001:base", "--sql").stdout
    with pg.connect() as connection:
        connection.execute(down)
    assert pg.rows("SELECT 1 FROM pg_proc WHERE proname LIKE 'maintain%'") == []


def test_a_script_for_sqlite_is_refused(sqlite: Target, project: MakeProject) -> None:
    """Its trigger depends on a primary key that nobody can look up; the error says so."""
    made = project(url=sqlite.url)
    made.revise("001", None, upgrade=UP, downgrade=DOWN)
    done = made.alembic("upgrade", "head", "--sql", check=False)
    assert done.returncode != 0
    assert "OperationRefused: a script for SQLite cannot have this trigger" in done.stderr


@pytest.mark.parametrize("target", ["sqlite", "postgresql-18"], indirect=True)
def test_every_updated_row_and_no_other(maintained: Target) -> None:
    """A bulk update sets the time of all its rows, also where it writes what was there."""
    maintained.execute("UPDATE document SET n = n WHERE id = 2")
    assert [year > "2020" for year in times(maintained)] == [False, True]
    maintained.execute("UPDATE document SET n = n + 1")
    assert all(year > "2020" for year in times(maintained))


def test_a_value_of_the_statement_stands(maintained: Target) -> None:
    """Whoever gives the column a value, alone or beside others, keeps it."""
    maintained.execute(f"UPDATE document SET n = 7, updated_at = '{STATED}' WHERE id = 1")
    maintained.execute("UPDATE document SET updated_at = NULL WHERE id = 2")
    assert times(maintained) == ["2002", None]
    maintained.execute("UPDATE document SET n = 8 WHERE id = 2")
    assert times(maintained)[1] > "2020"


def test_an_upsert_counts_where_it_updates(maintained: Target) -> None:
    """ON CONFLICT DO UPDATE is an update of the row that was there; an inserted row keeps its own value."""
    maintained.execute(
        f"INSERT INTO document (id, n, updated_at) VALUES (1, 9, '{STATED}'), (3, 9, '{STATED}') "
        "ON CONFLICT (id) DO UPDATE SET n = excluded.n"
    )
    assert [year > "2020" for year in times(maintained)] == [True, False, False]


@pytest.mark.parametrize("target", ["sqlite", "postgresql-18"], indirect=True)
def test_a_cascade_counts(target: Target, live: Live) -> None:
    """A key that follows its parent's by ON UPDATE CASCADE is an update of the child."""
    target.execute("CREATE TABLE parent (id integer PRIMARY KEY)", "INSERT INTO parent VALUES (1), (2)")
    create(
        target,
        columns="id integer PRIMARY KEY, n integer REFERENCES parent (id) ON UPDATE CASCADE",
    )
    with live(target):
        online.create_updated_at_trigger("document")
    with target.connect() as connection:
        if target.engine == "sqlite":
            connection.execute("PRAGMA foreign_keys = ON")
        connection.execute("UPDATE parent SET id = 10 WHERE id = 1")
    assert target.rows("SELECT n FROM document ORDER BY id") == [(10,), (2,)]
    assert [year > "2020" for year in times(target)] == [True, False]


KEYS = {
    "rowid": ("id integer PRIMARY KEY", ""),
    "no key": ("id integer", ""),
    "text key": ("id text PRIMARY KEY", "WITHOUT ROWID"),
    "composite key": ("id integer, CONSTRAINT k PRIMARY KEY (n, id)", ""),
    "composite key alone": ("id integer, CONSTRAINT k PRIMARY KEY (n, id)", "WITHOUT ROWID"),
    "columns named like the rowid": ('id integer, "ROWID" integer, oid integer', ""),
    "all rowids hidden": (
        "id integer NOT NULL UNIQUE, rowid integer, _rowid_ text, oid integer PRIMARY KEY",
        "",
    ),
}


@pytest.mark.parametrize("recursive", ["OFF", "ON"])
@pytest.mark.parametrize("kind", KEYS)
def test_any_key_and_no_loop(sqlite: Target, live: Live, kind: str, recursive: str) -> None:
    """SQLite: the row is found by whatever key it has, and the trigger does not set itself off."""
    columns, without = KEYS[kind]
    sqlite.execute(f"CREATE TABLE document (n integer, updated_at DATETIME, {columns}) {without}", ROWS)
    with live(sqlite):
        online.create_updated_at_trigger("document")
    with sqlite.connect() as connection:
        connection.execute(f"PRAGMA recursive_triggers = {recursive}")
        for _ in range(500):  # many in a millisecond, so that the new time is the old one
            connection.execute("UPDATE document SET n = n + 1 WHERE id = 1")
    assert sqlite.rows("SELECT n FROM document ORDER BY id") == [(501,), (2,)]
    assert [year > "2020" for year in times(sqlite)] == [True, False]


def test_tables_share_the_function(pg: Target, live: Live) -> None:
    """The function goes with the last table that uses it, and not before."""
    create(pg)
    create(pg, "other")
    functions = "SELECT count(*) FROM pg_proc WHERE proname = 'maintain_updated_at'"
    with live(pg):
        online.create_updated_at_trigger("document")
        online.create_updated_at_trigger("other")
    assert pg.rows(functions) == [(1,)]
    with live(pg):
        online.drop_updated_at_trigger("document")
    pg.execute("UPDATE other SET n = 0", "UPDATE document SET n = 0")
    assert (times(pg)[0], times(pg, "other")[0] > "2020") == ("2001", True)
    with live(pg):
        online.drop_updated_at_trigger("other")
        online.drop_updated_at_trigger("other")
    assert pg.rows(functions) == [(0,)]


def test_somebody_elses_function_is_not_replaced(pg: Target, live: Live) -> None:
    """A function of that name with another text is named, and stays."""
    create(pg)
    text = "BEGIN RETURN NULL; END"
    pg.execute(f"CREATE FUNCTION maintain_updated_at() RETURNS trigger LANGUAGE plpgsql AS '{text}'")
    with pytest.raises(NameTaken, match="another function") as caught, live(pg):
        online.create_updated_at_trigger("document")
    assert caught.value.fields["found"] == text
    assert pg.rows("SELECT prosrc FROM pg_proc WHERE proname = 'maintain_updated_at'") == [(text,)]


def test_types_without_equality_and_computed_columns(pg: Target, live: Live) -> None:
    """PostgreSQL: a json column or a generated one in the table does not matter."""
    create(
        pg, columns="id integer PRIMARY KEY, n integer, j json, g integer GENERATED ALWAYS AS (n * 2) STORED"
    )
    with live(pg):
        online.create_updated_at_trigger("document")
    pg.execute("UPDATE document SET j = '{}' WHERE id = 2")
    assert [year > "2020" for year in times(pg)] == [False, True]


BAD = {"there is no table": ("nowhere", "updated_at"), "has no column": ("document", "changed")}


@pytest.mark.parametrize("said", BAD)
@pytest.mark.parametrize("target", ["sqlite", "postgresql-18"], indirect=True)
def test_what_is_not_there(target: Target, live: Live, said: str) -> None:
    """A table or column that is not there is named, with what is, and nothing was made."""
    create(target)
    table, column = BAD[said]
    with pytest.raises(OperationRefused, match=f"{said} '") as caught, live(target):
        online.create_updated_at_trigger(table, column=column)
    assert caught.value.hint
    with live(target):
        online.drop_updated_at_trigger(table, column=column)  # and there is nothing to drop


HOSTILE = ('My "own" table', "a%b :c; --'", "ä" * 31 + "x")


@pytest.mark.parametrize("name", HOSTILE)
@pytest.mark.parametrize("target", ["sqlite", "postgresql-18"], indirect=True)
def test_hostile_names(target: Target, live: Live, name: str) -> None:
    """Quotes, capitals, blanks, signs of SQL and of drivers, and 63 bytes: all are only names."""
    quoted = '"' + name.replace('"', '""') + '"'
    target.execute(
        f"CREATE TABLE {quoted} (id integer PRIMARY KEY, n integer, {quoted} {TYPES[target.engine]})",
        f"INSERT INTO {quoted} VALUES (1, 1, '{LONG_AGO}')",
    )
    with live(target):
        online.create_updated_at_trigger(name, column=name)
        online.create_updated_at_trigger(name, column=name)
    target.execute(f"UPDATE {quoted} SET n = 2")
    assert target.rows(f"SELECT count(*) FROM {quoted} WHERE {quoted} > '{LONG_AGO}'") == [(1,)]
    with live(target):
        online.drop_updated_at_trigger(name, column=name)
    target.execute(f"UPDATE {quoted} SET {quoted} = '{LONG_AGO}'", f"UPDATE {quoted} SET n = 3")
    assert target.rows(f"SELECT count(*) FROM {quoted} WHERE {quoted} > '{LONG_AGO}'") == [(0,)]


def test_in_another_schema(pg: Target, live: Live) -> None:
    """The function lies in the schema of its table."""
    pg.execute("CREATE SCHEMA shop")
    create(pg, "shop.document")
    with live(pg):
        online.create_updated_at_trigger("document", schema="shop")
    pg.execute("UPDATE shop.document SET n = 0")
    assert all(year > "2020" for year in times(pg, "shop.document"))
    homes = "SELECT pronamespace::regnamespace::text FROM pg_proc WHERE proname = 'maintain_updated_at'"
    assert pg.rows(homes) == [("shop",)]


def test_a_batch_on_sqlite_loses_it(sqlite: Target, project: MakeProject, tool: Tool) -> None:
    """SQLite: a table that a batch makes anew has no trigger; called after the batch, it has it again."""
    made = project(url=sqlite.url)
    made.revise("001", None, upgrade=UP, downgrade=DOWN)
    batch = 'with op.batch_alter_table("document") as b:\n    b.alter_column("n", nullable=False)'
    made.revise("002", "001", upgrade=batch)
    made.revise("003", "002", upgrade='op.create_updated_at_trigger("document")')
    tool.upgrade(made, "002")
    sqlite.execute("UPDATE document SET n = 5")
    assert times(sqlite) == ["2001", "2001"]
    tool.upgrade(made, "003")
    sqlite.execute("UPDATE document SET n = 5")
    assert all(year > "2020" for year in times(sqlite))
