"""The rows of the version table around each step, as Alembic writes them.

The rule in one sentence: a row stands for a revision and all that it stands on, so going
up removes the rows that the new one includes, and going down brings back those that
nothing else includes.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from limosa.errors import GraphError
from limosa.model.plan import Step
from limosa.model.revision import Direction

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from limosa.graph import Graph


def steps_with_rows(
    graph: Graph, direction: Direction, order: Iterable[str], current: Sequence[str]
) -> tuple[Step, ...]:
    """Return the steps in the given order, each with the version rows before and after it."""
    after_step = rows_above if direction is Direction.UPGRADE else rows_below
    rows = frozenset(current)
    steps = []
    for name in order:
        after = after_step(graph, name, rows)
        step = Step(
            direction=direction,
            revision=graph.revisions[name],
            before=tuple(sorted(rows)),
            after=tuple(sorted(after)),
        )
        steps.append(step)
        rows = after
    return tuple(steps)


def rows_above(graph: Graph, name: str, rows: frozenset[str]) -> frozenset[str]:
    """Return the rows after the revision was applied."""
    below = graph.shape.below(name)
    present = rows.intersection(below)
    if name in rows:
        raise _impossible(graph, name, rows)
    if len(present) > 1:
        replaced = set(below)
        others = rows.difference(below)
        if others:
            replaced -= graph.shape.ancestors(others)
        if not replaced or not replaced <= rows:
            raise _impossible(graph, name, rows)
        return rows - replaced | {name}
    return rows - present | {name}


def rows_below(graph: Graph, name: str, rows: frozenset[str]) -> frozenset[str]:
    """Return the rows after the revision was taken back."""
    if name not in rows:
        raise _impossible(graph, name, rows)
    others = rows - {name}
    below = graph.shape.below(name)
    if others:
        return others.union(set(below) - graph.shape.ancestors(others))
    included = {lower for each in below for lower in graph.shape.ancestors([each]) if lower != each}
    return frozenset(below) - included


def _impossible(graph: Graph, name: str, rows: frozenset[str]) -> GraphError:
    """Alembic stops with an internal error in mid-run here; it is kinder to say so before."""
    path = str(graph.revisions[name].path)
    return GraphError(
        f"the version table cannot follow revision '{name}' ('{path}') from {sorted(rows)}: "
        "of the revisions that it stands on, one already includes another",
        hint="leave only the newest of each line in its down_revision and depends_on",
        revision=name,
        rows=tuple(sorted(rows)),
        paths=(path,),
    )
