"""PostgreSQL's own programs: found beside the servers to be had here, or on the PATH."""

from __future__ import annotations

import re
import shutil
import subprocess
from functools import cache
from pathlib import Path

from limosa.scratch.provider import providers

_VERSION = re.compile(r"\(PostgreSQL\) (\d+)")


def postgresql_program(name: str, *, at_least: int) -> Path | None:
    """Return the program of the lowest major version that is new enough; None where there is none."""
    found = [(major, path) for major, path in _programs(name) if major >= at_least]
    return min(found, key=lambda each: each[0])[1] if found else None


@cache
def _programs(name: str) -> tuple[tuple[int, Path], ...]:
    beside = [
        (one.major, one.bindir / name)
        for one in providers()
        if one.bindir is not None and (one.bindir / name).is_file()
    ]
    on_path = shutil.which(name)
    if on_path is None:
        return tuple(beside)
    try:
        said = subprocess.run([on_path, "--version"], capture_output=True, text=True, check=False).stdout
    except OSError:
        return tuple(beside)
    version = _VERSION.search(said)
    return tuple(beside) if version is None else (*beside, (int(version[1]), Path(on_path)))
