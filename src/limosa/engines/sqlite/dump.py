"""A SQLite database as a script: the texts that ``sqlite_master`` keeps, and rows as literals."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Sequence

from limosa.engines.base import OpenSession
from limosa.engines.dumping import NotDumped, Program
from limosa.engines.queries import load
from limosa.engines.sqlite.session import SQLiteSession, connect
from limosa.model.limits import Limits
from limosa.model.session import Query, Session, VersionTable
from limosa.model.url import DatabaseURL

_SQL = load(__file__, "dump.sql")
_OWN = "limosa_"


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
            return _script(text for _, text in _texts(session))
        finally:
            session.close()

    def contents(self, url: DatabaseURL, *, program: Program | None, without: Sequence[VersionTable]) -> str:  # noqa: ARG002
        session = connect(url, limits=Limits())
        left_out = {table.name for table in without}
        try:
            texts = [
                (kind, text)
                for (kind, table), text in _texts(session)
                if table not in left_out and not table.startswith(_OWN)
            ]
            # before the triggers, which must not see them come in
            first = [text for kind, text in texts if kind == "table"]
            rest = [text for kind, text in texts if kind != "table"]
            return _script([*first, *_inserts(session, left_out), *rest])
        finally:
            session.close()

    def load(self, session: OpenSession, script: str) -> None:
        try:
            session.script(Query(script))
        except sqlite3.Error as error:
            raise NotDumped(f"SQLite refused the script: {error}") from error


def _texts(session: SQLiteSession) -> Iterator[tuple[tuple[str, str], str]]:
    """Yield kind, table and text of each object in an order in which they can be made."""
    shadows = {name for (name,) in session.rows(_SQL["shadows"])}
    for kind, name, table, text in session.rows(_SQL["texts"]):
        if name not in shadows:
            yield (kind, table), text


def _inserts(session: SQLiteSession, left_out: set[str]) -> Iterator[str]:
    for name, is_virtual in session.rows(_SQL["tables"]):
        if name in left_out or name.startswith(_OWN) or is_virtual:
            continue
        columns = [column for (column,) in session.rows(_SQL["columns"], name=name)]
        literals = ", ".join(f"quote({_quoted(column)})" for column in columns)
        names = ", ".join(map(_quoted, columns))
        # nothing else says in which order the rows of a table came
        query = Query(f"SELECT {literals} FROM {_quoted(name)} ORDER BY {names}")  # noqa: S608  quoted
        for values in session.rows(query):
            yield f"INSERT INTO {_quoted(name)} ({names}) VALUES ({', '.join(values)})"  # noqa: S608  literals


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def _script(texts: Iterator[str] | Sequence[str]) -> str:
    return "".join(f"{text};\n" for text in texts)


DUMPER = SQLiteDumper()
