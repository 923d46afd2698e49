"""What the executor must know of a statement is told from its text."""

from __future__ import annotations

import pytest

from limosa.engines.base import Effect, Probe
from limosa.engines.postgresql.engine import PostgreSQL
from limosa.engines.sqlite.engine import SQLite

READ, DATA, SCHEMA, PATIENT = Effect.READ, Effect.DATA, Effect.SCHEMA, Effect.PATIENT


@pytest.mark.parametrize(
    ("sql", "effect"),
    [
        ("SELECT 1", READ),
        ("  -- why\n /* and\n how */ select * from t", READ),
        ("WITH a AS (SELECT 1) SELECT * FROM a", READ),
        ("WITH a AS (DELETE FROM t RETURNING *) SELECT * FROM a", DATA),
        ("SET LOCAL search_path = app", READ),
        ("INSERT INTO t VALUES (1)", DATA),
        ("UPDATE t SET a = 1", DATA),
        ("COPY t FROM STDIN", DATA),
        ("CREATE INDEX i ON t (a)", SCHEMA),
        ("CREATE TABLE t (a int)", SCHEMA),
        ("CREATE TABLE t (a text DEFAULT ';'); COMMIT", SCHEMA),
        ('create unique index "CONCURRENTLY" on t (a)', SCHEMA),
        ("CREATE UNIQUE INDEX concurrently i ON t (a)", PATIENT),
        ("CREATE INDEX CONCURRENTLY ON t (a)", PATIENT),
        ("CREATE DATABASE t", PATIENT),
        ("ALTER TABLE t ADD COLUMN a int", SCHEMA),
        ("TRUNCATE t", SCHEMA),
        ("LOCK TABLE t", SCHEMA),
        ("DO $$ BEGIN PERFORM 1; END $$", SCHEMA),
        ("UPDATE t SET a = 1; ALTER TABLE t ADD b int", SCHEMA),
        ("ALTER TABLE t VALIDATE CONSTRAINT c", PATIENT),
        ("CREATE INDEX CONCURRENTLY i ON t (a)", PATIENT),
        ("REINDEX TABLE CONCURRENTLY t", PATIENT),
        ("something new", SCHEMA),
    ],
)
def test_effect_on_postgresql(sql: str, effect: Effect) -> None:
    """Reads, changes of rows, strong and weak schema locks are told apart; the unknown counts as strong."""
    assert PostgreSQL().nature(sql).effect is effect


@pytest.mark.parametrize(
    ("sql", "probe"),
    [
        ("CREATE UNIQUE INDEX CONCURRENTLY IF NOT EXISTS i ON app.t (a)", Probe("index created", "app.i")),
        ('CREATE INDEX CONCURRENTLY "My Idx" ON ONLY t (a)', Probe("index created", '"My Idx"')),
        ("CREATE INDEX CONCURRENTLY ON t (a)", Probe("unknown")),
        ("DROP INDEX CONCURRENTLY IF EXISTS app.i", Probe("index dropped", "app.i")),
        ("REINDEX INDEX CONCURRENTLY i", Probe("index rebuilt")),
        ('CREATE DATABASE "Shop"', Probe("database created", "Shop")),
        ("DROP DATABASE IF EXISTS Shop", Probe("database dropped", "shop")),
        ("VACUUM t", Probe("repeatable")),
        ("ALTER SYSTEM SET work_mem = '1MB'", Probe("repeatable")),
        ("CALL refresh()", Probe("unknown")),
        ("ALTER TABLE p DETACH PARTITION q CONCURRENTLY", Probe("unknown")),
        ("ALTER TYPE mood ADD VALUE 'soso'", None),
        ("UPDATE t SET a = 1", None),
        ("CREATE INDEX i ON t (a)", None),
    ],
)
def test_what_cannot_run_in_a_transaction_has_a_probe(sql: str, probe: Probe | None) -> None:
    """A probe tells later whether it happened; whatever may run in a transaction needs none."""
    assert PostgreSQL().nature(sql).probe == probe


@pytest.mark.parametrize(
    "sql", ["SET lock_timeout = '2s'", "set local LOCK_TIMEOUT to 5", "RESET lock_timeout"]
)
def test_a_revisions_own_lock_timeout_is_noticed(sql: str) -> None:
    """From there on the executor leaves the timeout alone."""
    assert PostgreSQL().nature(sql).sets_lock_timeout


@pytest.mark.parametrize(
    ("sql", "effect"),
    [
        ("SELECT 1", READ),
        ("PRAGMA table_info(t)", READ),
        ("-- x\nINSERT INTO t VALUES (1)", DATA),
        ("WITH a AS (SELECT 1) DELETE FROM t", DATA),
        ("REPLACE INTO t VALUES (1)", DATA),
        ("CREATE TABLE t (id)", SCHEMA),
        ("VACUUM", PATIENT),
        ("", SCHEMA),
    ],
)
def test_effect_on_sqlite(sql: str, effect: Effect) -> None:
    """SQLite's statements are told apart likewise."""
    assert SQLite().nature(sql).effect is effect
