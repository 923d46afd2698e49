"""Scratch databases: a PostgreSQL server in about a second, gone when its owner is gone."""

from __future__ import annotations

from limosa.scratch.provider import Choice, Provider, nearest, providers
from limosa.scratch.server import Server, StopMode, start

__all__ = ["Choice", "Provider", "Server", "StopMode", "nearest", "providers", "start"]
