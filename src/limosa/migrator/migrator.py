"""The verbs on a project and its database."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from limosa.config import Settings, alembic_facts, load
from limosa.errors import Unreachable
from limosa.graph import Graph
from limosa.migrator.databases import Databases
from limosa.migrator.standing import Judge, worst
from limosa.model.history import AppliedRevision, HistoryEntry, LedgerEntry, Movement, RevisionDetail
from limosa.model.plan import Plan
from limosa.model.revision import Direction, Revision
from limosa.model.run import Outcome, RunReport
from limosa.model.status import State, Status
from limosa.observe.bus import Bus, Sink
from limosa.plan import plan_downgrade, plan_stamp, plan_upgrade

if TYPE_CHECKING:
    from limosa.model.verify import VerifyReport
    from limosa.run.request import Request, Target


class Migrator:
    """A project and one of its databases.

    Without ``settings`` they are loaded: ``project`` is a folder, ``environment`` the name of a
    table in the project's configuration, ``url`` a database. Every method raises only
    ``LimosaError``; ``sinks`` are called with each event of a run.
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
        self._databases = Databases(self.settings)
        self._bus = Bus(sinks)

    @cached_property
    def graph(self) -> Graph:
        """The project's revisions, read once."""
        facts = alembic_facts(self.settings)
        return Graph.read(
            facts.version_locations,
            recursive=facts.recursive_version_locations,
            cache=self.settings.cache,
            fallback=_executed,
        )

    # -- looking -----------------------------------------------------------------------------

    def status(self) -> Status:
        """Where the database stands, of several the one that needs most; unreachable is an answer, too."""
        return worst(self.statuses())

    def statuses(self) -> tuple[Status, ...]:
        """Where each database stands that env.py connects to."""
        judge = Judge(self.graph, self.settings.environment)
        try:
            targets = self._databases.targets
        except Unreachable as error:
            return (judge.status(State.UNREACHABLE, self.settings.url, reason=error.message),)
        found = []
        for target in targets:
            try:
                rows, has_tables = self._databases.look(target)
                found.append(judge.judge(target.url, rows, has_tables=has_tables))
            except Unreachable as error:
                found.append(judge.status(State.UNREACHABLE, target.url, reason=error.message))
        return tuple(found)

    def current(self) -> tuple[AppliedRevision, ...]:
        """The version rows of the database."""
        graph, rows = self.graph, self._current_rows()
        return tuple(AppliedRevision(row, graph.revisions.get(row), row in graph.heads) for row in rows)

    def heads(self) -> tuple[Revision, ...]:
        """The revisions that nothing stands on."""
        return tuple(self.graph.revisions[head] for head in self.graph.heads)

    def branches(self) -> tuple[Revision, ...]:
        """The revisions that several stand on."""
        return tuple(self.graph.revisions[point] for point in self.graph.branch_points)

    def history(self, *, range_: str | None = None) -> tuple[HistoryEntry, ...]:
        """The revisions on disk, newest first, and what became of each in the database."""
        graph = self.graph
        rows = self._rows_if_reachable()
        known = [row for row in rows if row in graph.revisions]
        applied = graph.ancestors(*known) if known else frozenset()
        last = {e.revision: e for e in reversed(self._record_if_reachable()) if e.direction == "upgrade"}
        return tuple(
            HistoryEntry(
                revision=revision,
                is_head=revision.id in graph.heads,
                is_current=revision.id in rows,
                is_branch_point=revision.id in graph.branch_points,
                is_merge=revision.is_merge,
                applied_at=last[revision.id].finished_at
                if revision.id in applied and revision.id in last
                else None,
                applied_by=last[revision.id].actor
                if revision.id in applied and revision.id in last
                else None,
            )
            for revision in graph.history(range_, current=tuple(known))
        )

    def record(self) -> tuple[LedgerEntry, ...]:
        """The ledger, newest first; empty where Limosa never ran."""
        from limosa.ledger.ledger import Ledger  # noqa: PLC0415  looking at files needs no database

        found: list[LedgerEntry] = []
        for target in filter(self._databases.exists, self._databases.targets):
            ledger = Ledger(self._databases.engine(target))
            with self._databases.session(target) as session:
                found += ledger.entries(session) if ledger.exists(session) else ()
        return tuple(self._named(entry) for entry in found)

    def _named(self, entry: LedgerEntry) -> LedgerEntry:
        """Name the revision in an entry of plain Alembic's that no run has named yet."""
        if entry.revision is not None:
            return entry
        found = self._explain(",".join(entry.from_versions), ",".join(entry.to_versions))
        return entry if found is None else replace(entry, revision=found[0], direction=found[1])

    def show(self, revision: str) -> RevisionDetail:
        """Everything that is known of one revision."""
        found = self.graph.get(revision)
        entries = tuple(entry for entry in self._record_if_reachable() if entry.revision == found.id)
        return RevisionDetail(found, self.graph.source(found.id), self.graph.children(found.id), entries)

    def pending(self) -> tuple[Revision, ...]:
        """The revisions that an upgrade to the heads would run, in order."""
        return tuple(step.revision for step in self.plan("heads").steps)

    def plan(self, target: str = "heads", *, direction: Direction = Direction.UPGRADE) -> Plan:
        """What a run would do to the database as it stands now."""
        planner = plan_upgrade if direction is Direction.UPGRADE else plan_downgrade
        return planner(self.graph, target, self._current_rows())

    def verify(self) -> VerifyReport:
        """Check the database against the models, with one answer a question."""
        from limosa.alembic_bridge.comparison import compare  # noqa: PLC0415  imports Alembic
        from limosa.run.verification import verify  # noqa: PLC0415

        databases, judge = self._databases, Judge(self.graph, self.settings.environment)
        with databases.handed():
            return verify(
                databases.targets,
                judge=lambda rows: judge.judge(databases.targets[0].url, rows, has_tables=True),
                compare=lambda: compare(databases.environment()),
                limits=self.settings.limits,
            )

    # -- changing ----------------------------------------------------------------------------

    def upgrade(self, target: str = "head") -> RunReport:
        """Bring the database up to the target."""
        return self._run("upgrade", target, lambda rows: plan_upgrade(self.graph, target, rows))

    def downgrade(self, target: str) -> RunReport:
        """Take the database down to the target: an id, ``-1``, or ``base``."""
        return self._run("downgrade", target, lambda rows: plan_downgrade(self.graph, target, rows))

    def stamp(self, target: str) -> RunReport:
        """Move the version rows and run nothing."""

        def plan(rows: tuple[str, ...]) -> Plan:
            after = plan_stamp(self.graph, target, rows)
            return Plan(Direction.UPGRADE, target, rows, after, ())

        return self._run("stamp", target, plan)

    def create(self, message: str, *, empty: bool = False, ticket: str | None = None) -> Revision:
        """Write a new revision; its id keeps the width of the ids before it."""
        from limosa.alembic_bridge.creation import create_revision  # noqa: PLC0415  imports Alembic
        from limosa.config.naming import next_id  # noqa: PLC0415

        with self._databases.handed():
            path = create_revision(
                self._databases.project,
                message=f"{ticket} {message}" if ticket else message,
                revision=next_id(tuple(self.graph.revisions)),
                autogenerate=not empty,
            )
        del self.graph
        return next(r for r in self.graph.revisions.values() if r.path == path)

    def _run(self, verb: str, requested: str, plan: Callable[[tuple[str, ...]], Plan]) -> RunReport:
        from limosa.run.executor import Executor  # noqa: PLC0415
        from limosa.run.request import Request  # noqa: PLC0415

        _ = self.graph  # what is wrong with the files is told before anything is touched
        targets = self._databases.targets
        request = Request(verb, requested, plan, self._explain, self._source, self.settings.limits)
        if len(targets) == 1 and (report := self._nothing_to_do(request, targets[0])) is not None:
            return report

        with self._databases.handed():
            return Executor(targets, request, self._databases.environment, emit=self._bus).run()[0]

    def _nothing_to_do(self, request: Request, target: Target) -> RunReport | None:
        """Look before asking for the lock: to find that there is nothing to do takes none."""
        if not self._databases.exists(target):
            plan = request.plan(())
            return _nothing(target, ()) if plan.is_empty and not plan.after else None
        if request.verb != "upgrade":
            return None
        rows = self._databases.rows_of(target)
        if not rows or not request.plan(rows).is_empty:
            return None
        return _nothing(target, rows)

    # -- what the verbs stand on -------------------------------------------------------------

    def _current_rows(self) -> tuple[str, ...]:
        """The version rows; of several databases those of the one that has furthest to go."""
        rows = [self._databases.rows_of(target) for target in self._databases.targets]
        known = [each for each in rows if all(row in self.graph.revisions for row in each)]
        if len(rows) == 1 or not known:
            return rows[0]
        return max(known, key=lambda each: len(plan_upgrade(self.graph, "heads", each).steps))

    def _rows_if_reachable(self) -> tuple[str, ...]:
        try:
            return self._current_rows()
        except Unreachable:
            return ()

    def _record_if_reachable(self) -> tuple[LedgerEntry, ...]:
        try:
            return self.record()
        except Unreachable:
            return ()

    def _source(self, revision: str) -> tuple[Revision, str] | None:
        found = self.graph.revisions.get(revision)
        return None if found is None else (found, self.graph.source(revision))

    def _explain(self, before: str, after: str) -> tuple[str, Movement] | None:
        """Which revision plain Alembic ran, told by how the version row moved."""
        known = self.graph.revisions
        if not before or not after:
            name = after or before
            if name not in known:
                return None
            return (name, "upgrade") if after else (name, "downgrade")
        if before not in known or after not in known:
            return None
        if self._is_one_step(before, after):
            return after, "upgrade"
        return (before, "downgrade") if self._is_one_step(after, before) else (after, "stamp")

    def _is_one_step(self, lower: str, upper: str) -> bool:
        """Does nothing lie between the two? A row that passes over a revision was stamped."""
        between = self.graph.ancestors(upper) & self.graph.descendants(lower)
        return between == {lower, upper}


def _nothing(target: Target, rows: tuple[str, ...]) -> RunReport:
    return RunReport(None, Outcome.NOTHING_TO_DO, rows, rows, (), 0.0, 0.0, target.url.masked)


def _executed(path: Path) -> Mapping[str, object]:
    from limosa.alembic_bridge.loading import namespace_of  # noqa: PLC0415  imports Alembic

    return namespace_of(path)
