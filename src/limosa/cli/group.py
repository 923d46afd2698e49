"""The ``limosa`` group: a command is a file in ``commands/``, found by name, loaded when it is called."""

from __future__ import annotations

import pkgutil
import re
from collections.abc import Callable
from importlib import import_module
from typing import Any

import click

from limosa.cli import commands
from limosa.cli.options import global_options
from limosa.model.exit_code import ExitCode

_RELATIVE = re.compile(r"-\d+")


class LimosaCommand(click.Command):
    """A command that also takes the global options, and ``-1`` as an argument."""

    answers_for_all_names = False
    """Does one answer hold what there is to say of each section, so that it asks for each itself?"""

    def get_params(self, ctx: click.Context) -> list[click.Parameter]:
        """Put the global options behind the command's own, which may hide one of them."""
        own = super().get_params(ctx)
        taken = {name for parameter in self.params for name in parameter.opts}
        shared = [option for option in _global(ctx) if taken.isdisjoint(option.opts)]
        return [*own[: len(self.params)], *shared, *own[len(self.params) :]]

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Let ``downgrade -1`` mean the revision and no option."""
        has_argument = any(isinstance(parameter, click.Argument) for parameter in self.params)
        return super().parse_args(ctx, _relative_last(args, self.get_params(ctx)) if has_argument else args)

    def invoke(self, ctx: click.Context) -> Any:
        """Run the command, with ``--all-names`` once for each section of the ini file."""
        if self.answers_for_all_names or not ctx.obj.wants_all_names:
            return super().invoke(ctx)
        from limosa.cli.names import for_each_name  # noqa: PLC0415  # few projects have several

        return for_each_name(ctx.obj, lambda: super(LimosaCommand, self).invoke(ctx))

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """List the command's own options first, the global ones apart."""
        _write_options(ctx, formatter, self.get_params(ctx))


class LimosaGroup(click.Group):
    """Finds its commands by listing the folder."""

    def get_params(self, ctx: click.Context) -> list[click.Parameter]:
        """Take the global options before the command, too."""
        return [*super().get_params(ctx), *_global(ctx)]

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002
        """Return the names of the files in ``commands/``."""
        return sorted(module.name for module in pkgutil.iter_modules(commands.__path__))

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Load a command."""
        if cmd_name not in self.list_commands(ctx):
            return None
        found: click.Command = import_module(f"limosa.cli.commands.{cmd_name}").command
        return found

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Name the closest command where one is not known."""
        name = args[0]
        if not name.startswith("-") and name not in self.list_commands(ctx):
            import difflib  # noqa: PLC0415  # only after a mistake

            close = difflib.get_close_matches(name, self.list_commands(ctx), n=1)
            meant = f", did you mean '{close[0]}'?" if close else ""
            raise click.UsageError(f"no such command '{name}'{meant}", ctx)
        return super().resolve_command(ctx, args)

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """List the options, then the commands."""
        _write_options(ctx, formatter, self.get_params(ctx))
        self.format_commands(ctx, formatter)


def command(
    name: str, *, epilog: str | None = None, cls: type[LimosaCommand] = LimosaCommand
) -> Callable[[Callable[..., Any]], click.Command]:
    """Make a function a command of Limosa."""
    return click.command(name, cls=cls, epilog=epilog)


@click.group(
    cls=LimosaGroup,
    invoke_without_command=True,
    no_args_is_help=False,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110},
)
@click.pass_context
def root(context: click.Context) -> int:
    """Take a SQLAlchemy and Alembic project's schema from one revision to another.

    Start with: limosa status
    """
    if context.invoked_subcommand is None:
        click.echo(context.get_help(), err=True)
        context.exit(ExitCode.USAGE)
    return ExitCode.OK


def _global(ctx: click.Context) -> list[click.Option]:
    # kept by context, because Click asks several times and must be given the same objects
    kept: list[click.Option] = ctx.meta.setdefault(f"limosa.options.{id(ctx)}", global_options())
    return kept


def _relative_last(args: list[str], parameters: list[click.Parameter]) -> list[str]:
    if "--" in args:
        return args
    options = [parameter for parameter in parameters if isinstance(parameter, click.Option)]
    with_value = {name for option in options if not option.is_flag for name in option.opts}
    places = [
        place
        for place, word in enumerate(args)
        if _RELATIVE.fullmatch(word) and (place == 0 or args[place - 1] not in with_value)
    ]
    if not places:
        return args
    others = [word for place, word in enumerate(args) if place not in places]
    return [*others, "--", *(args[place] for place in places)]


def _write_options(
    ctx: click.Context, formatter: click.HelpFormatter, parameters: list[click.Parameter]
) -> None:
    shared = {id(option) for option in _global(ctx)}
    for title, wanted in (("Options", False), ("Global options", True)):
        records = [
            record
            for parameter in parameters
            if isinstance(parameter, click.Option)
            and (id(parameter) in shared) is wanted
            and (record := parameter.get_help_record(ctx)) is not None
        ]
        if records:
            with formatter.section(title):
                formatter.write_dl(records)
