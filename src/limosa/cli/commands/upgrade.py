"""``limosa upgrade``: take the database up."""

from __future__ import annotations

import click

from limosa.cli.call import Call
from limosa.cli.group import command as limosa_command
from limosa.model.revision import Direction


@limosa_command("upgrade")
@click.argument("revision", default="head")
@click.option("--sql", is_flag=True, help="Print the script that Alembic writes; FROM:TO for a range.")
@click.option("--dry-run", is_flag=True, help="Show what would run, as 'limosa plan' does.")
@click.option("--no-snapshot", is_flag=True, help="Run all revisions, even on an empty database.")
@click.pass_obj
def command(call: Call, revision: str, *, sql: bool, dry_run: bool, no_snapshot: bool) -> int:
    """Take the database up to REVISION.

    REVISION is an id or its beginning, head, heads, +1 or branch@head; head by default.
    An empty database starts from the newest snapshot that fits the revisions on disk.
    """
    if sql or dry_run:
        from limosa.cli.planning import show_instead  # noqa: PLC0415  # commands load when they run

        return show_instead(
            call, revision, Direction.UPGRADE, sql=sql, dry_run=dry_run, use_snapshot=not no_snapshot
        )
    return call.run(lambda migrator: migrator.upgrade(revision, use_snapshot=not no_snapshot))
