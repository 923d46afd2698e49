"""What verify may ask of a database: its catalogue, trial rows that are undone, and how lookups are planned.

Values and rules of one engine are in its folder (``checks.py``, ``checks.sql``); what both do
alike is here.
"""

from __future__ import annotations

import contextlib
import importlib
from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum, auto

from limosa.engines.base import Engine, OpenSession
from limosa.model.session import Query, VersionTable
from limosa.model.verify import Check


@dataclass(frozen=True, slots=True, order=True)
class TableName:
    """A table's name; ``schema`` is None where the engine has no schemas."""

    schema: str | None
    name: str


@dataclass(frozen=True, slots=True)
class Column:
    """A column as the catalogue has it."""

    name: str
    type: str
    is_nullable: bool
    has_default: bool
    """Does it get a value when none is given?"""
    is_writable: bool
    samples: tuple[object, ...]
    """Values that its type takes, the plainest first; none for a type that is not known."""
    is_text: bool


@dataclass(frozen=True, slots=True)
class Index:
    """An index; None among the columns stands for an expression."""

    name: str
    columns: tuple[str | None, ...]
    is_unique: bool
    is_primary: bool
    is_valid: bool
    serves_lookups: bool
    """Can it answer ``column = value`` for every row?"""


@dataclass(frozen=True, slots=True)
class ForeignKey:
    """A foreign key and what it refers to."""

    name: str | None
    columns: tuple[str, ...]
    parent: TableName
    parent_columns: tuple[str, ...]
    on_delete: str


@dataclass(frozen=True, slots=True)
class Table:
    """A table with everything that verify looks at."""

    name: TableName
    columns: tuple[Column, ...] = ()
    primary_key: tuple[str, ...] = ()
    uniques: tuple[tuple[str, ...], ...] = ()
    foreign_keys: tuple[ForeignKey, ...] = ()
    indexes: tuple[Index, ...] = ()
    not_valid: tuple[str, ...] = ()
    """Constraints that were never checked against the rows from before them."""

    def column(self, name: str) -> Column | None:
        """The column of that name, if it is there."""
        return next((column for column in self.columns if column.name == name), None)


class Reason(Enum):
    """Why an insert made no row."""

    CHECK = auto()
    """A constraint that other values may satisfy."""
    UNIQUE = auto()
    """The value is taken."""
    RULE = auto()
    """The table's own rule says no: a trigger, a policy, a partition that is not there."""
    BUSY = auto()
    """A lock was not to be had in time."""
    FAULT = auto()
    """Nothing that the schema wants explains it."""


@dataclass(frozen=True, slots=True)
class Refusal:
    """The answer to an insert that made no row."""

    reason: Reason
    sentence: str
    rule: str = ""
    """The constraint's name, where there is one."""
    columns: tuple[str, ...] = ()
    """The columns that the constraint looks at."""
    definition: str = ""


class TransactionOver(Exception):
    """The database itself ended the transaction of a trial (``RAISE(ROLLBACK)``)."""

    def __init__(self, refusal: Refusal) -> None:
        super().__init__(refusal.sentence)
        self.refusal = refusal


@dataclass(frozen=True, slots=True)
class Row:
    """A row that was made and read back."""

    values: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Lookup:
    """How a lookup by one column is planned."""

    index: str | None
    plan: str


class _Undone(Exception):
    """Ends a transaction that must leave nothing."""


