"""From whatever a revision, a driver or Alembic raised to one of our errors: what, where, what next."""

from __future__ import annotations

import re
import traceback
from pathlib import Path

from limosa.alembic_bridge.blame import line_of, remedy
from limosa.errors import Interrupted, LimosaError, LockRetriesUsedUp, RevisionFailed
from limosa.model.revision import Direction
from limosa.observe.wording import counted
from limosa.run.held import HeldTarget
from limosa.run.step import StepState

_SHORT = 300


def failed(
    error: BaseException, held: HeldTarget, state: StepState | None, *, root: Path | None = None
) -> LimosaError:
    """Return the typed error of a step that will not be tried again."""
    if isinstance(error, LimosaError):
        return error
    words = held.target.url.strike_from(held.engine.sentence(error))
    if state is None:
        return _of_env(error, held, words, root)
    revision = state.step.revision
    verb = state.step.direction
    line = _line_in(error, revision.path)
    where = f"{revision.path}:{line}" if line else str(revision.path)
    sql = None
    if state.sql is not None and not state.is_over and _is_from_database(error):
        sql = held.target.url.strike_from(_one_line(state.sql))
    what = f": the database refused: {words}" if sql else f": {_named(error)}{words}"
    undone = "its earlier part is kept and is passed over next time" if _kept(state) else "it was undone"
    return RevisionFailed(
        f"the {verb} of '{revision.id}' ({revision.message}) failed{what}"
        + (f", in: {sql}" if sql else "")
        + f" [{where}]; {undone}",
        hint=f"mend {where}, then run 'limosa {verb} {_target(verb, revision.id)}' again",
        revision=revision.id,
        path=str(revision.path),
        line=line,
        statement=sql,
    )


def _of_env(error: BaseException, held: HeldTarget, words: str, root: Path | None) -> RevisionFailed:
    """Say what env.py raised outside of any revision, and where."""
    if "running event loop" in str(error):
        hint = "call it as a coroutine: 'await AsyncMigrator(...).upgrade()', or in a thread"
    else:
        hint = (None if root is None else remedy(error, root)) or (
            "'alembic current' in the project's folder shows the same; --verbose shows the traceback"
        )
    kept = f"after {counted(len(held.reports), 'revision')}, which stay applied"
    when = kept if held.reports else "before any revision ran"
    line = None if root is None else line_of(error, root)
    place = "" if line is None else f" [{line[0]}:{line[1]}]"
    return RevisionFailed(f"env.py failed {when}: {_named(error)}{words}{place}", hint=hint)


def _target(direction: Direction, revision: str) -> str:
    return revision if direction is Direction.UPGRADE else "-1"


def _kept(state: StepState) -> bool:
    earlier = 0 if state.checkpoint is None else state.checkpoint.ordinal
    return max(earlier, state.kept) > 0


def _named(error: BaseException) -> str:
    return "" if _is_from_database(error) else f"{type(error).__name__}: "


def _is_from_database(error: BaseException) -> bool:
    return getattr(error, "orig", None) is not None or any(
        kind.__name__ == "DatabaseError" for kind in type(error).__mro__
    )


def _line_in(error: BaseException, path: Path) -> int | None:
    """Return the line of the revision's file that was running."""
    lines = [
        frame.lineno
        for frame in traceback.extract_tb(error.__traceback__)
        if Path(frame.filename).name == path.name and frame.lineno is not None
    ]
    return lines[-1] if lines else None


def _one_line(sql: str) -> str:
    text = re.sub(r"\s+", " ", sql).strip()
    return text if len(text) <= _SHORT else text[:_SHORT] + " …"


def lock_retries_used_up(held: HeldTarget, state: StepState | None, attempts: int) -> LockRetriesUsedUp:
    """Name the one who stood in the way."""
    requested, limits = held.request.requested, held.request.limits
    name = f"'{state.step.revision.id}'" if state is not None else f"the {held.request.verb} to '{requested}'"
    undone = "the step was undone" if state is not None else "nothing more was changed"
    blocker = held.watch.blocker if held.watch is not None else None
    sql = f" for: {_one_line(state.sql)}" if state is not None and state.sql else ""
    if blocker is not None:
        who = f"it is held by {blocker}"
    elif held.engine.begins_itself:
        who = f"another process is writing to '{held.target.url.database}'"
    else:
        who = "who holds it was not to be seen"
    return LockRetriesUsedUp(
        f"{name} did not get its lock in {attempts} tries within {limits.lock_budget_s:g} s{sql}; "
        f"{who}; {undone}",
        hint="end what holds the lock"
        + (f" (SELECT pg_terminate_backend({blocker.pid}))" if blocker is not None else "")
        + ", or raise LIMOSA_LOCK_BUDGET_S, then run the command again",
        revision=requested if state is None else state.step.revision.id,
        blocker=None if blocker is None else str(blocker),
        attempts=attempts,
    )


def interrupted(
    held: HeldTarget, signal_name: str, heads: tuple[str, ...] | None, state: StepState | None
) -> Interrupted:
    """Say where things stand."""
    place = "its state could not be read" if heads is None else f"it stands at {', '.join(heads) or 'base'}"
    if held.fence is None:
        what = f"before anything was run; the database is as it was: {place}"
    else:
        what = f"with {len(held.reports)} of {held.total} steps applied; {_undone(state)}: {place}"
    return Interrupted(
        f"stopped by {signal_name} {what}",
        hint=f"run 'limosa {held.request.verb} {held.request.requested}' again to go on",
        signal=signal_name,
    )


def _undone(state: StepState | None) -> str:
    if state is None:
        return "no step was running and the database is whole"
    if _kept(state):
        return f"'{state.step.revision.id}' is half done, and the next run goes on where it stopped"
    return "the running step was undone and the database is whole"
