"""Stamping: which rows the version table will hold, with no revision run."""

from __future__ import annotations

from typing import TYPE_CHECKING

from limosa.errors import UsageError
from limosa.graph.naming import Base
from limosa.graph.refusals import too_far
from limosa.plan.standing import known_rows

if TYPE_CHECKING:
    from collections.abc import Sequence

    from limosa.graph import Graph


def plan_stamp(graph: Graph, target: str, current: Sequence[str]) -> tuple[str, ...]:
    """Return the sorted version rows after stamping; other branches than the target's keep theirs."""
    before = known_rows(graph, current)
    names = graph.names
    related = names.in_lineage(before, target, with_dependencies=True)
    rows = frozenset(before)
    for place in names.several(target) or (None,):
        if isinstance(place, Base):
            raise too_far(target, upwards=False)
        rows = _stamped(graph, target, place, related, rows)
    return tuple(sorted(rows))


def _stamped(
    graph: Graph, target: str, place: str | None, related: Sequence[str], rows: frozenset[str]
) -> frozenset[str]:
    """Move the related rows to one place, or remove them for base."""
    if place is None:
        return rows.difference(related)
    if place in related:
        return rows
    is_above = not graph.shape.descendants([place]).isdisjoint(related)
    is_below = not graph.shape.ancestors([place]).isdisjoint(related)
    if is_above and is_below:
        raise _contradiction(target, rows)
    if is_above or is_below:
        # Several targets may share the rows below them: the first one moves them, the next ones are added.
        is_moved_already = not rows.issuperset(related)
        if place in rows or (is_moved_already and is_above):
            raise _contradiction(target, rows)
        return rows.difference(related) | {place}
    if place in rows:
        raise _contradiction(target, rows)
    return rows | {place}


def _contradiction(target: str, rows: frozenset[str]) -> UsageError:
    return UsageError(
        f"'{target}' cannot be told from the rows of the version table: {', '.join(sorted(rows))}",
        hint="remove them first, then stamp: limosa stamp base",
        target=target,
        rows=tuple(sorted(rows)),
    )
