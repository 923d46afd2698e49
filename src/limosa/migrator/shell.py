"""The database's own program on the project's database, for ``limosa shell``."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from limosa.engines.registry import engine_for
from limosa.errors import ProgramMissing, UsageError
from limosa.migrator import programs
from limosa.migrator.project import Project
from limosa.model.client import Client

if TYPE_CHECKING:
    from limosa.model.url import DatabaseURL

_OWN_SHELL = (3, 12)
"""Since this Python ``python -m sqlite3`` is a program, which takes a file and one statement."""


def client(project: Project, *, statements: Sequence[str] = (), arguments: Sequence[str] = ()) -> Client:
    """Return the call of psql or sqlite3; ``arguments`` are passed on as they are."""
    url = _only_database(project)
    called = engine_for(url).client(url, tuple(statements))
    try:
        program = str(programs.needed(called.program))
    except ProgramMissing:
        if called.program != "sqlite3" or sys.version_info < _OWN_SHELL or arguments or len(statements) > 1:
            raise
        return replace(called, program=sys.executable, arguments=("-m", "sqlite3", *called.arguments))
    return replace(called, program=program, arguments=(*called.arguments, *arguments))


def _only_database(project: Project) -> DatabaseURL:
    if project.settings.url is not None:
        return project.settings.url
    urls = tuple(dict.fromkeys(target.url for target in project.databases.targets))
    if len(urls) == 1:
        return urls[0]
    raise UsageError(
        f"env.py connects to {len(urls)} databases: {', '.join(url.masked for url in urls)}",
        hint="name one: limosa shell --url URL",
    )
