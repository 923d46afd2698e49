"""The verbs of ``Migrator`` as coroutines."""

# Written by docs/generate_async.py from migrator.py: change that, then run 'make docs'.

from __future__ import annotations

from typing import TYPE_CHECKING

from limosa.migrator.calls import AsyncCalls
from limosa.model.revision import Direction

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from limosa.graph import Graph
    from limosa.model.check import CheckReport
    from limosa.model.client import Client
    from limosa.model.doctor import DoctorReport
    from limosa.model.edit import Acceptance, Edit
    from limosa.model.handbook import ExportReport
    from limosa.model.health import HealthPolicy, HealthReport, Mode
    from limosa.model.history import AppliedRevision, HistoryEntry, LedgerEntry, RevisionDetail
    from limosa.model.metrics import Metrics
    from limosa.model.picture import Picture
    from limosa.model.plan import Plan
    from limosa.model.reset import Clearance, ResetReport
    from limosa.model.revision import Revision
    from limosa.model.run import RunReport
    from limosa.model.snapshot import SnapshotReport
    from limosa.model.squash import Squash
    from limosa.model.status import Status
    from limosa.model.validate import Validation
    from limosa.model.verify import VerifyReport


class AsyncMigrator(AsyncCalls):
    """``Migrator`` for applications with an event loop: every verb is a coroutine that never blocks it.

    It may be called by many tasks at once, and for several databases: what touches Alembic runs one
    after the other, in a thread; what only looks runs beside it. A verb that is cancelled is stopped, its
    step is undone, its lock given back, and only then ``CancelledError`` raised. ``sinks`` are called in
    the event loop. ``async with`` loads the settings at its begin and stops what still runs at its end.
    """

    async def graph(self) -> Graph:
        """The project's revisions, read once."""
        return await self._look(lambda migrator: migrator.graph)

    async def status(self, *, with_edits: bool = False) -> Status:
        """Where the database stands, of several the one that needs most; unreachable is an answer, too.

        ``with_edits`` also compares the applied revisions with what was applied, which reads the ledger.
        """
        return await self._look(lambda migrator: migrator.status(with_edits=with_edits))

    async def statuses(self) -> tuple[Status, ...]:
        """Where each database stands that env.py connects to."""
        return await self._look(lambda migrator: migrator.statuses())

    async def health(self, *, policy: HealthPolicy | None = None, timeout_s: float = 2.0) -> HealthReport:
        """What a probe asks every second: whether the schema fits, and what follows from it.

        The revisions are read once in the life of this object; the database is asked each time.
        """
        return await self._look(lambda migrator: migrator.health(policy=policy, timeout_s=timeout_s))

    async def metrics(self, *, timeout_s: float = 2.0) -> Metrics:
        """What a monitoring system asks now and then; a database that does not answer is an answer, too."""
        return await self._look(lambda migrator: migrator.metrics(timeout_s=timeout_s))

    async def wait(self, *, at: str | None = None, timeout_s: float = 60.0) -> Status:
        """Wait until the database answers, or is at a revision or beyond it; raise what is missing.

        ``Unreachable`` or ``Behind`` when the time is over, ``Ahead`` at once where it cannot be told
        whether an unknown revision stands on the one that is waited for.
        """
        return await self._wait(lambda migrator: migrator.wait(at=at, timeout_s=timeout_s))

    async def ensure_database_migrated(
        self, *, mode: Mode = "check", policy: HealthPolicy | None = None, timeout_s: float = 60.0
    ) -> Status:
        """Return where the database stands if the application may start on it; raise otherwise.

        ``check`` looks once. ``wait`` waits until somebody else, a migration job, has brought it to
        head. ``upgrade`` does it: of several processes one, the others wait for it. ``timeout_s`` is
        for the waiting, and for the database to answer; ``policy.startable`` says what will do.
        """
        return await (self._run if mode == "upgrade" else self._wait)(
            lambda migrator: migrator.ensure_database_migrated(mode=mode, policy=policy, timeout_s=timeout_s)
        )

    async def current(self) -> tuple[AppliedRevision, ...]:
        """The version rows of the database."""
        return await self._look(lambda migrator: migrator.current())

    async def heads(self) -> tuple[Revision, ...]:
        """The revisions that nothing stands on."""
        return await self._look(lambda migrator: migrator.heads())

    async def branches(self) -> tuple[Revision, ...]:
        """The revisions that several stand on."""
        return await self._look(lambda migrator: migrator.branches())

    async def history(self, *, range_: str | None = None) -> tuple[HistoryEntry, ...]:
        """The revisions on disk, newest first, and what became of each in the database."""
        return await self._look(lambda migrator: migrator.history(range_=range_))

    async def record(self) -> tuple[LedgerEntry, ...]:
        """The ledger, newest first; empty where Limosa never ran."""
        return await self._look(lambda migrator: migrator.record())

    async def show(self, revision: str) -> RevisionDetail:
        """Everything that is known of one revision."""
        return await self._look(lambda migrator: migrator.show(revision))

    async def pending(self) -> tuple[Revision, ...]:
        """The revisions that an upgrade to the heads would run, in order."""
        return await self._look(lambda migrator: migrator.pending())

    async def plan(
        self,
        target: str = "heads",
        *,
        direction: Direction = Direction.UPGRADE,
        statements: bool = False,
        use_snapshot: bool = True,
    ) -> Plan:
        """What a run would do to the database as it stands now.

        With ``statements`` it runs on a scratch copy of the schema, and each step holds what it
        sent there; the database itself is only read. Where a revision fails on the copy, its
        error has the plan up to there in ``fields["plan"]``. Where an upgrade would start from a
        snapshot, the plan says from which, unless it is asked for without.
        """
        return await self._run(
            lambda migrator: migrator.plan(
                target, direction=direction, statements=statements, use_snapshot=use_snapshot
            )
        )

    async def script(self, revisions: str = "head", *, direction: Direction = Direction.UPGRADE) -> str:
        """What ``alembic upgrade --sql`` writes: for a target from base, or for a range ``FROM:TO``.

        No database is asked, so a revision that reads one raises ``RevisionFailed``.
        """
        return await self._run(lambda migrator: migrator.script(revisions, direction=direction))

    async def edits(self) -> tuple[Edit, ...]:
        """The applied revisions that were edited on disk since; each with the difference."""
        return await self._look(lambda migrator: migrator.edits())

    async def validate(self, *, files_only: bool = False) -> Validation:
        """Look for everything that is wrong with the revision files; ``files_only`` asks no database."""
        return await self._run(lambda migrator: migrator.validate(files_only=files_only))

    async def check(
        self, *, history: bool = False, accept: str | None = None, full: bool = False
    ) -> CheckReport:
        """Look for drift between the models, the revisions and the database.

        With ``history`` the revisions up to the database's own run on a scratch database, whose
        schema must then be the database's. ``accept`` is the reason for which everything that
        differs now is written into the baseline file. A check that passed is remembered, and as
        long as no imported file and nothing in the catalogue changes the next one is not made
        again, unless it is to be ``full``.
        """
        return await self._run(lambda migrator: migrator.check(history=history, accept=accept, full=full))

    async def verify(self) -> VerifyReport:
        """Check the database against the models, with one answer a question."""
        return await self._run(lambda migrator: migrator.verify())

    async def doctor(self) -> DoctorReport:
        """What is there of everything that a migration needs on this machine, and what is missing."""
        return await self._look(lambda migrator: migrator.doctor())

    async def picture(
        self,
        *,
        range_: str | None = None,
        branch: str | None = None,
        standings: Sequence[Status] | None = None,
    ) -> Picture:
        """The revision graph, to be drawn; with where these databases stand, our own if none are given."""
        return await self._look(
            lambda migrator: migrator.picture(range_=range_, branch=branch, standings=standings)
        )

    async def export_docs(
        self,
        folder: Path | str,
        *,
        standings: Sequence[Status] | None = None,
        histories: Mapping[str, Sequence[HistoryEntry]] | None = None,
    ) -> ExportReport:
        """Write a page for each revision into a folder; of our own database unless others are given."""
        return await self._run(
            lambda migrator: migrator.export_docs(folder, standings=standings, histories=histories)
        )

    async def client(self, *, statements: Sequence[str] = (), arguments: Sequence[str] = ()) -> Client:
        """How psql or sqlite3 is called on the database; ``arguments`` are passed on as they are."""
        return await self._look(lambda migrator: migrator.client(statements=statements, arguments=arguments))

    async def upgrade(self, target: str = "head", *, use_snapshot: bool = True) -> RunReport:
        """Bring the database up to the target; an empty one starts from a snapshot that fits."""
        return await self._run(lambda migrator: migrator.upgrade(target, use_snapshot=use_snapshot))

    async def downgrade(self, target: str) -> RunReport:
        """Take the database down to the target: an id, ``-1``, or ``base``."""
        return await self._run(lambda migrator: migrator.downgrade(target))

    async def reset(self, *, everything: bool = False) -> ResetReport:
        """Drop what the project made, or all that lies beside it, too, and upgrade again; for development."""
        return await self._run(lambda migrator: migrator.reset(everything=everything))

    async def reset_plan(self, *, everything: bool = False) -> tuple[Clearance, ...]:
        """What ``reset`` would drop in each database, and what it would leave."""
        return await self._run(lambda migrator: migrator.reset_plan(everything=everything))

    async def stamp(self, target: str) -> RunReport:
        """Move the version rows and run nothing."""
        return await self._run(lambda migrator: migrator.stamp(target))

    async def accept(self, revision: str, *, reason: str) -> Acceptance:
        """Write down why an applied revision was edited; exactly this edit is not spoken of again."""
        return await self._run(lambda migrator: migrator.accept(revision, reason=reason))

    async def snapshot(self, target: str = "heads") -> SnapshotReport:
        """Write the schema at a revision, with the rows that its revisions put in, as a file of the project.

        It is proven first: a second scratch database is made from it and compared.
        """
        return await self._run(lambda migrator: migrator.snapshot(target))

    async def squash(self, target: str = "head", *, dry_run: bool = False) -> Squash:
        """Put one baseline in the place of all revisions up to the target; with ``dry_run``, only say what.

        The baseline has the id of the last one. Before any file is moved, it is proven on scratch
        databases: up it makes what the revisions make, and down it takes all of it away.
        """
        return await self._run(lambda migrator: migrator.squash(target, dry_run=dry_run))

    async def create(self, message: str, *, empty: bool = False, ticket: str | None = None) -> Revision:
        """Write a new revision; its id keeps the width of the ids before it."""
        return await self._run(lambda migrator: migrator.create(message, empty=empty, ticket=ticket))
