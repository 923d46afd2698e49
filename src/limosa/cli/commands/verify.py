"""``limosa verify``: the checks that people otherwise make by hand."""

from __future__ import annotations

import click

from limosa.cli.call import Call
from limosa.cli.group import command as limosa_command
from limosa.model.exit_code import ExitCode


@limosa_command("verify")
@click.pass_obj
def command(call: Call) -> int:
    """Check the database against its revisions.

    Each check is a line; the exit code is 1 if one of them fails.
    """
    from limosa.cli.views.standing import verify_page  # noqa: PLC0415  # commands load when they run

    report = call.migrator().verify()
    call.answer({"passed": report.passed, "checks": report.checks}, verify_page(report))
    return ExitCode.OK if report.passed else ExitCode.FAILURE
