"""Which files are revisions: Alembic's own rule, in Alembic's own order, with one stat a file."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path


class RevisionFile(NamedTuple):
    """A file that Alembic would load, by its real path."""

    path: str
    size: int
    mtime_ns: int


def revision_files(locations: Iterable[Path | str], *, recursive: bool) -> Iterator[RevisionFile]:
    """Yield each revision file once, folder by folder, by name within a folder.

    A location that does not exist holds nothing, as for Alembic.
    """
    seen: set[str] = set()
    for location in locations:
        for entry, folder in _entries(os.path.realpath(location), recursive=recursive):
            path = f"{folder}{os.sep}{entry.name}"
            if entry.is_symlink():
                path = os.path.realpath(path)
            if not _is_revision_name(path.rpartition(os.sep)[2]) or path in seen:
                continue
            seen.add(path)
            try:
                status = entry.stat()
            except FileNotFoundError:
                # A link to nowhere; or a file deleted this moment, which reading it will tell.
                yield RevisionFile(path, -1, -1)
                continue
            yield RevisionFile(path, status.st_size, status.st_mtime_ns)


def _is_revision_name(name: str) -> bool:
    return name.endswith(".py") and not name.startswith((".#", "__init__"))


def _entries(folder: str, *, recursive: bool) -> Iterator[tuple[os.DirEntry[str], str]]:
    try:
        with os.scandir(folder) as scan:
            found = sorted(scan, key=lambda entry: entry.name)
    except (FileNotFoundError, NotADirectoryError):
        return
    if not folder.endswith("__pycache__"):
        yield from ((entry, folder) for entry in found if not entry.is_dir())
    if recursive:
        for entry in found:
            if entry.is_dir(follow_symlinks=False):
                yield from _entries(f"{folder}{os.sep}{entry.name}", recursive=True)
