"""A SQLAlchemy connection for an env.py that takes one from ``config.attributes['connection']``."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import Connection, create_engine
from sqlalchemy.pool import NullPool

from limosa.model.url import DatabaseURL


@contextmanager
def alchemy_connection(url: DatabaseURL) -> Iterator[Connection]:
    """Open a synchronous connection; parameters of statements never reach an error's text."""
    engine = create_engine(url.synchronous().reveal(), poolclass=NullPool, hide_parameters=True)
    try:
        with engine.connect() as connection:
            yield connection
    finally:
        engine.dispose()
