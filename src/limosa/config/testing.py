"""The server that test databases are made on, where it is not a scratch server."""

from __future__ import annotations

import os

from limosa.errors import ConfigError
from limosa.model.url import DatabaseURL

SERVER_VARIABLE = "LIMOSA_TEST_URL"
"""In the environment, because a password has no place in a list of processes or in a project's file."""


def server_for_tests(option: str | None) -> DatabaseURL | None:
    """Return the server that ``--limosa-url`` or the variable names; None for a scratch server."""
    text, origin = (option, "--limosa-url") if option else (os.environ.get(SERVER_VARIABLE), SERVER_VARIABLE)
    if not text:
        return None
    try:
        url = DatabaseURL.parse(text)
    except ValueError as error:
        raise _wrong(f"{origin}: {error}") from None
    if url.backend != "postgresql":
        raise _wrong(f"{origin} names a database of the kind '{url.backend}'")
    return url.synchronous()


def _wrong(message: str) -> ConfigError:
    return ConfigError(
        message,
        hint="name a PostgreSQL server and a database to connect to: postgresql://user@host:5432/postgres",
        setting="limosa_url",
    )
