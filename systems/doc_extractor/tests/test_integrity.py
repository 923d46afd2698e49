"""What the database itself guarantees: keys, uniqueness, times of update, and a trail nobody rewrites."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pytest
from sqlalchemy import Connection, delete, func, insert, select, text, update
from sqlalchemy.exc import DBAPIError, IntegrityError

from doc_extractor.models import audit_log, documents, hash_index
from systems.doc_extractor.tests.project import Project


def add_document(connection: Connection, name: str = "a", **values: Any) -> int:
    """Insert a document with its hash, and return its id."""
    row = {
        "file_name": name,
        "file_size_bytes": 1,
        "file_hash": name * 64,
        "file_type": "text/plain",
        "ingestion_source": "test",
    }
    number: int = connection.execute(
        insert(documents).values(row | values).returning(documents.c.id)
    ).scalar_one()
    connection.execute(insert(hash_index).values(file_hash=name * 64, document_id=number))
    return number


def test_the_guides_keys_cascade(project: Project) -> None:
    """At 004, as the guide has it, a document takes its hash and its events along."""
    project.up("004")
    with project.engine.begin() as connection:
        number = add_document(connection)
        event = insert(audit_log).values(document_id=number, action="ingested")
        connection.execute(event.values(document_id=number))
        connection.execute(delete(documents).where(documents.c.id == number))

    assert project.rows()["hash_index"] == project.rows()["audit_log"] == []


@pytest.mark.parametrize("revision", ["001", "004", "head"])
def test_a_key_must_lead_somewhere(project: Project, revision: str) -> None:
    """A hash cannot name a document that is not there."""
    project.up(revision)
    column = "content_hash" if revision == "001" else "file_hash"
    astray = text(f"INSERT INTO hash_index ({column}, document_id) VALUES ('x', 99)")
    with project.engine.connect() as connection, pytest.raises(IntegrityError):
        connection.execute(astray)


def test_a_content_is_kept_once(project: Project) -> None:
    """Neither documents nor hash_index takes the same hash twice."""
    project.up()
    with project.engine.begin() as connection:
        add_document(connection)
    for table in (documents, hash_index):
        copy = select(*(c for c in table.columns if c.name != "id"))
        names = [column.name for column in table.columns if column.name != "id"]
        with project.engine.connect() as connection, pytest.raises(IntegrityError):
            connection.execute(insert(table).from_select(names, copy))


def test_what_the_guide_requires_is_required(project: Project) -> None:
    """A document without one of its required values is refused."""
    project.up()
    for column in ("file_name", "file_size_bytes", "file_hash", "file_type", "ingestion_source"):
        with project.engine.connect() as connection, pytest.raises(IntegrityError, match=column):
            add_document(connection, "a", **{column: None})


def test_the_database_keeps_updated_at(project: Project) -> None:
    """A change moves updated_at by itself; a time that the statement gives is taken as it is."""
    project.up()
    long_ago = datetime(2001, 1, 1)  # noqa: DTZ001 (the tables keep no zone)
    row = documents.c.file_name == "a"
    with project.engine.begin() as connection:
        add_document(connection, updated_at=long_ago)
        add_document(connection, "b", updated_at=long_ago)
        connection.execute(update(documents).where(row).values(document_text="new"))
        moved = connection.scalar(select(documents.c.updated_at).where(row))
        connection.execute(update(documents).where(row).values(updated_at=long_ago.replace(year=2002)))
        given = connection.scalar(select(documents.c.updated_at).where(row))
        other = connection.scalar(select(documents.c.updated_at).where(documents.c.file_name == "b"))

    assert moved is not None
    assert moved.year > 2025
    assert given == long_ago.replace(year=2002)
    assert other == long_ago


def test_updated_at_holds_where_triggers_recurse(on_sqlite: Project) -> None:
    """With SQLite's recursive_triggers on, a change still sets the time, and ends."""
    on_sqlite.up()
    with on_sqlite.engine.begin() as connection:
        connection.execute(text("PRAGMA recursive_triggers=ON"))
        add_document(connection, updated_at=datetime(2001, 1, 1))  # noqa: DTZ001
        connection.execute(update(documents).values(document_text="new"))
        assert connection.scalar(select(func.min(documents.c.updated_at))) > datetime(2025, 1, 1)  # noqa: DTZ001


