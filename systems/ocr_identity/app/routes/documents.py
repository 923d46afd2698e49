"""Submitting documents, looking at them, and having them read."""

from __future__ import annotations

import uuid
from typing import Annotated, Any

from fastapi import APIRouter, File, Form, Query, UploadFile
from fastapi.responses import FileResponse

from app import documents, jobs
from app.database import reading, writing
from app.errors import NotFound
from app.needs import TheClient, TheParts, TheUser
from app.schemas import DocumentOut, DocumentType, JobOut
from app.storage import checked_name

router = APIRouter(tags=["documents"])


@router.post("/documents", status_code=201, response_model=DocumentOut)
def submit(
    document_type: Annotated[DocumentType, Form()],
    file: Annotated[UploadFile, File()],
    user: TheUser,
    parts: TheParts,
    client: TheClient,
) -> Any:
    """Submit a scan: PNG, JPEG, TIFF or PDF."""
    name, document = checked_name(file.filename), uuid.uuid4()
    with parts.storage.keeping(user, document, file.file) as path, writing(parts.engine) as connection:
        return documents.submit(
            connection,
            user=user,
            document=document,
            document_type=document_type,
            path=path,
            name=name,
            client=client,
        )


@router.get("/documents", response_model=list[DocumentOut])
def listed(
    user: TheUser,
    parts: TheParts,
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
    offset: Annotated[int, Query(ge=0, le=1_000_000)] = 0,
) -> Any:
    """Show the user's documents, the newest first."""
    with reading(parts.engine) as connection:
        return documents.listed(connection, user, limit=limit, offset=offset)


@router.get("/documents/{document}", response_model=DocumentOut)
def find(document: uuid.UUID, user: TheUser, parts: TheParts) -> Any:
    """Show one document, and what was read from it."""
    with reading(parts.engine) as connection:
        return documents.find(connection, user, document)


@router.get("/documents/{document}/file", response_class=FileResponse)
def scan(document: uuid.UUID, user: TheUser, parts: TheParts) -> FileResponse:
    """Send the scan back as it came."""
    with reading(parts.engine) as connection:
        kept = documents.find(connection, user, document).file_path
    path = parts.storage.path(kept) if kept else None
    if path is None or not path.is_file():
        raise NotFound(f"the scan of document {document} is not kept here")
    return FileResponse(path, filename=path.name)


@router.delete("/documents/{document}", status_code=204)
def remove(document: uuid.UUID, user: TheUser, parts: TheParts, client: TheClient) -> None:
    """Remove a document with its scan and its jobs."""
    with writing(parts.engine) as connection:
        path = documents.remove(connection, user, document, client)
    parts.storage.remove(path)


@router.post("/documents/{document}/jobs", status_code=202, response_model=JobOut)
def queue(document: uuid.UUID, user: TheUser, parts: TheParts, client: TheClient) -> Any:
    """Queue the reading of a document."""
    with writing(parts.engine) as connection:
        return jobs.queue(connection, user, document, client)


@router.get("/jobs/{job}", response_model=JobOut)
def job_of(job: uuid.UUID, user: TheUser, parts: TheParts) -> Any:
    """Show a job, and what came of it."""
    with reading(parts.engine) as connection:
        return jobs.find(connection, user, job)
