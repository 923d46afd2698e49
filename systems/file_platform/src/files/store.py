"""A tenant's files in the database."""

from __future__ import annotations

import uuid

from sqlalchemy import delete, func, or_, select, tuple_, update

from src.files.models import File
from src.files.naming import normal_type
from src.shared.database import Database
from src.shared.errors import NotFound
from src.tenants.models import Tenant

GONE = "there is no such file, or it is not yours"


async def found(database: Database, tenant_id: uuid.UUID, file_id: uuid.UUID) -> File:
    """Find a file of a tenant."""
    async with database.for_tenant(tenant_id) as session:
        file = await session.scalar(select(File).where(File.id == file_id, File.tenant_id == tenant_id))
    if file is None:
        raise NotFound(GONE)
    return file


async def listed(
    database: Database,
    tenant_id: uuid.UUID,
    *,
    after: uuid.UUID | None,
    limit: int,
    mime_type: str | None = None,
    file_hash: str | None = None,
) -> list[File]:
    """List a tenant's files, newest first, those after one."""
    query = select(File).where(File.tenant_id == tenant_id)
    if mime_type is not None:
        # the second arm is for schemas before revision 0003, where a type may be as it was declared
        normal, declared = normal_type(mime_type), func.lower(File.mime_type)
        query = query.where(
            or_(
                File.mime_type == normal,
                declared == normal,
                declared.startswith(f"{normal};", autoescape=True),
                declared.startswith(f"{normal} ", autoescape=True),
            )
        )
    if file_hash is not None:
        query = query.where(File.file_hash == file_hash)
    if after is not None:
        place = select(File.uploaded_at, File.id).where(File.id == after, File.tenant_id == tenant_id)
        query = query.where(tuple_(File.uploaded_at, File.id) < place.scalar_subquery())
    query = query.order_by(File.uploaded_at.desc(), File.id.desc()).limit(limit)
    async with database.for_tenant(tenant_id) as session:
        return list(await session.scalars(query))


async def remove(database: Database, tenant_id: uuid.UUID, file_id: uuid.UUID) -> File:
    """Delete a file's row, and give the tenant back what it took; the results go by the key that cascades."""
    async with database.for_tenant(tenant_id) as session:
        mine = (File.id == file_id, File.tenant_id == tenant_id)
        file: File | None = await session.scalar(delete(File).where(*mine).returning(File))
        if file is None:
            raise NotFound(GONE)
        await session.execute(
            update(Tenant)
            .where(Tenant.id == tenant_id)
            .values(used_bytes=Tenant.used_bytes - file.file_size, file_count=Tenant.file_count - 1)
        )
    return file


async def exists(database: Database, file_id: uuid.UUID) -> bool:
    """Is there a row of this id, whosever it is?"""
    async with database.for_every_tenant() as session:
        return await session.scalar(select(File.id).where(File.id == file_id)) is not None
