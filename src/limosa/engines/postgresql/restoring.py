"""Brings a database back to the rows it had, in milliseconds, by undoing only what was written.

Nothing is added to the database for it, neither trigger nor table: that a row was written is
told by PostgreSQL itself, whose rows carry the transaction that wrote them (``xmin``). What
else a test may have done (DDL, large objects, settings of the database) shows in the catalog;
then the answer is that the database must be replaced.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
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


@dataclass(slots=True)
class _Rows:
    """The rows that a table had: how many, the sum of their transactions, and themselves."""

    mark: tuple[int, int]
    copied: bytes | None = None
    is_restorable: bool = True


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
            return self._cut_off() and self._catalog() == self._known_catalog and self._put_back()
        except psycopg.Error:  # a trigger that is always on, a lock that never ends, a server that is gone
            return False

    # -- what was there --------------------------------------------------------------------------

    def _learn(self) -> None:
        self._known_catalog = self._catalog()
        found = self._run(_SQL["relations"], most_bytes=_MOST_BYTES)
        self._names = [name for name, _ in found]
        marks = dict(self._marks(self._names))
        self._kept = {
            name: _Rows(marks[name], self._copied(name) if is_restorable else None, is_restorable)
            for name, is_restorable in found
            if name in marks
        }
        self._restorable = {name for name, is_restorable in found if is_restorable}
        self._empty = [name for name in self._names if name not in self._kept]
        self._sequence_names = [name for (name,) in self._run(_SQL["sequences"])]
        self._known_sequences = self._sequences()

    def _catalog(self) -> str:
        return str(self._run(_SQL["catalog"])[0][0])

    def _copied(self, name: str) -> bytes:
        with (
            self._connection.cursor() as cursor,
            cursor.copy(f"COPY {name} TO STDOUT (FORMAT binary)") as rows,
        ):
            return b"".join(bytes(part) for part in rows)

    def _marks(self, names: Sequence[str]) -> Iterator[tuple[str, tuple[int, int]]]:
        """How many rows, and the sum of the transactions that wrote them, of each that has any."""
        part = "SELECT {}, count(*), sum(xmin::text::bigint)::bigint FROM ONLY {} HAVING count(*) > 0"
        for number, count, written in self._each(part, names):
            yield names[number], (count, written)

    def _filled(self) -> set[str]:
        """Which of those that had no rows have some now."""
        part = "SELECT {} WHERE EXISTS (SELECT FROM ONLY {})"
        return {self._empty[number] for (number,) in self._each(part, self._empty)}

    def _sequences(self) -> dict[str, tuple[int, bool]]:
        part = "SELECT {}, last_value, is_called FROM {}"
        found = self._each(part, self._sequence_names)
        return {self._sequence_names[number]: (value, is_called) for number, value, is_called in found}

    def _each(self, part: str, names: Sequence[str]) -> Iterator[tuple[Any, ...]]:
        """Ask one thing of many relations with few statements, which the server keeps prepared."""
        for start in range(0, len(names), _RELATIONS_AT_ONCE):
            chunk = names[start : start + _RELATIONS_AT_ONCE]
            text = " UNION ALL ".join(part.format(start + n, name) for n, name in enumerate(chunk))
            yield from self._connection.execute(text.encode(), prepare=True).fetchall()

    # -- putting it back -------------------------------------------------------------------------

    def _cut_off(self) -> bool:
        last = time.monotonic() + _LONGEST_GOODBYE_S
        while self._run(_SQL["cut_off"]):
            if time.monotonic() > last:
                return False
        return True

    def _changed(self) -> set[str]:
        now = dict(self._marks([*self._kept]))
        return self._filled() | {name for name, rows in self._kept.items() if now.get(name) != rows.mark}

    def _put_back(self) -> bool:
        changed, sequences = self._changed(), self._sequences()
        if not changed <= self._restorable:
            return False
        with self._connection.transaction():
            for name in sorted(changed):
                self._connection.execute(f"DELETE FROM ONLY {name}".encode())  # noqa: S608  quoted
                if name in self._kept:
                    self._copy_back(name, self._kept[name].copied or b"")
            for name, (value, is_called) in self._known_sequences.items():
                if sequences[name] != (value, is_called):
                    self._run(_SQL["set_sequence"], name=name, value=value, is_called=is_called)
        return self._is_as_before(changed)

    def _copy_back(self, name: str, copied: bytes) -> None:
        with (
            self._connection.cursor() as cursor,
            cursor.copy(f"COPY {name} FROM STDIN (FORMAT binary)") as rows,
        ):
            rows.write(copied)

    def _is_as_before(self, changed: set[str]) -> bool:
        """Look again: what was put back has new marks, and nothing else may have any."""
        restored = sorted(changed & set(self._kept))
        for name, mark in self._marks(restored):
            if mark[0] != self._kept[name].mark[0]:
                return False
            self._kept[name].mark = mark
        for name in changed:
            if self._run(_SQL["size"], name=name)[0][0] > _BLOATED_BYTES:
                self._connection.execute(f"VACUUM {name}".encode())
        return not changed or not self._changed()

    def _run(self, query: Query, **values: Any) -> list[tuple[Any, ...]]:
        cursor = self._connection.execute(
            pyformat(query).encode() if values else query.encode(), values or None
        )
        return cursor.fetchall() if cursor.description else []


__all__ = ["Restorer"]
