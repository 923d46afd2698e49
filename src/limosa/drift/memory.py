"""What is remembered of a check that passed, and of a schema that the revisions made on an empty database."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from limosa.drift.imported import FileState, FolderState, Imported
from limosa.drift.kept import Kept
from limosa.model.check import Accepted, Between
from limosa.model.schema import Schema, SchemaObject
from limosa.model.session import VersionTable

VERSION = "1"
"""Raise it whenever the format, or what a check looks at, changes."""


@dataclass(frozen=True, slots=True)
class Passed:
    """A check of one database that passed, and all that it rests on."""

    version_table: VersionTable | None
    catalogue: str
    """The engine's quick hash of its catalogue."""
    fingerprint: str
    """The schema's."""
    compared: tuple[Between, ...]
    history: str | None
    """Which revisions were replayed, if they were."""
    accepted: tuple[Accepted, ...]
    unmatched: tuple[Accepted, ...]
    notes: tuple[str, ...]
    search_paths: tuple[tuple[str, ...], ...]
    """Where Python looked for modules before the run, and after it."""
    imported: Imported


@dataclass(frozen=True, slots=True)
class Replayed:
    """The schema that the revisions make, and the files that making it has imported."""

    schema: Schema
    imported: Imported


def recall_pass(kept: Kept) -> Passed | None:
    """Return what passed last, if anything is known."""
    found = kept.read()
    try:
        return None if found is None else _passed(found)
    except (TypeError, ValueError, LookupError):
        return None


def keep_pass(kept: Kept, passed: Passed) -> None:
    """Remember a check that passed."""
    table = passed.version_table
    kept.write({
        "version_table": None if table is None else [table.name, table.schema],
        "catalogue": passed.catalogue,
        "fingerprint": passed.fingerprint,
        "compared": passed.compared,
        "history": passed.history,
        "accepted": [[each.between, each.operation, each.reason] for each in passed.accepted],
        "unmatched": [[each.between, each.operation, each.reason] for each in passed.unmatched],
        "notes": passed.notes,
        "search_paths": passed.search_paths,
        **_imports(passed.imported),
    })  # fmt: skip


def recall_replay(kept: Kept) -> Replayed | None:
    """Return the schema that these revisions make, if it is known."""
    found = kept.read()
    try:
        if found is None:
            return None
        return Replayed(Schema.of(SchemaObject(*each) for each in found["objects"]), _imported(found))
    except (TypeError, ValueError, LookupError):
        return None


def keep_replay(kept: Kept, replayed: Replayed) -> None:
    """Remember what the revisions made."""
    kept.write({"objects": replayed.schema.objects, **_imports(replayed.imported)})


def _passed(found: Mapping[str, Any]) -> Passed:
    table = found["version_table"]
    return Passed(
        version_table=None if table is None else VersionTable(*table),
        catalogue=found["catalogue"],
        fingerprint=found["fingerprint"],
        compared=tuple(Between(each) for each in found["compared"]),
        history=found["history"],
        accepted=_entries(found["accepted"]),
        unmatched=_entries(found["unmatched"]),
        notes=tuple(found["notes"]),
        search_paths=tuple(tuple(each) for each in found["search_paths"]),
        imported=_imported(found),
    )


def _entries(listed: list[list[str]]) -> tuple[Accepted, ...]:
    return tuple(Accepted(Between(between), operation, reason) for between, operation, reason in listed)


def _imports(imported: Imported) -> dict[str, Any]:
    return {"files": imported.files, "folders": imported.folders}


def _imported(found: Mapping[str, Any]) -> Imported:
    return Imported(
        tuple(
            FileState(path, None if state is None else tuple(state), digest)
            for path, state, digest in found["files"]
        ),
        tuple(FolderState(path, digest) for path, digest in found["folders"]),
    )
