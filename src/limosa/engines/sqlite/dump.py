"""A SQLite database as a script: the texts that ``sqlite_master`` keeps, and rows as literals."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from limosa.engines.base import OpenSession
from limosa.engines.dumping import NotDumped, Program
from limosa.engines.queries import load
from limosa.engines.quoting import literal, quote
from limosa.engines.sqlite.session import SQLiteSession, complete_statements, connect
from limosa.model.limits import Limits
from limosa.model.session import Query, Session, VersionTable
from limosa.model.url import DatabaseURL

_SQL = load(__file__, "dump.sql")
_OWN = "limosa_"
_BEFORE = "" if sqlite3.sqlite_version_info >= (3, 37) else "_before_3_37"


class SQLiteDumper:
    """See ``engines/dumping.py`` for what each method is for."""

    program: str | None = None
    how = "the texts of its sqlite_master"

    def major(self, session: Session) -> int | None:  # noqa: ARG002
        return None

    def around(self, session: Session) -> str:  # noqa: ARG002
        return ""

    def schema(self, url: DatabaseURL, *, program: Program | None) -> str:  # noqa: ARG002
        session = connect(url, limits=Limits())
        try:
            return _script(one.text for one in _texts(session))
        finally:
            session.close()

    def contents(self, url: DatabaseURL, *, program: Program | None, version_table: VersionTable) -> str:  # noqa: ARG002
        session = connect(url, limits=Limits())
        try:
            found = [one for one in _texts(session) if not _is_bookkeeping(one, version_table)]
            tables = [one.text for one in found if one.kind == "table"]
            # rows before the triggers, which must not see them come in
            others = [one.text for one in found if one.kind != "table"]
            return _script([*tables, *_inserts(session, version_table), *others])
        finally:
            session.close()

    def versions(self, url: DatabaseURL, *, program: Program | None, version_table: VersionTable) -> str:  # noqa: ARG002
        session = connect(url, limits=Limits())
        try:
            found = (one for one in _texts(session) if one.table == version_table.name)
            return _script(one.text for one in found if not one.name.startswith(_OWN))
        finally:
            session.close()

    def statements(self, script: str) -> Sequence[str]:
        return [text.strip().removesuffix(";") for text in complete_statements(script) if text.strip()]

    def rows(self, url: DatabaseURL, *, program: Program | None, version_table: VersionTable) -> str:  # noqa: ARG002
        session = connect(url, limits=Limits())
        try:
            return _script(_inserts(session, version_table, has_virtual=True))
        finally:
            session.close()

    def load(self, session: OpenSession, script: str) -> None:
        try:
            session.script(Query(script))
        except sqlite3.Error as error:
            raise NotDumped(f"SQLite refused the script: {error}") from error


class _Object(NamedTuple):
    kind: str
    name: str
    table: str
    text: str


def _is_bookkeeping(one: _Object, version_table: VersionTable) -> bool:
    return one.name.startswith(_OWN) or one.table.startswith(_OWN) or one.table == version_table.name


def _texts(session: SQLiteSession) -> Iterator[_Object]:
    """Yield all objects that have a text, in an order in which they can be made."""
    shadows = {name for (name,) in session.rows(_SQL[f"shadows{_BEFORE}"])}
    found = (_Object(*row) for row in session.rows(_SQL["texts"]))
    return (one for one in found if one.name not in shadows)


def _inserts(
    session: SQLiteSession, version_table: VersionTable, *, has_virtual: bool = False
) -> Iterator[str]:
    """Yield a statement a row; what a virtual table holds can be compared, and not be put back."""
    shadows = {name for (name,) in session.rows(_SQL[f"shadows{_BEFORE}"])}
    for name, is_virtual, has_rowid in session.rows(_SQL[f"tables{_BEFORE}"]):
        if (
            name in shadows
            or name == version_table.name
            or name.startswith(_OWN)
            or (is_virtual and not has_virtual)
        ):
            continue
        columns = [column for (column,) in session.rows(_SQL["columns"], name=name)]
        names = ", ".join(map(quote, columns))
        literals = ", ".join(f"quote({quote(column)})" for column in columns)
        order = "rowid" if has_rowid else names
        query = Query(f"SELECT {literals} FROM {quote(name)} ORDER BY {order}")  # noqa: S608  quoted
        for values in session.rows(query):
            yield f"INSERT INTO {quote(name)} ({names}) VALUES ({', '.join(values)})"  # noqa: S608  literals
    for name, number in session.rows(_SQL["sequences"]) if session.rows(_SQL["has_sequences"]) else ():
        if not name.startswith(_OWN):
            yield _SQL["forget_sequence"].format(name=literal(name))
            yield _SQL["set_sequence"].format(name=literal(name), number=int(number))


def _script(texts: Iterable[str]) -> str:
    return "".join(f"{text};\n" for text in texts)


DUMPER = SQLiteDumper()
