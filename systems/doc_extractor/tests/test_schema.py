"""The schema at each revision is the one the documents describe: no more, no less."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Boolean, DateTime, Integer, String, Text
from sqlalchemy.types import JSON, TypeEngine

from systems.doc_extractor.tests.project import TABLES, Project

NOW = "now"
Column = tuple[type[TypeEngine[Any]], int | None, bool, str | None]  # type, length, nullable, default


def _shape(
    kind: type[TypeEngine[Any]], length: int | None = None, *, null: bool = False, default: str | None = None
) -> Column:
    return kind, length, null, default


INITIAL: dict[str, dict[str, Column]] = {
    "documents": {
        "id": _shape(Integer),
        "filename": _shape(String),
        "document_type": _shape(String, null=True),
        "page_count": _shape(Integer, null=True),
        "content_hash": _shape(String, null=True),
        "file_size_bytes": _shape(Integer, null=True),
        "import_date": _shape(DateTime, null=True, default=NOW),
        "source": _shape(String, null=True),
        "metadata_json": _shape(Text, null=True),
    },
    "hash_index": {
        "id": _shape(Integer),
        "content_hash": _shape(String),
        "document_id": _shape(Integer, null=True),
    },
    "audit_log": {
        "id": _shape(Integer),
        "timestamp": _shape(DateTime, null=True, default=NOW),
        "event_type": _shape(String, null=True),
        "document_id": _shape(Integer, null=True),
        "file_path": _shape(String, null=True),
        "operation": _shape(String, null=True),
        "result": _shape(String, null=True),
        "error_message": _shape(Text, null=True),
        "import_batch_id": _shape(String, null=True),
    },
    "error_log": {
        "id": _shape(Integer),
        "timestamp": _shape(DateTime, null=True, default=NOW),
        "error_type": _shape(String, null=True),
        "error_message": _shape(Text, null=True),
        "context_json": _shape(Text, null=True),
        "resolved": _shape(Boolean, null=True),
    },
}
INITIAL_INDEXES = {
    "idx_content_hash": ("documents", "content_hash"),
    "idx_import_date": ("documents", "import_date"),
    "idx_document_type": ("documents", "document_type"),
    "idx_hash_index_hash": ("hash_index", "content_hash"),
    "idx_audit_timestamp": ("audit_log", "timestamp"),
    "idx_error_timestamp": ("error_log", "timestamp"),
}
GUIDE: dict[str, dict[str, Column]] = {
    "documents": {
        "id": _shape(Integer),
        "file_name": _shape(String, 500),
        "file_size_bytes": _shape(Integer),
        "file_hash": _shape(String, 64),
        "file_type": _shape(String, 50),
        "ingestion_source": _shape(String, 255),
        "ingestion_timestamp": _shape(DateTime, default=NOW),
        "document_text": _shape(Text, null=True),
        "metadata_extracted": _shape(JSON, null=True),
        "ingestion_status": _shape(String, 50, default="success"),
        "error_message": _shape(String, 1000, null=True),
        "created_at": _shape(DateTime, default=NOW),
        "updated_at": _shape(DateTime, default=NOW),
    },
    "hash_index": {
        "id": _shape(Integer),
        "file_hash": _shape(String, 64),
        "document_id": _shape(Integer),
        "first_seen": _shape(DateTime, default=NOW),
        "duplicate_count": _shape(Integer, default="0"),
        "last_seen": _shape(DateTime, default=NOW),
    },
    "audit_log": {
        "id": _shape(Integer),
        "document_id": _shape(Integer),
        "action": _shape(String, 50),
        "action_timestamp": _shape(DateTime, default=NOW),
        "user_or_system": _shape(String, 255, default="system"),
        "old_value": _shape(JSON, null=True),
        "new_value": _shape(JSON, null=True),
        "change_reason": _shape(String, 500, null=True),
    },
    "error_log": {
        "id": _shape(Integer),
        "file_name": _shape(String, 500),
        "error_type": _shape(String, 100),
        "error_message": _shape(String, 2000),
        "error_timestamp": _shape(DateTime, default=NOW),
        "retry_attempted": _shape(Boolean, default="false"),
        "resolution_notes": _shape(String, 1000, null=True),
    },
}
CARRIED = {"carried": _shape(JSON, null=True)}
RECORDED_BY = {"recorded_by": _shape(String, 255, null=True)}
SPARE_INDEXES = {
    "ix_documents_file_hash": ("documents", "file_hash"),
    "ix_hash_index_file_hash": ("hash_index", "file_hash"),
}
GUIDE_INDEXES = {
    **SPARE_INDEXES,
    "ix_documents_ingestion_timestamp": ("documents", "ingestion_timestamp"),
    "ix_documents_file_type": ("documents", "file_type"),
    "ix_audit_log_document_id": ("audit_log", "document_id"),
    "ix_audit_log_action_timestamp": ("audit_log", "action_timestamp"),
    "ix_error_log_error_timestamp": ("error_log", "error_timestamp"),
}


def columns_of(project: Project, table: str) -> dict[str, Column]:
    """Read a table's columns in the words of the tables above."""
    found: dict[str, Column] = {}
    for column in project.inspector().get_columns(table):
        kind = next(
            k for k in (JSON, Text, String, Boolean, DateTime, Integer) if isinstance(column["type"], k)
        )
        length = getattr(column["type"], "length", None)
        found[column["name"]] = (kind, length, column["nullable"], _plain_default(column["default"]))
    return found


def _plain_default(default: str | None) -> str | None:
    if default is None or default.startswith("nextval("):
        return None
    if default in {"now()", "CURRENT_TIMESTAMP"}:
        return NOW
    return default.partition("::")[0].strip("'")


