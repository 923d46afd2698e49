"""What is written down of each revision for people to read, and what came of writing it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from limosa.model.operation import Operation
from limosa.model.revision import Revision


@dataclass(frozen=True, slots=True)
class Author:
    """Who brought a revision into the project, and when (ISO 8601, or a date)."""

    name: str
    at: str
    source: str
    """``git``, or ``file`` where git knows nothing of it."""


@dataclass(frozen=True, slots=True)
class Application:
    """What became of a revision in one environment."""

    place: str
    is_applied: bool | None
    """None where it could not be asked."""
    at: str | None
    by: str | None


@dataclass(frozen=True, slots=True)
class RevisionPage:
    """All of one revision's page."""

    revision: Revision
    children: tuple[str, ...]
    author: Author | None
    upgrade: tuple[Operation, ...]
    downgrade: tuple[Operation, ...]
    applied: tuple[Application, ...]


@dataclass(frozen=True, slots=True)
class ExportReport:
    """What happened in the folder."""

    folder: Path
    written: tuple[str, ...]
    """New or changed."""
    unchanged: tuple[str, ...]
    removed: tuple[str, ...]
    """Pages of revisions that are gone."""
