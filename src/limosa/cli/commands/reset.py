"""``limosa reset``: drop what the project made, and upgrade again; for development."""

from __future__ import annotations

import sys

import click

from limosa.cli.call import Call
from limosa.cli.group import command as limosa_command
from limosa.errors import Declined
from limosa.model.exit_code import ExitCode


@limosa_command("reset")
@click.option("-y", "--yes", is_flag=True, help="Do not ask.")
@click.option("--everything", is_flag=True, help="Drop also what no revision names, in the same schemas.")
@click.pass_obj
def command(call: Call, *, yes: bool, everything: bool) -> int:
    """Drop what the project made, and upgrade again.

    For development: other environments than development, dev, test, testing, ci and local are
    refused unless their table in the settings says allow_reset = true; so is their database, by
    whatever name it is given. Dropped is, in one transaction, what the revisions say that they
    create, without any downgrade(). What others made stays, as does the ledger. On a terminal a
    person is asked; elsewhere --yes is needed.
    """
    from limosa.cli.progress import progress  # noqa: PLC0415  # commands load when they run
    from limosa.cli.views.resets import reset_page  # noqa: PLC0415

    if not yes:
        _ask(call, everything=everything)
    with progress(call.display) as sinks:
        report = call.migrator(*sinks).reset(everything=everything)
    call.answer(report, reset_page(report), is_report=True)
    return ExitCode.OK


def _ask(call: Call, *, everything: bool) -> None:
    from limosa.cli.views.resets import clearance_page  # noqa: PLC0415  # commands load when they run

    clearances = call.migrator().reset_plan(everything=everything)
    flag = " --everything" if everything else ""
    if not call.can_ask:
        raise Declined(
            "a reset loses all data and needs a yes, and there is nobody to ask",
            hint=f"limosa reset{flag} --yes",
        )
    for clearance in clearances:
        call.show(clearance_page(clearance, "would drop"), stream=sys.stderr)
    if not click.confirm("All data in them is lost. Drop them, and upgrade again?", err=True):
        raise Declined("declined, and nothing was done")