ATTACKS = (
    "UPDATE audit_log SET action = 'tagged'",
    "UPDATE audit_log SET carried = NULL WHERE id = 1",
    "DELETE FROM audit_log",
    (
        "INSERT INTO audit_log (id, document_id, action) VALUES (1, 1, 'tagged') "
        "ON CONFLICT (id) DO UPDATE SET action = 'tagged'"
    ),
)
ATTACKS_OF = {
    "postgresql": "TRUNCATE audit_log",
    "sqlite": "INSERT OR REPLACE INTO audit_log (id, document_id, action) VALUES (1, 1, 'tagged')",
}


def test_the_trail_cannot_be_altered_or_erased(project: Project) -> None:
    """Whatever an ordinary client sends, the events stay as they were written; a document may go."""
    project.up()
    with project.engine.begin() as connection:
        number = add_document(connection)
        connection.execute(insert(audit_log).values(document_id=number, action="ingested"))
    before = project.rows()["audit_log"]
    for attack in (*ATTACKS, ATTACKS_OF[project.target.engine]):
        with project.engine.connect() as connection, pytest.raises(DBAPIError, match="append-only"):
            connection.execute(text(attack))
    with project.engine.begin() as connection:
        connection.execute(delete(documents))

    assert len(before) == 1
    assert project.rows()["audit_log"] == before
    assert project.rows()["documents"] == []


def test_postgresql_says_who_wrote_an_event(on_postgresql: Project) -> None:
    """The database user is recorded, whatever the client claims."""
    on_postgresql.up()
    with on_postgresql.engine.begin() as connection:
        number = add_document(connection)
        event = insert(audit_log).values(document_id=number, action="ingested", recorded_by="somebody else")
        connection.execute(event)
        user = connection.scalar(text("SELECT session_user"))

    assert [row["recorded_by"] for row in on_postgresql.rows()["audit_log"]] == [user]


@pytest.mark.parametrize("revision", ["004", "head"])
def test_a_hash_is_one_index_lookup(everywhere: Project, revision: str) -> None:
    """Both hash columns are looked up through an index, with the spare indexes and without them."""
    everywhere.up(revision)
    with everywhere.engine.begin() as connection:
        for statement in _many_documents(everywhere.target.engine):
            connection.execute(text(statement))
    for table in ("documents", "hash_index"):
        plan = _plan(everywhere, f"SELECT id FROM {table} WHERE file_hash = 'h500'")
        assert len(plan) == 1 or everywhere.target.engine == "postgresql"
        assert "file_hash" in plan[0]
        assert "INDEX" in plan[0].upper()
        assert "SCAN " + table.upper() not in plan[0].upper()
        assert "SEQ SCAN" not in plan[0].upper()


def _many_documents(engine: str) -> tuple[str, ...]:
    series = (
        "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 1000)"
        if engine == "sqlite"
        else "WITH n AS (SELECT generate_series(1, 1000) AS i)"
    )
    columns = "id, file_name, file_size_bytes, file_hash, file_type, ingestion_source"
    values = "i, 'f', 1, 'h' || CAST(i AS TEXT), 'text/plain', 'test'"
    return (
        f"INSERT INTO documents ({columns}) {series} SELECT {values} FROM n",
        f"INSERT INTO hash_index (file_hash, document_id) {series} SELECT 'h' || CAST(i AS TEXT), i FROM n",
        "ANALYZE",
    )


def _plan(project: Project, query: str) -> list[str]:
    if project.target.engine == "sqlite":
        return [str(row[3]) for row in project.target.rows("EXPLAIN QUERY PLAN " + query)]
    return [str(row[0]) for row in project.target.rows("EXPLAIN " + query)]
