"""The tables of revision 001 and how documents are written to them: the program as it began.

Kept so that a database in the first shape can be filled and then migrated; see the README.
"""

from __future__ import annotations

import json

from sqlalchemy import (
    Boolean,
    Column,
    Connection,
    DateTime,
    ForeignKey,
    Integer,
    MetaData,
    String,
    Table,
    Text,
    func,
    insert,
    select,
)

from doc_extractor.reading import Reading
from doc_extractor.store import Batch, now

DOCUMENT_TYPES = {
    "application/pdf": "pdf",
    "text/plain": "text",
    "text/markdown": "markdown",
    "text/html": "html",
}

metadata = MetaData()

documents = Table(
    "documents",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("filename", String, nullable=False),
    Column("document_type", String),
    Column("page_count", Integer),
    Column("content_hash", String, unique=True),
    Column("file_size_bytes", Integer),
    Column("import_date", DateTime, server_default=func.current_timestamp()),
    Column("source", String),
    Column("metadata_json", Text),
)
hash_index = Table(
    "hash_index",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("content_hash", String, nullable=False, unique=True),
    Column("document_id", Integer, ForeignKey("documents.id")),
)
audit_log = Table(
    "audit_log",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("timestamp", DateTime, server_default=func.current_timestamp()),
    Column("event_type", String),
    Column("document_id", Integer, ForeignKey("documents.id")),
    Column("file_path", String),
    Column("operation", String),
    Column("result", String),
    Column("error_message", Text),
    Column("import_batch_id", String),
)
error_log = Table(
    "error_log",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("timestamp", DateTime, server_default=func.current_timestamp()),
    Column("error_type", String),
    Column("error_message", Text),
    Column("context_json", Text),
    Column("resolved", Boolean, default=False),
)


class InitialStore:
    """Writes the shape of revision 001, which has no room for a document's text."""

    revision = "001"

    def __init__(self, batch: Batch) -> None:
        self._batch = batch

    def find(self, connection: Connection, sha256: str) -> int | None:
        """Look the content up in hash_index."""
        return connection.scalar(select(hash_index.c.document_id).where(hash_index.c.content_hash == sha256))

    def add_document(self, connection: Connection, reading: Reading) -> int:
        """Write a document, its hash and its event."""
        row = insert(documents).values(
            filename=reading.name,
            document_type=DOCUMENT_TYPES.get(reading.mime_type, reading.mime_type),
            page_count=reading.metadata.get("page_count"),
            content_hash=reading.sha256,
            file_size_bytes=reading.size_bytes,
            import_date=now(),
            source=self._batch.source,
            metadata_json=json.dumps(reading.metadata),
        )
        document_id: int = connection.execute(row.returning(documents.c.id)).scalar_one()
        connection.execute(insert(hash_index).values(content_hash=reading.sha256, document_id=document_id))
        self._record(connection, reading, "success", document_id)
        return document_id

    def add_duplicate(self, connection: Connection, reading: Reading, document_id: int) -> None:
        """Write an event; this shape counts nothing else."""
        self._record(connection, reading, "duplicate", document_id)

    def add_failure(self, connection: Connection, reading: Reading) -> None:
        """Write an event without a document, and the error."""
        assert reading.error is not None
        self._record(connection, reading, "failed", None)
        context = {"file_path": reading.name, "import_batch_id": self._batch.batch_id}
        connection.execute(
            insert(error_log).values(
                timestamp=now(),
                error_type=reading.error.kind,
                error_message=str(reading.error),
                context_json=json.dumps(context),
                resolved=False,
            )
        )

    def _record(self, connection: Connection, reading: Reading, result: str, document_id: int | None) -> None:
        connection.execute(
            insert(audit_log).values(
                timestamp=now(),
                event_type="import",
                document_id=document_id,
                file_path=reading.name,
                operation="ingest",
                result=result,
                error_message=None if reading.error is None else str(reading.error),
                import_batch_id=self._batch.batch_id,
            )
        )
