"""The verbs on a project and its database: one thin method each; what it does is a function of the project.

The modules beside this one hold those functions, by subject. What a verb needs that is slow
to load it imports when it is called.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Self

from limosa.config import Settings, load
from limosa.graph import Graph
from limosa.migrator import changing, looking
from limosa.migrator.project import Project
from limosa.migrator.standing import worst
from limosa.model.edit import Acceptance, Edit
from limosa.model.health import HealthPolicy, HealthReport, Mode
from limosa.model.history import AppliedRevision, HistoryEntry, LedgerEntry, RevisionDetail
from limosa.model.plan import Plan
from limosa.model.revision import Direction, Revision
from limosa.model.run import RunReport
from limosa.model.snapshot import SnapshotReport
from limosa.model.squash import Squash
from limosa.model.status import Status
from limosa.observe.bus import Sink

if TYPE_CHECKING:
    from limosa.model.check import CheckReport
    from limosa.model.client import Client
    from limosa.model.doctor import DoctorReport
    from limosa.model.handbook import ExportReport
    from limosa.model.metrics import Metrics
    from limosa.model.picture import Picture
    from limosa.model.reset import Clearance, ResetReport
    from limosa.model.validate import Validation
    from limosa.model.verify import VerifyReport


class Migrator:
    """A project and one of its databases.

    Without ``settings`` they are loaded: ``project`` is a folder, ``environment`` the name of a
    table in the project's configuration, ``url`` a database. Every method raises only
    ``LimosaError``; ``sinks`` are called with each event of a run. In a ``with`` block the connections
    that look are kept open, so that one question after the other costs no more than its query.
    """

    def __init__(
        self,
        settings: Settings | None = None,
        *,
        project: Path | str | None = None,
        environment: str | None = None,
        url: str | None = None,
        sinks: Sequence[Sink] = (),
    ) -> None:
        self.settings = settings or load(project=project, environment=environment, url=url)
        self._project = Project(self.settings, sinks)

    def __enter__(self) -> Self:
        self._project.databases.keep()
        return self

    def __exit__(self, *_: object) -> None:
        self._project.databases.let_go()

    @property
    def graph(self) -> Graph:
        """The project's revisions, read once."""
        return self._project.graph

    # -- looking -----------------------------------------------------------------------------

    def status(self, *, with_edits: bool = False) -> Status:
        """Where the database stands, of several the one that needs most; unreachable is an answer, too.

        ``with_edits`` also compares the applied revisions with what was applied, which reads the ledger.
        """
        found = worst(self.statuses())
        return looking.with_edits(self._project, found) if with_edits else found

    def statuses(self) -> tuple[Status, ...]:
        """Where each database stands that env.py connects to."""
        return looking.statuses(self._project)

    def health(self, *, policy: HealthPolicy | None = None, timeout_s: float = 2.0) -> HealthReport:
        """What a probe asks every second: whether the schema fits, and what follows from it.

        The revisions are read once in the life of this object; the database is asked each time.
        """
        from limosa.migrator.waiting import health  # noqa: PLC0415  for applications

        return health(self._project, policy or HealthPolicy(), timeout_s=timeout_s)

    def metrics(self, *, timeout_s: float = 2.0) -> Metrics:
        """What a monitoring system asks now and then; a database that does not answer is an answer, too."""
        from limosa.migrator.measuring import metrics  # noqa: PLC0415  for monitoring

        return metrics(self._project, connect_s=timeout_s)

    def wait(self, *, at: str | None = None, timeout_s: float = 60.0) -> Status:
        """Wait until the database answers, or is at a revision or beyond it; raise what is missing.

        ``Unreachable`` or ``Behind`` when the time is over, ``Ahead`` at once where it cannot be told
        whether an unknown revision stands on the one that is waited for.
        """
        from limosa.migrator.waiting import wait  # noqa: PLC0415  for deployments

        return wait(self._project, at=at, timeout_s=timeout_s)

    def ensure_database_migrated(
        self, *, mode: Mode = "check", policy: HealthPolicy | None = None, timeout_s: float = 60.0
    ) -> Status:
        """Return where the database stands if the application may start on it; raise otherwise.

        ``check`` looks once. ``wait`` waits until somebody else, a migration job, has brought it to
        head. ``upgrade`` does it: of several processes one, the others wait for it. ``timeout_s`` is
        for the waiting, and for the database to answer; ``policy.startable`` says what will do.
        """
        from limosa.migrator.waiting import ensure  # noqa: PLC0415  for applications

        return ensure(self._project, mode=mode, policy=policy or HealthPolicy(), timeout_s=timeout_s)

    def current(self) -> tuple[AppliedRevision, ...]:
        """The version rows of the database."""
        return looking.current(self._project)

    def heads(self) -> tuple[Revision, ...]:
        """The revisions that nothing stands on."""
        return tuple(self.graph.revisions[head] for head in self.graph.heads)

    def branches(self) -> tuple[Revision, ...]:
        """The revisions that several stand on."""
        return tuple(self.graph.revisions[point] for point in self.graph.branch_points)

    def history(self, *, range_: str | None = None) -> tuple[HistoryEntry, ...]:
        """The revisions on disk, newest first, and what became of each in the database."""
        return looking.history(self._project, range_)

    def record(self) -> tuple[LedgerEntry, ...]:
        """The ledger, newest first; empty where Limosa never ran."""
        return looking.record(self._project)

    def show(self, revision: str) -> RevisionDetail:
        """Everything that is known of one revision."""
        return looking.show(self._project, revision)

    def pending(self) -> tuple[Revision, ...]:
        """The revisions that an upgrade to the heads would run, in order."""
        return tuple(step.revision for step in self.plan("heads", use_snapshot=False).steps)

    def plan(
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
        if statements:
            from limosa.migrator.rehearsing import captured_plan  # noqa: PLC0415  imports Alembic

            found = captured_plan(self._project, target, direction)
        else:
            found = looking.plan(self._project, target, direction)
        if not use_snapshot or direction is Direction.DOWNGRADE or found.before or found.is_empty:
            return found
        from limosa.migrator.starting import with_snapshot  # noqa: PLC0415  for an empty database

        return with_snapshot(self._project, found)

    def script(self, revisions: str = "head", *, direction: Direction = Direction.UPGRADE) -> str:
        """What ``alembic upgrade --sql`` writes: for a target from base, or for a range ``FROM:TO``.

        No database is asked, so a revision that reads one raises ``RevisionFailed``.
        """
        from limosa.migrator.scripting import script  # noqa: PLC0415  imports Alembic

        return script(self._project, revisions, direction)

    def edits(self) -> tuple[Edit, ...]:
        """The applied revisions that were edited on disk since; each with the difference."""
        from limosa.migrator.edits import edits  # noqa: PLC0415  seldom asked for

        return edits(self._project, with_diff=True)

    def validate(self, *, files_only: bool = False) -> Validation:
        """Look for everything that is wrong with the revision files; ``files_only`` asks no database."""
        from limosa.migrator.validating import validate  # noqa: PLC0415  imports Alembic

        return validate(self._project, is_files_only=files_only)

    def check(self, *, history: bool = False, accept: str | None = None, full: bool = False) -> CheckReport:
        """Look for drift between the models, the revisions and the database.

        With ``history`` the revisions up to the database's own run on a scratch database, whose
        schema must then be the database's. ``accept`` is the reason for which everything that
        differs now is written into the baseline file. A check that passed is remembered, and as
        long as no imported file and nothing in the catalogue changes the next one is not made
        again, unless it is to be ``full``.
        """
        from limosa.migrator.checking import check  # noqa: PLC0415  seldom asked for

        return check(self._project, history=history, full=full, reason=accept)

    def verify(self) -> VerifyReport:
        """Check the database against the models, with one answer a question."""
        from limosa.migrator.verifying import verify  # noqa: PLC0415  imports Alembic

        return verify(self._project)

    def doctor(self) -> DoctorReport:
        """What is there of everything that a migration needs on this machine, and what is missing."""
        from limosa.migrator.doctor import examine  # noqa: PLC0415  seldom asked for

        return examine(lambda *, needs_url: self.settings)  # noqa: ARG005  they are loaded

    def picture(
        self,
        *,
        range_: str | None = None,
        branch: str | None = None,
        standings: Sequence[Status] | None = None,
    ) -> Picture:
        """The revision graph, to be drawn; with where these databases stand, our own if none are given."""
        from limosa.migrator.picturing import picture  # noqa: PLC0415  seldom asked for

        given = self.statuses() if standings is None else standings
        return picture(self._project, range_=range_, branch=branch, standings=given)

    def export_docs(
        self,
        folder: Path | str,
        *,
        standings: Sequence[Status] | None = None,
        histories: Mapping[str, Sequence[HistoryEntry]] | None = None,
    ) -> ExportReport:
        """Write a page for each revision into a folder; of our own database unless others are given."""
        from limosa.migrator.handbook import export_docs  # noqa: PLC0415  seldom asked for

        own = {self.settings.environment: self.history()} if histories is None else histories
        given = self.statuses() if standings is None else standings
        return export_docs(self._project, Path(folder), standings=given, histories=own)

    def client(self, *, statements: Sequence[str] = (), arguments: Sequence[str] = ()) -> Client:
        """How psql or sqlite3 is called on the database; ``arguments`` are passed on as they are."""
        from limosa.migrator.shell import client  # noqa: PLC0415  seldom asked for

        return client(self._project, statements=statements, arguments=arguments)

    # -- changing ----------------------------------------------------------------------------

    def upgrade(self, target: str = "head", *, use_snapshot: bool = True) -> RunReport:
        """Bring the database up to the target; an empty one starts from a snapshot that fits."""
        return changing.upgrade(self._project, target, use_snapshot=use_snapshot)

    def downgrade(self, target: str) -> RunReport:
        """Take the database down to the target: an id, ``-1``, or ``base``."""
        return changing.downgrade(self._project, target)

    def reset(self, *, everything: bool = False) -> ResetReport:
        """Drop what the project made, or all that lies beside it, too, and upgrade again; for development."""
        from limosa.migrator.resetting import reset  # noqa: PLC0415  seldom asked for

        return reset(self._project, drops_everything=everything)

    def reset_plan(self, *, everything: bool = False) -> tuple[Clearance, ...]:
        """What ``reset`` would drop in each database, and what it would leave."""
        from limosa.migrator.resetting import look  # noqa: PLC0415  seldom asked for

        return look(self._project, drops_everything=everything)

    def stamp(self, target: str) -> RunReport:
        """Move the version rows and run nothing."""
        return changing.stamp(self._project, target)

    def accept(self, revision: str, *, reason: str) -> Acceptance:
        """Write down why an applied revision was edited; exactly this edit is not spoken of again."""
        from limosa.migrator.edits import accept  # noqa: PLC0415  seldom asked for

        return accept(self._project, revision, reason=reason)

    def snapshot(self, target: str = "heads") -> SnapshotReport:
        """Write the schema at a revision, with the rows that its revisions put in, as a file of the project.

        It is proven first: a second scratch database is made from it and compared.
        """
        from limosa.migrator.snapshots import snapshot  # noqa: PLC0415  imports Alembic

        return snapshot(self._project, target)

    def squash(self, target: str = "head", *, dry_run: bool = False) -> Squash:
        """Put one baseline in the place of all revisions up to the target; with ``dry_run``, only say what.

        The baseline has the id of the last one. Before any file is moved, it is proven on scratch
        databases: up it makes what the revisions make, and down it takes all of it away.
        """
        from limosa.migrator import squashing  # noqa: PLC0415  imports Alembic

        return squashing.look(self._project, target) if dry_run else squashing.squash(self._project, target)

    def create(self, message: str, *, empty: bool = False, ticket: str | None = None) -> Revision:
        """Write a new revision; its id keeps the width of the ids before it."""
        from limosa.migrator.creating import create  # noqa: PLC0415  seldom asked for

        return create(self._project, message, is_empty=empty, ticket=ticket)

    def stop(self) -> None:
        """Ask what runs through this object in other threads to stop; return at once.

        The statement that runs is cancelled and its step undone; the call in the other thread then
        raises ``Interrupted``, and the next one goes on from there.
        """
        self._project.stop()
