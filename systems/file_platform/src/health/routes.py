"""What probes and monitoring ask, and nobody needs a key for."""

from __future__ import annotations

from http import HTTPStatus

from fastapi import APIRouter, Response
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from pydantic import BaseModel

from limosa import HealthReport
from limosa.observe.metrics import exposition
from src.shared.answers import problems
from src.shared.metrics import REGISTRY
from src.shared.migrations import check_database_migration_status, get_migration_manager

router = APIRouter(tags=["health"])


class Alive(BaseModel):
    """The process answers."""

    live: bool


class Health(BaseModel):
    """Whether the database is where this release needs it."""

    database_migrated: bool
    schema_version: str | None


class Readiness(BaseModel):
    """Whether requests may be sent here, and what decides it."""

    ready: bool
    schema_state: str
    schema_version: str | None
    pending: list[str]
    reason: str | None


@router.get("/live")
async def live() -> Alive:
    """Answer as long as the process does; the schema is none of a restart's business."""
    return Alive(live=True)


@router.get("/health", responses=problems())
async def health() -> Health:
    """Say whether the database is migrated, and to what."""
    status = await check_database_migration_status()
    return Health(database_migrated=status["is_up_to_date"], schema_version=status["current_revision"])


@router.get("/ready", responses={503: {"model": Readiness}})
async def ready(response: Response) -> Readiness:
    """Say whether requests may be sent here: on a schema that is at head, or ahead of this release."""
    report = await (await get_migration_manager()).check_health()
    if not report.is_ready:
        response.status_code = HTTPStatus.SERVICE_UNAVAILABLE
    return _readiness(report)


@router.get("/metrics", response_class=Response, responses={200: {"content": {"text/plain": {}}}})
async def metrics() -> Response:
    """Return the figures of the schema, of its migrations, and of the service, as Prometheus reads them."""
    measured = await (await get_migration_manager()).measure()
    own = generate_latest(REGISTRY).decode()
    return Response(exposition(measured) + own, media_type=CONTENT_TYPE_LATEST)


def _readiness(report: HealthReport) -> Readiness:
    return Readiness(
        ready=report.is_ready,
        schema_state=report.health.value,
        schema_version=", ".join(report.current) or None,
        pending=list(report.pending),
        reason=report.reason,
    )
