"""What is installed on this machine: versions, drivers, programs, servers for scratch databases."""

from __future__ import annotations

import importlib.util
import platform
import sys
from collections.abc import Iterator
from importlib.metadata import PackageNotFoundError, version

from limosa.config import Settings, alembic_facts
from limosa.engines.libraries import libraries
from limosa.migrator import programs as finding
from limosa.model.doctor import Examined, Health

_NEEDED = ("limosa", "alembic", "sqlalchemy", "psycopg")
_DRIVERS = {
    "aiosqlite": "pip install 'limosa[async]'",
    "asyncpg": "pip install asyncpg",
    "greenlet": "pip install 'limosa[async]'",
    "psycopg2": "pip install psycopg2-binary",
    "pg8000": "pip install pg8000",
}
_OWN = {"psycopg", "pysqlite", None}
"""Drivers that Limosa itself brings."""
_HIDES_OUR_TABLES = (1, 18)
"""The first Alembic whose plugins can keep our tables from autogenerate."""


def versions() -> Iterator[Examined]:
    """Python, Limosa and what it stands on."""
    yield Examined("Python", Health.GOOD, f"{platform.python_version()} ({sys.executable})")
    for name in _NEEDED:
        try:
            yield Examined(name, Health.GOOD, version(name))
        except PackageNotFoundError:
            yield Examined(name, Health.MISSING, "not installed", f"pip install {name}")
    for library in libraries():
        health = Health.GOOD if library.is_new_enough else Health.MISSING
        yield Examined(
            library.name, health, library.version, None if library.is_new_enough else library.remedy
        )


def drivers(settings: Settings) -> Iterator[Examined]:
    """What the project's own env.py needs, and what its Alembic cannot do."""
    facts, url = alembic_facts(settings), settings.url
    text = facts.env_file.read_text(encoding="utf-8") if facts.env_file.is_file() else ""
    is_async = "async_engine" in text or "create_async" in text
    if is_async:
        yield _installed("greenlet", why="env.py is asynchronous")
    if url is not None and url.driver not in _OWN:
        is_used = is_async and url.backend == "sqlite"
        yield _installed(str(url.driver), why="the URL names it", is_needed=is_used)
    if (url is None or url.backend == "sqlite") and _alembic() < _HIDES_OUR_TABLES:
        yield Examined(
            "autogenerate",
            Health.NOTE,
            f"Alembic {version('alembic')} has no plugins: plain 'alembic revision --autogenerate' would "
            "drop our tables on SQLite ('limosa create' does not)",
            "in env.py, give context.configure() an include_name that refuses tables named 'limosa_…', "
            "or: pip install 'alembic>=1.18'",
        )


def _alembic() -> tuple[int, ...]:
    return tuple(int(part) for part in version("alembic").split(".")[:2])


def _installed(name: str, *, why: str, is_needed: bool = True) -> Examined:
    if importlib.util.find_spec(name) is not None:
        return Examined(name, Health.GOOD, f"{version(name)}; {why}")
    remedy = _DRIVERS.get(name, f"pip install {name}")
    return Examined(name, Health.MISSING if is_needed else Health.NOTE, f"not installed; {why}", remedy)


def programs(backend: str | None) -> Iterator[Examined]:
    """Programs of others that some commands call."""
    wanted = {"postgresql": finding.OF_POSTGRESQL, "sqlite": finding.OF_SQLITE}
    for name in wanted.get(str(backend), (*finding.OF_POSTGRESQL, *finding.OF_SQLITE)):
        path = finding.find(name)
        if path is None:
            yield Examined(name, Health.NOTE, "not found", finding.remedy(name))
        else:
            yield Examined(name, Health.GOOD, str(path))


def scratch() -> Iterator[Examined]:
    """The servers on which a plan for PostgreSQL can be rehearsed."""
    from limosa.scratch import providers  # noqa: PLC0415  asks every server program there is

    found = providers()
    for one in found:
        yield Examined("scratch PostgreSQL", Health.GOOD, str(one))
    if not found:
        yield Examined(
            "scratch PostgreSQL",
            Health.NOTE,
            "none: 'plan' cannot show the statements for PostgreSQL",
            "pip install 'limosa[embedded]'",
        )
