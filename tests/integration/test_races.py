"""Many runners at once: one runs, the others wait by name for it, and then find nothing to do."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from limosa.scratch import start
from tests.faults.points import EVERY
from tests.faults.runs import Runs, running
from tests.fixtures.projects import AlembicProject
from tests.fixtures.servers import NEWEST, Servers
from tests.fixtures.targets import Target, postgresql_target
from tests.integration.cli.shell import Shell

LIMOSA = str(Path(sys.executable).with_name("limosa"))
AT_THE_GATE = 'read -r _; exec "$@" </dev/null'
"""For a shell: wait until the pipe is closed, then become the command."""
FORKS = """
import os, sys
import limosa.alembic_bridge.environment, limosa.engines.{engine}.engine, limosa.run.executor
from limosa.cli.main import main
count, *arguments = sys.argv[1:]
children = []
for _ in range(int(count)):
    child = os.fork()
    if child == 0:
        os.read(0, 1)
        code = main(arguments)
        sys.stderr.flush()
        os._exit(code)
    children.append(child)
sys.exit(sum(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) != 0 for child in children))
"""
"""So many processes with ``limosa``'s modules loaded: to start Python a hundred times takes a minute."""
PATIENCE_S = 180


@dataclass(slots=True)
class Race:
    """What the racers say on stderr, line by line, and how they end."""

    readline: Callable[[], str]
    told: list[str] = field(default_factory=list)
    codes: list[int] = field(default_factory=list)

    def follow(self, words: str) -> str:
        """Read on to a line with these words."""
        while words not in (line := self.readline()):
            assert line, f"nobody said '{words}': {self.told}"
            self.told.append(line)
        return line


@contextmanager
def race(project: AlembicProject, target: Target, count: int, *, forked: bool) -> Iterator[Race]:
    """Start so many ``limosa upgrade`` at the same moment; they have all ended after the block."""
    gate, opener = os.pipe()
    told, teller = os.pipe()
    arguments = ["upgrade", "--url", target.url.reveal()]
    if forked:
        forks = FORKS.format(engine=target.engine)
        programs = [[sys.executable, "-c", forks, str(count), *arguments]]
    else:
        programs = [["sh", "-c", AT_THE_GATE, "racer", LIMOSA, *arguments]] * count
    shell = Shell(project.root, target.url.reveal())
    processes = [
        subprocess.Popen(
            program, cwd=project.root, env=shell.variables,
            stdin=gate, stdout=subprocess.DEVNULL, stderr=teller,
        )
        for program in programs
    ]  # fmt: skip
    os.close(teller)
    os.close(gate)
    # who waits for a line that never comes finds the end instead
    patience = threading.Timer(PATIENCE_S, end_all, [processes])
    patience.start()
    try:
        with os.fdopen(told) as lines:
            os.close(opener)
            running = Race(lines.readline)
            yield running
            running.told += lines.readlines()
        running.codes = [process.wait(PATIENCE_S) for process in processes]
    finally:
        patience.cancel()
        end_all(processes)
        for process in processes:
            process.wait()


def end_all(processes: Sequence[subprocess.Popen[bytes]]) -> None:
    """Kill those that still run."""
    for process in processes:
        process.kill()


def counting(project: AlembicProject, *, waits: str) -> None:
    """Write revisions that count how often they ran; the second takes as long as the test wants."""
    project.revise("001", None, upgrade='op.execute("CREATE TABLE counter AS SELECT 0 AS value")')
    project.revise("002", "001", upgrade=f'{waits}\nop.execute("UPDATE counter SET value = value + 1")')


def assert_run_once(target: Target) -> None:
    """One run, each revision once, in the ledger and in the counter."""
    own = "limosa_" if target.engine == "sqlite" else "limosa."
    assert target.rows("SELECT value FROM counter") == [(1,)]
    assert target.rows("SELECT version_num FROM alembic_version") == [("002",)]
    entries = f"SELECT revision, outcome FROM {own}entry ORDER BY seq"
    assert target.rows(entries) == [("001", "applied"), ("002", "applied")]
    assert target.rows(f"SELECT count(*) FROM {own}run") == [(1,)]


@pytest.fixture
def runs() -> Iterator[Runs]:
    """Where runs are started that can be paused."""
    yield from running()


@pytest.fixture
def crowded(servers: Servers) -> Iterator[Target]:
    """A database on a server with no more connections than there are racers."""
    settings = {"fsync": "off", "max_connections": "100"}
    with start(servers.provider(NEWEST), settings=settings) as server, postgresql_target(server) as target:
        yield target


