"""Whose line it was: the project's own code in the traceback of whatever env.py raised."""

from __future__ import annotations

import os
import traceback
from collections.abc import Iterator
from pathlib import Path


def told(error: BaseException, root: Path) -> str:
    """Say what was raised, and by which line of the project: the innermost one that is in its folder."""
    where = line_of(error, root)
    said = f"{type(error).__name__}: {error.msg if isinstance(error, SyntaxError) else error}"
    return said if where is None else f"{said} [{where[0]}:{where[1]}]"


def line_of(error: BaseException, root: Path) -> tuple[str, int] | None:
    """Return the file and the line of the project's that raised it; None where none of its lines did."""
    own = [(path, line) for path, line in _lines(error) if _is_own(path, root)]
    return own[-1] if own else None


def _lines(error: BaseException) -> Iterator[tuple[str, int]]:
    for frame in traceback.extract_tb(error.__traceback__):
        if frame.lineno is not None:
            yield frame.filename, frame.lineno
    if isinstance(error, SyntaxError) and error.filename and error.lineno:
        yield error.filename, error.lineno


def _is_own(path: str, root: Path) -> bool:
    inside = os.path.realpath(path).removeprefix(f"{os.path.realpath(root)}{os.sep}")
    return not Path(inside).is_absolute() and not {"site-packages", "dist-packages"} & {*Path(inside).parts}
