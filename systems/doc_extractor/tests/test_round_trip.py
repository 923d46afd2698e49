"""No row and no value is lost, whichever way the schema goes."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from sqlalchemy import delete, insert, select, update

from doc_extractor import models, shape_001
from doc_extractor.failures import ExtractionError
from doc_extractor.head_store import HeadStore
from doc_extractor.ingestion import write
from doc_extractor.reading import Reading
from doc_extractor.store import Batch
from systems.doc_extractor.tests.initial_rows import AWKWARD, InitialRows, document, event, initial_rows
from systems.doc_extractor.tests.project import TABLES, Project

# Each example migrates a database; shrinking one would take minutes, and the rows are small as drawn.
arbitrary = settings(
    max_examples=8,
    deadline=None,
    derandomize=True,
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)


def fill(project: Project, rows: InitialRows) -> None:
    """Write the rows into the tables of 001, which may hold others."""
    with project.engine.begin() as connection:
        for table in reversed(shape_001.metadata.sorted_tables):
            connection.execute(delete(table))
        rows.insert(connection)


def _awkward_rows_come_back(project: Project, revision: str) -> None:
    project.up("001")
    fill(project, AWKWARD)
    before = project.rows()
    project.up(revision)
    above = project.rows()
    project.down("001")

    assert project.rows() == before
    project.up(revision)
    assert project.rows() == above


def test_awkward_rows_come_back_from_head(everywhere: Project) -> None:
    """NULLs, overlong texts, broken JSON and look-alikes are the same after up and down, and up once more."""
    _awkward_rows_come_back(everywhere, "head")


@pytest.mark.parametrize("revision", ["002", "003", "004", "005"])
def test_awkward_rows_come_back_from_each_revision(on_sqlite: Project, revision: str) -> None:
    """It is safe to turn round at any revision."""
    _awkward_rows_come_back(on_sqlite, revision)


def _arbitrary_rows_come_back(project: Project, rows: InitialRows) -> None:
    project.down("base")
    project.up("001")
    fill(project, rows)
    before = project.rows()
    project.up()
    project.down("001")

    assert project.rows() == before


@arbitrary
@given(rows=initial_rows())
def test_any_rows_come_back_on_sqlite(on_sqlite: Project, rows: InitialRows) -> None:
    """Whatever 001 allows to be stored is the same after up to head and down again."""
    _arbitrary_rows_come_back(on_sqlite, rows)


@arbitrary
@given(rows=initial_rows())
def test_any_rows_come_back_on_postgresql(on_postgresql: Project, rows: InitialRows) -> None:
    """Whatever 001 allows to be stored is the same after up to head and down again."""
    _arbitrary_rows_come_back(on_postgresql, rows)


def test_the_guides_columns_say_what_the_old_ones_said(project: Project) -> None:
    """A well-kept row needs nothing carried but what the guide has no column for."""
    project.up("001")
    fill(project, AWKWARD)
    project.up("004")

    rows = project.rows()
    first = next(row for row in rows["documents"] if row["id"] == 1)
    assert (first["file_name"], first["file_type"], first["file_hash"]) == (
        "1.txt",
        "application/pdf",
        "a" * 64,
    )
    assert first["ingestion_status"] == "success"
    assert first["created_at"] == first["updated_at"] == first["ingestion_timestamp"]
    assert {row["action"] for row in rows["audit_log"]} <= {"ingested", "updated", "deleted", "error"}
    assert json.loads(str(_text(rows["audit_log"][0]["new_value"]))) == {
        "file_path": "/a",
        "result": "success",
    }
    assert rows["error_log"][0]["file_name"] == "/a"


def _text(value: object) -> object:
    """SQLite's driver gives the text of a JSON column, psycopg the value."""
    return value if isinstance(value, str) else json.dumps(value)


def test_duplicates_are_counted_from_the_trail(project: Project) -> None:
    """The old trail's duplicates become the count and the last sight of their hash."""
    project.up("001")
    fill(project, AWKWARD)
    project.up("004")

    seen = {row["id"]: row for row in project.rows()["hash_index"]}
    assert seen[1]["duplicate_count"] == 1
    assert str(seen[1]["first_seen"]).startswith("2026-01-15 12:00")
    assert str(seen[1]["last_seen"]).startswith("2026-01-15 13:00")
    assert seen[2]["duplicate_count"] == 0


def test_only_what_needs_it_gets_a_placeholder(project: Project) -> None:
    """A database whose events and hashes all have their document gets no row that it did not have."""
    project.up("001")
    hashes = [{"id": 1, "content_hash": "x", "document_id": 1}]
    fill(
        project, InitialRows(documents=[document(1)], hash_index=hashes, audit_log=[event(1, document_id=1)])
    )
    project.up("004")

    assert [row["id"] for row in project.rows()["documents"]] == [1]


def test_the_placeholder_goes_when_only_events_needed_it(project: Project) -> None:
    """At head an event may concern no document, so a placeholder that stood for nothing else is gone."""
    project.up("001")
    fill(project, InitialRows(documents=[document(1)], audit_log=[event(1), event(2, document_id=1)]))
    project.up("004")
    assert [row["id"] for row in project.rows()["documents"]] == [0, 1]
    project.up()

    rows = project.rows()
    assert [row["id"] for row in rows["documents"]] == [1]
    assert [row["document_id"] for row in rows["audit_log"]] == [models.NO_DOCUMENT, 1]


