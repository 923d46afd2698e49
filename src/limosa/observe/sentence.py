"""Each event as one line of text; the log and the command say the same words."""

from __future__ import annotations

from functools import singledispatch
from typing import TYPE_CHECKING

from limosa.model.events import (
    Event,
    LockAcquired,
    LockWaiting,
    Notice,
    RunFinished,
    RunStarted,
    SnapshotLoaded,
    StatementFinished,
    StatementStarted,
    StepFinished,
    StepRetried,
    StepStarted,
    WaitingFor,
)
from limosa.model.run import Outcome
from limosa.observe.wording import counted, seconds, shortened, versions

if TYPE_CHECKING:
    from limosa.model.plan import Plan

_ENDINGS = {
    Outcome.APPLIED: "finished",
    Outcome.NOTHING_TO_DO: "had nothing to do",
    Outcome.FAILED: "failed",
    Outcome.INTERRUPTED: "was interrupted",
}


@singledispatch
def sentence(event: Event) -> str:
    """Say what happened, in one line without a full stop."""
    return type(event).__name__


@sentence.register
def _(event: WaitingFor) -> str:
    return f"waiting ({seconds(event.waited_s)} so far): {event.missing}"


@sentence.register
def _(event: LockWaiting) -> str:
    holder = "whose name is not known" if event.holder is None else str(event.holder)
    return f"waiting for another runner ({seconds(event.waited_s)} so far): {holder}"


@sentence.register
def _(event: LockAcquired) -> str:
    waited = f" after {seconds(event.waited_s)}" if event.waited_s >= 1 else ""
    return f"got the runner lock{waited}"


@sentence.register
def _(event: Notice) -> str:
    return event.text


@sentence.register
def _(event: RunStarted) -> str:
    return f"run {event.number}: {_course(event.plan)}"


@sentence.register
def _(event: SnapshotLoaded) -> str:
    count = counted(event.revisions, "revision")
    return f"made from snapshot {event.snapshot} in {seconds(event.duration_s)}, in place of {count}"


@sentence.register
def _(event: StepStarted) -> str:
    revision = event.step.revision
    attempt = f" (attempt {event.attempt})" if event.attempt > 1 else ""
    return f"[{event.index}/{event.total}] {event.step.direction} {revision.id} {revision.message}{attempt}"


@sentence.register
def _(event: StatementStarted) -> str:
    return f"{event.revision}.{event.ordinal} {shortened(event.sql, width=200)}"


@sentence.register
def _(event: StatementFinished) -> str:
    ending = f"failed after {seconds(event.duration_s)}: {event.error}" if event.error else _came_back(event)
    return f"{event.revision}.{event.ordinal} {shortened(event.sql, width=200)}: {ending}"


@sentence.register
def _(event: StepRetried) -> str:
    blocker = f", blocked by {event.blocker}" if event.blocker else ""
    return (
        f"{event.revision}: no lock within {event.lock_timeout_ms} ms (attempt {event.attempt}), "
        f"again in {seconds(event.delay_s)}{blocker}"
    )


@sentence.register
def _(event: StepFinished) -> str:
    report = event.report
    return (
        f"[{event.index}/{event.total}] {report.revision} done in {seconds(report.duration_s)}, "
        f"{counted(report.statements, 'statement')}"
    )


@sentence.register
def _(event: RunFinished) -> str:
    report = event.report
    number = "the run" if report.number is None else f"run {report.number}"
    return (
        f"{number} {_ENDINGS[report.outcome]} after {seconds(report.duration_s)}, at {versions(report.after)}"
    )


def _course(plan: Plan) -> str:
    way = f"{versions(plan.before)} to {versions(plan.after)}"
    if plan.is_empty:
        return f"stamp from {way}"
    return f"{plan.direction} from {way}, {counted(len(plan.steps), 'revision')}"


def _came_back(event: StatementFinished) -> str:
    rows = f", {counted(event.rows, 'row')}" if event.rows >= 0 else ""
    return f"{seconds(event.duration_s)}{rows}"
