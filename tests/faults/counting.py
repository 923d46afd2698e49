"""A project whose revisions count how often they ran, so that an effect that came twice is seen."""

from __future__ import annotations

from collections.abc import Callable

from tests.faults.runs import Ended, Runs
from tests.fixtures.projects import AlembicProject
from tests.fixtures.targets import Target

COUNT = 'op.execute("UPDATE counter SET value = value + 1")'
STEP = f"""
op.add_column("counter", sa.Column("{{column}}", sa.Integer()))
{COUNT}
"""
AUTOCOMMIT_STEP = f"""
{COUNT}
with op.get_context().autocommit_block():
    op.execute("UPDATE counter SET value = value + 10")
    op.create_index("ix_counter", "counter", ["value"], postgresql_concurrently=True)
{COUNT}
"""
FIRST, SECOND, AUTOCOMMIT, HEAD = "001", "002", "003", "004"


def counting_project(project: Callable[..., AlembicProject], pg: Target, runs: Runs) -> AlembicProject:
    """Make the project, and bring the database to its first revision."""
    made = project(url=pg.url)
    made.revise(FIRST, None, upgrade='op.execute("CREATE TABLE counter AS SELECT 0 AS value")')
    made.revise(SECOND, FIRST, upgrade=STEP.format(column="b"))
    made.revise(AUTOCOMMIT, SECOND, upgrade=AUTOCOMMIT_STEP)
    made.revise(HEAD, AUTOCOMMIT, upgrade=STEP.format(column="d"))
    runs.run(made.root, "upgrade", FIRST, url=pg.url.reveal()).succeeded()
    return made


def assert_done_once(pg: Target, ended: Ended) -> None:
    """The run reached head, and each effect is there once."""
    ended.succeeded()
    assert ended.of("report")["after"] == [HEAD]
    assert_at_head_once(pg)


def assert_at_head_once(pg: Target) -> None:
    """The database is at head, each effect is there once, and nothing is left open."""
    assert pg.rows("SELECT version_num FROM alembic_version") == [(HEAD,)]
    assert pg.rows("SELECT value FROM counter") == [(14,)]
    assert pg.rows("SELECT * FROM limosa.checkpoint") == []
    applied = "SELECT revision, count(*) FROM limosa.entry WHERE outcome = 'applied' GROUP BY 1 ORDER BY 1"
    assert pg.rows(applied) == [(FIRST, 1), (SECOND, 1), (AUTOCOMMIT, 1), (HEAD, 1)]
    assert pg.rows("SELECT count(*) FROM limosa.run WHERE outcome IS NULL") == [(0,)]
