"""The ledger of one database: the fence, the runs, the entries and the checkpoints.

Written for PostgreSQL's schema ``limosa``; SQLite has no schemas, so the dot of ``limosa.``
becomes an underscore there. It holds no decisions: callers say what to write.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from limosa.engines.base import Engine, OpenSession
from limosa.engines.queries import load
from limosa.ledger.sources import Sources, digest_of
from limosa.ledger.who import now, seconds, who
from limosa.model.history import LedgerEntry
from limosa.model.imported import Imported
from limosa.model.metrics import LastRun, Runs
from limosa.model.revision import Direction
from limosa.model.session import Query, Session, VersionTable


@dataclass(frozen=True, slots=True)
class Fence:
    """What a step's transaction must find unchanged: target, server and number of the run."""

    target: str
    identity: str
    run: int


@dataclass(frozen=True, slots=True)
class Known:
    """What the ledger knows of a target from earlier runs."""

    identity: str
    run: int
    version_table: VersionTable


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """How far a step came that commits in its middle.

    ``digest`` covers the statements 1 to ``ordinal``; ``intent`` is the statement after them
    that was begun outside a transaction and has not been seen to end.
    """

    ordinal: int
    digest: str
    intent: str | None


@dataclass(frozen=True, slots=True)
class Change:
    """One step as the ledger writes it down; versions are joined with commas."""

    revision: str
    direction: str
    before: tuple[str, ...]
    after: tuple[str, ...]
    started_at: str
    duration_s: float
    outcome: str
    checksum: str | None
    source: str | None
    statements: int
    error: str | None = None
    imported: Imported | None = None


@dataclass(frozen=True, slots=True)
class Left:
    """What came of leaving a step: was the fence still ours, and its transaction's id where it has one."""

    is_held: bool
    transaction_id: str | None


