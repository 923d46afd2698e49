"""How documents are written to the tables at head."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection, insert, select, update

from doc_extractor.models import HEAD, NO_DOCUMENT, audit_log, documents, error_log, hash_index
from doc_extractor.reading import Reading
from doc_extractor.store import Batch, now

FIRST_ID = 1
"""Real documents are numbered from here; below it is what migrations put in a missing one's place."""


def limited(text: str, column: Any) -> str:
    """Cut a text to the length of its column."""
    return text[: column.type.length]


class HeadStore:
    """Writes the shape at head."""

    revision = HEAD

    def __init__(self, batch: Batch) -> None:
        self._batch = batch
        self._ownerless: set[str] = set()

    def find(self, connection: Connection, sha256: str) -> int | None:
        """Look the content up in hash_index; a hash without a document is as good as unseen."""
        found = connection.scalar(select(hash_index.c.document_id).where(hash_index.c.file_hash == sha256))
        if found is not None and found < FIRST_ID:
            self._ownerless.add(sha256)
            return None
        return found

    def add_document(self, connection: Connection, reading: Reading) -> int:
        """Write a document, its hash and its event."""
        seen = now()
        row = insert(documents).values(
            file_name=limited(reading.name, documents.c.file_name),
            ingestion_source=limited(self._batch.source, documents.c.ingestion_source),
            ingestion_timestamp=seen,
            created_at=seen,
            updated_at=seen,
            **self.content_of(reading),
        )
        document_id: int = connection.execute(row.returning(documents.c.id)).scalar_one()
        self._index(connection, str(reading.sha256), document_id, seen)
        if reading.error is None:
            self.record(connection, document_id, "ingested", reading, result="success")
        return document_id

    @staticmethod
    def content_of(reading: Reading) -> dict[str, Any]:
        """Return the columns that follow from the file's bytes."""
        failed = reading.error is not None
        return {
            "file_size_bytes": reading.size_bytes,
            "file_hash": reading.sha256,
            "file_type": limited(reading.mime_type, documents.c.file_type),
            "document_text": reading.text,
            "metadata_extracted": reading.metadata or None,
            "ingestion_status": "failed" if failed else "success",
            "error_message": limited(str(reading.error), documents.c.error_message) if failed else None,
        }

    def _index(self, connection: Connection, sha256: str, document_id: int, seen: object) -> None:
        if sha256 in self._ownerless:
            owner = update(hash_index).where(hash_index.c.file_hash == sha256)
            connection.execute(owner.values(document_id=document_id, last_seen=seen))
            self._ownerless.discard(sha256)
            return
        values = {"file_hash": sha256, "document_id": document_id, "first_seen": seen, "last_seen": seen}
        connection.execute(insert(hash_index).values(values))

    def add_duplicate(self, connection: Connection, reading: Reading, document_id: int) -> None:
        """Count the content once more, and write the event."""
        connection.execute(
            update(hash_index)
            .where(hash_index.c.file_hash == reading.sha256)
            .values(duplicate_count=hash_index.c.duplicate_count + 1, last_seen=now())
        )
        action = "updated" if self._fill_in(connection, reading, document_id) else "ingested"
        self.record(connection, document_id, action, reading, result="duplicate")

    @staticmethod
    def _fill_in(connection: Connection, reading: Reading, document_id: int) -> bool:
        """Give a document that came from revision 001, which kept no text, the text of its file."""
        lacks_text = documents.c.document_text.is_(None) & (documents.c.ingestion_status == "success")
        row = update(documents).where(documents.c.id == document_id, lacks_text)
        return bool(connection.execute(row.values(document_text=reading.text)).rowcount)

    def add_failure(self, connection: Connection, reading: Reading) -> None:
        """Write the event and the error; and a failed document where there is at least a hash."""
        assert reading.error is not None
        document_id = NO_DOCUMENT if reading.sha256 is None else self.add_document(connection, reading)
        self.record(connection, document_id, "error", reading, result="failed")
        connection.execute(
            insert(error_log).values(
                file_name=limited(reading.name, error_log.c.file_name),
                error_type=limited(reading.error.kind, error_log.c.error_type),
                error_message=limited(str(reading.error), error_log.c.error_message),
                error_timestamp=now(),
            )
        )

    def record(
        self,
        connection: Connection,
        document_id: int,
        action: str,
        reading: Reading,
        *,
        result: str,
        operation: str = "ingest",
        old_value: dict[str, Any] | None = None,
        reason: str | None = None,
    ) -> None:
        """Add an event to the trail; on PostgreSQL the database itself fills ``recorded_by``."""
        details = {
            "file_path": reading.name,
            "operation": operation,
            "result": result,
            "import_batch_id": self._batch.batch_id,
        }
        if reading.error is not None:
            details["error_message"] = str(reading.error)
        connection.execute(
            insert(audit_log).values(
                document_id=document_id,
                action=action,
                action_timestamp=now(),
                user_or_system=limited(self._batch.actor, audit_log.c.user_or_system),
                old_value=old_value,
                new_value=details,
                change_reason=reason,
                recorded_by=limited(self._batch.actor, audit_log.c.recorded_by),
            )
        )
