"""Plans that go up."""

from __future__ import annotations

from typing import TYPE_CHECKING

from limosa.graph.selection import to_upgrade
from limosa.model.plan import Plan
from limosa.model.revision import Direction
from limosa.plan.rows import steps_with_rows
from limosa.plan.standing import known_rows

if TYPE_CHECKING:
    from collections.abc import Sequence

    from limosa.graph import Graph


def plan_upgrade(graph: Graph, target: str, current: Sequence[str]) -> Plan:
    """Plan the way from the version rows ``current`` up to the target; empty if it is applied already."""
    if _is_there(graph, target, current):
        rows = tuple(sorted(current))
        return Plan(direction=Direction.UPGRADE, target=target, before=rows, after=rows, steps=())
    before = known_rows(graph, current)
    order = reversed(to_upgrade(graph.names, target, before))
    steps = steps_with_rows(graph, Direction.UPGRADE, order, before)
    return Plan(
        direction=Direction.UPGRADE,
        target=target,
        before=before,
        after=steps[-1].after if steps else before,
        steps=steps,
    )


def _is_there(graph: Graph, target: str, current: Sequence[str]) -> bool:
    """Is the database at the head that is asked for? The ends of the graph tell that without its shape."""
    wanted = graph.heads if target == "head" else graph.real_heads
    is_clear = target == "heads" or (target == "head" and len(graph.heads) == 1)
    return is_clear and bool(current) and sorted(current) == sorted(wanted) == sorted(graph.real_heads)
