"""A database as verify's tests see it: what is in it to the last row, and which checks fail."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from limosa.migrator import Migrator
from limosa.model.verify import Check, VerifyReport
from tests.fixtures.targets import Target

_COLUMNS = """
SELECT attrelid::regclass::text, attname, format_type(atttypid, atttypmod), attnotnull FROM pg_attribute
WHERE attnum > 0 AND NOT attisdropped AND {} ORDER BY 1, 2"""
_INDEXES = "SELECT pg_get_indexdef(indexrelid), indisvalid FROM pg_index WHERE {} ORDER BY 1"
_CONSTRAINTS = "SELECT conname, pg_get_constraintdef(oid) FROM pg_constraint WHERE {} ORDER BY 1, 2"
_TRIGGERS = "SELECT tgname, pg_get_triggerdef(oid) FROM pg_trigger WHERE NOT tgisinternal AND {} ORDER BY 1"
_SCHEMA = (_COLUMNS, _INDEXES, _CONSTRAINTS, _TRIGGERS)
_RELATIONS = ("attrelid", "indrelid", "conrelid", "tgrelid")
_USERS = (
    "{} IN (SELECT c.oid FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace "
    "WHERE n.nspname NOT IN ('pg_catalog', 'information_schema') AND n.nspname NOT LIKE 'pg\\_t%')"
)


@dataclass(frozen=True, slots=True)
class Subject:
    """A project and its database."""

    root: Path
    target: Target

    def report(self) -> VerifyReport:
        """Verify."""
        return Migrator(project=self.root, url=self.target.url.reveal()).verify()

    def checks(self) -> dict[str, Check]:
        """Verify, and see that it left the database as it was."""
        before = dump(self.target)
        report = self.report()
        assert dump(self.target) == before
        assert report.passed == all(check.passed for check in report.checks)
        found = {check.name: check for check in report.checks}
        assert len(found) == len(report.checks)
        return found

    def failing(self) -> dict[str, str]:
        """The checks that fail, and what they say."""
        return {name: check.detail for name, check in self.checks().items() if not check.passed}


def dump(target: Target) -> list[object]:
    """Everything in the database: schema, rows, and for SQLite the very bytes of the file."""
    if target.engine == "sqlite":
        with target.connect() as connection:
            # not iterdump, which from Python 3.13 on refuses a foreign key that leads nowhere
            schema = connection.execute("SELECT sql FROM sqlite_master").fetchall()
            rows = [connection.execute(f'SELECT * FROM "{t}"').fetchall() for t in sorted(target.tables())]
            return [schema, rows, target.path.read_bytes()]
    found: list[object] = []
    for query, relation in zip(_SCHEMA, _RELATIONS, strict=True):
        found += target.rows(query.format(_USERS.format(relation)))
    for name in sorted(target.tables()):
        quoted = ".".join(f'"{part}"' for part in name.split("."))
        found += [name, *target.rows(f"SELECT t::text FROM {quoted} AS t ORDER BY 1")]
    return found
