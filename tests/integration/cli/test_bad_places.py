"""Files and machines that do not play along: no right, no room, no lock, no terminal; and nothing is lost."""

from __future__ import annotations

import contextlib
import ctypes
import json
import os
import pty
import resource
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from limosa.model.url import Secret
from tests.fixtures.projects import AlembicProject
from tests.fixtures.targets import Target, sqlite_target
from tests.integration.cli.shell import LIMOSA, Shell
from tests.integration.process import limosa, until, variables, write_lock

SECRET = "s3cr3t-w0rd"
TABLE = 'op.execute("CREATE TABLE thing (body TEXT)")'
FILL = f"""{TABLE}
for _ in range(4000):
    op.execute("INSERT INTO thing VALUES ('{"x" * 1000}')")
"""
WAIT = f"{TABLE}\nprint('waiting', flush=True)\nimport time\nfor _ in range(600):\n    time.sleep(0.1)"
WITHOUT_OVERRIDE = (
    "import ctypes, os, sys\n"
    "[ctypes.CDLL(None).prctl(24, capability, 0, 0, 0) for capability in (1, 2)]\n"
    "os.execv(sys.argv[1], sys.argv[1:])"
)
"""Runs a program without the capabilities by which root passes over the permissions of files."""
WITHOUT_HANG_UP = """
import os, signal, sys
signal.signal(1, signal.SIG_IGN)
os.execv(sys.argv[1], sys.argv[1:])
"""
"""Runs a program as nohup does."""
WITH_TERMINAL = """
import fcntl, os, sys, termios
fcntl.ioctl(0, termios.TIOCSCTTY, 0)
os.execv(sys.argv[1], sys.argv[1:])
"""
"""Runs a program whose stdin becomes its controlling terminal, the end of which is told by a signal."""
ROOM = 1 << 20


@pytest.fixture
def made(project: Callable[..., AlembicProject], sqlite: Target) -> AlembicProject:
    """Alembic's own project on SQLite, at 001."""
    made = project(url=sqlite.url)
    made.revise("001", None, upgrade='op.execute("CREATE TABLE first (id INTEGER)")')
    Shell(made.root).limosa("upgrade", "--quiet")
    return made


def current(made: AlembicProject) -> list[str]:
    """Return the version rows."""
    found: list[str] = Shell(made.root).json("status")["current"]
    return found


@pytest.mark.parametrize("is_folder", [False, True])
def test_no_right_to_write(made: AlembicProject, sqlite: Target, is_folder: bool) -> None:
    """A file, or its folder, that may only be read: told, with exit code 1; reading goes on."""
    made.revise("002", "001", upgrade=TABLE)
    before = sqlite.path.read_bytes()
    folder = sqlite.path.parent / "kept"
    folder.mkdir()
    path = sqlite.path.rename(folder / "target.db")
    made.set_url(f"sqlite:///{path}")
    (folder if is_folder else path).chmod(0o555 if is_folder else 0o444)
    shell, command = Shell(made.root), [sys.executable, "-c", WITHOUT_OVERRIDE, *LIMOSA]

    done = shell.run(*command, "upgrade", "--json")
    seen = shell.run(*command, "status", "--json")

    error = json.loads(done.stdout)["error"]
    assert done.returncode == 1, done
    assert error["code"] in {"access-denied", "revision-failed"}
    assert str(path) in error["message"] or str(folder) in error["message"]
    assert error["hint"]
    assert "Traceback" not in done.stderr
    assert json.loads(seen.stdout)["current"] == ["001"]
    folder.chmod(0o755)
    assert path.read_bytes() == before


def test_locked_by_another_process(made: AlembicProject, sqlite: Target) -> None:
    """Somebody holds the write lock for longer than the budget: exit code 7, and nothing was done."""
    made.revise("002", "001", upgrade=TABLE)
    patience = {"LIMOSA_SQLITE_BUSY_S": "0.1", "LIMOSA_LOCK_BUDGET_S": "0.5"}

    with write_lock(sqlite.path), limosa("upgrade", cwd=made.root, environment=patience) as process:
        assert process.end() == 7, process.told

    assert f"another process is writing to '{sqlite.path}'" in process.told
    assert "hint: " in process.told
    assert "Traceback" not in process.told
    assert current(made) == ["001"]


@pytest.fixture
def small(tmp_path: Path) -> Iterator[Path]:
    """A folder with room for little: a file system of its own, or for others than root a limit."""
    folder = tmp_path / "small"
    folder.mkdir()
    libc = ctypes.CDLL(None, use_errno=True)
    name = os.fsencode(folder)
    if libc.mount(b"none", name, b"tmpfs", 0, f"size={ROOM}".encode()) == 0:
        yield folder
        libc.umount2(name, 2)
        return
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (ROOM, before[1]))
    yield folder
    resource.setrlimit(resource.RLIMIT_FSIZE, before)


def test_disk_that_is_full(project: Callable[..., AlembicProject], small: Path) -> None:
    """No room for a revision: it is undone, the one before stays, and with less to write it goes on."""
    target = sqlite_target(small)
    made = project(url=target.url)
    made.revise("001", None, upgrade='op.execute("CREATE TABLE first (id INTEGER)")')
    path = made.revise("002", "001", upgrade=FILL)

    done = Shell(made.root).run(*LIMOSA, "upgrade")

    assert done.returncode == 1, done
    assert "error: the upgrade of '002'" in done.stderr
    assert "full" in done.stderr or "disk I/O" in done.stderr
    assert "it was undone" in done.stderr
    assert "Traceback" not in done.stderr
    assert current(made) == ["001"]
    with contextlib.closing(sqlite3.connect(target.path)) as connection:
        assert connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
    path.write_text(path.read_text().replace("4000", "10"))
    Shell(made.root).limosa("upgrade")
    assert target.rows("SELECT count(*) FROM thing") == [(10,)]


