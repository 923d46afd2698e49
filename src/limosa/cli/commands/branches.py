"""``limosa branches``: where the history forks."""

from __future__ import annotations

import click

from limosa.cli.call import Call
from limosa.cli.group import command as limosa_command


@limosa_command("branches")
@click.pass_obj
def command(call: Call) -> None:
    """Show the revisions on which several others stand."""
    from limosa.cli.views.revisions import branches_page  # noqa: PLC0415  # commands load when they run

    points = call.migrator(needs_url=False).branches()
    call.answer({"branches": points}, branches_page(points))