class Inspection(ABC):
    """One open session as verify uses it."""

    default_schema: str | None = None
    remains: str = ""
    """What a rolled back insert leaves all the same."""

    def __init__(self, engine: Engine, session: OpenSession, sql: Mapping[str, Query]) -> None:
        self.engine = engine
        self.session = session
        self.errors = engine.driver_error
        self.sql = sql

    @abstractmethod
    def tables(self) -> dict[TableName, Table]:
        """Every table of the users', ours and Alembic's left out."""

    @abstractmethod
    def soundness(self, schemas: Sequence[str | None]) -> tuple[Check, ...]:
        """The engine's own checks."""

    @abstractmethod
    def lookup(self, table: Table, column: Column) -> Lookup:
        """Plan ``SELECT … WHERE column = value``; called inside ``planning``."""

    @abstractmethod
    def judged(self, error: Exception, table: Table) -> Refusal:
        """What the driver's error says about the row, once that is undone; a lost connection raises it."""

    def given(self, column: Column, parameter: str) -> str:  # noqa: ARG002
        """Return the parameter as it stands in SQL, of the column's type where that must be said."""
        return f":{parameter}"

    @abstractmethod
    def settle(self) -> None:
        """Let checks that wait for the commit happen now."""

    def quoted(self, name: str) -> str:
        """An identifier for use in SQL."""
        return self.engine.quoted(VersionTable(name))

    def quoted_table(self, name: TableName) -> str:
        """A table's name for use in SQL."""
        return self.engine.quoted(VersionTable(name.name, name.schema))

    def planning(self, *, lock_timeout_ms: int) -> contextlib.AbstractContextManager[None]:  # noqa: ARG002
        """The block in which lookups are planned; no setting made for them outlives it."""
        return contextlib.nullcontext()

    @contextlib.contextmanager
    def undone(self, *, lock_timeout_ms: int) -> Iterator[None]:
        """Run the block in a transaction that is rolled back in any case."""
        with contextlib.suppress(_Undone), self.session.transaction():
            self.engine.set_lock_timeout(self.session, lock_timeout_ms)
            yield
            raise _Undone

    def insert(self, table: Table, values: Mapping[str, object]) -> Row | Refusal:
        """Insert a row and read it back by its primary key; a refused one changes nothing."""
        self.session.change(self.sql["savepoint"])
        try:
            outcome = self._inserted(table, values)
        except self.errors as error:
            self._go_back(error, table)
            return self.judged(error, table)
        return outcome

    def _go_back(self, error: Exception, table: Table) -> None:
        try:
            self.session.change(self.sql["go_back"])
        except self.errors:
            raise TransactionOver(self.judged(error, table)) from error

    def _inserted(self, table: Table, values: Mapping[str, object]) -> Row | Refusal:
        names = [column.name for column in table.columns]
        made = self.session.rows(self._insert(table, values), **_numbered(values))
        self.settle()
        if not made:
            return Refusal(Reason.RULE, "the insert was passed over without an error, by a trigger or a rule")
        row = Row(dict(zip(names, made[0], strict=True)))
        if table.primary_key:
            key = {name: row.values[name] for name in table.primary_key}
            found = self.session.rows(self._select(table, key), **_numbered(key))
            if len(found) != 1:
                return Refusal(
                    Reason.FAULT, f"the row was inserted, and its key then found {len(found)} rows"
                )
        return row

    def any_row(self, table: Table, columns: Sequence[str]) -> tuple[object, ...] | None:
        """These columns of some row that is there already."""
        chosen = ", ".join(self.quoted(name) for name in columns)
        query = f"SELECT {chosen} FROM {self.quoted_table(table.name)} LIMIT 1"  # noqa: S608  quoted
        return next(iter(self.session.rows(Query(query))), None)

    def _insert(self, table: Table, values: Mapping[str, object]) -> Query:
        columns = [column for column in table.columns if column.name in values]
        places = {name: f"v{number}" for number, name in enumerate(values)}
        what = "DEFAULT VALUES"
        if columns:
            names = ", ".join(self.quoted(column.name) for column in columns)
            given = ", ".join(self.given(column, places[column.name]) for column in columns)
            what = f"({names}) VALUES ({given})"
        back = ", ".join(self.quoted(column.name) for column in table.columns)
        return Query(f"INSERT INTO {self.quoted_table(table.name)} {what} RETURNING {back}")

    def _select(self, table: Table, key: Mapping[str, object]) -> Query:
        found = " AND ".join(f"{self.quoted(name)} = :v{number}" for number, name in enumerate(key))
        return Query(f"SELECT 1 FROM {self.quoted_table(table.name)} WHERE {found}")  # noqa: S608  quoted


def _numbered(values: Mapping[str, object]) -> dict[str, object]:
    return {f"v{number}": value for number, value in enumerate(values.values())}


def inspection_of(engine: Engine, session: OpenSession) -> Inspection:
    """Return the inspection of this engine's databases."""
    module = importlib.import_module(f"limosa.engines.{engine.name}.checks")
    made: Inspection = module.inspection(engine, session)
    return made
