"""The verb that writes revisions as a script for somebody else to run."""

from __future__ import annotations

from limosa.alembic_bridge.offline import offline_script
from limosa.migrator.project import Project
from limosa.model.revision import Direction


def script(project: Project, revisions: str, direction: Direction) -> str:
    """What Alembic's offline mode writes for a range of revisions."""
    known = project.graph.revisions.values()
    with project.databases.handed():
        return offline_script(project.databases.project, direction, revisions, known=known)
