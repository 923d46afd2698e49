"""What the shape of the graph hangs on, apart from the rest of a revision file."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import NamedTuple

Fallback = Callable[[Path], Mapping[str, object]]
"""Executes a revision file and returns its module's namespace; the bridge to Alembic provides one."""


class Links(NamedTuple):
    """The names by which revisions refer to each other, as written, and the file they stand in."""

    id: str
    parents: tuple[str, ...]
    depends_on: tuple[str, ...]
    labels: tuple[str, ...]
    path: str


class Details(NamedTuple):
    """Everything else that a revision file says."""

    message: str
    doc: str
    created: str | None
    checksum: str
    has_upgrade: bool
    has_downgrade: bool


class Ends(NamedTuple):
    """Where the graph ends, above and below; the shape says what each means."""

    heads: tuple[str, ...]
    real_heads: tuple[str, ...]
    bases: tuple[str, ...]
