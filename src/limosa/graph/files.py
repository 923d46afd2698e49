"""Which files are revisions: Alembic's own rule, in Alembic's own order, with one stat a file.

The first thing that a command which only looks has to do, so it loads nothing itself.
"""

from __future__ import annotations

import os
from operator import attrgetter

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

Facts = tuple[int, int, int, int]
"""Size, when the content and when the file last changed (ns), and its number on the disk.

The second time and the number tell of a file that was replaced by one of the same size and time:
no program can set them.
"""
State = tuple[str, Facts]
"""Real path, and what was found there."""
_FACTS = attrgetter("st_size", "st_mtime_ns", "st_ctime_ns", "st_ino")
_NAME = attrgetter("name")
_STAT, _IS_LINK, _IS_FILE = os.DirEntry.stat, os.DirEntry.is_symlink, os.DirEntry.is_file
_UNKNOWN = -1, 1 << 62, 1 << 62, -1
"""Changed in a far future, so that nobody takes it for settled."""


def revision_files(locations: Iterable[Path | str], *, recursive: bool) -> list[State]:
    """Return the state of each file that Alembic would load, once: folder by folder, by name within one.

    A location that does not exist holds nothing, as for Alembic.
    """
    folders = [
        states
        for location in locations
        for states in _states(os.path.realpath(location), recursive=recursive)
    ]
    if len(folders) == 1 and folders[0].has_no_links:
        return folders[0]
    by_path: dict[str, State] = {}
    for states in folders:
        for state in states:
            by_path.setdefault(state[0], state)
    return list(by_path.values())


class _States(list[State]):
    """Those of one folder's files."""

    has_no_links = False
    """Is each file what its name says, and so there once?"""


def _states(folder: str, *, recursive: bool) -> Iterator[_States]:
    try:
        # by its number: the system then need not walk the path again for each file
        handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY) if os.scandir in os.supports_fd else None
    except (FileNotFoundError, NotADirectoryError):
        return
    try:
        with os.scandir(folder if handle is None else handle) as scan:
            entries = sorted(scan, key=_NAME)
        if not folder.endswith("__pycache__"):
            yield _of_folder(folder, entries)
        below = [entry.name for entry in entries if recursive and entry.is_dir(follow_symlinks=False)]
    except (FileNotFoundError, NotADirectoryError):
        return
    finally:
        if handle is not None:
            os.close(handle)
    for name in below:
        yield from _states(f"{folder}{os.sep}{name}", recursive=True)


def _of_folder(folder: str, entries: list[os.DirEntry[str]]) -> _States:
    files = [entry for entry in entries if _may_be_revision(entry.name)]
    prefix = folder + os.sep
    if not any(map(_IS_LINK, entries)) and all(map(_IS_FILE, files)):
        try:
            # a thousand of them: no step of this may be Python's own
            paths, facts = map(prefix.__add__, map(_NAME, files)), map(_FACTS, map(_STAT, files))
            found = _States(zip(paths, facts, strict=True))
        except OSError:
            pass  # one is gone this moment
        else:
            found.has_no_links = True
            return found
    return _States(filter(None, (_looked_at(prefix, entry) for entry in entries)))


def _may_be_revision(name: str) -> bool:
    return name[-3:] == ".py" and not name.startswith((".#", "__init__"))


def _looked_at(prefix: str, entry: os.DirEntry[str]) -> State | None:
    """A link counts by the name that it leads to."""
    name, path = entry.name, prefix + entry.name
    if not entry.is_file(follow_symlinks=False):
        path = os.path.realpath(path)
        name = path.rpartition(os.sep)[2]
        if entry.is_dir():
            return None
    if not _may_be_revision(name):
        return None
    try:
        return path, _FACTS(entry.stat())
    except OSError:  # a link to nowhere, or a file deleted this moment: reading it will tell
        return path, _UNKNOWN
