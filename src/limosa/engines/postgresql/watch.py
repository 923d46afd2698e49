"""The watchdog: from a connection of its own it sees who blocks us and who queues behind us.

It cannot share the lock's connection: that one is in a transaction for the whole run, and a
query on it takes a snapshot for a moment. A CREATE INDEX CONCURRENTLY that looks in just this
moment waits for the end of that transaction, which is the end of the run: for ever.
"""

from __future__ import annotations

import contextlib
import threading

import psycopg

from limosa.engines.postgresql.session import PostgreSQLSession
from limosa.engines.queries import load
from limosa.model.limits import Limits
from limosa.model.run import Blocker

_SQL = load(__file__, "queries.sql")
_EVERY_S = 0.02


class PostgreSQLWatch:
    """A thread that polls while a statement of ours runs, and cancels it when too many wait behind it."""

    def __init__(self, session: PostgreSQLSession, limits: Limits) -> None:
        self.blocker: Blocker | None = None
        self.queued = 0
        """The longest queue that was seen behind us."""
        self.was_cancelled = False
        self._is_patient = False
        self._session = session
        self._guard = threading.Lock()
        self._limit = limits.queue_limit
        self._backend: int | None = None
        self._statement = 0
        """Counts what is watched, so that one statement is told from the next on the same backend."""
        self._closed = threading.Event()
        self._thread = threading.Thread(target=self._poll, name="limosa-watch", daemon=True)
        self._thread.start()

    def watch(self, backend: int | None, *, is_patient: bool = False) -> None:
        """Watch this backend from now on, or none; a patient statement is not cancelled for its queue.

        Called around every statement, so it wakes nobody: the thread keeps its own time.
        """
        self._is_patient = is_patient
        self._statement += 1
        self._backend = backend

    def cancel(self) -> None:
        """Cancel the statement that the watched backend runs."""
        backend = self._backend
        if backend is not None:
            with self._guard, contextlib.suppress(psycopg.Error):
                self._session.rows(_SQL["cancel"], backend=backend)

    def close(self) -> None:
        """Stop watching."""
        self._closed.set()
        self._thread.join()
        self._session.close()

    def _poll(self) -> None:
        seen = 0
        while not self._closed.wait(_EVERY_S):
            statement, backend = self._statement, self._backend
            # most statements are over before they are seen twice, and the server is not asked about them
            if backend is not None and statement == seen and not self._look(backend, statement):
                return
            seen = statement

    def _look(self, backend: int, statement: int) -> bool:
        """Look once; False when the connection is gone."""
        try:
            with self._guard:
                blocking, queued = self._session.rows(_SQL["queue"], backend=backend)[0]
                if blocking:
                    self._name(blocking[0])
        except psycopg.Error:
            return False
        self.queued = max(self.queued, queued)
        if queued > self._limit and not self._is_patient and self._statement == statement:
            self.was_cancelled = True
            self.cancel()
        return True

    def _name(self, pid: int) -> None:
        for found in self._session.rows(_SQL["blocker"], pid=pid):
            self.blocker = Blocker(*found)
