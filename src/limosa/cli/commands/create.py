"""``limosa create``: a new revision, filled by comparing models and database."""

from __future__ import annotations

import click

from limosa.cli.call import Call
from limosa.cli.group import command as limosa_command


@limosa_command("create")
@click.argument("message")
@click.option("--empty", is_flag=True, help="Compare nothing; leave both functions empty.")
@click.option("--ticket", metavar="ID", help="Put a ticket's id before the message in the file's name.")
@click.pass_obj
def command(call: Call, message: str, *, empty: bool, ticket: str | None) -> None:
    """Write a new revision for MESSAGE on top of the head.

    Both functions are filled by comparing the models with the database, which must be at head.
    Where they do not differ, the file is written all the same, and that is said.
    The file is named after MESSAGE; ids that count (001, 002) are counted on.
    """
    from limosa.cli.progress import progress  # noqa: PLC0415  # commands load when they run
    from limosa.cli.views.revisions import created_page  # noqa: PLC0415

    with progress(call.display) as sinks:
        migrator = call.migrator(*sinks, needs_url=not empty)
        revision = migrator.create(message, empty=empty, ticket=ticket)
    call.answer({"created": revision}, created_page(revision), is_report=True)
