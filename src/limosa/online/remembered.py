"""A change of rows that remembers which it changed, and what was there, so that it can be taken back."""

from __future__ import annotations

import warnings
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import (
    Column,
    ColumnElement,
    MetaData,
    Select,
    Table,
    TextClause,
    inspect,
    literal,
    null,
    select,
    update,
)
from sqlalchemy import column as column_clause
from sqlalchemy import table as table_clause
from sqlalchemy.engine import Inspector
from sqlalchemy.exc import NoSuchTableError, SAWarning
from sqlalchemy.sql import TableClause, Update
from sqlalchemy.sql.elements import ClauseElement

from limosa.alembic_bridge.custom import Place, operation
from limosa.errors import OperationRefused
from limosa.online.store import Home, Store

_UPDATE = "update_remembered"
_RESTORE = "restore_remembered"
_STATEMENTS_UP = 6
_STATEMENTS_DOWN = 3
"""How many statements each sends: so many are passed over after a crash."""


@dataclass(frozen=True, slots=True)
class Restored:
    """What became of the rows that were changed; -1 each where an earlier, killed run restored them."""

    restored: int
    """They have their old values again."""
    changed: int
    """Somebody has changed them since; they are as they were left."""
    deleted: int
    """They are not there any more."""


@operation
def update_remembered(
    place: Place,
    name: str,
    table: str,
    values: Mapping[str, object],
    *,
    where: ColumnElement[bool] | TextClause,
    key: str | Sequence[str] = "id",
    schema: str | None = None,
) -> int:
    """Set ``values`` in the rows that ``where`` chooses, and remember under ``name`` what was there.

    Only rows that really change are touched. Their keys, old and new values are kept in a table beside
    Limosa's own, with the types that they have, until ``restore_remembered(name)`` takes them back; all in
    the revision's transaction. Under one name one change at a time is remembered.
    A value may be an expression of SQLAlchemy's over the table's columns.
    Returns how many rows have changed; -1 where an earlier, killed run did it and restored them since.

    Example::

        online.update_remembered(
            "document status", "document", {"status": "archived"}, where=sa.column("status") == "old"
        )
    """
    _refuse_without_transaction(place, _UPDATE)
    keys = (key,) if isinstance(key, str) else tuple(key)
    home = Home.of(place)
    store = Store(home, name, home.store_name(name), schema, table, keys, tuple(values))
    place.known_as(f"{_UPDATE} {name!r}")
    if place.passes_over:
        return _passed_over(place, home, name)
    source = _source(place, store)
    _forget_what_is_gone(place, home, store, source)
    home.prepare(place)
    store.create(place)
    chosen = _chosen(source, keys, values, where)
    place.change(store.rows.insert().from_select([each.name for each in store.rows.c], chosen))
    place.change(store.drop_unchanged())
    changed = place.change(_set(store, source, "new").where(store.is_row_of(source)))
    count = store.count(place)
    if changed != count:
        raise OperationRefused(
            f"{count} rows of '{table}' were to be changed, and {changed} were",
            hint=f"a trigger keeps some as they are, or they have no key: is ({', '.join(keys)}) NULL?",
            operation=_UPDATE,
            name=name,
        )
    return count


@operation
def restore_remembered(place: Place, name: str) -> Restored:
    """Put the values back that ``update_remembered`` found under ``name``, and forget them.

    A row whose values are no longer those that were written then has been changed by somebody since,
    and is left alone, as is one that was deleted.

    Example::

        online.restore_remembered("document status")
    """
    _refuse_without_transaction(place, _RESTORE)
    place.known_as(f"{_RESTORE} {name!r}")
    if place.passes_over:
        for _ in range(_STATEMENTS_DOWN):
            place.send_nothing()
        return Restored(-1, -1, -1)
    store = Home.of(place).entry(place, name)
    if store is None:
        return _nothing_remembered(place, name)
    names = (*store.keys, *store.values)
    source = table_clause(store.table_name, *(column_clause(each) for each in names), schema=store.schema)
    count, gone = store.count(place), store.count_gone(place, source)
    statement = _set(store, source, "old").where(store.is_row_of(source), store.has(source, "new"))
    restored = place.change(statement)
    store.forget(place)
    return Restored(restored, count - restored - gone, gone)


