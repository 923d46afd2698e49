"""The verbs that write new files into the project."""

from __future__ import annotations

from limosa.migrator.project import Project
from limosa.model.events import Notice
from limosa.model.revision import Revision

_UNSEEN = (
    "a change that was expected is not saved, is not in the metadata that env.py gives, or is of a kind "
    "that no comparison sees, such as a renamed column, a trigger or a CHECK: write that by hand, or "
    "delete the file"
)


def create(project: Project, message: str, *, is_empty: bool, ticket: str | None) -> Revision:
    """Write a new revision; its id keeps the width of the ids before it."""
    from limosa.alembic_bridge.creation import create_revision  # noqa: PLC0415  imports Alembic
    from limosa.config.naming import next_id  # noqa: PLC0415

    with project.databases.handed():
        created = create_revision(
            project.databases.project,
            message=f"{ticket} {message}" if ticket else message,
            revision=next_id(tuple(project.graph.revisions), first=project.settings.first_id),
            autogenerate=not is_empty,
        )
    project.forget_graph()
    if not is_empty:
        _tell(project, found_nothing=created.found_nothing)
    return next(r for r in project.graph.revisions.values() if r.path == created.path)


def _tell(project: Project, *, found_nothing: bool) -> None:
    """Say what the comparison could not see, and what an empty revision may mean."""
    from limosa.drift.unregistered import loaded_from, unregistered  # noqa: PLC0415  only after a comparison

    root = project.settings.root
    missing = unregistered(loaded_from(root), root)
    for one in missing:
        project.bus(Notice(f"'{one.path}' defines table {one.table}, and nothing imports it: {one.remedy}"))
    if found_nothing:
        project.bus(Notice("the models and the database do not differ, so the new revision is empty"))
        if not missing:
            project.bus(Notice(_UNSEEN))
