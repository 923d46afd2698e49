"""Executes a revision file as Alembic does: for files whose identifiers are not literals."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from alembic.util import load_python_file


def namespace_of(path: Path) -> Mapping[str, object]:
    """Return the namespace of the revision's module."""
    return vars(load_python_file(str(path.parent), path.name))
