"""The revision graph, read without executing a revision; its index cache; names and targets.

Alembic and SQLAlchemy are not imported here: a command that only looks must answer at once.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from limosa.graph.graph import Graph
    from limosa.graph.raw import Fallback

__all__ = ["Fallback", "Graph"]

_HOMES = {"Fallback": "raw", "Graph": "graph"}


def __getattr__(name: str) -> Any:
    """Load a name when it is first used: whether the files are as they were is told without."""
    from importlib import import_module  # noqa: PLC0415

    if name in _HOMES:
        return getattr(import_module(f"limosa.graph.{_HOMES[name]}"), name)
    raise AttributeError(f"module 'limosa.graph' has no attribute '{name}'")
