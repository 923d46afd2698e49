"""The one place that composes the rooms: settings, graph and database of a project, and the verbs on them."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from limosa.config import Settings, alembic_facts, load
from limosa.errors import GraphError, LimosaError, Unreachable
from limosa.graph import Graph
from limosa.model.history import AppliedRevision, HistoryEntry, LedgerEntry, RevisionDetail
from limosa.model.plan import Plan
from limosa.model.revision import Direction, Revision
from limosa.model.run import Outcome, RunReport
from limosa.model.session import VersionTable
from limosa.model.status import PendingRevision, State, Status
from limosa.observe.bus import Bus, Sink
from limosa.plan import plan_downgrade, plan_stamp, plan_upgrade

if TYPE_CHECKING:
    from limosa.alembic_bridge.environment import Environment
    from limosa.alembic_bridge.observer import Observed
    from limosa.alembic_bridge.project import AlembicProject
    from limosa.engines.base import Engine, OpenSession
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
        """Where the database stands; an unreachable one is an answer, not an error."""
        try:
            engine, target = self._engine(), self._target()
            rows, tables = self._look(engine, target)
        except Unreachable as error:
            return self._status(State.UNREACHABLE, (), (), reason=error.message)
        return self._judged(rows, has_tables=bool(tables))

    def _look(self, engine: Engine, target: Target) -> tuple[tuple[str, ...], tuple[str, ...]]:
        if not engine.exists(target.url):
            return (), ()
        with self._session() as session:
            return self._rows(session), engine.tables(session)

    def _judged(self, rows: tuple[str, ...], *, has_tables: bool) -> Status:
        graph = self.graph
        unknown = [row for row in rows if row not in graph.revisions]
        if unknown:
            state = State.AHEAD if len(unknown) == len(rows) else State.DIVERGED
            return self._status(state, rows, (), reason=f"not on disk: {', '.join(unknown)}")
        try:
            steps = plan_upgrade(graph, "heads", rows).steps if graph.heads else ()
        except GraphError as error:
            return self._status(State.DIVERGED, rows, (), reason=error.message)
        pending = tuple(
            PendingRevision(s.revision.id, s.revision.message, str(s.revision.path)) for s in steps
        )
        if rows:
            state = State.BEHIND if pending else State.AT_HEAD
        else:
            state = State.UNVERSIONED if has_tables else State.EMPTY
        return self._status(state, rows, pending)

    def _status(
        self,
        state: State,
        rows: tuple[str, ...],
        pending: tuple[PendingRevision, ...],
        reason: str | None = None,
    ) -> Status:
        heads = tuple(sorted(self.graph.heads))
        url = self.settings.url or (self._targets[0].url if state is not State.UNREACHABLE else None)
        return Status(
            state=state,
            current_revision=", ".join(rows) or None,
            head_revision=", ".join(heads) or None,
            current=rows,
            heads=heads,
            pending=pending,
            is_initialized=bool(rows),
            is_up_to_date=state is State.AT_HEAD,
            needs_migration=bool(pending),
            engine="unknown" if url is None else url.backend,
            environment=self.settings.environment,
            url="unknown" if url is None else url.masked,
            reason=reason,
        )

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
        engine = self._engine()
        if not engine.exists(self._target().url):
            return ()
        from limosa.ledger.ledger import Ledger  # noqa: PLC0415  looking at files needs no database

        ledger = Ledger(engine)
        with self._session() as session:
            return ledger.entries(session) if ledger.exists(session) else ()

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

        with self._handed():
            return verify(
                self._targets,
                judge=lambda rows: self._judged(rows, has_tables=True),
                compare=lambda: compare(self._environment()),
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

        with self._handed():
            path = create_revision(
                self._project,
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
        targets = self._targets
        request = Request(verb, requested, plan, self._explain, self._source, self.settings.limits)
        if len(targets) == 1 and (report := self._nothing_to_do(request, targets[0])) is not None:
            return report

        with self._handed():
            return Executor(targets, request, self._environment, emit=self._bus).run()[0]

    def _nothing_to_do(self, request: Request, target: Target) -> RunReport | None:
        """Look before asking for the lock: to find that there is nothing to do takes none."""
        if not self._engine().exists(target.url):
            plan = request.plan(())
            done = plan.is_empty and not plan.after
            return (
                RunReport(None, Outcome.NOTHING_TO_DO, (), (), (), 0.0, 0.0, target.url.masked)
                if done
                else None
            )
        if request.verb != "upgrade":
            return None
        with self._session() as session:
            rows = self._rows(session)
        if not rows or not request.plan(rows).is_empty:
            return None
        return RunReport(None, Outcome.NOTHING_TO_DO, rows, rows, (), 0.0, 0.0, target.url.masked)

    # -- what the verbs stand on -------------------------------------------------------------

    @cached_property
    def _project(self) -> AlembicProject:
        from limosa.alembic_bridge.project import AlembicProject  # noqa: PLC0415  imports Alembic

        settings = self.settings
        return AlembicProject(
            settings.root,
            ini=settings.alembic_ini,
            toml=settings.alembic_toml,
            section=settings.section,
            url=settings.url,
            x_arguments=settings.x_arguments,
        )

    def _environment(self) -> Environment:
        from limosa.alembic_bridge.environment import Environment  # noqa: PLC0415  imports Alembic
        from limosa.engines.alchemy import alchemy_connection  # noqa: PLC0415
        from limosa.engines.registry import driver_options  # noqa: PLC0415

        url = self.settings.url
        connect = None if url is None else lambda: alchemy_connection(url)
        return Environment(self._project, connect=connect, options=driver_options)

    @cached_property
    def _env_text(self) -> str:
        path = alembic_facts(self.settings).env_file
        return path.read_text(encoding="utf-8") if path.exists() else ""

    @contextmanager
    def _handed(self) -> Iterator[None]:
        from limosa.config.handing import handed_to_env  # noqa: PLC0415

        with handed_to_env(self.settings, self._env_text):
            yield

    @cached_property
    def _targets(self) -> tuple[Target, ...]:
        """The databases: the one of the settings, or those that env.py connects to."""
        from limosa.run.request import Target  # noqa: PLC0415

        url = self.settings.url
        if url is not None and re.search(r"\bversion_table\s*=", self._env_text) is None:
            return (Target(url),)
        from limosa.alembic_bridge.observer import observe  # noqa: PLC0415  imports Alembic, runs env.py

        with self._handed():
            seen = self._observed(observe)
        return tuple(Target(url or o.url.with_driver(None), version_table=o.version_table) for o in seen)

    def _observed(self, observe: Callable[[AlembicProject], Sequence[Observed]]) -> Sequence[Observed]:
        try:
            return observe(self._project)
        except LimosaError:
            raise
        except Exception as error:
            raise Unreachable(
                f"env.py, which alone knows the database, failed: {type(error).__name__}: {error}",
                hint="'alembic current' in the project's folder shows the same; or name the database: --url",
            ) from error

    def _target(self) -> Target:
        return self._targets[0]

    def _engine(self) -> Engine:
        from limosa.engines.registry import engine_for  # noqa: PLC0415

        return engine_for(self._target().url)

    @contextmanager
    def _session(self) -> Iterator[OpenSession]:
        from limosa.engines.base import opened  # noqa: PLC0415

        with opened(
            self._engine(), self._target().url, limits=self.settings.limits, application="limosa"
        ) as session:
            yield session

    def _rows(self, session: OpenSession) -> tuple[str, ...]:
        engine, target = self._engine(), self._target()
        table = target.version_table
        if table is None:
            found = engine.version_tables(session, "alembic_version")
            table = found[0] if found else VersionTable()
        return engine.versions(session, table)

    def _current_rows(self) -> tuple[str, ...]:
        if not self._engine().exists(self._target().url):
            return ()
        with self._session() as session:
            return self._rows(session)

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

    def _explain(self, before: str, after: str) -> tuple[str, str] | None:
        """Which revision plain Alembic ran, told by how the version row moved."""
        known = self.graph.revisions
        if not before or not after:
            name, direction = (after, "upgrade") if after else (before, "downgrade")
            return (name, direction) if name in known else None
        if before not in known or after not in known:
            return None
        if self._is_one_step(before, after):
            return after, "upgrade"
        return (before, "downgrade") if self._is_one_step(after, before) else (after, "stamp")

    def _is_one_step(self, lower: str, upper: str) -> bool:
        """Does nothing lie between the two? A row that passes over a revision was stamped."""
        between = self.graph.ancestors(upper) & self.graph.descendants(lower)
        return between == {lower, upper}


def _executed(path: Path) -> Mapping[str, object]:
    from limosa.alembic_bridge.loading import namespace_of  # noqa: PLC0415  imports Alembic

    return namespace_of(path)
