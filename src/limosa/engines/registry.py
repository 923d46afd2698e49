"""Which engine serves a URL; an engine is loaded when it is first asked for."""

from __future__ import annotations

import importlib
from typing import Any

from limosa.engines.base import Engine
from limosa.errors import ConfigError
from limosa.model.url import DatabaseURL

_CLASSES = {"sqlite": "SQLite", "postgresql": "PostgreSQL"}


def engine_for(url: DatabaseURL) -> Engine:
    """Return the engine of this URL's backend; raise ConfigError for a backend we do not know."""
    try:
        return _engine(url.backend)
    except KeyError:
        raise ConfigError(
            f"Limosa knows no database of the kind '{url.backend}'",
            hint=f"use one of: {', '.join(_CLASSES)}",
            setting="url",
        ) from None


def driver_options(backend: str, is_async: bool) -> dict[str, Any]:
    """Return what env.py's driver must be given so that it can be observed."""
    return _engine(backend).driver_options(is_async=is_async) if backend in _CLASSES else {}


def _engine(backend: str) -> Engine:
    class_name = _CLASSES[backend]
    module = importlib.import_module(f"limosa.engines.{backend}.engine")
    engine: Engine = getattr(module, class_name)()
    return engine
