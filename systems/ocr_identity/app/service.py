"""The service: its parts put together, started and ended."""

from __future__ import annotations

import threading
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from typing import Any

from fastapi import FastAPI

from app import failures
from app.database import open_engine
from app.limits import BodyLimit
from app.needs import Parts
from app.routes import accounts, documents, probes
from app.schema_check import SchemaCheck
from app.schemas import Problem
from app.security import Tokens
from app.settings import Settings
from app.storage import PRIVATE_FOLDER, Storage
from app.worker import Worker

_REFUSALS: dict[int | str, dict[str, Any]] = {
    status: {"model": Problem} for status in (401, 404, 409, 413, 415, 422, 503)
}


def create_app(settings: Settings) -> FastAPI:
    """Make the service for these settings; nothing is opened before it starts."""

    @asynccontextmanager
    async def life(application: FastAPI) -> AsyncIterator[None]:
        settings.storage.mkdir(mode=PRIVATE_FOLDER, parents=True, exist_ok=True)
        engine = open_engine(settings.database)
        storage = Storage(settings.storage, settings.most_upload_bytes)
        tokens = Tokens(settings.secret, settings.token_life_s)
        application.state.parts = Parts(engine, storage, tokens)
        async with SchemaCheck(settings) as application.state.schema:
            with _workers(settings):
                yield
        engine.dispose()

    application = FastAPI(title="ocr_identity", lifespan=life)
    failures.install(application)
    application.add_middleware(BodyLimit, most_bytes=settings.most_upload_bytes)
    for router in (accounts.router, documents.router):
        application.include_router(router, responses=_REFUSALS)
    application.include_router(probes.router)
    return application


@contextmanager
def _workers(settings: Settings) -> Iterator[None]:
    stopping = threading.Event()
    threads = [
        threading.Thread(target=Worker(settings, stopping).run, name=f"worker-{number}")
        for number in range(settings.worker_threads)
    ]
    for thread in threads:
        thread.start()
    yield
    stopping.set()
    for thread in threads:
        thread.join()
