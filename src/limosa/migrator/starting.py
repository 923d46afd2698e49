"""Starting an empty database from a snapshot that fits the revisions on disk."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from limosa.config import alembic_facts
from limosa.migrator.project import Project
from limosa.model.events import Notice
from limosa.model.imported import RevisionSource
from limosa.model.plan import Plan, Shortcut
from limosa.model.snapshot import Snapshot, listed
from limosa.plan import plan_upgrade
from limosa.plan.snapshots import NotASnapshot, lies_within, read_snapshot, why_unfit

if TYPE_CHECKING:
    from limosa.model.run import RunReport
    from limosa.run.request import Target

_ODD = re.compile(r"[^\w.+-]")


def folder_of(project: Project) -> Path:
    """Where a project's snapshots lie: beside its env.py."""
    return alembic_facts(project.settings).script_location / "snapshots"


def start_from_snapshot(project: Project, target: str) -> RunReport | None:
    """Make an empty database from the newest snapshot that fits; None where there is none, or no need."""
    found = _fitting(project, target)
    if found is None:
        return None
    from limosa.run.request import Request  # noqa: PLC0415
    from limosa.run.snapshot import load_snapshot  # noqa: PLC0415  only what is empty needs it

    database, plan, path, chosen, sources = found
    steps = tuple((step, sources[step.revision.id]) for step in plan.steps if step.revision.id in sources)
    request = Request(
        "upgrade",
        target,
        lambda rows: plan_upgrade(project.graph, target, rows) if rows else plan,
        project.explain,
        project.source,
        project.settings.limits,
    )
    with project.stoppable():
        return load_snapshot(database, request, chosen, path.name, sources=lambda: steps, emit=project.bus)


def with_snapshot(project: Project, plan: Plan) -> Plan:
    """Say from which snapshot an upgrade to the plan's target would start."""
    found = _fitting(project, plan.target)
    if found is None:
        return plan
    chosen = found.snapshot
    return replace(plan, snapshot=Shortcut(found.path, chosen.revisions, len(chosen.stands_for)))


class _Fitting(NamedTuple):
    """A snapshot that fits, and the database and the plan that it fits."""

    database: Target
    plan: Plan
    path: Path
    snapshot: Snapshot
    sources: dict[str, RevisionSource]


def _fitting(project: Project, target: str) -> _Fitting | None:
    folder = folder_of(project)
    targets = project.databases.targets
    if len(targets) != 1 or not folder.is_dir():
        return None
    database = targets[0]
    files = sorted(folder.glob(f"*.{database.url.backend}.sql"))
    if not files or not _is_empty(project, database):
        return None
    plan = plan_upgrade(project.graph, target, ())
    found = _newest(project, files, plan, database)
    return None if found is None else _Fitting(database, plan, *found)


def _is_empty(project: Project, database: Target) -> bool:
    rows, has_tables = project.databases.look(database)
    return not rows and not has_tables


def _newest(
    project: Project, files: list[Path], plan: Plan, database: Target
) -> tuple[Path, Snapshot, dict[str, RevisionSource]] | None:
    """Choose the fitting snapshot that stands for most; say of the newest why it does not fit."""
    planned = {step.revision.id for step in plan.steps}
    of_env = env_checksum(project)
    sources: dict[str, RevisionSource] = {}
    has_told = False

    def checksum_of(revision: str) -> str:
        sources[revision] = sources.get(revision) or source_of(project, revision)
        return listed(sources[revision]).checksum

    for path, one in _readable(project, files):
        if not lies_within(one, planned) and all(
            name in project.graph.revisions for name, _ in one.stands_for
        ):
            continue  # it reaches further than is asked for
        reason = why_unfit(
            one,
            project.graph,
            checksum_of=checksum_of,
            env_checksum=of_env,
            x_arguments=project.settings.x_arguments,
            version_table=database.version_table,
        )
        if reason is None:
            return path, one, {name: sources[name] for name, _ in one.stands_for}
        if not has_told:  # older ones that are superseded are nobody's worry
            told = f"snapshot {path.name} is not used: {reason}; make it anew with 'limosa snapshot'"
            project.bus(Notice(told))
        has_told = True
    return None


def _readable(project: Project, files: list[Path]) -> list[tuple[Path, Snapshot]]:
    """Read all that can be, the one that stands for most first."""
    found = []
    for path in files:
        try:
            found.append((path, read_snapshot(path.read_text(encoding="utf-8"))))
        except (OSError, UnicodeDecodeError, NotASnapshot) as error:
            project.bus(Notice(f"snapshot {path.name} is not used: {error}"))
    return sorted(found, key=lambda each: -len(each[1].stands_for))


def source_of(project: Project, revision: str) -> RevisionSource:
    """Return a revision that is on disk with its text and what it imports."""
    found = project.source(revision)
    assert found is not None
    return found


def env_checksum(project: Project) -> str:
    """Return what tells one env.py from another, comments and layout apart."""
    import ast  # noqa: PLC0415  only where there are snapshots

    from limosa.graph.checksum import semantic_checksum  # noqa: PLC0415

    try:
        text = alembic_facts(project.settings).env_file.read_text(encoding="utf-8")
        return semantic_checksum(ast.parse(text))
    except (OSError, SyntaxError, ValueError):
        return ""  # whoever runs it will say what is the matter


def joined(started: RunReport, rest: RunReport) -> RunReport:
    """One report for what the snapshot and the revisions after it did."""
    return replace(
        rest,
        number=started.number if rest.number is None else rest.number,
        outcome=started.outcome,
        before=started.before,
        duration_s=started.duration_s + rest.duration_s,
        waited_s=started.waited_s + rest.waited_s,
        snapshot=started.snapshot,
        snapshot_revisions=started.snapshot_revisions,
    )
