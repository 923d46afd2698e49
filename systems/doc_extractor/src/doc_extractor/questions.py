"""What can be asked of the documents: where a text occurs, and how much there is."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import Connection, Select, func, or_, select

from doc_extractor.models import HEAD, PLACEHOLDER_HASH, documents, error_log, hash_index
from doc_extractor.store import require_revision

CONTEXT_CHARACTERS = 60
_real = documents.c.file_hash != PLACEHOLDER_HASH


@dataclass(frozen=True, slots=True, kw_only=True)
class Hit:
    """A document that has the text, and the words around its first occurrence."""

    document_id: int
    file_name: str
    file_type: str
    excerpt: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Statistics:
    """How much there is."""

    documents: int
    bytes: int
    characters: int
    by_type: dict[str, int]
    by_status: dict[str, int]
    duplicates: int
    open_errors: int
    latest: str | None


def search(connection: Connection, text: str, *, limit: int = 20) -> tuple[Hit, ...]:
    """Find documents whose text or name has the words, upper and lower case alike."""
    require_revision(connection, HEAD)
    columns = (documents.c.id, documents.c.file_name, documents.c.file_type, documents.c.document_text)
    found = (
        select(*columns)
        .where(_real)
        .where(or_(*(column.icontains(text, autoescape=True) for column in (columns[3], columns[1]))))
        .order_by(documents.c.id)
        .limit(limit)
    )
    return tuple(
        Hit(document_id=number, file_name=name, file_type=kind, excerpt=_excerpt(body or "", text))
        for number, name, kind, body in connection.execute(found)
    )


def _excerpt(body: str, text: str) -> str:
    place = body.lower().find(text.lower())
    if place < 0:
        return ""
    start, end = max(0, place - CONTEXT_CHARACTERS), place + len(text) + CONTEXT_CHARACTERS
    return " ".join(body[start:end].split())


def statistics(connection: Connection) -> Statistics:
    """Count documents, bytes, characters, duplicates and open errors."""
    require_revision(connection, HEAD)
    size, characters = func.sum(documents.c.file_size_bytes), func.sum(func.length(documents.c.document_text))
    totals = select(func.count(), size, characters, func.max(documents.c.ingestion_timestamp)).where(_real)
    count, total, letters, latest = connection.execute(totals.select_from(documents)).one()
    open_errors = select(func.count()).select_from(error_log).where(error_log.c.resolution_notes.is_(None))
    return Statistics(
        documents=count,
        bytes=int(total or 0),
        characters=int(letters or 0),
        by_type=_counts(connection, _grouped(documents.c.file_type)),
        by_status=_counts(connection, _grouped(documents.c.ingestion_status)),
        duplicates=int(connection.scalar(select(func.sum(hash_index.c.duplicate_count))) or 0),
        open_errors=connection.scalar(open_errors) or 0,
        latest=None if latest is None else latest.isoformat(sep=" ", timespec="seconds"),
    )


def _grouped(column: object) -> Select[str, int]:
    return select(column, func.count()).where(_real).group_by(column).order_by(func.count().desc())  # type: ignore[call-overload,no-any-return]


def _counts(connection: Connection, query: Select[str, int]) -> dict[str, int]:
    return dict(connection.execute(query).all())
