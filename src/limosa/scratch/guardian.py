"""The process between an owner and its scratch server: when the owner dies, the server goes with it.

Run as a file by ``python -I -S``, with the standard library only. The owner writes commands
on our standard input, one a line, and reads one line of JSON for each. The end of that input
means that the owner is gone, however it died: the server is stopped and its folder removed.
"""

from __future__ import annotations

import contextlib
import json
import os
import select
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

SIGNALS = {"fast": signal.SIGINT, "immediate": signal.SIGQUIT, "kill": signal.SIGKILL}
READY = {"ready", "standby"}
STATUS_LINE = 7
START_S = 60.0
STOP_S = 60.0
GOODBYE_S = 10.0
LOG_TAIL_CHARACTERS = 2000


class Ended(Exception):
    """SIGTERM: the machine shuts down, or a person wants the server gone."""


class Guardian:
    """One server, started, stopped and at the end removed."""

    def __init__(self, spec: dict[str, Any]) -> None:
        self.folder = Path(spec["folder"])
        self.data = self.folder / "data"
        self.log = self.folder / "log"
        self.command = [spec["postgres"], "-D", str(self.data)]
        self.account = spec["account"]
        self.owner = spec["owner"]
        self.server: subprocess.Popen[bytes] | None = None

    def serve(self) -> None:
        """Answer the owner's commands until it is gone."""
        while (line := self._next_line()) is not None:
            verb, _, argument = line.partition(" ")
            reply = self.start() if verb == "start" else self.stop(argument)
            os.write(1, json.dumps(reply).encode() + b"\n")

    def _next_line(self) -> str | None:
        """Return the next command, or None when the owner is gone.

        A child that the owner forked keeps the pipe open after the owner's death: so the
        parent is looked at as well.
        """
        while not select.select([0], [], [], 1.0)[0]:
            if os.getppid() != self.owner:
                return None
        return sys.stdin.readline().rstrip("\n") or None

    def start(self) -> dict[str, Any]:
        """Start the server and wait until it takes connections."""
        last = time.monotonic() + START_S
        while True:
            offset = self.log.stat().st_size if self.log.exists() else 0
            if self._started(last):
                return {"ok": True, "pid": self.server.pid if self.server else None}
            said = self.log.read_text(errors="replace")[offset:]
            # orphans of a killed server hold its shared memory for a moment
            if "shared memory block" not in said or time.monotonic() > last:
                return {"ok": False, "log": said[-LOG_TAIL_CHARACTERS:]}
            time.sleep(0.1)

    def _started(self, last: float) -> bool:
        with self.log.open("ab") as log:
            self.server = subprocess.Popen(
                self.command,
                cwd="/",
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                env={"PATH": os.defpath, "LC_ALL": "C", "TZ": "UTC"},
                **self.account,
            )
        while self.server.poll() is None:
            if self._is_ready(self.server.pid):
                return True
            if time.monotonic() > last:
                self.stop("kill")
                return False
            time.sleep(0.005)
        return False

    def _is_ready(self, pid: int) -> bool:
        try:
            lines = (self.data / "postmaster.pid").read_text().split("\n")
        except OSError:
            return False
        return lines[0] == str(pid) and len(lines) > STATUS_LINE and lines[STATUS_LINE].strip() in READY

    def stop(self, mode: str, *, within_s: float = STOP_S) -> dict[str, Any]:
        """Stop the server, harder when it takes too long."""
        if self.server is not None and self.server.poll() is None:
            self.server.send_signal(SIGNALS[mode])
            try:
                self.server.wait(within_s)
            except subprocess.TimeoutExpired:
                self.server.kill()
                self.server.wait()
        return {"ok": True}

    def vanish(self) -> None:
        """Stop the server at once and delete its folder."""
        self.stop("immediate", within_s=GOODBYE_S)
        for _ in range(20):  # the children of a killed server may still write a file or two
            with contextlib.suppress(FileNotFoundError):
                shutil.rmtree(self.folder, ignore_errors=True)
            if not self.folder.exists():
                return
            time.sleep(0.1)


def main() -> None:
    """Guard one server for as long as the owner lives."""
    os.chdir("/")
    for ignored in (signal.SIGINT, signal.SIGHUP, signal.SIGPIPE):
        signal.signal(ignored, signal.SIG_IGN)
    guardian = Guardian(json.loads(sys.argv[1]))
    signal.signal(signal.SIGTERM, end)
    try:
        with contextlib.suppress(Ended):
            guardian.serve()
    finally:
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        guardian.vanish()


def end(*_: object) -> None:
    """Leave off serving, wherever that is at."""
    raise Ended


if __name__ == "__main__":
    main()
