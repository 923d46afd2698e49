"""``limosa shell``: psql or sqlite3 on the project's database."""

from __future__ import annotations

import os
import signal
import sys

import click

from limosa.cli.call import Call
from limosa.cli.group import command as limosa_command


@limosa_command("shell")
@click.argument("arguments", nargs=-1, type=click.UNPROCESSED)
@click.option("--command", "statements", metavar="SQL", multiple=True, help="Run this and end; repeatable.")
@click.pass_obj
def command(call: Call, arguments: tuple[str, ...], statements: tuple[str, ...]) -> None:
    """Open psql or sqlite3 on the database.

    What stands behind -- is passed on: limosa shell -- -At -f report.sql; ARGUMENTS are those of psql or
    of sqlite3. Statements may come from stdin, too. The exit code is that of the program. No password
    is in the process list. With --json the call is shown and not made.
    """
    from limosa.config.handing import environment_with  # noqa: PLC0415  # commands load when they run

    client = call.migrator().client(statements=statements, arguments=arguments)
    if call.wants_json:
        call.answer_json(client)
        return
    sys.stdout.flush()
    sys.stderr.flush()
    signal.signal(signal.SIGPIPE, signal.SIG_DFL)  # Python ignores it, and so would the program
    variables = environment_with({name: secret.reveal() for name, secret in client.variables})
    os.execve(client.program, [client.program, *client.arguments], variables)  # noqa: S606  # it becomes the program
