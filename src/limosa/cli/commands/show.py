"""``limosa show``: one revision in full."""

from __future__ import annotations

import click

from limosa.cli.call import Call
from limosa.cli.group import command as limosa_command


@limosa_command("show")
@click.argument("revision")
@click.pass_obj
def command(call: Call, revision: str) -> None:
    """Show REVISION in full.

    Its place in the graph, its source, and its rows in the ledger. REVISION is an id or its beginning.
    """
    from limosa.cli.views.revisions import detail_page  # noqa: PLC0415  # commands load when they run

    detail = call.migrator().show(revision)
    call.answer(detail, detail_page(detail))
