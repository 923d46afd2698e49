"""A snapshot: the schema at a revision as a script, from which an empty database may start."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from limosa.model.edit import fingerprint_of
from limosa.model.imported import RevisionSource
from limosa.model.session import VersionTable


class StoodFor(NamedTuple):
    """A revision that need not run where the snapshot was loaded, and its checksum at that time."""

    revision: str
    checksum: str
    """Of the file and of what it imports of the project's own code."""


def listed(source: RevisionSource) -> StoodFor:
    """How a revision on disk stands in the list of a snapshot."""
    return StoodFor(source.revision.id, fingerprint_of(source.revision.checksum, source.imported))


@dataclass(frozen=True, slots=True)
class Snapshot:
    """The schema at some revisions, with the rows that they put in."""

    engine: str
    major: int | None
    """The version of the server on which it was made; None where there are no servers."""
    revisions: tuple[str, ...]
    """The version rows of a database that was made from it."""
    version_table: VersionTable
    env_checksum: str
    """Of env.py, which has a say in what revisions do."""
    x_arguments: tuple[str, ...]
    fingerprint: str
    """Of the schema."""
    stands_for: tuple[StoodFor, ...]
    """In the order in which they ran."""
    script: str


@dataclass(frozen=True, slots=True)
class SnapshotReport:
    """A snapshot that was written, and proven by loading it."""

    path: Path
    engine: str
    major: int | None
    revisions: tuple[str, ...]
    fingerprint: str
    stands_for: int
    """How many revisions."""
    size: int
    """Of the file, in bytes."""
