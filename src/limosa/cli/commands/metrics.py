"""``limosa metrics``: the schema's version and the last runs, for a monitoring system."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import click

from limosa.cli.call import Call
from limosa.cli.group import LimosaCommand
from limosa.cli.group import command as limosa_command
from limosa.model.exit_code import ExitCode

if TYPE_CHECKING:
    from limosa.model.metrics import Metrics


class _OneDocument(LimosaCommand):
    """A metric may stand in Prometheus' text only once, with the samples of all databases."""

    answers_for_all_names = True


@limosa_command("metrics", cls=_OneDocument)
@click.pass_obj
def command(call: Call) -> int:
    """Print metrics in Prometheus' text format.

    The schema's version, what is pending, and how the last run ended and how long it took; for a job that
    hands them to the node exporter's textfile collector. A database that does not answer is told as down,
    and the exit code is 0 all the same.
    """
    from limosa.model.metrics import joined  # noqa: PLC0415  # commands load when they run

    metrics = joined(_each(call))
    if call.wants_json:
        call.answer_json(metrics)
        return ExitCode.OK
    from limosa.observe.metrics import exposition  # noqa: PLC0415  # likewise

    click.echo(exposition(metrics), nl=False)
    return ExitCode.OK


def _each(call: Call) -> Iterator[Metrics]:
    if not call.wants_all_names:
        yield call.migrator().metrics()
        return
    for name in call.names():
        call.keep("section", name)
        yield call.migrator().metrics()
