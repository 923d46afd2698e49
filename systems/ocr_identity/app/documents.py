"""Identity documents of one user: nobody else's is ever seen."""

from __future__ import annotations

import uuid
from typing import Any

from sqlalchemy import Connection, Row, delete, insert, select

from app.audit import Client, record
from app.errors import NotFound
from app.models import IdentityDocument

COLUMNS = (
    IdentityDocument.id,
    IdentityDocument.document_type,
    IdentityDocument.document_number,
    IdentityDocument.issuing_country,
    IdentityDocument.issue_date,
    IdentityDocument.expiry_date,
    IdentityDocument.extracted_data,
    IdentityDocument.status,
    IdentityDocument.verification_notes,
    IdentityDocument.created_at,
    IdentityDocument.updated_at,
)
_KIND = "identity_document"


def submit(  # what a submission is made of
    connection: Connection,
    *,
    user: uuid.UUID,
    document: uuid.UUID,
    document_type: str,
    path: str,
    name: str,
    client: Client,
) -> Row[Any]:
    """Add a document whose scan is kept already."""
    values = {"id": document, "user_id": user, "document_type": document_type, "file_path": path}
    row = connection.execute(insert(IdentityDocument).values(values).returning(*COLUMNS)).one()
    details = {"file_name": name, "document_type": document_type}
    record(
        connection,
        "document.submitted",
        user=user,
        kind=_KIND,
        thing=document,
        details=details,
        client=client,
    )
    return row


def listed(connection: Connection, user: uuid.UUID, *, limit: int, offset: int) -> list[Row[Any]]:
    """Return a page of a user's documents, the newest first."""
    newest = (IdentityDocument.created_at.desc(), IdentityDocument.id)
    query = select(*COLUMNS).where(IdentityDocument.user_id == user).order_by(*newest)
    return list(connection.execute(query.limit(limit).offset(offset)))


def find(connection: Connection, user: uuid.UUID, document: uuid.UUID, *, locked: bool = False) -> Row[Any]:
    """Return a user's document with its path; raise ``NotFound`` for somebody else's as for none."""
    query = select(*COLUMNS, IdentityDocument.file_path).where(
        IdentityDocument.id == document, IdentityDocument.user_id == user
    )
    row = connection.execute(query.with_for_update() if locked else query).one_or_none()
    if row is None:
        raise NotFound(f"there is no document {document}")
    return row


def remove(connection: Connection, user: uuid.UUID, document: uuid.UUID, client: Client) -> str | None:
    """Remove a document with its jobs, and return the path of its scan."""
    row = find(connection, user, document, locked=True)
    connection.execute(delete(IdentityDocument).where(IdentityDocument.id == document))
    record(connection, "document.removed", user=user, kind=_KIND, thing=document, client=client)
    return str(row.file_path) if row.file_path else None
