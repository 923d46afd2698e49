"""Indexes made and dropped while the application goes on, the same ones on every database."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from sqlalchemy.exc import IntegrityError

from limosa.alembic_bridge.custom import Place, operation
from limosa.engines.queries import load
from limosa.engines.sqlite.tokens import tokens
from limosa.errors import NameTaken, OperationRefused
from limosa.model.session import Query
from limosa.online.naming import filled, quoted
from limosa.online.wanted import Columns, WantedIndex

if TYPE_CHECKING:
    from sqlalchemy import ColumnElement, TextClause

_SQL = load(__file__, "index.sql")
_SMALL_BYTES = 1 << 20
"""A table up to this size is indexed in the transaction: nobody notices the lock, and all stays atomic."""


@operation
def create_index_online(  # noqa: PLR0913  as many as an index has properties
    place: Place,
    name: str,
    table: str,
    columns: Columns,
    *,
    unique: bool = False,
    schema: str | None = None,
    postgresql_using: str | None = None,
    postgresql_where: ColumnElement[bool] | TextClause | None = None,
    sqlite_where: ColumnElement[bool] | TextClause | None = None,
) -> None:
    """Make an index without holding up those who write to its table.

    On PostgreSQL the index is built ``CONCURRENTLY``, outside of the transaction, if the table was there
    before this transaction and has more than 1 MB; any other is indexed at once, as on SQLite.
    Name, columns and all the rest are the same either way. An INVALID index of that name, left from
    a try that was broken off, is dropped and built again; the same index is left as it is; a different
    one raises ``NameTaken``. A unique index with rows in its way leaves nothing and raises ``DuplicateRows``.
    In a script (``--sql``) it is always CONCURRENTLY.

    A partitioned table that was there before is refused, because PostgreSQL cannot do it CONCURRENTLY.

    Example::

        online.create_index_online("document_owner", "document", ["owner_id"])
    """
    options: dict[str, Any] = {
        option: value
        for option, value in {
            "postgresql_using": postgresql_using,
            "postgresql_where": postgresql_where,
            "sqlite_where": sqlite_where,
        }.items()
        if value is not None
    }
    wanted = WantedIndex(name, table, columns, unique, schema, options)
    if place.dialect.name == "sqlite":
        _create_on_sqlite(place, wanted)
    elif place.is_offline:
        with place.outside_transaction():
            place.send(wanted.on(place, is_concurrent=True))
    elif place.passes_over:
        place.send_nothing(said=wanted.said(place))
    else:
        _create_on_postgresql(place, wanted)


@operation
def drop_index_online(
    place: Place, name: str, *, table: str | None = None, schema: str | None = None
) -> None:
    """Drop an index without waiting in front of those who use its table; nothing where it is gone.

    On PostgreSQL it is dropped ``CONCURRENTLY`` under the conditions of ``create_index_online``.
    With ``table``, an index of that name on another table raises ``NameTaken``.

    Example::

        online.drop_index_online("document_owner", table="document")
    """
    index = quoted(schema, name)
    if place.dialect.name == "sqlite":
        for _, owner, _ in [] if place.is_offline else _on_sqlite(place, name, schema):
            _check_owner(name, owner, table)
        place.send(f"DROP INDEX IF EXISTS {index}")
        return
    concurrently = f"DROP INDEX CONCURRENTLY {index}"
    if place.is_offline:
        with place.outside_transaction():
            place.send(concurrently)
        return
    found = [] if place.passes_over else place.rows(_SQL["named"], name=name, schema=schema)
    if not found:
        place.send_nothing(said=concurrently)
        return
    oid, owner, is_valid = found[0]
    _check_owner(name, owner, table)
    on = _Table(*place.rows(_SQL["table_of"], index=oid)[0])
    if on.is_partitioned or (is_valid and not on.is_busy(place)):
        place.send(f"DROP INDEX {index}", said=concurrently)
    else:
        with _unhurried(place):
            place.send(concurrently, said=concurrently)


@dataclass(frozen=True, slots=True)
class _Table:
    """What decides how a table is indexed."""

    oid: int
    is_partitioned: bool
    size: int
    is_new: bool
    """This transaction has made it, so that nobody else can know it."""

    def is_busy(self, place: Place) -> bool:
        """Would an index built in the transaction hold somebody up? On a copy, as it would in reality."""
        return not self.is_new and (self.size > _SMALL_BYTES or place.is_copy)


def _create_on_postgresql(place: Place, wanted: WantedIndex) -> None:
    rows = place.rows(_SQL["table"], table=wanted.table, schema=wanted.schema)
    if not rows:
        raise OperationRefused(
            f"there is no table '{wanted.table}' to make the index '{wanted.name}' on",
            hint="create the table before the index, or name its schema: schema=...",
            operation="create_index_online",
        )
    table = _Table(*rows[0])
    was_broken = False
    for oid, owner, is_valid in place.rows(_SQL["beside"], name=wanted.name, table=table.oid):
        if is_valid or owner != table.oid:
            _compare(place, wanted, table, oid, owner)
            place.send_nothing(said=wanted.said(place))
            return
        was_broken = True
    if table.is_partitioned and not table.is_new:
        raise _partitioned(wanted)
    wanted.refuse_duplicates(place)  # while nothing is committed, and the transaction can still be asked
    if was_broken or table.is_busy(place):
        _build_concurrently(place, wanted, was_broken=was_broken)
    else:
        place.send(wanted.on(place), said=wanted.said(place))


def _build_concurrently(place: Place, wanted: WantedIndex, *, was_broken: bool) -> None:
    drop = f"DROP INDEX CONCURRENTLY IF EXISTS {quoted(wanted.schema, wanted.name)}"
    with _unhurried(place):
        if was_broken:
            place.repair(drop)
        try:
            place.send(wanted.on(place, is_concurrent=True), said=wanted.said(place))
        except IntegrityError as error:
            place.repair(drop)
            wanted.refuse_duplicates(place, error)
            raise


@contextmanager
def _unhurried(place: Place) -> Iterator[None]:
    """Outside of the transaction, and without timeouts."""
    with place.outside_transaction():
        lock, statement = place.rows(_SQL["timeouts"])[0]
        place.rows(_SQL["set_timeouts"], lock="0", statement="0")
        yield
        place.rows(_SQL["set_timeouts"], lock=lock, statement=statement)


def _compare(place: Place, wanted: WantedIndex, table: _Table, oid: int, owner: int | None) -> None:
    """Raise NameTaken unless what is there is what is wanted."""
    statement = place.compiled(wanted.on(place))
    if owner is None:
        raise _taken(wanted.name, "no index", statement, "create_index_online")
    *found, definition = place.rows(_SQL["shape"], index=oid)[0]
    if owner != table.oid or found != _pattern(place, wanted):
        raise _taken(wanted.name, definition, statement, "create_index_online")


def _pattern(place: Place, wanted: WantedIndex) -> list[Any]:
    """What PostgreSQL itself makes of the wanted index, seen on an empty table and undone."""
    begin, undo = (
        (("BEGIN",), ("ROLLBACK",))
        if place.in_autocommit
        else (
            ("SAVEPOINT limosa_pattern",),
            ("ROLLBACK TO SAVEPOINT limosa_pattern", "RELEASE SAVEPOINT limosa_pattern"),
        )
    )
    for word in begin:
        place.repair(word)
    try:
        place.repair(filled(_SQL["copy_table"], table=quoted(wanted.schema, wanted.table)))
        with place.unseen() as connection:
            connection.execute(wanted.pattern(place))
        return list(place.rows(_SQL["shape"], index=place.rows(_SQL["pattern"])[0][0])[0][:-1])
    finally:
        for word in undo:
            place.repair(word)


def _create_on_sqlite(place: Place, wanted: WantedIndex) -> None:
    statement = wanted.on(place)
    if not place.is_offline:
        for kind, owner, sql in _on_sqlite(place, wanted.name, wanted.schema):
            names = {wanted.name, wanted.table, *(each for each in wanted.columns if isinstance(each, str))}
            small = {each.lower() for each in names}
            made = place.compiled(replace(wanted, schema=None).on(place))  # as SQLite keeps it
            if kind != "index" or tokens(sql or "", small) != tokens(made, small):
                found = sql or f"a {kind} of '{owner}'"
                raise _taken(wanted.name, found, place.compiled(statement), "create_index_online")
            return
    try:
        place.send(statement)
    except IntegrityError as error:
        wanted.refuse_duplicates(place, error)
        raise


def _on_sqlite(place: Place, name: str, schema: str | None) -> list[tuple[Any, ...]]:
    query = Query(filled(_SQL["sqlite_index"], master=quoted(schema or "main", "sqlite_master")))
    return place.rows(query, name=name)


def _check_owner(name: str, owner: str, table: str | None) -> None:
    if table is not None and owner != table:
        raise _taken(name, f"an index on '{owner}'", f"one on '{table}'", "drop_index_online")


def _taken(name: str, found: str, wanted: str, asked: str) -> NameTaken:
    return NameTaken(
        f"'{name}' is there and is not what was asked for; there is: {found}; asked for: {wanted}",
        hint=f"drop it or rename it (ALTER INDEX {quoted(name)} RENAME TO ...), or choose another name",
        operation=asked,
        name=name,
        found=found,
        wanted=wanted,
    )


def _partitioned(wanted: WantedIndex) -> OperationRefused:
    name, table = quoted(wanted.name), quoted(wanted.schema, wanted.table)
    return OperationRefused(
        f"'{wanted.table}' is partitioned, and PostgreSQL cannot index it CONCURRENTLY as a whole",
        hint=f"make {name} ON ONLY {table}, index each partition with create_index_online, then attach "
        f"each: ALTER INDEX {name} ATTACH PARTITION ...",
        operation="create_index_online",
    )
