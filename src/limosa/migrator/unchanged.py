"""Whether anything has changed since a check passed: one look at the catalogue, and one at each file.

A check is remembered where it passed, and only if nothing that it rests on can have changed
while it ran. Whatever is in doubt is compared again.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from limosa.config import alembic_facts
from limosa.drift.baseline import FILE
from limosa.drift.imported import begin, look, search_path
from limosa.drift.kept import Kept
from limosa.drift.memory import VERSION, Passed, keep_pass, recall_pass
from limosa.migrator.project import Project
from limosa.model.check import Between, CheckReport, Verdict

if TYPE_CHECKING:
    from limosa.engines.base import OpenSession
    from limosa.model.status import Status
    from limosa.model.url import DatabaseURL
    from limosa.run.request import Target


@dataclass(frozen=True, slots=True)
class _Sight:
    """One database as it is now."""

    rows: tuple[str, ...]
    catalogue: str
    fingerprint: str


class Unchanged:
    """What is known of the last check of a project that passed, and what the next one will know."""

    def __init__(self, project: Project, *, history: bool) -> None:
        self._project = project
        self._has_history = history
        self.beginning = begin()
        self._before: list[_Sight] = []
        self._path = search_path(alembic_facts(project.settings).prepend_sys_path)

    def report(self) -> CheckReport | None:
        """Return what a check would find, where that is known; None where it must be made."""
        statuses: list[Status] = []
        last: Passed | None = None
        for target, passed in self._known():
            status = None if passed is None or not self._rests(passed) else self._looked(target, passed)
            if status is None:
                return None
            statuses.append(status)
            last = passed
        if last is None:
            return None
        return CheckReport(
            verdict=Verdict.PASSED,
            unchanged=True,
            databases=tuple(statuses),
            compared=last.compared,
            accepted=last.accepted,
            unmatched=last.unmatched,
            notes=last.notes,
        )

    def before(self) -> None:
        """Look at the databases before they are compared."""
        databases = self._project.databases
        if self._project.settings.cache is not None and all(map(databases.exists, databases.targets)):
            self._before = self._sights()

    def after(self, report: CheckReport) -> None:
        """Remember the check if it passed and nothing changed meanwhile."""
        if not report.passed or not self._before or self._sights() != self._before:
            return
        settings, facts = self._project.settings, alembic_facts(self._project.settings)
        others = {facts.env_file, settings.alembic_file, settings.root / FILE}
        if settings.alembic_toml is not None:
            others.add(settings.alembic_toml)
        imported = look(self.beginning, others, first=facts.prepend_sys_path)
        if imported is None:
            return
        for target, sight in zip(self._project.databases.targets, self._before, strict=True):
            passed = Passed(
                version_table=target.version_table,
                catalogue=sight.catalogue,
                fingerprint=sight.fingerprint,
                compared=report.compared,
                history=self._revisions(sight.rows, report.compared),
                accepted=report.accepted,
                unmatched=report.unmatched,
                notes=report.notes,
                search_paths=(self._path, search_path(facts.prepend_sys_path)),
                imported=imported,
            )
            keep_pass(self._kept(target.url), passed)

    # -- what is known -----------------------------------------------------------------------

    def _known(self) -> Sequence[tuple[Target, Passed | None]]:
        settings, databases = self._project.settings, self._project.databases
        if settings.cache is None:
            return ()
        if settings.url is None:
            return [(target, recall_pass(self._kept(target.url))) for target in databases.targets]
        passed = recall_pass(self._kept(settings.url))
        if passed is None:
            return ()
        from limosa.run.request import Target  # noqa: PLC0415  as in databases.py

        # env.py need not say again which table it names: it is among the files that must not have changed
        return [(Target(settings.url, version_table=passed.version_table), passed)]

    def _kept(self, url: DatabaseURL) -> Kept:
        settings = self._project.settings
        assert settings.cache is not None
        how = "history" if self._has_history else "models"
        place = (str(settings.root), url.masked, settings.section, settings.environment, how)
        return Kept.of(
            settings.cache, "check", place, (VERSION, sys.version, sys.prefix, *settings.x_arguments)
        )

    def _rests(self, passed: Passed) -> bool:
        """Is everything outside the database as it was?"""
        return self._path in passed.search_paths and passed.imported.holds()

    def _looked(self, target: Target, passed: Passed) -> Status | None:
        """Where the database stands, if it is as it was."""
        databases = self._project.databases
        if not databases.exists(target):
            return None
        engine = databases.engine(target)
        with databases.session(target) as session:
            rows = databases.rows(target, session)
            if self._revisions(rows, passed.compared) != passed.history:
                return None
            if engine.catalogue(session) != passed.catalogue:
                sight = self._sight(target, session)
                if sight.fingerprint != passed.fingerprint:
                    return None
                keep_pass(self._kept(target.url), replace(passed, catalogue=sight.catalogue))
            status = self._project.judge.judge(target.url, rows, has_tables=bool(engine.tables(session)))
        return None if status.needs_migration or status.reason else status

    # -- what it rests on --------------------------------------------------------------------

    def _revisions(self, rows: Sequence[str], compared: Sequence[Between]) -> str:
        """Name the revisions that were replayed by what they do; nothing where none were."""
        if Between.HISTORY not in compared:
            return ""
        from limosa.migrator.replaying import replayed_name  # noqa: PLC0415  only for those who asked for it

        return replayed_name(self._project, rows)

    def _sights(self) -> list[_Sight]:
        databases, found = self._project.databases, []
        for target in databases.targets:
            with databases.session(target) as session:
                found.append(self._sight(target, session))
        return found

    def _sight(self, target: Target, session: OpenSession) -> _Sight:
        databases = self._project.databases
        engine, rows = databases.engine(target), databases.rows(target, session)
        catalogue = engine.catalogue(session)
        fingerprint = engine.schema(session, target.version_table).fingerprint
        is_of_one_moment = engine.catalogue(session) == catalogue
        return _Sight(rows, catalogue if is_of_one_moment else "", fingerprint)
