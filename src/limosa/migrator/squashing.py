"""Putting one baseline in the place of many revisions."""

from __future__ import annotations

import filecmp
import os
import shutil
import tempfile
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from limosa.config import alembic_facts
from limosa.errors import LimosaError, UsageError
from limosa.graph import Graph
from limosa.migrator.project import Project
from limosa.migrator.rehearsing import only_target, request, stage
from limosa.migrator.squashed import FOLDER, replaced
from limosa.model.plan import Plan
from limosa.model.revision import Direction
from limosa.model.squash import Squash
from limosa.plan import plan_upgrade
from limosa.plan.baseline import baseline_text
from limosa.plan.squash import check_squash
from limosa.rehearse.baseline import Trial, prove, statements_of
from limosa.rehearse.snapshot import ground_of


def look(project: Project, target: str) -> Squash:
    """Say what a squash would put in the place of what; refuse what cannot be done."""
    _finish(project)
    plan = plan_upgrade(project.graph, target, ())
    check_squash(project.graph, plan)
    return _squash(project, plan)


def squash(project: Project, target: str) -> Squash:
    """Write the baseline once it is proven, and move the files that it replaces."""
    found = look(project, target)
    database = only_target(project)
    ground = ground_of(database)
    made = statements_of(
        ground, stage(project, database), request(project, Direction.UPGRADE, target), _ignore
    )
    text = baseline_text(
        found,
        folder=_as_seen(project, found.folder),
        dialect=ground.backend,
        up=made.up,
        down=made.down,
    )
    with tempfile.TemporaryDirectory(prefix="limosa-squash-") as name:
        folder = Path(name)
        (folder / found.path.name).write_text(text, encoding="utf-8")

        def trial() -> Trial:
            alone = project.instead(folder)
            up = request(alone, Direction.UPGRADE, found.revision)
            return Trial(stage(alone, database), up, request(alone, Direction.DOWNGRADE, "base"))

        prove(ground, made.made, trial, _ignore)
    _move(found, text)
    project.forget_graph()
    return replace(found, fingerprint=made.made.schema.fingerprint)


def _squash(project: Project, plan: Plan) -> Squash:
    revisions = [step.revision for step in plan.steps]
    last = revisions[-1] if revisions[-1].id == plan.after[0] else project.graph.revisions[plan.after[0]]
    facts = alembic_facts(project.settings)
    folder = last.path.parent.parent / FOLDER / last.id
    if facts.recursive_version_locations and any(
        place.resolve() in folder.resolve().parents for place in facts.version_locations
    ):
        raise UsageError(
            f"'{folder.parent}' lies in a folder of revisions that is read with all that is in it",
            hint="move the revisions into a folder of their own (version_locations), or switch "
            "recursive_version_locations off",
        )
    files = tuple(revision.path for revision in revisions)
    names = [path.name for path in files]
    twice = next((name for name in names if names.count(name) > 1), None)
    if twice is not None or not _may_take(folder, files):
        what = f"'{folder}' is there already" if twice is None else f"two of the files are named '{twice}'"
        raise UsageError(f"the replaced files cannot be put together: {what}", hint="rename or remove one")
    return Squash(
        revision=last.id,
        replaces=tuple(revision.id for revision in revisions if revision.id != last.id),
        labels=tuple(sorted({label for revision in revisions for label in revision.labels})),
        path=last.path.with_name(f"{last.id}_baseline.py"),
        folder=folder,
        files=files,
    )


def _may_take(folder: Path, files: Sequence[Path]) -> bool:
    """Is the folder free, or did a squash that was stopped leave the same copies in it?"""
    return not folder.exists() or all(_is_copied(path, folder) for path in files)


def _is_copied(path: Path, folder: Path) -> bool:
    copy = folder / path.name
    return copy.is_file() and filecmp.cmp(path, copy, shallow=False)


def _finish(project: Project) -> None:
    """Take away what a squash that was stopped had replaced already."""
    for one in replaced(project):
        on_disk = project.graph.revisions.get(one.baseline)
        if on_disk is None or on_disk.checksum == one.graph.revisions[one.baseline].checksum:
            continue
        for name in set(one.graph.revisions) & set(project.graph.revisions) - {one.baseline}:
            path = project.graph.revisions[name].path
            if _is_copied(path, one.folder):
                path.unlink()
    project.forget_graph()


def _move(found: Squash, text: str) -> None:
    """First all copies, then the baseline in place of its namesake, then the others away.

    Whoever is stopped on the way loses nothing, and goes on by doing it again.
    """
    fresh = found.folder.with_name(f".{found.folder.name}.new")
    try:
        shutil.rmtree(fresh, ignore_errors=True)
        if not found.folder.exists():
            fresh.mkdir(parents=True)
            for path in found.files:
                shutil.copy2(path, fresh)
            fresh.rename(found.folder)
        namesake = Graph.read([found.folder]).revisions[found.revision].path.name
        last = next(path for path in found.files if path.name == namesake)
        written = found.path.with_suffix(".new")
        written.write_text(text, encoding="utf-8")
        written.replace(last)
        for path in found.files:
            if path != last:
                path.unlink()
        last.rename(found.path)
    except OSError as error:
        raise LimosaError(
            f"the files could not be moved: {error.strerror}: '{error.filename}'",
            hint=f"each is where it was or in '{found.folder}'; see who may write there, then run it again",
        ) from error


def _as_seen(project: Project, folder: Path) -> str:
    return Path(os.path.relpath(folder, project.settings.root)).as_posix()


def _ignore(_: object) -> None:
    """What happens on a scratch database is nobody's."""
