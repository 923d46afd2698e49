"""One call of the command: the one place where it ends, with its exit code, its error and its secrets masked.

Nothing heavy is imported here: ``--help`` must answer before Alembic would have loaded.
"""

from __future__ import annotations

import click

from limosa.cli import failure
from limosa.cli.call import Call
from limosa.cli.group import root
from limosa.cli.redaction import masked_streams
from limosa.cli.remembering import remembering
from limosa.model.exit_code import ExitCode


def invoke(words: list[str]) -> int:
    """Run the command and return its exit code."""
    wants_json = "--json" in words
    with remembering(words) as remember, masked_streams(keeps_stdout=wants_json) as (redactor, stdout):
        call = Call(redactor, wants_json=wants_json, stdout=stdout)
        try:
            code = _run(words, call)
            stdout.flush()
        except OSError as error:
            return failure.unanswered(error)
        if code == ExitCode.OK and not redactor.has_secrets:
            remember(call.opened)
    return code


def _run(words: list[str], call: Call) -> int:
    try:
        # not root.main(): Click would take a closed pipe for success, and an EOFError for Ctrl-C
        with root.make_context("limosa", words, obj=call) as context:
            result = root.invoke(context)
    except BrokenPipeError:
        raise
    except OSError as error:
        if failure.is_of_stdout(error):
            raise
        return failure.report(error, call)
    except (KeyboardInterrupt, click.Abort, SystemExit, Exception) as error:  # noqa: BLE001  # the last stop
        return failure.report(error, call)
    return result if isinstance(result, int) else ExitCode.OK
