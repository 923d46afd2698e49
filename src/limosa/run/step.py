"""One step on one connection, statement by statement: lock timeouts, the rebuild guard, and the checkpoints.

A revision with an ``autocommit_block`` commits in its middle. So that a crash there can be
resumed, its statements are counted and their running digest is written down with them: in
the same transaction where there can be one, and otherwise as an intent before and a mark
after, with a probe of the catalogue to tell what became of it.
"""

from __future__ import annotations

import hashlib
import time
from dataclasses import dataclass, field

from limosa.alembic_bridge.work import Work
from limosa.engines.base import Effect, Found, Nature, Probe, Rebuild
from limosa.errors import PartialState
from limosa.ledger.ledger import Checkpoint
from limosa.ledger.who import now
from limosa.model.events import Notice, StatementFinished, StatementStarted
from limosa.model.plan import Step
from limosa.run.held import HeldTarget
from limosa.run.retry import lock_timeout_ms


@dataclass
class StepState:
    """What is known of the running step."""

    held: HeldTarget
    work: Work
    step: Step
    attempt: int
    checkpoint: Checkpoint | None
    guard: Rebuild | None
    started_at: str = field(default_factory=now)
    started: float = field(default_factory=time.monotonic)
    ordinal: int = 0
    digest: str = ""
    statements: int = 0
    is_hands_off: bool = False
    """The revision has set a lock timeout itself."""
    has_strong_lock: bool = False
    has_checkpoint: bool = False
    """Is there a row in the ledger that the end of the step must take away?"""
    kept: int = 0
    """How many of its statements are committed already, by this run."""
    is_over: bool = False
    """The revision's function has returned; what follows is bookkeeping."""
    has_own_transaction: bool = False
    """We have put BEGIN around a statement of an autocommit block."""
    sql: str | None = None
    """The statement that runs, or that failed."""
    nature: Nature | None = None
    statement_started: float = 0.0
    duration_s: float = 0.0
    """From its start to its entry in the ledger, with which the id of its transaction comes."""
    transaction_id: str | None = None
    _digest_before: str = ""

    def __post_init__(self) -> None:
        self._look_ahead()

    def before(self, sql: str) -> str | None:
        """Prepare for a statement; return what to run in its place, if not itself."""
        engine = self.held.engine
        nature = engine.nature(sql)
        self.sql, self.nature = sql, nature
        self.is_hands_off = self.is_hands_off or nature.sets_lock_timeout
        said = self.work.said or sql
        known = nature if said is sql else engine.nature(said)
        if known.effect is not Effect.READ and self._count(said, known):
            return engine.nothing
        if sql == engine.nothing:
            return None
        if nature.effect is not Effect.READ:
            self._enter(nature, said)
        self._set_timeout(nature)
        if self.guard is not None:
            self.guard.before(sql)
        self.statements += 1
        self.held.emit(
            StatementStarted(self.step.revision.id, self.statements, sql, not self.work.in_autocommit)
        )
        self.statement_started = time.monotonic()
        return None

    def _count(self, said: str, known: Nature) -> bool:
        """Take up a statement into the digest; return whether an earlier run did it."""
        self.ordinal += 1
        self._digest_before = self.digest
        self.digest = hashlib.sha256(f"{self.digest}\n{said}".encode()).hexdigest()
        self._look_ahead()
        return self._is_done_already(said, known)

    def _look_ahead(self) -> None:
        """Tell an operation whether its next statement will be passed over: it may look before it sends."""
        self.work.passes_over = self.checkpoint is not None and self.ordinal < self.checkpoint.ordinal

    def after(self, sql: str, rows: int) -> None:
        """Look at what a statement did, and write down that it did."""
        if sql == self.held.engine.nothing:
            return
        duration_s = time.monotonic() - self.statement_started
        if self.guard is not None:
            self.guard.after(sql)
        if self.nature is not None and self.nature.effect is not Effect.READ:
            self._leave(self.nature, sql)
        self.held.emit(StatementFinished(self.step.revision.id, self.statements, sql, duration_s, rows, None))

    def failed(self, sql: str, error: BaseException) -> None:
        """Take back our own BEGIN; the transaction itself is Alembic's to end."""
        duration_s = time.monotonic() - self.statement_started
        words = self.held.engine.sentence(error)
        self.held.emit(StatementFinished(self.step.revision.id, self.statements, sql, duration_s, -1, words))
        if self.has_own_transaction:
            self.has_own_transaction = False
            self.work.command("ROLLBACK")

    def finish(self) -> None:
        """The revision's function has returned: what an earlier run did of it must all have come by."""
        if self.guard is not None:
            self.guard.finish()
        mark = self.checkpoint
        if mark is not None and self.ordinal < mark.ordinal + (mark.intent is not None):
            raise self._partial(
                mark.intent or "",
                f"it ends after {self.ordinal} statements where the run that began it "
                + (f"had begun: {mark.intent}" if mark.intent is not None else f"had done {mark.ordinal}"),
            )
        self.is_over = True

    def mark(self) -> None:
        """A COMMIT comes in the middle of the step: write down how far it came, in the same transaction."""
        self.has_strong_lock = False
        if self.ordinal == 0:
            return
        self.hold_fence()
        self._write(Checkpoint(self.ordinal, self.digest, None))

    def hold_fence(self) -> None:
        """Make sure, in the step's own transaction, that this process is still the runner."""
        self.held.hold_fence(self.work)

    def _is_done_already(self, sql: str, nature: Nature) -> bool:
        """An earlier run did this statement: it is passed over, and the stream must be the same."""
        mark = self.checkpoint
        if mark is None or self.ordinal > mark.ordinal + 1:
            return False
        if self.ordinal == mark.ordinal and self.digest != mark.digest:
            raise self._partial(sql, "it sends other statements than the run that began it")
        if self.ordinal <= mark.ordinal:
            return True
        return mark.intent is not None and self._resolve(sql, nature, mark.intent)

    def _resolve(self, sql: str, nature: Nature, intent: str) -> bool:
        """The statement was begun outside a transaction and nobody saw it end: ask the catalogue."""
        engine = self.held.engine
        if intent != sql or nature.probe is None:
            raise self._partial(sql, f"an earlier run had begun another statement here: {intent}")
        found = engine.find(self.work, nature.probe)
        if found is Found.BROKEN:
            self.held.emit(
                Notice(f"an earlier run left {nature.probe.name or 'an index'} unfinished; it is built again")
            )
            engine.clean(self.work, nature.probe)
        elif found is Found.UNKNOWN:
            raise self._partial(sql, f"whether this statement has run cannot be told: {intent}")
        if found is Found.DONE:
            self.held.emit(Notice(f"an earlier run had finished: {intent}"))
            self._write(Checkpoint(self.ordinal, self.digest, None))
        return found is Found.DONE

    def _partial(self, sql: str, evidence: str) -> PartialState:
        step = self.step
        return PartialState(
            f"the {step.direction} of '{step.revision.id}' is half done, and {evidence}",
            hint="put the revision back as it was when it began ('limosa history --all' tells when), "
            "or finish it by hand and 'limosa stamp' the result",
            revision=step.revision.id,
            ordinal=self.ordinal,
            evidence=evidence,
            statement=sql,
        )

    def _enter(self, nature: Nature, sql: str) -> None:
        """Outside Alembic's transaction, put the statement into one of ours, or write down the intent."""
        self.has_strong_lock = self.has_strong_lock or nature.effect is Effect.SCHEMA
        if not self.work.in_autocommit:
            return
        if nature.probe is None:
            self.work.command(self.held.engine.begin)
            self.has_own_transaction = True
        else:
            self.hold_fence()
            self._write(Checkpoint(self.ordinal - 1, self._digest_before, sql))

    def _leave(self, nature: Nature, sql: str) -> None:
        """Outside Alembic's transaction, write down that the statement is done."""
        if not self.work.in_autocommit:
            return
        if nature.probe is not None:
            self._check(nature.probe, sql)
        if self.has_own_transaction:
            self.hold_fence()
        self._write(Checkpoint(self.ordinal, self.digest, None))
        if self.has_own_transaction:
            self.work.command("COMMIT")
            self.has_own_transaction = False

    def _check(self, probe: Probe, sql: str) -> None:
        """``IF NOT EXISTS`` keeps an INVALID index without a word: look, and build it again."""
        engine = self.held.engine
        if engine.find(self.work, probe) is Found.BROKEN and probe.kind == "index created":
            self.held.emit(Notice(f"'{probe.name}' was INVALID; it is dropped and built again"))
            engine.clean(self.work, probe)
            self.work.command(sql)

    def _write(self, checkpoint: Checkpoint) -> None:
        fence = self.held.fence
        assert fence is not None
        mark = self.checkpoint
        if mark is not None and checkpoint.ordinal < mark.ordinal:
            return  # the run that came further has written it down already
        self.held.ledger.set_checkpoint(
            self.work, fence, self.step.revision.id, self.step.direction, checkpoint
        )
        self.has_checkpoint = True
        self.kept = checkpoint.ordinal
        self.held.half_done.add((self.step.revision.id, self.step.direction))

    def _set_timeout(self, nature: Nature) -> None:
        """Say how long this statement may wait: short for strong locks, for ever where a limit does harm."""
        work, engine = self.work, self.held.engine
        if self.is_hands_off:
            work.lock_timeout_ms = None
            return
        if nature.effect is Effect.PATIENT:
            engine.be_patient(work, local=not work.in_autocommit or self.has_own_transaction)
            work.lock_timeout_ms = None
            return
        is_quick = nature.effect is Effect.SCHEMA or self.has_strong_lock
        if nature.effect is Effect.READ and (
            is_quick or work.lock_timeout_ms is None or not work.in_transaction
        ):
            return
        wanted = lock_timeout_ms(self.attempt, self.held.request.limits) if is_quick else 0
        if wanted != work.lock_timeout_ms:
            # for the session: the next step mostly wants the same, and need not ask again
            engine.set_lock_timeout(work, wanted)
            work.lock_timeout_ms = wanted
