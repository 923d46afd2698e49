"""``limosa check``: do the models, the revisions and the database agree?"""

from __future__ import annotations

import click

from limosa.cli.call import Call
from limosa.cli.group import command as limosa_command
from limosa.model.check import Verdict
from limosa.model.exit_code import ExitCode

_CODES = {
    Verdict.AHEAD: ExitCode.AHEAD,
    Verdict.DRIFT: ExitCode.DRIFT,
    Verdict.BEHIND: ExitCode.BEHIND,
    Verdict.PASSED: ExitCode.OK,
}


@limosa_command("check")
@click.option(
    "--history",
    is_flag=True,
    help="Compare the database with its revisions, too: they run on a scratch database.",
)
@click.option(
    "--accept", metavar="REASON", help="Accept what differs now: write it into limosa-baseline.toml."
)
@click.option("--full", is_flag=True, help="Compare even if nothing has changed since it last passed.")
@click.pass_obj
def command(call: Call, *, history: bool, accept: str | None, full: bool) -> int:
    """Look for drift between models, revisions and database.

    Each difference is shown as the operation that would bring the database in line. The exit
    code is 4 if anything differs that is not accepted, 3 if revisions are pending, 10 if the
    database is at a revision that is not on disk.

    A check that passed is remembered. As long as no file that env.py imports and nothing in
    the catalogue changes, the next one says so at once; variables of the environment, and
    files that are read without being imported, are not looked at: see --full.
    """
    from limosa.cli.views.drift import check_page  # noqa: PLC0415  # commands load when they run

    report = call.migrator().check(history=history, accept=accept, full=full)
    call.answer(report, check_page(report))
    return _CODES[report.verdict]
