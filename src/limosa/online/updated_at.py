"""A column that the database itself sets to the time whenever a row is updated."""

from __future__ import annotations

from dataclasses import dataclass

from limosa.alembic_bridge.custom import Place, operation
from limosa.engines.queries import load
from limosa.engines.quoting import literal
from limosa.errors import NameTaken, OperationRefused
from limosa.model.session import Query
from limosa.online.naming import filled, fitted, quoted

_SQL = load(__file__, "updated_at.sql")


@operation
def create_updated_at_trigger(
    place: Place, table: str, *, column: str = "updated_at", schema: str | None = None
) -> None:
    """Let the database set ``column`` to the current time whenever a row of ``table`` is updated.

    Every UPDATE of a row counts, ``ON CONFLICT DO UPDATE``, a cascading key and one that writes
    the values that were there included. A statement that gives the column another value itself
    keeps that value. PostgreSQL takes the time at which the transaction began, SQLite that of
    the statement, in UTC as ``YYYY-MM-DD HH:MM:SS.ffffff``, which SQLAlchemy's ``DateTime`` reads.

    Running it again changes nothing. On SQLite ``batch_alter_table`` makes the table anew and loses
    all of its triggers: call this again after the batch.

    Example::

        online.create_updated_at_trigger("document")
    """
    _check_columns(place, table, column, schema)
    if place.dialect.name == "sqlite":
        for statement in _sqlite(place, _Maintained(table, column, schema)):
            place.send(statement)
        return
    maintained = _Maintained(table, column, schema)
    body = filled(_SQL["body"], column=quoted(column))
    _check_function(place, maintained, body)
    names = {"function": maintained.function, "trigger": maintained.trigger, "table": quoted(schema, table)}
    place.send(filled(_SQL["create_postgresql_function"], body=literal(body), **names))
    place.send(filled(_SQL["create_postgresql_trigger"], **names))


@operation
def drop_updated_at_trigger(
    place: Place, table: str, *, column: str = "updated_at", schema: str | None = None
) -> None:
    """Let the database maintain ``column`` of ``table`` no more; nothing where it does not.

    On PostgreSQL the function goes with the last trigger that uses it.

    Example::

        online.drop_updated_at_trigger("document")
    """
    maintained = _Maintained(table, column, schema)
    if place.dialect.name == "sqlite":
        place.send(filled(_SQL["drop_sqlite_trigger"], trigger=maintained.sqlite_trigger))
        return
    names = {"trigger": maintained.trigger, "table": quoted(schema, table)}
    place.send(filled(_SQL["drop_postgresql_trigger"], **names))
    unused = filled(_SQL["drop_unused"], function=maintained.function)
    place.send(filled(_SQL["drop_postgresql_function"], body=literal(unused)))


@dataclass(frozen=True, slots=True)
class _Maintained:
    """A column that is maintained, and the names of what does it."""

    table: str
    column: str
    schema: str | None

    @property
    def function_name(self) -> str:
        return fitted(f"maintain_{self.column}")

    @property
    def function(self) -> str:
        return quoted(self.schema, self.function_name)

    @property
    def trigger(self) -> str:
        """PostgreSQL's, whose name is the table's own affair."""
        return quoted(self.function_name)

    @property
    def sqlite_trigger(self) -> str:
        """SQLite's, whose name belongs to the whole database."""
        return quoted(self.schema, f"maintain_{self.column}_of_{self.table}")


def _check_columns(place: Place, table: str, column: str, schema: str | None) -> None:
    """Refuse a table or a column that is not there before anything is done."""
    if place.is_offline or place.passes_over:
        return
    if place.dialect.name == "sqlite":
        names = [name for name, _ in place.rows(_SQL["sqlite_columns"], table=table, schema=schema)]
        is_there = column.lower() in {name.lower() for name in names}
    else:
        names = [name for _, name in place.rows(_SQL["postgresql_columns"], table=table, schema=schema)]
        is_there = column in names
    if not names:
        raise OperationRefused(
            f"there is no table '{table}' whose '{column}' could be maintained",
            hint="create the table before the trigger, or name its schema: schema=...",
            operation="create_updated_at_trigger",
        )
    if not is_there:
        raise OperationRefused(
            f"'{table}' has no column '{column}', it has: {', '.join(names)}",
            hint="add the column before the trigger, or name another one: column=...",
            operation="create_updated_at_trigger",
        )


def _check_function(place: Place, maintained: _Maintained, body: str) -> None:
    """Refuse to replace a function that is somebody else's."""
    if place.is_offline or place.passes_over:
        return
    name, schema = maintained.function_name, maintained.schema
    for (found,) in place.rows(_SQL["postgresql_function"], name=name, schema=schema):
        if found != body:
            raise NameTaken(
                f"there is another function {maintained.function}() already, which is not replaced",
                hint=f"rename it: ALTER FUNCTION {maintained.function}() RENAME TO ...",
                operation="create_updated_at_trigger",
                name=name,
                found=found,
                wanted=body,
            )


def _sqlite(place: Place, maintained: _Maintained) -> list[str]:
    """Return the statements for SQLite, whose trigger must know how to find the row again."""
    if place.is_offline:
        raise OperationRefused(
            "a script for SQLite cannot have this trigger: its text depends on the table's primary key",
            hint="run the revision on the database, without --sql",
            operation="create_updated_at_trigger",
        )
    trigger, column = maintained.sqlite_trigger, quoted(maintained.column)
    made = filled(
        _SQL["create_sqlite_trigger"],
        trigger=trigger,
        table=quoted(maintained.table),
        column=column,
        key=_key(place, maintained),
    )
    return [filled(_SQL["drop_sqlite_trigger"], trigger=trigger), made]


def _key(place: Place, maintained: _Maintained) -> str:
    """Return the condition that finds NEW in its table."""
    table, schema = maintained.table, maintained.schema
    columns = place.rows(_SQL["sqlite_columns"], table=table, schema=schema)
    taken = {name.lower() for name, _ in columns}
    free = [name for name in ("rowid", "_rowid_", "oid") if name not in taken]
    master = Query(filled(_SQL["sqlite_has_no_rowid"], master=quoted(schema or "main", "sqlite_master")))
    if free and not place.rows(master, table=table, schema=schema):
        return f"{free[0]} = NEW.{free[0]}"
    keys = [name for name, place_in_key in columns if place_in_key]
    if not keys:
        raise OperationRefused(
            f"'{table}' has no primary key, and columns that hide its rowid: no trigger can find its row",
            hint="give the table a primary key first",
            operation="create_updated_at_trigger",
        )
    return " AND ".join(f"{quoted(name)} IS NEW.{quoted(name)}" for name in keys)
