"""The verbs that write new files into the project."""

from __future__ import annotations

from limosa.migrator.project import Project
from limosa.model.events import Notice
from limosa.model.revision import Revision


def create(project: Project, message: str, *, is_empty: bool, ticket: str | None) -> Revision:
    """Write a new revision; its id keeps the width of the ids before it."""
    from limosa.alembic_bridge.creation import create_revision  # noqa: PLC0415  imports Alembic
    from limosa.config.naming import next_id  # noqa: PLC0415

    with project.databases.handed():
        created = create_revision(
            project.databases.project,
            message=f"{ticket} {message}" if ticket else message,
            revision=next_id(tuple(project.graph.revisions)),
            autogenerate=not is_empty,
        )
    project.forget_graph()
    if created.found_nothing:
        project.bus(Notice("the models and the database do not differ, so the new revision is empty"))
    return next(r for r in project.graph.revisions.values() if r.path == created.path)
