"""One revision a row, one column a lane: every edge keeps a lane of its own from the child to the parent.

So no two edges run into each other, and no edge passes under a revision that it does not touch.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from limosa.model.picture import Node, Picture


@dataclass(frozen=True, slots=True)
class Edge:
    """From a revision down to one that it follows, or, dashed, that it depends on."""

    child: str
    parent: str
    is_dependency: bool


Lanes = tuple[Edge | None, ...]


@dataclass(frozen=True, slots=True)
class Row:
    """A revision in its column, and the lanes above and below it."""

    node: Node
    column: int
    above: Lanes
    below: Lanes

    @property
    def arriving(self) -> list[int]:
        """The columns of the edges that end here."""
        return [place for place, edge in enumerate(self.above) if edge and edge.parent == self.node.id]

    @property
    def leaving(self) -> list[int]:
        """The columns of the edges that begin here."""
        return [place for place, edge in enumerate(self.below) if edge and edge.child == self.node.id]


def rows_of(picture: Picture) -> Iterator[Row]:
    """Yield the rows from the newest revision down."""
    shown = {node.id for node in picture.nodes}
    lanes: list[Edge | None] = []
    for node in picture.nodes:
        above = tuple(lanes)
        arriving = [place for place, edge in enumerate(lanes) if edge and edge.parent == node.id]
        column = arriving[0] if arriving else _free(lanes)
        for place in arriving:
            lanes[place] = None
        for edge in _edges(node, shown):
            lanes[column if lanes[column] is None else _free(lanes)] = edge
        while lanes and lanes[-1] is None:
            lanes.pop()
        below = tuple(lanes)
        if column >= len(lanes):
            lanes += [None] * (column + 1 - len(lanes))
        yield Row(node, column, above, below)


def width_of(rows: Sequence[Row]) -> int:
    """Return how many lanes the rows need side by side."""
    return max((max(len(row.above), len(row.below), row.column + 1) for row in rows), default=0)


def _edges(node: Node, shown: set[str]) -> Iterator[Edge]:
    for parent in node.parents:
        if parent in shown:
            yield Edge(node.id, parent, is_dependency=False)
    for needed in node.depends_on:
        if needed in shown and needed not in node.parents:
            yield Edge(node.id, needed, is_dependency=True)


def _free(lanes: list[Edge | None]) -> int:
    """Return the first free column, a new one if need be."""
    for place, edge in enumerate(lanes):
        if edge is None:
            return place
    lanes.append(None)
    return len(lanes) - 1
