"""Whether the database is as the models say: tables and columns, indexes, constraints."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cached_property

from limosa.alembic_bridge.comparison import Comparison, Difference, Kind, ModelTable
from limosa.engines.inspection import Index, Table, TableName
from limosa.model.verify import Check
from limosa.observe.wording import counted

_NO_MODELS = "env.py gives no target_metadata, so there are no models to compare with"
_NAMED = 6
"""How many things are named in a line before the rest is counted."""


class Likeness:
    """The models of one database beside its catalogue."""

    def __init__(
        self, comparison: Comparison, tables: Mapping[TableName, Table], default_schema: str | None
    ) -> None:
        self._comparison = comparison
        self._tables = tables
        self._default_schema = default_schema

    @cached_property
    def models(self) -> dict[TableName, ModelTable]:
        """The tables of the models."""
        return {self._name(model.schema, model.name): model for model in self._comparison.tables}

    @property
    def names(self) -> tuple[TableName, ...]:
        """The project's tables: those of the models; where there are none, all."""
        return tuple(self.models if self._comparison.has_models else self._tables)

    @property
    def schemas(self) -> tuple[str | None, ...]:
        """The schemas of the project's tables."""
        return tuple({name.schema for name in self.names} or {self._default_schema})

    def label(self, name: TableName) -> str:
        """The table's name as people say it: without the schema where it goes without saying."""
        return name.name if name.schema in {None, self._default_schema} else f"{name.schema}.{name.name}"

    def _name(self, schema: str | None, name: str) -> TableName:
        return TableName(schema or self._default_schema, name)

    def checks(self) -> Iterator[Check]:
        """One check a table, then one of all indexes and one of all constraints."""
        if not self._comparison.has_models:
            yield from self._unmodelled()
            return
        yield from self._schema()
        yield self._indexes()
        yield self._constraints()
        other = [d.sentence for d in self._comparison.differences if d.kind is Kind.OTHER]
        if other:
            yield Check("other differences", False, "; ".join(other))

    # -- without models -----------------------------------------------------------------------

    def _unmodelled(self) -> Iterator[Check]:
        tables = self._tables.values()
        listed = (
            _list([f"{self.label(t.name)} ({counted(len(t.columns), 'column')})" for t in tables])
            or "no tables"
        )
        yield Check("schema", True, f"{listed}; {_NO_MODELS}")
        indexes = [index.name for table in tables for index in table.indexes]
        broken = self._invalid_indexes()
        detail = "; ".join([*broken, f"{_list(indexes) or 'no indexes'}; {_NO_MODELS}"])
        yield Check("indexes", not broken, detail)
        not_valid = self._not_valid()
        counts = (
            f"{counted(sum(bool(t.primary_key) for t in tables), 'primary key')}, "
            f"{counted(sum(len(t.uniques) for t in tables), 'unique constraint')} and "
            f"{counted(sum(len(t.foreign_keys) for t in tables), 'foreign key')}"
        )
        yield Check("constraints", not not_valid, "; ".join([*not_valid, f"{counts}; {_NO_MODELS}"]))

    # -- with models --------------------------------------------------------------------------

    def _differences(self, kind: Kind) -> Iterator[tuple[TableName, Difference]]:
        for difference in self._comparison.differences:
            if difference.kind is kind:
                yield self._name(difference.schema, difference.table), difference

    def _schema(self) -> Iterator[Check]:
        found: dict[TableName, list[str]] = {name: [] for name in self.models}
        for name, difference in self._differences(Kind.TABLE):
            found.setdefault(name, []).append(difference.sentence)
        what = "type and nullability" if self._comparison.are_types_compared else "nullability"
        note = "" if self._comparison.are_types_compared else " (env.py switches compare_type off)"
        for name, said in found.items():
            detail = "; ".join(said)
            if not said:
                detail = f"{counted(self.models[name].columns, 'column')} with {what} as in the models{note}"
            yield Check(f"schema {self.label(name)}", not said, detail)

    def _indexes(self) -> Check:
        expected = [(table, index) for table, model in self.models.items() for index in model.indexes]
        said = [difference.sentence for _, difference in self._differences(Kind.INDEX)]
        told = {(table, difference.name) for table, difference in self._differences(Kind.INDEX)}
        for table, index in expected:
            there = {found.name for found in self._indexes_of(table)}
            if index not in there and (table, index) not in told:
                said.append(f"index '{index}' of '{self.label(table)}' is missing")
        said += self._invalid_indexes()
        names = _list([index for _, index in expected])
        detail = "; ".join(said) or (
            f"{names}: there by name and fit for use" if names else "the models have none"
        )
        return Check("indexes", not said, detail)

    def _constraints(self) -> Check:
        said = [difference.sentence for _, difference in self._differences(Kind.CONSTRAINT)]
        for name, model in self.models.items():
            table = self._tables.get(name)
            if table is None:
                said.append(f"'{self.label(name)}' has none, for the table is missing")
            elif set(table.primary_key) != set(model.primary_key):
                said.append(
                    f"the primary key of '{self.label(name)}' is ({', '.join(table.primary_key)}), "
                    f"and ({', '.join(model.primary_key)}) in the models"
                )
        said += self._not_valid()
        return Check("constraints", not said, "; ".join(said) or self._counted_constraints())

    def _counted_constraints(self) -> str:
        models = self.models.values()
        keys = [key for model in models for key in model.foreign_keys]
        return (
            f"{counted(sum(bool(model.primary_key) for model in models), 'primary key')}, "
            f"{counted(sum(model.uniques for model in models), 'unique constraint')} and "
            f"{counted(len(keys), 'foreign key')} as in the models" + (f": {_list(keys)}" if keys else "")
        )

    # -- what is there and no use -------------------------------------------------------------

    def _indexes_of(self, name: TableName) -> tuple[Index, ...]:
        return self._tables[name].indexes if name in self._tables else ()

    def _invalid_indexes(self) -> list[str]:
        return [
            f"index '{index.name}' of '{self.label(name)}' is INVALID"
            for name in self.names
            for index in self._indexes_of(name)
            if not index.is_valid
        ]

    def _not_valid(self) -> list[str]:
        return [
            f"constraint '{constraint}' of '{self.label(name)}' is NOT VALID"
            for name in self.names
            for constraint in (self._tables[name].not_valid if name in self._tables else ())
        ]


def _list(names: list[str]) -> str:
    more = len(names) - _NAMED
    return ", ".join(names[:_NAMED]) + (f" and {more} more" if more > 0 else "")
