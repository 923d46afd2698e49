"""A plan with the statements of its steps."""

from __future__ import annotations

from textwrap import dedent, indent
from typing import TYPE_CHECKING

from limosa.cli.page import Line, Page, Tone, facts
from limosa.model.plan import Touch
from limosa.model.revision import Direction
from limosa.observe.wording import counted, versions

if TYPE_CHECKING:
    from limosa.model.plan import Plan, Statement, Step
    from limosa.model.snapshot import SnapshotReport
    from limosa.model.squash import Squash

_TONES = {Touch.READS: Tone.FAINT, Touch.ROWS: Tone.WARNING, Touch.SCHEMA: Tone.PLAIN}


def captured_page(plan: Plan) -> Page:
    """Show each step with what it sends, in order."""
    if plan.is_empty:
        return (Line(f"nothing to do: the database is at {versions(plan.before)}", Tone.GOOD),)
    way = f"{versions(plan.before)} -> {versions(plan.after)}"
    title = Line(f"{plan.direction} {way}, {counted(len(plan.steps), 'revision')}:")
    made = (
        "" if plan.captured_on is None else f"captured on a copy without rows, made from {plan.captured_on}"
    )
    source: Page = (Line(made, Tone.FAINT),) if made else ()
    return (
        title,
        *source,
        *_shortcut(plan),
        *(line for step in plan.steps for line in _step(step, is_bare=not made)),
    )


def _shortcut(plan: Plan) -> Page:
    if plan.snapshot is None:
        return ()
    one = plan.snapshot
    count = counted(one.stands_for, "revision")
    told = f"which stands for {count}, up to {versions(one.revisions)}"
    return (
        Line(f"an upgrade starts from snapshot {one.path.name}, {told}", Tone.WARNING),
        Line("without it: --no-snapshot", Tone.FAINT),
    )


def _step(step: Step, *, is_bare: bool) -> Page:
    sign = "+" if step.direction is Direction.UPGRADE else "-"
    name = f"{sign} {step.revision.id} {step.revision.message}".rstrip()
    if step.statements is None:
        return (Line(name if is_bare else f"{name} (not reached)", Tone.STRONG),)
    head = Line(f"{name} ({counted(len(step.statements), 'statement')})", Tone.STRONG)
    return (head, *(line for one in step.statements for line in _statement(one)))


def _statement(statement: Statement) -> Page:
    alone = "" if statement.in_transaction else ", commits by itself"
    text = indent(dedent(statement.text.strip("\n")).rstrip(), "    ")
    return (Line(f"  {statement.touches}{alone}", Tone.FAINT), Line(text, _TONES[statement.touches]))


def snapshot_page(report: SnapshotReport) -> Page:
    """Say what was written, and what it is for."""
    engine = report.engine if report.major is None else f"{report.engine} {report.major}"
    return (
        Line(f"wrote {report.path}", Tone.GOOD),
        facts(
            stands_for=f"{counted(report.stands_for, 'revision')}, up to {versions(report.revisions)}",
            made_on=engine,
            fingerprint=report.fingerprint,
            size=f"{report.size:,} bytes",
        ),
        Line("commit it; 'limosa upgrade' makes an empty database from it", Tone.FAINT),
    )


def squash_page(squash: Squash) -> Page:
    """Say what takes the place of what; afterwards, what else is to be done."""
    count = counted(len(squash.files), "revision")
    is_done = squash.fingerprint is not None
    pairs = facts(
        baseline=str(squash.path),
        replaces=f"{', '.join((*squash.replaces, squash.revision))}",
        labels=", ".join(squash.labels) or None,
        their_files=f"{'went' if is_done else 'go'} to {squash.folder}",
        fingerprint=squash.fingerprint,
    )
    if not is_done:
        return (Line(f"{count} would become one, {squash.revision}:"), pairs)
    return (
        Line(f"{count} became one, {squash.revision}", Tone.GOOD),
        pairs,
        Line("commit all of it; a database below it goes on with: limosa upgrade", Tone.FAINT),
    )
