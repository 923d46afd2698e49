"""What differs between two installations; read from environment variables, and from nowhere else."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, Self, TypeAlias, get_args

from sqlalchemy import URL, make_url
from sqlalchemy.exc import ArgumentError

Environment: TypeAlias = Literal["development", "staging", "production"]

ENVIRONMENTS: tuple[Environment, ...] = get_args(Environment)
FOLDER = Path(__file__).resolve().parents[1]
DATA = FOLDER / "data"
"""Where development keeps its two SQLite files and its scans, unless told otherwise."""
SHORTEST_SECRET = 32
PRIVATE_FOLDER = 0o700


class SettingsError(Exception):
    """A variable is missing or wrong; whoever starts the service must set it."""


def environment(variables: Mapping[str, str] = os.environ) -> Environment:
    """Return the environment that ``ENVIRONMENT`` names; development where it names none."""
    named = variables.get("ENVIRONMENT") or "development"
    chosen = variables.get("LIMOSA_ENV") or named
    for known in ENVIRONMENTS:
        if known == named == chosen:
            return known
    if named in ENVIRONMENTS:
        raise SettingsError(f"ENVIRONMENT is '{named}' and LIMOSA_ENV is '{chosen}'; set both alike, or one")
    raise SettingsError(f"ENVIRONMENT is '{named}'; it must be one of {', '.join(ENVIRONMENTS)}")


def database_url(variables: Mapping[str, str] = os.environ) -> URL:
    """Return the database of users, documents and jobs."""
    return _url("DATABASE_URL", "ocr_identity.db", variables)


def analytics_url(variables: Mapping[str, str] = os.environ) -> URL:
    """Return the database of daily counts; it must be another one, as each has revisions of its own."""
    url = _url("ANALYTICS_DATABASE_URL", "analytics.db", variables)
    if url == database_url(variables):
        raise SettingsError(
            "both databases have the same URL; each has its own revisions, so give each its own"
        )
    return url


def _url(name: str, default_file: str, variables: Mapping[str, str]) -> URL:
    chosen = environment(variables)
    variable = f"{chosen.upper()}_{name}"
    given = variables.get(variable)
    if given:
        return _with_driver(given, variable)
    if chosen != "development":
        raise SettingsError(f"{variable} is not set; in {chosen} it must name the database")
    DATA.mkdir(mode=PRIVATE_FOLDER, exist_ok=True)
    return URL.create("sqlite", database=str(DATA / default_file))


def _with_driver(given: str, variable: str) -> URL:
    """Give a bare ``postgresql://`` the driver that this project installs."""
    try:
        url = make_url(given)
    except ArgumentError:  # whose text holds the URL, and so its password
        raise SettingsError(f"{variable} is no URL; it looks like postgresql://user@host/database") from None
    return url.set(drivername="postgresql+psycopg") if url.drivername in {"postgresql", "postgres"} else url


@dataclass(frozen=True, slots=True)
class Settings:
    """What the service and its worker are started with."""

    environment: Environment
    database: URL
    analytics: URL
    secret: str
    """Signs tokens; every process of one installation has the same."""
    storage: Path
    most_upload_bytes: int
    token_life_s: int
    worker_threads: int
    """Workers inside the service; production runs them as processes of their own."""
    lease_s: int
    """A job that has been running for longer was left over by a worker that died."""

    @classmethod
    def load(cls, variables: Mapping[str, str] = os.environ) -> Self:
        """Read the variables, and raise ``SettingsError`` for the first that is missing or wrong."""
        chosen = environment(variables)
        return cls(
            environment=chosen,
            database=database_url(variables),
            analytics=analytics_url(variables),
            secret=_secret(variables),
            storage=Path(variables.get("STORAGE_FOLDER") or DATA / "files").absolute(),
            most_upload_bytes=_number("MAX_UPLOAD_BYTES", 10_000_000, variables),
            token_life_s=_number("TOKEN_LIFE_S", 3600, variables),
            worker_threads=_number("WORKER_THREADS", 1 if chosen == "development" else 0, variables),
            lease_s=_number("JOB_LEASE_S", 300, variables),
        )


def _secret(variables: Mapping[str, str]) -> str:
    secret = variables.get("SECRET_KEY", "")
    if len(secret) < SHORTEST_SECRET:
        raise SettingsError(
            f"SECRET_KEY must have {SHORTEST_SECRET} characters or more; "
            "make one: python -c 'import secrets; print(secrets.token_urlsafe(48))'"
        )
    return secret


def _number(name: str, default: int, variables: Mapping[str, str]) -> int:
    text = variables.get(name) or str(default)
    if not text.isdecimal():
        raise SettingsError(f"{name} is '{text}'; it must be a whole number")
    return int(text)
