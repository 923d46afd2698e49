"""Conducts env.py's run: fence and ledger entry in each step's transaction, events around every statement."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass

from limosa.alembic_bridge.work import Work
from limosa.errors import ConfigError
from limosa.ledger.ledger import Change
from limosa.ledger.who import now
from limosa.model.events import RunStarted, StatementFinished, StatementStarted, StepFinished, StepStarted
from limosa.model.plan import Plan, Step
from limosa.model.run import StepReport
from limosa.model.url import DatabaseURL
from limosa.run.held import HeldTarget
from limosa.run.step import StepState
from limosa.run.stop import Stop


@dataclass(frozen=True, slots=True)
class InDoubt:
    """A step whose COMMIT was sent and not yet answered."""

    held: HeldTarget
    report: StepReport
    transaction_id: str | None


class RunConductor:
    """One run over one or several held targets; its state outlives the attempts."""

    def __init__(self, held: Sequence[HeldTarget], stop: Stop) -> None:
        self._held = held
        self._stop = stop
        self._of: dict[int, HeldTarget] = {}
        self._backends: dict[int, int | None] = {}
        self._attempts: dict[str, int] = {}
        self._started: set[int] = set()
        self._listening: set[int] = set()
        self.state: StepState | None = None
        self.in_doubt: list[InDoubt] = []
        """Steps whose transaction has not been seen to end; empty when all is well."""

    def next_attempt(self) -> int:
        """Count a try of the step that failed; return how many there were."""
        applied = sum(len(held.reports) for held in self._held)
        key = f"after {applied}" if self.state is None else self.state.step.revision.id
        self._attempts[key] = self._attempts.get(key, 1) + 1
        return self._attempts[key] - 1

    def forget_attempt(self) -> None:
        """Begin a try with no step running and nothing in doubt."""
        self.state = None
        self.in_doubt = []
        self._of = {}
        self._listening = set()

    def held_of(self, work: Work) -> HeldTarget:
        """Which target this connection leads to."""
        return self._of[id(work)]

    def connected(self, work: Work) -> None:
        held = self._of[id(work)] = self._match(work)
        engine, fence = held.engine, held.fence
        assert fence is not None
        if work.url.backend != held.target.url.backend:  # not even our own queries would be understood there
            raise _elsewhere(work, held)
        was_in_transaction = work.in_transaction
        engine.prepare(work, application=f"limosa-work/{fence.run}", limits=held.request.limits)
        self._refuse_other_database(work, held)
        self._backends[id(work)] = engine.backend(work)
        engine.observe(work.driver_connection, work)
        work.wait_for(engine.interruptible(work.driver_connection, lambda: self._stop.is_asked))
        if not was_in_transaction:
            work.settle()
        if engine.begins_itself:
            work.begin_with(engine.begin)

    def _match(self, work: Work) -> HeldTarget:
        if len(self._held) == 1:
            return self._held[0]
        place = _place(work.url)
        for held in self._held:
            if _place(held.target.url) == place:
                return held
        raise ConfigError(
            f"env.py connects to {work.url.masked}, which is none of this run's targets",
            hint="'alembic current' in the project's folder shows what env.py connects to",
        )

    def _refuse_other_database(self, work: Work, held: HeldTarget) -> None:
        """The fence must be visible through env.py's connection, or it leads somewhere else."""
        assert held.fence is not None
        known = held.ledger.known(work, held.target.name) if held.ledger.exists(work) else None
        is_known = known is not None and (known.run, known.identity) == (held.fence.run, held.fence.identity)
        if not is_known or held.engine.identity(work) != held.fence.identity:
            raise _elsewhere(work, held)

    def steps(self, work: Work, heads: tuple[str, ...]) -> Sequence[Step]:
        held = self.held_of(work)
        held.plan = plan = held.request.plan(heads)
        held.positions = {step.revision.id: number for number, step in enumerate(plan.steps, start=1)}
        # what is planned again was lost: a server that crashed may not have kept its last commits
        held.reports = [report for report in held.reports if report.revision not in held.positions]
        held.reports_before_plan = len(held.reports)
        self._announce(held, plan)
        return plan.steps

    def _announce(self, held: HeldTarget, plan: Plan) -> None:
        assert held.fence is not None
        if held.fence.run not in self._started:
            self._started.add(held.fence.run)
            held.emit(RunStarted(held.fence.run, plan))

    def enter_step(self, work: Work, step: Step) -> None:
        held = self.held_of(work)
        self._stop.check()
        revision = step.revision
        checkpoint = held.enter_step(work, step)
        assert held.lock is not None
        held.lock.describe(f"at {revision.id}")
        self._listen(held, work)
        attempt = self._attempts.get(revision.id, 1)
        if attempt == 1 and held.watch is not None:
            held.watch.blocker = None
        self.state = StepState(
            held=held,
            work=work,
            step=step,
            attempt=attempt,
            checkpoint=checkpoint,
            has_checkpoint=checkpoint is not None,
            guard=held.engine.rebuild_guard(work),
        )
        index = held.reports_before_plan + held.positions[revision.id]
        held.emit(StepStarted(step, index, held.total, attempt))
        self._stop.may_raise = True

    def _listen(self, held: HeldTarget, work: Work) -> None:
        """Once a connection: before, its version table may not have been there."""
        if id(work) not in self._listening:
            self._listening.add(id(work))
            held.ledger.listen(work, work.version_table, held.engine.quoted(work.version_table))

    def before_version(self, work: Work, step: Step) -> None:
        self._stop.may_raise = False
        self._stop.check()
        state = self._running
        state.finish()
        if state.held.ledger.is_told_with_entry:
            self._write_entry(work, step, state)
        else:
            state.held.speak(work)

    def leave_step(self, work: Work, step: Step) -> None:
        state, held, revision = self._running, self.held_of(work), step.revision
        assert held.fence is not None
        if not held.ledger.is_told_with_entry:
            self._write_entry(work, step, state)
        if state.has_checkpoint:
            held.ledger.clear_checkpoint(work, held.fence.target, revision.id, step.direction)
        report = StepReport(
            revision.id, revision.message, step.direction, state.duration_s, state.statements, state.attempt
        )
        self.in_doubt.append(InDoubt(held, report, state.transaction_id))

    def _write_entry(self, work: Work, step: Step, state: StepState) -> None:
        held, revision = state.held, step.revision
        self._remember_table(held, work)
        on_disk = held.request.source(revision.id)
        state.duration_s = time.monotonic() - state.started
        change = Change(
            revision=revision.id,
            direction=step.direction.value,
            before=step.before,
            after=step.after,
            started_at=state.started_at,
            duration_s=state.duration_s,
            outcome="applied",
            checksum=revision.checksum,
            source=None if on_disk is None else on_disk.text,
            imported=None if on_disk is None else on_disk.imported,
            statements=state.statements,
        )
        state.transaction_id = held.leave_step(work, change, path=str(revision.path))

    def _remember_table(self, held: HeldTarget, work: Work) -> None:
        if held.table != work.version_table:
            held.table = work.version_table
            held.ledger.remember_table(work, held.target.name, held.table)

    def committed(self, work: Work, step: Step) -> None:  # noqa: ARG002
        self.state = None
        if not work.in_transaction:
            self.settle()
        self._stop.check()

    def settle(self) -> None:
        """Every COMMIT so far was answered."""
        for doubt in self.in_doubt:
            held, report = doubt.held, doubt.report
            held.reports.append(report)
            held.emit(StatementFinished(report.revision, report.statements + 1, "COMMIT", 0.0, -1, None))
            held.emit(StepFinished(report, len(held.reports), held.total))
        self.in_doubt = []

    def enter_stamp(self, work: Work, heads: tuple[str, ...]) -> str:
        held = self.held_of(work)
        assert held.fence is not None
        held.plan = held.request.plan(heads)
        self._announce(held, held.plan)
        held.speak(work)
        return held.request.requested

    def leave_stamp(self, work: Work) -> None:
        held = self.held_of(work)
        fence, plan = held.fence, held.plan
        assert fence is not None
        assert plan is not None
        held.ledger.listen(work, work.version_table, held.engine.quoted(work.version_table))
        self._remember_table(held, work)
        held.hold_fence(work)
        change = Change(
            revision=",".join(plan.after) or "base",
            direction="stamp",
            before=plan.before,
            after=plan.after,
            started_at=now(),
            duration_s=0.0,
            outcome="applied",
            checksum=None,
            source=None,
            statements=0,
        )
        held.ledger.write(work, fence.run, change, path="")
        held.ledger.clear_checkpoints(work, fence.target)

    @property
    def _running(self) -> StepState:
        assert self.state is not None
        return self.state

    def before_statement(self, work: Work, sql: str) -> str | None:
        state = self.state
        if state is None or state.is_over or state.work is not work:
            return None
        self._stop.may_raise = False
        self._stop.check()
        other = state.before(sql)
        watch, nature = state.held.watch, state.nature
        if other is None and watch is not None and nature is not None:
            watch.watch(self._backends.get(id(work)), is_patient=nature.is_patient)
        return other

    def after_statement(self, work: Work, sql: str, rows: int) -> None:
        state = self.state
        if state is None or state.is_over or state.work is not work:
            return
        if state.held.watch is not None:
            state.held.watch.watch(None)
        state.after(sql, rows)
        self._stop.may_raise = True

    def failed_statement(self, work: Work, sql: str, error: BaseException) -> None:
        state = self.state
        if state is None or state.is_over or state.work is not work:
            return
        self._stop.may_raise = False
        if state.held.watch is not None:
            state.held.watch.watch(None)
        state.failed(sql, error)

    def before_commit(self, work: Work) -> None:
        self._stop.may_raise = False
        state = self.state
        if state is None or state.work is not work:
            return
        if not state.is_over:
            state.mark()
        state.held.emit(StatementStarted(state.step.revision.id, state.statements + 1, "COMMIT"))


def _elsewhere(work: Work, held: HeldTarget) -> ConfigError:
    return ConfigError(
        f"env.py connects to {work.url.masked}, and this run was told {held.target.url.masked}",
        hint="let env.py read its URL from 'sqlalchemy.url' of Alembic's configuration, or from the "
        "variable named by 'url_variable', or leave out --url so that env.py decides",
    )


def _place(url: DatabaseURL) -> tuple[object, ...]:
    return url.backend, url.host, url.port, url.database
