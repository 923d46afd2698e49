"""Extractions in the database: asked for by a tenant, claimed by one worker, finished once."""

from __future__ import annotations

import uuid
from dataclasses import dataclass, fields
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Select, and_, insert, or_, select, update
from sqlalchemy.exc import IntegrityError

from src.extraction.models import ExtractionResult
from src.files import store
from src.files.models import File
from src.shared.base import now
from src.shared.database import Database
from src.shared.errors import NotFound

MOST_ATTEMPTS = 3
"""A file that brings the worker down each time is not tried for ever."""


@dataclass(frozen=True, slots=True)
class Job:
    """What a worker has claimed."""

    id: uuid.UUID
    tenant_id: uuid.UUID
    file_id: uuid.UUID
    extraction_type: str
    attempts: int


async def request(
    database: Database, tenant_id: uuid.UUID, file_id: uuid.UUID, extraction_type: str
) -> ExtractionResult:
    """Ask for an extraction of a tenant's own file."""
    await store.found(database, tenant_id, file_id)
    row = {
        "id": uuid.uuid4(),
        "tenant_id": tenant_id,
        "file_id": file_id,
        "extraction_type": extraction_type,
        "created_at": now(),
    }
    try:
        async with database.for_tenant(tenant_id) as session:
            await session.execute(insert(ExtractionResult).values(row))
            return await session.get_one(ExtractionResult, row["id"])
    except IntegrityError as problem:
        raise NotFound(store.GONE) from problem  # deleted in this very moment


async def found(database: Database, tenant_id: uuid.UUID, job_id: uuid.UUID) -> ExtractionResult:
    """Find an extraction of a tenant."""
    mine = (ExtractionResult.id == job_id, ExtractionResult.tenant_id == tenant_id)
    async with database.for_tenant(tenant_id) as session:
        result = await session.scalar(select(ExtractionResult).where(*mine))
    if result is None:
        raise NotFound("there is no such extraction, or it is not yours")
    return result


async def listed(
    database: Database, tenant_id: uuid.UUID, file_id: uuid.UUID, *, limit: int
) -> list[ExtractionResult]:
    """List the extractions of a tenant's file, newest first."""
    await store.found(database, tenant_id, file_id)
    mine = (ExtractionResult.file_id == file_id, ExtractionResult.tenant_id == tenant_id)
    query = select(ExtractionResult).where(*mine).order_by(ExtractionResult.created_at.desc()).limit(limit)
    async with database.for_tenant(tenant_id) as session:
        return list(await session.scalars(query))


async def claim(database: Database, *, lease_s: float) -> Job | None:
    """Claim the oldest job that waits, or whose worker has not been heard of; None when there is none.

    One statement: on PostgreSQL a row that another worker is claiming is passed over, on SQLite the
    writers come one after the other; in both nobody gets what somebody has.
    """
    moment = now()
    claimed = (
        update(ExtractionResult)
        .where(ExtractionResult.id == _oldest(moment).scalar_subquery())
        .values(
            status="running",
            attempts=ExtractionResult.attempts + 1,
            started_at=moment,
            lease_until=moment + timedelta(seconds=lease_s),
        )
        .returning(*(getattr(ExtractionResult, one.name) for one in fields(Job)))
        .execution_options(synchronize_session=False)
    )
    async with database.for_every_tenant() as session:
        row = (await session.execute(claimed)).first()
    return None if row is None else Job(*row)


def _oldest(moment: datetime) -> Select[Any]:
    is_lost = and_(ExtractionResult.status == "running", ExtractionResult.lease_until < moment)
    return (
        select(ExtractionResult.id)
        .where(or_(ExtractionResult.status == "pending", is_lost))
        .order_by(ExtractionResult.created_at)
        .limit(1)
        .with_for_update(skip_locked=True)
    )


async def finish(database: Database, job: Job, file_status: str | None, **values: Any) -> bool:
    """Write down what became of a job, if it is still this worker's; say whether it was."""
    still_ours = (
        ExtractionResult.id == job.id,
        ExtractionResult.tenant_id == job.tenant_id,
        ExtractionResult.status == "running",
        ExtractionResult.attempts == job.attempts,
    )
    async with database.for_tenant(job.tenant_id) as session:
        done = await session.execute(
            update(ExtractionResult)
            .where(*still_ours)
            .values(lease_until=None, **values)
            .returning(ExtractionResult.id)
            .execution_options(synchronize_session=False)
        )
        is_ours = done.first() is not None
        if is_ours and file_status is not None:
            mine = (File.id == job.file_id, File.tenant_id == job.tenant_id)
            await session.execute(update(File).where(*mine).values(status=file_status))
    return is_ours
