"""The way back for a database that is ahead: which downgrades take away what is not on disk, and no more."""

from __future__ import annotations

from typing import TYPE_CHECKING

from limosa.errors import LimosaError
from limosa.plan.downgrade import plan_downgrade

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Sequence

    from limosa.graph import Graph
    from limosa.model.plan import Plan


def plan_retreat(graph: Graph, known: Collection[str], current: Sequence[str]) -> tuple[Plan, ...]:
    """Plan downgrades, one after the other, until only ``known`` revisions are applied; none if it cannot be.

    ``graph`` has all revisions that are applied, on disk or not.
    """
    plans: list[Plan] = []
    rows = tuple(current)
    while any(row not in known for row in rows):
        best = min(_attempts(graph, known, rows), key=lambda plan: _cost(plan, known), default=None)
        if best is None:
            return ()
        plans.append(best)
        rows = best.after
    return tuple(plans)


def _attempts(graph: Graph, known: Collection[str], rows: Sequence[str]) -> Iterator[Plan]:
    unknown = [name for name in sorted(graph.ancestors(*rows)) if name not in known]
    for name in unknown:
        parents = graph.revisions[name].parents
        if all(parent in known for parent in parents):
            for parent in parents or ("base",):
                for target in (parent, f"{name}@{parent}"):
                    try:
                        plan = plan_downgrade(graph, target, rows)
                    except LimosaError:
                        continue
                    if any(step.revision.id in unknown for step in plan.steps):
                        yield plan


def _cost(plan: Plan, known: Collection[str]) -> tuple[int, int]:
    """What is on disk should stay; of the rest as much as possible should go at once."""
    kept = sum(step.revision.id in known for step in plan.steps)
    return kept, kept - len(plan.steps)
