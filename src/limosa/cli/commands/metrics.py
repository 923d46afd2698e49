"""``limosa metrics``: the schema's version and the last runs, for a monitoring system."""

from __future__ import annotations

import click

from limosa.cli.call import Call
from limosa.cli.group import command as limosa_command
from limosa.model.exit_code import ExitCode


@limosa_command("metrics")
@click.pass_obj
def command(call: Call) -> int:
    """Print metrics in Prometheus' text format.

    The schema's version, what is pending, and how the last run ended and how long it took; for a job that
    hands them to the node exporter's textfile collector. A database that does not answer is told as down,
    and the exit code is 0 all the same.
    """
    metrics = call.migrator().metrics()
    if call.wants_json:
        call.answer_json(metrics)
        return ExitCode.OK
    from limosa.observe.metrics import exposition  # noqa: PLC0415  # commands load when they run

    click.echo(exposition(metrics), nl=False)
    return ExitCode.OK
