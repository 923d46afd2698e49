"""The test's end of the runs: start one, follow its events, let it go on, kill it, and see how it ended."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Self

ROOT = Path(__file__).parents[2]
PATIENCE_S = 90
Message = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Ended:
    """How a run ended, and what it said on the way."""

    code: int
    """The exit code; negative for a signal."""
    messages: list[Message]

    @property
    def was_killed(self) -> bool:
        """Did SIGKILL end it?"""
        return self.code == -signal.SIGKILL

    @property
    def boundaries(self) -> int:
        """How many boundaries it passed."""
        return int(self.of("boundaries"))

    @property
    def error(self) -> Message:
        """The LimosaError that it ended with."""
        error: Message = self.of("error")
        return error

    def of(self, key: str) -> Any:
        """Return what was told under this key; fail with all that was told if it is not there."""
        found = [message[key] for message in self.messages if key in message]
        assert found, self.messages
        return found[-1]

    @property
    def notices(self) -> list[str]:
        """What a person was told beside the course of the run."""
        return [m["text"] for m in self.messages if m.get("event") == "Notice"]

    @property
    def statements(self) -> list[str]:
        """The statements that were begun."""
        return [m["sql"] for m in self.messages if m.get("event") == "StatementStarted"]

    def succeeded(self) -> Self:
        """Fail, with all that was told, unless the exit code is 0."""
        told = [m for m in self.messages if m.keys() & {"error", "traceback"} or m.get("event") == "Notice"]
        assert self.code == 0, told + self.messages[-8:]
        return self


@dataclass(slots=True)
class Run:
    """A run under way."""

    channel: socket.socket
    messages: list[Message] = field(default_factory=list)
    _rest: bytes = b""
    _lines: list[bytes] = field(default_factory=list)

    def _read(self) -> Message | None:
        while not self._lines:
            data = self.channel.recv(1 << 16)  # a run that hangs ends the test here, by its timeout
            if not data:
                return None
            *self._lines, self._rest = (self._rest + data).split(b"\n")
        message: Message = json.loads(self._lines.pop(0))
        self.messages.append(message)
        return message

    def follow(self, **wanted: Any) -> Message:
        """Read on to the message that says this; fail if the run ends before."""
        while (message := self._read()) is not None:
            if wanted.items() <= message.items():
                return message
        raise AssertionError(f"it ended without {wanted}: {self.messages[-6:]}")

    def paused(self) -> Message:
        """Read on until the run pauses; it then does nothing until ``go``."""
        while (message := self._read()) is not None:
            if "paused" in message:
                told: Message = message["paused"]
                return told
        raise AssertionError(f"it ended without a pause: {self.messages[-6:]}")

    def go(self) -> None:
        """Let a paused run go on."""
        self.channel.send(b".")

    @property
    def pid(self) -> int:
        """The run's process."""
        while not any("pid" in message for message in self.messages):
            assert self._read() is not None
        return next(int(message["pid"]) for message in self.messages if "pid" in message)

    def signal(self, number: signal.Signals) -> None:
        """Send its process a signal."""
        os.kill(self.pid, number)

    def end(self) -> Ended:
        """Follow it to its end."""
        while self._read() is not None:
            pass
        self.channel.close()
        ended = [int(message["ended"]) for message in self.messages if "ended" in message]
        assert ended, f"nobody saw it end: {self.messages[-6:]}"
        return Ended(ended[0], self.messages)


class Runs:
    """Starts runs, each in a process of its own, cheaply."""

    def __init__(self) -> None:
        self._control, theirs = socket.socketpair()
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.faults.forkserver", str(theirs.fileno())],
            cwd=ROOT,
            pass_fds=(theirs.fileno(),),
            stdin=subprocess.DEVNULL,
            env={name: value for name, value in os.environ.items() if not name.startswith("LIMOSA_")},
        )
        theirs.close()

    def start(
        self,
        project: Path,
        verb: str = "upgrade",
        target: str = "head",
        *,
        url: str | None = None,
        pause_at: tuple[Message, ...] = (),
        variables: dict[str, str] | None = None,
        **options: Any,
    ) -> Run:
        """Start a run; see ``forkserver.py`` for the options."""
        job = {
            "project": str(project), "verb": verb, "target": target, "url": url,
            "pause_at": list(pause_at), "variables": variables or {}, **options,
        }  # fmt: skip
        ours, theirs = socket.socketpair()
        ours.settimeout(PATIENCE_S)
        socket.send_fds(self._control, [b"."], [theirs.fileno()])
        theirs.close()
        ours.sendall(json.dumps(job).encode() + b"\n")
        return Run(ours)

    def run(self, *arguments: Any, **options: Any) -> Ended:
        """Start a run and follow it to its end."""
        return self.start(*arguments, **options).end()

    def close(self) -> None:
        """End the server of forks; runs that are paused end with it."""
        self._control.close()
        self._process.wait(PATIENCE_S)


def running() -> Iterator[Runs]:
    """Hand out Runs and close them at the end."""
    runs = Runs()
    yield runs
    runs.close()
