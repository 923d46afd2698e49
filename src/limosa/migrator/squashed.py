"""Revisions that a baseline has replaced: where they lie, and the way through them for a database below."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from limosa.config import alembic_facts
from limosa.errors import LimosaError
from limosa.graph import Graph
from limosa.migrator.project import Project
from limosa.model.edit import Applied
from limosa.model.plan import Plan, Step
from limosa.model.revision import Direction
from limosa.model.run import RunReport
from limosa.model.status import PendingRevision, State, Status
from limosa.model.url import DatabaseURL
from limosa.plan import plan_upgrade

FOLDER = "squashed"


@dataclass(frozen=True, slots=True)
class Replaced:
    """One squash: the baseline's id, and the files that it replaced."""

    baseline: str
    folder: Path
    graph: Graph


@dataclass(frozen=True, slots=True)
class Older:
    """The project as it was before a squash."""

    project: Project
    last: str
    """The revision at which the baseline takes over."""


def replaced(project: Project) -> tuple[Replaced, ...]:
    """All squashes of a project; a folder that cannot be read is none."""
    found = []
    for location in alembic_facts(project.settings).version_locations:
        for folder in sorted((location.parent / FOLDER).glob("*/")):
            try:
                graph = Graph.read([folder])
            except LimosaError:
                continue
            if len(graph.heads) == 1:
                found.append(Replaced(graph.heads[0], folder, graph))
    return tuple({one.folder: one for one in found}.values())


def squash_of(project: Project, revision: str) -> Replaced | None:
    """Which squash replaced this revision, which is not on disk any more."""
    # where a baseline was squashed itself, the way on from it is through the later one
    found = (one for one in replaced(project) if one.baseline != revision)
    return next((one for one in found if revision in one.graph.revisions), None)


def is_original(project: Project, applied: Applied) -> bool:
    """Was it applied as what its baseline has replaced since?"""
    return any(
        one.baseline == applied.revision and one.graph.revisions[one.baseline].checksum == applied.checksum
        for one in replaced(project)
    )


@contextmanager
def way_through(project: Project, rows: tuple[str, ...]) -> Iterator[Older | None]:
    """Hand out the project as it was before the squash that stands between these rows and the disk.

    None where no squash does.
    """
    unknown = [row for row in rows if row not in project.graph.revisions]
    squash = squash_of(project, unknown[0]) if unknown else None
    if squash is None or not all(row in squash.graph.revisions for row in unknown):
        yield None
    elif all(row in squash.graph.revisions for row in rows):
        yield Older(project.instead(squash.folder), squash.baseline)
    else:
        # beside them the other branches, and not the baseline, which has an id of theirs
        with tempfile.TemporaryDirectory(prefix="limosa-squashed-") as name:
            for revision in project.graph.revisions.values():
                if revision.id not in squash.graph.revisions:
                    shutil.copy2(revision.path, name)
            yield Older(project.instead(squash.folder, Path(name)), squash.baseline)


@contextmanager
def legs(project: Project, rows: tuple[str, ...], target: str) -> Iterator[tuple[tuple[Project, str], ...]]:
    """The way up from these rows: a project, and to where in it; one leg, unless revisions were squashed."""
    with ExitStack() as stack:
        found = []
        while (older := stack.enter_context(way_through(project, rows))) is not None:
            found.append((older.project, older.last))
            rows = plan_upgrade(older.project.graph, older.last, rows).after
        yield (*found, (project, target))


def plan_through(project: Project, rows: tuple[str, ...], target: str) -> Plan | None:
    """What an upgrade runs of a database that stands below a baseline; None where it does not."""
    with legs(project, rows, target) as way:
        if len(way) == 1:
            return None
        steps: list[Step] = []
        after = rows
        for each, last in way:
            plan = plan_upgrade(each.graph, last, after)
            steps, after = [*steps, *plan.steps], plan.after
    return Plan(Direction.UPGRADE, target, rows, after, tuple(steps))


def judged(project: Project, url: DatabaseURL, rows: tuple[str, ...]) -> Status | None:
    """A database below a baseline is behind, and not ahead; None for any other."""
    try:
        plan = plan_through(project, rows, "heads")
    except LimosaError:
        return None
    if plan is None:
        return None
    steps = (step.revision for step in plan.steps)
    pending = tuple(PendingRevision(one.id, one.message, str(one.path)) for one in steps)
    reason = "it stands at a revision that was squashed; 'limosa upgrade' goes through those that were"
    return project.judge.status(State.BEHIND, url, rows, pending, reason)


def joined(first: RunReport, rest: RunReport) -> RunReport:
    """One report of the way through what was squashed and of what came after it."""
    return replace(
        rest,
        number=first.number if rest.number is None else rest.number,
        outcome=first.outcome,
        before=first.before,
        steps=(*first.steps, *rest.steps),
        duration_s=first.duration_s + rest.duration_s,
        waited_s=first.waited_s + rest.waited_s,
    )
