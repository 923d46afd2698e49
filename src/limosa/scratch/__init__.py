"""Scratch databases: a SQLite file, or a PostgreSQL server in about a second; gone with their owner."""

from __future__ import annotations

from limosa.scratch.databases import scratch_database, scratch_server
from limosa.scratch.provider import Choice, Provider, nearest, providers
from limosa.scratch.server import Server, StopMode, start

__all__ = [
    "Choice",
    "Provider",
    "Server",
    "StopMode",
    "nearest",
    "providers",
    "scratch_database",
    "scratch_server",
    "start",
]
