"""From folders to what their revision files say, by way of the index cache."""

from __future__ import annotations

import time
from pathlib import Path
from typing import TYPE_CHECKING

from limosa.errors import GraphError
from limosa.graph.files import RevisionFile, revision_files
from limosa.graph.index import (
    Entry,
    Index,
    entry_of,
    index_file,
    load_index,
    save_index,
)
from limosa.model.revision import Revision

if TYPE_CHECKING:
    from collections.abc import Sequence

    from limosa.graph.raw import Fallback


def read_entries(
    locations: Sequence[Path | str],
    *,
    recursive: bool,
    cache: Path | None,
    fallback: Fallback | None,
) -> list[Entry]:
    """Return an entry a revision file, in the order in which Alembic loads them."""
    started_ns = time.time_ns()
    file = None if cache is None else index_file(cache, locations, recursive=recursive)
    index = Index(0, {}) if file is None else load_index(file)
    found: list[Entry] = []
    keep: dict[str, Entry] = {}
    changed = False
    for revision_file in revision_files(locations, recursive=recursive):
        entry = index.trusted(revision_file)
        is_static = True
        if entry is None:
            entry, is_static = _read(revision_file, index.entries.get(revision_file.path), fallback)
            changed = changed or is_static
        found.append(entry)
        if is_static:
            keep[revision_file.path] = entry
    if file is not None and (changed or len(keep) != len(index.entries)):
        save_index(file, Index(started_ns, keep))
    return found


def _read(file: RevisionFile, known: Entry | None, fallback: Fallback | None) -> tuple[Entry, bool]:
    """Open the file; parse it only if its content is not the one already known."""
    # Imported here: a process that finds all it needs in the index pays for neither.
    import hashlib  # noqa: PLC0415

    from limosa.graph.source import read_source  # noqa: PLC0415

    try:
        data = Path(file.path).read_bytes()
    except OSError as error:
        raise GraphError(
            f"'{file.path}' cannot be read: {error.strerror}",
            hint=f"look at it: ls -l {file.path}",
            paths=(file.path,),
        ) from error
    digest = hashlib.sha256(data).hexdigest()
    if known is not None and known.digest == digest:
        return known._replace(size=file.size, mtime_ns=file.mtime_ns), True
    reading = read_source(data, file.path, fallback)
    return entry_of(file, digest, reading.links, reading.details), reading.is_static


def revision_of(entry: Entry) -> Revision:
    """Make the revision of an entry."""
    revision, parents, depends_on, labels, path = entry.links
    details = entry.details
    return Revision(
        id=revision,
        parents=parents,
        depends_on=depends_on,
        labels=labels,
        message=details.message,
        doc=details.doc,
        path=Path(path),
        created=details.created,
        checksum=details.checksum,
        has_upgrade=details.has_upgrade,
        has_downgrade=details.has_downgrade,
    )
