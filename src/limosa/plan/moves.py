"""Which revisions plain Alembic ran, told by how its version rows moved.

A step over a merge moves several rows: those that go or come are written first, and then the
one that is left moves to the merge, or away from it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Sequence

    from limosa.graph import Graph
    from limosa.model.history import Movement

Move: TypeAlias = "tuple[str, str]"
"""A version row before and after; empty where it came, or went."""
Told: TypeAlias = "tuple[str, Movement] | None"
"""A revision and its direction; None where no file here defines the row."""


def name_moves(graph: Graph, moves: Sequence[Move]) -> list[Told]:
    """Name the step behind each move, in the order in which they were made."""
    named: list[Told] = []
    for place, (before, after) in enumerate(moves):
        if before and after:
            named.append(_of_change(graph, before, after))
        else:
            named.append(_of_merge(graph, moves[place:]) or _alone(graph, before, after))
    return named


def _of_merge(graph: Graph, moves: Sequence[Move]) -> Told:
    """Is a row that comes or goes a part of the step over a merge that ends with the next change?"""
    has_come = not moves[0][0]
    row = moves[0][has_come]
    change = next((move for move in moves if all(move)), None)
    if change is None or any((not before) != has_come for before, _ in moves[: moves.index(change)]):
        return None
    merge, other = change if has_come else change[::-1]
    if merge not in graph.revisions or not {row, other} <= graph.ancestors(merge) - {merge}:
        return None
    return merge, "downgrade" if has_come else "upgrade"


def _alone(graph: Graph, before: str, after: str) -> Told:
    name = after or before
    if name not in graph.revisions:
        return None
    return (name, "upgrade") if after else (name, "downgrade")


def _of_change(graph: Graph, before: str, after: str) -> Told:
    if before not in graph.revisions or after not in graph.revisions:
        return None
    if _is_one_step(graph, before, after):
        return after, "upgrade"
    return (before, "downgrade") if _is_one_step(graph, after, before) else (after, "stamp")


def _is_one_step(graph: Graph, lower: str, upper: str) -> bool:
    """Does nothing lie between the two? A row that passes over a revision was stamped."""
    return graph.ancestors(upper) & graph.descendants(lower) == {lower, upper}
