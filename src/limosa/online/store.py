"""What ``update_remembered`` writes down: one table a change, made like the table whose rows it changes."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from sqlalchemy import (
    Boolean,
    ColumnElement,
    Table,
    and_,
    column,
    delete,
    func,
    insert,
    literal_column,
    select,
    table,
)
from sqlalchemy.sql import Executable
from sqlalchemy.sql.expression import FromClause, TableClause

from limosa.alembic_bridge.custom import Place
from limosa.engines.queries import load
from limosa.model.session import Query
from limosa.online.naming import filled, fitted, quoted

_SQL = load(__file__, "remembered.sql")


@dataclass(frozen=True, slots=True)
class Home:
    """Where it is kept, beside Limosa's own tables: autogenerate sees none of them."""

    is_postgresql: bool

    @classmethod
    def of(cls, place: Place) -> Home:
        """The home on this engine."""
        return cls(place.dialect.name == "postgresql")

    @property
    def schema(self) -> str | None:
        """The schema, where the engine has any."""
        return "limosa" if self.is_postgresql else None

    @property
    def register(self) -> TableClause:
        """The list of all that is remembered."""
        names = ("name", "store", "table_schema", "table_name", "columns")
        name = "remembered" if self.is_postgresql else "limosa_remembered"
        return table(name, *map(column, names), schema=self.schema)

    def store_name(self, name: str) -> str:
        """The name of the table for one change."""
        return fitted(f"remembered_{name}" if self.is_postgresql else f"limosa_remembered_{name}")

    def prepare(self, place: Place) -> None:
        """Make the list where it is missing."""
        if self.is_postgresql and not place.rows(_SQL["postgresql_home"]):
            place.repair(filled(_SQL["create_postgresql_home"]))
        place.send(filled(_SQL["create_register"], register=self._quoted(self.register.name)))

    def entry(self, place: Place, name: str) -> Store | None:
        """What is remembered under this name."""
        has_register = "has_postgresql_register" if self.is_postgresql else "has_sqlite_register"
        if not place.rows(_SQL[has_register]):
            return None
        query = Query(filled(_SQL["entry"], register=self._quoted(self.register.name)))
        for store, schema, table_name, columns in place.rows(query, name=name):
            keys, values = json.loads(columns)
            return Store(self, name, store, schema, table_name, tuple(keys), tuple(values))
        return None

    def _quoted(self, name: str) -> str:
        return quoted(self.schema, name)


@dataclass(frozen=True)
class Store:
    """The table of one change: ``key_N``, ``old_N`` and ``new_N``."""

    home: Home
    name: str
    store: str
    schema: str | None
    table_name: str
    keys: tuple[str, ...]
    values: tuple[str, ...]

    @cached_property
    def rows(self) -> TableClause:
        """The table itself."""
        names = [f"{kind}_{n}" for kind, of in self._kinds() for n in range(len(of))]
        return table(self.store, *map(column, names), schema=self.home.schema)

    def _kinds(self) -> tuple[tuple[str, tuple[str, ...]], ...]:
        return ("key", self.keys), ("old", self.values), ("new", self.values)

    def part(self, kind: str) -> list[ColumnElement[Any]]:
        """Its columns of one kind."""
        return [each for each in self.rows.c if each.name.startswith(f"{kind}_")]

    def create(self, place: Place) -> None:
        """Make it, and write into the list that it is there.

        The list comes first: it begins the transaction with drivers that do not begin one for DDL.
        """
        entry = {
            "name": self.name,
            "store": self.store,
            "table_schema": self.schema,
            "table_name": self.table_name,
            "columns": json.dumps([self.keys, self.values]),
        }
        place.change(insert(self.home.register).values(entry))
        columns = ", ".join(
            f"{quoted(source)} AS {kind}_{n}" for kind, of in self._kinds() for n, source in enumerate(of)
        )
        names = {"store": quoted(self.home.schema, self.store), "table": quoted(self.schema, self.table_name)}
        place.send(filled(_SQL["create_store"], columns=columns, **names))

    def forget(self, place: Place) -> None:
        """Drop it, and take it off the list."""
        register = self.home.register
        place.change(delete(register).where(register.c.name == self.name))
        place.send(filled(_SQL["drop_store"], store=quoted(self.home.schema, self.store)))

    def forget_unseen(self, place: Place) -> None:
        """The same, as a repair that the revision knows nothing of."""
        register = self.home.register
        with place.unseen() as connection:
            connection.execute(delete(register).where(register.c.name == self.name))
        place.repair(filled(_SQL["drop_store"], store=quoted(self.home.schema, self.store)))

    def is_row_of(self, source: FromClause) -> ColumnElement[bool]:
        """Is a row of the source the one that a row of this stands for?"""
        return and_(*(source.c[name] == key for name, key in zip(self.keys, self.part("key"), strict=True)))

    def has(self, source: FromClause, kind: str) -> ColumnElement[bool]:
        """Has a row of the source exactly these values?"""
        return self.same([source.c[name] for name in self.values], self.part(kind))

    def same(
        self, left: Sequence[ColumnElement[Any]], right: Sequence[ColumnElement[Any]]
    ) -> ColumnElement[bool]:
        """Are values the same to the last bit? So types without ``=`` (json, xml) can be told apart, too."""
        if self.home.is_postgresql:
            return func.pg_catalog.record_image_eq(func.row(*left), func.row(*right), type_=Boolean)
        return and_(*(one.is_not_distinct_from(other) for one, other in zip(left, right, strict=True)))

    def drop_unchanged(self) -> Executable:
        """The statement that leaves out the rows that would be as they were."""
        return delete(self.rows).where(self.same(self.part("old"), self.part("new")))

    def count(self, place: Place) -> int:
        """How many rows it holds."""
        with place.unseen() as connection:
            return int(connection.scalar(select(func.count()).select_from(self.rows)) or 0)

    def count_gone(self, place: Place, source: Table | TableClause) -> int:
        """How many of its rows are no longer in the source."""
        return self._count_where(place, ~self._is_there(source, self.is_row_of(source)))

    def count_left(self, place: Place, source: Table | TableClause) -> int:
        """How many of its rows are in the source as they were written then."""
        return self._count_where(
            place, self._is_there(source, and_(self.is_row_of(source), self.has(source, "new")))
        )

    @staticmethod
    def _is_there(source: Table | TableClause, condition: ColumnElement[bool]) -> ColumnElement[bool]:
        return select(literal_column("1")).select_from(source).where(condition).exists()

    def _count_where(self, place: Place, condition: ColumnElement[bool]) -> int:
        counted = select(func.count()).select_from(self.rows).where(condition)
        with place.unseen() as connection:
            return int(connection.scalar(counted) or 0)
