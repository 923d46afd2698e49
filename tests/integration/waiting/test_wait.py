"""``wait``: until the database answers, or has come as far as somebody else is to bring it."""

from __future__ import annotations

import contextlib
import json
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from limosa import Health, Migrator, State
from limosa.errors import Ahead, Behind, Interrupted, RevisionNotFound, Unreachable
from limosa.model.events import Event, WaitingFor
from limosa.scratch import Server
from tests.fixtures.projects import AlembicProject, MakeProject
from tests.fixtures.targets import Target
from tests.integration.asynchronous.application import with_tables
from tests.integration.cli.shell import LIMOSA
from tests.integration.process import limosa, until, variables
from tests.integration.process import program as running

UPGRADES = """
import sys
from limosa import Migrator
Migrator(sinks=[lambda event: print(event, file=sys.stderr)]).ensure_database_migrated(mode="upgrade")
"""
GONE = "postgresql+psycopg://nobody@127.0.0.1:1/nothing"


@pytest.fixture(params=["sqlite", "pg"])
def engine(request: pytest.FixtureRequest) -> Target:
    """An empty database on each engine."""
    made: Target = request.getfixturevalue(request.param)
    return made


class Waiter:
    """Waits in a thread, and keeps what it was told is missing."""

    def __init__(self, made: AlembicProject, *, at: str | None = None, timeout_s: float = 30.0) -> None:
        self.missing: list[str] = []
        self.result: object = None
        self.migrator = Migrator(project=made.root, sinks=[self._note])
        self._thread = threading.Thread(target=self._wait, args=(at, timeout_s))
        self._thread.start()

    def _note(self, event: Event) -> None:
        assert isinstance(event, WaitingFor)
        self.missing.append(event.missing)

    def _wait(self, at: str | None, timeout_s: float) -> None:
        try:
            self.result = self.migrator.wait(at=at, timeout_s=timeout_s)
        except BaseException as error:  # noqa: BLE001  the test asks for it
            self.result = error

    def end(self) -> object:
        """Wait for the end of the waiting."""
        self._thread.join(60)
        assert not self._thread.is_alive()
        return self.result


def test_until_somebody_else_has_migrated(project: MakeProject, engine: Target) -> None:
    """It names what is missing and each change of it, holds nobody up, and ends when the head is there."""
    made = with_tables(project(url=engine.url), 3)
    waiter = Waiter(made, at="head")
    until(lambda: len(waiter.missing) == 1, "it says what is missing")
    Migrator(project=made.root).upgrade("r2")
    until(lambda: "r2; missing: r3" in waiter.missing[-1], "it says what is missing now")
    Migrator(project=made.root).upgrade()
    status = waiter.end()

    assert waiter.missing[0] == "the database is at base; missing: r1, r2, r3"
    assert len(set(waiter.missing)) == len(waiter.missing)
    assert getattr(status, "state", status) is State.AT_HEAD


def test_at_or_beyond(project: MakeProject, engine: Target) -> None:
    """A database beyond the revision has it; one without --at only has to answer."""
    made = with_tables(project(url=engine.url), 3)
    migrator = Migrator(project=made.root)
    assert migrator.wait(timeout_s=0).state is State.EMPTY
    migrator.upgrade("r2")

    assert migrator.wait(at="r1", timeout_s=0).current == ("r2",)
    assert migrator.wait(at="r2", timeout_s=0).current == ("r2",)
    with pytest.raises(Behind, match="at r2; missing: r3") as caught:
        migrator.wait(at="head", timeout_s=0)
    assert caught.value.fields == {"current": ("r2",), "missing": ("r3",)}
    with pytest.raises(RevisionNotFound):
        migrator.wait(at="r9", timeout_s=60)


def test_newer_code_has_migrated(project: MakeProject, engine: Target) -> None:
    """An older image finds that its revisions are there, by the ledger; without one it cannot tell."""
    made = with_tables(project(url=engine.url), 3)
    Migrator(project=made.root).upgrade()
    (made.versions / "r3_revision_r3.py").unlink()
    older = Migrator(project=made.root)
    assert older.wait(at="head", timeout_s=0).state is State.AHEAD

    prefix = "limosa_" if engine.engine == "sqlite" else "limosa."
    engine.execute(f"UPDATE {prefix}entry SET direction = 'downgrade' WHERE revision = 'r2'")
    started = time.monotonic()
    with pytest.raises(Ahead, match="r3"):
        older.wait(at="head", timeout_s=60)
    assert time.monotonic() - started < 30
    assert older.wait(timeout_s=0).state is State.AHEAD
    assert older.wait(timeout_s=0).unknown == ()  # what looks so often reads no more than it must


def test_until_the_server_is_there(project: MakeProject, private_server: Server) -> None:
    """A server that is down, and one that is starting, are not there yet; an upgrade waits likewise."""
    with private_server.database() as url:
        made = with_tables(project(url=url.with_driver("psycopg")), 1)
        private_server.stop()
        waiter = Waiter(made)
        until(lambda: waiter.missing, "it says that the server does not answer")
        assert "does not answer" in waiter.missing[0]
        private_server.start()
        status = waiter.end()
        assert getattr(status, "state", status) is State.EMPTY

        private_server.stop()
        with running(sys.executable, "-c", UPGRADES, cwd=made.root) as worker:
            until(lambda: worker.has_said("does not answer"), "it waits")
            private_server.start()
            assert worker.end() == 0, worker.told
        assert Migrator(project=made.root).status().state is State.AT_HEAD


