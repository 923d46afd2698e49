"""``limosa plan``: what a run would do, with the statements of each step."""

from __future__ import annotations

import click

from limosa.cli.call import Call
from limosa.cli.group import command as limosa_command
from limosa.model.revision import Direction


@limosa_command("plan")
@click.argument("revision", default="heads")
@click.option("--down", is_flag=True, help="Plan the way down to REVISION.")
@click.option("--brief", is_flag=True, help="The revisions alone; nothing is run.")
@click.option("--no-snapshot", is_flag=True, help="Do not say from which snapshot an upgrade would start.")
@click.pass_obj
def command(call: Call, revision: str, *, down: bool, brief: bool, no_snapshot: bool) -> int:
    """Show what a run to REVISION would do, statement by statement.

    The revisions run on a scratch copy of the schema that has none of the rows, so that
    revisions which read the database are shown, too. The database itself is only read.
    Where an empty one would start from a snapshot, that is said, and the revisions are shown.
    """
    from limosa.cli.planning import show_plan  # noqa: PLC0415  # commands load when they run

    direction = Direction.DOWNGRADE if down else Direction.UPGRADE
    return show_plan(call, revision, direction, has_statements=not brief, use_snapshot=not no_snapshot)
