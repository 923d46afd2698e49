"""What an engine offers: connections, the runner lock, and judgement of errors and statements."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from enum import Enum, auto
from pathlib import Path
from typing import Any, Protocol

from limosa.engines.observed import Listener
from limosa.errors import Unreachable
from limosa.model.client import Client
from limosa.model.limits import Limits
from limosa.model.run import Blocker, Holder
from limosa.model.schema import Schema, SchemaObject
from limosa.model.session import Query, Session, VersionTable
from limosa.model.url import DatabaseURL


class Trouble(Enum):
    """What an exception of a driver means for the run."""

    LOCK = auto()
    """A lock was not to be had in time, or a deadlock: try the revision again."""
    LOST = auto()
    """The connection is gone, or the server is starting or stopping: connect again."""
    CANCELLED = auto()
    """The statement was cancelled, by the watchdog, by a signal or by somebody else."""
    OTHER = auto()


class Effect(Enum):
    """What a statement does, as far as the executor must know before it runs."""

    READ = auto()
    """It changes nothing and may be run again at will."""
    DATA = auto()
    """It changes rows."""
    SCHEMA = auto()
    """It changes the schema, under a strong lock."""
    PATIENT = auto()
    """Schema work under a weak lock that must not be cut short (VALIDATE, CONCURRENTLY)."""


class Found(Enum):
    """What a probe found of a statement that may or may not have happened."""

    ABSENT = auto()
    DONE = auto()
    BROKEN = auto()
    """Half done; the probe's ``clean`` statements take it away."""
    REPEATABLE = auto()
    """It cannot be told, and does no harm to run it again."""
    UNKNOWN = auto()


@dataclass(frozen=True, slots=True)
class Probe:
    """How to find out whether a statement outside a transaction has happened."""

    kind: str
    name: str = ""


@dataclass(frozen=True, slots=True)
class Nature:
    """The executor's view of one statement."""

    effect: Effect
    probe: Probe | None = None
    """Set where the statement cannot run inside a transaction."""
    sets_lock_timeout: bool = False
    """The revision takes the lock timeout into its own hands."""

    @property
    def is_patient(self) -> bool:
        """Must this statement be left to wait as long as it takes?"""
        return self.effect is Effect.PATIENT


class OpenSession(Session, Protocol):
    """A connection that an engine opened; every statement commits by itself outside ``transaction``."""

    def script(self, query: Query, /) -> None:
        """Run several statements of our own."""
        ...

    def transaction(self) -> AbstractContextManager[None]:
        """Run the statements of the block in one transaction."""
        ...

    def is_current(self) -> bool:
        """Does the connection still lead to its database, as far as that is known without asking it?"""
        ...

    def close(self) -> None:
        """Close the connection; closing twice is harmless."""
        ...


class RunnerLock(Protocol):
    """The lock that makes this process the runner; it dies with the process."""

    def describe(self, doing: str) -> None:
        """Tell those who wait what the holder is at."""
        ...

    def is_held(self) -> bool:
        """Is the lock still ours? Asked before every commit."""
        ...

    def release(self) -> None:
        """Give the lock back; harmless when it is lost already."""
        ...


class Watch(Protocol):
    """What watches over a run's connection from a second one."""

    blocker: Blocker | None
    """The session that was last seen to block us; whoever begins a step sets it back."""
    was_cancelled: bool
    """Did the watch itself cancel a statement, because too many waited behind it?"""

    def watch(self, backend: int | None, *, is_patient: bool = False) -> None:
        """Watch this backend from now on, or none; a patient statement is not cancelled for its queue."""
        ...

    def cancel(self) -> None:
        """Cancel the statement that the watched backend runs."""
        ...

    def close(self) -> None:
        """Stop watching."""
        ...


class Rebuild(Protocol):
    """Looks for rows that a statement would lose, around every statement of a step."""

    def before(self, sql: str) -> None:
        """Look at a statement before it runs."""
        ...

    def after(self, sql: str) -> None:
        """Look again after it ran; raise DataLoss."""
        ...

    def finish(self) -> None:
        """Look once more before the commit; raise DataLoss."""
        ...


Waiting = Callable[[Holder | None, float], None]
"""Called while another runner holds the lock: the holder, and seconds waited; may raise to give up."""


