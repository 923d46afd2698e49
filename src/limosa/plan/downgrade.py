"""Plans that go down."""

from __future__ import annotations

from typing import TYPE_CHECKING

from limosa.errors import UsageError
from limosa.graph.order import newest_first
from limosa.graph.targets import downgrade_target
from limosa.model.plan import Plan
from limosa.model.revision import Direction
from limosa.plan.rows import steps_with_rows
from limosa.plan.standing import known_rows

if TYPE_CHECKING:
    from collections.abc import Sequence

    from limosa.graph import Graph
    from limosa.graph.targets import Below


def plan_downgrade(graph: Graph, target: str, current: Sequence[str]) -> Plan:
    """Plan the way from the version rows ``current`` down to the target.

    What depends on a revision that goes is taken back with it.
    """
    before = known_rows(graph, current)
    steps = steps_with_rows(graph, Direction.DOWNGRADE, _taken_back(graph, target, before), before)
    return Plan(
        direction=Direction.DOWNGRADE,
        target=target,
        before=before,
        after=steps[-1].after if steps else before,
        steps=steps,
    )


def _taken_back(graph: Graph, target: str, current: Sequence[str]) -> list[str]:
    """Return what is applied above the target, newest first."""
    shape = graph.shape
    below = downgrade_target(graph.names, target, current)
    applied = shape.ancestors(current)
    gone = shape.descendants(_lowest(graph, target, below)) & applied
    if not gone and isinstance(below.place, str) and below.place not in current:
        raise _wrong_way(target, below.place, applied)
    return newest_first(shape, gone, current)


def _lowest(graph: Graph, target: str, below: Below) -> list[str]:
    """Return the first revisions above the target: those that go, with all that stands on them."""
    lowest = list(graph.children(below.place) if isinstance(below.place, str) else graph.bases)
    if below.branch is None:
        return lowest
    owner = graph.names.branch_owner(below.branch)
    if len(lowest) > 1:
        lowest = list(graph.ancestors(owner, with_dependencies=False).intersection(lowest))
        if not lowest:
            raise UsageError(
                f"'{target}' is not below branch '{below.branch}'",
                hint="see how the branches lie: limosa history",
                target=target,
            )
    return lowest


def _wrong_way(target: str, place: str, applied: set[str]) -> UsageError:
    if place in applied:
        return UsageError(
            f"nothing that is applied follows revision '{place}' directly, so there is nothing to take back",
            hint="see what is applied: limosa current",
            target=target,
        )
    return UsageError(
        f"revision '{place}' is not applied, so there is no way down to it",
        hint=f"go up to it: limosa upgrade {place}; or see where the database stands: limosa status",
        target=target,
    )
