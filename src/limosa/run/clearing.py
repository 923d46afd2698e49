"""Drops what a project made, in one transaction with the version rows and the ledger's entry.

So it is done or not done, and whoever runs it again after a crash goes on. It rests on no
downgrade(), which may be missing, broken or slow.
"""

from __future__ import annotations

import contextlib
import time
from collections.abc import Collection
from dataclasses import dataclass

from limosa.engines.base import OpenSession, Trouble
from limosa.engines.registry import engine_for
from limosa.errors import DataLoss, LimosaError, RevisionFailed
from limosa.graph.created import Created, created_by
from limosa.ledger.ledger import Change
from limosa.ledger.sources import Sources
from limosa.ledger.who import now
from limosa.model.events import StepRetried
from limosa.model.reset import Clearance, ObjectName
from limosa.model.run import Outcome
from limosa.model.schema import Schema, SchemaObject
from limosa.model.session import Query
from limosa.plan.clearing import Clearing, plan_clearing, victims
from limosa.run.failure import interrupted, lock_retries_used_up
from limosa.run.held import Emit, HeldTarget
from limosa.run.request import Request, Target
from limosa.run.retry import delay_s, lock_timeout_ms
from limosa.run.stop import Stop, Stopped


@dataclass(frozen=True, slots=True)
class Scope:
    """What counts as the project's."""

    created: Collection[Created]
    """By the revisions on disk; those that the ledger keeps the text of are added."""
    drops_everything: bool = False


class Clearer:
    """Clears one database, as its runner."""

    def __init__(self, target: Target, request: Request, scope: Scope, *, emit: Emit) -> None:
        self._stop = Stop.current()
        self._scope = scope
        self._emit = emit
        self._request = request
        self._held = HeldTarget(target, engine_for(target.url), request, emit=emit, stop=self._stop)

    def look(self) -> Clearance:
        """Say what would be dropped, without any lock."""
        held = self._held
        with held.session() as session:
            table = held.find_table(session)
            schema = held.engine.schema(session, table)
            return self._clearance(held.engine.versions(session, table), self._plan(session, schema))

    def run(self) -> Clearance:
        """Drop it."""
        with self._stop.listening():
            try:
                self._held.take()
                if self._held.fence is None:
                    self._held.begin()
                with self._held.session() as session:
                    return self._attempts(session)
            except Stopped:
                self._record(Outcome.INTERRUPTED, "interrupted")
                signal = self._stop.signal
                name = signal.name if signal is not None else "request"
                raise interrupted(self._held, name, self._held.standing(), None) from None
            except LimosaError as error:
                self._record(Outcome.FAILED, self._held.target.url.strike_from(error.message))
                raise
            finally:
                self._stop.on_ask(None)
                self._held.release()

    def _record(self, outcome: Outcome, text: str) -> None:
        """Write down how the run ended; if that fails, too, the first error is the one to tell."""
        held = self._held
        if held.fence is not None:
            with contextlib.suppress(LimosaError), held.session() as session:
                rows = held.engine.versions(session, held.table)
                held.ledger.finish_run(session, held.fence.run, outcome=outcome.value, after=rows, error=text)

    def _attempts(self, session: OpenSession) -> Clearance:
        held, limits = self._held, self._request.limits
        began, attempt = time.monotonic(), 0
        assert held.watch is not None
        self._stop.on_ask(held.watch.cancel)
        held.watch.watch(held.engine.backend(session))
        while True:
            attempt += 1
            self._stop.check()
            try:
                return self._attempt(session, lock_timeout_ms(attempt, limits))
            except held.engine.driver_error as error:
                self._stop.check()
                trouble = held.engine.trouble(error)
                was_cancelled = trouble is Trouble.CANCELLED and held.watch.was_cancelled
                if trouble is not Trouble.LOCK and not was_cancelled:
                    raise self._refused(error) from error
            held.watch.was_cancelled = False
            if time.monotonic() - began > limits.lock_budget_s:
                raise lock_retries_used_up(held, None, attempt)
            delay, timeout = delay_s(attempt), lock_timeout_ms(attempt + 1, limits)
            self._emit(StepRetried("reset", attempt, delay, timeout, held.watch.blocker))
            self._stop.sleep(delay)

    def _attempt(self, session: OpenSession, timeout_ms: int) -> Clearance:
        held, engine, ledger = self._held, self._held.engine, self._held.ledger
        assert held.fence is not None
        started_at, started = now(), time.monotonic()
        with session.transaction():
            engine.set_lock_timeout(session, timeout_ms)
            held.hold_fence(session)
            rows = engine.versions(session, held.table)
            before = engine.schema(session, held.table)
            clearing = self._plan(session, before)
            held.speak(session)
            engine.drop(session, clearing.drop)
            self._refuse_victims(before, engine.schema(session, held.table), clearing)
            if engine.version_tables(session, held.table.name):
                session.change(Query(f"DELETE FROM {engine.quoted(held.table)}"))  # noqa: S608  quoted
            change = Change(
                revision="base",
                direction="reset",
                before=rows,
                after=(),
                started_at=started_at,
                duration_s=time.monotonic() - started,
                outcome="applied",
                checksum=None,
                source=None,
                statements=len(clearing.drop),
            )
            ledger.write(session, held.fence.run, change, path="")
            ledger.clear_checkpoints(session, held.fence.target)
            held.hold_fence(session)
        ledger.finish_run(session, held.fence.run, outcome="applied", after=())
        return self._clearance(rows, clearing)

    def _plan(self, session: OpenSession, schema: Schema) -> Clearing:
        held, created = self._held, set(self._scope.created)
        if held.ledger.exists(session):
            for source in Sources(held.engine).texts(session):
                created |= created_by(source)
        return plan_clearing(
            schema,
            created,
            own_schemas=held.engine.current_schemas(session),
            ignores_case=held.engine.ignores_case,
            drops_everything=self._scope.drops_everything,
        )

    def _refuse_victims(self, before: Schema, after: Schema, clearing: Clearing) -> None:
        gone = victims(before, after, clearing)
        if gone:
            raise DataLoss(
                f"what others made hangs on what would be dropped: {', '.join(map(str, _named(gone)))}; "
                "nothing was dropped",
                hint="drop it by hand if it may go, or drop all of it: limosa reset --everything",
                objects=tuple(str(one) for one in _named(gone)),
            )

    def _refused(self, error: Exception) -> LimosaError:
        held = self._held
        words = held.target.url.strike_from(held.engine.sentence(error))
        return RevisionFailed(
            f"the reset was refused by the database: {words}; nothing was dropped",
            hint="remove the reason, then run 'limosa reset' again",
        )

    def _clearance(self, rows: tuple[str, ...], clearing: Clearing) -> Clearance:
        return Clearance(self._held.target.url.masked, rows, _named(clearing.drop), _named(clearing.left))


def _named(objects: Collection[SchemaObject]) -> tuple[ObjectName, ...]:
    return tuple(ObjectName(one.kind, one.name) for one in objects)
