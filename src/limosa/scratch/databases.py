"""Empty databases to throw away: a SQLite file, or a database on a server that a process starts once."""

from __future__ import annotations

import atexit
import os
import secrets
import shutil
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING

from limosa.errors import ConfigError
from limosa.model.url import DatabaseURL
from limosa.scratch import folders

if TYPE_CHECKING:
    from limosa.scratch.provider import Provider
    from limosa.scratch.server import Server

# nothing in it is worth a wait for the disk: what crashes is thrown away
_SETTINGS = {
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "max_connections": "100",
    "autovacuum": "off",
}
_BESIDE = ("", "-journal", "-wal", "-shm")
_ONE_AT_A_TIME = threading.RLock()
_servers: dict[Provider, Server] = {}
_folder: tuple[int, Path] | None = None
"""The process that claimed it, and the folder of its SQLite files."""


@contextmanager
def scratch_database(
    backend: str, major: int | None = None, *, server: DatabaseURL | None = None
) -> Iterator[DatabaseURL]:
    """Provide an empty database for the length of a block; then it is gone.

    ``major`` is the version of PostgreSQL wanted, of which the nearest to be had is taken;
    ``server`` is a server to take in its place. The first database of a process may take a
    second, the next ones some milliseconds; a crash leaves nothing behind for long.
    """
    if backend == "sqlite":
        yield from _file()
    elif backend == "postgresql":
        with scratch_server(major, url=server).database() as url:
            yield url
    else:
        raise ConfigError(
            f"there is no scratch database of the kind '{backend}'",
            hint="Limosa knows sqlite and postgresql",
        )


def scratch_server(major: int | None = None, *, url: DatabaseURL | None = None) -> Server:
    """Return this process's server of the nearest major version, started when first asked for."""
    from limosa.scratch.provider import nearest  # noqa: PLC0415  the driver, which SQLite needs not
    from limosa.scratch.server import start  # noqa: PLC0415

    provider = nearest(major, url=url).provider
    with _ONE_AT_A_TIME:
        running = _servers.get(provider)
        if running is not None and (running.folder is None or running.pid is not None):
            return running
        if running is not None:  # somebody ended it: another takes its place
            running.close()
        _servers[provider] = made = start(provider, settings=_SETTINGS)
    return made


def _file() -> Iterator[DatabaseURL]:
    path = _own_folder() / f"{secrets.token_hex(6)}.db"
    try:
        yield DatabaseURL("sqlite", database=str(path))
    finally:
        for suffix in _BESIDE:
            with suppress(FileNotFoundError):
                os.unlink(f"{path}{suffix}")  # noqa: PTH108  a string is what suffixes are added to


def _own_folder() -> Path:
    """Return the folder of this process; a forked child takes one of its own."""
    global _folder  # noqa: PLW0603  as one per process is what is wanted
    with _ONE_AT_A_TIME:
        if _folder is None or _folder[0] != os.getpid() or not _folder[1].is_dir():
            folders.sweep()
            claimed, lock = folders.claim()  # the lock goes with the process, and then the folder may go
            claimed.chmod(0o700)
            _folder = os.getpid(), claimed
            atexit.register(_forget, os.getpid(), claimed, lock)
        return _folder[1]


def _forget(owner: int, folder: Path, lock: int) -> None:
    if owner == os.getpid():
        shutil.rmtree(folder, ignore_errors=True)
        with suppress(OSError):
            os.close(lock)
