"""Commands and other programs as real processes, and waiting for what they do."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from tests.integration.cli.shell import LIMOSA

LONGEST_S = 60.0


def variables(**more: str) -> dict[str, str]:
    """Return this process's environment without any setting that a machine may have for Limosa."""
    kept = {k: v for k, v in os.environ.items() if not k.startswith("LIMOSA_") and k != "DATABASE_URL"}
    return {**kept, "NO_COLOR": "1", **more}


def until(happened: Callable[[], object], what: str) -> None:
    """Look again and again until something has happened; fail when it does not."""
    end = time.monotonic() + LONGEST_S
    while not happened():
        assert time.monotonic() < end, f"did not happen: {what}"
        time.sleep(0.01)


class Process:
    """A running program; what it says on stderr is read as it comes."""

    def __init__(self, popen: subprocess.Popen[str]) -> None:
        self.popen = popen
        self.lines: list[str] = []
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def _read(self) -> None:
        assert self.popen.stderr is not None
        self.lines.extend(iter(self.popen.stderr.readline, ""))

    @property
    def told(self) -> str:
        """All that stderr has had so far."""
        return "".join(self.lines)

    def has_said(self, words: str) -> bool:
        """Has it said this?"""
        assert words in self.told or self.popen.poll() is None, f"ended without {words!r}: {self.told}"
        return words in self.told

    def end(self) -> int:
        """Wait for its end and return the exit code."""
        code = self.popen.wait(LONGEST_S)
        self._reader.join()
        return code


@contextmanager
def program(*arguments: str, cwd: Path, environment: Mapping[str, str] | None = None) -> Iterator[Process]:
    """Run a program for the length of a block; at its end it is killed if it still runs."""
    with subprocess.Popen(
        arguments,
        cwd=cwd,
        env=variables(**(environment or {})),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as popen:
        try:
            yield Process(popen)
        finally:
            popen.kill()


@contextmanager
def limosa(*arguments: str, cwd: Path, environment: Mapping[str, str] | None = None) -> Iterator[Process]:
    """Run the ``limosa`` command for the length of a block."""
    with program(*LIMOSA, *arguments, cwd=cwd, environment=environment) as process:
        yield process


WRITE_LOCK = """
import sqlite3, sys
connection = sqlite3.connect(sys.argv[1], isolation_level=None)
connection.execute("BEGIN IMMEDIATE")
print("held", file=sys.stderr, flush=True)
sys.stdin.readline()
connection.execute("COMMIT")
"""


@contextmanager
def write_lock(path: Path) -> Iterator[Callable[[], None]]:
    """Let another process hold the write lock of a SQLite file; the function releases it."""
    with program(sys.executable, "-c", WRITE_LOCK, str(path), cwd=path.parent) as process:
        until(lambda: process.has_said("held"), "the write lock is held")

        def release() -> None:
            assert process.popen.stdin is not None
            process.popen.stdin.write("\n")
            process.popen.stdin.flush()
            assert process.end() == 0

        yield release