def test_references_to_nothing_are_kept_apart(on_sqlite: Project) -> None:
    """SQLite may hold keys that no document has; they survive the way up, and come down as NULL."""
    on_sqlite.up("001")
    on_sqlite.target.execute(
        "INSERT INTO audit_log (id, document_id) VALUES (1, 77)",
        "INSERT INTO hash_index (id, content_hash, document_id) VALUES (1, 'h', 78)",
    )
    on_sqlite.up()
    assert [row["document_id"] for row in on_sqlite.rows()["audit_log"]] == [77]
    assert on_sqlite.rows()["hash_index"][0]["carried"] == '{"document_id":78}'
    on_sqlite.down("001")
    assert on_sqlite.target.rows("PRAGMA foreign_key_check") == []
    on_sqlite.up()

    assert [row["document_id"] for row in on_sqlite.rows()["audit_log"]] == [77]


def reading(name: str, sha: str, text: str | None = "words", *, error: str | None = None) -> Reading:
    """Return a file as if it had been read."""
    return Reading(
        path=Path(name),
        mime_type="text/plain",
        size_bytes=5,
        sha256=sha * 64,
        text=text,
        metadata={"characters": 5, "page_count": 2, "title": 'ü"\\'},
        error=None if error is None else ExtractionError(error, kind="Broken"),
    )


def live(project: Project) -> None:
    """Use the tables at head: new files, duplicates, failures, a resolved error, a deleted document."""
    store = HeadStore(Batch(actor="ada"))
    files = [
        reading("/a", "a"),
        reading("/b", "a"),
        reading("/c", "c", None, error="broken"),
        reading("/d", "d"),
        reading("/e", "e"),
    ]
    with project.engine.begin() as connection:
        for file in files:
            write(connection, store, file)
        connection.execute(update(models.error_log).values(retry_attempted=True, resolution_notes="by hand"))
        connection.execute(
            update(models.documents)
            .where(models.documents.c.file_name == "/d")
            .values(file_type="application/pdf", document_text=None, metadata_extracted=5)
        )
        connection.execute(delete(models.documents).where(models.documents.c.file_name == "/e"))
        connection.execute(
            insert(models.audit_log).values(
                document_id=1, action="tagged", old_value=["x"], new_value="free", change_reason="why not"
            )
        )
        connection.execute(insert(models.audit_log).values(document_id=models.NO_DOCUMENT, action="archived"))


def test_what_was_written_at_head_survives_the_way_down(everywhere: Project) -> None:
    """Texts, statuses, counts, events and notes that 001 cannot hold are back after the next upgrade."""
    everywhere.up()
    live(everywhere)
    before = everywhere.rows()
    everywhere.down("001")
    everywhere.up()

    assert everywhere.rows() == before


def test_old_rows_used_at_head_survive_too(project: Project) -> None:
    """A row of 001 that was worked on at head keeps both what it had and what it got."""
    project.up("001")
    fill(project, AWKWARD)
    project.up()
    with project.engine.begin() as connection:
        write(connection, HeadStore(Batch(actor="ada")), reading("/a2", "a"))
        row = update(models.documents).where(models.documents.c.id == 3)
        connection.execute(row.values(file_name="renamed", document_text="read at last"))
    before = project.rows()
    project.down("001")
    with project.engine.begin() as connection:
        old = connection.execute(select(shape_001.documents).where(shape_001.documents.c.id == 3)).one()
    assert (old.filename, old.content_hash) == ("renamed", AWKWARD.documents[2]["content_hash"])
    project.up()

    after = project.rows()
    assert [row["id"] for row in after["documents"]] == [row["id"] for row in before["documents"]]
    assert after["hash_index"] == before["hash_index"]
    assert after["audit_log"] == before["audit_log"]


def test_a_document_in_the_old_shape_can_be_read_by_the_old_program(project: Project) -> None:
    """What 001 does have columns for, it has after a downgrade, for rows born at head as well."""
    project.up()
    live(project)
    project.down("001")

    rows = project.rows()
    assert rows["documents"][0]["filename"] == "/a"
    assert rows["documents"][0]["document_type"] == "text"
    assert rows["documents"][0]["page_count"] == 2
    assert rows["documents"][0]["content_hash"] == "a" * 64
    assert rows["audit_log"][1]["result"] == "duplicate"
    assert rows["audit_log"][1]["document_id"] == 1
    assert rows["error_log"][0]["error_message"] == "broken"
    assert {table: len(rows[table]) for table in TABLES} == {
        "documents": 3,
        "hash_index": 3,
        "audit_log": 7,
        "error_log": 1,
    }


def test_the_contract_waits_for_the_backfill(project: Project) -> None:
    """A row written by the old program after 003 stops 004 before it changes anything."""
    project.up("003")
    with project.engine.begin() as connection:
        InitialRows(documents=[document(1)]).insert(connection)
    with pytest.raises(RuntimeError, match=r"1 row.s. of documents were written after revision 003"):
        project.up()

    assert project.current().startswith("003")
    project.down("002")
    project.up()
    assert [row["file_name"] for row in project.rows()["documents"]] == ["1.txt"]
