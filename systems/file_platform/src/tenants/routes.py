"""Tenants over HTTP: managed by the operator, and each seen by itself."""

from __future__ import annotations

from datetime import datetime
from http import HTTPStatus
from typing import Annotated

from fastapi import APIRouter, Depends, Path, Query
from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from src.shared.answers import problems
from src.tenants import store
from src.tenants.access import ServiceOf, TenantOf, operator

CODE = r"^[a-z0-9][a-z0-9-]{0,62}$"
Code = Annotated[str, Path(pattern=CODE, description="The tenant's code")]
Name = Annotated[str, StringConstraints(pattern=r"^[^\x00-\x1f\x7f]{1,255}$")]
Bytes = Annotated[int, Field(ge=0, le=2**60)]
Count = Annotated[int, Field(ge=0, le=2**31 - 1)]

_ERRORS = problems(HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN)
_OF_ONE = problems(HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN, HTTPStatus.NOT_FOUND)


class TenantWanted(BaseModel):
    """A tenant to be made."""

    model_config = ConfigDict(extra="forbid")

    code: Annotated[str, StringConstraints(pattern=CODE)]
    name: Name
    storage_quota_bytes: Bytes = 1 << 30
    file_count_limit: Count = 10_000


class TenantChange(BaseModel):
    """What is to be changed."""

    model_config = ConfigDict(extra="forbid")

    name: Name | None = None
    storage_quota_bytes: Bytes | None = None
    file_count_limit: Count | None = None
    is_active: bool | None = None


class TenantSeen(BaseModel):
    """A tenant, as it may be seen."""

    model_config = ConfigDict(from_attributes=True)

    code: str
    name: str
    storage_quota_bytes: int
    file_count_limit: int
    used_bytes: int
    file_count: int
    is_active: bool
    created_at: datetime


class TenantMade(TenantSeen):
    """A new tenant and its key, which is shown this once."""

    api_key: str


router = APIRouter(tags=["tenants"])
operated = APIRouter(prefix="/tenants", tags=["tenants"], dependencies=[Depends(operator)])


@router.get("/tenant", responses=_ERRORS)
async def show_own(tenant: TenantOf) -> TenantSeen:
    """Show a tenant its limits and what it uses of them."""
    return TenantSeen.model_validate(tenant)


@operated.post("", status_code=HTTPStatus.CREATED, responses=_ERRORS | problems(HTTPStatus.CONFLICT))
async def create(service: ServiceOf, wanted: TenantWanted) -> TenantMade:
    """Make a tenant; its key is in this answer and nowhere else."""
    made = await store.create(service.database, **wanted.model_dump())
    return TenantMade(**TenantSeen.model_validate(made.tenant).model_dump(), api_key=made.api_key)


@operated.get("", responses=_ERRORS)
async def list_tenants(
    service: ServiceOf,
    after: Annotated[str, Query(pattern=r"^[a-z0-9-]{0,63}$")] = "",
    limit: Annotated[int, Query(ge=1, le=500)] = 100,
) -> list[TenantSeen]:
    """List tenants by their code, those after one."""
    found = await store.listed(service.database, after=after, limit=limit)
    return [TenantSeen.model_validate(tenant) for tenant in found]


@operated.get("/{code}", responses=_OF_ONE)
async def show(service: ServiceOf, code: Code) -> TenantSeen:
    """Show a tenant."""
    return TenantSeen.model_validate(await store.found(service.database, code))


@operated.patch("/{code}", responses=_OF_ONE)
async def change(service: ServiceOf, code: Code, wanted: TenantChange) -> TenantSeen:
    """Change a tenant's name or limits, or switch it off."""
    values = wanted.model_dump(exclude_none=True)
    return TenantSeen.model_validate(await store.change(service.database, code, values))


@operated.delete("/{code}", status_code=HTTPStatus.NO_CONTENT, responses=_OF_ONE)
async def delete(service: ServiceOf, code: Code) -> None:
    """Delete a tenant with its files and results."""
    tenant = await store.remove(service.database, code)
    await service.storage.remove_tenant(tenant.id)
