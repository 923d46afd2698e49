"""Where a database is and how it is reached, in libpq's words; no driver is loaded for it."""

from __future__ import annotations

from typing import Any

from limosa.model.limits import Limits
from limosa.model.url import DatabaseURL

_KEEPALIVE = {"keepalives": "1", "keepalives_idle": "2", "keepalives_interval": "1", "keepalives_count": "3"}


def parameters(url: DatabaseURL, *, limits: Limits, application: str) -> dict[str, Any]:
    """Return libpq's parameters of a connection of ours, secrets included; never print them."""
    return {
        "connect_timeout": max(2, round(limits.connect_s)),
        "tcp_user_timeout": "4000",
        **_KEEPALIVE,
        **parts_of(url),
        "application_name": application,
    }


def parts_of(url: DatabaseURL) -> dict[str, Any]:
    """Return what a URL says, in libpq's words; the query goes over the rest."""
    parts: dict[str, Any] = {
        "user": url.username,
        "password": None if url.password is None else url.password.reveal(),
        "host": url.host,
        "port": url.port,
        "dbname": url.database,
        **dict(url.query),
        **{key: secret.reveal() for key, secret in url.secrets},
    }
    return {key: value for key, value in parts.items() if value is not None}
