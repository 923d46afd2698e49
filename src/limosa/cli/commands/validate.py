"""``limosa validate``: everything that is wrong with the revision files."""

from __future__ import annotations

import click

from limosa.cli.call import Call
from limosa.cli.group import command as limosa_command
from limosa.model.exit_code import ExitCode


@limosa_command("validate")
@click.option("--files", "is_files_only", is_flag=True, help="Look at the files alone; no database is asked.")
@click.pass_obj
def command(call: Call, *, is_files_only: bool) -> int:
    """Look for everything that is wrong with the revision files.

    Whether they make one graph with one head, can be executed, have both functions, and are what was
    applied to the database. The exit code is 1 if something must be mended, and 4 if that is only
    that applied revisions were changed.
    """
    from limosa.cli.views.validation import validation_page  # noqa: PLC0415  # commands load when they run

    found = call.migrator(needs_url=not is_files_only).validate(files_only=is_files_only)
    call.answer(found, validation_page(found))
    if found.passed:
        return ExitCode.OK
    return ExitCode.DRIFT if {one.subject for one in found.errors} == {"edited"} else ExitCode.FAILURE
