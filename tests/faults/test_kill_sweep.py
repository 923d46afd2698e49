"""kill -9 at the boundaries of doc_extractor's statements: the schema is always that of some revision.

Here an evenly spread sample; ``make kill-sweep`` visits every boundary (``sweep_every_boundary.py``).
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.faults.extractor import REVISIONS, Extractor, Way, state, undisturbed
from tests.faults.fingerprint import versions
from tests.faults.points import spread
from tests.faults.runs import Runs
from tests.fixtures.projects import AlembicProject
from tests.fixtures.servers import Servers
from tests.fixtures.targets import Target, sqlite_target

SAMPLE = 9
CONCURRENT = REVISIONS[-2:]
"""Each drops or builds one index CONCURRENTLY, in a transaction of its own."""


@pytest.fixture(params=["sqlite", "postgresql"])
def extractor(request: pytest.FixtureRequest, runs: Runs, servers: Servers, tmp_path: Path) -> Extractor:
    """doc_extractor on one engine."""
    return Extractor(request.param, runs, tmp_path, servers)


@pytest.mark.parametrize("verb", ["upgrade", "downgrade"])
def test_killed_anywhere(extractor: Extractor, verb: str) -> None:
    """After SIGKILL at any boundary the database is whole, and a plain re-run ends as if nothing had been."""
    with undisturbed(extractor, verb) as way:
        for point in spread(way.boundaries, SAMPLE):
            with extractor.database(way.start) as target:
                ended = extractor.run(target, verb, way.goal, kill_at=point)

                assert ended.was_killed, (point, ended)
                assert_whole(target, way, point)
                extractor.run(target, verb, way.goal).succeeded()
                assert state(target) == way.states[way.goal], point
                assert half_done(target) == [], point
                assert times_applied(target, verb) == dict.fromkeys(way.steps, 1), point


def assert_whole(target: Target, way: Way, point: int) -> None:
    """The schema is that of some revision, the rows are those of the version; half done is known to be."""
    found, half = state(target), half_done(target)
    (revision,) = found.versions
    expected = way.states[revision]
    assert found.rows == expected.rows, point
    assert len(half) <= 1, point
    if half:
        assert half[0] in CONCURRENT, point
        assert found.schema in [each.schema for each in way.states.values()], point
    else:
        assert found == expected, point


def half_done(target: Target) -> list[str]:
    """Return the revisions that are half done."""
    return [row[0] for row in target.rows(f"SELECT revision FROM {own(target)}checkpoint")]


def times_applied(target: Target, verb: str) -> dict[str, int]:
    """Return how often the ledger says each revision went this way."""
    return dict(
        target.rows(
            f"SELECT revision, count(*) FROM {own(target)}entry WHERE outcome = 'applied' "
            f"AND direction = '{verb}' AND revision <> '{REVISIONS[0]}' GROUP BY revision"
        )
    )


def own(target: Target) -> str:
    """Return the prefix of Limosa's tables."""
    return "limosa_" if target.engine == "sqlite" else "limosa."


def test_plain_alembic_is_left_half_way(
    project: Callable[..., AlembicProject], sqlite: Target, tmp_path: Path, runs: Runs
) -> None:
    """Why the steps are atomic: on SQLite a killed plain ``alembic upgrade`` cannot be run again."""
    made = project(url=sqlite.url)
    made.revise(
        "001",
        None,
        upgrade="""
        import os, signal
        op.execute("CREATE TABLE one (id INTEGER)")
        if "DIE" in os.environ:
            os.kill(os.getpid(), signal.SIGKILL)
        op.execute("CREATE TABLE two (id INTEGER)")
        """,
    )
    plain = [sys.executable, "-m", "alembic.config", "upgrade", "head"]
    killed = subprocess.run(plain, cwd=made.root, env={**os.environ, "DIE": "1"}, check=False)
    assert killed.returncode == -signal.SIGKILL
    assert (sqlite.tables() - {"alembic_version"}, versions(sqlite)) == ({"one"}, ())
    assert "table one already exists" in made.alembic("upgrade", "head", check=False).stderr

    other = sqlite_target(tmp_path / "project")
    assert runs.run(made.root, url=other.url.reveal(), variables={"DIE": "1"}).was_killed
    assert "one" not in other.tables()
    runs.run(made.root, url=other.url.reveal()).succeeded()
    assert {"one", "two"} <= other.tables()
