"""A plan as text: what is printed is what runs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from limosa.model.revision import Direction

if TYPE_CHECKING:
    from collections.abc import Sequence

    from limosa.model.plan import Plan, Step


def describe(plan: Plan) -> str:
    """Return one line a step, after a line that says from where to where."""
    ends = f"{_rows(plan.before)} -> {_rows(plan.after)}"
    if plan.is_empty:
        return f"{plan.direction} to {plan.target}: nothing to do at {_rows(plan.before)}"
    count = f"{len(plan.steps)} step{'s' if len(plan.steps) != 1 else ''}"
    width = len(str(len(plan.steps)))
    lines = [f"{number:>{width}}. {_line(step)}" for number, step in enumerate(plan.steps, 1)]
    return "\n".join([f"{plan.direction} to {plan.target}: {count}, {ends}", *lines])


def _line(step: Step) -> str:
    sign = "+" if step.direction is Direction.UPGRADE else "-"
    message = f" {step.revision.message}" if step.revision.message else ""
    return f"{sign} {step.revision.id}{message} ({_rows(step.before)} -> {_rows(step.after)})"


def _rows(rows: Sequence[str]) -> str:
    return ", ".join(rows) or "base"
