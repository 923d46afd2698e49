"""Runs Limosa in processes that may be killed at will: everything is imported once, and each run is a fork.

Started by ``runs.py`` with a socket. For each run a socket comes over it, carrying the job as
one line of JSON; the run's events go back on the same socket, a line each.
"""

from __future__ import annotations

import contextlib
import importlib
import json
import os
import signal
import socket
import sys
import traceback
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, NoReturn

from sqlalchemy import event
from sqlalchemy.engine import Engine

from limosa.alembic_bridge.work import Work
from limosa.errors import LimosaError
from limosa.migrator import Migrator
from limosa.model.events import Event, StatementFinished, StatementStarted, StepFinished, StepStarted
from limosa.model.exit_code import ExitCode
from limosa.observe.sentence import sentence

PRELOADED = (
    "limosa.alembic_bridge.environment", "limosa.alembic_bridge.observer", "limosa.engines.alchemy",
    "limosa.engines.postgresql.engine", "limosa.engines.sqlite.engine", "limosa.config.handing",
    "limosa.run.executor", "sqlalchemy.dialects.postgresql.psycopg", "sqlalchemy.dialects.sqlite.pysqlite",
)  # fmt: skip
UNEXPECTED = 70


@dataclass
class Channel:
    """The run's end of its socket."""

    socket: socket.socket

    def send(self, **message: Any) -> None:
        """Send one line, in one call, so that a kill cannot cut it."""
        self.socket.sendall(json.dumps(message).encode() + b"\n")

    def pause(self) -> None:
        """Wait until told to go on; end if nobody is there to tell."""
        if not self.socket.recv(1):
            os._exit(UNEXPECTED)


class Killer:
    """Counts the boundaries of a run, and kills its own process at the one that was asked for."""

    def __init__(self, *, kill_at: int | None) -> None:
        self._kill_at = kill_at
        self.passed = 0
        self.is_in_step = False

    def boundary(self) -> None:
        """Pass one more boundary, or die on it."""
        self.passed += 1
        if self.passed == self._kill_at:
            os.kill(os.getpid(), signal.SIGKILL)

    def listen(self) -> None:
        """Count whatever goes through SQLAlchemy during a step, Limosa's own statements included."""

        def before_or_after(*_: Any) -> None:
            if self.is_in_step:
                self.boundary()

        for name in ("before_cursor_execute", "after_cursor_execute", "commit", "rollback"):
            event.listen(Engine, name, before_or_after)
        own_execute = Work._execute

        def execute(work: Work, sql: str, *parameters: Any) -> Any:
            before_or_after()
            cursor = own_execute(work, sql, *parameters)
            before_or_after()
            return cursor

        Work._execute = execute  # type: ignore[method-assign, assignment]  # our own queries go past SQLAlchemy


class Reporter:
    """A sink: sends every event to the test, and pauses at those it was told to pause at."""

    def __init__(self, channel: Channel, killer: Killer, job: dict[str, Any]) -> None:
        self._channel = channel
        self._killer = killer
        self._pauses: list[dict[str, Any]] = job.get("pause_at", [])
        self._is_quiet = bool(job.get("is_quiet"))
        self._counts = not job.get("every_statement")

    def __call__(self, happened: Event) -> None:
        """Take an event."""
        if isinstance(happened, StepStarted | StepFinished):
            self._killer.is_in_step = isinstance(happened, StepStarted)
        is_boundary = isinstance(happened, StatementStarted | StatementFinished)
        if is_boundary and self._counts:
            self._killer.boundary()
        told = {
            "event": type(happened).__name__,
            "text": sentence(happened),
            "passed": self._killer.passed,
            **{name: getattr(happened, name, None) for name in ("revision", "ordinal", "sql")},
        }
        if isinstance(happened, StepStarted):
            told["revision"] = happened.step.revision.id
        elif isinstance(happened, StepFinished):
            told["revision"] = happened.report.revision
        if not (is_boundary and self._is_quiet):
            self._channel.send(**told)
        for pause in self._pauses:
            if pause.items() <= told.items():
                self._pauses.remove(pause)
                self._channel.send(paused=told)
                self._channel.pause()
                return


def run(job: dict[str, Any], channel: Channel) -> int:
    """Do one job as the command would, and return its exit code."""
    os.environ.update(job.get("variables", {}))
    killer = Killer(kill_at=job.get("kill_at"))
    if job.get("every_statement"):
        killer.listen()
    try:
        migrator = Migrator(
            project=job["project"], url=job.get("url"), sinks=[Reporter(channel, killer, job)]
        )
        report = getattr(migrator, job["verb"])(job["target"])
        steps = [step.revision for step in report.steps]
        channel.send(
            report={
                "outcome": report.outcome,
                "after": report.after,
                "number": report.number,
                "steps": steps,
            }
        )
    except LimosaError as error:
        channel.send(
            error={
                "code": error.code, "message": error.message, "hint": error.hint,
                "fields": {name: str(value) for name, value in error.fields.items()},
            }
        )  # fmt: skip
        return int(error.exit_code)
    except BaseException:  # noqa: BLE001  whatever it is, the test has to see it
        channel.send(traceback=traceback.format_exc())
        return UNEXPECTED
    finally:
        channel.send(boundaries=killer.passed)
    return int(ExitCode.OK)


def keep(connection: socket.socket) -> NoReturn:
    """Fork the run itself, and say how it ended: a process that is killed cannot say it."""
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    job = json.loads(b"".join(_line(connection)))
    channel = Channel(connection)
    child = os.fork()
    if child == 0:
        channel.send(pid=os.getpid())
        os._exit(run(job, channel))
    _, status = os.waitpid(child, 0)
    with contextlib.suppress(BrokenPipeError):
        channel.send(ended=os.waitstatus_to_exitcode(status))
    os._exit(0)


def _line(connection: socket.socket) -> Iterator[bytes]:
    while (byte := connection.recv(1)) not in {b"\n", b""}:
        yield byte


def serve(control: socket.socket) -> None:
    """Fork for every socket that comes, until the test process is gone."""
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    while True:
        word, sockets, _, _ = socket.recv_fds(control, 1, 1)
        if not word:
            return
        if os.fork() == 0:
            control.close()
            keep(socket.socket(fileno=sockets[0]))
        os.close(sockets[0])


if __name__ == "__main__":
    for module in PRELOADED:
        importlib.import_module(module)
    serve(socket.socket(fileno=int(sys.argv[1])))
