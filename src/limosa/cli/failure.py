"""How a call ends that went wrong: one sentence, one hint, one exit code; a traceback only with --verbose."""

from __future__ import annotations

import contextlib
import errno
import os
import sys
from typing import TYPE_CHECKING, Any

import click

from limosa.errors import ConfigError, Interrupted, LimosaError, RevisionFailed, UsageError
from limosa.model.exit_code import ExitCode

if TYPE_CHECKING:
    from limosa.cli.call import Call

_STATEMENT_WIDTH = 300


class Unexpected(LimosaError):  # the error tree names what happened
    """Something that nobody foresaw: a defect of ours, or of the project's own code."""

    code = "unexpected"


def report(error: BaseException, call: Call) -> int:
    """Print the error and return the exit code."""
    if isinstance(error, click.exceptions.Exit):
        return error.exit_code
    known = explained(error)
    if call.wants_json:
        where = {} if call.at_name is None else {"name": call.at_name}
        fields = {name: value for name, value in (known.fields | where).items() if value is not None}
        content: dict[str, Any] = {
            "code": known.code,
            "message": known.message,
            "hint": known.hint,
            "exit_code": int(known.exit_code),
            "fields": fields,
        }
        call.answer_json({"error": content})
    if call.at_name is not None:
        sys.stderr.write(f"[{call.at_name}]\n")
    sys.stderr.write(as_text(known))
    if _is_verbose(call) and not isinstance(error, (click.ClickException, click.Abort, KeyboardInterrupt)):
        import traceback  # noqa: PLC0415  # seldom needed

        sys.stderr.write("".join(traceback.format_exception(error)))
    return int(known.exit_code)


def explained(error: BaseException) -> LimosaError:
    """Turn whatever was raised into an error with a message, a hint and an exit code."""
    if isinstance(error, LimosaError):
        return error
    if isinstance(error, click.ClickException):
        context = getattr(error, "ctx", None)
        path = "limosa" if context is None else context.command_path
        text = error.format_message()
        return UsageError(text[:1].lower() + text[1:].removesuffix("."), hint=f"see: {path} --help")
    if isinstance(error, (KeyboardInterrupt, click.Abort)):
        return Interrupted("interrupted", signal="SIGINT")
    if isinstance(error, SystemExit):
        return Unexpected(
            f"the project's own code ended the program with exit code {error.code}",
            hint="run with --verbose to see where sys.exit() was called",
        )
    sentence = " ".join(str(error).split()) or "no message"
    return Unexpected(
        f"unexpected {type(error).__name__}: {sentence}", hint="run with --verbose for the traceback"
    )


def as_text(error: LimosaError) -> str:
    """Write an error for people: what, where, what next."""
    lines = [f"error: {error.message}"]
    if isinstance(error, RevisionFailed):
        lines += [f"  {line}" for line in _place(error)]
    if error.hint:
        lines.append(f"hint: {error.hint}")
    return "\n".join(lines) + "\n"


def is_heard() -> bool:
    """Can an answer be given? Where stdout is closed this says so before anything is done."""
    if sys.stderr is None:
        # what is told on the way is not asked for; and no file may be opened under the number of stderr
        sys.stderr = open(os.devnull, "w")  # noqa: SIM115, PTH123  as long as the process
    if sys.stdout is None:
        sys.stderr.write(
            "error: stdout is closed, so that no answer can be given; nothing was done\n"
            "hint: let it go elsewhere: >/dev/null\n"
        )
    return sys.stdout is not None


def unanswered(error: OSError) -> int:
    """End a call whose answer could not be written; a reader who has gone needs no sentence."""
    forget_stdout()
    if not isinstance(error, BrokenPipeError):
        with contextlib.suppress(OSError):  # stderr may have gone with it
            sys.stderr.write(
                f"error: the answer could not be written: {error.strerror}\n"
                "hint: make room, or let stdout go elsewhere; what the command did to the database is done\n"
            )
    return ExitCode.FAILURE


def is_of_stdout(error: OSError) -> bool:
    """Did writing the answer fail, and not a file of the project's?"""
    return error.filename is None and error.errno in {errno.ENOSPC, errno.EIO, errno.EBADF}


def forget_stdout() -> None:
    """Let nothing more go to a pipe whose reader is gone, or the interpreter would complain at its end."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)


def _place(error: RevisionFailed) -> list[str]:
    path, line, statement = (error.fields.get(name) for name in ("path", "line", "statement"))
    lines = []
    if path is not None and str(path) not in error.message:
        lines.append(f"in {path}" if line is None else f"in {path}, line {line}")
    if statement:
        text = " ".join(str(statement).split())
        if text not in error.message:
            cut = f"{text[:_STATEMENT_WIDTH]}…" if len(text) > _STATEMENT_WIDTH else text
            lines.append(f"statement: {cut}")
    return lines


def _is_verbose(call: Call) -> bool:
    try:
        return call.display.verbose
    except ConfigError:
        return False  # the very variable that is wrong
