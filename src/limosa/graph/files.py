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

State = tuple[str, int, int, int, int]
"""Real path, size, when the content and when the file last changed (ns), and its number on the disk.

The second time and the number tell of a file that was replaced by one of the same size and time:
no program can set them.
"""
_FACTS = attrgetter("st_size", "st_mtime_ns", "st_ctime_ns", "st_ino")
_NAME = attrgetter("name")
_UNKNOWN = -1, 1 << 62, 1 << 62, -1
"""Changed in a far future, so that nobody takes it for settled."""


def revision_files(locations: Iterable[Path | str], *, recursive: bool) -> list[State]:
    """Return the state of each file that Alembic would load, once: folder by folder, by name within one.

    A location that does not exist holds nothing, as for Alembic.
    """
    found: list[State] = []
    for location in locations:
        for states in _states(os.path.realpath(location), recursive=recursive):
            found += states
    by_path: dict[str, State] = {}
    if len({state[0] for state in found}) == len(found):
        return found
    for state in found:
        by_path.setdefault(state[0], state)
    return list(by_path.values())


def _states(folder: str, *, recursive: bool) -> Iterator[list[State]]:
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


def _of_folder(folder: str, entries: list[os.DirEntry[str]]) -> list[State]:
    found: list[State] = []
    prefix = folder + os.sep
    for entry in entries:
        name = entry.name
        path = prefix + name
        if not entry.is_file(follow_symlinks=False):
            path = os.path.realpath(path)
            name = path.rpartition(os.sep)[2]
            if entry.is_dir():
                continue
        if name[-3:] != ".py" or name.startswith((".#", "__init__")):
            continue
        try:
            found.append((path, *_FACTS(entry.stat())))
        except OSError:  # a link to nowhere, or a file deleted this moment: reading it will tell
            found.append((path, *_UNKNOWN))
    return found
