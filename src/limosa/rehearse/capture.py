"""Captures the statements of a plan: it runs on a scratch copy as it would on the database itself."""

from __future__ import annotations

from dataclasses import dataclass, replace

from limosa.engines.base import Effect, Engine
from limosa.engines.registry import engine_for
from limosa.errors import LimosaError, RevisionFailed
from limosa.model.events import Event, StatementStarted, StepFinished, StepStarted
from limosa.model.plan import Plan, Statement, Step, Touch
from limosa.model.url import DatabaseURL
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


def capture(plan: Plan, request: Request, target: Target, *, stage: Stage) -> Captured:
    """Run the plan on a copy of the target's schema, and return it with its statements."""
    with copied(target, replay=stage.replay) as copy:
        recorder = Recorder(engine_for(copy.url))
        error: LimosaError | None = None
        try:
            stage.run(copy.url, request, recorder)
        except LimosaError as raised:
            error = _on_the_copy(raised, copy.url)
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


def _on_the_copy(error: LimosaError, url: DatabaseURL) -> LimosaError:
    """Say that it happened on the copy, and that the database itself is as it was."""
    if not isinstance(error, RevisionFailed):
        return error
    path, line = error.fields.get("path"), error.fields.get("line")
    # what became of the step concerns nobody here
    what = error.message.rpartition("; ")[0] if path else error.message
    message = f"on a scratch copy of the schema, without its rows, {what}"
    where = f"{path}:{line}" if line else f"{path}"
    hint = f"mend {where}; the database itself was not touched" if path else error.hint
    told = RevisionFailed(url.strike_from(message), hint=hint, **error.fields)
    told.__cause__ = error.__cause__
    return told
