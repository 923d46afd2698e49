"""The revision graph, read without executing a revision; its index cache; names and targets.

Alembic and SQLAlchemy are not imported here: a command that only looks must answer at once.
"""

from limosa.graph.graph import Graph
from limosa.graph.raw import Fallback

__all__ = ["Fallback", "Graph"]
