"""Leads env.py to a copy of its database, and to nowhere else, however it comes by its URL.

The URL in Alembic's configuration names the copy already; but an env.py may know its database
from the application. Whoever asks SQLAlchemy for the real one is given the copy, and
whoever asks for any other is refused before there is a connection.
"""

from __future__ import annotations

from collections.abc import Iterator, MutableSequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import make_url
from sqlalchemy.engine import Dialect

from limosa.alembic_bridge.project import on_connect
from limosa.errors import ConfigError
from limosa.model.url import DatabaseURL

_Place = tuple[str, ...]
_PORT = "5432"
_OF_THE_SERVER = frozenset({
    "host", "hostaddr", "port", "user", "password", "dbname", "database", "dsn", "service", "passfile",
    "ssl", "direct_tls", "channel_binding", "target_session_attrs", "gssencmode", "krbsrvname", "uri",
})  # fmt: skip


@dataclass(frozen=True, slots=True)
class Detour:
    """Instead of to ``real``, connections lead to ``copy``."""

    real: DatabaseURL
    copy: DatabaseURL


@contextmanager
def detoured(detour: Detour | None) -> Iterator[None]:
    """Lead this thread's connections, of synchronous and asynchronous engines alike, and no other's."""
    if detour is None:
        yield
        return
    allowed = {_place_of(detour.real), _place_of(detour.copy)}
    url = make_url(detour.copy.with_driver(None).reveal())

    def lead(
        dialect: Dialect, _record: Any, arguments: MutableSequence[Any], parameters: dict[str, Any]
    ) -> None:
        place = _place_asked(dialect.name, arguments, parameters)
        if place == ("sqlite", ""):
            return
        if place not in allowed:
            raise _elsewhere(place)
        arguments[:], wanted = dialect.create_connect_args(url)
        for name in list(parameters):
            if name in _OF_THE_SERVER or name.startswith("ssl"):
                del parameters[name]
        parameters.update(wanted)

    with on_connect(lead):
        yield


def _place_of(url: DatabaseURL) -> _Place:
    if url.backend == "sqlite":
        return "sqlite", _file(url.database or "")
    query = dict(url.query)
    host, port = url.host or query.get("host", ""), str(url.port or query.get("port", _PORT))
    return url.backend, host, port, url.database or query.get("dbname", "")


def _place_asked(backend: str, arguments: MutableSequence[Any], parameters: dict[str, Any]) -> _Place:
    if backend == "sqlite":
        return "sqlite", _file(str(arguments[0]) if arguments else str(parameters.get("database", "")))
    name = parameters.get("dbname", parameters.get("database", ""))
    return backend, str(parameters.get("host") or ""), str(parameters.get("port") or _PORT), str(name or "")


def _file(name: str) -> str:
    """Return a file's full path; nothing for a database in memory, which is nobody's."""
    if name in {"", ":memory:"} or "mode=memory" in name:
        return ""
    return str(Path(name.removeprefix("file:").partition("?")[0]).expanduser().resolve())


def _elsewhere(place: _Place) -> ConfigError:
    backend, *where = place
    name = where[0] if backend == "sqlite" else f"{where[0]}:{where[1]}/{where[2]}"
    return ConfigError(
        f"env.py or a revision connects to '{name}' ({backend}), which is not the database of this project; "
        "on a scratch copy it may connect to nothing else",
        hint="name the database that env.py uses: --url; or see the revisions alone: limosa plan --brief",
    )