@pytest.mark.parametrize("words", [["history"], ["history", "--json"], ["current"]])
def test_no_room_for_the_answer(made: AlembicProject, words: list[str]) -> None:
    """What cannot be printed is a sentence and exit code 1, twice, and no traceback."""
    for _ in range(2):
        with Path("/dev/full").open("w") as full:
            done = subprocess.run(
                [*LIMOSA, *words], cwd=made.root, env=variables(), stdout=full, stderr=subprocess.PIPE,
                text=True, check=False,
            )  # fmt: skip
        assert done.returncode == 1
        assert "error: the answer could not be written: No space left on device\n" in done.stderr
        assert "Traceback" not in done.stderr


def test_hang_up_in_mid_run(made: AlembicProject) -> None:
    """SIGHUP undoes the running revision, releases the lock and ends with 129; another run goes on."""
    path = made.revise("002", "001", upgrade=WAIT)
    with limosa("upgrade", cwd=made.root) as process:
        assert process.popen.stdout is not None
        assert process.popen.stdout.readline() == "waiting\n"
        process.popen.send_signal(signal.SIGHUP)
        assert process.end() == 129, process.told

    assert "stopped by SIGHUP" in process.told
    assert "Traceback" not in process.told
    assert current(made) == ["001"]
    path.write_text(path.read_text().replace("range(600)", "range(0)"))
    Shell(made.root).limosa("upgrade")


def test_nohup_lets_a_run_go_on(made: AlembicProject) -> None:
    """Where SIGHUP is ignored, as under nohup, the run ends as if nothing had been."""
    made.revise("002", "001", upgrade=WAIT.replace("range(600)", "range(5)"))
    with subprocess.Popen(
        [sys.executable, "-c", WITHOUT_HANG_UP, *LIMOSA, "upgrade"],
        cwd=made.root,
        env=variables(),
        stdout=subprocess.PIPE,
        text=True,
    ) as popen:
        assert popen.stdout is not None
        assert popen.stdout.readline() == "waiting\n"
        popen.send_signal(signal.SIGHUP)
        popen.communicate()

    assert popen.returncode == 0
    assert current(made) == ["002"]


@pytest.mark.parametrize("is_detached", [False, True])
def test_terminal_that_goes_away(made: AlembicProject, is_detached: bool) -> None:
    """A terminal that is closed in mid-run: the run is undone, or where nobody tells it goes on."""
    body = WAIT.replace("print('waiting', flush=True)", "open('waiting', 'w').close()")
    made.revise("002", "001", upgrade=body.replace("600", "10") if is_detached else body)
    begin = [sys.executable, "-c", WITH_TERMINAL] if not is_detached else []
    controller, terminal = pty.openpty()
    with subprocess.Popen(
        [*begin, *LIMOSA, "upgrade"],
        cwd=made.root,
        env=variables(TERM="xterm"),
        stdin=terminal,
        stdout=terminal,
        stderr=terminal,
        start_new_session=True,
    ) as popen:
        os.close(terminal)
        until((made.root / "waiting").exists, "the revision runs")
        os.close(controller)
        code = popen.wait(60)

    if is_detached:
        assert current(made) == ["002"], code
    else:
        assert code in {129, -signal.SIGHUP, 1}
        assert current(made) == ["001"]
    assert not list(made.root.parent.glob("*.limosa-lock"))


@pytest.mark.parametrize("where", ["query", "login"])
def test_password_is_nowhere(project: Callable[..., AlembicProject], pg: Target, where: str) -> None:
    """Not on stdout, stderr, in the ledger or the process list, although a revision and env.py print it."""
    role = f"owner_{where}_{os.getpid()}"
    secret = f"{SECRET}@%:/"
    pg.execute(f"CREATE ROLE {role} LOGIN SUPERUSER PASSWORD '{secret}'")
    login = replace(pg.url, username=role, password=None)
    url = (
        replace(login, password=Secret(secret))
        if where == "login"
        else replace(login, secrets=(("password", Secret(secret)),))
    )
    made = project(url=pg.url)
    made.revise("001", None, upgrade=TABLE)
    made.revise("002", "001", upgrade=f"raise ValueError({url.reveal()!r})")
    lines = []
    with limosa("upgrade", "--verbose", cwd=made.root, environment={"LIMOSA_URL": url.reveal()}) as process:
        with contextlib.suppress(OSError):
            while not process.has_said("failed"):
                lines.append(Path(f"/proc/{process.popen.pid}/cmdline").read_bytes())
        assert process.end() == 1, process.told
        assert process.popen.stdout is not None
        told = process.popen.stdout.read() + process.told
    texts = pg.rows(
        "SELECT CAST(t AS text) FROM limosa.run t UNION SELECT CAST(t AS text) FROM limosa.entry t"
    )
    pg.execute(f"REASSIGN OWNED BY {role} TO CURRENT_USER", f"DROP OWNED BY {role}", f"DROP ROLE {role}")

    assert "ValueError" in told
    assert lines
    assert len(texts) == 3
    assert SECRET not in told
    assert not any(SECRET.encode() in line for line in lines)
    assert not any(SECRET in text for (text,) in texts)
