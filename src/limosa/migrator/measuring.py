"""What a monitoring system asks of a project: the schema's version, and how the last runs went."""

from __future__ import annotations

from importlib.metadata import version
from pathlib import PurePath
from typing import TYPE_CHECKING

from limosa.errors import Unreachable
from limosa.ledger.ledger import Ledger
from limosa.migrator.project import Project
from limosa.model.metrics import DatabaseMetrics, Metrics, Runs, joined
from limosa.model.status import State

if TYPE_CHECKING:
    from limosa.model.url import DatabaseURL
    from limosa.run.request import Target

_NO_DATABASE = "unknown"


def metrics(project: Project, *, connect_s: float | None = None) -> Metrics:
    """Look at each database once; one that does not answer is down, which is an answer, too."""
    try:
        found = tuple(_of(project, target, connect_s) for target in project.databases.targets)
    except Unreachable:  # only env.py knows the databases, and cannot say
        found = (DatabaseMetrics(_name(project.settings.url), is_up=False),)
    return joined(Metrics(version("limosa"), project.settings.environment, (one,)) for one in found)


def _of(project: Project, target: Target, connect_s: float | None) -> DatabaseMetrics:
    databases, name = project.databases, _name(target.url)
    rows: tuple[str, ...] = ()
    runs = Runs()
    try:
        if databases.exists(target):
            ledger = Ledger(databases.engine(target))
            with databases.session(target, connect_s=connect_s) as session:
                rows = databases.rows(target, session)
                runs = ledger.runs(session, target.name) if ledger.exists(session) else runs
    except Unreachable:
        return DatabaseMetrics(name, is_up=False)
    status = project.judge.judge(target.url, rows, has_tables=bool(rows))
    return DatabaseMetrics(
        name,
        is_up=True,
        current=status.current,
        is_at_head=status.state is State.AT_HEAD,
        pending=len(status.pending),
        runs=runs,
    )


def _name(url: DatabaseURL | None) -> str:
    """A name that stays the same: no path of a machine, and nothing of a server."""
    return PurePath(url.database).name if url is not None and url.database else _NO_DATABASE
