"""The global options: on the group, and again after the name of each command."""

from __future__ import annotations

from typing import Any

import click


def _keep(context: click.Context, parameter: click.Parameter, value: Any) -> None:
    if value not in (None, False, ()) and not context.resilient_parsing:
        context.find_root().obj.keep(parameter.name, value)


def _version(context: click.Context, _parameter: click.Parameter, value: Any) -> None:
    if not value or context.resilient_parsing:
        return
    from importlib.metadata import version  # noqa: PLC0415  # slow, and seldom asked for

    click.echo(f"limosa {version('limosa')}")
    context.exit()


def _option(*names: str, help_text: str, **more: Any) -> click.Option:
    return click.Option(names, help=help_text, expose_value=False, callback=_keep, **more)


def global_options() -> list[click.Option]:
    """Return the options that every command takes; a LIMOSA_ variable stands for each."""
    return [
        _option("--project", metavar="FOLDER", help_text="The project's folder.  [LIMOSA_PROJECT]"),
        _option(
            "--env", "environment", metavar="NAME", help_text="The environment of the settings.  [LIMOSA_ENV]"
        ),
        _option(
            "--url",
            metavar="URL",
            help_text="The database; a password is safer in the variable.  [LIMOSA_URL]",
        ),
        _option("-c", "--config", metavar="FILE", help_text="Alembic's configuration file.  [LIMOSA_CONFIG]"),
        _option(
            "-n", "--name", "section", metavar="NAME", help_text="The section in an ini file.  [LIMOSA_NAME]"
        ),
        _option("--all-names", is_flag=True, help_text="Each section with revisions, one after the other."),
        _option(
            "-x",
            "x",
            metavar="KEY=VALUE",
            multiple=True,
            help_text="An argument for env.py; repeatable.  [LIMOSA_X]",
        ),
        _option("-q", "--quiet", is_flag=True, help_text="No progress, no report.  [LIMOSA_QUIET]"),
        _option("-v", "--verbose", is_flag=True, help_text="Each statement; tracebacks.  [LIMOSA_VERBOSE]"),
        _option("--no-color", is_flag=True, help_text="No colours.  [LIMOSA_NO_COLOR, NO_COLOR]"),
        _option("--json", is_flag=True, help_text="One JSON document on stdout."),
        click.Option(
            ["--version"],
            is_flag=True,
            is_eager=True,
            expose_value=False,
            callback=_version,
            help="Show the version and exit.",
        ),
    ]
