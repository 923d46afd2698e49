"""``limosa upgrade``: take the database up."""

from __future__ import annotations

import click

from limosa.cli.call import Call
from limosa.cli.group import command as limosa_command


@limosa_command("upgrade")
@click.argument("revision", default="head")
@click.pass_obj
def command(call: Call, revision: str) -> int:
    """Take the database up to REVISION.

    REVISION is an id or its beginning, head, heads, +1 or branch@head; head by default.
    """
    return call.run(lambda migrator: migrator.upgrade(revision))