class Engine(Protocol):
    """One kind of database."""

    name: str
    own_tables: str
    """The prefix of our own tables' names: ``limosa.`` or ``limosa_``."""
    begin: str
    """How a transaction of ours begins."""
    begins_itself: bool
    """Must transactions begin with ``begin`` because the driver cannot be trusted with it?"""
    nothing: str
    """A statement that does nothing and returns no rows."""

    @property
    def driver_error(self) -> type[Exception]:
        """The root of what the driver of our own connections raises."""
        ...

    def open(self, url: DatabaseURL, *, limits: Limits, application: str) -> OpenSession:
        """Connect; raise Unreachable or AccessDenied, in a sentence without secrets."""
        ...

    def look(self, url: DatabaseURL, *, limits: Limits, application: str) -> OpenSession:
        """Connect as ``open`` does, to ask a question or two: quick to begin with."""
        ...

    def exists(self, url: DatabaseURL) -> bool:
        """Is there a database to connect to? A SQLite file may not be there yet."""
        ...

    def client(self, url: DatabaseURL, statements: Sequence[str]) -> Client:
        """How the database's own program is called, on these statements or for a person to type."""
        ...

    def lock(self, url: DatabaseURL, *, name: str, limits: Limits, waiting: Waiting) -> RunnerLock:
        """Become the runner of the target ``name``; raise Locked when the wait is over."""
        ...

    ignores_case: bool
    """Are two names the same that differ only in case?"""

    def drop(self, session: Session, objects: Sequence[SchemaObject]) -> None:
        """Drop objects of ``schema``, with whatever hangs on them."""
        ...

    def current_schemas(self, session: Session) -> tuple[str, ...]:
        """The schemas in which a name without one is looked for; none where there are no schemas."""
        ...

    def lock_file(self, url: DatabaseURL) -> Path | None:
        """The file of the runner lock, where the lock is a file."""
        ...

    def server_version(self, session: Session) -> str:
        """Name the database's software and its version."""
        ...

    def may_create_tables(self, session: Session) -> bool:
        """May this user make our own tables?"""
        ...

    def creation_grant(self, url: DatabaseURL) -> str:
        """What lets this user make our own tables: a statement, or a sentence."""
        ...

    def identity(self, session: Session) -> str:
        """Name the server and database so that a promoted copy has another name."""
        ...

    def place(self, session: Session) -> str:
        """Name the database so that a standby has its primary's name: whose schema is it?"""
        ...

    def backend(self, session: Session) -> int | None:
        """The server's process of this session, where there is one."""
        ...

    def version_tables(self, session: Session, name: str) -> Sequence[VersionTable]:
        """All tables that could be Alembic's version table of that name."""
        ...

    def versions(self, session: Session, table: VersionTable, *, is_there: bool = False) -> tuple[str, ...]:
        """The version rows, sorted; empty when the table is not there, which may be known already."""
        ...

    def tables(self, session: Session) -> tuple[str, ...]:
        """The user's tables, ours and Alembic's left out."""
        ...

    def schema(self, session: OpenSession, version_table: VersionTable | None = None) -> Schema:
        """The user's schema; ours and the version table (Alembic's usual one, unless named) are left out."""
        ...

    def catalogue(self, session: OpenSession) -> str:
        """A quick hash of everything that ``schema`` reads: equal only where the schema is.

        It may differ where the schema is the same, as it is made of the catalogue's own ids.
        """
        ...

    def watch(self, url: DatabaseURL, *, limits: Limits) -> Watch:
        """Watch over the run, from a connection of its own where the engine has such."""
        ...

    def orphans(self, session: Session) -> Sequence[str]:
        """Connections that a dead runner left at work, described; the session must be in no transaction."""
        ...

    def prepare(self, session: Session, *, application: str, limits: Limits) -> None:
        """Make env.py's connection fit for a run, before its first transaction."""
        ...

    def lock_wait_ms(self, wanted: int, limits: Limits) -> int:
        """How long a try waits for its lock, when ``wanted`` is what would be set."""
        ...

    def set_lock_timeout(self, session: Session, milliseconds: int) -> None:
        """Say how long a statement of this session may wait for its lock; 0 is for ever."""
        ...

    def be_patient(self, session: Session, *, local: bool) -> None:
        """Take every timeout off: cutting this statement short would leave something half built."""
        ...

    def driver_options(self, *, is_async: bool) -> dict[str, Any]:
        """What the driver must be given when env.py connects, so that it can be observed."""
        ...

    def observe(self, driver_connection: Any, listener: Listener) -> None:
        """Surround the statements of cursors that a revision takes from the driver itself."""
        ...

    def interruptible(
        self, driver_connection: Any, should_stop: Callable[[], bool]
    ) -> Awaitable[object] | None:
        """Let a running statement end early when asked to, where only the driver can do that.

        What an asynchronous driver wants to have awaited is returned.
        """
        ...

    def quoted(self, table: VersionTable) -> str:
        """The table's name for use in SQL."""
        ...

    def committed(self, session: Session, transaction_id: str) -> bool | None:
        """Was it committed? None while the server is still at it."""
        ...

    def nature(self, sql: str) -> Nature:
        """Judge a statement by its text."""
        ...

    def find(self, session: Session, probe: Probe) -> Found:
        """Find out whether the probed statement has happened."""
        ...

    def clean(self, session: Session, probe: Probe) -> None:
        """Take away what a broken statement left."""
        ...

    def rebuild_guard(self, session: Session) -> Rebuild | None:
        """The guard against lost rows, where the engine needs one."""
        ...

    def refused(self, url: DatabaseURL, error: Exception) -> Unreachable:
        """Say why a statement of our own did not go through: no right, no connection, no room."""
        ...

    def trouble(self, error: BaseException) -> Trouble:
        """What an exception means for the run."""
        ...

    def sentence(self, error: BaseException) -> str:
        """The server's own words, without values of rows."""
        ...


@contextmanager
def opened(
    engine: Engine, url: DatabaseURL, *, limits: Limits, application: str, looks: bool = False
) -> Iterator[OpenSession]:
    """Open a connection for the length of a block; what the driver raises in it is told as Unreachable.

    One that ``looks`` is for a question or two.
    """
    session = (engine.look if looks else engine.open)(url, limits=limits, application=application)
    try:
        yield session
    except engine.driver_error as error:
        raise engine.refused(url, error) from error
    finally:
        session.close()


__all__ = [
    "Any", "Effect", "Engine", "Found", "Nature", "OpenSession", "Probe", "Query", "Rebuild",
    "RunnerLock", "Trouble", "Waiting", "Watch", "opened",
]  # fmt: skip
