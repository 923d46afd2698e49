"""When the owner of a scratch server is gone, the server and its folder are gone, however the owner ended."""

from __future__ import annotations

import json
import os
import select
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import pytest

from limosa.errors import Unreachable
from limosa.scratch import Server, folders

OWNER = Path(__file__).with_name("owner.py")
PATIENCE_S = 30.0

pytestmark = pytest.mark.skipif(
    not hasattr(os, "pidfd_open"), reason="waiting for a stranger's end needs pidfd"
)


@dataclass(frozen=True)
class Owner:
    """A running owner and what it said of its server."""

    process: subprocess.Popen[str]
    folder: Path
    server: int
    guardian: int

    def tell(self, command: str) -> dict[str, object]:
        """Send a command and return the answer."""
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.stdin.write(f"{command}\n")
        self.process.stdin.flush()
        answer: dict[str, object] = json.loads(self.process.stdout.readline())
        return answer


@contextmanager
def owner() -> Iterator[Owner]:
    """Run an owner in a session of its own."""
    with subprocess.Popen(
        [sys.executable, str(OWNER)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        start_new_session=True,
    ) as process:
        assert process.stdout is not None
        said = json.loads(process.stdout.readline())
        try:
            yield Owner(process, Path(said["folder"]), said["server"], said["guardian"])
        finally:
            process.kill()


@contextmanager
def end_of(pid: int) -> Iterator[None]:
    """Run the block, then wait until this process, which need not be our child, has ended."""
    descriptor = os.pidfd_open(pid)
    try:
        yield
        assert select.select([descriptor], [], [], PATIENCE_S)[0], f"process {pid} is still there"
    finally:
        os.close(descriptor)


def is_alive(pid: int) -> bool:
    """Is there such a process, other than as a zombie that init has not collected yet?"""
    with suppress(OSError):
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    return False


def test_kill_9_of_the_owner_takes_server_and_folder_away() -> None:
    """The guardian sees the end of the pipe, stops the server and removes the folder."""
    with owner() as owned:
        assert is_alive(owned.server)
        assert (owned.folder / "data" / "PG_VERSION").exists()
        with end_of(owned.guardian), end_of(owned.server):
            owned.process.kill()
        assert not owned.folder.exists()


def test_a_child_of_the_owner_does_not_keep_the_server() -> None:
    """A forked child that holds the pipe open, and outlives the owner, changes nothing."""
    with owner() as owned:
        child = owned.tell("fork")["child"]
        assert isinstance(child, int)
        with end_of(owned.guardian), end_of(owned.server):
            owned.process.kill()
        assert is_alive(child)
        os.kill(child, signal.SIGKILL)
        assert not owned.folder.exists()


def test_a_normal_end_cleans_up_before_it_ends() -> None:
    """Who forgets to close the server leaves nothing either: when the process is gone, all is gone."""
    with owner() as owned:
        assert owned.process.stdin is not None
        owned.process.stdin.close()
        assert owned.process.wait(PATIENCE_S) == 0
        assert not is_alive(owned.server)
        assert not owned.folder.exists()


def test_the_next_sweep_takes_what_a_killed_guardian_left() -> None:
    """Owner and guardian killed together leave a running server: the next sweep ends it."""
    with owner() as owned:
        with end_of(owned.guardian), end_of(owned.process.pid):
            os.kill(owned.guardian, signal.SIGKILL)
            owned.process.kill()
        assert is_alive(owned.server)
        with end_of(owned.server):
            swept = folders.sweep()
        # another test process may have been quicker, and has then swept it whole
        assert owned.folder in swept or not owned.folder.exists()
        assert not owned.folder.exists()


def test_a_sweep_spares_the_living() -> None:
    """A server whose owner lives is left alone by everybody's sweep."""
    with owner() as owned:
        assert owned.folder not in folders.sweep()
        assert owned.tell("version")["version"]


def test_ctrl_c_in_the_owner_s_terminal_spares_the_server() -> None:
    """SIGINT to the owner's whole process group reaches the owner, not its server."""
    with owner() as owned:
        os.killpg(owned.process.pid, signal.SIGINT)
        answer = owned.tell("version")
        assert answer["interrupts"] == 1
        assert answer["version"]


def test_sigterm_to_the_guardian_ends_the_server() -> None:
    """A machine that shuts down in good order finds nothing left over."""
    with owner() as owned:
        with end_of(owned.guardian), end_of(owned.server):
            os.kill(owned.guardian, signal.SIGTERM)
        assert not owned.folder.exists()


def test_the_owner_ends_the_server_of_a_dead_guardian(private_server: Server) -> None:
    """The error says that the guardian is gone; closing still leaves nothing."""
    assert private_server._guard is not None
    assert private_server.folder is not None
    guardian, server = private_server._guard._process.pid, private_server.pid
    assert server is not None
    with end_of(guardian):
        os.kill(guardian, signal.SIGKILL)
    with pytest.raises(Unreachable, match="guardian"):
        private_server.restart()
    with end_of(server):
        private_server.close()
    assert not private_server.folder.exists()
