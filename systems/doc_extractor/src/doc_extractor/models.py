"""The tables at head, as the program uses them; ``alembic check`` holds them to the revisions."""

from __future__ import annotations

from sqlalchemy import (
    JSON,
    Boolean,
    Column,
    DateTime,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    String,
    Table,
    Text,
    UniqueConstraint,
    false,
    func,
    text,
)

HEAD = "007"
"""The revision these tables belong to."""
NO_DOCUMENT = 0
"""The ``audit_log.document_id`` of an event that concerns no document."""
PLACEHOLDER_HASH = "unhashed:none"
"""The ``file_hash`` of the one row that migrations keep for hashes without a document."""

# PostgreSQL's own default names, said aloud so that both engines agree on them.
metadata = MetaData(
    naming_convention={
        "pk": "%(table_name)s_pkey",
        "uq": "%(table_name)s_%(column_0_name)s_key",
        "fk": "%(table_name)s_%(column_0_name)s_fkey",
    }
)


def _json(name: str) -> Column[object]:
    return Column(name, JSON(none_as_null=True))


def _now(name: str) -> Column[object]:
    return Column(name, DateTime, nullable=False, server_default=func.now())


documents = Table(
    "documents",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("file_name", String(500), nullable=False),
    Column("file_size_bytes", Integer, nullable=False),
    Column("file_hash", String(64), nullable=False),
    Column("file_type", String(50), nullable=False),
    Column("ingestion_source", String(255), nullable=False),
    _now("ingestion_timestamp"),
    Column("document_text", Text),
    _json("metadata_extracted"),
    Column("ingestion_status", String(50), nullable=False, server_default="success"),
    Column("error_message", String(1000)),
    _now("created_at"),
    _now("updated_at"),
    _json("carried"),
    UniqueConstraint("file_hash"),
    Index("ix_documents_ingestion_timestamp", "ingestion_timestamp"),
    Index("ix_documents_file_type", "file_type"),
)

hash_index = Table(
    "hash_index",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("file_hash", String(64), nullable=False),
    Column("document_id", Integer, ForeignKey("documents.id", ondelete="CASCADE"), nullable=False),
    _now("first_seen"),
    Column("duplicate_count", Integer, nullable=False, server_default=text("0")),
    _now("last_seen"),
    _json("carried"),
    UniqueConstraint("file_hash"),
)

audit_log = Table(
    "audit_log",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("document_id", Integer, nullable=False),
    Column("action", String(50), nullable=False),
    _now("action_timestamp"),
    Column("user_or_system", String(255), nullable=False, server_default="system"),
    _json("old_value"),
    _json("new_value"),
    Column("change_reason", String(500)),
    Column("recorded_by", String(255)),
    _json("carried"),
    Index("ix_audit_log_document_id", "document_id"),
    Index("ix_audit_log_action_timestamp", "action_timestamp"),
)

error_log = Table(
    "error_log",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("file_name", String(500), nullable=False),
    Column("error_type", String(100), nullable=False),
    Column("error_message", String(2000), nullable=False),
    _now("error_timestamp"),
    Column("retry_attempted", Boolean, nullable=False, server_default=false()),
    Column("resolution_notes", String(1000)),
    _json("carried"),
    Index("ix_error_log_error_timestamp", "error_timestamp"),
)
