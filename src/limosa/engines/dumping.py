"""A database as a script that makes another like it."""

from __future__ import annotations

import importlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from limosa.engines.base import OpenSession
from limosa.model.session import Session, VersionTable
from limosa.model.url import DatabaseURL


class NotDumped(Exception):
    """A database could not be told as a script, or the script could not be run; a sentence says why."""


@dataclass(frozen=True, slots=True)
class Program:
    """A program of the database's own, and the variables it is given."""

    path: Path
    environment: Mapping[str, str]


class Dumper(Protocol):
    """What one kind of database needs to be copied; each raises NotDumped."""

    program: str | None
    """The program of the database's own that writes the script; None where none is needed."""
    how: str
    """What the script is, for people."""

    def major(self, session: Session) -> int | None:
        """The server's major version; None where there are no servers."""
        ...

    def around(self, session: Session) -> str:
        """A script that makes what the schema leans on and is no part of the database, such as roles."""
        ...

    def schema(self, url: DatabaseURL, *, program: Program | None) -> str:
        """The whole schema, our own tables included, without any row."""
        ...

    def contents(self, url: DatabaseURL, *, program: Program | None, version_table: VersionTable) -> str:
        """The user's schema and rows, without the version table; equal for equal contents."""
        ...

    def versions(self, url: DatabaseURL, *, program: Program | None, version_table: VersionTable) -> str:
        """The empty version table."""
        ...

    def statements(self, script: str) -> Sequence[str]:
        """The single statements of such a script, those left out that only set the session up."""
        ...

    def rows(self, url: DatabaseURL, *, program: Program | None, version_table: VersionTable) -> str:
        """The user's rows alone; equal for equal rows."""
        ...

    def load(self, session: OpenSession, script: str) -> None:
        """Run such a script on an empty database; a transaction that is open stays open."""
        ...


def dumper_for(url: DatabaseURL) -> Dumper:
    """Return the dumper of this URL's backend, which must be one of an engine's."""
    module = importlib.import_module(f"limosa.engines.{url.backend}.dump")
    dumper: Dumper = module.DUMPER
    return dumper
