"""The worker: claims one job after the other and reads the file in a thread."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import time
from typing import Any

from src.extraction import jobs, readers
from src.extraction.jobs import MOST_ATTEMPTS, Job
from src.files import store
from src.files.models import File
from src.files.naming import type_to_read
from src.shared.base import now
from src.shared.errors import DatabaseUnavailable, NotFound
from src.shared.metrics import EXTRACTION_SECONDS, EXTRACTIONS
from src.shared.service import Service

log = logging.getLogger(__name__)


async def work(service: Service) -> None:
    """Work off what is there, wait to be woken, and look by itself every now and then; until cancelled."""
    while True:
        service.wake_worker.clear()
        try:
            while job := await jobs.claim(service.database, lease_s=service.settings.lease_s):
                await _do(service, job)
        except DatabaseUnavailable as problem:
            log.warning("the worker waits: %s", problem)
        except Exception:  # one job's trouble must not end the work on all others; its lease brings it back
            log.exception("a job could not be finished")
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(service.wake_worker.wait(), service.settings.poll_s)


async def _do(service: Service, job: Job) -> None:
    """Do one job; where the service ends meanwhile, give it back."""
    began = time.perf_counter()
    try:
        outcome, file_status = await _outcome(service, job)
    except asyncio.CancelledError:
        await asyncio.shield(
            jobs.finish(service.database, job, None, status="pending", attempts=job.attempts - 1)
        )
        raise
    except NotFound:
        return  # the file was deleted, and the job with it
    if await jobs.finish(service.database, job, file_status, finished_at=now(), **outcome):
        EXTRACTIONS.labels(outcome["status"]).inc()
        EXTRACTION_SECONDS.observe(time.perf_counter() - began)


async def _outcome(service: Service, job: Job) -> tuple[dict[str, Any], str]:
    if job.attempts > MOST_ATTEMPTS:
        return _failed(f"given up after {MOST_ATTEMPTS} attempts that did not end")
    file = await store.found(service.database, job.tenant_id, job.file_id)
    most = service.settings.max_extract_bytes
    if file.file_size > most:
        return _failed(f"larger than {most} bytes, the most that is read")
    try:
        text, metadata = await asyncio.to_thread(_read, service, file)
    except readers.Unreadable as problem:
        return _failed(str(problem))
    kept = text if job.extraction_type == "text" else None
    return {"status": "done", "extracted_text": kept, "extracted_metadata": metadata}, "extracted"


def _read(service: Service, file: File) -> readers.Extract:
    mime_type = type_to_read(file.mime_type, file.original_filename)
    return readers.extract(service.storage.path_of(file.file_path), mime_type)


def _failed(reason: str) -> tuple[dict[str, Any], str]:
    return {"status": "failed", "error_message": reason}, "extraction_failed"
