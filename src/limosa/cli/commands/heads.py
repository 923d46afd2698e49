"""``limosa heads``: the newest revisions on disk."""

from __future__ import annotations

import click

from limosa.cli.call import Call
from limosa.cli.group import command as limosa_command


@limosa_command("heads")
@click.pass_obj
def command(call: Call) -> None:
    """Show the head revisions on disk."""
    from limosa.cli.views.revisions import heads_page  # noqa: PLC0415  # commands load when they run

    heads = call.migrator(needs_url=False).heads()
    call.answer({"heads": heads}, heads_page(heads))
