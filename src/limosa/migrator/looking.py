"""The verbs that look at the revisions and the database, and change nothing."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING

from limosa.errors import Ahead, Unreachable
from limosa.graph import Graph
from limosa.migrator.project import Project
from limosa.model.edit import Edit, EditKind
from limosa.model.history import AppliedRevision, HistoryEntry, LedgerEntry, RevisionDetail
from limosa.model.plan import Plan
from limosa.model.revision import Direction
from limosa.model.status import State, Status
from limosa.plan import plan_downgrade, plan_upgrade

if TYPE_CHECKING:
    from limosa.run.request import Target


def statuses(
    project: Project, *, in_brief: bool = False, connect_s: float | None = None
) -> tuple[Status, ...]:
    """Where each database stands; unreachable is an answer, too, given after so long at the latest.

    In brief, nothing is read of what the ledger says of unknown revisions.
    """
    judge = project.judge
    try:
        targets = project.databases.targets
    except Unreachable as error:
        return (judge.status(State.UNREACHABLE, project.settings.url, reason=error.message),)
    found = []
    for target in targets:
        try:
            rows, has_tables = project.databases.look(target, connect_s=connect_s)
            status = judge.judge(target.url, rows, has_tables=has_tables)
            found.append(status if in_brief else with_way_back(project, target, status))
        except Unreachable as error:
            found.append(judge.status(State.UNREACHABLE, target.url, reason=error.message))
    return tuple(found)


def with_way_back(project: Project, target: Target, status: Status) -> Status:
    """Say of version rows that are not on disk what is known of them, and how to get back."""
    if status.state not in {State.AHEAD, State.DIVERGED}:
        return status
    from limosa.migrator.ahead import with_unknown  # noqa: PLC0415  seldom needed
    from limosa.migrator.squashed import judged  # noqa: PLC0415

    return judged(project, target.url, status.current) or with_unknown(project, target, status)


def with_edits(project: Project, status: Status) -> Status:
    """Name the applied revisions that are not what was applied; what was accepted is left out."""
    found = edits_if_reachable(project) if status.current else ()
    changed = (e.revision for e in found if e.kind is EditKind.CHANGED and not e.acceptance)
    return replace(status, edited=tuple(changed))


def current(project: Project) -> tuple[AppliedRevision, ...]:
    """The version rows of the database, and what they are on disk."""
    graph = project.graph
    return tuple(AppliedRevision(row, graph.revisions.get(row), row in graph.heads) for row in project.rows())


def history(project: Project, range_: str | None) -> tuple[HistoryEntry, ...]:
    """The revisions on disk, newest first, and what became of each in the database."""
    graph = project.graph
    rows = project.rows_if_reachable()
    known = [row for row in rows if row in graph.revisions]
    applied = graph.ancestors(*known) if known else frozenset()
    upgrades = (e for e in reversed(_record_if_reachable(project)) if e.direction == "upgrade")
    last = {entry.revision: entry for entry in upgrades if entry.revision in applied}
    edited = {edit.revision: edit for edit in edits_if_reachable(project)}
    return tuple(
        HistoryEntry(
            revision=revision,
            is_head=revision.id in graph.heads,
            is_current=revision.id in rows,
            is_branch_point=revision.id in graph.branch_points,
            is_merge=revision.is_merge,
            applied_at=last[revision.id].finished_at if revision.id in last else None,
            applied_by=last[revision.id].actor if revision.id in last else None,
            edit=edited.get(revision.id),
        )
        for revision in graph.history(range_, current=tuple(known))
    )


def record(project: Project) -> tuple[LedgerEntry, ...]:
    """The ledger, newest first; empty where Limosa never ran."""
    from limosa.ledger.ledger import Ledger  # noqa: PLC0415  looking at files needs no database

    databases = project.databases
    found: list[LedgerEntry] = []
    for target in filter(databases.exists, databases.targets):
        ledger = Ledger(databases.engine(target))
        with databases.session(target) as session:
            found += _named(project, ledger.entries(session)) if ledger.exists(session) else ()
    return tuple(found)


def plan(project: Project, target: str, direction: Direction) -> Plan:
    """What a run would do to the database as it stands now."""
    try:
        return planner(direction)(project.graph, target, project.rows())
    except Ahead:
        from limosa.migrator.squashed import plan_through  # noqa: PLC0415  seldom needed

        up = direction is Direction.UPGRADE
        through = plan_through(project, project.rows(), target) if up else None
        if through is not None:
            return through
        with whole(project, direction) as seen:
            return planner(direction)(seen.graph, target, seen.rows())


@contextmanager
def whole(project: Project, direction: Direction) -> Iterator[Project]:
    """Hand out the project with all revisions that a plan needs: on the way down, those not on disk, too."""
    rows = project.rows()
    if all(row in project.graph.revisions for row in rows):
        yield project
    elif direction is Direction.UPGRADE:
        from limosa.migrator.changing import explained  # noqa: PLC0415  seldom needed

        with explained(project):
            yield project
    else:
        from limosa.migrator.stored import with_stored  # noqa: PLC0415  imports Alembic

        with with_stored(project) as found:
            yield found


def planner(direction: Direction) -> Callable[[Graph, str, Sequence[str]], Plan]:
    """Who plans the way up, or down."""
    return plan_upgrade if direction is Direction.UPGRADE else plan_downgrade


def show(project: Project, revision: str) -> RevisionDetail:
    """Everything that is known of one revision."""
    found = project.graph.get(revision)
    entries = tuple(entry for entry in _record_if_reachable(project) if entry.revision == found.id)
    return RevisionDetail(
        revision=found,
        source=project.graph.source(found.id),
        children=project.graph.children(found.id),
        entries=entries,
        edit=next((e for e in edits_if_reachable(project, with_diff=True) if e.revision == found.id), None),
        is_unkept=found.id in _unkept_if_reachable(project),
    )


def edits_if_reachable(project: Project, *, with_diff: bool = False) -> tuple[Edit, ...]:
    """What was edited after it was applied; nothing where no database answers."""
    from limosa.migrator.edits import edits  # noqa: PLC0415  looking at files needs no database

    try:
        return edits(project, with_diff=with_diff)
    except Unreachable:
        return ()


def _unkept_if_reachable(project: Project) -> tuple[str, ...]:
    from limosa.migrator.edits import unkept  # noqa: PLC0415  looking at files needs no database

    try:
        return unkept(project)
    except Unreachable:
        return ()


def _named(project: Project, entries: Sequence[LedgerEntry]) -> list[LedgerEntry]:
    """Name the revisions in entries of plain Alembic's that no run has named yet; newest first, as given."""
    unnamed = [entry for entry in reversed(entries) if entry.revision is None]
    moves = [(",".join(entry.from_versions), ",".join(entry.to_versions)) for entry in unnamed]
    told = dict(zip((entry.seq for entry in unnamed), project.explain(moves) if moves else (), strict=True))
    named = ((entry, told.get(entry.seq)) for entry in entries)
    return [e if name is None else replace(e, revision=name[0], direction=name[1]) for e, name in named]


def _record_if_reachable(project: Project) -> tuple[LedgerEntry, ...]:
    try:
        return record(project)
    except Unreachable:
        return ()
