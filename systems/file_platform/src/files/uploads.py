"""An upload: streamed to disk, counted against the quota, and then there; or not there at all."""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import AsyncIterator
from dataclasses import dataclass

from sqlalchemy import insert, update
from sqlalchemy.ext.asyncio import AsyncSession

from src.files.models import File
from src.files.storage import Incoming
from src.shared.base import now
from src.shared.errors import (
    DatabaseUnavailable,
    FileLimitReached,
    NotFound,
    QuotaExceeded,
    StorageUnavailable,
    TooLarge,
    Unprocessable,
)
from src.shared.metrics import UPLOADED_BYTES
from src.shared.service import Service
from src.tenants.models import Tenant

BUFFER_BYTES = 1 << 20


@dataclass(frozen=True, slots=True)
class Upload:
    """What a client sends."""

    filename: str
    declared_type: str
    announced_bytes: int | None
    """What the client says that it will send, where it says so."""
    chunks: AsyncIterator[bytes]


async def receive(service: Service, tenant: Tenant, upload: Upload) -> File:
    """Keep a file, or refuse it and leave nothing behind, whatever happens in between."""
    if upload.announced_bytes is not None:
        _check_size(service, tenant, upload.announced_bytes)
    file_id, is_kept = uuid.uuid4(), False
    try:
        incoming = await service.storage.begin(tenant.id, file_id)
        try:
            await _stream(service, tenant, upload, incoming)
            file = await _record(service, tenant, upload, incoming, file_id)
            is_kept = True
        except (DatabaseUnavailable, asyncio.CancelledError):
            # where the commit was under way nobody knows what came of it: the next start looks for the row
            is_kept = incoming.has_name
            raise
        finally:
            await incoming.close(is_kept=is_kept)
    except OSError as problem:
        raise StorageUnavailable(
            f"the file cannot be stored: {problem.strerror}; try again later"
        ) from problem
    UPLOADED_BYTES.inc(file.file_size)
    return file


async def _stream(service: Service, tenant: Tenant, upload: Upload, incoming: Incoming) -> None:
    """Write what comes, in large pieces; stop as soon as it is too much."""
    buffer = bytearray()
    async for chunk in upload.chunks:
        buffer += chunk
        _check_size(service, tenant, incoming.size + len(buffer))
        if len(buffer) >= BUFFER_BYTES:
            await incoming.write(bytes(buffer))
            buffer.clear()
    await incoming.write(bytes(buffer))
    if not incoming.size:
        raise Unprocessable("the upload is empty: send the file's content as the body")
    await incoming.sync()


def _check_size(service: Service, tenant: Tenant, size: int) -> None:
    """Refuse early what can never fit; whether it fits now is known at the end, under the lock."""
    most = service.settings.max_upload_bytes
    if size > most:
        raise TooLarge(f"an upload may have {most} bytes at most: send a smaller file")
    if size > tenant.storage_quota_bytes:
        raise QuotaExceeded(
            f"the file is larger than the whole quota of {tenant.storage_quota_bytes} bytes: ask for more"
        )


async def _record(
    service: Service, tenant: Tenant, upload: Upload, incoming: Incoming, file_id: uuid.UUID
) -> File:
    """Count the file and write its row in one transaction; its name on disk comes before the commit."""
    async with service.database.for_tenant(tenant.id) as session:
        await _count(session, tenant.id, incoming.size)
        await session.execute(
            insert(File).values(
                id=file_id,
                tenant_id=tenant.id,
                tenant_code=tenant.code,
                original_filename=upload.filename,
                file_path=incoming.file_path,
                file_size=incoming.size,
                file_hash=incoming.sha256,
                mime_type=upload.declared_type,
                uploaded_at=now(),
            )
        )
        file = await session.get_one(File, file_id)
        await incoming.keep()
    return file


async def _count(session: AsyncSession, tenant_id: uuid.UUID, size: int) -> None:
    """Take what the file needs from the quota, if it is there.

    One conditional UPDATE, and the first statement: it locks the tenant's row (on SQLite the file), looks
    and counts in one, so that of many uploads at once no two can have the same last place.
    """
    used, files = Tenant.used_bytes + size, Tenant.file_count + 1
    fits = (used <= Tenant.storage_quota_bytes, files <= Tenant.file_count_limit)
    counted = await session.execute(
        update(Tenant)
        .where(Tenant.id == tenant_id, *fits)
        .values(used_bytes=used, file_count=files)
        .returning(Tenant.id)
        .execution_options(synchronize_session=False)
    )
    if counted.first() is None:
        raise await _reason(session, tenant_id, size)


async def _reason(session: AsyncSession, tenant_id: uuid.UUID, size: int) -> Exception:
    tenant = await session.get(Tenant, tenant_id)
    if tenant is None:
        return NotFound("the tenant was deleted meanwhile")
    if tenant.file_count >= tenant.file_count_limit:
        return FileLimitReached(f"{tenant.file_count} files are all that may be kept: delete some first")
    left = tenant.storage_quota_bytes - tenant.used_bytes
    return QuotaExceeded(f"the file has {size} bytes and {left} are left: delete some files first")
