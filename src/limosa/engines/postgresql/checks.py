"""PostgreSQL as verify sees it: pg_catalog, EXPLAIN, and what each refusal means."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Iterator, Sequence
from typing import Any

import psycopg

from limosa.engines.base import Engine, OpenSession, Trouble
from limosa.engines.inspection import (
    Column,
    ForeignKey,
    Index,
    Inspection,
    Lookup,
    Reason,
    Refusal,
    Table,
    TableName,
)
from limosa.engines.postgresql import trouble as troubles
from limosa.engines.postgresql.samples import is_text, samples
from limosa.engines.queries import load
from limosa.model.session import Query
from limosa.model.verify import Check

_SQL = load(__file__, "checks.sql")
_RULES = frozenset({"exec_stmt_raise", "ExecWithCheckOptions"})
"""The server's functions that speak for a trigger's RAISE and for a row policy."""
_CHECKS = frozenset({"23514", "23P01"})
_UNIQUE = "23505"


class PostgreSQLInspection(Inspection):
    """A session on PostgreSQL."""

    remains = " but numbers taken from sequences"

    def __init__(self, engine: Engine, session: OpenSession) -> None:
        super().__init__(engine, session, _SQL)
        self.default_schema = session.rows(_SQL["default_schema"])[0][0]

    def tables(self) -> dict[TableName, Table]:
        found = self.session.rows(_SQL["tables"])
        return {
            TableName(schema, name): self._table(TableName(schema, name), oid) for oid, schema, name in found
        }

    def _table(self, name: TableName, oid: int) -> Table:
        rows = self.session.rows
        constraints = rows(_SQL["constraints"], table=oid)
        return Table(
            name=name,
            columns=tuple(_column(*found) for found in rows(_SQL["columns"], table=oid)),
            primary_key=next((tuple(c[3]) for c in constraints if c[1] == "p"), ()),
            uniques=tuple(tuple(c[3]) for c in constraints if c[1] == "u"),
            foreign_keys=tuple(
                ForeignKey(c[0], tuple(c[3]), TableName(c[4], c[5]), tuple(c[6]), c[7])
                for c in constraints
                if c[1] == "f"
            ),
            indexes=tuple(
                Index(index, tuple(columns), unique, primary, valid, serves)
                for index, unique, primary, valid, serves, columns in rows(_SQL["indexes"], table=oid)
            ),
            not_valid=tuple(c[0] for c in constraints if not c[2]),
        )

    def soundness(self, schemas: Sequence[str | None]) -> tuple[Check, ...]:
        looked_at = sorted(schema for schema in schemas if schema is not None)
        found = self.session.rows(_SQL["defects"], schemas=looked_at)
        if not found:
            where = ", ".join(looked_at)
            return (
                Check("validity", True, f"no INVALID index and no NOT VALID constraint in schema {where}"),
            )
        said = [_defect(kind, f"{schema}.{table}", name) for kind, schema, table, name in found]
        return (Check("validity", False, "; ".join(said)),)

    def given(self, column: Column, parameter: str) -> str:
        return f"CAST(:{parameter} AS {column.type})"

    def settle(self) -> None:
        self.session.change(_SQL["settle"])

    @contextlib.contextmanager
    def planning(self, *, lock_timeout_ms: int) -> Iterator[None]:
        with self.undone(lock_timeout_ms=lock_timeout_ms):
            self.session.rows(_SQL["no_seqscan"])
            yield

    def lookup(self, table: Table, column: Column) -> Lookup:
        self.session.change(_SQL["savepoint"])
        query = Query(
            f"EXPLAIN (FORMAT JSON) SELECT * FROM {self.quoted_table(table.name)} "  # noqa: S608  quoted
            f"WHERE {self.quoted(column.name)} = {self.given(column, 'value')}"
        )
        try:
            plan = self.session.rows(query, value=column.samples[0])[0][0]
        except psycopg.Error as error:
            self.session.change(_SQL["go_back"])
            return Lookup(None, self.judged(error, table).sentence)
        nodes = list(_nodes((json.loads(plan) if isinstance(plan, str) else plan)[0]["Plan"]))
        used = (node["Index Name"] for node in nodes if "Index Name" in node and "Index Cond" in node)
        return Lookup(next(used, None), " over ".join(str(node["Node Type"]) for node in nodes))

    def judged(self, error: Exception, table: Table) -> Refusal:
        sentence = troubles.sentence(error)
        trouble = troubles.trouble(error)
        if trouble is Trouble.LOST:
            raise error
        if trouble in {Trouble.LOCK, Trouble.CANCELLED}:
            return Refusal(Reason.BUSY, sentence)
        assert isinstance(error, psycopg.Error)
        if error.diag.source_function in _RULES:
            return Refusal(Reason.RULE, sentence)
        rule = error.diag.constraint_name
        if error.sqlstate in _CHECKS | {_UNIQUE}:
            if rule is None:
                return Refusal(Reason.RULE, sentence)
            reason = Reason.UNIQUE if error.sqlstate == _UNIQUE else Reason.CHECK
            return self._by_rule(reason, sentence, rule, table)
        return Refusal(Reason.FAULT, sentence)

    def _by_rule(self, reason: Reason, sentence: str, rule: str, table: Table) -> Refusal:
        name = table.name
        found = self.session.rows(_SQL["rule"], schema=name.schema, table=name.name, rule=rule)
        definition, columns = found[0] if found else ("", [])
        return Refusal(reason, sentence, rule, tuple(columns), definition)


def inspection(engine: Engine, session: OpenSession) -> PostgreSQLInspection:
    """Return the inspection of an open session."""
    return PostgreSQLInspection(engine, session)


def _column(
    name: str,
    type_: str,
    nullable: bool,
    has_default: bool,
    writable: bool,
    base: str,
    *rest: Any,
) -> Column:
    return Column(name, type_, nullable, has_default, writable, samples(base, *rest), is_text(base))


def _defect(kind: str, table: str, name: str) -> str:
    if kind == "index":
        return f"index '{name}' on {table} is INVALID: REINDEX INDEX CONCURRENTLY, or drop it"
    return f"constraint '{name}' of {table} is NOT VALID: ALTER TABLE … VALIDATE CONSTRAINT"


def _nodes(plan: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield plan
    for inner in plan.get("Plans", ()):
        yield from _nodes(inner)
