"""What a run of env.py rests on outside the database: the files that it imported, and where they were found.

Two looks are equal only if running env.py again would import the same. A file counts by size,
times and inode, and by its content where one of those differs; a folder in which Python looked
for modules counts by the names in it, so that a new module which would be found first is seen.
Variables of the environment and files that are read without being imported are not seen.
"""

from __future__ import annotations

import hashlib
import os
import sys
import time
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

_SECOND_NS = 1_000_000_000
_TICK_NS = 20_000_000
_COARSE_TICK_NS = 2 * _SECOND_NS
"""Within a tick of its clock a file may change again and keep its times; on FAT that is two seconds."""
_MODULES = (".py", ".pyc", ".so", ".pyd", ".zip", ".egg")
_INSTALLED = (".pth", ".egg-link", ".dist-info", ".egg-info")


class FileState(NamedTuple):
    """A file as it was; all but the path are None for one that was not there."""

    path: str
    state: tuple[int, int, int, int] | None
    """Size, time of change, time of the last change of any kind, inode."""
    digest: str | None

    def holds(self) -> bool:
        """Is it still the same, by its state or else by its content?"""
        now = _state(self.path)
        if now is None or self.state is None:
            return now is self.state
        return now == self.state or (now[0] == self.state[0] and _digest(self.path) == self.digest)


class FolderState(NamedTuple):
    """What Python can find in a folder, as one hash; None for a folder that was not there."""

    path: str
    digest: str | None

    def holds(self) -> bool:
        """Can the same be found in it?"""
        return _names(self.path) == self.digest


@dataclass(frozen=True, slots=True)
class Imported:
    """All that a run rests on."""

    files: tuple[FileState, ...]
    folders: tuple[FolderState, ...]

    def holds(self) -> bool:
        """Would running it again import the same?"""
        return all(file.holds() for file in self.files) and all(folder.holds() for folder in self.folders)


@dataclass(frozen=True, slots=True)
class Beginning:
    """How things stood before the run."""

    at_ns: int
    loaded: frozenset[str]
    """The modules that were there already: they may be older than their files."""


def begin() -> Beginning:
    """Take note of what is loaded before the run."""
    return Beginning(time.time_ns(), frozenset(sys.modules))


def look(beginning: Beginning, others: Iterable[Path], *, first: Sequence[Path] = ()) -> Imported | None:
    """Look at everything that is loaded now, and at other files that count; None where that tells nothing.

    It tells nothing where a file may have changed since it was loaded, or is no file of its own.
    ``first`` are the folders that the project puts before Python's own.
    """
    started_ns = _process_start_ns()
    if started_ns is None:
        return None
    paths = {str(path): beginning.at_ns for path in others}
    first_import_ns = started_ns + _TICK_NS  # an interpreter takes longer than that to begin
    for name, path in _loaded_files():
        since_ns = first_import_ns if name in beginning.loaded else beginning.at_ns
        paths[path] = min(since_ns, paths.get(path, since_ns))
    files = []
    for path, since_ns in sorted(paths.items()):
        state = _state(path)
        if state is not None and not is_older(max(state[1:3]), since_ns):
            return None
        files.append(FileState(path, state, None if state is None else _digest(path)))
    needed = {path for _, path in _loaded_files()}
    if any(file.state is None and file.path in needed for file in files):
        return None
    folders = sorted(set(_folders(search_path(first))))
    if any(_is_new(path, beginning.at_ns) for path in folders):
        return None
    return Imported(tuple(files), tuple(FolderState(path, _names(path)) for path in folders))


def is_older(time_ns: int, since_ns: int) -> bool:
    """Was a file last changed before that, by a clock of whatever grain?"""
    return time_ns < since_ns - (_TICK_NS if time_ns % _SECOND_NS else _COARSE_TICK_NS)


def search_path(first: Sequence[Path] = ()) -> tuple[str, ...]:
    """Where Python looks for modules, behind the folders that the project puts first."""
    return tuple(dict.fromkeys(os.path.abspath(path) for path in (*map(str, first), *sys.path)))  # noqa: PTH100


def _loaded_files() -> Iterator[tuple[str, str]]:
    standard = _standard_library()
    for name, module in list(sys.modules.items()):
        path = getattr(getattr(module, "__spec__", None), "origin", None) or getattr(module, "__file__", None)
        if isinstance(path, str) and os.path.isabs(path) and not _is_within(path, standard):  # noqa: PTH117
            yield name, path


def _folders(searched: Sequence[str]) -> Iterator[str]:
    standard = _standard_library()
    sites = tuple(path for path in searched if path.endswith("-packages"))
    yield from (path for path in searched if not _is_within(path, standard))
    for module in list(sys.modules.values()):
        for path in getattr(module, "__path__", ()):
            if isinstance(path, str) and not _is_within(path, standard) and not path.startswith(sites):
                yield path


def _standard_library() -> tuple[str, ...]:
    import sysconfig  # noqa: PLC0415  only after a full check

    return tuple({sysconfig.get_path(name) for name in ("stdlib", "platstdlib")})


def _is_within(path: str, standard: tuple[str, ...]) -> bool:
    return any(
        path == folder or (path.startswith(folder + os.sep) and "-packages" not in path[len(folder) :])
        for folder in standard
    )


def _state(path: str) -> tuple[int, int, int, int] | None:
    try:
        found = os.stat(path)  # noqa: PTH116  hundreds of them
    except OSError:
        return None
    return found.st_size, found.st_mtime_ns, found.st_ctime_ns, found.st_ino


def _digest(path: str) -> str | None:
    try:
        with open(path, "rb") as file:  # noqa: PTH123  likewise
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError:
        return None


def _names(path: str) -> str | None:
    try:
        with os.scandir(path) as scan:
            found = sorted(line for entry in scan if (line := _line(entry)))
    except OSError:
        return None
    return hashlib.sha256("\n".join(found).encode("utf-8", "surrogateescape")).hexdigest()


def _is_new(folder: str, since_ns: int) -> bool:
    """Did a module come into the folder while others were imported?"""
    try:
        with os.scandir(folder) as scan:
            times = [entry.stat().st_ctime_ns for entry in scan if entry.name.endswith(_MODULES)]
    except OSError:
        return False
    return not is_older(max(times, default=0), since_ns)


def _line(entry: os.DirEntry[str]) -> str:
    """A name by which something could be imported; nothing for any other."""
    name = entry.name
    if name.endswith(_INSTALLED):
        found = entry.stat()
        return f"{name} {found.st_size} {found.st_mtime_ns}"
    is_found = name.endswith(_MODULES) or (name.isidentifier() and name != "__pycache__" and entry.is_dir())
    return name if is_found else ""


def _process_start_ns() -> int | None:
    """When this process began; None where the system does not say."""
    try:
        with open("/proc/self/stat", "rb") as file:  # noqa: PTH123
            ticks = int(file.read().rpartition(b")")[2].split()[19])
        age_s = time.clock_gettime(time.CLOCK_BOOTTIME) - ticks / os.sysconf("SC_CLK_TCK")
    except (OSError, ValueError, IndexError, AttributeError):
        return None
    return time.time_ns() - round(age_s * 1_000_000_000)
