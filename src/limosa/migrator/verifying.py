"""The verbs that compare the database with the models."""

from __future__ import annotations

from limosa.alembic_bridge.comparison import compare
from limosa.migrator.project import Project
from limosa.model.verify import VerifyReport
from limosa.run.verification import verify as verified


def verify(project: Project) -> VerifyReport:
    """Check the database against the models, with one answer a question."""
    databases, judge = project.databases, project.judge
    with databases.handed():
        return verified(
            databases.targets,
            judge=lambda rows: judge.judge(databases.targets[0].url, rows, has_tables=True),
            compare=lambda: compare(databases.environment()),
            limits=project.settings.limits,
        )
