"""The database against its history: what do the revisions up to its own make of an empty database?"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from limosa.config import alembic_facts
from limosa.drift.imported import Beginning, look
from limosa.drift.kept import Kept
from limosa.drift.memory import VERSION, Replayed, keep_replay, recall_replay
from limosa.engines.base import opened
from limosa.engines.dumping import dumper_for
from limosa.errors import LimosaError, RevisionFailed
from limosa.migrator.project import Project
from limosa.migrator.rehearsing import stage
from limosa.model.check import Between, Drift
from limosa.model.schema import Schema
from limosa.model.status import Status
from limosa.scratch import scratch_database

if TYPE_CHECKING:
    from limosa.run.request import Target


def history_drift(project: Project, target: Target, status: Status, beginning: Beginning) -> Iterator[Drift]:
    """Yield what would bring the database to what its revisions define."""
    databases = project.databases
    major, schema = None, Schema(())
    if databases.exists(target):
        with databases.session(target) as session:
            major = dumper_for(target.url).major(session)
            schema = databases.engine(target).schema(session, target.version_table)
    for change in schema.difference(_defined(project, target, status.current, major, beginning)):
        yield Drift(Between.HISTORY, change.sentence, target.url.masked)


def replayed_name(project: Project, rows: Sequence[str]) -> str:
    """Name the revisions up to these rows by what they do: a formatter changes nothing."""
    graph = project.graph
    names = sorted(graph.ancestors(*rows)) if rows else []
    lines = [f"{name} {graph.revisions[name].parents} {graph.revisions[name].checksum}" for name in names]
    return hashlib.sha256("\n".join([*rows, "", *lines]).encode()).hexdigest()


def _defined(
    project: Project, target: Target, rows: tuple[str, ...], major: int | None, beginning: Beginning
) -> Schema:
    """The schema that the revisions make: the one that is known of them, or that of a new replay."""
    kept = _kept(project, target, rows, major)
    known = None if kept is None else recall_replay(kept)
    if known is not None and known.imported.holds():
        return known.schema
    schema = _replayed(project, target, rows, major)
    facts = alembic_facts(project.settings)
    others = {facts.env_file, project.settings.alembic_file}
    imported = look(beginning, others, first=facts.prepend_sys_path)
    if kept is not None and imported is not None:
        keep_replay(kept, Replayed(schema, imported))
    return schema


def _kept(project: Project, target: Target, rows: Sequence[str], major: int | None) -> Kept | None:
    settings = project.settings
    if settings.cache is None:
        return None
    place = (str(settings.root), target.url.backend, settings.section, settings.environment)
    key = (VERSION, str(major), replayed_name(project, rows), *settings.x_arguments)
    return Kept.of(settings.cache, "history", place, key)


def _replayed(project: Project, target: Target, rows: tuple[str, ...], major: int | None) -> Schema:
    engine = project.databases.engine(target)
    with scratch_database(target.url.backend, major) as url:
        try:
            stage(project, target).replay(url, rows)
        except RevisionFailed as error:
            raise _on_an_empty_database(error) from error
        with opened(engine, url, limits=project.settings.limits, application="limosa-check") as session:
            return engine.schema(session, target.version_table)


def _on_an_empty_database(error: RevisionFailed) -> LimosaError:
    return RevisionFailed(
        f"the history cannot be replayed on an empty database: {error.message}",
        hint=error.hint,
        **error.fields,
    )
