"""The service: ``uvicorn src.main:app`` in the system's folder, or ``make serve``."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import sys
from collections.abc import AsyncIterator

from fastapi import FastAPI
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from limosa import LimosaError
from src.extraction.routes import router as extraction_router
from src.extraction.worker import work
from src.files.routes import router as files_router
from src.files.storage import Storage
from src.files.sweeping import sweep
from src.health.routes import router as health_router
from src.shared import answers
from src.shared.database import Database
from src.shared.errors import DatabaseUnavailable
from src.shared.migrations import get_migration_manager, sentence
from src.shared.service import Service
from src.shared.settings import database_url, settings
from src.tenants.routes import operated
from src.tenants.routes import router as tenants_router

log = logging.getLogger("uvicorn.error")


class Unstartable(Exception):
    """The service cannot work here; the message is the sentence that an operator reads."""


@contextlib.asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncIterator[None]:
    """Make sure of the schema, then of the service, and take both down again."""
    manager = await get_migration_manager()
    try:
        version = await manager.ensure_migrated()
    except LimosaError as error:
        raise Unstartable(f"not started: {sentence(error)}") from error
    log.info("the schema is at %s", version)
    chosen = settings()
    service = Service(chosen, Database(database_url()), Storage(chosen.storage))
    app.state.service = service
    tasks = [asyncio.create_task(work(service)), asyncio.create_task(_tidy(service))]
    try:
        yield
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await service.database.close()
        await manager.close()


async def _tidy(service: Service) -> None:
    try:
        await sweep(service)
    except (DatabaseUnavailable, OSError) as problem:
        log.warning("what a crash may have left behind is not removed now: %s", problem)


class Startup:
    """Tells why the service did not start, in a sentence instead of a traceback."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass everything on but the message of a start that failed."""
        if scope["type"] != "lifespan":
            await self._app(scope, receive, send)
            return

        async def shortened(message: Message) -> None:
            if message["type"] == "lifespan.startup.failed" and isinstance(sys.exception(), Unstartable):
                message = {**message, "message": str(sys.exception())}
            await send(message)

        await self._app(scope, receive, shortened)


def create_app() -> FastAPI:
    """Put the service together."""
    app = FastAPI(
        title="file_platform",
        version="0.1.0",
        description="Keeps the files of many tenants apart and reads the text out of them.",
        lifespan=lifespan,
    )
    answers.install(app)
    for router in (health_router, tenants_router, operated, files_router, extraction_router):
        app.include_router(router)
    return app


app = Startup(create_app())
