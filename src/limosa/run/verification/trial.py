"""A row for each table, made from what the catalogue says, inserted, read back, and undone."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from limosa.engines.inspection import (
    Column,
    ForeignKey,
    Inspection,
    Reason,
    Refusal,
    Row,
    Table,
    TableName,
    TransactionOver,
)
from limosa.model.limits import Limits
from limosa.model.verify import Check
from limosa.run.verification.fitting import fitted

_Values = dict[str, object]


def trial_checks(
    inspection: Inspection,
    tables: Mapping[TableName, Table],
    labels: Mapping[TableName, str],
    *,
    limits: Limits,
) -> Iterator[Check]:
    """For each table insert one row and those that it refers to, read it back, and undo it all.

    A row that the table's own rules refuse fails nothing: the rule was there and held. What no
    rule explains does fail. Each table has a transaction of its own, so that its locks are short.
    """
    barred: Refusal | None = None
    for name, label in labels.items():
        title = f"insert and query {label}"
        if name not in tables:
            yield Check(title, False, "the table is missing")
            continue
        outcome, has_begun = (barred, False) if barred else _tried(inspection, tables, name, limits)
        if not has_begun and isinstance(outcome, Refusal):
            barred = outcome  # to wait once for a transaction is enough
        yield _check(inspection, tables[name], title, outcome)


def _tried(
    inspection: Inspection, tables: Mapping[TableName, Table], name: TableName, limits: Limits
) -> tuple[Row | Refusal, bool]:
    """What came of the trial, and whether its transaction could begin."""
    has_begun = False
    try:
        with inspection.undone(lock_timeout_ms=limits.lock_timeout_most_ms):
            has_begun = True
            outcome = _Trial(inspection, tables).row(name)
    except TransactionOver as over:
        outcome = over.refusal
    except inspection.errors as error:
        outcome = inspection.judged(error, tables[name])
    return outcome, has_begun


def _check(inspection: Inspection, table: Table, title: str, outcome: Row | Refusal) -> Check:
    if isinstance(outcome, Refusal):
        return Check(title, outcome.reason not in {Reason.FAULT, Reason.BUSY}, _told(outcome))
    key = ", ".join(table.primary_key)
    read = f"read back by {key}" if key else "not read back, for the table has no primary key"
    return Check(title, True, f"one row inserted, {read}, undone; nothing remains{inspection.remains}")


def _told(refusal: Refusal) -> str:
    match refusal.reason:
        case Reason.RULE:
            return f"no row was made, by a rule of the table: {refusal.sentence}"
        case Reason.CHECK:
            return f"no row was made, for no value that was tried meets a check: {refusal.sentence}"
        case Reason.UNIQUE:
            return f"no row was made, for no free value was found: {refusal.sentence}"
        case Reason.BUSY:
            return f"it could not be tried: {refusal.sentence}; run 'limosa verify' again"
        case _:
            return f"no row could be made: {refusal.sentence}"


class _Trial:
    """The rows of one transaction: a table's own, and those of the tables it refers to."""

    def __init__(self, inspection: Inspection, tables: Mapping[TableName, Table]) -> None:
        self._inspection = inspection
        self._tables = tables
        self._made: dict[TableName, Row | Refusal] = {}
        self._underway: set[TableName] = set()

    def row(self, name: TableName) -> Row | Refusal:
        """Make the table's row, once."""
        if name not in self._made:
            self._underway.add(name)
            self._made[name] = self._make(self._tables[name])
            self._underway.discard(name)
        return self._made[name]

    def _make(self, table: Table) -> Row | Refusal:
        """Try a row with a value in every column, then one with those alone that must have one."""
        references = self._references(table)
        if isinstance(references, Refusal):
            return references
        outcome: Row | Refusal = Refusal(Reason.RULE, "")
        for is_sparse in (False, True):
            values = _values(table, references, is_sparse=is_sparse)
            outcome = (
                values
                if isinstance(values, Refusal)
                else fitted(self._inspection, table, values, fixed=frozenset(references))
            )
            if isinstance(outcome, Row):
                break
        return outcome

    # -- what the row refers to ---------------------------------------------------------------

    def _references(self, table: Table) -> _Values | Refusal:
        values: _Values = {}
        for key in table.foreign_keys:
            found = self._referred(table, key)
            if isinstance(found, Refusal):
                if not _is_optional(table, key):
                    return found
                found = dict.fromkeys(key.columns)
            # a column of two keys keeps what the first one said
            values = {**found, **values}
        return values

    def _referred(self, table: Table, key: ForeignKey) -> _Values | Refusal:
        """Values that lead to a row of the parent: the one made here, the row itself, or any other."""
        if key.parent not in self._tables:
            return Refusal(Reason.FAULT, f"it refers to '{key.parent.name}', which is not there")
        parent = self._tables[key.parent]
        if key.parent in self._underway:
            if _is_optional(table, key):
                return dict.fromkeys(key.columns)
            refusal = Refusal(Reason.RULE, f"it refers to '{key.parent.name}', which refers back to it")
            own = _to_itself(table, key) if key.parent == table.name else None
            return own or self._existing(parent, key) or refusal
        made = self.row(key.parent)
        if isinstance(made, Row):
            return dict(zip(key.columns, (made.values[c] for c in key.parent_columns), strict=True))
        refusal = Refusal(made.reason, f"it needs a row of '{key.parent.name}': {made.sentence}")
        return self._existing(parent, key) or refusal

    def _existing(self, parent: Table, key: ForeignKey) -> _Values | None:
        found = self._inspection.any_row(parent, key.parent_columns)
        return None if found is None else dict(zip(key.columns, found, strict=True))


def _is_optional(table: Table, key: ForeignKey) -> bool:
    """May the reference be left empty?"""
    found = [table.column(name) for name in key.columns]
    return any(column is not None and column.is_nullable for column in found) and all(
        column is None or column.is_nullable or column.has_default for column in found
    )


def _to_itself(table: Table, key: ForeignKey) -> _Values | None:
    """Let the row refer to itself."""
    values: _Values = {}
    for name, referred in zip(key.columns, key.parent_columns, strict=True):
        column = table.column(referred)
        if column is None or not column.is_writable or not column.samples:
            return None
        values[name] = values[referred] = column.samples[-1]
    return values


# -- what the row holds -----------------------------------------------------------------------


def _values(table: Table, references: Mapping[str, object], *, is_sparse: bool) -> _Values | Refusal:
    values: _Values = {}
    for column in table.columns:
        if column.name in references:
            if not (is_sparse and column.is_nullable):
                values[column.name] = references[column.name]
        elif _is_left_out(column, is_sparse=is_sparse):
            continue
        elif column.samples:
            values[column.name] = column.samples[0]
        elif not column.is_nullable:
            sentence = f"no value is known for column '{column.name}' of type '{column.type}'"
            return Refusal(Reason.RULE, sentence)
    return values


def _is_left_out(column: Column, *, is_sparse: bool) -> bool:
    return not column.is_writable or column.has_default or (is_sparse and column.is_nullable)
