"""An application with an event loop, and what the tests of AsyncMigrator look at in it."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Callable
from pathlib import Path

from limosa.model.events import Event, StatementStarted
from tests.fixtures.projects import AlembicProject
from tests.fixtures.targets import Target
from tests.integration.process import until

SOON_S = 15.0
GAP_S = 0.5  # a blocked loop would stand for the whole run; a busy machine makes others wait, too
LONG = {
    "postgresql": 'op.execute("SELECT pg_sleep(300)")',
    "sqlite": """op.execute("CREATE TABLE sums AS WITH RECURSIVE n(i) AS "
    "(SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 10000000000) SELECT count(i) FROM n")""",
}
IN_PYTHON = "import time\nwhile True:\n    time.sleep(0.001)"
HALF = 'op.execute("CREATE TABLE half_done (id integer)")'
OURS = "SELECT application_name, query FROM pg_stat_activity WHERE application_name LIKE 'limosa-%'"
ENGINES, KINDS, PLACES = ("sqlite", "pg"), ("generic", "async"), ("statement", "python")


def table(number: int) -> str:
    """Return the body of a revision that makes a table."""
    return f'op.create_table("t{number}", sa.Column("id", sa.Integer, primary_key=True))'


def with_tables(made: AlembicProject, count: int) -> AlembicProject:
    """Write revisions ``r1`` to ``rN`` that each make a table."""
    for number in range(1, count + 1):
        parent = f"r{number - 1}" if number > 1 else None
        made.revise(f"r{number}", parent, upgrade=table(number), downgrade=f'op.drop_table("t{number}")')
    return made


def with_long_one(made: AlembicProject, long_one: str) -> AlembicProject:
    """Write a quick revision, one that takes for ever unless QUICK is set, and another quick one."""
    made.revise("r1", None, upgrade=table(1))
    body = "\n".join(f"    {line}" for line in long_one.splitlines())
    made.revise("r2", "r1", upgrade=f'{HALF}\nimport os\nif "QUICK" not in os.environ:\n{body}')
    made.revise("r3", "r2", upgrade=table(3))
    return made


class Watcher:
    """A sink that lets a test wait for an event."""

    def __init__(self) -> None:
        self.seen: list[Event] = []
        self.threads: set[int] = set()
        self._changed = asyncio.Event()

    def __call__(self, event: Event) -> None:
        """Take note of the event and of the thread that it comes in."""
        self.seen.append(event)
        self.threads.add(threading.get_ident())
        self._changed.set()

    async def has(self, what: Callable[[Event], bool]) -> None:
        """Wait until there was such an event."""
        async with asyncio.timeout(SOON_S):
            while not any(what(event) for event in self.seen):
                self._changed.clear()
                await self._changed.wait()

    async def at_work(self) -> None:
        """Wait until the long revision has begun."""
        await self.has(lambda event: isinstance(event, StatementStarted) and "half_done" in event.sql)


async def pulse(gaps: list[float]) -> None:
    """Note how long the loop stands still."""
    last = time.perf_counter()
    while True:
        await asyncio.sleep(0.001)
        now = time.perf_counter()
        gaps.append(now - last)
        last = now


def assert_clean(engine: Target) -> None:
    """No half of a step, no lock, no session, no thread of ours."""
    assert "half_done" not in engine.tables()
    if engine.engine == "postgresql":
        until(lambda: not engine.rows(OURS), "our sessions are gone")
    else:
        assert not Path(f"{engine.path}.limosa-lock").exists()
        assert engine.rows("PRAGMA integrity_check") == [("ok",)]
    until(lambda: not our_threads(), "our threads are gone")


def our_threads() -> list[str]:
    """Return the names of living threads that this package began."""
    return [thread.name for thread in threading.enumerate() if thread.name.startswith("limosa")]


def is_locked(engine: Target) -> bool:
    """Is there a runner at this moment?"""
    if engine.engine == "sqlite":
        return Path(f"{engine.path}.limosa-lock").exists()
    held = "SELECT 1 FROM pg_locks WHERE locktype = 'advisory' AND database = "
    return bool(engine.rows(f"{held}(SELECT oid FROM pg_database WHERE datname = current_database())"))
