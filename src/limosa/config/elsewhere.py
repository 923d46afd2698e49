"""The databases of a project's other environments, as far as its file tells them without a program's help."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

from limosa.config.consulted import VARIABLES
from limosa.config.database import Sources, from_table, parsed
from limosa.config.options import Options
from limosa.config.project import Project, find_project
from limosa.config.settings import Settings
from limosa.errors import ConfigError
from limosa.model.url import DatabaseURL

_HERE = frozenset({"", "localhost", "127.0.0.1", "::1"})


class Elsewhere(NamedTuple):
    """Another environment of the project and its database."""

    environment: str
    allow_reset: bool | None
    url: DatabaseURL


def other_databases(settings: Settings, *, variables: Mapping[str, str] | None = None) -> Iterator[Elsewhere]:
    """Find the databases of the environments that were not chosen; one that cannot be told is left out."""
    if settings.file is None:
        return
    environ = VARIABLES if variables is None else variables
    project = find_project(settings.file.parent)
    default = project.table.get("environment")
    for name in dict.fromkeys((*project.table.get("environments", {}), *([default] if default else []))):
        if name == settings.environment:
            continue
        own = project.environment_table(name)
        # what the whole project shares is the database of the environment that is chosen by default
        tables = (own, project.table) if name == default else (own,)
        for table in tables:
            url = _told(project, name, table, settings, environ)
            if url is not None:
                yield Elsewhere(name, own.get("allow_reset"), url)
                break


def _told(
    project: Project, name: str, table: Mapping[str, Any], settings: Settings, variables: Mapping[str, str]
) -> DatabaseURL | None:
    if "url_command" in table:
        return None
    place = project.place(name)
    sources = Sources(settings.root, None, variables, ((place, table),), "", False, Options.of(settings))
    with contextlib.suppress(ConfigError):
        found = from_table(table, place=place, sources=sources)
        if found is not None:
            return found[0]
        given = variables.get(table.get("url_variable", ""))
        return parsed(given, origin=place, base=settings.root) if given else None
    return None


def is_same_database(
    one: DatabaseURL, other: DatabaseURL, *, variables: Mapping[str, str] | None = None
) -> bool:
    """Do two URLs lead to one database, whoever logs in, by whatever driver?"""
    if one.backend != other.backend:
        return False
    if one.backend == "sqlite":
        return _is_same_file(_file(one), _file(other))
    environ = VARIABLES if variables is None else variables
    return _address(one, environ) == _address(other, environ)


def _file(url: DatabaseURL) -> Path | None:
    path = (url.database or "").removeprefix("file:").partition("?")[0]
    is_memory = not path or path.startswith(":memory:") or ("mode", "memory") in url.query
    return None if is_memory else Path(path).resolve()


def _is_same_file(one: Path | None, other: Path | None) -> bool:
    if one is None or other is None:
        return False
    try:
        return one == other or one.samefile(other)
    except OSError:  # one of them is not there
        return False


def _address(url: DatabaseURL, variables: Mapping[str, str]) -> tuple[str, str, str]:
    """Host, port and database; what a PostgreSQL URL leaves out is what libpq takes in its place."""
    is_postgresql = url.backend == "postgresql"
    asked = dict(url.query)
    host = url.host or asked.get("host") or (variables.get("PGHOST") if is_postgresql else None) or ""
    port = str(url.port or asked.get("port") or "")
    database = url.database or asked.get("dbname")
    if is_postgresql:
        port = port or variables.get("PGPORT") or "5432"
        database = database or variables.get("PGDATABASE") or url.username or variables.get("PGUSER")
    is_here = host.lower() in _HERE or host.startswith("/")  # a socket's folder
    return "localhost" if is_here else host.lower(), port, database or ""
