"""Operations of our own for revisions: each is ``op.NAME`` too, with Limosa and with plain Alembic."""

from __future__ import annotations

import contextlib
import functools
import inspect
from collections.abc import Callable, Iterator, Sequence
from typing import Any, Concatenate, ParamSpec, TypeVar, cast

import alembic.op
from alembic.operations import MigrateOperation, Operations
from alembic.operations.ops import CreateIndexOp
from sqlalchemy import DDL, text
from sqlalchemy.engine import Connection, Dialect
from sqlalchemy.schema import ExecutableDDLElement, Index
from sqlalchemy.sql import Executable

from limosa.alembic_bridge.work import Work, work_on
from limosa.errors import OperationRefused
from limosa.model.session import Query

P = ParamSpec("P")
R = TypeVar("R")

OPERATIONS: dict[str, Callable[..., object]] = {}
"""All operations of our own that are loaded, by name."""

_NOTHING = {"postgresql": "SET limosa.nothing = ''", "sqlite": "PRAGMA limosa_nothing"}


class Place:
    """Where an operation runs: on a migration's connection, or in the script that is written in its stead."""

    def __init__(self, operations: Operations) -> None:
        self._operations = operations
        self._context = operations.get_context()
        self._title: str | None = None
        self._number = 0

    @property
    def dialect(self) -> Dialect:
        """SQLAlchemy's dialect; its ``name`` says which engine this is."""
        return self._context.dialect

    @property
    def is_offline(self) -> bool:
        """Is a script written (``--sql``), so that nothing can be asked?"""
        return self._context.as_sql

    @property
    def connection(self) -> Connection:
        """The migration's connection; there is none in a script."""
        connection = self._context.connection
        assert connection is not None
        return connection

    @property
    def _work(self) -> Work | None:
        return None if self.is_offline else work_on(self.connection)

    @property
    def passes_over(self) -> bool:
        """Did an earlier run do the next statement? Then it only has to be sent, and nothing checked."""
        return self._work is not None and self._work.passes_over

    @property
    def is_copy(self) -> bool:
        """Is this a scratch copy of the real tables, without their rows?"""
        return self._work is not None and self._work.is_copy

    @property
    def in_autocommit(self) -> bool:
        """Does every statement commit by itself now?"""
        if self.is_offline:
            return False
        return self.connection.get_execution_options().get("isolation_level") == "AUTOCOMMIT"

    @contextlib.contextmanager
    def unseen(self) -> Iterator[Connection]:
        """Give the connection for looks and repairs that are no part of what the revision does.

        After a crash these may be others than before it, and Limosa's checkpoints know nothing of them.
        """
        with contextlib.nullcontext() if self._work is None else self._work.unseen():
            yield self.connection

    def rows(self, query: Query, /, **values: Any) -> list[tuple[Any, ...]]:
        """Ask the database something."""
        with self.unseen() as connection:
            return [tuple(row) for row in connection.execute(text(query), values)]

    def repair(self, sql: str) -> None:
        """Run a statement that is no part of what the revision does."""
        with self.unseen() as connection:
            connection.execute(_ddl(sql))

    def known_as(self, title: str) -> None:
        """Let the checkpoints know the statements that follow by this title, and not by their texts.

        For an operation whose texts hang on what it finds, which is not there any more after a crash.
        """
        self._title = title

    def send(self, statement: str | Executable, *, said: str | None = None) -> None:
        """Send a statement of the operation, or write it into the script.

        ``said``: the text that it is known by, where its form depends on what is found.
        """
        with self._saying(said):
            self._operations.execute(_ddl(statement) if isinstance(statement, str) else statement)

    def send_nothing(self, *, said: str | None = None) -> None:
        """Say that a statement is done already."""
        if self._work is not None:
            with self._saying(said):
                self.connection.exec_driver_sql(_NOTHING[self.dialect.name])

    def change(self, statement: Executable) -> int:
        """Send a statement that changes rows; return how many."""
        with self._saying(None):
            return self.connection.execute(statement).rowcount

    def _saying(self, said: str | None) -> contextlib.AbstractContextManager[None]:
        if said is None and self._title is not None:
            self._number += 1
            said = f"UPDATE {self._number} of {self._title}"
        if said is None or self._work is None:
            return contextlib.nullcontext()
        return self._work.saying(said)

    @contextlib.contextmanager
    def outside_transaction(self) -> Iterator[None]:
        """Commit what came before, and let each statement of the block commit by itself."""
        with contextlib.ExitStack() as stack:
            if not self.in_autocommit:
                try:
                    stack.enter_context(self._context.autocommit_block())
                except AssertionError as error:
                    raise OperationRefused(
                        "this must run outside of a transaction, and env.py has begun one of its own",
                        hint="give context.configure() a connection on which no transaction has begun",
                    ) from error
            yield

    def index(
        self,
        name: str,
        table: str,
        columns: Sequence[Any],
        *,
        unique: bool,
        schema: str | None,
        **options: Any,
    ) -> Index:
        """Describe an index, as Alembic's ``op.create_index`` does."""
        operation = CreateIndexOp(name, table, list(columns), unique=unique, schema=schema, **options)
        return operation.to_index(self._context)

    def compiled(self, statement: ExecutableDDLElement) -> str:
        """Write a statement as it would be sent."""
        return str(statement.compile(dialect=self.dialect))


def operation(function: Callable[Concatenate[Place, P], R]) -> Callable[P, R]:
    """Make a function an operation: callable by itself in a revision, and as ``op.NAME``."""
    name = function.__name__

    class Custom(MigrateOperation):
        def __init__(self, arguments: tuple[Any, ...], options: dict[str, Any]) -> None:
            self.arguments = arguments
            self.options = options

        @classmethod
        def invoke(cls, operations: Operations, *arguments: Any, **options: Any) -> Any:
            return operations.invoke(cls(arguments, options))

    def implementation(operations: Operations, asked: Custom) -> R:
        return function(Place(operations), *asked.arguments, **asked.options)

    Custom.invoke.__func__.__doc__ = function.__doc__  # type: ignore[attr-defined]
    Operations.register_operation(name, "invoke")(Custom)
    Operations.implementation_for(Custom)(implementation)

    @functools.wraps(function)
    def called(*arguments: P.args, **options: P.kwargs) -> R:
        return cast("R", getattr(alembic.op, name)(*arguments, **options))

    signature = inspect.signature(function)
    called.__signature__ = signature.replace(  # type: ignore[attr-defined]
        parameters=list(signature.parameters.values())[1:]
    )
    OPERATIONS[name] = called
    return called


def _ddl(sql: str) -> DDL:
    made: DDL = DDL(sql.replace("%", "%%"))  # type: ignore[no-untyped-call]
    return made
