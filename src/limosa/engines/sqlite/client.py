"""How the program sqlite3 is called."""

from __future__ import annotations

from collections.abc import Sequence

from limosa.engines.sqlite.session import path_of
from limosa.model.client import Client
from limosa.model.url import DatabaseURL


def client(url: DatabaseURL, statements: Sequence[str]) -> Client:
    """Call sqlite3 on the file; it takes statements as further arguments."""
    return Client("sqlite3", (str(path_of(url).absolute()), *statements))