def _chosen(
    source: Table,
    keys: Sequence[str],
    values: Mapping[str, object],
    where: ColumnElement[bool] | TextClause,
) -> Select[Any]:
    """Keys, old and new values; PostgreSQL lets nobody change the rows before they are changed here."""
    before = (source.c[each] for each in (*keys, *values))
    after = (_value(source.c[column], value) for column, value in values.items())
    return select(*before, *after).select_from(source).where(where).with_for_update(key_share=True)


def _forget_what_is_gone(place: Place, home: Home, store: Store, source: Table) -> None:
    """Refuse to write over a change that could still be taken back; one of a table made anew cannot."""
    earlier = home.entry(place, store.name)
    if earlier is None:
        return
    if earlier != store or earlier.count_left(place, source):
        raise OperationRefused(
            f"a change is remembered under '{store.name}' already, and would be lost",
            hint="restore it first (online.restore_remembered), or choose another name",
            operation=_UPDATE,
            name=store.name,
        )
    earlier.forget_unseen(place)


def _passed_over(place: Place, home: Home, name: str) -> int:
    """An earlier run did all of it: say so, and count what it remembered."""
    for _ in range(_STATEMENTS_UP):
        place.send_nothing()
    store = home.entry(place, name)
    return -1 if store is None else store.count(place)


def _set(store: Store, source: Table | TableClause, kind: str) -> Update:
    return update(source).values(dict(zip(store.values, store.part(kind), strict=True)))


def _value(column: Column[Any], value: object) -> ColumnElement[Any]:
    """A value as the column's type has it; an expression as it is."""
    if isinstance(value, ClauseElement):
        return value  # type: ignore[return-value]  # a text() is one for a select, too
    return null() if value is None else literal(value, column.type)


def _refuse_without_transaction(place: Place, asked: str) -> None:
    if place.is_offline:
        raise OperationRefused(
            "a script cannot have this: what it changes, and what it remembers, is found on the database",
            hint="run the revision on the database, without --sql",
            operation=asked,
        )
    if place.in_autocommit:
        raise OperationRefused(
            "rows and the memory of them must change in one transaction, and this is an autocommit_block",
            hint="move it out of the block",
            operation=asked,
        )


def _nothing_remembered(place: Place, name: str) -> Restored:
    if place.is_copy:
        return Restored(0, 0, 0)  # it has none of the rows, and none of what was remembered of them
    raise OperationRefused(
        f"nothing is remembered under '{name}'",
        hint="it was restored already, or the upgrade was stamped and never ran: see 'limosa history'",
        operation=_RESTORE,
        name=name,
    )


def _source(place: Place, store: Store) -> Table:
    """The table with the types of its columns; refuse what is not there, or a key that is none."""
    with place.unseen() as connection, warnings.catch_warnings():
        warnings.simplefilter("ignore", SAWarning)  # of types that SQLAlchemy does not know
        inspector = inspect(connection)
        try:
            columns = inspector.get_columns(store.table_name, store.schema)
        except NoSuchTableError:
            columns = []
        if not columns:
            raise _refused(f"there is no table '{store.table_name}'", "name its schema: schema=...")
        unique = _unique(inspector, store)
    names = [each["name"] for each in columns]
    missing = [each for each in (*store.keys, *store.values) if each not in names]
    if missing:
        raise _refused(f"'{store.table_name}' has no column '{missing[0]}'", f"it has: {', '.join(names)}")
    if not store.values:
        raise _refused("no value is given", "name a column and its value: {'status': 'archived'}")
    if {*store.keys} & {*store.values}:
        raise _refused("the key itself cannot be changed", "rows are found again by their key")
    if frozenset(store.keys) not in unique:
        raise _refused(
            f"({', '.join(store.keys)}) is no key of '{store.table_name}'", "name its primary key: key=..."
        )
    made = [Column(each["name"], each["type"]) for each in columns]
    return Table(store.table_name, MetaData(), *made, schema=store.schema)


def _unique(inspector: Inspector, store: Store) -> set[frozenset[str]]:
    """All sets of columns by which a row can be found."""
    where = store.table_name, store.schema
    found = [inspector.get_pk_constraint(*where)["constrained_columns"]]
    found += [each["column_names"] for each in inspector.get_unique_constraints(*where)]
    found += [
        [name for name in each["column_names"] if name is not None]
        for each in inspector.get_indexes(*where)
        if each["unique"] and not any(name.endswith("_where") for name in each.get("dialect_options", {}))
    ]
    return {frozenset(each) for each in found}


def _refused(message: str, hint: str) -> OperationRefused:
    return OperationRefused(message, hint=hint, operation=_UPDATE)
