"""The runner lock: flock on a file beside the database; the kernel frees it when the holder dies."""

from __future__ import annotations

import contextlib
import fcntl
import getpass
import json
import os
import random
import socket
import time
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path

from limosa.engines.base import Waiting
from limosa.engines.patience import check_patience
from limosa.errors import AccessDenied
from limosa.model.limits import Limits
from limosa.model.run import Holder

SUFFIX = ".limosa-lock"


class SQLiteLock:
    """The held lock; the file tells others who holds it."""

    def __init__(self, path: Path, handle: int) -> None:
        self._path = path
        self._handle: int | None = handle
        since = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
        self._holder = asdict(Holder(socket.gethostname(), os.getpid(), getpass.getuser(), since, "starting"))
        self._longest = 0

    def describe(self, doing: str) -> None:
        """Tell those who wait what the holder is at."""
        if self._handle is None:
            return
        text = json.dumps(self._holder | {"doing": doing}).encode()
        self._longest = max(self._longest, len(text))
        # padded, so that nothing of a longer text is left, in one call: a reader sees the old one or the new
        os.pwrite(self._handle, text.ljust(self._longest), 0)

    def is_held(self) -> bool:
        """Is the locked file still the one that others would lock?"""
        return self._handle is not None and _is_still_there(self._path, self._handle)

    def release(self) -> None:
        """Give the lock back; the file goes first, so that nobody finds a stale one."""
        if self._handle is not None:
            with contextlib.suppress(FileNotFoundError):
                self._path.unlink()
            os.close(self._handle)
            self._handle = None


def file_of(database: Path) -> Path:
    """Return the lock file of a database."""
    return database.with_name(database.name + SUFFIX)


def acquire(database: Path, *, limits: Limits, waiting: Waiting) -> SQLiteLock:
    """Become the runner; raise Locked when the granted wait is over."""
    path = file_of(database)
    started = time.monotonic()
    while True:
        lock = _try_once(path)
        if lock is not None:
            lock.describe("starting")
            return lock
        holder = read_holder(path)
        waited = time.monotonic() - started
        check_patience(f"'{path}'", holder, waited, limits)
        waiting(holder, waited)
        time.sleep(random.uniform(0.05, 0.15))  # noqa: S311  jitter, no secret


def _try_once(path: Path) -> SQLiteLock | None:
    try:
        handle = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    except OSError as error:
        raise AccessDenied(
            f"the runner lock '{path}' cannot be made: {error.strerror}",
            hint=f"the folder '{path.parent}' must exist and be writable",
        ) from None
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(handle)
        return None
    # the holder before us may have removed the file between our open and our lock
    if not _is_still_there(path, handle):
        os.close(handle)
        return None
    return SQLiteLock(path, handle)


def _is_still_there(path: Path, handle: int) -> bool:
    try:
        return os.path.samestat(path.stat(), os.fstat(handle))
    except FileNotFoundError:
        return False


def read_holder(path: Path) -> Holder | None:
    """Return who wrote the lock file, or None while it is being written."""
    try:
        return Holder(**json.loads(path.read_text(encoding="utf-8")))
    except (OSError, ValueError, TypeError):
        return None
