"""Failures are tried again, and resolved where the file can be read now."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import Connection, Engine, Row, select, update

from doc_extractor.head_store import HeadStore, limited
from doc_extractor.models import documents, error_log, hash_index
from doc_extractor.reading import Reading, read
from doc_extractor.store import require_revision

RETRY = "retry"


@dataclass(frozen=True, slots=True, kw_only=True)
class Retried:
    """How the open failures fared."""

    resolved: int = 0
    failed_again: int = 0


def retry(engine: Engine, store: HeadStore) -> Retried:
    """Try each open failure once, each in a transaction of its own."""
    with engine.connect() as connection:
        require_revision(connection, store.revision)
        unresolved = select(error_log.c.id, error_log.c.file_name).where(
            error_log.c.resolution_notes.is_(None)
        )
        failures = connection.execute(unresolved.order_by(error_log.c.id)).all()
    resolved = 0
    for error_id, file_name in failures:
        reading = read(Path(file_name))
        with engine.begin() as connection:
            resolved += _try_again(connection, store, error_id, reading)
    return Retried(resolved=resolved, failed_again=len(failures) - resolved)


def _try_again(connection: Connection, store: HeadStore, error_id: int, reading: Reading) -> bool:
    error = update(error_log).where(error_log.c.id == error_id)
    if reading.error is not None:
        _note_failure(connection, store, reading)
        message = limited(str(reading.error), error_log.c.error_message)
        connection.execute(error.values(retry_attempted=True, error_message=message))
        return False
    notes = _take_in(connection, store, reading)
    connection.execute(error.values(retry_attempted=True, resolution_notes=notes))
    return True


def _failed_document(connection: Connection, reading: Reading) -> Row[int, str] | None:
    """Return the document that an earlier attempt at the same path left behind."""
    found = select(documents.c.id, documents.c.file_hash).where(
        documents.c.file_name == limited(reading.name, documents.c.file_name),
        documents.c.ingestion_status != "success",
    )
    return connection.execute(found.limit(1)).one_or_none()


def _note_failure(connection: Connection, store: HeadStore, reading: Reading) -> None:
    document = _failed_document(connection, reading)
    if document is not None:
        message = limited(str(reading.error), documents.c.error_message)
        connection.execute(
            update(documents)
            .where(documents.c.id == document.id)
            .values(ingestion_status=RETRY, error_message=message)
        )
        store.record(connection, document.id, "error", reading, result="failed", operation=RETRY)


def _take_in(connection: Connection, store: HeadStore, reading: Reading) -> str:
    """Write the file that can be read now, and say where it went."""
    failed = _failed_document(connection, reading)
    known = store.find(connection, str(reading.sha256))
    if known is not None and (failed is None or known != failed.id):
        store.record(connection, known, "ingested", reading, result="duplicate", operation=RETRY)
        return f"its content is document {known} already"
    if failed is None:
        return f"read as document {store.add_document(connection, reading)}"
    connection.execute(update(documents).where(documents.c.id == failed.id).values(store.content_of(reading)))
    connection.execute(
        update(hash_index).where(hash_index.c.file_hash == failed.file_hash).values(file_hash=reading.sha256)
    )
    old = {"file_hash": failed.file_hash, "ingestion_status": "failed"}
    store.record(
        connection,
        failed.id,
        "updated",
        reading,
        result="success",
        operation=RETRY,
        old_value=old,
        reason=RETRY,
    )
    return f"read on retry, document {failed.id}"
