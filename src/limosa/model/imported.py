"""What a revision imports of the project's own code: it is part of what ran, and is kept with it."""

from __future__ import annotations

from dataclasses import dataclass, field

from limosa.model.revision import Revision


@dataclass(frozen=True, slots=True)
class ImportedModule:
    """One module as it stood when the revision ran."""

    name: str
    path: str
    """As seen from the project's folder, where it lies in there."""
    is_package: bool
    digest: str
    """The SHA-256 of its text."""
    checksum: str
    """The same of its syntax tree without docstrings and positions."""
    text: str = field(default="", repr=False, compare=False)
    """Where it was just read from disk; the ledger keeps it apart."""


@dataclass(frozen=True, slots=True)
class Imported:
    """All local modules that importing the revision loads.

    ``checksum`` covers only what the revision can reach of them: an edit elsewhere in a
    module changes nothing for the revision.
    """

    checksum: str
    modules: tuple[ImportedModule, ...]
    is_direct: bool = False
    """Only those that the revision names itself: the others are the application that it uses."""


@dataclass(frozen=True, slots=True)
class RevisionSource:
    """A revision on disk with all that a run of it consists of."""

    revision: Revision
    text: str
    imported: Imported | None = None
