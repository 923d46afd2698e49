"""What is done to a PostgreSQL server as a whole: its version asked, databases made and dropped."""

from __future__ import annotations

import psycopg
from psycopg import sql

from limosa.engines.postgresql.trouble import unreachable
from limosa.model.url import DatabaseURL

_CONNECT_S = 10


def server_version(url: DatabaseURL) -> str:
    """Return the server's version, such as ``18.6``."""
    with _connect(url) as connection:
        return str(connection.info.parameter_status("server_version")).split(" ", 1)[0]


def create_database(url: DatabaseURL, name: str, *, template: str | None = None) -> None:
    """Create a database on the server that ``url`` leads to."""
    statement = sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name))
    if template is not None:
        statement += sql.SQL(" TEMPLATE {}").format(sql.Identifier(template))
    with _connect(url) as connection:
        connection.execute(statement)


def drop_database(url: DatabaseURL, name: str) -> None:
    """Drop a database if it is there, with whoever is still connected to it."""
    with _connect(url) as connection:
        connection.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name)))


def _connect(url: DatabaseURL) -> psycopg.Connection:
    try:
        return psycopg.connect(url.with_driver(None).reveal(), autocommit=True, connect_timeout=_CONNECT_S)
    except psycopg.OperationalError as error:
        raise unreachable(url, error) from None
