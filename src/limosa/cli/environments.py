"""The options by which a command looks at several environments, or at none."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from limosa.cli.call import Call
    from limosa.migrator import Migrator
    from limosa.migrator.survey import Surveyed


def environment_options(function: Callable[..., Any]) -> Callable[..., Any]:
    """Add --env (repeatable), --all-environments and --no-database to a command."""
    for add in (
        click.option("--no-database", "is_offline", is_flag=True, help="Ask no database: files alone."),
        click.option("--all-environments", "is_everywhere", is_flag=True, help="All of the settings."),
        click.option(
            "--env",
            "environments",
            metavar="NAME",
            multiple=True,
            help="An environment of the settings; repeatable.  [LIMOSA_ENV]",
        ),
    ):
        function = add(function)
    return function


def surveyed(
    call: Call, environments: tuple[str, ...], *, is_everywhere: bool, is_offline: bool
) -> tuple[Migrator, tuple[Surveyed, ...]]:
    """Open the project, and look at the environments that were asked for."""
    from limosa.migrator.survey import survey  # noqa: PLC0415  # commands load when they run

    if environments:
        call.keep("environment", environments[0])
    project = call.migrator(needs_url=False)
    if is_offline:
        return project, ()
    names = project.settings.environments if is_everywhere else environments
    chosen = names or (project.settings.environment,)
    return project, survey(project, chosen, lambda name: call.migrator(environment=name))
