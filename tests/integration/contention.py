"""Others who hold locks or wait behind us, and an upgrade that meets them."""

from __future__ import annotations

import contextlib
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any, Self

import psycopg

from limosa.config import load
from limosa.migrator import Migrator
from limosa.model.events import Event, StepRetried
from tests.fixtures.projects import AlembicProject
from tests.fixtures.targets import Target
from tests.integration.process import until

WAITING = """
SELECT 1 FROM pg_stat_activity WHERE wait_event_type IN ('Lock', 'Timeout') AND datname = current_database()
   AND query LIKE '{0}%' AND cardinality(pg_blocking_pids(pid)) > 0
"""
"""Format it with the beginning of a statement: is there one that waits for a lock?"""


class Run:
    """An upgrade in this process, its limits set, its retries collected."""

    def __init__(self, made: AlembicProject, **limits: float) -> None:
        self.events: list[Event] = []
        self.on_retry: Callable[[StepRetried], None] = lambda _: None
        self._migrator = Migrator(load(project=made.root, overrides=limits), sinks=[self._see])

    def _see(self, event: Event) -> None:
        self.events.append(event)
        if isinstance(event, StepRetried):
            self.on_retry(event)

    @property
    def retries(self) -> list[StepRetried]:
        """The tries that got no lock."""
        return [event for event in self.events if isinstance(event, StepRetried)]

    def upgrade(self) -> int:
        """Run it, and say how many tries the last step took."""
        report = self._migrator.upgrade()
        return report.steps[-1].attempts


@contextlib.contextmanager
def held(pg: Target, *statements: str, name: str = "nightly-report") -> Iterator[psycopg.Connection[Any]]:
    """Hold what these statements lock, in a transaction of another session."""
    with pg.connect(autocommit=False) as connection:
        connection.execute("SELECT set_config('application_name', %s, false)", (name,))
        # if we never come to try again, the test must end all the same
        connection.execute("SET idle_in_transaction_session_timeout = '60s'")
        connection.commit()
        for statement in statements:
            connection.execute(statement)
        yield connection


class Traffic:
    """Sessions that read the table all the time, and how long each had to wait."""

    def __init__(self, pg: Target, sessions: int) -> None:
        self.worst_s = 0.0
        self.reads = 0
        self._pg = pg
        self._stop = threading.Event()
        self._threads = [threading.Thread(target=self._read) for _ in range(sessions)]

    def _read(self) -> None:
        with self._pg.connect() as connection:
            while not self._stop.is_set():
                started = time.monotonic()
                connection.execute("SELECT age FROM pigeons WHERE ring = 7")
                self.worst_s = max(self.worst_s, time.monotonic() - started)
                self.reads += 1
                self._stop.wait(0.005)

    def __enter__(self) -> Self:
        for thread in self._threads:
            thread.start()
        until(lambda: self.reads > 20, "traffic flows")
        self.worst_s = 0.0
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        for thread in self._threads:
            thread.join()
