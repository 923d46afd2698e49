"""The queue: jobs are put in by users, and claimed by workers so that no two have the same one."""

from __future__ import annotations

import datetime as dt
import uuid
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, and_, func, insert, or_, select, update

from app import documents
from app.audit import Client, record
from app.errors import Conflict, NotFound
from app.models import IdentityDocument, OCRJob

MOST_ATTEMPTS = 3
"""A job whose worker died so often is at fault itself."""
COLUMNS = (
    OCRJob.id,
    OCRJob.document_id,
    OCRJob.job_status,
    OCRJob.output_data,
    OCRJob.error_message,
    OCRJob.processing_time_ms,
    OCRJob.created_at,
    OCRJob.updated_at,
)
_KIND = "ocr_job"


@dataclass(frozen=True, slots=True)
class Claim:
    """A job in the hands of one worker; ``mark`` tells its claim from a later one."""

    job: uuid.UUID
    user: uuid.UUID | None
    document: uuid.UUID | None
    path: str
    mark: str
    attempt: int


@dataclass(frozen=True, slots=True)
class Result:
    """What came of reading: the values, or the sentence that says why there are none."""

    output: dict[str, Any] | None
    error: str | None
    time_ms: int


def queue(connection: Connection, user: uuid.UUID, document: uuid.UUID, client: Client) -> Row[Any]:
    """Queue the reading of a document; raise ``Conflict`` while one is under way."""
    row = documents.find(connection, user, document, locked=True)
    unfinished = select(OCRJob.id).where(
        OCRJob.document_id == document, OCRJob.job_status.in_(("pending", "running"))
    )
    waiting = connection.scalar(unfinished.limit(1))
    if waiting is not None:
        raise Conflict(f"job {waiting} reads this document already; look at GET /jobs/{waiting}")
    values = {"user_id": user, "document_id": document, "input_file_path": row.file_path}
    job = connection.execute(insert(OCRJob).values(values).returning(*COLUMNS)).one()
    details = {"document": str(document)}
    record(connection, "job.queued", user=user, kind=_KIND, thing=job.id, details=details, client=client)
    return job


def find(connection: Connection, user: uuid.UUID, job: uuid.UUID) -> Row[Any]:
    """Return a user's job; raise ``NotFound`` for somebody else's as for none."""
    query = select(*COLUMNS).where(OCRJob.id == job, OCRJob.user_id == user)
    row = connection.execute(query).one_or_none()
    if row is None:
        raise NotFound(f"there is no job {job}")
    return row


def claim(connection: Connection, *, lease_s: int) -> Claim | None:
    """Take the oldest job that waits, or that a dead worker left over; None where there is none."""
    columns = (OCRJob.id, OCRJob.user_id, OCRJob.document_id, OCRJob.input_file_path)
    free = select(*columns, OCRJob.job_status, OCRJob.output_data).where(_is_free(connection, lease_s))
    row = connection.execute(
        free.order_by(OCRJob.created_at, OCRJob.id).limit(1).with_for_update(skip_locked=True)
    ).one_or_none()
    if row is None:
        return None
    before = row.output_data if row.job_status == "running" and row.output_data else {}
    mark, attempt = uuid.uuid4().hex, int(before.get("attempt", 0)) + 1
    values = {
        "job_status": "running",
        "output_data": {"claim": mark, "attempt": attempt},
        "updated_at": func.current_timestamp(),
    }
    connection.execute(update(OCRJob).where(OCRJob.id == row.id).values(values))
    return Claim(row.id, row.user_id, row.document_id, row.input_file_path or "", mark, attempt)


def _is_free(connection: Connection, lease_s: int) -> ColumnElement[bool]:
    now: dt.datetime = connection.execute(
        select(func.current_timestamp())
    ).scalar_one()  # the database's clock
    stale = and_(OCRJob.job_status == "running", OCRJob.updated_at < now - dt.timedelta(seconds=lease_s))
    return or_(OCRJob.job_status == "pending", stale)


def finish(connection: Connection, claim: Claim, result: Result) -> bool:
    """Write down what came of a job; False, and nothing written, where it is no longer this worker's."""
    held = and_(
        OCRJob.id == claim.job,
        OCRJob.job_status == "running",
        OCRJob.output_data["claim"].as_string() == claim.mark,
    )
    values = {
        "job_status": "failed" if result.error else "completed",
        "output_data": result.output,
        "error_message": result.error,
        "processing_time_ms": result.time_ms,
        "updated_at": func.current_timestamp(),
    }
    if connection.execute(update(OCRJob).where(held).values(values)).rowcount == 0:
        return False
    _note_on_document(connection, claim, result)
    action = "job.failed" if result.error else "job.completed"
    details = {"document": str(claim.document), "time_ms": result.time_ms, "error": result.error}
    record(connection, action, user=claim.user, kind=_KIND, thing=claim.job, details=details)
    return True


def _note_on_document(connection: Connection, claim: Claim, result: Result) -> None:
    fields = result.output["fields"] if result.output else {}
    read = {
        "document_number": fields.get("document_number"),
        "issuing_country": fields.get("issuing_country"),
        "issue_date": _date(fields.get("issue_date")),
        "expiry_date": _date(fields.get("expiry_date")),
        "extracted_data": result.output,
        "status": "processed",
        "verification_notes": None,
    }
    failed = {"status": "unreadable", "verification_notes": result.error}
    values = {**(failed if result.error else read), "updated_at": func.current_timestamp()}
    connection.execute(update(IdentityDocument).where(IdentityDocument.id == claim.document).values(values))


def _date(text: str | None) -> dt.date | None:
    return dt.date.fromisoformat(text) if text else None