def test_a_hundred_at_once_on_postgresql(project: Callable[..., AlembicProject], crowded: Target) -> None:
    """One of a hundred processes runs the upgrade, all exit 0, and who waited was told for whom."""
    made = project(url=crowded.url)
    counting(made, waits='op.execute("SELECT pg_advisory_xact_lock(1)")')
    with crowded.connect() as connection:
        connection.execute("SELECT pg_advisory_lock(1)")
        with race(made, crowded, 100, forked=not EVERY) as running:
            # the winner works until somebody waits for it
            line = running.follow("waiting for another runner")
            connection.execute("SELECT pg_advisory_unlock(1)")

    assert set(running.codes) == {0}, running.told
    assert re.search(r"waiting for another runner \(.*\): \S+@\S+ \(pid \d+\), since \S+, ", line), line
    assert_run_once(crowded)


def test_twenty_at_once_on_sqlite(
    project: Callable[..., AlembicProject], sqlite: Target, tmp_path: Path
) -> None:
    """Of twenty calls of the installed command on one file one runs, and all exit 0."""
    made = project(url=sqlite.url)
    fifo = tmp_path / "winner"
    os.mkfifo(fifo)
    # who opens the pipe first waits for the other end: here the test, there the revision
    counting(made, waits=f"open({str(fifo)!r}).read()")
    with race(made, sqlite, 20, forked=False) as running:
        line = running.follow("waiting for another runner")
        fifo.write_text("go on")

    assert running.codes == [0] * 20, running.told
    assert re.search(r"waiting for another runner \(.*\): \S+@\S+ \(pid \d+\), since \S+, ", line), line
    assert_run_once(sqlite)


def test_plain_alembic_runs_twice(project: Callable[..., AlembicProject], pg: Target) -> None:
    """Why there is a lock: two plain ``alembic upgrade`` at once both run an autocommit block's statement."""
    made = project(url=pg.url)
    made.revise("001", None, upgrade='op.execute("CREATE TABLE counter AS SELECT 0 AS value")')
    made.revise(
        "002",
        "001",
        upgrade="""
        with op.get_context().autocommit_block():
            op.execute("SELECT pg_advisory_lock_shared(1)")
            op.execute("UPDATE counter SET value = value + 1")
        """,
    )
    made.alembic("upgrade", "001")
    with pg.connect() as connection:
        connection.execute("SELECT pg_advisory_lock(1)")
        racers = [
            subprocess.Popen(
                [sys.executable, "-m", "alembic.config", "upgrade", "head"],
                cwd=made.root,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
            )
            for _ in range(2)
        ]
        waiting = "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND NOT granted"
        while connection.execute(waiting).fetchone() != (2,):
            connection.execute("SELECT pg_sleep(0.02)")
        connection.execute("SELECT pg_advisory_unlock(1)")
        codes = sorted(racer.wait(PATIENCE_S) for racer in racers)

    assert codes[0] == 0 != codes[1]
    assert pg.rows("SELECT value FROM counter") == [(2,)]


def test_two_databases_are_locked_in_one_order(
    project: Callable[..., AlembicProject], servers: Servers, runs: Runs
) -> None:
    """Two multidb projects name the same databases in opposite orders: one waits, and neither is stuck."""
    server = servers.of(NEWEST)
    with postgresql_target(server) as one, postgresql_target(server) as other:
        made = [
            project("multidb", folder="there"),
            project("multidb", folder="back"),
        ]
        for each, targets in zip(made, [(one, other), (other, one)], strict=True):
            for section, target in zip(("engine1", "engine2"), targets, strict=True):
                each.set_url(target.url, section=section)
            each.revise("001", None, upgrade='op.execute("CREATE TABLE counter AS SELECT 1 AS value")')
        first = runs.start(made[0].root, pause_at=({"event": "LockAcquired"},))
        first.paused()
        second = runs.start(made[1].root)
        second.follow(event="LockWaiting")
        first.go()
        ended = [first.end().succeeded(), second.end().succeeded()]

        assert next(m["event"] for m in second.messages if "event" in m) == "LockWaiting"
        assert [end.of("report")["outcome"] for end in ended] == ["applied", "nothing to do"]
        for target in (one, other):
            assert target.rows("SELECT value FROM counter") == [(1,)]
            assert target.rows("SELECT count(*) FROM limosa.run") == [(1,)]
