"""The revision graph with what is applied where."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from limosa.errors import RevisionNotFound
from limosa.migrator.project import Project
from limosa.model.picture import Extent, Node, Picture, Place
from limosa.model.status import Status

if TYPE_CHECKING:
    from limosa.graph import Graph
    from limosa.model.revision import Revision


def picture(
    project: Project, *, range_: str | None, branch: str | None, standings: Sequence[Status]
) -> Picture:
    """Put the revisions of a range, or of a branch, together with where databases stand."""
    graph = project.graph
    places = tuple(_places(standings))
    known = {place.name: [row for row in place.current if row in graph.revisions] for place in places}
    has = {place.name: graph.ancestors(*known[place.name]) for place in places if place.is_known}
    here = next((rows for rows in known.values() if rows), [])
    chosen = graph.history(range_, current=tuple(here))
    line = None if branch is None else _line(graph, branch)
    nodes = (
        _node(graph, revision, places, has) for revision in chosen if line is None or revision.id in line
    )
    return Picture(tuple(nodes), places)


def _places(standings: Iterable[Status]) -> Iterable[Place]:
    seen: dict[str, int] = {}
    for status in standings:
        number = seen[status.environment] = seen.get(status.environment, 0) + 1
        name = status.environment if number == 1 else f"{status.environment} {number}"
        yield Place(name, status.state, status.current, status.url, status.reason)


def _line(graph: Graph, branch: str) -> frozenset[str]:
    """All revisions with a label, or all that a revision stands on and that stand on it."""
    of_label = frozenset(name for name in graph.revisions if branch in graph.labels(name))
    if of_label:
        return of_label
    try:
        name = graph.get(branch).id
    except RevisionNotFound as error:
        raise RevisionNotFound(
            f"no branch label and no revision answers to '{branch}'",
            hint="see the branches: limosa branches; all revisions: limosa history",
            revision=branch,
        ) from error
    return graph.ancestors(name) | graph.descendants(name)


def _node(graph: Graph, revision: Revision, places: Sequence[Place], has: dict[str, frozenset[str]]) -> Node:
    applied = tuple(name for name, revisions in has.items() if revision.id in revisions)
    if not has:
        extent = Extent.UNKNOWN
    elif len(applied) == len(has):
        extent = Extent.EVERYWHERE
    else:
        extent = Extent.SOMEWHERE if applied else Extent.NOWHERE
    return Node(
        id=revision.id,
        message=revision.message,
        parents=revision.parents,
        depends_on=graph.shape.own_dependencies.get(revision.id, ()),
        labels=revision.labels,
        is_head=revision.id in graph.heads,
        extent=extent,
        applied_in=applied,
        current_in=tuple(place.name for place in places if revision.id in place.current),
    )
