"""Writing a snapshot of a project's revisions, once it is proven."""

from __future__ import annotations

import re
from pathlib import Path

from limosa.errors import LimosaError, UsageError
from limosa.migrator.project import Project
from limosa.migrator.rehearsing import only_target, request, stage
from limosa.migrator.starting import env_checksum, folder_of, source_of
from limosa.model.revision import Direction
from limosa.model.session import VersionTable
from limosa.model.snapshot import Snapshot, SnapshotReport
from limosa.plan import plan_upgrade
from limosa.plan.snapshots import written
from limosa.rehearse.snapshot import ground_of, make_snapshot

_ODD = re.compile(r"[^\w.+-]")


def snapshot(project: Project, target: str) -> SnapshotReport:
    """Write the snapshot of a revision, after it is proven."""
    plan = plan_upgrade(project.graph, target, ())
    if plan.is_empty:
        raise UsageError(f"there is no revision up to '{target}'", hint="see them: limosa history")
    sources = tuple((step, source_of(project, step.revision.id)) for step in plan.steps)
    database = only_target(project)
    ground = ground_of(database)
    facts = Snapshot(
        engine="", major=None, revisions=(), version_table=VersionTable(), fingerprint="", stands_for=(),
        script="", env_checksum=env_checksum(project), x_arguments=project.settings.x_arguments,
    )  # fmt: skip
    made = make_snapshot(
        plan, request(project, Direction.UPGRADE, target), ground,
        stage=stage(project, database), sources=lambda: sources, facts=facts,
        emit=lambda _: None,
    )  # fmt: skip
    path = folder_of(project) / f"{_ODD.sub('_', '+'.join(made.revisions))}.{made.engine}.sql"
    text = written(made)
    _write(path, text)
    return SnapshotReport(
        path,
        made.engine,
        made.major,
        made.revisions,
        made.fingerprint,
        len(made.stands_for),
        len(text.encode()),
    )


def _write(path: Path, text: str) -> None:
    """Put the file there whole or not at all."""
    try:
        path.parent.mkdir(exist_ok=True)
        fresh = path.with_suffix(".new")
        fresh.write_text(text, encoding="utf-8", newline="\n")
        fresh.replace(path)
    except OSError as error:
        raise LimosaError(
            f"the snapshot could not be written to '{path}': {error.strerror}",
            hint="see who may write there, then run it again",
        ) from error
