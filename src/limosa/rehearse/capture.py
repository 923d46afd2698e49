"""Captures the statements of a plan: it runs on a scratch copy as it would on the database itself."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from limosa.engines.base import Effect, Engine
from limosa.engines.registry import engine_for
from limosa.errors import LimosaError
from limosa.model.events import Event, StatementStarted, StepFinished, StepStarted
from limosa.model.plan import Plan, Statement, Step, Touch
from limosa.rehearse.copy import copied
from limosa.rehearse.stage import Stage
from limosa.run.request import Request, Target

_TOUCHES = {
    Effect.READ: Touch.READS,
    Effect.DATA: Touch.ROWS,
    Effect.SCHEMA: Touch.SCHEMA,
    Effect.PATIENT: Touch.SCHEMA,
}


@dataclass(frozen=True, slots=True)
class Captured:
    """A plan with the statements of its steps, as far as they ran; ``error`` is what stopped them."""

    plan: Plan
    error: LimosaError | None = None


def capture(plan: Plan, runs: Sequence[tuple[Stage, Request]], target: Target) -> Captured:
    """Run a plan, in one or several runs, on a copy of the target's schema; return it with its statements."""
    with copied(target, replay=runs[0][0].replay) as copy:
        recorder = Recorder(engine_for(copy.url))
        error: LimosaError | None = None
        try:
            for stage, request in runs:
                stage.run(copy.url, request, recorder)
        except LimosaError as raised:
            error = raised
        steps = tuple(recorder.completed(step) for step in plan.steps)
        return Captured(replace(plan, steps=steps, captured_on=copy.how), error)


class Recorder:
    """A sink that keeps what each step sent."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._sent: dict[str, dict[int, Statement]] = {}

    def __call__(self, event: Event) -> None:
        """Take note of a statement; a step that is tried again begins anew."""
        if isinstance(event, StepStarted):
            self._sent[event.step.revision.id] = {}
        elif isinstance(event, StatementStarted):
            touches = _TOUCHES[self._engine.nature(event.sql).effect]
            statement = Statement(event.sql, touches, event.in_transaction)
            self._sent[event.revision][event.ordinal] = statement  # a COMMIT gives way to what follows it
        elif isinstance(event, StepFinished):
            sent, count = self._sent[event.report.revision], event.report.statements
            self._sent[event.report.revision] = {n: one for n, one in sent.items() if n <= count}

    def completed(self, step: Step) -> Step:
        """Return the step with what it sent; as it was where it was not reached."""
        sent = self._sent.get(step.revision.id)
        return step if sent is None else replace(step, statements=tuple(sent.values()))
