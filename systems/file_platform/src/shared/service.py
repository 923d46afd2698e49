"""What the running service is made of."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field

from src.files.storage import Storage
from src.shared.database import Database
from src.shared.settings import Settings


@dataclass(slots=True)
class Service:
    """The parts that a request needs."""

    settings: Settings
    database: Database
    storage: Storage
    wake_worker: asyncio.Event = field(default_factory=asyncio.Event)
    """Set where there is something to extract, so that the worker need not wait for its next look."""
