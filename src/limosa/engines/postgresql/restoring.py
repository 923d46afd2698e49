"""Brings a database back to the rows it had, in milliseconds, by undoing only what was written.

Nothing is added to the database for it, neither trigger nor table: that a row was written is
told by PostgreSQL itself, whose rows carry the transaction that wrote them (``xmin``). What
else a test may have done (DDL, large objects, settings of the database) shows in the catalog;
then the answer is that the database must be replaced.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

import psycopg

from limosa.engines.postgresql.session import conninfo
from limosa.engines.postgresql.trouble import unreachable
from limosa.engines.queries import load, pyformat
from limosa.model.limits import Limits
from limosa.model.session import Query
from limosa.model.url import DatabaseURL

_SQL = load(__file__, "restoring.sql")
_MOST_BYTES = 8_000_000  # of one table's rows, kept in memory
_BLOATED_BYTES = 500_000  # more than this is worth a VACUUM
_LONGEST_GOODBYE_S = 10.0
_RELATIONS_AT_ONCE = 500


_Mark = tuple[int, int]
"""How many rows a table has, and the sum of the transactions that wrote them."""
_Cursors = list[psycopg.Cursor[tuple[Any, ...]]]
_MARK = "SELECT {}, count(*), sum(xmin::text::bigint)::bigint FROM ONLY {} HAVING count(*) > 0"
_FILLED = "SELECT {} WHERE EXISTS (SELECT FROM ONLY {})"
_SEQUENCE = "SELECT {}, last_value, is_called FROM {}"


@dataclass(frozen=True, slots=True)
class _Sight:
    """What can be seen of a database in one look."""

    catalog: str
    marks: dict[str, _Mark]
    """Of the tables that had rows from the beginning."""
    filled: frozenset[str]
    """Those that had none and have some now."""
    sequences: dict[str, tuple[int, bool]]


class Restorer:
    """Remembers the rows of the database that it first sees, and puts them back.

    It keeps one connection, as a superuser: others may not leave triggers and foreign keys
    aside. ``Unreachable`` is raised where that is not allowed.
    """

    def __init__(self, url: DatabaseURL) -> None:
        try:
            self._connection = psycopg.connect(
                conninfo(url, limits=Limits(), application="limosa-restore"), autocommit=True
            )
            self._connection.execute(_SQL["prepare"].encode())
            self._connection.prepare_threshold = 0  # every statement comes again after each test
            self._learn()
        except psycopg.Error as error:
            self.close()
            raise unreachable(url, error) from None

    def close(self) -> None:
        """Close the connection; closing twice is harmless."""
        connection: psycopg.Connection | None = getattr(self, "_connection", None)
        if connection is not None:
            connection.close()

    def restore(self) -> bool:
        """Cut off whoever is connected and put the rows back; False when only a new copy would do."""
        try:
            return self._cut_off() and self._put_back()
        except psycopg.Error:  # a trigger that is always on, a lock that never ends, a server that is gone
            return False

    # -- what was there --------------------------------------------------------------------------

    def _learn(self) -> None:
        found = dict(self._run(_SQL["relations"], most_bytes=_MOST_BYTES))
        names = [*found]
        marked = {names[row[0]] for row in _rows(self._ask(_MARK, names))}
        self._restorable = {name for name in names if found[name]}
        self._kept = [name for name in names if name in marked]
        self._copied = {name: self._copy(name) for name in self._kept if name in self._restorable}
        self._empty = [name for name in names if name not in marked]
        self._sequences = [name for (name,) in self._run(_SQL["sequences"])]
        self._known = self._look()

    def _copy(self, name: str) -> bytes:
        with (
            self._connection.cursor() as cursor,
            cursor.copy(f"COPY {name} TO STDOUT (FORMAT binary)") as rows,
        ):
            return b"".join(bytes(part) for part in rows)

    def _look(self, *, catalog: str | None = None) -> _Sight:
        """Look at everything; the catalog, half of the work, may be known already."""
        marks = self._ask(_MARK, self._kept)
        filled = self._ask(_FILLED, self._empty)
        sequences = self._ask(_SEQUENCE, self._sequences)
        return _Sight(
            catalog=catalog or str(self._run(_SQL["catalog"])[0][0]),
            marks={self._kept[n]: (count, written) for n, count, written in _rows(marks)},
            filled=frozenset(self._empty[n] for (n,) in _rows(filled)),
            sequences={self._sequences[n]: (value, called) for n, value, called in _rows(sequences)},
        )

    def _ask(self, part: str, names: Sequence[str]) -> _Cursors:
        """Ask one thing of many relations with few statements, which the server keeps prepared."""
        texts = []
        for start in range(0, len(names), _RELATIONS_AT_ONCE):
            chunk = names[start : start + _RELATIONS_AT_ONCE]
            texts.append(" UNION ALL ".join(part.format(start + n, name) for n, name in enumerate(chunk)))
        return [self._connection.execute(text.encode(), prepare=True) for text in texts]

    # -- putting it back -------------------------------------------------------------------------

    def _cut_off(self) -> bool:
        last = time.monotonic() + _LONGEST_GOODBYE_S
        while self._run(_SQL["cut_off"]):
            if time.monotonic() > last:
                return False
        return True

    def _put_back(self) -> bool:
        known, now = self._known, self._look()
        written = [name for name in self._kept if now.marks.get(name) != known.marks[name]]
        changed = sorted(now.filled.union(written))
        if now.catalog != known.catalog or not self._restorable.issuperset(changed):
            return False
        moved = {name: value for name, value in known.sequences.items() if now.sequences[name] != value}
        if not changed and not moved:
            return True
        with self._connection.transaction():
            if changed:
                deletions = ";".join(f"DELETE FROM ONLY {name}" for name in changed)  # noqa: S608  quoted
                self._connection.execute(deletions.encode(), prepare=False)
            for name in written:
                self._copy_back(name, self._copied[name])
            for name, (value, is_called) in moved.items():
                self._run(_SQL["set_sequence"], name=name, value=value, is_called=is_called)
        for (name,) in self._run(_SQL["bloated"], names=changed, most_bytes=_BLOATED_BYTES):
            self._connection.execute(f"VACUUM {name}".encode(), prepare=False)
        return self._is_as_before(written)

    def _is_as_before(self, written: Sequence[str]) -> bool:
        """Look again: what was put back has other transactions, and everything else is as it was."""
        known, now = self._known, self._look(catalog=self._known.catalog)
        counts = [(now.marks.get(name, (0, 0))[0], known.marks[name][0]) for name in written]
        self._known = replace(known, marks={**known.marks, **{n: now.marks.get(n, (0, 0)) for n in written}})
        return now == self._known and all(found == wanted for found, wanted in counts)

    def _copy_back(self, name: str, copied: bytes) -> None:
        with (
            self._connection.cursor() as cursor,
            cursor.copy(f"COPY {name} FROM STDIN (FORMAT binary)") as rows,
        ):
            rows.write(copied)

    def _run(self, query: Query, **values: Any) -> list[tuple[Any, ...]]:
        cursor = self._connection.execute(
            pyformat(query).encode() if values else query.encode(), values or None
        )
        return cursor.fetchall() if cursor.description else []


def _rows(cursors: _Cursors) -> Iterator[tuple[Any, ...]]:
    for cursor in cursors:
        yield from cursor.fetchall()


__all__ = ["Restorer"]
