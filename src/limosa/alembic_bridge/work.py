"""env.py's connection as our rooms may use it: for our own queries, and to see all others' statements."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from sqlalchemy import event, text
from sqlalchemy.engine import Compiled, Connection, ExceptionContext

from limosa.model.session import Query, VersionTable
from limosa.model.url import DatabaseURL

_COMPILED_KEPT = 64

if TYPE_CHECKING:
    from limosa.alembic_bridge.conductor import Conductor


class _Recent(dict[Any, Any]):
    """The statements compiled last; SQLAlchemy would keep hundreds, most of which a migration runs once."""

    def __setitem__(self, key: Any, value: Any) -> None:
        if len(self) >= _COMPILED_KEPT:
            self.clear()
        super().__setitem__(key, value)


def work_on(connection: Connection) -> Work | None:
    """Return the work that goes on over this connection; None where Limosa does not run it."""
    found: Work | None = connection.get_execution_options().get("limosa_work")
    return found


class Work:
    """One connection of env.py's; what we run on it ourselves stays unseen."""

    def __init__(self, connection: Connection) -> None:
        self.connection = connection
        self.version_table = VersionTable()
        self.lock_timeout_ms: int | None = None
        """The lock timeout that was last set on this connection; None when it is not ours."""
        self.said: str | None = None
        """What the statement that comes is known by to the checkpoints, if not by itself."""
        self.passes_over = False
        """Did an earlier run do the statement that comes next, so that it will be passed over?"""
        self.is_copy = False
        """Does it lead to a scratch copy, which has the tables of the real database and none of its rows?"""
        self._compiled: dict[Query, Compiled] = {}
        self._conductor: Conductor | None = None
        self._is_own = False
        self._is_inside = False
        """Does SQLAlchemy, or a cursor of the driver, run a statement now that was announced already?"""
        self._begin: str | None = None

    @property
    def url(self) -> DatabaseURL:
        """Where the connection leads; the secrets that Limosa added are not in it."""
        return DatabaseURL.parse(self.connection.engine.url.render_as_string(hide_password=False))

    @property
    def driver_connection(self) -> Any:
        """The driver's own connection object."""
        return self.connection.connection.driver_connection

    def wait_for(self, asked: Awaitable[object] | None) -> None:
        """Wait for what an asynchronous driver was asked to do; a synchronous one has done it."""
        if asked is not None:
            adapted: Any = self.connection.connection.dbapi_connection
            adapted.run_async(lambda _: asked)

    @property
    def in_transaction(self) -> bool:
        """Has a transaction begun that is not over yet?"""
        return self.connection.in_transaction()

    @property
    def in_autocommit(self) -> bool:
        """Does every statement commit by itself now (``autocommit_block``)?"""
        return self.connection.get_execution_options().get("isolation_level") == "AUTOCOMMIT"

    def rows(self, query: Query, /, **values: Any) -> list[tuple[Any, ...]]:
        """Run a query of our own and return all its rows."""
        cursor = self._run(query, values)
        found = [tuple(row) for row in cursor.fetchall()] if cursor.description else []
        cursor.close()
        return found

    def change(self, query: Query, /, **values: Any) -> int:
        """Run a statement of our own and return how many rows it touched."""
        cursor = self._run(query, values)
        rows: int = cursor.rowcount
        cursor.close()
        return rows

    def _run(self, query: Query, values: Mapping[str, Any]) -> Any:
        """Run a query of our own and return the driver's cursor."""
        if not self.connection.in_transaction():
            with self.unseen():
                self.connection.begin()  # as SQLAlchemy would before a statement of its own
        compiled = self._compiled.get(query)
        if compiled is None:
            compiled = self._compiled[query] = text(query).compile(dialect=self.connection.dialect)
        names = getattr(compiled, "positiontup", None)
        return self._execute(compiled.string, values if names is None else [values[name] for name in names])

    def _execute(self, sql: str, *parameters: Any) -> Any:
        """Run SQL of our own past SQLAlchemy, which is slow: there are several of these a step."""
        cursor = self.connection.connection.cursor()
        was_own, self._is_own = self._is_own, True
        try:
            cursor.execute(sql, *parameters)
        except BaseException:
            cursor.close()
            raise
        finally:
            self._is_own = was_own
        return cursor

    def command(self, sql: str) -> None:
        """Send a word of transaction control, past SQLAlchemy's own notion of it."""
        self._execute(sql).close()

    def settle(self) -> None:
        """End the transaction that our own queries began, so that env.py finds none."""
        if self.in_transaction:
            with self.unseen():
                self.connection.commit()

    def begin_with(self, command: str) -> None:
        """Begin every transaction with this command instead of leaving it to the driver (SQLite)."""
        self._begin = command
        # the driver would commit before DDL, or not begin at all; from here on only this command begins
        self.connection.connection.dbapi_connection.isolation_level = None  # type: ignore[union-attr]
        if self.in_transaction and not self.in_autocommit:
            self.command(command)
        event.listen(self.connection, "begin", self._on_begin)

    def _on_begin(self, _connection: Connection) -> None:
        if self._begin is not None and not self.in_autocommit:
            self.command(self._begin)

    @contextmanager
    def unseen(self) -> Iterator[None]:
        """Let the block's statements count as ours: nobody hears of them, and no checkpoint knows them."""
        before, self._is_own = self._is_own, True
        try:
            yield
        finally:
            self._is_own = before

    @contextmanager
    def saying(self, said: str) -> Iterator[None]:
        """Let the checkpoints know the block's one statement by this text, in whichever form it is sent."""
        self.said = said
        try:
            yield
        finally:
            self.said = None

    @property
    def hears(self) -> bool:
        """Does a statement of a driver's cursor matter now? Not if it is ours, or was announced already."""
        return not (self._is_own or self._is_inside or self._conductor is None)

    @contextmanager
    def around(self, sql: str, rows: Callable[[], int]) -> Iterator[str | None]:
        """Surround a statement that a revision sends through a cursor of the driver itself."""
        conductor = self._conductor
        assert conductor is not None
        other = conductor.before_statement(self, sql)
        self._is_inside = True
        try:
            yield other
        except BaseException as error:
            self._is_inside = False
            conductor.failed_statement(self, sql, error)
            raise
        self._is_inside = False
        conductor.after_statement(self, sql if other is None else other, rows())

    def listen(self, conductor: Conductor) -> None:
        """Hand every statement, error and COMMIT that is not our own to the conductor."""
        self._conductor = conductor
        self.connection.execution_options(compiled_cache=_Recent(), limosa_work=self)

        def before(
            _c: Connection, _cursor: Any, statement: str, parameters: Any, _context: Any, executemany: bool
        ) -> tuple[str, Any]:
            if self._is_own:
                return statement, parameters
            other = conductor.before_statement(self, statement)
            self._is_inside = True
            return (statement, parameters) if other is None else (other, [()] if executemany else ())

        def after(
            _c: Connection, cursor: Any, statement: str, _parameters: Any, _context: Any, _executemany: bool
        ) -> None:
            if not self._is_own:
                self._is_inside = False
                conductor.after_statement(self, statement, getattr(cursor, "rowcount", -1))

        def failed(context: ExceptionContext) -> None:
            is_ours = context.connection is self.connection and not self._is_own
            if is_ours and context.statement is not None:
                self._is_inside = False
                conductor.failed_statement(self, context.statement, context.original_exception)

        def commit(_c: Connection) -> None:
            if not self._is_own and not self.in_autocommit:
                conductor.before_commit(self)

        event.listen(self.connection, "before_cursor_execute", before, retval=True)
        event.listen(self.connection, "after_cursor_execute", after)
        event.listen(
            self.connection.engine, "handle_error", failed
        )  # SQLAlchemy has it for whole engines only
        event.listen(self.connection, "commit", commit)
