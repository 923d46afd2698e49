"""Shows a plan: for ``plan`` and for ``--dry-run``, which are one thing."""

from __future__ import annotations

import sys

from limosa.cli.call import Call
from limosa.cli.views.plans import captured_page
from limosa.errors import LimosaError, UsageError
from limosa.model.exit_code import ExitCode
from limosa.model.plan import Plan
from limosa.model.revision import Direction


def show_instead(
    call: Call, revision: str, direction: Direction, *, sql: bool, dry_run: bool, use_snapshot: bool = True
) -> int:
    """Answer ``--sql`` or ``--dry-run``, which change nothing."""
    if sql and dry_run:
        raise UsageError("--sql and --dry-run exclude each other", hint="limosa plan shows the statements")
    if dry_run:
        return show_plan(call, revision, direction, use_snapshot=use_snapshot)
    text = call.migrator(needs_url=False).script(revision, direction=direction)
    if call.wants_json:
        call.answer_json({"sql": text})
    else:
        sys.stdout.write(text)  # as it is: it goes into a file
    return ExitCode.OK


def show_plan(
    call: Call,
    revision: str,
    direction: Direction,
    *,
    has_statements: bool = True,
    use_snapshot: bool = True,
) -> int:
    """Capture a plan and print it; where a revision fails on the copy, print it up to there and fail."""
    try:
        plan = call.migrator().plan(
            revision, direction=direction, statements=has_statements, use_snapshot=use_snapshot
        )
    except LimosaError as error:
        partial = error.fields.get("plan")
        # with --json the error is the one document, and the plan is in its fields
        if isinstance(partial, Plan) and not call.wants_json:
            call.show(captured_page(partial), stream=sys.stdout)
        raise
    call.answer(plan, captured_page(plan))
    return ExitCode.OK
