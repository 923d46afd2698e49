"""``limosa wait``: until the database answers, or is at a revision."""

from __future__ import annotations

import click

from limosa.cli.call import Call
from limosa.cli.group import command as limosa_command
from limosa.model.exit_code import ExitCode


@limosa_command("wait")
@click.option("--at", metavar="REV", help="Wait until it is at REV or beyond: an id, head or heads.")
@click.option(
    "--timeout",
    metavar="TIME",
    default="60s",
    show_default=True,
    help="As 500ms, 60s or 15m; 0 looks once.",
)
@click.pass_obj
def command(call: Call, at: str | None, timeout: str) -> int:
    """Wait until the database answers.

    With --at, until it is at that revision or beyond it. What is missing is told on stderr, and each change
    of it. The exit code is 0 when it is there; 1 if the database cannot be reached when the time is
    over, 3 if it is behind, and 10 at once if it is at a revision that is not on disk and nobody can
    tell whether REV is below it. Nothing is changed.
    """
    from limosa.cli.progress import progress  # noqa: PLC0415  # commands load when they run
    from limosa.cli.views.standing import status_page  # noqa: PLC0415
    from limosa.config import duration_s  # noqa: PLC0415

    timeout_s = duration_s("timeout", timeout, place="--timeout")
    with progress(call.display) as sinks:
        status = call.migrator(*sinks).wait(at=at, timeout_s=timeout_s)
    call.answer(status, status_page(status), is_report=True)
    return ExitCode.OK
