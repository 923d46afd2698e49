"""The verbs that change the database: each is a request to the executor."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from typing import TYPE_CHECKING

from limosa.errors import Ahead, GraphError
from limosa.migrator.project import Project
from limosa.model.plan import Plan
from limosa.model.revision import Direction
from limosa.model.run import Outcome, RunReport
from limosa.plan import plan_downgrade, plan_stamp, plan_upgrade

if TYPE_CHECKING:
    from limosa.model.edit import Acceptance, Applied
    from limosa.run.request import Request, Target


def upgrade(project: Project, target: str, *, use_snapshot: bool = True) -> RunReport:
    """Bring the database up to the target; an empty one starts from a snapshot that fits."""
    from limosa.migrator.starting import joined, start_from_snapshot  # noqa: PLC0415  only upgrades need it

    with explained(project):
        started = start_from_snapshot(project, target) if use_snapshot else None
        rest = _upgrade(project, target)
        return rest if started is None else joined(started, rest)


def _upgrade(project: Project, target: str) -> RunReport:
    """Upgrade; a database that stands below a baseline goes through what was squashed first."""
    try:
        return _run(project, "upgrade", target, lambda rows: plan_upgrade(project.graph, target, rows))
    except Ahead:
        from limosa.migrator.squashed import joined, plan_through, way_through  # noqa: PLC0415  seldom needed

        rows = project.rows()
        with way_through(project, rows) as older:
            if older is None or len(project.databases.targets) != 1:
                raise
            plan_through(project, rows, target)  # what is wrong with the target is told before anything runs
            graph, last = older.project.graph, older.last
            first = _run(older.project, "upgrade", last, lambda rows: plan_upgrade(graph, last, rows))
    return joined(first, _upgrade(project, target))


def downgrade(project: Project, target: str) -> RunReport:
    """Take the database down to the target; with what is kept in it of revisions that are not on disk."""
    try:
        return _run(project, "downgrade", target, lambda rows: plan_downgrade(project.graph, target, rows))
    except Ahead:
        from limosa.migrator.stored import with_stored  # noqa: PLC0415  seldom needed

        with explained(project), with_stored(project) as whole:
            return _run(whole, "downgrade", target, lambda rows: plan_downgrade(whole.graph, target, rows))


def stamp(project: Project, target: str) -> RunReport:
    """Move the version rows and run nothing."""

    def plan(rows: tuple[str, ...]) -> Plan:
        after = plan_stamp(project.graph, target, rows)
        return Plan(Direction.UPGRADE, target, rows, after, ())

    with explained(project):
        return _run(project, "stamp", target, plan)


@contextmanager
def explained(project: Project) -> Iterator[None]:
    """Let Ahead say who brought the database there, and how to get it back."""
    try:
        yield
    except Ahead as error:
        from limosa.migrator.ahead import told  # noqa: PLC0415  seldom needed

        raise told(project, error) from None


def _with_functions(plan: Plan) -> Plan:
    """Refuse a plan of which a revision lacks the function that it needs, before anything runs."""
    for step in plan.steps:
        revision = step.revision
        if not (revision.has_upgrade if step.direction is Direction.UPGRADE else revision.has_downgrade):
            is_up = step.direction is Direction.UPGRADE
            other = (
                ", with pass if there is nothing to do" if is_up else "; in development also: limosa reset"
            )
            raise GraphError(
                f"revision '{revision.id}' has no {step.direction}() function, in '{revision.path}'",
                hint=f"write 'def {step.direction}() -> None:' into the file{other}",
                revision=revision.id,
                paths=(str(revision.path),),
            )
    return plan


def _run(project: Project, verb: str, requested: str, plan: Callable[[tuple[str, ...]], Plan]) -> RunReport:
    from limosa.run.request import Request  # noqa: PLC0415  what only looks needs no executor

    _ = project.graph  # what is wrong with the files is told before anything is touched
    databases = project.databases
    targets = databases.targets
    request = Request(
        verb,
        requested,
        lambda rows: _with_functions(plan(rows)),
        project.explain,
        project.source,
        project.settings.limits,
        partial(_examined, project),
    )
    if len(targets) == 1 and (report := _nothing_to_do(project, request, targets[0])) is not None:
        return report

    from limosa.run.executor import Executor  # noqa: PLC0415  imports Alembic

    with project.stoppable(), databases.handed():
        return Executor(targets, request, databases.environment, emit=project.bus).run()[0]


def _examined(
    project: Project, rows: tuple[str, ...], applied: Sequence[Applied], accepted: Sequence[Acceptance]
) -> Sequence[str]:
    from limosa.migrator.edits import examine  # noqa: PLC0415  to find nothing to do takes no comparison

    return examine(project, rows, applied, accepted)


def _nothing_to_do(project: Project, request: Request, target: Target) -> RunReport | None:
    """Look before asking for the lock: to find that there is nothing to do takes none."""
    if not project.databases.exists(target):
        plan = request.plan(())
        return _nothing(target, ()) if plan.is_empty and not plan.after else None
    if request.verb != "upgrade":
        return None
    rows = project.databases.rows_of(target)
    if not rows or not request.plan(rows).is_empty:
        return None
    return _nothing(target, rows)


def _nothing(target: Target, rows: tuple[str, ...]) -> RunReport:
    return RunReport(None, Outcome.NOTHING_TO_DO, rows, rows, (), 0.0, 0.0, target.url.masked)
