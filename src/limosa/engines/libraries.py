"""The libraries in C below our drivers, whose versions no package manager of Python's knows."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

_OLDEST_SQLITE = (3, 35)


@dataclass(frozen=True, slots=True)
class Library:
    """One library, and whether it can do what we need."""

    name: str
    version: str
    is_new_enough: bool
    remedy: str


def libraries() -> Iterator[Library]:
    """Yield SQLite's and libpq's; raise ImportError where a driver finds none."""
    import sqlite3  # noqa: PLC0415  only those who ask need both

    is_new = sqlite3.sqlite_version_info >= _OLDEST_SQLITE
    remedy = "install a Python that is built with SQLite 3.35 or newer"
    yield Library("SQLite library", sqlite3.sqlite_version, is_new, remedy)
    import psycopg  # noqa: PLC0415

    version = psycopg.pq.version()
    name = f"{version // 10000}.{version % 10000} ({psycopg.pq.__impl__})"
    yield Library("libpq", name, is_new_enough=True, remedy="")
