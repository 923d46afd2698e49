"""The way up and the way back of every revision, on an empty database that is thrown away afterwards."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from functools import partial

from limosa.engines.base import OpenSession
from limosa.errors import ConfigError, LimosaError
from limosa.migrator.project import Project
from limosa.migrator.rehearsing import only_target
from limosa.model.events import Event, StepFinished
from limosa.model.plan import Plan, Step
from limosa.model.revision import Direction
from limosa.model.schema import Schema
from limosa.model.tour import Leg, Tour
from limosa.plan import plan_upgrade
from limosa.plan.rows import steps_with_rows
from limosa.run.executor import Executor
from limosa.run.request import Request


def tour(project: Project, *, one_way: Collection[str] = ()) -> Tour:
    """Take each revision up, down and up again, and look at the schema after each step.

    Revisions of ``one_way`` go up alone. What a revision raises comes through; its field
    ``tour`` holds the tour until then.
    """
    guide = _Guide(project)
    try:
        guide.run(tuple(_there_and_back(project, one_way)))
    except LimosaError as error:
        error.fields["tour"] = guide.tour
        raise
    return guide.tour


def schema(project: Project) -> Schema:
    """The schema of the project's one database as it is now."""
    target = only_target(project)
    with project.databases.session(target) as session:
        return project.databases.engine(target).schema(session, target.version_table)


def _there_and_back(project: Project, one_way: Collection[str]) -> Iterator[Step]:
    graph = project.graph
    for up in plan_upgrade(graph, "heads", ()).steps:
        yield up
        if up.revision.id not in one_way:
            (down,) = steps_with_rows(graph, Direction.DOWNGRADE, [up.revision.id], up.after)
            yield down
            yield from steps_with_rows(graph, Direction.UPGRADE, [up.revision.id], down.after)


class _Guide:
    """Runs steps, all in one run, and writes down the schema after each."""

    def __init__(self, project: Project) -> None:
        self._project = project
        self._target = only_target(project)
        self._start = schema(project)
        self._steps: tuple[Step, ...] = ()
        self._legs: list[Leg] = []

    @property
    def tour(self) -> Tour:
        """The tour until now."""
        return Tour(self._start, tuple(self._legs))

    def run(self, steps: tuple[Step, ...]) -> None:
        """Run the steps."""
        if not steps:
            return
        self._steps, project = steps, self._project
        request = Request(
            "upgrade", "heads", self._rest, project.explain, project.source, project.settings.limits
        )
        with (
            project.stoppable(),
            project.databases.handed(),
            project.databases.session(self._target) as session,
        ):
            look = partial(self._look, session)
            Executor((self._target,), request, project.databases.environment, emit=look).run()

    def _rest(self, rows: tuple[str, ...]) -> Plan:
        left = self._steps[len(self._legs) :]
        return Plan(Direction.UPGRADE, "heads", rows, self._steps[-1].after, left)

    def _look(self, session: OpenSession, event: Event) -> None:
        if not isinstance(event, StepFinished):
            return
        databases, step = self._project.databases, self._steps[len(self._legs)]
        engine = databases.engine(self._target)
        if databases.rows(self._target, session) != step.after:
            raise ConfigError(
                "env.py runs several revisions in one transaction, so none can be looked at by itself",
                hint="leave 'transaction_per_migration' in env.py's context.configure() away, or set it",
            )
        found = engine.schema(session, self._target.version_table)
        self._legs.append(Leg(step.revision.id, step.direction, found))
