"""The runner lock: a transaction-level advisory lock on a connection that does nothing else.

It has no xid and no snapshot between two statements, so CREATE INDEX CONCURRENTLY runs beside
it; it goes away with the process; and a transaction, unlike a session, survives a pooler that
hands out connections by the transaction.
"""

from __future__ import annotations

import contextlib
import random
import time
import zlib

import psycopg

from limosa.engines.base import Waiting
from limosa.engines.patience import check_patience
from limosa.engines.postgresql.session import PostgreSQLSession, connect
from limosa.engines.postgresql.trouble import is_crowded, is_starting
from limosa.engines.queries import load
from limosa.errors import Unreachable
from limosa.model.limits import Limits
from limosa.model.run import Holder
from limosa.model.url import DatabaseURL

_SQL = load(__file__, "queries.sql")
_NAMESPACE = 0x4C494D4F  # "LIMO"
_PREFIX = "limosa-lock/"


class PostgreSQLLock:
    """The held lock."""

    def __init__(self, session: PostgreSQLSession, own_name: str) -> None:
        self.session = session
        self._own_name = own_name

    def describe(self, doing: str) -> None:
        """Tell those who wait what the holder is at; losing the lock shows elsewhere."""
        with contextlib.suppress(psycopg.Error):
            self.session.send(_SQL["describe"], application=_application(self._own_name, doing))

    def is_held(self) -> bool:
        """Does the session whose transaction holds the lock still live? Whether it was the fence tells."""
        return self.session.is_alive()

    def release(self) -> None:
        """Give the lock back; harmless when it is lost already."""
        with contextlib.suppress(psycopg.Error):
            if self.session.has_answered():
                self.session.connection.rollback()
        self.session.close()  # which ends the transaction, too


def acquire(
    url: DatabaseURL, *, name: str, own_name: str, limits: Limits, waiting: Waiting
) -> PostgreSQLLock:
    """Become the runner; poll with jitter, and give the connection back between polls.

    Those who wait keep no connection, so that a hundred of them do not use up the server's.
    """
    started = time.monotonic()
    target = zlib.crc32(name.encode()) & 0x7FFFFFFF
    pause = 0.05
    holder: Holder | None = None
    while True:
        lock, seen = _try_once(url, target, own_name, limits)
        if lock is not None:
            return lock
        holder = seen or holder
        waited = time.monotonic() - started
        check_patience("the lock", holder, waited, limits)
        waiting(holder, waited)
        time.sleep(random.uniform(0.5, 1.0) * pause)  # noqa: S311  jitter, no secret
        pause = min(pause * 1.5, 1.0)


def _try_once(
    url: DatabaseURL, target: int, own_name: str, limits: Limits
) -> tuple[PostgreSQLLock | None, Holder | None]:
    try:
        session = connect(url, limits=limits, application=_application(own_name, "starting"))
    except Unreachable as error:
        if error.fields.get("temporary"):
            return None, None
        raise
    try:
        # the connection commits by itself; the lock's transaction is opened by hand and stays open
        session.rows(_SQL["keep"])
        session.connection.execute(b"BEGIN ISOLATION LEVEL READ COMMITTED")
        values = {"namespace": _NAMESPACE, "target": target}
        if session.rows(_SQL["try_lock"], **values)[0][0]:
            return PostgreSQLLock(session, own_name), None
        holder = _holder(session, values)
    except psycopg.Error as error:
        session.close()
        if is_crowded(error) or is_starting(error):
            return None, None
        raise
    session.close()
    return None, holder


def _application(own_name: str, doing: str) -> str:
    # the server cuts application_name at 63 bytes; what the holder is at matters most
    return f"{_PREFIX}{doing[:20]}/{own_name}"[:63]


def _holder(session: PostgreSQLSession, values: dict[str, int]) -> Holder | None:
    found = session.rows(_SQL["lock_holder"], **values)
    if not found:
        return None
    backend, application, role, address, since = found[0]
    doing, _, who = str(application).removeprefix(_PREFIX).partition("/")
    user, _, rest = who.partition("@")
    host, _, pid = rest.rpartition(":")
    if not pid.isdigit():
        return Holder(host=address, pid=backend, user=role, since=since, doing=doing or "unknown")
    return Holder(host=host, pid=int(pid), user=user, since=since, doing=doing)
