"""Removes what a crash left behind: files without a row."""

from __future__ import annotations

import asyncio
import logging

from src.files import store
from src.shared.service import Service

log = logging.getLogger(__name__)


async def sweep(service: Service) -> int:
    """Remove each file that nobody writes and no row names; return how many."""
    removed, leftovers = 0, service.storage.leftovers()
    while leftover := await asyncio.to_thread(next, leftovers, None):
        file_id = leftover.file_id
        # the row is looked for while the lock is held: whoever wrote the file has committed, or never will
        if file_id is None or not await store.exists(service.database, file_id):
            leftover.path.unlink(missing_ok=True)
            removed += 1
    if removed:
        log.warning("removed %d files that a crash had left behind", removed)
    return removed
