"""SQLite as verify sees it: sqlite_master and PRAGMAs, EXPLAIN QUERY PLAN, and what each refusal means."""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import groupby
from operator import itemgetter

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
from limosa.engines.queries import load
from limosa.engines.sqlite.samples import is_text, samples
from limosa.model.session import Query
from limosa.model.verify import Check

_SQL = load(__file__, "checks.sql")
_PLAN = re.compile(r"USING (?:COVERING )?INDEX (?P<name>.+?) \(|USING INTEGER PRIMARY KEY")
_TAKEN = frozenset({"SQLITE_CONSTRAINT_UNIQUE", "SQLITE_CONSTRAINT_PRIMARYKEY", "SQLITE_CONSTRAINT_ROWID"})


class SQLiteInspection(Inspection):
    """A session on a SQLite file."""

    def __init__(self, engine: Engine, session: OpenSession) -> None:
        super().__init__(engine, session, _SQL)
        self._sources: dict[TableName, str] = {}
        session.change(_SQL["keys_on"])

    def tables(self) -> dict[TableName, Table]:
        self._sources = {TableName(None, name): sql for name, sql in self.session.rows(_SQL["tables"])}
        return {name: self._table(name) for name in self._sources}

    def _table(self, name: TableName) -> Table:
        columns = self.session.rows(_SQL["columns"], table=name.name)
        key = tuple(c[0] for c in sorted(columns, key=itemgetter(4)) if c[4])
        has_rowid = re.search(r"\bWITHOUT\s+ROWID\b", self._sources[name], re.IGNORECASE) is None
        indexes = self._indexes(name.name)
        return Table(
            name=name,
            columns=tuple(
                Column(
                    name=column,
                    type=type_,
                    is_nullable=not notnull,
                    has_default=bool(default)
                    or (has_rowid and key == (column,) and type_.upper() == "INTEGER"),
                    is_writable=not hidden,
                    samples=samples(type_),
                    is_text=is_text(type_),
                )
                for column, type_, notnull, default, _, hidden in columns
            ),
            primary_key=key,
            uniques=tuple(tuple(filter(None, index.columns)) for index, origin in indexes if origin == "u"),
            foreign_keys=self._foreign_keys(name.name),
            indexes=tuple(index for index, _ in indexes),
        )

    def _indexes(self, table: str) -> list[tuple[Index, str]]:
        found = groupby(self.session.rows(_SQL["indexes"], table=table), key=itemgetter(slice(0, 4)))
        return [
            (
                Index(name, tuple(row[4] for row in rows), bool(unique), origin == "pk", True, not partial),
                origin,
            )
            for (name, unique, origin, partial), rows in found
        ]

    def _foreign_keys(self, table: str) -> tuple[ForeignKey, ...]:
        made = []
        for _, group in groupby(self.session.rows(_SQL["foreign_keys"], table=table), key=itemgetter(0)):
            rows = list(group)
            parent = self._spelled(rows[0][1])
            # without a list of columns the parent's primary key is meant
            referred = tuple(row[3] for row in rows) if rows[0][3] else self._key(parent)
            made.append(
                ForeignKey(None, tuple(row[2] for row in rows), TableName(None, parent), referred, rows[0][4])
            )
        return tuple(made)

    def _spelled(self, table: str) -> str:
        """SQLite compares names without regard to case."""
        return next((t.name for t in self._sources if t.name.lower() == table.lower()), table)

    def _key(self, table: str) -> tuple[str, ...]:
        columns = sorted(self.session.rows(_SQL["columns"], table=table), key=itemgetter(4))
        return tuple(column[0] for column in columns if column[4])

    def soundness(self, schemas: Sequence[str | None]) -> tuple[Check, ...]:  # noqa: ARG002
        said = [str(row[0]) for row in self._answers("integrity_check")]
        is_whole = said == ["ok"]
        lost = [
            f"{row[2]} rows of '{row[0]}' refer to rows of '{row[1]}' that are not there"
            if len(row) > 1
            else str(row[0])
            for row in self._answers("violations")
        ]
        return (
            Check("integrity", is_whole, "integrity_check: ok" if is_whole else "; ".join(said)),
            Check(
                "references",
                not lost,
                "; ".join(lost) or "foreign_key_check: every reference leads to its row",
            ),
        )

    def _answers(self, query: str) -> list[tuple[object, ...]]:
        """What the check found; a check that cannot be made is its own finding."""
        try:
            return self.session.rows(_SQL[query])
        except self.errors as error:
            return [(self.engine.sentence(error),)]

    def settle(self) -> None:
        """Keys that wait for the commit are left to it: every reference was made to lead somewhere."""

    def lookup(self, table: Table, column: Column) -> Lookup:
        query = Query(
            f"EXPLAIN QUERY PLAN SELECT * FROM {self.quoted_table(table.name)} "  # noqa: S608  quoted
            f"WHERE {self.quoted(column.name)} = :value"
        )
        plan = "; ".join(str(row[3]) for row in self.session.rows(query, value=column.samples[0]))
        used = _PLAN.search(plan)
        if used is None or "SEARCH" not in plan:
            return Lookup(None, plan)
        return Lookup(used["name"] or "the primary key", plan)

    def judged(self, error: Exception, table: Table) -> Refusal:
        sentence = self.engine.sentence(error)
        if self.engine.trouble(error) is Trouble.LOCK:
            return Refusal(Reason.BUSY, sentence)
        name = getattr(error, "sqlite_errorname", "")
        about = sentence.partition("failed: ")[2]
        if name == "SQLITE_CONSTRAINT_TRIGGER":
            return Refusal(Reason.RULE, sentence)
        if name == "SQLITE_CONSTRAINT_CHECK":
            definition = self._definition(table.name, about)
            return Refusal(Reason.CHECK, sentence, about, _mentioned(table, definition), definition)
        if name in _TAKEN:
            return Refusal(Reason.UNIQUE, sentence, about, _mentioned(table, about))
        return Refusal(Reason.FAULT, sentence)

    def _definition(self, table: TableName, rule: str) -> str:
        """The text of a CHECK: SQLite names a named one, and tells the text of any other."""
        name = rf"""["'`\[]?{re.escape(rule)}["'`\]]?"""
        source = self._sources[table]
        match = re.search(rf"CONSTRAINT\s+{name}\s+CHECK\s*\(", source, re.IGNORECASE)
        return rule if match is None else _bracketed(source, match.end())


def inspection(engine: Engine, session: OpenSession) -> SQLiteInspection:
    """Return the inspection of an open session."""
    return SQLiteInspection(engine, session)


def _mentioned(table: Table, text: str) -> tuple[str, ...]:
    return tuple(
        column.name
        for column in table.columns
        if re.search(rf"(?<!\w){re.escape(column.name)}(?!\w)", text, re.IGNORECASE)
    )


def _bracketed(text: str, start: int) -> str:
    """The text up to the bracket that closes; one inside a string literal at worst cuts it short."""
    depth = 1
    for place in range(start, len(text)):
        depth += {"(": 1, ")": -1}.get(text[place], 0)
        if depth == 0:
            return text[start:place]
    return text[start:]
