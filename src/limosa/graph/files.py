"""Which files are revisions: Alembic's own rule, in Alembic's own order, with one stat a file."""

from __future__ import annotations

import os
from operator import attrgetter
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
        for folder, entries in _folders(os.path.realpath(location), recursive=recursive):
            for entry in entries:
                path, name = f"{folder}{os.sep}{entry.name}", entry.name
                if entry.is_symlink():
                    path = os.path.realpath(path)
                    name = path.rpartition(os.sep)[2]
                if not _is_revision_name(name) or path in seen or entry.is_dir():
                    continue
                seen.add(path)
                yield RevisionFile(path, *_state(entry))


def _is_revision_name(name: str) -> bool:
    return name.endswith(".py") and not name.startswith((".#", "__init__"))


def _state(entry: os.DirEntry[str]) -> tuple[int, int]:
    try:
        status = entry.stat()
    except FileNotFoundError:
        return -1, -1  # a link to nowhere, or a file deleted this moment: reading it will tell
    return status.st_size, status.st_mtime_ns


def _folders(folder: str, *, recursive: bool) -> Iterator[tuple[str, list[os.DirEntry[str]]]]:
    try:
        with os.scandir(folder) as scan:
            found = sorted(scan, key=attrgetter("name"))
    except (FileNotFoundError, NotADirectoryError):
        return
    if not folder.endswith("__pycache__"):
        yield folder, found
    if recursive:
        for entry in found:
            if entry.is_dir(follow_symlinks=False):
                yield from _folders(f"{folder}{os.sep}{entry.name}", recursive=True)