def test_time_is_over(project: MakeProject) -> None:
    """Then what is missing is raised, and how long it was waited for."""
    made = with_tables(project(url=GONE), 1)
    started = time.monotonic()
    with pytest.raises(Unreachable, match=r"does not answer.*\(waited "):
        Migrator(project=made.root).wait(timeout_s=2.5)
    assert 2.5 <= time.monotonic() - started < 20


def test_stopped_from_another_thread(project: MakeProject) -> None:
    """``stop`` ends the waiting at once, not at its next look."""
    made = with_tables(project(url=GONE), 1)
    waiter = Waiter(made, timeout_s=600)
    until(lambda: waiter.missing, "it waits")
    waiter.migrator.stop()
    error = waiter.end()

    assert isinstance(error, Interrupted)
    assert "stopped by request while waiting: PostgreSQL at" in error.message


@pytest.mark.parametrize(("name", "code"), [("SIGINT", 130), ("SIGTERM", 143)])
def test_the_command_ends_at_once(project: MakeProject, name: str, code: int) -> None:
    """Ctrl-C and SIGTERM (which a first process in a container would not hear) end it without a traceback."""
    made = with_tables(project(url=GONE), 1)
    with limosa("wait", "--timeout", "10m", cwd=made.root) as process:
        until(lambda: process.has_said("waiting ("), "it waits")
        began = time.monotonic()
        process.popen.send_signal(signal.Signals[name])
        assert process.end() == code, process.told
        assert time.monotonic() - began < 5
    assert f"stopped by {name} while waiting" in process.told
    assert "Traceback" not in process.told


@contextmanager
def black_hole() -> Iterator[tuple[str, threading.Event]]:
    """Give the URL of a server that takes connections and never answers, and when it has taken one."""
    taken = threading.Event()
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def take() -> None:
            with contextlib.suppress(OSError):
                while True:
                    kept.append(listener.accept()[0])
                    taken.set()

        kept: list[socket.socket] = []
        thread = threading.Thread(target=take, daemon=True)
        thread.start()
        yield f"postgresql+psycopg://nobody@127.0.0.1:{listener.getsockname()[1]}/nothing", taken
        listener.shutdown(socket.SHUT_RDWR)
        thread.join()
        for connection in kept:
            connection.close()


def test_a_server_that_never_answers(project: MakeProject) -> None:
    """A probe has its own patience, shorter than a run's, and Ctrl-C ends even a connection in the making."""
    with black_hole() as (url, taken):
        made = with_tables(project(url=url), 1)
        started = time.monotonic()
        assert Migrator(project=made.root).health(timeout_s=1).health is Health.UNREACHABLE
        assert time.monotonic() - started < 8  # the settings would give it 10 s

        taken.clear()
        with limosa("wait", "--timeout", "10m", cwd=made.root) as process:
            until(taken.is_set, "it connects")
            began = time.monotonic()
            process.popen.send_signal(signal.SIGINT)
            assert process.end() == 130, process.told
            assert time.monotonic() - began < 5


@pytest.mark.parametrize(
    ("arguments", "code", "told"),
    [
        ((), 0, '"state": "at_head"'),
        (("--at", "r1", "--timeout", "1s"), 0, '"state": "at_head"'),
        (("--at", "later"), 2, '"code": "revision-not-found"'),
        (("--timeout", "soon"), 2, "a duration such as"),
    ],
)
def test_the_command(
    project: MakeProject, sqlite: Target, arguments: tuple[str, ...], code: int, told: str
) -> None:
    """It prints where the database stands, or why not, with the documented exit code."""
    made = with_tables(project(url=sqlite.url), 1)
    Migrator(project=made.root).upgrade()
    found, stdout = wait(made, "--json", *arguments)
    assert (found, told in stdout) == (code, True), stdout


def test_the_commands_exit_codes(project: MakeProject, engine: Target) -> None:
    """3 for a database that is behind, 10 for one that is ahead, 1 for one that is not there."""
    made = with_tables(project(url=engine.url), 1)
    engine.execute("CREATE TABLE alembic_version (version_num varchar(32))")
    behind = wait(made, "--at", "head", "--timeout", "0", "--json")
    assert (behind[0], json.loads(behind[1])["error"]["fields"]["missing"]) == (3, ["r1"])

    engine.execute("INSERT INTO alembic_version VALUES ('zz')")
    assert wait(made, "--at", "head")[0] == 10
    assert wait(made)[0] == 0

    nowhere = with_tables(project(url=GONE, folder="nowhere"), 1)
    assert wait(nowhere, "--timeout", "0")[0] == 1


def wait(made: AlembicProject, *arguments: str) -> tuple[int, str]:
    """Run the command; return its exit code and what it prints."""
    done = subprocess.run(
        [*LIMOSA, "wait", *arguments],
        cwd=made.root,
        env=variables(),
        capture_output=True,
        text=True,
        check=False,
    )
    assert "Traceback" not in done.stderr
    return done.returncode, done.stdout
