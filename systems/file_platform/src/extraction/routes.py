"""Extractions over HTTP."""

from __future__ import annotations

import uuid
from datetime import datetime
from http import HTTPStatus
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query
from pydantic import BaseModel, ConfigDict

from src.extraction import jobs
from src.shared.answers import problems
from src.tenants.access import ServiceOf, TenantOf

_ERRORS = problems(HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN, HTTPStatus.NOT_FOUND)


class ExtractionWanted(BaseModel):
    """What is to be extracted: the text, or only what the file says about itself."""

    model_config = ConfigDict(extra="forbid")

    extraction_type: Literal["text", "metadata"] = "text"


class ExtractionSeen(BaseModel):
    """An extraction, as its tenant sees it."""

    model_config = ConfigDict(from_attributes=True)

    id: uuid.UUID
    file_id: uuid.UUID
    extraction_type: str
    status: str
    extracted_text: str | None
    extracted_metadata: dict[str, Any] | None
    error_message: str | None
    created_at: datetime
    finished_at: datetime | None


router = APIRouter(tags=["extractions"])


@router.post("/files/{file_id}/extractions", status_code=HTTPStatus.ACCEPTED, responses=_ERRORS)
async def request(
    service: ServiceOf, tenant: TenantOf, file_id: uuid.UUID, wanted: ExtractionWanted
) -> ExtractionSeen:
    """Ask for an extraction; the worker takes it up, and the answer's id finds the result."""
    made = await jobs.request(service.database, tenant.id, file_id, wanted.extraction_type)
    service.wake_worker.set()
    return ExtractionSeen.model_validate(made)


@router.get("/files/{file_id}/extractions", responses=_ERRORS)
async def list_extractions(
    service: ServiceOf,
    tenant: TenantOf,
    file_id: uuid.UUID,
    limit: Annotated[int, Query(ge=1, le=500)] = 100,
) -> list[ExtractionSeen]:
    """List a file's extractions, newest first."""
    found = await jobs.listed(service.database, tenant.id, file_id, limit=limit)
    return [ExtractionSeen.model_validate(one) for one in found]


@router.get("/extractions/{extraction_id}", responses=_ERRORS)
async def show(service: ServiceOf, tenant: TenantOf, extraction_id: uuid.UUID) -> ExtractionSeen:
    """Show an extraction and, when it is done, its result."""
    return ExtractionSeen.model_validate(await jobs.found(service.database, tenant.id, extraction_id))
