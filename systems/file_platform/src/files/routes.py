"""Files over HTTP."""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import Iterator
from datetime import datetime
from http import HTTPStatus
from pathlib import Path
from typing import Annotated, BinaryIO, Self
from urllib.parse import quote

from fastapi import APIRouter, Query, Request
from fastapi.responses import StreamingResponse
from pydantic import BaseModel

from src.files import store, uploads
from src.files.models import File
from src.files.naming import checked_name, declared_type, normal_type
from src.shared.answers import problems
from src.shared.errors import StorageUnavailable, Unprocessable
from src.tenants.access import ServiceOf, TenantOf

CHUNK_BYTES = 1 << 20

_LISTED = problems(HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN)
_OF_ONE = _LISTED | problems(HTTPStatus.NOT_FOUND)
_UPLOADED = _LISTED | problems(
    HTTPStatus.BAD_REQUEST, HTTPStatus.CONFLICT, HTTPStatus.NOT_FOUND, HTTPStatus.REQUEST_ENTITY_TOO_LARGE
)
_BODY = {"schema": {"type": "string", "format": "binary", "minLength": 1}}
_TYPES = ("application/octet-stream", "application/pdf", "text/html", "text/markdown", "text/plain")


class FileSeen(BaseModel):
    """A file, as its tenant sees it; the same on every revision of the schema."""

    id: uuid.UUID
    original_filename: str
    file_size: int
    file_hash: str
    mime_type: str
    status: str
    uploaded_at: datetime

    @classmethod
    def of(cls, file: File) -> Self:
        """Show a row."""
        return cls(
            id=file.id,
            original_filename=file.original_filename,
            file_size=file.file_size,
            file_hash=file.file_hash,
            mime_type=normal_type(file.mime_type),
            status=file.status,
            uploaded_at=file.uploaded_at,
        )


router = APIRouter(prefix="/files", tags=["files"])


@router.post(
    "",
    status_code=HTTPStatus.CREATED,
    responses=_UPLOADED,
    openapi_extra={"requestBody": {"required": True, "content": dict.fromkeys(_TYPES, _BODY)}},
)
async def upload(
    request: Request,
    service: ServiceOf,
    tenant: TenantOf,
    filename: Annotated[str, Query(min_length=1, max_length=255, description="The name, without a path")],
) -> FileSeen:
    """Upload a file: the body is its content, Content-Type what it is said to be."""
    length = request.headers.get("content-length", "")
    if length and not (length.isascii() and length.isdigit()):
        raise Unprocessable("Content-Length is not a number")
    wanted = uploads.Upload(
        filename=checked_name(filename),
        declared_type=declared_type(request.headers.get("content-type")),
        announced_bytes=int(length) if length else None,
        chunks=request.stream(),
    )
    return FileSeen.of(await uploads.receive(service, tenant, wanted))


@router.get("", responses=_LISTED)
async def list_files(
    service: ServiceOf,
    tenant: TenantOf,
    after: uuid.UUID | None = None,
    limit: Annotated[int, Query(ge=1, le=500)] = 100,
    mime_type: Annotated[str | None, Query(pattern=r"^[\x21-\x7e]{1,255}$")] = None,
    file_hash: Annotated[str | None, Query(pattern=r"^[0-9a-f]{64}$")] = None,
) -> list[FileSeen]:
    """List the tenant's files, newest first: of one type, or of one content, or those after one."""
    found = await store.listed(
        service.database, tenant.id, after=after, limit=limit, mime_type=mime_type, file_hash=file_hash
    )
    return [FileSeen.of(file) for file in found]


@router.get("/{file_id}", responses=_OF_ONE)
async def show(service: ServiceOf, tenant: TenantOf, file_id: uuid.UUID) -> FileSeen:
    """Show a file's particulars."""
    return FileSeen.of(await store.found(service.database, tenant.id, file_id))


@router.get(
    "/{file_id}/content",
    responses=_OF_ONE | {200: {"content": {"application/octet-stream": _BODY}}},
    response_class=StreamingResponse,
)
async def fetch(service: ServiceOf, tenant: TenantOf, file_id: uuid.UUID) -> StreamingResponse:
    """Send a file's content; never as something that a browser would run."""
    file = await store.found(service.database, tenant.id, file_id)
    opened = await asyncio.to_thread(_open, service.storage.path_of(file.file_path))
    return StreamingResponse(
        _chunks(opened),
        media_type="application/octet-stream",
        headers={
            "Content-Length": str(file.file_size),
            "Content-Disposition": f"attachment; filename*=UTF-8''{quote(file.original_filename, safe='')}",
            "X-Content-Type-Options": "nosniff",
            "ETag": f'"{file.file_hash}"',
        },
    )


@router.delete("/{file_id}", status_code=HTTPStatus.NO_CONTENT, responses=_OF_ONE)
async def delete(service: ServiceOf, tenant: TenantOf, file_id: uuid.UUID) -> None:
    """Delete a file with its results, and free what it took of the quota."""
    file = await store.remove(service.database, tenant.id, file_id)
    await service.storage.remove(file.file_path)


def _open(path: Path) -> BinaryIO:
    try:
        return path.open("rb")
    except OSError as problem:
        raise StorageUnavailable(f"the content cannot be read: {problem.strerror}") from problem


def _chunks(opened: BinaryIO) -> Iterator[bytes]:
    with opened:
        while chunk := opened.read(CHUNK_BYTES):
            yield chunk
