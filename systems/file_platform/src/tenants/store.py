"""Tenants in the database."""

from __future__ import annotations

import uuid
from dataclasses import dataclass

from sqlalchemy import delete, insert, select
from sqlalchemy.exc import IntegrityError

from src.shared.base import now
from src.shared.database import Database
from src.shared.errors import Conflict, NotFound
from src.tenants import keys
from src.tenants.models import Tenant


@dataclass(frozen=True, slots=True)
class NewTenant:
    """A tenant just made, and its key, which is known only now."""

    tenant: Tenant
    api_key: str


async def create(
    database: Database, *, code: str, name: str, storage_quota_bytes: int, file_count_limit: int
) -> NewTenant:
    """Make a tenant; its code must be free."""
    key = keys.new_key()
    row = {
        "id": uuid.uuid4(),
        "code": code,
        "name": name,
        "api_key_hash": keys.hash_of(key),
        "storage_quota_bytes": storage_quota_bytes,
        "file_count_limit": file_count_limit,
        "created_at": now(),
    }
    try:
        async with database.for_every_tenant() as session:
            await session.execute(insert(Tenant).values(row))
            made = await session.get_one(Tenant, row["id"])
    except IntegrityError as problem:
        raise Conflict(f"there is a tenant '{code}' already; choose another code") from problem
    return NewTenant(made, key)


async def with_key(database: Database, key: str) -> Tenant | None:
    """Find the tenant that a key belongs to."""
    async with database.for_every_tenant() as session:
        return await session.scalar(select(Tenant).where(Tenant.api_key_hash == keys.hash_of(key)))


async def listed(database: Database, *, after: str, limit: int) -> list[Tenant]:
    """List tenants by their code."""
    async with database.for_every_tenant() as session:
        query = select(Tenant).where(Tenant.code > after).order_by(Tenant.code).limit(limit)
        return list(await session.scalars(query))


async def found(database: Database, code: str) -> Tenant:
    """Find a tenant by its code."""
    async with database.for_every_tenant() as session:
        tenant = await session.scalar(select(Tenant).where(Tenant.code == code))
    if tenant is None:
        raise _nobody(code)
    return tenant


async def change(database: Database, code: str, values: dict[str, int | bool | str]) -> Tenant:
    """Change a tenant's name, limits, or whether it may do anything."""
    async with database.for_every_tenant() as session:
        query = select(Tenant).where(Tenant.code == code).with_for_update()
        tenant = await session.scalar(query)
        if tenant is None:
            raise _nobody(code)
        for name, value in values.items():
            setattr(tenant, name, value)
    return tenant


async def remove(database: Database, code: str) -> Tenant:
    """Delete a tenant; its files and results go with it, by the keys that cascade."""
    async with database.for_every_tenant() as session:
        tenant: Tenant | None = await session.scalar(
            delete(Tenant).where(Tenant.code == code).returning(Tenant)
        )
    if tenant is None:
        raise _nobody(code)
    return tenant


def _nobody(code: str) -> NotFound:
    return NotFound(f"there is no tenant '{code}'")
