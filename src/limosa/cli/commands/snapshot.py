"""``limosa snapshot``: write the schema as a file from which new databases start."""

from __future__ import annotations

import click

from limosa.cli.call import Call
from limosa.cli.group import command as limosa_command


@limosa_command("snapshot")
@click.argument("revision", default="heads")
@click.pass_obj
def command(call: Call, revision: str) -> None:
    """Write the schema at REVISION as a file to start from.

    It goes into the folder 'snapshots' beside env.py, to be committed with the revisions:
    'limosa upgrade' then makes an empty database from it instead of running them. Before it
    is written it is proven: a scratch database made from it equals one that was upgraded.
    """
    from limosa.cli.views.plans import snapshot_page  # noqa: PLC0415  # commands load when they run

    report = call.migrator().snapshot(revision)
    call.answer(report, snapshot_page(report), is_report=True)
