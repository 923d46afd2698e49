"""What the environment says about this installation; no secret stands anywhere else."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import URL, make_url

SYSTEM = Path(__file__).resolve().parents[2]
_DRIVERS = {"postgresql": "postgresql+asyncpg", "sqlite": "sqlite+aiosqlite"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """The settings of one process."""

    environment: str
    storage: Path
    admin_token: str | None
    """Who has it may make tenants; without one nobody may."""
    max_upload_bytes: int
    max_extract_bytes: int
    poll_s: float
    """How often the worker looks for work that nobody told it of."""
    lease_s: float
    """After this long a job that was begun and not finished is taken up again."""

    @property
    def is_production(self) -> bool:
        """Does somebody else migrate, and the service only look?"""
        return self.environment == "production"


def settings() -> Settings:
    """Read the settings from the environment."""
    given = os.environ.get
    return Settings(
        environment=environment(),
        storage=Path(given("STORAGE_ROOT") or SYSTEM / "data" / "storage").expanduser().resolve(),
        admin_token=given("ADMIN_TOKEN") or None,
        max_upload_bytes=int(given("MAX_UPLOAD_BYTES") or 100 << 20),
        max_extract_bytes=int(given("MAX_EXTRACT_BYTES") or 32 << 20),
        poll_s=float(given("EXTRACTION_POLL_S") or 1),
        lease_s=float(given("EXTRACTION_LEASE_S") or 300),
    )


def environment() -> str:
    """Return the environment's name, as Limosa and the service share it."""
    return os.environ.get("LIMOSA_ENV") or os.environ.get("ENVIRONMENT") or "development"


def database_url() -> URL:
    """Return the database of DATABASE_URL with an asynchronous driver; without one, a file in data/."""
    given = os.environ.get("DATABASE_URL")
    if not given and environment() == "production":
        raise RuntimeError("DATABASE_URL is not set, and in production there is no other database: set it")
    if not given:
        path = SYSTEM / "data" / "file_platform.db"
        path.parent.mkdir(mode=0o700, exist_ok=True)
        return URL.create(_DRIVERS["sqlite"], database=str(path))
    url = make_url(given)
    return url.set(drivername=_DRIVERS.get(url.get_backend_name(), url.drivername))