def indexes_of(project: Project) -> dict[str, tuple[str, ...]]:
    """Return each named plain index with its table and columns; those of constraints are left out."""
    return {
        str(index["name"]): (table, *map(str, index["column_names"]))
        for table in TABLES
        for index in project.inspector().get_indexes(table)
        if not index.get("duplicates_constraint") and not str(index["name"]).startswith("sqlite_")
    }


def keys_of(project: Project) -> set[tuple[str, str, str, str | None]]:
    """Return each foreign key: table, column, table referred to, what happens on delete."""
    return {
        (table, key["constrained_columns"][0], key["referred_table"], key["options"].get("ondelete"))
        for table in TABLES
        for key in project.inspector().get_foreign_keys(table)
    }


def unique_of(project: Project) -> set[tuple[str, ...]]:
    """Return each unique constraint: table and columns."""
    inspector = project.inspector()
    return {(t, *u["column_names"]) for t in TABLES for u in inspector.get_unique_constraints(t)}


def schema_of(project: Project) -> dict[str, Any]:
    """Return all that the checks above look at, to compare two moments."""
    return {
        "columns": {table: columns_of(project, table) for table in TABLES},
        "indexes": indexes_of(project),
        "keys": keys_of(project),
        "unique": unique_of(project),
    }


def _on_this_engine(project: Project, columns: dict[str, Column]) -> dict[str, Column]:
    if project.target.engine != "sqlite":
        return columns
    defaults = {"false": "0"}
    return {n: (k, length, null, defaults.get(str(d), d)) for n, (k, length, null, d) in columns.items()}


def test_revision_001_is_the_initial_schema(everywhere: Project) -> None:
    """Revision 001 has exactly the columns, indexes, keys and unique columns of the first document."""
    everywhere.up("001")

    assert {t: columns_of(everywhere, t) for t in TABLES} == INITIAL
    assert indexes_of(everywhere) == INITIAL_INDEXES
    assert keys_of(everywhere) == {
        ("hash_index", "document_id", "documents", None),
        ("audit_log", "document_id", "documents", None),
    }
    assert unique_of(everywhere) == {("documents", "content_hash"), ("hash_index", "content_hash")}


def test_revision_004_is_the_guides_schema(everywhere: Project) -> None:
    """Revision 004 has every column of the operations guide as it says, and nothing but `carried` besides."""
    everywhere.up("004")

    expected = {t: _on_this_engine(everywhere, columns) | CARRIED for t, columns in GUIDE.items()}
    assert {t: columns_of(everywhere, t) for t in TABLES} == expected
    assert indexes_of(everywhere) == GUIDE_INDEXES
    assert everywhere.inspector().get_pk_constraint("documents")["name"] == "documents_pkey"
    assert keys_of(everywhere) == {
        ("hash_index", "document_id", "documents", "CASCADE"),
        ("audit_log", "document_id", "documents", "CASCADE"),
    }
    assert unique_of(everywhere) == {("documents", "file_hash"), ("hash_index", "file_hash")}


def test_head_keeps_the_guides_columns(everywhere: Project) -> None:
    """What follows the guide adds `recorded_by`, cuts the trail's key and drops the spare indexes only."""
    everywhere.up()

    expected = {t: _on_this_engine(everywhere, columns) | CARRIED for t, columns in GUIDE.items()}
    expected["audit_log"] |= RECORDED_BY
    assert {t: columns_of(everywhere, t) for t in TABLES} == expected
    assert indexes_of(everywhere) == {n: c for n, c in GUIDE_INDEXES.items() if n not in SPARE_INDEXES}
    assert keys_of(everywhere) == {("hash_index", "document_id", "documents", "CASCADE")}


def test_only_the_four_tables_are_to_be_seen(everywhere: Project) -> None:
    """Bookkeeping stays out of the way: four tables after an upgrade, none after a downgrade to base."""
    everywhere.up()
    bookkeeping = {"alembic_version"} if everywhere.target.engine == "sqlite" else {"limosa.alembic_version"}

    assert everywhere.target.tables() - bookkeeping == set(TABLES)
    everywhere.down("base")
    assert everywhere.target.tables() - bookkeeping == set()


def test_nothing_is_left_after_base(project: Project) -> None:
    """Downgrading to base removes functions, triggers and sequences as well."""
    project.up()
    project.down("base")

    if project.target.engine == "sqlite":
        left = project.target.rows("SELECT name FROM sqlite_master WHERE tbl_name <> 'alembic_version'")
    else:
        left = project.target.rows(
            "SELECT proname FROM pg_proc WHERE pronamespace = 'public'::regnamespace "
            "UNION ALL SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace"
        )
    assert left == []


def test_a_revision_reached_from_above_is_the_one_reached_from_below(everywhere: Project) -> None:
    """Step by step up, down and up again, each revision has the same schema each time."""
    revisions = ("001", "002", "003", "004", "005", "006", "007")
    below = {}
    for revision in revisions:
        everywhere.up(revision)
        below[revision] = schema_of(everywhere)
    for revision in reversed(revisions):
        everywhere.down(revision)
        assert schema_of(everywhere) == below[revision], revision
    everywhere.up()

    assert schema_of(everywhere) == below["007"]


def test_the_models_say_what_the_revisions_made(everywhere: Project) -> None:
    """``alembic check`` finds nothing at head, types and defaults compared, and again after a round trip."""
    everywhere.up()
    everywhere.check()
    everywhere.down("001")
    everywhere.up()

    everywhere.check()
