"""Where scratch servers live, and how what a crashed owner left behind is swept away.

Each server has a folder with a file ``lock``. The owner and its guardian hold one lock on
it, which the kernel drops when both are gone: no process id and no clock is believed.
"""

from __future__ import annotations

import fcntl
import os
import secrets
import shutil
import signal
import stat
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from limosa.errors import ConfigError

_PREFIX = "server-"
_FRESH = ".new-"
_ORIGIN = "origin"
_CACHES = {"templates", "programs"}
_DAY_S = 86_400
_OTHERS_WRITE = stat.S_IWGRP | stat.S_IWOTH
_OPEN_TO_ALL = (Path("/var/tmp"), Path("/tmp"))  # noqa: S108 (a name of our own below it, checked)
_LONGEST_GOODBYE_S = 10.0


def base_folder() -> Path:
    """Return the folder of this user's servers, templates and copied binaries; make it when missing.

    It lies in a folder that everyone may write, so a stranger's folder of that name is refused.
    """
    uid = os.geteuid()
    folder = _temporary(uid) / f"limosa-scratch-{uid}"
    mode = 0o755 if uid == 0 else 0o700  # root's servers run as somebody else
    with suppress(FileExistsError):
        folder.mkdir(mode=mode)
    found = folder.lstat()
    if not stat.S_ISDIR(found.st_mode) or found.st_uid != uid or found.st_mode & _OTHERS_WRITE:
        raise ConfigError(
            f"'{folder}' is not a folder that only its owner, user {uid}, can write",
            hint=f"remove it (rm -r {folder}), or set TMPDIR to another folder",
            path=folder,
        )
    if stat.S_IMODE(found.st_mode) != mode:
        folder.chmod(mode)
    return folder


def _temporary(uid: int) -> Path:
    """Return the folder for temporary files; for root, one that its servers' user can reach."""
    usual = Path(tempfile.gettempdir()).resolve()
    for folder in (usual, *_OPEN_TO_ALL):
        if uid != 0 or all(part.stat().st_mode & stat.S_IXOTH for part in (folder, *folder.parents)):
            return folder
    return usual


def subfolder(name: str) -> Path:
    """Return a folder below the base, made when missing."""
    folder = base_folder() / name
    folder.mkdir(exist_ok=True)
    folder.chmod(0o755)
    return folder


@contextmanager
def made_once(folder: Path, *, origin: Path) -> Iterator[Path | None]:
    """Hand out a folder to be filled, which becomes ``folder`` at the end; None if that is there.

    Two processes may do this at once: both fill one, the first to end wins. When the programs
    in ``origin`` are gone, the next sweep takes the folder away.
    """
    if folder.exists():
        yield None
        return
    fresh = Path(tempfile.mkdtemp(prefix=_FRESH, dir=folder.parent))
    try:
        fresh.chmod(0o755)
        (fresh / _ORIGIN).write_text(str(origin))
        yield fresh
        with suppress(OSError):  # it is there by now, and the same
            fresh.rename(folder)
    finally:
        shutil.rmtree(fresh, ignore_errors=True)


def claim() -> tuple[Path, int]:
    """Make a new server folder; return it with the descriptor of its lock, which is held."""
    base = base_folder()
    with _alone(base):
        folder = base / f"{_PREFIX}{secrets.token_hex(4)}"
        folder.mkdir()
        folder.chmod(0o755)
        descriptor = os.open(folder / "lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        fcntl.flock(descriptor, fcntl.LOCK_EX)
    return folder, descriptor


def sweep() -> tuple[Path, ...]:
    """Stop the servers and remove the folders whose owner and guardian are gone; return these folders.

    What was cached for programs that are no longer installed goes too.
    """
    base = base_folder()
    swept = []
    with _alone(base):
        for folder in sorted(base.glob(f"{_PREFIX}*")):
            if _is_abandoned(folder):
                remove(folder)
                swept.append(folder)
        for cached in base.glob("*/*"):
            if cached.parent.name in _CACHES and _is_stale(cached):
                shutil.rmtree(cached, ignore_errors=True)
    return tuple(swept)


def remove(folder: Path) -> None:
    """Stop the server in this folder, if one runs, and delete the folder."""
    pid = postmaster_pid(folder / "data")
    if pid is not None:
        _end(pid, folder / "data")
    shutil.rmtree(folder, ignore_errors=True)


def postmaster_pid(data: Path) -> int | None:
    """Return the id of the server that runs on this data folder, or None."""
    try:
        pid = int((data / "postmaster.pid").read_text().split("\n", 1)[0])
    except (OSError, ValueError):
        return None
    return pid if _runs_on(pid, data) else None


def _runs_on(pid: int, data: Path) -> bool:
    """Is this process, whose id may have been given to another since, a server on ``data``?"""
    proc = Path(f"/proc/{pid}/cmdline")
    if Path("/proc/self/cmdline").exists():
        try:
            return os.fsencode(data) in proc.read_bytes().split(b"\0")
        except OSError:
            return False
    listed = subprocess.run(["ps", "-p", str(pid), "-o", "command="], capture_output=True, check=False)
    return os.fsencode(data) in listed.stdout


def _end(pid: int, data: Path) -> None:
    with suppress(ProcessLookupError):
        os.kill(pid, signal.SIGQUIT)
        last = time.monotonic() + _LONGEST_GOODBYE_S
        while _runs_on(pid, data):
            if time.monotonic() > last:
                os.kill(pid, signal.SIGKILL)
                break
            time.sleep(0.01)


def _is_abandoned(folder: Path) -> bool:
    try:
        descriptor = os.open(folder / "lock", os.O_RDWR | os.O_CLOEXEC)
    except FileNotFoundError:
        return True
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    finally:
        os.close(descriptor)
    return True


def _is_stale(cached: Path) -> bool:
    """Is this made for programs that are gone, or was it left half made a day ago?"""
    try:
        is_old = time.time() - cached.stat().st_mtime > _DAY_S
        origin = Path((cached / _ORIGIN).read_text())
    except OSError:
        return False
    return not origin.exists() or (cached.name.startswith(_FRESH) and is_old)


@contextmanager
def _alone(base: Path) -> Iterator[None]:
    """Keep sweeping and claiming apart: a folder without a lock is either new or abandoned."""
    descriptor = os.open(base / "lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)
