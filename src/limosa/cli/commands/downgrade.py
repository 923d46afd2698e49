"""``limosa downgrade``: take the database down, after a yes."""

from __future__ import annotations

import sys

import click

from limosa.cli.call import Call
from limosa.cli.group import command as limosa_command
from limosa.errors import Declined
from limosa.model.revision import Direction


@limosa_command("downgrade")
@click.argument("revision")
@click.option("-y", "--yes", is_flag=True, help="Do not ask.")
@click.option("--sql", is_flag=True, help="Print the script that Alembic writes for FROM:TO.")
@click.option("--dry-run", is_flag=True, help="Show what would run, as 'limosa plan --down' does.")
@click.pass_obj
def command(call: Call, revision: str, *, yes: bool, sql: bool, dry_run: bool) -> int:
    """Take the database down to REVISION, after a yes.

    REVISION is an id or its beginning, -1, base or branch@base. On a terminal the steps are
    shown and a person is asked; elsewhere --yes is needed.
    """
    if sql or dry_run:
        from limosa.cli.planning import show_instead  # noqa: PLC0415  # commands load when they run

        return show_instead(call, revision, Direction.DOWNGRADE, sql=sql, dry_run=dry_run)
    if not yes:
        _ask(call, revision)
    return call.run(lambda migrator: migrator.downgrade(revision))


def _ask(call: Call, revision: str) -> None:
    from limosa.cli.views.runs import plan_page  # noqa: PLC0415  # commands load when they run

    if not call.can_ask:
        raise Declined(
            "a downgrade may lose data and needs a yes, and there is nobody to ask",
            hint=f"limosa downgrade {revision} --yes",
        )
    plan = call.migrator().plan(revision, direction=Direction.DOWNGRADE)
    if plan.is_empty:
        return
    call.show(plan_page(plan), stream=sys.stderr)
    if not click.confirm("Data that only these revisions hold is lost. Run them?", err=True):
        raise Declined("declined, and nothing was done")
