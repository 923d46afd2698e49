"""The guard against rows lost in a table rebuild.

SQLite changes most things about a table by copying it and dropping the old one. With foreign
keys on, that DROP deletes the rows of every child with ON DELETE CASCADE, without an error.
So keys are off during a step, rows are counted around every DROP, and references are checked
before the commit (https://www.sqlite.org/lang_altertable.html, the twelve steps).
"""

from __future__ import annotations

import re

from limosa.engines.queries import load
from limosa.engines.quoting import quote
from limosa.errors import DataLoss
from limosa.model.session import Query, Session

_SQL = load(__file__, "queries.sql")
_DROP = re.compile(
    r"""\s*DROP\s+TABLE\s+(?:IF\s+EXISTS\s+)?(?:main\.)?(?:"(?P<quoted>(?:[^"]|"")+)"|[`\[]?(?P<plain>\w+)[`\]]?)""",
    re.IGNORECASE,
)
_TOUCHES_ROWS = re.compile(
    r"\s*(?:INSERT|UPDATE|DELETE|REPLACE|WITH|DROP\s+TABLE|ALTER\s+TABLE)\b", re.IGNORECASE
)
_TEMPORARY = "_alembic_tmp_"
_Violations = dict[tuple[str, str, int], int]


class RebuildGuard:
    """Watches one step on one connection."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._violations: _Violations | None = None
        """None until a statement could have broken a reference: reading all rows takes its time."""
        self._children: dict[str, int] = {}

    def before(self, sql: str) -> None:
        """Before a DROP: the copy must be complete, and no key may reach the children."""
        if self._violations is None and _TOUCHES_ROWS.match(sql):
            # those that lead nowhere already are not this step's doing
            self._violations = self._count_violations()
        table = dropped_table(sql)
        self._children = {}
        if table is None or not self._has(table):
            return
        children = [name for (name,) in self._session.rows(_SQL["references"], name=table)]
        if children and self._session.rows(_SQL["foreign_keys"])[0][0] and self._is_rebuilt(table):
            raise DataLoss(
                f"foreign keys are on, so dropping '{table}' would delete the rows that refer to it "
                f"from {', '.join(repr(c) for c in children)}",
                hint="do not switch PRAGMA foreign_keys on inside a revision or after env.py has connected",
                table=table,
            )
        if self._is_rebuilt(table):
            self._compare(table, self._rows(table), self._rows(_TEMPORARY + table))
            self._children = {child: self._rows(child) for child in children}

    def after(self, sql: str) -> None:  # noqa: ARG002
        """After a DROP: every child has the rows that it had."""
        for child, before in self._children.items():
            self._compare(child, before, self._rows(child))
        self._children = {}

    def finish(self) -> None:
        """Before the commit: no reference leads nowhere that did not before."""
        if self._violations is None:
            return
        for (table, parent, key), count in self._count_violations().items():
            known = self._violations.get((table, parent, key), 0)
            if count > known:
                raise DataLoss(
                    f"{count - known} rows of '{table}' would refer to rows of '{parent}' that are not there",
                    hint=f"foreign keys are not enforced during a step: delete or keep the rows of '{table}' "
                    f"in the revision itself, together with those of '{parent}'",
                    table=table,
                    before=known,
                    after=count,
                )

    def _is_rebuilt(self, table: str) -> bool:
        return self._has(_TEMPORARY + table)

    def _has(self, table: str) -> bool:
        return bool(self._session.rows(_SQL["has_table"], name=table))

    def _rows(self, table: str) -> int:
        return int(self._session.rows(Query(f"SELECT count(*) FROM {quote(table)}"))[0][0])  # noqa: S608  quoted

    def _count_violations(self) -> _Violations:
        counts: _Violations = {}
        for (table,) in self._session.rows(_SQL["referring"]):
            try:
                found = self._session.rows(_SQL["violations"], name=table)
            except Exception as error:
                # a key onto columns that are not unique cannot be checked, now as little as before
                if "foreign key mismatch" not in str(error):
                    raise
                continue
            counts |= {(table, parent, key): count for parent, key, count in found}
        return counts

    @staticmethod
    def _compare(table: str, before: int, after: int) -> None:
        if before != after:
            raise DataLoss(
                f"the rebuild would leave {after} of the {before} rows of '{table}'",
                hint="nothing was committed; the copy must take every row along",
                table=table,
                before=before,
                after=after,
            )


def dropped_table(sql: str) -> str | None:
    """Return the table that a DROP TABLE names, or None for any other statement."""
    match = _DROP.match(sql)
    if match is None:
        return None
    return match["quoted"].replace('""', '"') if match["quoted"] else match["plain"]
