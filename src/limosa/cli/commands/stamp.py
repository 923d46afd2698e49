"""``limosa stamp``: write a version without running anything."""

from __future__ import annotations

import click

from limosa.cli.call import Call
from limosa.cli.group import command as limosa_command


@limosa_command("stamp")
@click.argument("revision")
@click.pass_obj
def command(call: Call, revision: str) -> int:
    """Say that the database is at REVISION, and run nothing.

    REVISION is an id or its beginning, head, heads or base.
    """
    return call.run(lambda migrator: migrator.stamp(revision))
