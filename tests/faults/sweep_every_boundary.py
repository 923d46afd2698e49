"""The whole sweep, for ``make kill-sweep``: a runner that is killed at every boundary in turn.

Each step of doc_extractor's revisions is begun again and again, and killed one boundary later
each time, over the same database: what the last killed run left must be exactly what the step
began with, rows and values included. Where a run got further, it is finished and compared, and
the next begins from a fresh copy.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.faults.extractor import REVISIONS, Extractor, Way, state, undisturbed
from tests.faults.runs import Runs
from tests.faults.test_kill_sweep import assert_whole, half_done
from tests.fixtures.servers import Servers
from tests.fixtures.targets import Target

STEPS = [("upgrade", revision) for revision in REVISIONS[1:]]
STEPS += [("downgrade", revision) for revision in REVISIONS[-2::-1]]


@pytest.mark.parametrize(("verb", "goal"), STEPS)
@pytest.mark.parametrize("engine", ["sqlite", "postgresql"])
def test_killed_at_every_boundary(
    engine: str, verb: str, goal: str, runs: Runs, servers: Servers, tmp_path: Path
) -> None:
    """At no boundary of the step, in either direction, does SIGKILL leave anything but a whole database."""
    extractor = Extractor(engine, runs, tmp_path, servers)
    with undisturbed(extractor, verb, goal) as way:
        point = 0
        while point <= way.boundaries:
            with extractor.database(way.start) as target:
                point = _kill_until_moved(extractor, target, way, point)


def _kill_until_moved(extractor: Extractor, target: Target, way: Way, point: int) -> int:
    """Kill runs over this database until one got further than its beginning; return the next point."""
    before = way.states[way.origin]
    while True:
        point += 1
        ended = extractor.run(target, way.verb, way.goal, kill_at=point)
        if point > way.boundaries:
            ended.succeeded()
        else:
            assert ended.was_killed, (point, ended)
            assert_whole(target, way, point)
        found = state(target)
        if found != before:
            extractor.run(target, way.verb, way.goal).succeeded()
            assert state(target) == way.states[way.goal], point
            assert half_done(target) == [], point
            return point
