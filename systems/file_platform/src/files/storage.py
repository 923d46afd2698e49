"""Files on disk: written under another name first, and never half there under their own.

Whoever writes a file holds a lock on it until its row is committed. A file that nobody holds and no row
names was left over by a crash; ``leftovers`` finds those at the next start, also beside other processes.
"""

from __future__ import annotations

import asyncio
import fcntl
import hashlib
import os
import shutil
import uuid
from collections.abc import Iterator
from pathlib import Path

from src.shared.errors import StorageUnavailable

TEMPORARY = ".part"
_PRIVATE_FOLDER = 0o700
_PRIVATE_FILE = 0o600


class Storage:
    """The folder of all files: one folder a tenant."""

    def __init__(self, root: Path) -> None:
        self.root = root

    async def begin(self, tenant_id: uuid.UUID, file_id: uuid.UUID) -> Incoming:
        """Begin to write a file of a tenant."""
        return await asyncio.to_thread(Incoming, self.root, f"{tenant_id}/{file_id}")

    def path_of(self, file_path: str) -> Path:
        """Return where a file lies; a row that leads out of the folder is not followed."""
        path = (self.root / file_path).resolve()
        if not path.is_relative_to(self.root):
            raise StorageUnavailable("the file's path leads out of the storage: tell who runs the platform")
        return path

    async def remove(self, file_path: str) -> None:
        """Remove a file whose row is gone; that it is gone, too, is fine."""
        await asyncio.to_thread(self.path_of(file_path).unlink, missing_ok=True)

    async def remove_tenant(self, tenant_id: uuid.UUID) -> None:
        """Remove all files of a tenant that is gone."""
        await asyncio.to_thread(shutil.rmtree, self.root / str(tenant_id), ignore_errors=True)

    def leftovers(self) -> Iterator[Leftover]:
        """Go through the files that nobody writes now, each locked while it is looked at."""
        self.root.mkdir(mode=_PRIVATE_FOLDER, parents=True, exist_ok=True)
        for path in sorted(self.root.glob("*/*")):
            try:
                descriptor = os.open(path, os.O_RDWR)
            except FileNotFoundError:
                continue
            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
                yield Leftover(path)
            except BlockingIOError:
                continue
            finally:
                os.close(descriptor)


class Leftover:
    """A file that nobody writes; whether a row names it is the caller's to say."""

    def __init__(self, path: Path) -> None:
        self.path = path

    @property
    def file_id(self) -> uuid.UUID | None:
        """The id of its row; None for one that never got its own name."""
        try:
            return uuid.UUID(self.path.name)
        except ValueError:
            return None


class Incoming:
    """A file that is being written."""

    def __init__(self, root: Path, file_path: str) -> None:
        self.file_path = file_path
        self.size = 0
        self.has_name = False
        """Has it its own name already, so that only the commit of its row is missing?"""
        self._digest = hashlib.sha256()
        self._final = root / file_path
        self._temporary = self._final.with_name(self._final.name + TEMPORARY)
        self._descriptor = _locked(self._temporary)

    @property
    def sha256(self) -> str:
        """The digest of what was written so far."""
        return self._digest.hexdigest()

    async def write(self, chunk: bytes) -> None:
        """Write and hash a chunk."""
        await asyncio.to_thread(self._write, chunk)

    async def sync(self) -> None:
        """Bring it to the disk; from here on only its name is missing."""
        await asyncio.to_thread(os.fsync, self._descriptor)

    async def keep(self) -> None:
        """Give it its own name."""
        await asyncio.to_thread(self._keep)

    async def close(self, *, is_kept: bool) -> None:
        """Give the lock back; what is not to be kept is removed, under whatever name it has."""
        await asyncio.to_thread(self._close, is_kept=is_kept)

    def _write(self, chunk: bytes) -> None:
        self._digest.update(chunk)
        rest = memoryview(chunk)
        while rest:
            rest = rest[os.write(self._descriptor, rest) :]
        self.size += len(chunk)

    def _keep(self) -> None:
        self._temporary.rename(self._final)
        self.has_name = True
        folder = os.open(self._final.parent, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)

    def _close(self, *, is_kept: bool) -> None:
        try:
            if not is_kept:
                self._temporary.unlink(missing_ok=True)
                self._final.unlink(missing_ok=True)
        finally:
            os.close(self._descriptor)


def _locked(path: Path) -> int:
    """Create a file and lock it; again, should it have been swept away in between."""
    while True:
        path.parent.mkdir(mode=_PRIVATE_FOLDER, parents=True, exist_ok=True)
        descriptor = os.open(path, os.O_CREAT | os.O_RDWR, _PRIVATE_FILE)
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        if os.fstat(descriptor).st_nlink:
            return descriptor
        os.close(descriptor)
