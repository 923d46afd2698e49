"""The server goes away in mid-run: it comes back and the run goes on, or it stays away and is told so."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator

import pytest

from limosa.scratch import Server, StopMode
from tests.faults.counting import assert_done_once, counting_project
from tests.faults.runs import Run, Runs
from tests.fixtures.projects import AlembicProject
from tests.fixtures.targets import Target, postgresql_target

PLACES = {
    "in a transaction": {"revision": "002", "sql": "UPDATE counter SET value = value + 1"},
    "in an autocommit block": {"revision": "003", "sql": "UPDATE counter SET value = value + 10"},
    "at a commit": {"revision": "004", "sql": "COMMIT"},
    "between two steps": {"revision": "002", "event": "StepFinished"},
}


@pytest.fixture
def target(private_server: Server) -> Iterator[Target]:
    """A database on a server that may be stopped."""
    with postgresql_target(private_server) as made:
        yield made


@pytest.fixture
def made(project: Callable[..., AlembicProject], target: Target, runs: Runs) -> AlembicProject:
    """The project that counts, on the private server."""
    return counting_project(project, target, runs)


def paused(runs: Runs, made: AlembicProject, target: Target, place: str, **variables: str) -> Run:
    """Start an upgrade that pauses at the place."""
    pause = {"event": "StatementStarted"} | PLACES[place]
    run = runs.start(made.root, url=target.url.reveal(), pause_at=(pause,), variables=variables)
    run.paused()
    return run


@pytest.mark.parametrize("mode", [StopMode.IMMEDIATE, StopMode.FAST])
def test_restarted_in_mid_run(made: AlembicProject, target: Target, runs: Runs, mode: StopMode) -> None:
    """Wherever the server is restarted, crashing or not, the run reconnects, and each effect happens once."""
    assert target.server is not None
    for place in PLACES:
        with target.server.database(template=target.url.database) as url:
            copy = Target(target.name, target.engine, url.with_driver("psycopg"), target.server)
            run = paused(runs, made, copy, place)
            target.server.restart(mode)
            run.go()
            ended = run.end()

            assert_done_once(copy, ended)
            assert any("the connection was lost" in notice for notice in ended.notices), place


def test_stays_away(made: AlembicProject, target: Target, runs: Runs) -> None:
    """After the configured window the run gives up: exit code 1, no secret; a later re-run reaches head."""
    assert target.server is not None
    run = paused(runs, made, target, "in a transaction", LIMOSA_RECONNECT_S="1.5")
    target.server.stop(StopMode.IMMEDIATE)
    stopped = time.monotonic()
    run.go()
    ended = run.end()
    waited_s = time.monotonic() - stopped

    assert (ended.code, ended.error["code"]) == (1, "unreachable")
    assert "did not come back within 2 s" in ended.error["message"]
    assert "limosa upgrade" in ended.error["hint"]
    assert target.url.password is not None
    assert target.url.password.reveal() not in str(ended.messages)
    assert 1.5 <= waited_s < 15
    target.server.start()
    assert_done_once(target, runs.run(made.root, url=target.url.reveal()))
