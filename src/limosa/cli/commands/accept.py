"""``limosa accept``: say why an applied revision was edited."""

from __future__ import annotations

import click

from limosa.cli.call import Call
from limosa.cli.group import command as limosa_command


@limosa_command("accept")
@click.argument("revision")
@click.option("--reason", required=True, metavar="TEXT", help="Why what is on disk is right.")
@click.pass_obj
def command(call: Call, revision: str, *, reason: str) -> None:
    """Say why REVISION was edited after it was applied.

    Who, when, why, and the checksums before and after are written into the ledger. Exactly this edit
    is not spoken of again; the next one is. REVISION is an id or its beginning.
    """
    from limosa.cli.views.revisions import accepted_page  # noqa: PLC0415  # commands load when they run

    accepted = call.migrator().accept(revision, reason=reason)
    call.answer(accepted, accepted_page(accepted))
