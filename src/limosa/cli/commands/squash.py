"""``limosa squash``: one baseline revision in the place of many, after a yes."""

from __future__ import annotations

import sys

import click

from limosa.cli.call import Call
from limosa.cli.group import command as limosa_command
from limosa.errors import Declined


@limosa_command("squash")
@click.argument("revision", default="head")
@click.option("-y", "--yes", is_flag=True, help="Do not ask.")
@click.pass_obj
def command(call: Call, revision: str, *, yes: bool) -> None:
    """Put one baseline in the place of many revisions.

    The baseline stands for all revisions up to REVISION and has its id, so that databases at or
    above it go on as before. The files move into the folder 'squashed' beside the revisions, where
    'limosa upgrade' finds them for a database below. It is proven on scratch databases before
    anything is moved.
    """
    from limosa.cli.views.plans import squash_page  # noqa: PLC0415  # commands load when they run

    migrator = call.migrator()
    if not yes:
        if not call.can_ask:
            raise Declined(
                "a squash moves files and needs a yes, and there is nobody to ask",
                hint=f"limosa squash {revision} --yes",
            )
        call.show(squash_page(migrator.squash(revision, dry_run=True)), stream=sys.stderr)
        if not click.confirm("Replace them?", err=True):
            raise Declined("declined, and nothing was done")
    done = migrator.squash(revision)
    call.answer(done, squash_page(done), is_report=True)