class Ledger:
    """Reads and writes our own tables over whatever connection it is handed."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self.sources = Sources(engine)

    @cached_property
    def _sql(self) -> dict[str, Query]:
        own = self._engine.own_tables
        common = load(__file__, "queries.sql") | load(__file__, "sources.sql")
        return {name: Query(text.replace("limosa.", own)) for name, text in common.items()} | load(
            __file__, f"schema_{self._engine.name}.sql"
        )

    def exists(self, session: Session) -> bool:
        """Are our tables there?"""
        return bool(session.rows(self._sql["exists"]))

    def create(self, session: OpenSession) -> None:
        """Create our tables where they are missing; call it under the runner lock."""
        if not self.exists(session):
            with session.transaction():
                session.script(self._sql["create"])

    def listen(self, session: Session, table: VersionTable, quoted: str) -> None:
        """Let the version table tell us of what plain Alembic does, from now on."""
        if session.rows(self._sql["has_trigger"], table=table.name, **self._schema(table)):
            return
        for name, query in self._sql.items():
            if name.startswith("trigger_"):
                session.change(Query(query.format(table=quoted)))

    def _schema(self, table: VersionTable) -> dict[str, str | None]:
        return {"schema": table.schema} if self._engine.name == "postgresql" else {}

    def known(self, session: Session, target: str) -> Known | None:
        """What earlier runs wrote down about the target."""
        for identity, run, schema, table in session.rows(self._sql["target"], target=target):
            return Known(identity, run, VersionTable(table, schema))
        return None

    def begin_run(
        self,
        session: OpenSession,
        *,
        target: str,
        identity: str,
        table: VersionTable,
        direction: str,
        requested: str,
        before: Iterable[str],
    ) -> Fence:
        """Number the run and raise the fence: from here on no earlier run can commit."""
        with session.transaction():
            number = session.rows(
                self._sql["begin_run"],
                target=target,
                direction=direction,
                requested=requested,
                before=_joined(before),
                started_at=now(),
                **who(),
            )[0][0]
            session.change(
                self._sql["raise_fence"],
                target=target,
                identity=identity,
                run=number,
                version_schema=table.schema,
                version_table=table.name,
            )
            session.change(self._sql["abandoned"], target=target, run=number, finished_at=now())
        return Fence(target, identity, number)

    def hold_fence(self, session: Session, fence: Fence) -> bool:
        """Touch the fence in the step's own transaction; False when it is no longer ours."""
        return (
            session.change(
                self._sql["hold_fence"], target=fence.target, run=fence.run, identity=fence.identity
            )
            == 1
        )

    def remember_table(self, session: Session, target: str, table: VersionTable) -> None:
        """Write down where env.py keeps the version rows."""
        session.change(
            self._sql["remember_table"], target=target, version_schema=table.schema, version_table=table.name
        )

    def speak(self, session: Session, fence: Fence) -> bool:
        """In a transaction: we write its entry, and the triggers need not; False without the fence."""
        values = {"target": fence.target, "run": fence.run, "identity": fence.identity}
        return session.change(self._sql["speak"], **values) == 1

    def finish_run(
        self, session: Session, run: int, *, outcome: str, after: Iterable[str], error: str | None = None
    ) -> None:
        """Write down how the run ended."""
        session.change(
            self._sql["finish_run"],
            run=run,
            outcome=outcome,
            after=_joined(after),
            error=error,
            finished_at=now(),
        )

    def write(self, session: Session, run: int, change: Change, *, path: str) -> None:
        """Write a step's entry, and the source that ran, once."""
        if change.source is not None:
            self.sources.keep(session, change.source, path)
        imported = self.sources.keep_imported(session, change.imported)
        session.change(
            self._sql["write_entry"], transaction_id=None, imported=imported, **_values(run, change)
        )

    def leave_step(self, session: Session, fence: Fence, change: Change, *, path: str) -> Left:
        """In the step's own transaction: touch the fence and write the entry.

        Before or after its version row moves, as ``is_told_with_entry`` says.
        """
        whole = self._leave_step
        if whole is None or change.source is None:
            # on SQLite the fence was touched when the triggers were told
            is_held = whole is None or (self.hold_fence(session, fence) and self.speak(session, fence))
            self.write(session, fence.run, change, path=path)
            return Left(is_held=is_held, transaction_id=None)
        fences, transaction_id, *_ = session.rows(
            whole,
            target=fence.target,
            identity=fence.identity,
            digest=digest_of(change.source),
            path=path,
            body=change.source,
            imported=self.sources.keep_imported(session, change.imported),
            **_values(fence.run, change),
        )[0]
        return Left(is_held=fences == 1, transaction_id=transaction_id)

    @cached_property
    def _leave_step(self) -> Query | None:
        parts = {name: text.rstrip(";") for name, text in self._sql.items()}
        if "leave_step" not in parts:
            return None
        transaction_id = "CAST(pg_current_xact_id() AS text)"
        parts["write_entry"] = parts["write_entry"].replace(":transaction_id", transaction_id)
        return Query(parts["leave_step"].format(transaction_id=transaction_id, **parts))

    def entries(self, session: Session) -> tuple[LedgerEntry, ...]:
        """The whole ledger, newest first."""
        return tuple(_entry(row) for row in session.rows(self._sql["entries"]))

    def runs(self, session: Session, target: str) -> Runs:
        """How the runs of a target ended, and when."""
        ended = session.rows(self._sql["ended"], target=target)
        newest = [
            LastRun(str(outcome), seconds(end), seconds(end) - seconds(begin))
            for outcome, _, begin, end in ended
        ]
        done = (run for run in newest if run.is_success)
        return Runs(
            outcomes={str(outcome): int(many) for outcome, many, *_ in ended},
            last=next(iter(newest), None),
            last_success_at_s=next((run.finished_at_s for run in done), None),
        )

    def unexplained(self, session: Session) -> tuple[tuple[int, str, str], ...]:
        """What plain Alembic did, with the revision not named yet: entry, version before, version after."""
        return tuple((seq, before, after) for seq, before, after in session.rows(self._sql["unexplained"]))

    def explain(
        self,
        session: Session,
        seq: int,
        *,
        revision: str,
        direction: str,
        checksum: str | None,
        source: str | None,
        imported: str | None,
    ) -> None:
        """Name the revision of an entry that plain Alembic left."""
        session.change(
            self._sql["explain"],
            seq=seq,
            revision=revision,
            direction=direction,
            checksum=checksum,
            source=source,
            imported=imported,
        )

    def has_entries(self, session: Session) -> bool:
        """Has anything been written down for this database?"""
        return bool(session.rows(self._sql["has_entries"]))

    @property
    def is_told_with_entry(self) -> bool:
        """Is the entry written before the version row moves, and tells the trigger to write none itself?

        On SQLite the triggers are told first (``speak``), and write again as soon as the entry is there.
        """
        return self._leave_step is not None

    def enter_step(
        self, session: Session, fence: Fence, revision: str, direction: Direction
    ) -> tuple[int | None, Checkpoint | None]:
        """The run that the fence belongs to, and how far this step came in an earlier one."""
        values: dict[str, Any] = {"target": fence.target, "revision": revision, "direction": direction.value}
        for run, ordinal, digest, intent in session.rows(self._sql["enter_step"], **values):
            return run, None if ordinal is None else Checkpoint(ordinal, digest, intent)
        return None, None

    def checkpoints(self, session: Session, target: str) -> tuple[tuple[str, str, int], ...]:
        """All steps that are half done: revision, direction, ordinal."""
        return tuple((r, d, o) for r, d, o in session.rows(self._sql["checkpoints"], target=target))

    def set_checkpoint(
        self, session: Session, fence: Fence, revision: str, direction: Direction, checkpoint: Checkpoint
    ) -> None:
        """Write down how far the step came, in the transaction of the statements it speaks of."""
        session.change(
            self._sql["set_checkpoint"],
            target=fence.target,
            revision=revision,
            direction=direction.value,
            run=fence.run,
            ordinal=checkpoint.ordinal,
            digest=checkpoint.digest,
            intent=checkpoint.intent,
        )

    def clear_checkpoints(self, session: Session, target: str) -> None:
        """A stamp says where the database stands: nothing is half done any more."""
        session.change(self._sql["clear_checkpoints"], target=target)

    def clear_checkpoint(self, session: Session, target: str, revision: str, direction: Direction) -> None:
        """The step is whole."""
        session.change(
            self._sql["clear_checkpoint"], target=target, revision=revision, direction=direction.value
        )


def _values(run: int, change: Change) -> dict[str, Any]:
    return {
        "run": run,
        "revision": change.revision,
        "direction": change.direction,
        "from_versions": _joined(change.before),
        "to_versions": _joined(change.after),
        "started_at": change.started_at,
        "finished_at": now(),
        "duration_s": change.duration_s,
        "outcome": change.outcome,
        "checksum": change.checksum,
        "source": None if change.source is None else digest_of(change.source),
        "statements": change.statements,
        "error": change.error,
        **who(),
    }


def _joined(versions: Iterable[str]) -> str:
    return ",".join(versions)


def _split(text: str) -> tuple[str, ...]:
    return tuple(part for part in text.split(",") if part)


def _entry(row: tuple[object, ...]) -> LedgerEntry:
    seq, run, revision, direction, before, after, *rest = row
    return LedgerEntry(seq, run, revision, direction, _split(str(before)), _split(str(after)), *rest)  # type: ignore[arg-type]
