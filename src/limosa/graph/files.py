"""Which files are revisions: Alembic's own rule, in Alembic's own order, with one stat a file.

The first thing that a command which only looks has to do, so it loads nothing itself.
"""

from __future__ import annotations

import os

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

State = tuple[str, int, int, int, int]
"""Real path, size, when the content and when the file last changed (ns), and its number on the disk.

The second time and the number tell of a file that was replaced by one of the same size and time:
no program can set them.
"""
_UNKNOWN = -1, 1 << 62, 1 << 62, -1
"""Changed in a far future, so that nobody takes it for settled."""


def revision_files(locations: Iterable[Path | str], *, recursive: bool) -> list[State]:
    """Return the state of each file that Alembic would load, once: folder by folder, by name within one.

    A location that does not exist holds nothing, as for Alembic.
    """
    found: dict[str, State] = {}
    for location in locations:
        for state in _states(os.path.realpath(location), recursive=recursive):
            found.setdefault(state[0], state)
    return list(found.values())


def _states(folder: str, *, recursive: bool) -> Iterator[State]:
    try:
        # by its number: the system then need not walk the path again for each file
        handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY) if os.scandir in os.supports_fd else None
    except (FileNotFoundError, NotADirectoryError):
        return
    try:
        with os.scandir(folder if handle is None else handle) as scan:
            entries = {entry.name: entry for entry in scan}
        names = sorted(entries)
        if not folder.endswith("__pycache__"):
            yield from _of_folder(folder, [entries[name] for name in names])
        below = [name for name in names if recursive and entries[name].is_dir(follow_symlinks=False)]
    except (FileNotFoundError, NotADirectoryError):
        return
    finally:
        if handle is not None:
            os.close(handle)
    for name in below:
        yield from _states(f"{folder}{os.sep}{name}", recursive=True)


def _of_folder(folder: str, entries: list[os.DirEntry[str]]) -> list[State]:
    found: list[State] = []
    for entry in entries:
        name = entry.name
        path = f"{folder}{os.sep}{name}"
        if entry.is_symlink():
            path = os.path.realpath(path)
            name = path.rpartition(os.sep)[2]
        if not name.endswith(".py") or name.startswith((".#", "__init__")) or entry.is_dir():
            continue
        try:
            is_ = entry.stat()
        except OSError:  # a link to nowhere, or a file deleted this moment: reading it will tell
            found.append((path, *_UNKNOWN))
        else:
            found.append((path, is_.st_size, is_.st_mtime_ns, is_.st_ctime_ns, is_.st_ino))
    return found
