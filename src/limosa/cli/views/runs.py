"""A plan before it runs, and the report after it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from limosa.cli.page import Grid, Line, Page, Tone, row
from limosa.model.revision import Direction
from limosa.model.run import Outcome
from limosa.observe.wording import counted, seconds, versions

if TYPE_CHECKING:
    from limosa.model.plan import Plan
    from limosa.model.run import RunReport

_DONE = {Direction.UPGRADE: "upgraded", Direction.DOWNGRADE: "downgraded"}


def plan_page(plan: Plan) -> Page:
    """Show the steps that would run, in their order."""
    rows = tuple(
        row(step.direction, Line(step.revision.id, Tone.STRONG), step.revision.message) for step in plan.steps
    )
    way = f"{versions(plan.before)} -> {versions(plan.after)}"
    return (
        Line(f"{plan.direction} {way}, {counted(len(plan.steps), 'revision')}:"),
        Grid(("direction", "revision", "message"), rows),
    )


def report_page(report: RunReport) -> Page:
    """Say in a line what a run did."""
    if report.outcome is Outcome.NOTHING_TO_DO:
        return (Line(f"nothing to do: the database is at {versions(report.after)}", Tone.GOOD),)
    way = f"{versions(report.before)} -> {versions(report.after)}"
    waited = f", after waiting {seconds(report.waited_s)} for another runner" if report.waited_s >= 1 else ""
    if report.outcome is not Outcome.APPLIED:
        return (Line(f"{report.outcome}: {way}{waited}", Tone.BAD),)
    if report.snapshot is not None:
        loaded = f"{counted(report.snapshot_revisions, 'revision')} from snapshot {report.snapshot}"
        rest = f" and {counted(len(report.steps), 'revision')}" if report.steps else ""
        return (Line(f"upgraded {way}: {loaded}{rest} in {seconds(report.duration_s)}{waited}", Tone.GOOD),)
    if not report.steps:
        return (Line(f"stamped {way}{waited}", Tone.GOOD),)
    verb = _DONE[report.steps[0].direction]
    count = counted(len(report.steps), "revision")
    return (Line(f"{verb} {way}: {count} in {seconds(report.duration_s)}{waited}", Tone.GOOD),)
