"""``limosa doctor``: everything that a migration needs here, and what is missing."""

from __future__ import annotations

import click

from limosa.cli.call import Call
from limosa.cli.group import command as limosa_command
from limosa.model.exit_code import ExitCode


@limosa_command("doctor")
@click.pass_obj
def command(call: Call) -> int:
    """Show the settings, and what is missing here.

    Each setting with where it came from; versions, drivers, programs, scratch servers, the
    project's files, the database. Nothing is changed, and no part that fails keeps the others from
    being shown. The exit code is 1 if something is missing without which migrations cannot run.
    """
    from limosa.cli.views.doctor import doctor_page  # noqa: PLC0415  # commands load when they run
    from limosa.migrator.doctor import examine  # noqa: PLC0415

    report = examine(call.settings)
    call.answer(report, doctor_page(report))
    return ExitCode.OK if report.is_fit else ExitCode.FAILURE
