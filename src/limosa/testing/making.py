"""Migrates a template in a process of its own, and says which files of the user's that rested on.

In a process of its own, because what a template rests on is then what that process read (an
application that is loaded already would hide it), and because neither env.py nor the models
leave anything behind in the process of the tests. It gets a pickled ``Order`` on standard
input, and writes a pickled ``Made`` to its ``answer``.
"""

from __future__ import annotations

import os
import pickle
import site
import subprocess
import sys
import sysconfig
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from limosa.errors import LimosaError, RevisionFailed


@dataclass(frozen=True, slots=True)
class Order:
    """What is to be migrated; the URL holds its secret, so it never stands in a process list."""

    project: Path
    environment: str | None
    url: str
    at: str
    search: tuple[str, ...]
    """``sys.path`` of the tests."""
    answer: Path


@dataclass(frozen=True, slots=True)
class Made:
    """Which files it rested on, or why it failed."""

    files: tuple[Path, ...] = ()
    error: LimosaError | None = None


def make(*, project: Path, environment: str | None, url: str, at: str) -> tuple[Path, ...]:
    """Migrate an empty database; return the files that were read, or raise what was raised there."""
    with tempfile.TemporaryDirectory(prefix="limosa-template-") as folder:
        order = Order(project, environment, url, at, tuple(sys.path), Path(folder) / "answer")
        done = subprocess.run(
            [sys.executable, "-c", f"from {__name__} import main; main()"],
            input=pickle.dumps(order),
            capture_output=True,
            check=False,
        )
        if not order.answer.exists():
            said = done.stderr.decode(errors="replace").strip() or f"it ended with {done.returncode}"
            raise RevisionFailed(
                f"the migration of a test database ended without an answer: {said}",
                hint=f"see whether it runs by itself: limosa upgrade {at} --url sqlite:///try.db",
            )
        made: Made = pickle.loads(order.answer.read_bytes())  # noqa: S301  our own child's
    if made.error is not None:
        raise made.error
    return made.files


def main() -> None:
    """Do what the order on standard input says."""
    order: Order = pickle.load(sys.stdin.buffer)  # noqa: S301  our own parent's
    sys.path[:] = order.search
    opened: set[str] = set()
    sys.addaudithook(lambda event, arguments: _note(opened, event, arguments))
    try:
        _migrate(order)
        made = Made(tuple(sorted(_rested_on(opened, order))))
    except LimosaError as error:
        made = Made(error=error)
    order.answer.write_bytes(pickle.dumps(made))


def _migrate(order: Order) -> None:
    from limosa.migrator import Migrator  # noqa: PLC0415  after the hook, which must see all

    Migrator(project=order.project, environment=order.environment, url=order.url).upgrade(order.at)


def _note(opened: set[str], event: str, arguments: tuple[Any, ...]) -> None:
    if event == "open" and isinstance(arguments[0], str):
        is_read = not arguments[2] & (os.O_WRONLY | os.O_RDWR)
        if is_read:
            opened.add(os.path.abspath(arguments[0]))  # noqa: PTH100  cheap: every file that is opened comes by


def _rested_on(opened: set[str], order: Order) -> Iterator[Path]:
    """The files that are the user's: neither Python's nor an installed package's nor made meanwhile."""
    loaded = {file for module in [*sys.modules.values()] if (file := getattr(module, "__file__", None))}
    foreign = tuple(_foreign())
    for name in opened | {os.path.abspath(file) for file in loaded}:  # noqa: PTH100
        path = Path(name)
        is_made = "__pycache__" in path.parts or ".limosa" in path.parts or path == order.answer
        if not is_made and not name.startswith(foreign) and path.is_file():
            yield path


def _foreign() -> Iterator[str]:
    yield from ("/proc/", "/sys/", "/dev/", "/etc/")
    yield str(Path(__file__).parents[1]) + os.sep
    paths = [sysconfig.get_path(name) for name in ("stdlib", "platstdlib", "purelib", "platlib")]
    for folder in {*paths, *site.getsitepackages(), site.getusersitepackages()}:
        yield str(Path(folder).absolute()) + os.sep
        yield str(Path(folder).resolve()) + os.sep
