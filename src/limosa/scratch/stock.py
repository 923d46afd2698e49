"""Databases that are alike, lent one after the other: what comes back is made as new behind the scenes.

A lent database is either restored (what was written is taken back) or dropped and replaced;
two threads do that while the borrowers go on, and keep one ahead. So a borrower waits at
most for a restoration, which takes milliseconds.
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Protocol

from limosa.model.url import DatabaseURL

_THREADS = 2  # one that restores while the other copies
_SECOND = 2


class Source(Protocol):
    """Where a stock's databases come from; called by several threads, never by two for one database."""

    def make(self) -> DatabaseURL:
        """Make another database."""
        ...

    def renew(self, url: DatabaseURL) -> bool:
        """Make a database as new again; False when it must be replaced."""
        ...

    def drop(self, url: DatabaseURL) -> None:
        """Remove a database and whoever is connected to it."""
        ...

    def close(self) -> None:
        """Remove all of them."""
        ...


class Stock:
    """Lends the databases of a source; close it at the end."""

    def __init__(self, source: Source) -> None:
        self._source = source
        self._threads = ThreadPoolExecutor(_THREADS, thread_name_prefix="limosa-stock")
        self._changed = threading.Condition()
        self._ready: deque[DatabaseURL | BaseException] = deque()
        self._ordered = 0
        """How many are at work and not ready yet."""
        self._waiting = 0
        self._lent = 0
        self._is_closed = False

    @contextmanager
    def lent(self) -> Iterator[DatabaseURL]:
        """Lend a database for the length of a block."""
        url = self.take()
        try:
            yield url
        finally:
            self.give_back(url)

    def take(self) -> DatabaseURL:
        """Wait for a database that is as new; what went wrong with one is raised to one who waits."""
        with self._changed:
            self._lent += 1
            self._waiting += 1
            # the first is made when it is asked for; whoever asks again will want one ahead
            if self._lent == _SECOND or len(self._ready) + self._ordered < self._waiting:
                self._order(None)
            self._changed.wait_for(lambda: self._ready)
            self._waiting -= 1
            found = self._ready.popleft()
        if isinstance(found, BaseException):
            raise found
        return found

    def give_back(self, url: DatabaseURL) -> None:
        """Return a database, with whoever is still connected to it."""
        with self._changed:
            if not self._is_closed:
                self._order(url)

    def close(self) -> None:
        """Finish what is at work and remove the databases, those that are lent as well."""
        with self._changed:
            self._is_closed = True
        self._threads.shutdown(cancel_futures=True)
        self._source.close()

    def _order(self, returned: DatabaseURL | None) -> None:
        self._ordered += 1
        self._threads.submit(self._fulfil, returned)

    def _fulfil(self, returned: DatabaseURL | None) -> None:
        ready: DatabaseURL | BaseException
        try:
            ready = self._as_new(returned)
        except BaseException as error:  # noqa: BLE001  it is raised to whoever waits
            ready = error
        with self._changed:
            self._ordered -= 1
            self._ready.append(ready)
            self._changed.notify()

    def _as_new(self, returned: DatabaseURL | None) -> DatabaseURL:
        if returned is not None:
            if self._source.renew(returned):
                return returned
            self._source.drop(returned)
        return self._source.make()
