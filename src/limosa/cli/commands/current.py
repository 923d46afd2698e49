"""``limosa current``: the version rows of the database."""

from __future__ import annotations

import click

from limosa.cli.call import Call
from limosa.cli.group import command as limosa_command


@limosa_command("current")
@click.pass_obj
def command(call: Call) -> None:
    """Show the revisions at which the database stands."""
    from limosa.cli.views.standing import current_page  # noqa: PLC0415  # commands load when they run

    current = call.migrator().current()
    call.answer({"current": current}, current_page(current))
