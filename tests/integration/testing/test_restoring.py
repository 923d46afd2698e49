"""A database is as it was, whatever a test wrote; what rows cannot tell makes a new copy necessary."""

from __future__ import annotations

import time
from contextlib import closing
from dataclasses import replace

import psycopg
import pytest

from limosa.engines.postgresql import restoring
from limosa.engines.postgresql.restoring import Restorer
from limosa.errors import Unreachable
from limosa.model.url import Secret
from tests.fixtures.targets import Target

SCHEMA = """
CREATE TABLE "odd ""n%me {0}" (id serial PRIMARY KEY, name text UNIQUE);
CREATE TABLE parent (id int GENERATED ALWAYS AS IDENTITY PRIMARY KEY, name text NOT NULL,
    loud text GENERATED ALWAYS AS (upper(name)) STORED);
CREATE TABLE child (id int PRIMARY KEY, parent int NOT NULL REFERENCES parent);
CREATE TABLE part (id int, day date) PARTITION BY RANGE (day);
CREATE TABLE part_1 PARTITION OF part FOR VALUES FROM ('2020-01-01') TO ('2030-01-01');
CREATE UNLOGGED TABLE unlogged (id int);
CREATE TABLE kept_for_ever (id int);
CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE 'append only'; END $$;
CREATE TRIGGER refuse BEFORE DELETE OR UPDATE ON kept_for_ever FOR EACH ROW EXECUTE FUNCTION refuse();
CREATE MATERIALIZED VIEW counted AS SELECT count(*) FROM parent;
INSERT INTO parent (name) VALUES ('one'), ('two');
INSERT INTO child VALUES (1, 1);
INSERT INTO kept_for_ever VALUES (1);
"""
TABLES = ('"odd ""n%me {0}"', "parent", "child", "part", "unlogged", "kept_for_ever", "counted")
ROWS_ALONE = [
    "INSERT INTO parent (name) SELECT 'x' FROM generate_series(1, 1000)",
    "DELETE FROM child; DELETE FROM parent",
    "UPDATE parent SET name = 'other' WHERE id = 1",
    "DELETE FROM child; INSERT INTO child VALUES (1, 1)",
    "INSERT INTO kept_for_ever VALUES (2)",
    "INSERT INTO part VALUES (1, '2025-01-01'); INSERT INTO unlogged VALUES (1)",
    'INSERT INTO "odd ""n%me {0}" (name) VALUES (\'a\')',
    "BEGIN; INSERT INTO parent (name) VALUES ('never'); ROLLBACK",
    "SELECT setval('parent_id_seq', 5000)",
    "CREATE TEMPORARY TABLE passing (id int); INSERT INTO passing VALUES (1)",
    "ANALYZE",
]
MORE_THAN_ROWS = [
    "ALTER TABLE parent ADD COLUMN more int",
    "CREATE INDEX ON child (parent)",
    "TRUNCATE parent CASCADE",
    "REFRESH MATERIALIZED VIEW counted",
    "CREATE SCHEMA more",
    "COMMENT ON TABLE parent IS 'changed'",
    "GRANT SELECT ON parent TO PUBLIC",
    "GRANT CREATE ON SCHEMA public TO PUBLIC",
    "ALTER TABLE kept_for_ever DISABLE TRIGGER refuse",
    "ALTER SEQUENCE parent_id_seq INCREMENT 7",
    "CREATE TYPE mood AS ENUM ('good')",
    "SELECT lo_create(4711)",
    "DROP TABLE child",
]


@pytest.fixture
def filled(pg: Target) -> Target:
    """A database with tables of each kind."""
    with pg.connect() as connection:
        connection.execute(SCHEMA)
    return pg


def contents(target: Target) -> dict[str, list[tuple[object, ...]]]:
    """Every row, in the order in which the table gives it."""
    sequences = "SELECT format('%I.%I', schemaname, sequencename) FROM pg_sequences"
    with target.connect() as connection:
        names = [name for (name,) in connection.execute(sequences)]
        queries = [f"SELECT * FROM {name}" for name in TABLES]
        queries += [f"SELECT last_value, is_called FROM {name}" for name in names]
        return {query: connection.execute(query).fetchall() for query in queries}


def test_rows_are_put_back(filled: Target) -> None:
    """Content, order and sequences are as before, each time anew, without a new copy."""
    before = contents(filled)
    with closing(Restorer(filled.url)) as restorer:
        for statement in ROWS_ALONE * 2:
            with filled.connect() as connection:
                connection.execute(statement)
            assert restorer.restore(), statement
            assert contents(filled) == before, statement


def test_more_than_rows_takes_a_new_copy(filled: Target) -> None:
    """What rows cannot put right is noticed, and the untouched database before it was fine."""
    setting = f"ALTER DATABASE \"{filled.url.database}\" SET work_mem = '1MB'"
    for statement in (*MORE_THAN_ROWS, setting):
        with closing(Restorer(filled.url)) as restorer:
            assert restorer.restore(), statement
            filled.execute(statement)
            assert not restorer.restore(), statement


def test_what_is_left_open_is_cut_off(filled: Target) -> None:
    """A transaction that holds a table's lock, and an idle connection, end; what was pending is gone."""
    with closing(Restorer(filled.url)) as restorer:
        with filled.connect(autocommit=False) as left, filled.connect() as idle:
            left.execute("LOCK parent IN ACCESS EXCLUSIVE MODE; INSERT INTO parent (name) VALUES ('lost')")
            assert restorer.restore()
            for connection in (left, idle):
                with pytest.raises(psycopg.OperationalError):
                    connection.execute("SELECT 1")
        assert filled.rows("SELECT count(*) FROM parent") == [(2,)]


def test_a_trigger_that_is_always_on_takes_a_new_copy(filled: Target) -> None:
    """What refuses to be put back is not called restored."""
    filled.execute("ALTER TABLE kept_for_ever ENABLE ALWAYS TRIGGER refuse")
    with closing(Restorer(filled.url)) as restorer:
        filled.execute("INSERT INTO kept_for_ever VALUES (2)")
        assert not restorer.restore()


def test_rows_too_many_to_keep_take_a_new_copy_when_they_change(
    filled: Target, monkeypatch: pytest.MonkeyPatch
) -> None:
    """They are not kept in memory; as long as nobody writes them that does not matter."""
    monkeypatch.setattr(restoring, "_MOST_BYTES", 0)
    with closing(Restorer(filled.url)) as restorer:
        filled.execute("INSERT INTO unlogged VALUES (1)")
        assert restorer.restore()
        filled.execute("UPDATE parent SET name = name WHERE id = 1")
        assert not restorer.restore()


def test_who_is_no_superuser_cannot_restore(filled: Target) -> None:
    """Triggers and foreign keys could not be left aside; that is told at once, not at the first test."""
    name = f"ordinary_{filled.url.database}"
    filled.execute(f"CREATE ROLE {name} LOGIN PASSWORD 'ordinary'")
    try:
        with pytest.raises(Unreachable):
            Restorer(replace(filled.url, username=name, password=Secret("ordinary")))
    finally:
        filled.execute(f"DROP ROLE {name}")


def test_it_stays_quick_over_many_tests(filled: Target) -> None:
    """What was deleted is cleaned away now and then: the five hundredth time costs what the first did."""
    with closing(Restorer(filled.url)) as restorer:
        for _ in range(3):
            filled.execute("INSERT INTO unlogged SELECT generate_series(1, 50000)")
            assert restorer.restore()
            assert filled.rows("SELECT pg_relation_size('unlogged')") == [(0,)]
        started = time.monotonic()
        assert restorer.restore()
        assert time.monotonic() - started < 1
