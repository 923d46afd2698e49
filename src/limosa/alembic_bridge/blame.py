"""Whose line it was: the project's own code in the traceback of whatever env.py raised."""

from __future__ import annotations

import os
import sys
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
    own = [(path, line) for path, line in _lines(error) if is_own(path, root)]
    return own[-1] if own else None


def remedy(error: BaseException, root: Path) -> str | None:
    """Say in the project's own names what to mend, and how to try it; None where none of its lines failed."""
    where = line_of(error, root)
    if where is None:
        return None
    file = os.path.relpath(os.path.realpath(where[0]), os.path.realpath(root))
    line = f"{file}, line {where[1]}"
    if isinstance(error, ModuleNotFoundError) and error.name:
        if _is_here(error.name, error, root):
            return (
                f"{line}, imports '{error.name}', and there is no such file: write it, or take the import out"
            )
        return f"install the package that holds '{error.name}', which {line}, imports; or take the import out"
    module = _module_of(Path(where[0]), error, root)
    tried = "alembic current" if module is None else f"python -c 'import {module}'"
    return f"mend {line}; then try: {tried}"


def _is_here(module: str, error: BaseException, root: Path) -> bool:
    """Is what the module would be a part of the project's own?"""
    top = module.partition(".")[0]
    return any((base / top).is_dir() or (base / f"{top}.py").is_file() for base in _bases(error, root))


def _module_of(file: Path, error: BaseException, root: Path) -> str | None:
    """The name by which a file of the project's is imported; None for one that is only executed."""
    path = file.resolve().with_suffix("")
    base = next(base for base in _bases(error, root) if path.is_relative_to(base))
    parts = path.relative_to(base).parts
    parts = parts[:-1] if parts[-1] == "__init__" else parts
    return ".".join(parts) if parts and parts[-1] != "env" and all(map(str.isidentifier, parts)) else None


def _bases(error: BaseException, root: Path) -> Iterator[Path]:
    """Folders from which the project's modules are imported: as was seen of those that ran, first."""
    for frame, _ in traceback.walk_tb(error.__traceback__):
        path, name = Path(frame.f_code.co_filename).with_suffix(""), frame.f_globals.get("__name__", "")
        parts = path.parts[:-1] if path.name == "__init__" else path.parts
        named = tuple(name.split("."))
        if is_own(frame.f_code.co_filename, root) and parts[-len(named) :] == named:
            yield Path(*parts[: -len(named)]).resolve()
    yield from (Path(entry).resolve() for entry in sys.path if entry and is_own(entry, root))
    yield root.resolve()


def _lines(error: BaseException) -> Iterator[tuple[str, int]]:
    for frame in traceback.extract_tb(error.__traceback__):
        if frame.lineno is not None:
            yield frame.filename, frame.lineno
    if isinstance(error, SyntaxError) and error.filename and error.lineno:
        yield error.filename, error.lineno


def is_own(path: str, root: Path) -> bool:
    """Is a file in the project's folder, and nothing that was installed there?"""
    inside = os.path.realpath(path).removeprefix(f"{os.path.realpath(root)}{os.sep}")
    return not Path(inside).is_absolute() and not {"site-packages", "dist-packages"} & {*Path(inside).parts}
