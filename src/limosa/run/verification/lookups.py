"""Whether lookups by a column that has an index go through one."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from limosa.engines.inspection import Inspection, Table, TableName
from limosa.model.limits import Limits
from limosa.model.verify import Check
from limosa.run.verification.likeness import Likeness


def lookup_checks(
    inspection: Inspection, tables: Mapping[TableName, Table], likeness: Likeness, *, limits: Limits
) -> Iterator[Check]:
    """Plan a lookup by each column with an index of its own, the unique ones of a table first."""
    with inspection.planning(lock_timeout_ms=limits.lock_timeout_most_ms):
        for name in likeness.names:
            table = tables.get(name, Table(name))
            model = likeness.models.get(name)
            for column in _indexed(table) if model is None else model.lookups:
                yield _check(inspection, table, column, f"{likeness.label(name)}.{column}")


def _indexed(table: Table) -> tuple[str, ...]:
    single = [
        (not index.is_unique, index.columns[0])
        for index in table.indexes
        if len(index.columns) == 1 and index.serves_lookups and not index.is_primary
    ]
    return tuple(dict.fromkeys(name for _, name in sorted(single, key=lambda s: s[0]) if name is not None))


def _check(inspection: Inspection, table: Table, name: str, label: str) -> Check:
    title = f"index in use {label}"
    column = table.column(name)
    if column is None:
        return Check(title, False, "the column is missing")
    if not column.samples:
        return Check(title, True, f"not tried: no value of type '{column.type}' is known")
    lookup = inspection.lookup(table, column)
    if lookup.index is None:
        return Check(title, False, f"a lookup cannot use an index: {lookup.plan}")
    return Check(title, True, f"the planner can use {lookup.index}")
