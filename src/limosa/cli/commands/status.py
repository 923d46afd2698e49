"""``limosa status``: where the database stands against the revisions on disk."""

from __future__ import annotations

import click

from limosa.cli.call import Call
from limosa.cli.group import command as limosa_command
from limosa.model.exit_code import ExitCode
from limosa.model.status import State

CODES = {
    State.EMPTY: ExitCode.BEHIND,
    State.UNVERSIONED: ExitCode.BEHIND,
    State.BEHIND: ExitCode.BEHIND,
    State.AT_HEAD: ExitCode.OK,
    State.AHEAD: ExitCode.AHEAD,
    State.DIVERGED: ExitCode.AHEAD,
    State.UNREACHABLE: ExitCode.FAILURE,
}


@limosa_command("status")
@click.option(
    "--exit-code",
    "tells",
    is_flag=True,
    help="Exit with 3 if empty, unversioned or behind, 10 if ahead or diverged.",
)
@click.pass_obj
def command(call: Call, *, tells: bool) -> int:
    """Show where the database stands.

    The exit code is 1 if the database cannot be reached; --exit-code tells the other states, too.
    """
    from limosa.cli.views.standing import status_page  # noqa: PLC0415  # commands load when they run

    status = call.migrator().status(with_edits=True)
    call.answer(status, status_page(status))
    if not status.needs_migration and status.state in {State.EMPTY, State.UNVERSIONED, State.AT_HEAD}:
        return ExitCode.OK
    return CODES[status.state] if tells or status.state is State.UNREACHABLE else ExitCode.OK
