"""One target while this process is its runner: lock, fence, watchdog, and what the ledger says."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager

from limosa.engines.base import Engine, OpenSession, RunnerLock, Watch, opened
from limosa.errors import FenceLost, LimosaError, Locked, PartialState
from limosa.ledger.ledger import Change, Checkpoint, Fence, Ledger
from limosa.model.events import Event, LockAcquired, LockWaiting, Notice
from limosa.model.plan import Plan, Step
from limosa.model.revision import Direction
from limosa.model.run import Holder, StepReport
from limosa.model.session import Session, VersionTable
from limosa.run.request import Request, Target
from limosa.run.stop import Stop

Emit = Callable[[Event], None]


class HeldTarget:
    """Made by ``take``; everything in it is only true while the lock is held."""

    def __init__(self, target: Target, engine: Engine, request: Request, *, emit: Emit, stop: Stop) -> None:
        self.target = target
        self.engine = engine
        self.request = request
        self.ledger = Ledger(engine)
        self.emit = emit
        self.stop = stop
        self.waited_s = 0.0
        self.lock: RunnerLock | None = None
        self.watch: Watch | None = None
        self.table = target.version_table or VersionTable()
        self.fence: Fence | None = None
        """Of this run, or of an earlier tenure of it if others have finished the work since."""
        self.is_done = False
        """The last look found nothing left to do."""
        self.plan: Plan | None = None
        self.half_done: set[tuple[str, Direction]] = set()
        """Steps of which the ledger has, or may have, a checkpoint."""
        self.positions: Mapping[str, int] = {}
        """The number of each revision's step in ``plan``, from 1."""
        self.before: tuple[str, ...] | None = None
        """The version rows when the run began, kept across reconnections."""
        self.reports: list[StepReport] = []
        self.reports_before_plan = 0
        """How many steps had been applied when ``plan`` was made; a retry plans what is left."""

    @contextmanager
    def session(self) -> Iterator[OpenSession]:
        """Open a connection of our own for the bookkeeping."""
        with opened(
            self.engine, self.target.url, limits=self.request.limits, application="limosa-record"
        ) as session:
            yield session

    def take(self) -> None:
        """Become the runner, then read the state; an empty plan leaves the database untouched."""
        started = time.monotonic()
        self.lock = self.engine.lock(
            self.target.url, name=self.target.name, limits=self.request.limits, waiting=self._waiting()
        )
        try:
            with self.session() as session:
                self._wait_for_orphans(session, started)
                self.waited_s += time.monotonic() - started
                self.emit(LockAcquired(self.waited_s))
                self._read(session)
        except BaseException:
            self.release()
            raise

    def standing(self) -> tuple[str, ...] | None:
        """Where the database stands, asked anew and without the lock; None when it does not answer."""
        if not self.engine.exists(self.target.url):
            return ()  # to look would be to make it
        try:
            with self.session() as session:
                has_ledger = self.ledger.exists(session)
                return self.engine.versions(session, self._find_table(session, has_ledger=has_ledger))
        except LimosaError:
            return None

    @property
    def total(self) -> int:
        """How many steps this run has, those already applied included."""
        return self.reports_before_plan + (0 if self.plan is None else len(self.plan.steps))

    def _waiting(self) -> Callable[[Holder | None, float], None]:
        told: set[str] = set()

        def waiting(holder: Holder | None, waited_s: float) -> None:
            self.stop.check()
            name = "" if holder is None else f"{holder.host}:{holder.pid}"
            # who found no connection free learns nothing of the holder; that is not worth a line at once
            if name not in told and (holder is not None or waited_s > 1):
                told.add(name)
                self.emit(LockWaiting(holder, waited_s))

        return waiting

    def _wait_for_orphans(self, session: OpenSession, started: float) -> None:
        """A dead runner's statement may go on in the server; only after it can the state be read."""
        told: tuple[str, ...] = ()
        while orphans := tuple(self.engine.orphans(session)):
            if told != orphans:
                told = orphans
                self.emit(Notice(f"waiting for what an earlier runner left at work: {'; '.join(orphans)}"))
            if time.monotonic() - started > self.request.limits.runner_wait_s:
                raise Locked(
                    f"an earlier runner left a connection at work: {orphans[0]}",
                    hint="wait for it, or end it with pg_terminate_backend(), then run the command again",
                    holder=orphans[0],
                )
            self.stop.sleep(0.1)

    def _read(self, session: OpenSession) -> None:
        identity = self.engine.identity(session)
        has_ledger = self.ledger.exists(session)
        self.table = self._find_table(session, has_ledger=has_ledger)
        heads = self.engine.versions(session, self.table)
        self.plan = self.request.plan(heads)
        if self.before is None:
            self.before = heads
        self.is_done = self.plan.is_empty and not (self.request.starts_anew and self.plan.after != heads)
        if not self.is_done:
            self._begin(session, identity, heads, has_ledger=has_ledger)

    def begin(self) -> None:
        """Begin the run on a target that has nothing to do, because others of the same run have."""
        with self.session() as session:
            heads = self.engine.versions(session, self.table)
            self._begin(session, self.engine.identity(session), heads, has_ledger=self.ledger.exists(session))

    def _begin(
        self, session: OpenSession, identity: str, heads: tuple[str, ...], *, has_ledger: bool
    ) -> None:
        self.ledger.create(session)
        if has_ledger:
            begun = self.ledger.checkpoints(session, self.target.name)
            self.half_done |= {(revision, Direction(direction)) for revision, direction, _ in begun}
            if not self.request.starts_anew:
                self._refuse_half_done(begun)
            self._explain(session)
            self._examine(session, heads)
        self.fence = self.ledger.begin_run(
            session,
            target=self.target.name,
            identity=identity,
            table=self.table,
            direction=self.request.verb,
            requested=self.request.requested,
            before=heads,
        )
        self.watch = self.engine.watch(self.target.url, limits=self.request.limits)

    def find_table(self, session: OpenSession) -> VersionTable:
        """Where this target's version rows are."""
        return self._find_table(session, has_ledger=self.ledger.exists(session))

    def _find_table(self, session: OpenSession, *, has_ledger: bool) -> VersionTable:
        if self.target.version_table is not None:
            return self.target.version_table
        known = self.ledger.known(session, self.target.name) if has_ledger else None
        if known is not None:
            return known.version_table
        found = self.engine.version_tables(session, self.table.name)
        return found[0] if found else self.table

    def _refuse_half_done(self, begun: Sequence[tuple[str, str, int]]) -> None:
        """A step that is half done must be finished by the plan's first step, or nothing else may run."""
        assert self.plan is not None
        for revision, direction, ordinal in begun:
            first = self.plan.steps[0] if self.plan.steps else None
            if first is None or (first.revision.id, first.direction) != (revision, direction):
                target = revision if direction == "upgrade" else "-1"
                raise PartialState(
                    f"the {direction} of '{revision}' is half done (after its statement {ordinal}) "
                    f"and is not what this {self.request.verb} would begin with",
                    hint=f"finish it first: limosa {direction} {target}",
                    revision=revision,
                    ordinal=ordinal,
                )

    def _explain(self, session: OpenSession) -> None:
        """Name the revisions in the entries that plain Alembic left."""
        moves = self.ledger.unexplained(session)
        named = self.request.explain([(before, after) for _, before, after in moves]) if moves else ()
        for (seq, _, _), found in zip(moves, named, strict=True):
            if found is None:
                continue
            revision, direction = found
            checksum = source = imported = None
            if (on_disk := self.request.source(revision)) is not None:
                sources, path = self.ledger.sources, str(on_disk.revision.path)
                checksum = on_disk.revision.checksum
                source = sources.keep(session, on_disk.text, path)
                imported = sources.keep_imported(session, on_disk.imported)
            self.ledger.explain(
                session,
                seq,
                revision=revision,
                direction=direction,
                checksum=checksum,
                source=source,
                imported=imported,
            )

    def _examine(self, session: Session, heads: tuple[str, ...]) -> None:
        """Refuse to go on from revisions that are not what was applied; once a run is enough."""
        if self.fence is None and not self.request.is_stamp:
            sources = self.ledger.sources
            for notice in self.request.examine(heads, sources.applied(session), sources.acceptances(session)):
                self.emit(Notice(notice))

    def hold_fence(self, session: Session) -> None:
        """Make sure, in the transaction that is to be committed, that this process is still the runner."""
        assert self.fence is not None
        self._check_held(self.fence, is_held=self.ledger.hold_fence(session, self.fence))

    def enter_step(self, session: Session, step: Step) -> Checkpoint | None:
        """Return how far the step came in an earlier run; asked is only where there may be a word of it."""
        fence, key = self.fence, (step.revision.id, step.direction)
        assert fence is not None
        if key not in self.half_done:
            return None
        runner, checkpoint = self.ledger.enter_step(session, fence, *key)
        self._check_held(fence, is_held=runner == fence.run)
        return checkpoint

    def is_superseded(self) -> bool:
        """Is another run the runner by now? Asked when a step failed: what it wanted to do may be done."""
        assert self.fence is not None
        try:
            with self.session() as session:
                known = self.ledger.known(session, self.target.name)
        except LimosaError:
            return False
        return known is not None and known.run > self.fence.run

    def speak(self, session: Session) -> None:
        """Let the triggers leave the entry of this transaction to us, who must be the runner."""
        assert self.fence is not None
        self._check_held(self.fence, is_held=self.ledger.speak(session, self.fence))

    def leave_step(self, session: Session, change: Change, *, path: str) -> str | None:
        """Hold the fence and write the step's entry; return the id of the transaction, where it has one."""
        assert self.fence is not None
        left = self.ledger.leave_step(session, self.fence, change, path=path)
        self._check_held(self.fence, is_held=left.is_held)
        return left.transaction_id

    def _check_held(self, fence: Fence, *, is_held: bool) -> None:
        assert self.lock is not None
        if not is_held or not self.lock.is_held():
            raise fence_lost(fence)

    def release(self) -> None:
        """Stop watching and give the lock back; harmless when nothing is held."""
        if self.watch is not None:
            self.watch.close()
            self.watch = None
        if self.lock is not None:
            self.lock.release()
            self.lock = None


def fence_lost(fence: Fence) -> FenceLost:
    """Say that another runner took over; the transaction must not be committed."""
    return FenceLost(
        f"run {fence.run} is no longer the runner of this database; nothing more was committed",
        hint="another runner took over, or the server was replaced: 'limosa status' shows where it stands",
        run=fence.run,
    )
