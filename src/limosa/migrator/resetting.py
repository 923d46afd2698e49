"""Down to nothing and up again, where that is allowed."""

from __future__ import annotations

from limosa.config import Settings, is_same_database, other_databases
from limosa.errors import Declined
from limosa.graph.created import created_by
from limosa.migrator.changing import upgrade
from limosa.migrator.project import Project
from limosa.model.plan import Plan
from limosa.model.reset import Clearance, ResetReport
from limosa.model.revision import Direction
from limosa.run.clearing import Clearer, Scope
from limosa.run.request import Request

ALLOWED = frozenset({"development", "dev", "test", "testing", "ci", "local"})
"""Environments that may be reset unless their table says otherwise."""


def reset(project: Project, *, drops_everything: bool) -> ResetReport:
    """Drop what the project made, then upgrade to the heads."""
    check_allowed(project.settings)
    _refuse_databases_of_others(project)
    with project.stoppable():
        cleared = tuple(one.run() for one in _clearers(project, drops_everything=drops_everything))
        return ResetReport(cleared, upgrade(project, "heads"))


def look(project: Project, *, drops_everything: bool) -> tuple[Clearance, ...]:
    """Say what a reset would drop."""
    check_allowed(project.settings)
    _refuse_databases_of_others(project)
    return tuple(one.look() for one in _clearers(project, drops_everything=drops_everything))


def check_allowed(settings: Settings) -> None:
    """Refuse where there may be data that somebody needs."""
    name, allowed = settings.environment, settings.allow_reset
    if not _may_be_reset(name, allowed):
        reason = "its table says allow_reset = false" if allowed is False else "it is none for development"
        raise Declined(
            f"environment '{name}' may not be reset: {reason}; nothing was done",
            hint=f"choose another one with --env; or, if all its data may go, write allow_reset = true "
            f"into [environments.{name}] of the project's settings",
            environment=name,
        )


def _may_be_reset(name: str, allowed: bool | None) -> bool:
    return name.lower() in ALLOWED if allowed is None else allowed


def _refuse_databases_of_others(project: Project) -> None:
    """Refuse a database that belongs to an environment which may not be reset, however it was named."""
    guarded = [
        one
        for one in other_databases(project.settings)
        if not _may_be_reset(one.environment, one.allow_reset)
    ]
    if not guarded:
        return
    for target in project.databases.targets:
        for name, _, url in guarded:
            if is_same_database(target.url, url):
                raise Declined(
                    f"the database {target.url.masked} is that of environment '{name}', which may not be "
                    f"reset, although the chosen one is '{project.settings.environment}'; nothing was done",
                    hint=f"name another database with --url or --env; or, if all data of '{name}' may go, "
                    f"write allow_reset = true into [environments.{name}] of the project's settings",
                    environment=name,
                )


def _clearers(project: Project, *, drops_everything: bool) -> list[Clearer]:
    graph = project.graph  # what is wrong with the files is told before anything is dropped
    created = frozenset().union(*(created_by(graph.source(name)) for name in graph.revisions))

    def plan(rows: tuple[str, ...]) -> Plan:
        return Plan(Direction.DOWNGRADE, "base", rows, (), ())

    settings, databases = project.settings, project.databases
    request = Request("reset", "base", plan, project.explain, project.source, settings.limits)
    scope = Scope(created, drops_everything=drops_everything)
    return [
        Clearer(target, request, scope, emit=project.bus)
        for target in databases.targets
        if databases.exists(target)
    ]
