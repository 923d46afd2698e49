"""Executes a revision file as Alembic does: where its identifiers are no literals, or to see that it can."""

from __future__ import annotations

import contextlib
import sys
import traceback
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from alembic.util import load_python_file

from limosa.errors import GraphError


def namespace_of(path: Path, *, search: Sequence[Path] = ()) -> Mapping[str, object]:
    """Return the namespace of the revision's module; raise GraphError, whatever the file raised.

    ``search`` are the folders that the project puts before ``sys.path``.
    """
    try:
        with _found_first(search):
            return vars(load_python_file(str(path.parent), path.name))
    except (Exception, SystemExit) as error:
        raise unfit(path, error) from error


def unfit(path: Path, error: BaseException) -> GraphError:
    """Say why a file cannot be executed, and where in it."""
    line = error.lineno if isinstance(error, SyntaxError) and error.filename == str(path) else None
    for frame in traceback.extract_tb(error.__traceback__):
        if line is None or not isinstance(error, SyntaxError):
            line = frame.lineno if frame.filename == str(path) else line
    place = f"'{path}'" if line is None else f"'{path}', line {line},"
    words = error.msg if isinstance(error, SyntaxError) else str(error)
    return GraphError(
        f"{place} cannot be executed: {type(error).__name__}: {' '.join(words.split())}".removesuffix(": "),
        hint="mend the file, or what it imports; 'alembic history' in the project's folder shows the same",
        paths=(str(path),),
        line=line,
    )


@contextlib.contextmanager
def _found_first(folders: Sequence[Path]) -> Iterator[None]:
    before = list(sys.path)
    sys.path[:0] = [str(folder) for folder in folders]
    try:
        yield
    finally:
        sys.path[:] = before
