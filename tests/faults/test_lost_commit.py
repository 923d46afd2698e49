"""The connection is lost around a COMMIT: the server knows what became of it, and the run asks."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.faults.counting import assert_done_once, counting_project
from tests.faults.points import spread
from tests.faults.proxy import Loss, proxy_to
from tests.faults.runs import Runs
from tests.fixtures.projects import AlembicProject
from tests.fixtures.targets import Target

SAYS = {Loss.ANSWER: "was committed", Loss.COMMIT: "was not committed"}


@pytest.fixture
def made(project: Callable[..., AlembicProject], pg: Target, runs: Runs) -> AlembicProject:
    """The project that counts, on a database of the shared server."""
    return counting_project(project, pg, runs)


@pytest.mark.parametrize("revision", ["002", "003", "004"])
@pytest.mark.parametrize("loss", SAYS, ids=lambda loss: loss.name.lower())
def test_lost_around_the_commit_of_a_step(
    made: AlembicProject, pg: Target, runs: Runs, loss: Loss, revision: str
) -> None:
    """Whether the COMMIT arrived or not, the run finds out, says so, and goes on to head."""
    commit = {"event": "StatementStarted", "sql": "COMMIT", "revision": revision}
    # the second COMMIT of 003 is its own; the first comes before its autocommit block
    pauses = (commit,) * (2 if revision == "003" else 1)
    with proxy_to(pg.url) as proxy:
        run = runs.start(made.root, url=proxy.url.reveal(), pause_at=pauses)
        for _ in pauses[1:]:
            run.paused()
            run.go()
        run.paused()
        proxy.lose(loss)
        run.go()
        ended = run.end()

    assert_done_once(pg, ended)
    assert f"the COMMIT of '{revision}' had no answer; the server says it {SAYS[loss]}" in ended.notices


@pytest.mark.parametrize("loss", SAYS, ids=lambda loss: loss.name.lower())
@pytest.mark.parametrize("place", ["COMMIT", "UPDATE counter SET value = value + 10"])
def test_lost_around_a_commit_within_a_step(
    made: AlembicProject, pg: Target, runs: Runs, loss: Loss, place: str
) -> None:
    """A COMMIT before an autocommit block or inside it is resolved by the checkpoint that it carries."""
    pause = {"event": "StatementStarted", "sql": place, "revision": "003"}
    with proxy_to(pg.url) as proxy:
        run = runs.start(made.root, url=proxy.url.reveal(), pause_at=(pause,))
        run.paused()
        proxy.lose(loss)
        run.go()
        ended = run.end()

    assert_done_once(pg, ended)
    assert any("the connection was lost" in notice for notice in ended.notices)


def test_commit_still_in_doubt(made: AlembicProject, pg: Target, runs: Runs) -> None:
    """While the server holds the transaction open the run waits; what it does then is right either way."""
    commit = {"event": "StatementStarted", "sql": "COMMIT", "revision": "002"}
    with proxy_to(pg.url) as proxy:
        run = runs.start(made.root, url=proxy.url.reveal(), pause_at=(commit,))
        run.paused()
        proxy.lose(Loss.COMMIT_AND_NEWS)
        run.go()
        while "waiting for" not in run.follow(event="Notice")["text"]:
            pass
        proxy.let_go()
        ended = run.end()

    assert_done_once(pg, ended)
    assert "the COMMIT of '002' had no answer; the server says it was not committed" in ended.notices


def test_connection_cut_anywhere(made: AlembicProject, pg: Target, runs: Runs) -> None:
    """Cut env.py's connection after any of its messages: the run reconnects, and each effect happens once."""
    assert pg.server is not None
    for after in spread(40, 8):
        with pg.server.database(template=pg.url.database) as url, proxy_to(url) as proxy:
            proxy.cut_after = after
            ended = runs.run(made.root, url=proxy.url.with_driver("psycopg").reveal())

            assert proxy.has_cut, f"fewer than {after} messages"
            assert_done_once(Target(pg.name, pg.engine, url), ended)
