"""Takes targets from where they are to where a plan leads, whatever happens on the way.

An attempt is one run of env.py. A lock that was not to be had ends the attempt and the next
begins at the step that failed; a lost connection ends the tenure, and the next takes the
lock again, asks what became of a COMMIT in flight, and reads the state anew.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence

from limosa.alembic_bridge.environment import Environment
from limosa.engines.base import Engine, Trouble
from limosa.engines.registry import engine_for
from limosa.errors import AccessDenied, LimosaError, PartialState, Unreachable
from limosa.ledger.ledger import Change
from limosa.model.events import Notice, RunFinished, StepRetried
from limosa.model.run import Outcome, RunReport
from limosa.run.conductor import InDoubt, RunConductor
from limosa.run.failure import failed, interrupted, lock_retries_used_up
from limosa.run.held import Emit, HeldTarget, fence_lost
from limosa.run.request import Request, Target
from limosa.run.retry import delay_s, lock_timeout_ms
from limosa.run.step import StepState
from limosa.run.stop import Stop, Stopped


class Executor:
    """One run over one target, or over the several databases of a single env.py."""

    def __init__(
        self,
        targets: Sequence[Target],
        request: Request,
        environment: Callable[[], Environment],
        *,
        emit: Emit,
    ) -> None:
        self._request = request
        self._environment_of = environment
        self._environment: Environment | None = None
        self._emit = emit
        self._stop = Stop.current()
        # in one order everywhere, so that two runs over the same databases cannot wait for each other
        ordered = sorted(targets, key=lambda t: (t.url.masked, t.name))
        self._held = [HeldTarget(t, engine_for(t.url), request, emit=emit, stop=self._stop) for t in ordered]
        self._started = time.monotonic()
        self._lock_trouble: tuple[int, float] | None = None
        """How many steps were applied when the trouble with locks began, and when that was."""
        self._bookkeeping_tries = 0

    def run(self) -> tuple[RunReport, ...]:
        """Run to the end; return a report for each target, or raise one typed error."""
        with self._stop.listening():
            in_doubt: list[InDoubt] = []
            lost_since: float | None = None
            while True:
                try:
                    return self._tenure(in_doubt)
                except _Lost as lost:
                    in_doubt = lost.in_doubt
                    lost_since = self._wait_to_reconnect(lost, lost_since)
                except Unreachable as error:
                    if self._waits_for_lock(error):
                        continue
                    has_begun = any(held.fence is not None for held in self._held)
                    if not has_begun or isinstance(error, AccessDenied):
                        raise
                    lost_since = self._wait_to_reconnect(_Lost(error, in_doubt), lost_since)

    def _waits_for_lock(self, error: Unreachable) -> bool:
        """Did a statement of our own not get its lock? Then wait as for any other; False for other errors."""
        held, cause = self._held[0], error.__cause__
        if cause is None or held.engine.trouble(cause) is not Trouble.LOCK:
            return False
        self._bookkeeping_tries += 1
        try:
            self._retry(held, None, self._bookkeeping_tries)
        except Stopped:
            raise self._interrupted() from None
        return True

    def _wait_to_reconnect(self, lost: _Lost, since: float | None) -> float:
        began = time.monotonic() if since is None else since
        window = self._request.limits.reconnect_s
        if time.monotonic() - began >= window:
            raise self._gone(lost.cause, window) from None
        if since is None:
            self._emit(Notice(f"the connection was lost; trying again for {window:.0f} s"))
        try:
            self._stop.sleep(min(0.5, window))
        except Stopped:
            raise self._interrupted() from None
        return began

    def _gone(self, cause: BaseException, window_s: float) -> Unreachable:
        held, url = self._held[0], self._held[0].target.url.masked
        reason = cause.message if isinstance(cause, LimosaError) else held.engine.sentence(cause)
        return Unreachable(
            f"the database at {url} went away during the run and did not come back within "
            f"{window_s:.0f} s: {reason}; the running step is undone when it does",
            hint=f"when it is back, run 'limosa {self._request.verb} {self._request.requested}' again",
            url=url,
        )

    def _tenure(self, in_doubt: list[InDoubt]) -> tuple[RunReport, ...]:
        """Hold the locks, run the plan, give the locks back."""
        conductor = RunConductor(self._held, self._stop)
        try:
            self._stop.check()
            for held in self._held:
                held.take()
            self._resolve(in_doubt)
            if not all(held.is_done for held in self._held):
                self._begin_on_all()
                self._attempts(conductor)
                self._check_arrival()
            return self._finish(Outcome.APPLIED)
        except Stopped:
            self._record_failure(conductor, None, Outcome.INTERRUPTED)
            raise self._interrupted(conductor.state) from None
        except LimosaError as error:
            self._record_failure(conductor, error, Outcome.FAILED)
            raise
        finally:
            for held in self._held:
                held.release()

    def _begin_on_all(self) -> None:
        """With several databases one may have nothing to do; it needs a fence all the same."""
        for held in self._held:
            if held.is_done:
                held.begin()

    def _attempts(self, conductor: RunConductor) -> None:
        if self._environment is None:
            self._environment = self._environment_of()
        while True:
            conductor.forget_attempt()
            self._stop.on_ask(self._cancel)
            try:
                self._environment.run(
                    conductor, destination=self._request.requested, is_stamp=self._request.is_stamp
                )
                conductor.settle()
            except (LimosaError, Stopped):
                raise
            except BaseException as error:  # noqa: BLE001  a revision may raise anything; it is judged
                self._judge(error, conductor)
            else:
                return
            finally:
                self._stop.may_raise = False
                self._stop.on_ask(None)

    def _cancel(self) -> None:
        for held in self._held:
            if held.watch is not None:
                held.watch.cancel()

    def _judge(self, error: BaseException, conductor: RunConductor) -> None:
        """Return to try again; raise otherwise."""
        if self._stop.is_asked:
            raise Stopped from error
        state = conductor.state
        held = state.held if state is not None else self._held[0]
        lost = _behind(error, held.engine)
        if lost is not None:
            raise _Lost(lost, conductor.in_doubt) from error
        trouble = held.engine.trouble(error)
        was_cancelled = held.watch is not None and held.watch.was_cancelled
        if trouble is Trouble.LOCK or (trouble is Trouble.CANCELLED and was_cancelled):
            self._retry(held, state, conductor.next_attempt())
            return
        if held.is_superseded():
            assert held.fence is not None
            raise fence_lost(held.fence) from error
        root = None if self._environment is None else self._environment.root
        raise failed(error, held, state, root=root) from error

    def _retry(self, held: HeldTarget, state: StepState | None, attempt: int) -> None:
        """Wait before the next try; raise when this step has used up its time."""
        now, applied = time.monotonic(), sum(len(each.reports) for each in self._held)
        if self._lock_trouble is None or self._lock_trouble[0] != applied:
            self._lock_trouble = applied, now
        delay = delay_s(attempt)
        if now + delay - self._lock_trouble[1] > self._request.limits.lock_budget_s:
            raise lock_retries_used_up(held, state, attempt)
        revision = state.step.revision.id if state is not None else self._request.requested
        timeout = held.engine.lock_wait_ms(
            lock_timeout_ms(attempt, self._request.limits), self._request.limits
        )
        blocker = held.watch.blocker if held.watch is not None else None
        self._emit(StepRetried(revision, attempt, delay, timeout, blocker))
        if held.watch is not None:
            held.watch.was_cancelled = False
        self._stop.sleep(delay)

    def _resolve(self, in_doubt: list[InDoubt]) -> None:
        """Ask the server what became of the COMMITs that were not answered."""
        for doubt in in_doubt:
            held = doubt.held
            with held.session() as session:
                outcome = None
                while doubt.transaction_id is not None and outcome is None:
                    outcome = held.engine.committed(session, doubt.transaction_id)
                    if outcome is None:
                        self._stop.sleep(0.1)
            word = "was committed" if outcome else "was not committed"
            self._emit(
                Notice(f"the COMMIT of '{doubt.report.revision}' had no answer; the server says it {word}")
            )
            if outcome:
                held.reports.append(doubt.report)
        in_doubt.clear()

    def _check_arrival(self) -> None:
        """Success is what the database says, not that nothing was raised."""
        for held in self._held:
            assert held.plan is not None
            with held.session() as session:
                heads = held.engine.versions(session, held.table)
            if heads != tuple(sorted(held.plan.after)):
                raise PartialState(
                    f"env.py ended without an error, and the database stands at {', '.join(heads) or 'base'} "
                    f"instead of {', '.join(held.plan.after) or 'base'}",
                    hint="env.py must commit: use 'with context.begin_transaction()' as Alembic's templates",
                    evidence=", ".join(heads),
                )

    def _finish(self, outcome: Outcome) -> tuple[RunReport, ...]:
        reports = []
        for held in self._held:
            assert held.plan is not None
            if held.fence is not None:
                with held.session() as session:
                    held.ledger.finish_run(
                        session, held.fence.run, outcome=outcome.value, after=held.plan.after
                    )
            held.release()
            report = RunReport(
                number=None if held.fence is None else held.fence.run,
                outcome=outcome if held.fence is not None else Outcome.NOTHING_TO_DO,
                before=held.before or (),
                after=held.plan.after,
                steps=tuple(held.reports),
                duration_s=time.monotonic() - self._started,
                waited_s=held.waited_s,
                url=held.target.url.masked,
            )
            self._emit(RunFinished(report))
            reports.append(report)
        return tuple(reports)

    def _record_failure(self, conductor: RunConductor, error: LimosaError | None, outcome: Outcome) -> None:
        """On a connection of its own: the step's transaction takes its own entry with it."""
        for held in self._held:
            text = "interrupted" if error is None else held.target.url.strike_from(error.message)
            if held.fence is None:
                continue
            state = conductor.state if conductor.state is not None and conductor.state.held is held else None
            try:
                with held.session() as session:
                    heads = held.engine.versions(session, held.table)
                    if state is not None:
                        change = Change(
                            revision=state.step.revision.id,
                            direction=state.step.direction.value,
                            before=heads,
                            after=heads,
                            started_at=state.started_at,
                            duration_s=time.monotonic() - state.started,
                            outcome=outcome.value,
                            checksum=state.step.revision.checksum,
                            source=None,
                            statements=state.statements,
                            error=text,
                        )
                        held.ledger.write(session, held.fence.run, change, path="")
                    held.ledger.finish_run(
                        session, held.fence.run, outcome=outcome.value, after=heads, error=text
                    )
            except Exception as second:  # noqa: BLE001  the first error is the one to tell
                self._emit(
                    Notice(
                        f"the failure could not be written into the ledger: {held.engine.sentence(second)}"
                    )
                )

    def _interrupted(self, state: StepState | None = None) -> LimosaError:
        held, signal = self._held[0], self._stop.signal
        return interrupted(held, signal.name if signal is not None else "request", held.standing(), state)


def _behind(error: BaseException, engine: Engine) -> BaseException | None:
    """On a lost connection whatever is tried next fails, too: return the loss from which an error came."""
    link: BaseException | None = error
    while link is not None and engine.trouble(link) is not Trouble.LOST:
        link = link.__cause__ or link.__context__
    return link


class _Lost(Exception):
    """The connection went away in mid-run."""

    def __init__(self, cause: BaseException, in_doubt: list[InDoubt]) -> None:
        super().__init__(str(type(cause)))
        self.cause = cause
        self.in_doubt = list(in_doubt)
