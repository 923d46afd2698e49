"""The entry point: one place where a call ends, with its exit code, its error and its secrets masked.

Nothing heavy is imported here: ``--help`` must answer before Alembic would have loaded.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence

import click

from limosa.cli import failure
from limosa.cli.call import Call
from limosa.cli.group import root
from limosa.cli.redaction import masked_streams
from limosa.model.exit_code import ExitCode


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command and return its exit code."""
    words = list(sys.argv[1:] if arguments is None else arguments)
    wants_json = "--json" in words
    with masked_streams(keeps_stdout=wants_json) as (redactor, stdout):
        call = Call(redactor, wants_json=wants_json, stdout=stdout)
        try:
            code = _run(words, call)
            stdout.flush()
        except BrokenPipeError:
            failure.forget_stdout()
            return ExitCode.FAILURE
    return code


def _run(words: list[str], call: Call) -> int:
    try:
        # not root.main(): Click would take a closed pipe for success, and an EOFError for Ctrl-C
        with root.make_context("limosa", words, obj=call) as context:
            result = root.invoke(context)
    except BrokenPipeError:
        raise
    except (KeyboardInterrupt, click.Abort, SystemExit, Exception) as error:  # noqa: BLE001  # the last stop
        return failure.report(error, call)
    return result if isinstance(result, int) else ExitCode.OK
