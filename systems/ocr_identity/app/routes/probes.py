"""What an orchestrator asks: is the process alive, and does the schema fit?"""

from __future__ import annotations

from fastapi import APIRouter, Request, Response

from app.schema_check import SchemaCheck
from app.schemas import HealthOut

router = APIRouter(tags=["probes"])


@router.get("/health")
async def health(request: Request) -> HealthOut:
    """Say how the database stands; the process is alive, whatever that is."""
    return await _look(request)


@router.get("/ready", responses={503: {"model": HealthOut}})
async def ready(request: Request, response: Response) -> HealthOut:
    """Say with the status whether requests may be sent here."""
    found = await _look(request)
    response.status_code = 200 if found.ready else 503
    return found


async def _look(request: Request) -> HealthOut:
    check = request.app.state.schema
    assert isinstance(check, SchemaCheck)
    report = await check.look()
    return HealthOut(
        status=report.health.value,
        ready=report.is_ready,
        schema_version=", ".join(report.current) or None,
        pending=list(report.pending),
        reason=report.reason,
    )
