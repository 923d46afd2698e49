"""An index as it is asked for: its statement in each form, and the rows that stand in its way."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, TextClause, UnaryExpression, column, func, literal_column, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.schema import CreateIndex, Index
from sqlalchemy.sql import Select

from limosa.alembic_bridge.custom import Place
from limosa.errors import DuplicateRows

Columns = Sequence[str | TextClause | ColumnElement[Any]]


@dataclass(frozen=True, slots=True)
class WantedIndex:
    """Name, table, columns and the rest."""

    name: str
    table: str
    columns: Columns
    unique: bool
    schema: str | None
    options: dict[str, Any]

    def on(self, place: Place, *, is_concurrent: bool = False) -> CreateIndex:
        """The statement that makes it."""
        options = {"postgresql_concurrently": True} if is_concurrent else {}
        return CreateIndex(self._index(place, self.name, self.table, self.schema, **options))

    def pattern(self, place: Place) -> CreateIndex:
        """The statement that makes the same on the empty table that stands for its table."""
        return CreateIndex(self._index(place, "limosa_pattern_index", "limosa_pattern", "pg_temp"))

    def said(self, place: Place) -> str:
        """The text that Limosa's checkpoints know it by, in whichever form it is made."""
        return place.compiled(self.on(place, is_concurrent=place.dialect.name == "postgresql"))

    def refuse_duplicates(self, place: Place, cause: IntegrityError | None = None) -> None:
        """Raise DuplicateRows if some rows have the same values."""
        if not self.unique:
            return
        count, query = self._duplicates(place)
        with place.unseen() as connection:
            values = connection.scalar(count)
        if values:
            raise DuplicateRows(
                f"'{self.name}' cannot be unique: in '{self.table}' there "
                f"{'is 1 value' if values == 1 else f'are {values} values'} that several rows have",
                hint=f"see them, and let each be there once: {query}",
                operation="create_index_online",
                table=self.table,
                values=values,
                query=query,
            ) from cause

    def _index(self, place: Place, name: str, table: str, schema: str | None, **options: Any) -> Index:
        every = {**self.options, **options}
        return place.index(name, table, self.columns, unique=self.unique, schema=schema, **every)

    def _duplicates(self, place: Place) -> tuple[Select[Any], str]:
        """A query for how many values there are more than once, and one that a person can paste."""
        index = self._index(place, self.name, self.table, self.schema)
        assert index.table is not None
        keys = [_plain(each) for each in self.columns]
        where = [key.is_not(None) for key in keys]
        predicate = self.options.get(f"{place.dialect.name}_where")
        if predicate is not None:
            where.append(predicate)
        twice = (
            select(*keys, func.count().label("rows"))
            .select_from(index.table)
            .where(*where)
            .group_by(*keys)
            .having(func.count() > 1)
        )
        shown = twice.compile(dialect=place.dialect, compile_kwargs={"literal_binds": True})
        counted = select(func.count()).select_from(twice.subquery())
        return counted, " ".join(str(shown).replace("%%", "%").split())


def _plain(given: str | TextClause | ColumnElement[Any]) -> ColumnElement[Any]:
    """The values of a column of an index, without the order that it keeps them in."""
    if isinstance(given, str):
        return column(given)
    if isinstance(given, TextClause):
        return literal_column(f"({given.text})")
    return given.element if isinstance(given, UnaryExpression) and given.modifier is not None else given
