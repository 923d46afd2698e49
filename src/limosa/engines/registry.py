"""Which engine serves a URL; an engine is loaded when it is first asked for."""

from __future__ import annotations

import importlib

from limosa.engines.base import Engine
from limosa.errors import ConfigError
from limosa.model.url import DatabaseURL

_CLASSES = {"sqlite": "SQLite", "postgresql": "PostgreSQL"}


def engine_for(url: DatabaseURL) -> Engine:
    """Return the engine of this URL's backend; raise ConfigError for a backend we do not know."""
    try:
        class_name = _CLASSES[url.backend]
    except KeyError:
        raise ConfigError(
            f"Limosa knows no database of the kind '{url.backend}'",
            hint=f"use one of: {', '.join(_CLASSES)}",
            setting="url",
        ) from None
    module = importlib.import_module(f"limosa.engines.{url.backend}.engine")
    engine: Engine = getattr(module, class_name)()
    return engine
