"""The verbs that run revisions on scratch databases, and leave the project's own as it is."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace

from limosa.alembic_bridge.detour import Detour
from limosa.alembic_bridge.environment import Environment
from limosa.errors import ConfigError
from limosa.migrator.databases import Databases
from limosa.migrator.looking import plan as pure_plan
from limosa.migrator.looking import planner, whole
from limosa.migrator.project import Project
from limosa.migrator.squashed import legs
from limosa.model.plan import Plan
from limosa.model.revision import Direction
from limosa.model.url import DatabaseURL
from limosa.rehearse import Stage, capture
from limosa.run.request import Request, Target

_RECONNECT_S = 5.0


def captured_plan(project: Project, target: str, direction: Direction) -> Plan:
    """What a run would do, with the statements of each step; the database is only read."""
    with whole(project, direction) as seen:
        plan = pure_plan(seen, target, direction)
        if plan.is_empty:
            return plan
        database = only_target(seen)
        with _way(seen, direction, target) as way:
            runs = [(stage(one, database), request(one, direction, last)) for one, last in way]
            captured = capture(plan, runs, database)
    if captured.error is not None:
        captured.error.fields["plan"] = captured.plan
        raise captured.error
    return captured.plan


@contextmanager
def _way(project: Project, direction: Direction, target: str) -> Iterator[tuple[tuple[Project, str], ...]]:
    """A database below a baseline goes up through what was squashed first."""
    if direction is Direction.DOWNGRADE:
        yield ((project, target),)
        return
    with legs(project, project.rows(), target) as found:
        yield found


def request(project: Project, direction: Direction, target: str) -> Request:
    """Ask for a run on a scratch database."""
    limits = replace(project.settings.limits, reconnect_s=_RECONNECT_S)
    way = planner(direction)
    plan: Callable[[tuple[str, ...]], Plan] = lambda rows: way(project.graph, target, rows)  # noqa: E731
    return Request(direction.value, target, plan, project.explain, project.source, limits)


def stage(project: Project, target: Target) -> Stage:
    """Lead env.py away from this database, to whichever scratch database is asked for."""

    def databases(url: DatabaseURL) -> Databases:
        origins = {**project.settings.origins, "url": "a scratch database"}
        settings = replace(project.settings, url=url, origins=origins)
        return Databases(settings, beside=project.databases.beside, instead=project.databases.instead)

    @contextmanager
    def handed(url: DatabaseURL) -> Iterator[None]:
        with databases(url).handed():
            yield

    def environment(url: DatabaseURL) -> Environment:
        return databases(url).environment(detour=Detour(target.url, url))

    return Stage(
        handed,
        environment,
        lambda revision: request(project, Direction.UPGRADE, revision),
        target.version_table,
    )


def only_target(project: Project) -> Target:
    """Return the project's one database; refuse several."""
    targets = project.databases.targets
    if len(targets) > 1:
        listed = ", ".join(target.url.masked for target in targets)
        raise ConfigError(
            f"env.py connects to {len(targets)} databases, and a scratch copy stands for one: {listed}",
            hint="see the revisions alone: limosa plan --brief",
        )
    return targets[0]
