"""``limosa pending``: what an upgrade to the heads would run."""

from __future__ import annotations

import click

from limosa.cli.call import Call
from limosa.cli.group import command as limosa_command


@limosa_command("pending")
@click.pass_obj
def command(call: Call) -> None:
    """Show the revisions that an upgrade would run, in order."""
    from limosa.cli.views.revisions import pending_page  # noqa: PLC0415  # commands load when they run

    pending = call.migrator().pending()
    call.answer({"pending": pending}, pending_page(pending))
