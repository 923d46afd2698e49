"""Makes an empty database from a snapshot: lock, fence and ledger as for a run, in one transaction."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace

from limosa.engines.base import OpenSession
from limosa.engines.dumping import NotDumped, dumper_for
from limosa.engines.registry import engine_for
from limosa.ledger.loaded import write_loaded
from limosa.ledger.who import now
from limosa.model.events import Notice, RunFinished, SnapshotLoaded
from limosa.model.imported import RevisionSource
from limosa.model.plan import Step
from limosa.model.run import Outcome, RunReport
from limosa.model.session import Query
from limosa.model.snapshot import Snapshot
from limosa.run.held import Emit, HeldTarget
from limosa.run.request import Request, Target
from limosa.run.stop import Stop, Stopped

Sources = Callable[[], tuple[tuple[Step, RevisionSource], ...]]
"""The steps that the snapshot stands for, each with the source of its revision."""


def load_snapshot(
    target: Target, request: Request, snapshot: Snapshot, name: str, *, sources: Sources, emit: Emit
) -> RunReport | None:
    """Make an empty database from a snapshot and report on it; None where that was not to be.

    A database that is empty no longer, or a script that its server refuses, is left as it is:
    the revisions themselves do the rest.
    """
    stop = Stop.current()
    known = replace(target, version_table=snapshot.version_table)
    held = HeldTarget(known, engine_for(target.url), request, emit=emit, stop=stop)
    with stop.listening():
        try:
            held.take()
            return _loaded(held, snapshot, name, sources)
        except NotDumped as error:
            stop.check()
            _give_up(held, name, str(error))
            return None
        except Stopped:
            from limosa.run.failure import interrupted  # noqa: PLC0415  imports SQLAlchemy

            signal = "request" if stop.signal is None else stop.signal.name
            raise interrupted(held, signal, held.standing(), None) from None
        finally:
            stop.on_ask(None)
            held.release()


def _loaded(held: HeldTarget, snapshot: Snapshot, name: str, sources: Sources) -> RunReport | None:
    started, started_at = time.monotonic(), now()
    fence, ledger = held.fence, held.ledger
    with held.session() as session:
        if fence is None:
            return None
        if held.before or held.engine.tables(session):  # others were here since we looked
            outcome = Outcome.NOTHING_TO_DO.value
            ledger.finish_run(session, fence.run, outcome=outcome, after=held.before or ())
            return None
        if held.watch is not None:
            held.watch.watch(held.engine.backend(session), is_patient=True)
            held.stop.on_ask(held.watch.cancel)
        with session.transaction():
            _make_room(held, session, snapshot)
            dumper_for(held.target.url).load(session, snapshot.script)
            _move(held, session, snapshot)
            steps = sources()
            write_loaded(held.engine, session, fence.run, steps, snapshot=name, started_at=started_at)
            ledger.finish_run(session, fence.run, outcome=Outcome.APPLIED.value, after=snapshot.revisions)
            held.hold_fence(session)
            held.stop.check()
    duration_s = time.monotonic() - started
    held.emit(SnapshotLoaded(name, len(steps), duration_s))
    report = RunReport(
        number=fence.run,
        outcome=Outcome.APPLIED,
        before=(),
        after=snapshot.revisions,
        steps=(),
        duration_s=duration_s,
        waited_s=held.waited_s,
        url=held.target.url.masked,
        snapshot=name,
        snapshot_revisions=len(steps),
    )
    held.emit(RunFinished(report))
    return report


def _make_room(held: HeldTarget, session: OpenSession, snapshot: Snapshot) -> None:
    """A version table without a row is left where everything was taken back; the script makes its own."""
    for table in held.engine.version_tables(session, snapshot.version_table.name):
        if table == snapshot.version_table:
            session.change(Query(f"DROP TABLE {held.engine.quoted(table)}"))


def _move(held: HeldTarget, session: OpenSession, snapshot: Snapshot) -> None:
    """Write the version rows; the trigger of plain Alembic's is there and has nothing to say."""
    quoted = held.engine.quoted(snapshot.version_table)
    held.ledger.listen(session, snapshot.version_table, quoted)
    held.speak(session)
    for revision in snapshot.revisions:
        query = Query(f"INSERT INTO {quoted} (version_num) VALUES (:version)")  # noqa: S608  quoted
        session.change(query, version=revision)


def _give_up(held: HeldTarget, name: str, reason: str) -> None:
    """Nothing of it is there; the revisions will say what really is the matter."""
    held.emit(Notice(f"snapshot {name} was not to be had, so the revisions run: {reason}"))
    if held.fence is not None:
        with held.session() as session:
            outcome = Outcome.FAILED.value
            held.ledger.finish_run(session, held.fence.run, outcome=outcome, after=(), error=reason)
