"""A revision as it was applied and as it is on disk: where the two differ, it was edited."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from enum import StrEnum

from limosa.model.imported import Imported


class EditKind(StrEnum):
    """How much an edit matters."""

    COSMETIC = "cosmetic"
    """Layout, comments or docstrings: what it does is the same."""
    CHANGED = "changed"
    """It does something else than what was applied."""


@dataclass(frozen=True, slots=True)
class Acceptance:
    """Somebody's word on why a revision differs from what was applied."""

    revision: str
    applied: str
    """The fingerprint of what was applied."""
    on_disk: str
    """The fingerprint of what was on disk then; another edit has another one."""
    reason: str
    accepted_at: str
    accepted_by: str


@dataclass(frozen=True, slots=True)
class Applied:
    """What the ledger keeps of the step that brought a revision into the database."""

    revision: str
    checksum: str
    """Of the revision's file alone, without layout, comments and docstrings."""
    source: str | None
    """The digest of its text."""
    imported: Imported | None
    applied_at: str
    applied_by: str
    tool: str

    @property
    def fingerprint(self) -> str:
        """One checksum over the revision and what it imports."""
        return fingerprint_of(self.checksum, self.imported)


@dataclass(frozen=True, slots=True)
class Edit:
    """One revision that was edited after it was applied."""

    revision: str
    kind: EditKind
    paths: tuple[str, ...]
    """The files that differ: the revision's, or those of modules that it imports."""
    applied_at: str
    applied_by: str
    applied: str
    """The fingerprint of what was applied."""
    on_disk: str
    """The fingerprint of what is on disk."""
    acceptance: Acceptance | None = None
    diff: str | None = None
    """From what was applied to what is on disk, where it was asked for."""

    @property
    def mark(self) -> str:
        """The edit in a word."""
        return "edited, accepted" if self.acceptance else f"edited: {self.kind}"


def fingerprint_of(checksum: str, imported: Imported | None) -> str:
    """Join the checksum of a revision and that of what it imports."""
    if imported is None:
        return checksum
    return hashlib.sha256(f"{checksum} {imported.checksum}".encode()).hexdigest()
